//! An answer without the long texts of its request.
//!
//! A create answers payload and metadata as they were sent, up to 256 KiB, and its answer is kept for a day. Only a request with the same
//! body gets it: so what the body says need not be kept, and neither a change nor a deletion of what was made can be seen in the answer.

use super::key::StoredAnswer;

/// Shorter texts stay: their place would cost as much.
const SHORTEST: usize = 1_024;
/// What stands in their place.
const HOLE: &str = "null";

/// An answer and what is cut out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CutAnswer {
    pub(super) answer: StoredAnswer,
    /// Where in the body each hole is, in ascending order.
    pub(super) at: Vec<i32>,
    /// Which of the request's texts belongs there.
    pub(super) texts: Vec<i32>,
}

impl CutAnswer {
    /// Cuts each of these texts out of the answer once, where it is long and there.
    pub(super) fn of(answer: StoredAnswer, texts: &[&str]) -> Self {
        let mut found: Vec<(usize, usize)> = Vec::new();
        let mut behind = 0;
        for (number, text) in texts.iter().enumerate().filter(|(_, text)| text.len() >= SHORTEST) {
            // Most texts come in the order of the request: of a thousand jobs each is found behind the one before, not from the beginning.
            let next = answer.body[behind..].find(text).map(|at| behind + at);
            let at = next.or_else(|| answer.body.find(text));
            if let Some(at) = at.filter(|at| is_free(&found, texts, *at, text.len())) {
                found.push((at, number));
                behind = at + text.len();
            }
        }
        found.sort_unstable();
        let mut cut = Self { answer, at: Vec::new(), texts: Vec::new() };
        let whole = std::mem::take(&mut cut.answer.body);
        let mut from = 0;
        for (at, number) in found {
            cut.answer.body.push_str(&whole[from..at]);
            cut.at.push(integer(cut.answer.body.len()));
            cut.texts.push(integer(number));
            cut.answer.body.push_str(HOLE);
            from = at + texts[number].len();
        }
        cut.answer.body.push_str(&whole[from..]);
        cut
    }

    /// The answer as it was, with the texts of a request with the same body; `None` where these are not the texts.
    pub(super) fn fill(self, texts: &[&str]) -> Option<StoredAnswer> {
        let (mut body, mut from) = (String::new(), 0);
        for (at, number) in self.at.iter().zip(&self.texts) {
            let at = usize::try_from(*at).ok()?;
            body.push_str(self.answer.body.get(from..at)?);
            body.push_str(texts.get(usize::try_from(*number).ok()?)?);
            from = at + HOLE.len();
        }
        body.push_str(self.answer.body.get(from..)?);
        Some(StoredAnswer { body, ..self.answer })
    }
}

/// Whether nothing of these bytes is cut out already.
fn is_free(found: &[(usize, usize)], texts: &[&str], at: usize, length: usize) -> bool {
    found.iter().all(|(other, number)| at + length <= *other || other + texts[*number].len() <= at)
}

fn integer(number: usize) -> i32 {
    i32::try_from(number).expect("answers are bounded far below 2 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> StoredAnswer {
        StoredAnswer { location: Some("/v1/jobs/1".to_owned()), body: body.to_owned() }
    }

    #[test]
    fn long_texts_are_cut_out_and_come_back_byte_for_byte() {
        let (payload, metadata) =
            (format!("[{}0]", "1,".repeat(1_000)), format!("{{\"a\":\"{}\"}}", "é".repeat(1_000)));
        for texts in [[payload.as_str(), &metadata], [&metadata, &payload], [&payload, &payload]] {
            let whole =
                answer(&format!(r#"{{"metadata":{metadata},"é":1,"payload":{payload},"last":null}}"#));
            let cut = CutAnswer::of(whole.clone(), &texts);
            assert!(cut.answer.body.len() < whole.body.len(), "{}", cut.answer.body);
            assert!(cut.answer.body.contains("null"));
            assert_eq!(cut.fill(&texts), Some(whole));
        }
    }

    #[test]
    fn what_is_short_or_not_shown_stays() {
        let (short, absent) = ("1".repeat(SHORTEST - 1), "2".repeat(SHORTEST));
        let whole = answer(&format!(r#"{{"payload":{short}}}"#));
        let cut = CutAnswer::of(whole.clone(), &[&short, &absent]);
        assert_eq!((cut.answer.clone(), cut.at.len()), (whole.clone(), 0));
        assert_eq!(cut.fill(&[]), Some(whole));
    }

    #[test]
    fn one_text_within_another_is_cut_once() {
        let inner = "3".repeat(SHORTEST);
        let outer = format!("[{inner},{inner}]");
        for texts in [[outer.as_str(), &inner], [&inner, &outer]] {
            let whole = answer(&format!(r#"{{"payload":{outer},"metadata":{inner}}}"#));
            assert_eq!(CutAnswer::of(whole.clone(), &texts).fill(&texts), Some(whole));
        }
    }
}
