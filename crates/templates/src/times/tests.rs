//! Next times: a table over clock changes, leap days and ends of months, and random patterns against plain stepping.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::pattern::Pattern;
use super::slow;
use super::times::{Rhythm, Times};
use super::zone::{Zone, local_text};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The times of a pattern after an instant.
fn times(pattern: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let rhythm = Rhythm::Pattern(Pattern::parse(pattern).unwrap(), Zone::parse(zone).unwrap());
    let times = Times { rhythm, counted_from: at(from), starts_at: None, ends_at: None };
    let times = times.following(at(from), count).into_iter();
    times.map(|time| time.format("%Y-%m-%dT%H:%MZ").to_string()).collect()
}

#[test]
fn clock_changes_of_five_zones() {
    #[rustfmt::skip]
    let table: [(&str, &str, &str, &[&str]); 30] = [
        // Berlin: 2027-03-28 02:00 → 03:00 at 01:00Z, 2027-10-31 03:00 → 02:00 at 01:00Z.
        ("Europe/Berlin", "30 2 * * *", "2027-03-27T00:00:00Z", &["2027-03-27T01:30Z", "2027-03-28T01:00Z", "2027-03-29T00:30Z"]),
        ("Europe/Berlin", "0,30 2 * * *", "2027-03-27T12:00:00Z", &["2027-03-28T01:00Z", "2027-03-29T00:00Z", "2027-03-29T00:30Z"]),
        ("Europe/Berlin", "0,30 2,3 * * *", "2027-03-27T12:00:00Z", &["2027-03-28T01:00Z", "2027-03-28T01:30Z", "2027-03-29T00:00Z"]),
        ("Europe/Berlin", "30 2 * * *", "2027-10-30T00:00:00Z", &["2027-10-30T00:30Z", "2027-10-31T00:30Z", "2027-11-01T01:30Z"]),
        ("Europe/Berlin", "30 2 * * *", "2027-10-31T00:45:00Z", &["2027-11-01T01:30Z"]),
        ("Europe/Berlin", "30 2 * * *", "2027-10-31T01:15:00Z", &["2027-11-01T01:30Z"]),
        ("Europe/Berlin", "0 * * * *", "2027-03-28T00:00:00Z", &["2027-03-28T01:00Z", "2027-03-28T02:00Z"]),
        ("Europe/Berlin", "30 */2 * * *", "2027-03-27T23:00:00Z", &["2027-03-27T23:30Z", "2027-03-28T02:30Z", "2027-03-28T04:30Z"]),
        ("Europe/Berlin", "30 */2 * * *", "2027-10-30T23:00:00Z", &["2027-10-31T00:30Z", "2027-10-31T01:30Z", "2027-10-31T03:30Z"]),
        ("Europe/Berlin", "*/30 * * * *", "2027-10-31T00:15:00Z", &["2027-10-31T00:30Z", "2027-10-31T01:00Z", "2027-10-31T01:30Z", "2027-10-31T02:00Z"]),
        ("Europe/Berlin", "*/30 2 * * *", "2027-10-31T00:15:00Z", &["2027-10-31T00:30Z", "2027-11-01T01:00Z"]),
        // New York: 2027-03-14 02:00 → 03:00 at 07:00Z, 2027-11-07 02:00 → 01:00 at 06:00Z.
        ("America/New_York", "15 2 * * *", "2027-03-13T12:00:00Z", &["2027-03-14T07:00Z", "2027-03-15T06:15Z"]),
        ("America/New_York", "15 1 * * *", "2027-11-06T12:00:00Z", &["2027-11-07T05:15Z", "2027-11-08T06:15Z"]),
        ("America/New_York", "15 1-1/1 * * *", "2027-11-06T12:00:00Z", &["2027-11-07T05:15Z", "2027-11-07T06:15Z", "2027-11-08T06:15Z"]),
        ("America/New_York", "15 2-2/1 * * *", "2027-03-13T12:00:00Z", &["2027-03-15T06:15Z"]),
        ("America/New_York", "0 0 * * *", "2027-03-13T12:00:00Z", &["2027-03-14T05:00Z", "2027-03-15T04:00Z"]),
        // Lord Howe, half an hour: 2027-04-04 02:00 → 01:30 at 2027-04-03T15:00Z, 2027-10-03 02:00 → 02:30 at 2027-10-02T15:30Z.
        ("Australia/Lord_Howe", "45 1 * * *", "2027-04-03T00:00:00Z", &["2027-04-03T14:45Z", "2027-04-04T15:15Z"]),
        ("Australia/Lord_Howe", "*/15 * * * *", "2027-04-03T14:30:00Z", &["2027-04-03T14:45Z", "2027-04-03T15:00Z", "2027-04-03T15:15Z", "2027-04-03T15:30Z"]),
        ("Australia/Lord_Howe", "15 2 * * *", "2027-10-02T00:00:00Z", &["2027-10-02T15:30Z", "2027-10-03T15:15Z"]),
        ("Australia/Lord_Howe", "0,15,30 2 * * *", "2027-10-02T00:00:00Z", &["2027-10-02T15:30Z", "2027-10-03T15:00Z"]),
        ("Australia/Lord_Howe", "15 */1 * * *", "2027-10-02T14:00:00Z", &["2027-10-02T14:45Z", "2027-10-02T16:15Z"]),
        // Santiago, south, at midnight: 2027-04-04 00:00 → 2027-04-03 23:00 at 03:00Z, 2027-09-05 00:00 → 01:00 at 04:00Z.
        ("America/Santiago", "30 23 * * *", "2027-04-03T12:00:00Z", &["2027-04-04T02:30Z", "2027-04-05T03:30Z"]),
        ("America/Santiago", "30 */1 3 4 *", "2027-04-04T02:00:00Z", &["2027-04-04T02:30Z", "2027-04-04T03:30Z", "2028-04-03T04:30Z"]),
        ("America/Santiago", "0 0 * * *", "2027-09-04T12:00:00Z", &["2027-09-05T04:00Z", "2027-09-06T03:00Z"]),
        ("America/Santiago", "30 0 5 9 *", "2027-09-04T12:00:00Z", &["2027-09-05T04:00Z", "2028-09-05T03:30Z"]),
        ("America/Santiago", "0 0 * * SUN", "2027-04-03T12:00:00Z", &["2027-04-04T04:00Z", "2027-04-11T04:00Z"]),
        // Tokyo has none.
        ("Asia/Tokyo", "30 2 * * *", "2027-03-27T12:00:00Z", &["2027-03-27T17:30Z", "2027-03-28T17:30Z"]),
        ("Asia/Tokyo", "@daily", "2027-10-30T12:00:00Z", &["2027-10-30T15:00Z", "2027-10-31T15:00Z"]),
        ("Asia/Tokyo", "@hourly", "2027-10-31T00:59:59Z", &["2027-10-31T01:00Z", "2027-10-31T02:00Z"]),
        ("UTC", "0 3 * * *", "2027-03-28T03:00:00Z", &["2027-03-29T03:00Z"]),
    ];
    for (zone, pattern, from, expected) in table {
        assert_eq!(times(pattern, zone, from, expected.len()), expected, "{pattern} in {zone} after {from}");
    }
}

