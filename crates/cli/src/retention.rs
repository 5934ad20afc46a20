//! How long history is kept, as people write it: `30d`, or by kind `30d,failed=90d,events=365d,log=7d`. A bare length means pipelines and events only; each
//! of the others has a default of its own.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use windlass_server::Retention as Kinds;

/// Kinds of which a bare length is not meant: the word, its length, and its default.
type Apart = (&'static str, fn(&mut Kinds) -> &mut Duration, Duration);
const APART: [Apart; 3] = [
    ("log", |kinds| &mut kinds.log, Kinds::LOG),
    ("outcomes", |kinds| &mut kinds.outcomes, Kinds::OUTCOMES),
    ("deliveries", |kinds| &mut kinds.deliveries, Kinds::DELIVERIES),
];

/// A length for each kind, each of a minute to a hundred years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Retention(Kinds);

impl Retention {
    /// Shorter than this is a mistake: what ended would be gone before anybody looked.
    const LEAST: Duration = Duration::from_mins(1);
    const MOST: Duration = Duration::from_hours(100 * 365 * 24);

    /// The lengths themselves.
    pub(crate) fn kinds(self) -> Kinds {
        self.0
    }
}

impl FromStr for Retention {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut said: Vec<(&str, Duration)> = Vec::new();
        for part in text.split(',') {
            let (kind, length) = part.split_once('=').unwrap_or(("", part));
            let kind = kind.trim();
            if said.iter().any(|(other, _)| *other == kind) {
                return Err(if kind.is_empty() {
                    "has two lengths for pipelines and events".to_owned()
                } else {
                    format!("has two lengths for {kind}")
                });
            }
            said.push((kind, read_length(length)?));
        }
        let all = said.iter().find(|(kind, _)| kind.is_empty()).map(|(_, length)| Kinds::of_all(*length));
        let mut kinds = all.unwrap_or_default();
        for (kind, length) in said.into_iter().filter(|(kind, _)| !kind.is_empty()) {
            *kind_of(&mut kinds, kind)? = length;
        }
        Ok(Self(kinds))
    }
}

fn kind_of<'a>(kinds: &'a mut Kinds, kind: &str) -> Result<&'a mut Duration, String> {
    match kind {
        "succeeded" => Ok(&mut kinds.succeeded),
        "partial" => Ok(&mut kinds.partial),
        "failed" => Ok(&mut kinds.failed),
        "cancelled" => Ok(&mut kinds.cancelled),
        "events" => Ok(&mut kinds.events),
        _ => {
            let apart = APART.into_iter().find(|(word, ..)| *word == kind);
            let Some((_, length_of, _)) = apart else {
                let apart = APART.map(|(word, ..)| word).join(", ");
                return Err(format!(
                    "knows no kind {kind:?}: succeeded, partial, failed, cancelled, events or {apart}"
                ));
            };
            Ok(length_of(kinds))
        }
    }
}

fn read_length(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|last: char| !last.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "d" | "" => Duration::from_hours(24),
        "h" => Duration::from_hours(1),
        "m" => Duration::from_mins(1),
        "s" => Duration::from_secs(1),
        _ => return Err("must be a whole number with d, h, m or s, such as 30d".to_owned()),
    };
    let number: u32 = digits.parse().map_err(|_| "must be a whole number, such as 30d".to_owned())?;
    let length = unit.saturating_mul(number);
    if !(Retention::LEAST..=Retention::MOST).contains(&length) {
        return Err("must be a minute to a hundred years".to_owned());
    }
    Ok(length)
}

fn write_length(length: Duration) -> String {
    let seconds = length.as_secs();
    let days = 24 * 60 * 60;
    if seconds.is_multiple_of(days) { format!("{}d", seconds / days) } else { format!("{seconds}s") }
}

