//! The shape of a pipeline: parents before children, and cycles named in order.

/// A cycle, as indices: each depends on the next, and the last on the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle(pub Vec<usize>);

/// Orders the jobs `0..parents.len()` so that each comes after all it depends on, otherwise in
/// the order of the input. `parents[i]` lists what `i` depends on; out-of-range entries are ignored.
///
/// # Errors
/// The first [`Cycle`] found.
pub fn order_parents_first(parents: &[Vec<usize>]) -> Result<Vec<usize>, Cycle> {
    let mut order = Vec::with_capacity(parents.len());
    let mut marks = vec![Mark::New; parents.len()];
    for start in 0..parents.len() {
        visit(start, parents, &mut marks, &mut order)?;
    }
    Ok(order)
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    OnPath,
    Done,
}

/// Depth first with a path of its own instead of recursion: a chain may be as long as a pipeline.
fn visit(
    start: usize,
    parents: &[Vec<usize>],
    marks: &mut [Mark],
    order: &mut Vec<usize>,
) -> Result<(), Cycle> {
    if marks[start] != Mark::New {
        return Ok(());
    }
    marks[start] = Mark::OnPath;
    let mut path = vec![(start, 0)];
    while let Some((job, next)) = path.last_mut() {
        let job = *job;
        let Some(&parent) = parents[job].get(*next) else {
            marks[job] = Mark::Done;
            order.push(job);
            path.pop();
            continue;
        };
        *next += 1;
        match marks.get(parent) {
            Some(Mark::New) => {
                marks[parent] = Mark::OnPath;
                path.push((parent, 0));
            }
            Some(Mark::OnPath) => {
                return Err(Cycle(
                    path.iter().map(|(job, _)| *job).skip_while(|job| *job != parent).collect(),
                ));
            }
            Some(Mark::Done) | None => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_first_and_the_order_stays_otherwise() {
        assert_eq!(order_parents_first(&[vec![2], vec![], vec![1]]), Ok(vec![1, 2, 0]));
        assert_eq!(order_parents_first(&[vec![], vec![], vec![]]), Ok(vec![0, 1, 2]));
    }

    #[test]
    fn a_cycle_is_named_so_that_each_depends_on_the_next() {
        assert_eq!(order_parents_first(&[vec![], vec![2], vec![3], vec![1]]), Err(Cycle(vec![1, 2, 3])));
        assert_eq!(order_parents_first(&[vec![0]]), Err(Cycle(vec![0])));
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let chain: Vec<Vec<usize>> =
            (0..100_000).map(|job| if job == 99_999 { vec![] } else { vec![job + 1] }).collect();
        assert_eq!(order_parents_first(&chain).map(|order| order[0]), Ok(99_999));
    }
}