#[test]
fn a_day_that_a_zone_leaves_out_comes_at_its_end() {
    // Samoa went over the date line: there was no 2011-12-30, of which the last moment was 2011-12-30T10:00Z.
    let found = times("0 3,5 * * *", "Pacific/Apia", "2011-12-29T20:00:00Z", 3);
    assert_eq!(found, ["2011-12-30T10:00Z", "2011-12-30T13:00Z", "2011-12-30T15:00Z"]);
    assert_eq!(times("0 */12 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", 1), ["2012-12-29T10:00Z"]);
}

#[test]
fn leap_days_and_ends_of_months() {
    #[rustfmt::skip]
    let table: [(&str, &[&str]); 14] = [
        ("0 0 29 2 *", &["2028-02-29T00:00Z", "2032-02-29T00:00Z"]),
        ("0 0 L * *", &["2027-01-31T00:00Z", "2027-02-28T00:00Z", "2027-03-31T00:00Z", "2027-04-30T00:00Z"]),
        ("0 0 L 2 *", &["2027-02-28T00:00Z", "2028-02-29T00:00Z"]),
        ("0 0 31 * *", &["2027-01-31T00:00Z", "2027-03-31T00:00Z", "2027-05-31T00:00Z"]),
        ("0 0 * * 5L", &["2027-01-29T00:00Z", "2027-02-26T00:00Z"]),
        ("0 0 * * SUNL", &["2027-01-31T00:00Z", "2027-02-28T00:00Z"]),
        ("0 0 * * MON#1", &["2027-01-04T00:00Z", "2027-02-01T00:00Z"]),
        ("0 0 * * 7#5", &["2027-01-31T00:00Z", "2027-05-30T00:00Z"]),
        ("0 0 15W * *", &["2027-01-15T00:00Z", "2027-02-15T00:00Z", "2027-03-15T00:00Z", "2027-04-15T00:00Z", "2027-05-14T00:00Z"]),
        ("0 0 1W * *", &["2027-01-01T00:00Z", "2027-02-01T00:00Z", "2027-03-01T00:00Z", "2027-04-01T00:00Z", "2027-05-03T00:00Z"]),
        ("0 0 31W * *", &["2027-01-29T00:00Z", "2027-03-31T00:00Z", "2027-05-31T00:00Z"]),
        ("0 0 13 * FRI", &["2027-01-01T00:00Z", "2027-01-08T00:00Z", "2027-01-13T00:00Z", "2027-01-15T00:00Z"]),
        ("0 0 */10 * MON", &["2027-01-01T00:00Z", "2027-01-04T00:00Z", "2027-01-11T00:00Z", "2027-01-18T00:00Z", "2027-01-21T00:00Z"]),
        ("59 23 31 12 *", &["2026-12-31T23:59Z", "2027-12-31T23:59Z"]),
    ];
    for (pattern, expected) in table {
        assert_eq!(times(pattern, "UTC", "2026-12-31T12:00:00Z", expected.len()), expected, "{pattern}");
    }
    // The fifth Monday of a February, over a century without a leap day.
    assert_eq!(times("0 0 * 2 MON#5", "UTC", "2072-03-01T00:00:00Z", 1), ["2112-02-29T00:00Z"]);
}