impl TryFrom<String> for Retention {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Retention> for String {
    fn from(retention: Retention) -> Self {
        retention.to_string()
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds = self.0;
        let Kinds { succeeded, partial, failed, cancelled, events, .. } = kinds;
        formatter.write_str(&write_length(succeeded))?;
        for (kind, length) in
            [("partial", partial), ("failed", failed), ("cancelled", cancelled), ("events", events)]
        {
            if length != succeeded {
                write!(formatter, ",{kind}={}", write_length(length))?;
            }
        }
        for (kind, length_of, default) in APART {
            let length = *length_of(&mut kinds);
            if length != default {
                write!(formatter, ",{kind}={}", write_length(length))?;
            }
        }
        Ok(())
    }
}

impl From<Kinds> for Retention {
    fn from(kinds: Kinds) -> Self {
        Self(kinds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("30", 2_592_000),
            ("30d", 2_592_000),
            ("12h", 43_200),
            ("90m", 5_400),
            ("3600s", 3_600),
            ("1m", 60),
            (" 1d ", 86_400),
            ("36500d", 3_153_600_000),
        ] {
            let retention: Retention = text.parse().unwrap();
            assert_eq!(retention.kinds(), Kinds::of_all(Duration::from_secs(seconds)), "{text}");
            assert_eq!(retention.to_string().parse::<Retention>().unwrap(), retention);
        }
    }

    #[test]
    fn each_kind_may_have_a_length_of_its_own() {
        let day = Duration::from_hours(24);
        let retention: Retention = "7d, failed=90d,events=12h".parse().unwrap();
        let expected = Kinds { failed: 90 * day, events: day / 2, ..Kinds::of_all(7 * day) };
        assert_eq!(retention.kinds(), expected);
        assert_eq!(retention.to_string(), "7d,failed=90d,events=43200s");
        let retention: Retention = "12h,deliveries=1d".parse().unwrap();
        assert_eq!(retention.kinds(), Kinds { deliveries: day, ..Kinds::of_all(day / 2) });
        assert_eq!(retention.to_string(), "43200s,deliveries=1d");
        assert_eq!(
            "1d".parse::<Retention>().unwrap().kinds().deliveries,
            7 * day,
            "a length alone is not theirs"
        );
        let retention: Retention = "succeeded=1d".parse().unwrap();
        assert_eq!(retention.kinds(), Kinds { succeeded: day, ..Kinds::of_all(30 * day) });
        assert_eq!(retention.to_string().parse::<Retention>().unwrap(), retention);
    }

    #[test]
    fn a_bare_length_means_pipelines_and_events_only() {
        let day = Duration::from_hours(24);
        let retention: Retention = "90d".parse().unwrap();
        let kinds = retention.kinds();
        assert_eq!(
            (kinds.events, kinds.log, kinds.outcomes, kinds.deliveries),
            (90 * day, 7 * day, 365 * day, 7 * day)
        );
        for (kind, length_of) in APART.map(|(kind, length_of, _)| (kind, length_of)) {
            let text = format!("90d,{kind}=1d");
            let retention: Retention = text.parse().unwrap();
            assert_eq!((retention.kinds().events, *length_of(&mut retention.kinds())), (90 * day, day));
            assert_eq!(retention.to_string(), text);
            let retention: Retention = format!("{kind}=30d").parse().unwrap();
            assert_eq!(
                (retention.kinds().succeeded, *length_of(&mut retention.kinds())),
                (30 * day, 30 * day)
            );
            assert_eq!(retention.to_string().parse::<Retention>().unwrap(), retention);
            assert!(format!("{kind}=1d,{kind}=2d").parse::<Retention>().is_err());
        }
    }

    #[test]
    fn what_is_no_length_or_makes_no_sense_is_refused() {
        for text in [
            "",
            "d",
            "-1d",
            "1.5d",
            "30 days",
            "1w",
            "0",
            "59s",
            "36501d",
            "99999999999d",
            "1d1h",
            "é",
            "1D",
            "1d,2d",
            "failed=",
            "failed=1d,failed=2d",
            "running=1d",
            "=1d,1d",
            "1d,",
        ] {
            assert!(text.parse::<Retention>().is_err(), "{text}");
        }
    }
}
