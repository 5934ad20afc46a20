//! A message for people in a chat: Slack's form, which others take as well.

use serde_json::json;
use windlass_domain::Happening;
use windlass_store::{Event, FailedTask, Job, Pipeline};

/// Characters of a message at the most.
const LONGEST: usize = 3_000;
/// What stands where something was left out.
const CUT: &str = "…";

/// What a message is about.
pub(super) struct About<'a> {
    pub(super) happening: Happening,
    pub(super) event: &'a Event,
    pub(super) pipeline: Option<&'a Pipeline>,
    pub(super) job: Option<&'a Job>,
    pub(super) failed: Option<&'a FailedTask>,
    /// Where servers are reached, for links.
    pub(super) public_url: Option<&'a str>,
}

/// The message as a body.
pub(super) fn body(about: &About<'_>) -> String {
    body_of_text(&text(about))
}

/// A body of this text, which is escaped already.
pub(super) fn body_of_text(text: &str) -> String {
    json!({"text": text}).to_string()
}

fn text(about: &About<'_>) -> String {
    let link = link(about).map(|link| format!("\n{}", escaped(&link))).unwrap_or_default();
    let room = LONGEST.saturating_sub(link.chars().count());
    let mut lines = vec![format!("{} {}", subject(about), about.happening.what())];
    if let Some(reason) = &about.event.reason {
        lines.push(format!("reason: {reason}"));
    }
    if let Some(failed) = about.failed.filter(|_| about.happening.is_failure()) {
        lines.push(format!("job {}: {}: {}", failed.job_key, failed.error.category, failed.error.message));
    }
    format!("{}{link}", cut(&lines.join("\n"), room))
}

fn subject(about: &About<'_>) -> String {
    let pipeline = about.pipeline.map_or("(deleted)", |pipeline| pipeline.name.as_str());
    let job = about.job.map_or("(deleted)", |job| job.key.as_str());
    match about.happening.subject() {
        "schedule" => format!("schedule {}", about.event.schedule.as_deref().unwrap_or_default()),
        "pipeline" => format!("pipeline {pipeline}"),
        "job" => format!("pipeline {pipeline}, job {job}"),
        _ => format!("pipeline {pipeline}, a task of job {job}"),
    }
}

fn link(about: &About<'_>) -> Option<String> {
    let (public_url, pipeline) = (about.public_url?, about.event.pipeline_id?);
    Some(format!("{public_url}/ui/pipelines/{pipeline}"))
}

/// As Slack asks for it, so that no name is taken for a link or a mention.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match written(character) {
            Some(entity) => escaped.push_str(entity),
            None => escaped.push(character),
        }
    }
    escaped
}

fn written(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

/// Escaped, and cut to so many characters between two of the text's own.
fn cut(text: &str, room: usize) -> String {
    let whole = escaped(text);
    if whole.chars().count() <= room {
        return whole;
    }
    let room = room.saturating_sub(CUT.chars().count());
    let (mut shown, mut length) = (String::new(), 0);
    for character in text.chars() {
        let entity = written(character);
        length += entity.map_or(1, str::len);
        if length > room {
            break;
        }
        match entity {
            Some(entity) => shown.push_str(entity),
            None => shown.push(character),
        }
    }
    shown + CUT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_slack_reads_as_markup_is_escaped() {
        assert_eq!(
            escaped("<!channel> a & b <https://x|y>"),
            "&lt;!channel&gt; a &amp; b &lt;https://x|y&gt;"
        );
        assert_eq!(escaped("größe *bold* 😀"), "größe *bold* 😀");
    }

    #[test]
    fn a_text_is_cut_between_its_own_characters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("a<<", 6), "a&lt;…");
        assert_eq!(cut("a<<", 5), "a…");
        assert_eq!(cut("a<<", 9), "a&lt;&lt;");
        for room in 0..40 {
            let shown = cut("a<b>&ü<<<>>>&&&", room.max(1));
            assert!(shown.chars().count() <= room.max(1), "{room}: {shown}");
            assert!(!shown.contains("&l…") && !shown.ends_with('&'), "{shown}");
        }
    }

    #[test]
    fn a_body_is_json_whatever_the_text() {
        assert_eq!(body_of_text("a \"b\"\n\\"), r#"{"text":"a \"b\"\n\\"}"#);
    }
}