#[test]
fn rare_days_come_as_plain_stepping_finds_them_about_clock_changes_too() {
    for (zone, begins) in [
        (Tz::Europe__Berlin, ["2027-03-27T23:30:00Z", "2027-10-30T23:45:00Z", "2027-10-31T00:59:30Z"]),
        (Tz::America__Santiago, ["2027-04-04T02:31:00Z", "2027-04-04T03:31:00Z", "2027-09-05T03:59:59Z"]),
        (Tz::Australia__Lord_Howe, ["2027-04-03T14:59:00Z", "2027-04-03T15:00:00Z", "2027-10-02T15:29:00Z"]),
        (Tz::Asia__Tokyo, ["2027-01-01T00:00:00Z", "2028-02-29T14:59:00Z", "2028-03-01T00:00:00Z"]),
    ] {
        for text in [
            "0 */6 29 2 *",
            "30 */1 3 4 *",
            "45 */1 28,31 3,10 *",
            "*/15 */1 4 4 SUN#5",
            "15 * L 2 *",
            "0 */2 5 9 *",
        ] {
            let pattern = Pattern::parse(text).unwrap();
            for begin in begins {
                let mut instant = at(begin);
                for _ in 0..6 {
                    let slow = slow::after(text, zone, instant);
                    assert_eq!(
                        Zone::parse(zone.name()).unwrap().after(&pattern, instant),
                        slow,
                        "{text} in {zone} after {instant}"
                    );
                    instant = slow.unwrap();
                }
            }
        }
    }
}

#[test]
fn a_day_that_comes_in_forty_years_is_found_nearly_as_soon_as_tomorrow() {
    let least = |text: &str| {
        let pattern = Pattern::parse(text).unwrap();
        let zone = Zone::parse("Europe/Berlin").unwrap();
        let once = || {
            let begun = std::time::Instant::now();
            assert!(zone.after(&pattern, at("2072-03-01T00:00:00Z")).is_some());
            begun.elapsed()
        };
        (0..20).map(|_| once()).min().unwrap()
    };
    let (tomorrow, rare) = (least("0 5-5/1 * * *"), least("0 */6 * 2 MON#5"));
    // By a look at the clocks every six hours it was 10,000 times as long.
    assert!(rare < tomorrow * 1_000, "{rare:?} against {tomorrow:?}");
}

#[test]
fn a_rhythm_has_a_grid() {
    let rhythm = |starts_at: Option<&str>, ends_at: Option<&str>| Times {
        rhythm: Rhythm::Every(3_600),
        counted_from: at("2027-01-01T00:10:00Z"),
        starts_at: starts_at.map(at),
        ends_at: ends_at.map(at),
    };
    let from = at("2027-01-01T00:10:00Z");
    assert_eq!(rhythm(None, None).after(from), Some(at("2027-01-01T01:10:00Z")), "made, and an hour later");
    let later = rhythm(Some("2027-01-05T00:00:00Z"), None);
    let expected = [at("2027-01-05T00:00:00Z"), at("2027-01-05T01:00:00Z")];
    assert_eq!(later.following(from, 2), expected, "the first is its start itself");
    let earlier = rhythm(Some("2026-12-01T00:30:00Z"), None);
    assert_eq!(earlier.after(from), Some(at("2027-01-01T00:30:00Z")), "one that has passed sets the grid");
    assert_eq!(earlier.after(at("2027-01-01T00:30:00Z")), Some(at("2027-01-01T01:30:00Z")));
    let ended = rhythm(None, Some("2027-01-01T02:10:00Z"));
    assert_eq!(ended.following(from, 5), [at("2027-01-01T01:10:00Z")], "none at its end");
}

