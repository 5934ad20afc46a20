//! Where the boxes of a graph lie: in layers from left to right, each behind all that it depends on.
//!
//! Longest paths make the layers, an edge over several layers has a point in each, sweeps by barycentres order each layer (Sugiyama's method), and a box lies as high as what
//! leads to it, as far as its neighbours let it. Why not a crate: those that there are keep the points of long edges to themselves, so that edges run through boxes.
//! All is bounded: linear in boxes and points but for sorting.

use std::cmp::Ordering;

/// Sweeps over all layers, there and back.
const SWEEPS: usize = 6;
/// Beyond so many points of long edges these are drawn straight.
const MOST_POINTS: usize = 6_000;

/// Where everything lies, in boxes and layers.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Layout {
    /// Of each box its layer, and how high it lies.
    pub(crate) boxes: Vec<(usize, f64)>,
    /// Of each edge the points that it passes in the layers between its ends.
    pub(crate) edges: Vec<Vec<(usize, f64)>>,
    /// How many layers there are.
    pub(crate) layers: usize,
    /// How high the highest lies.
    pub(crate) height: f64,
}

struct Points {
    layer: Vec<usize>,
    before: Vec<Vec<usize>>,
    behind: Vec<Vec<usize>>,
    /// Those of each edge between its ends.
    between: Vec<Vec<usize>>,
}

/// Lays out so many boxes with these edges, each from a box to one that depends on it.
pub(crate) fn lay_out(boxes: usize, edges: &[(usize, usize)]) -> Layout {
    let points = points(boxes, edges);
    let layers = points.layer.iter().max().map_or(0, |last| last + 1);
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); layers];
    for (point, layer) in points.layer.iter().enumerate() {
        order[*layer].push(point);
    }
    let mut rank = vec![0.0; points.layer.len()];
    for layer in &order {
        number(layer, &mut rank);
    }
    for sweep in 0..SWEEPS {
        let forth = sweep % 2 == 0;
        let toward = if forth { &points.before } else { &points.behind };
        let mut sort = |layer: &mut Vec<usize>| {
            let wanted: Vec<f64> =
                layer.iter().map(|point| mean(&toward[*point], &rank).unwrap_or(rank[*point])).collect();
            let mut sorted: Vec<(f64, usize)> = wanted.into_iter().zip(layer.iter().copied()).collect();
            sorted.sort_by(|one, other| one.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal));
            *layer = sorted.into_iter().map(|(_, point)| point).collect();
            number(layer, &mut rank);
        };
        if forth { order.iter_mut().for_each(&mut sort) } else { order.iter_mut().rev().for_each(&mut sort) }
    }
    let height = place(&order, &points.before, &mut rank);
    let at = |point: usize| (points.layer[point], rank[point]);
    Layout {
        boxes: (0..boxes).map(at).collect(),
        edges: points
            .between
            .iter()
            .map(|between| between.iter().map(|point| at(*point)).collect())
            .collect(),
        layers,
        height,
    }
}

/// Gives each point of a layer its place in it.
#[expect(clippy::cast_precision_loss, reason = "there are some thousands at the most")]
fn number(layer: &[usize], rank: &mut [f64]) {
    for (place, point) in layer.iter().enumerate() {
        rank[*point] = place as f64;
    }
}

/// Lays each point as high as what leads to it, and below its neighbour; how high the highest lies.
fn place(order: &[Vec<usize>], before: &[Vec<usize>], rank: &mut [f64]) -> f64 {
    let mut height: f64 = 0.0;
    for layer in order {
        let mut least: f64 = 0.0;
        for point in layer {
            let wanted = mean(&before[*point], rank).unwrap_or(least).round();
            rank[*point] = wanted.max(least);
            least = rank[*point] + 1.0;
            height = height.max(rank[*point]);
        }
    }
    height
}

#[expect(clippy::cast_precision_loss, reason = "there are some thousands at the most")]
fn mean(points: &[usize], rank: &[f64]) -> Option<f64> {
    (!points.is_empty()).then(|| points.iter().map(|point| rank[*point]).sum::<f64>() / points.len() as f64)
}

fn points(boxes: usize, edges: &[(usize, usize)]) -> Points {
    let layer = layers(boxes, edges);
    let mut points = Points {
        before: vec![Vec::new(); boxes],
        behind: vec![Vec::new(); boxes],
        between: Vec::new(),
        layer,
    };
    for (from, to) in edges {
        let (first, last) = (points.layer[*from], points.layer[*to]);
        let mut between = Vec::new();
        let mut previous = *from;
        for layer in first + 1..last {
            if points.layer.len() >= boxes + MOST_POINTS {
                break;
            }
            points.layer.push(layer);
            let point = points.layer.len() - 1;
            points.before.push(vec![previous]);
            points.behind.push(Vec::new());
            points.behind[previous].push(point);
            between.push(point);
            previous = point;
        }
        points.behind[previous].push(*to);
        points.before[*to].push(previous);
        points.between.push(between);
    }
    points
}

/// The length of the longest path to each box.
fn layers(boxes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut behind = vec![Vec::new(); boxes];
    let mut unmet = vec![0_usize; boxes];
    for (from, to) in edges {
        behind[*from].push(*to);
        unmet[*to] += 1;
    }
    let mut layer = vec![0; boxes];
    let mut ready: Vec<usize> = (0..boxes).filter(|each| unmet[*each] == 0).collect();
    while let Some(each) = ready.pop() {
        for next in &behind[each] {
            layer[*next] = layer[*next].max(layer[each] + 1);
            unmet[*next] -= 1;
            if unmet[*next] == 0 {
                ready.push(*next);
            }
        }
    }
    layer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_box_lies_behind_what_it_depends_on_and_no_two_in_one_place() {
        let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (3, 4)];
        let layout = lay_out(6, &edges);
        for (from, to) in edges {
            assert!(layout.boxes[from].0 < layout.boxes[to].0);
        }
        let mut places: Vec<String> =
            layout.boxes.iter().chain(layout.edges.iter().flatten()).map(|at| format!("{at:?}")).collect();
        let all = places.len();
        places.sort();
        places.dedup();
        assert_eq!(places.len(), all, "no edge runs through a box");
        assert_eq!(layout.edges[4].len(), 1, "the long edge has a point between");
        assert_eq!(layout.layers, 4);
    }

    #[test]
    fn nothing_is_laid_out_as_nothing_and_a_thousand_boxes_at_once() {
        assert_eq!(lay_out(0, &[]), Layout::default());
        let edges: Vec<(usize, usize)> = (1..1_000).map(|to| (to / 3, to)).collect();
        assert_eq!(lay_out(1_000, &edges).boxes.len(), 1_000);
    }
}
