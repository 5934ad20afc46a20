//! Reading a pattern: exactly five fields, or a word for them.

use super::days::{Days, SumBits};
use super::field::{HOURS, Kind, MINUTES};
use super::pattern::Pattern;
use super::wall;

/// The longest pattern, in bytes.
const LONGEST: usize = 500;

impl Pattern {
    /// Reads a pattern of up to 500 bytes.
    ///
    /// # Errors
    /// What is wrong with it, for its author; also where no day of the calendar fits it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("a pattern has at most {LONGEST} bytes"));
        }
        let fields: Vec<&str> = expand(text)?.split([' ', '\t']).filter(|field| !field.is_empty()).collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(format!(
                "a pattern has five fields (minute, hour, day of month, month, day of week), this one has {}",
                fields.len()
            ));
        };
        let pattern = Self {
            minutes: list(&MINUTES, minute)?,
            hours: list(&HOURS, hour)?,
            days: Days::parse(day, month, weekday)?,
            follows_real_time: hour.contains(['*', '/']),
        };
        if wall::comes(&pattern) {
            Ok(pattern)
        } else {
            Err("no day of any year fits the pattern".to_owned())
        }
    }
}

/// The five fields that a word stands for; other text as it is.
fn expand(text: &str) -> Result<&str, String> {
    let text = text.trim_matches([' ', '\t']);
    match text {
        "@hourly" => Ok("0 * * * *"),
        "@daily" => Ok("0 0 * * *"),
        "@weekly" => Ok("0 0 * * 0"),
        "@monthly" => Ok("0 0 1 * *"),
        "@yearly" => Ok("0 0 1 1 *"),
        word if word.starts_with('@') => {
            Err("the words are @hourly, @daily, @weekly, @monthly and @yearly".to_owned())
        }
        fields => Ok(fields),
    }
}

fn list(kind: &Kind, text: &str) -> Result<u64, String> {
    text.split(',').map(|member| kind.member(member)).sum_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_five_fields_or_a_word() {
        for right in [
            "* * * * *",
            "0 3 * * *",
            " 0\t3 *  * * ",
            "*/5 0-6,22-23 1,15,L JAN-MAR mon-fri",
            "0 0 15W * 5L",
            "0 0 * * FRI#2,SUN#5",
            "0 0 1W,L * SUNL",
            "0 0 29 2 *",
            "0 0 * 2 MON#5",
            "@hourly",
            "@daily",
            "@weekly",
            "@monthly",
            "@yearly",
        ] {
            assert!(Pattern::parse(right).is_ok(), "{right}: {:?}", Pattern::parse(right));
        }
    }

    #[test]
    fn nothing_else_is_one() {
        for wrong in [
            "",
            "* * * *",
            "0 * * * * *",
            "0 0 * * * 2027",
            "? * * * *",
            "0 0 ? * MON",
            "0 0 * * +MON",
            "0 0 * * MON#6",
            "0 0 * * MON#0",
            "0 0 * * MON-FRI#1",
            "0 0 * * MON#L",
            "0 0 * * L",
            "0 0 L-3 * *",
            "0 0 LW * *",
            "0 0 W * *",
            "0 0 1-5W * *",
            "0 0 5L * *",
            "0 0 * * 5W",
            "L 0 * * *",
            "0 5W * * *",
            "MON 0 * * *",
            "0 0 * MON *",
            "0 0 * * JAN",
            "@midnight",
            "@annually",
            "@reboot",
            "@DAILY",
            "0 0 1, * *",
            ",0 0 1 * *",
            "0\n0 1 * *",
            "0 0 １ * *",
        ] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Pattern::parse(&format!("{}0  0 * * *", "0,".repeat(245))).is_ok(), "500 bytes");
        assert!(Pattern::parse(&format!("{}0 0 * * *", "0,".repeat(246))).is_err(), "501 bytes");
    }

    #[test]
    fn a_pattern_that_never_comes_is_none() {
        for never in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31W 2 *", "0 0 30-31 FEB *"] {
            assert_eq!(
                Pattern::parse(never),
                Err("no day of any year fits the pattern".to_owned()),
                "{never}"
            );
        }
        assert!(Pattern::parse("0 0 30 2 MON").is_ok(), "either day field will do");
    }

    #[test]
    fn an_hour_field_with_a_star_or_a_step_follows_real_time() {
        for (text, follows) in [
            ("0 * * * *", true),
            ("0 */2 * * *", true),
            ("0 0-23/4 * * *", true),
            ("0 1,*/2 * * *", true),
            ("* 3 * * *", false),
            ("*/5 0-23 * * *", false),
            ("0 3 */2 * *", false),
            ("@hourly", true),
            ("@daily", false),
        ] {
            assert_eq!(Pattern::parse(text).unwrap().follows_real_time, follows, "{text}");
        }
    }
}