#[test]
fn a_pattern_begins_at_its_start_and_ends_before_its_end() {
    let times = Times {
        rhythm: Rhythm::Pattern(Pattern::parse("0 * * * *").unwrap(), Zone::UTC),
        counted_from: at("2027-01-01T00:00:00Z"),
        starts_at: Some(at("2027-01-02T00:00:00Z")),
        ends_at: Some(at("2027-01-02T02:00:00Z")),
    };
    let all = times.following(at("2027-01-01T00:00:00Z"), 5);
    assert_eq!(all, [at("2027-01-02T00:00:00Z"), at("2027-01-02T01:00:00Z")]);
}

#[test]
fn local_times_are_said_with_their_offset() {
    let berlin = Zone::parse("Europe/Berlin").unwrap();
    assert_eq!(local_text(at("2027-07-01T01:00:00Z"), berlin), "2027-07-01T03:00:00+02:00");
    assert_eq!(local_text(at("2027-01-01T01:00:00Z"), Zone::UTC), "2027-01-01T01:00:00+00:00");
    assert_eq!(Zone::parse("Europe/Atlantis"), None);
    assert_eq!(Zone::parse(""), None);
}

/// Numbers of a seed, for patterns.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.below(words.len() as u64)).unwrap()]
    }

    /// A list of up to three members of a field.
    fn field(&mut self, first: u64, last: u64, special: &[&str]) -> String {
        let member = |random: &mut Self| match random.below(6) {
            0 => format!("*/{}", 1 + random.below(last - first)),
            1 | 2 => {
                let low = first + random.below(last - first + 1);
                let high = low + random.below(last - low + 1);
                if random.below(2) == 0 {
                    format!("{low}-{high}")
                } else {
                    format!("{low}-{high}/{}", 1 + random.below(5))
                }
            }
            3 if !special.is_empty() => random.of(special).to_owned(),
            _ => (first + random.below(last - first + 1)).to_string(),
        };
        if self.below(3) == 0 {
            return "*".to_owned();
        }
        let members: Vec<String> = (0..=self.below(3)).map(|_| member(self)).collect();
        members.join(",")
    }

    fn pattern(&mut self) -> String {
        let minute = self.field(0, 59, &[]);
        // Hours about clock changes.
        let hour = if self.below(2) == 0 { self.field(0, 3, &[]) } else { self.field(0, 23, &[]) };
        let day = self.field(1, 31, &["L", "1W", "15W", "30W", "31W"]);
        let month = self.field(1, 12, &["MAR", "APR", "SEP", "OCT", "NOV"]);
        let weekday = self.field(0, 7, &["SUN", "MON-FRI", "5L", "SUNL", "1#2", "SUN#1", "7#5"]);
        format!("{minute} {hour} {day} {month} {weekday}")
    }
}

#[test]
fn random_patterns_come_as_plain_stepping_finds_them() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
    };
    let seed = number("WINDLASS_RANDOM_SEED", 20_271_128);
    let mut random = Random(seed);
    let zones: [Tz; 6] = [
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::Australia__Lord_Howe,
        Tz::America__Santiago,
        Tz::Asia__Tokyo,
        Tz::UTC,
    ];
    for round in 0..number("WINDLASS_RANDOM_PATTERNS", 300) {
        let text = random.pattern();
        let zone = zones[usize::try_from(random.below(6)).unwrap()];
        let Ok(pattern) = Pattern::parse(&text) else {
            // Only a pattern that never comes is refused.
            assert_eq!(slow::after(&text, zone, at("2027-01-01T00:00:00Z")), None, "{text}");
            continue;
        };
        // Half of them begin in a week of clock changes.
        let begin = random.of(&[
            "2027-03-26",
            "2027-04-02",
            "2027-10-29",
            "2027-11-05",
            "2027-09-03",
            "2027-03-12",
            "2028-02-27",
        ]);
        let minutes = i64::try_from(random.below(4 * 1_440)).unwrap();
        let mut instant = at(&format!("{begin}T00:00:00Z")) + TimeDelta::minutes(minutes);
        for _ in 0..2 {
            let quick = Zone::parse(zone.name()).unwrap().after(&pattern, instant);
            let Some(slow) = slow::after(&text, zone, instant) else { break };
            assert_eq!(quick, Some(slow), "{text} in {zone} after {instant} (seed {seed}, round {round})");
            instant = slow;
        }
    }
}
