//! How much later than its time a run starts, so that schedules with one time do not start at once.

use chrono::{DateTime, TimeDelta, Utc};

/// A part of `jitter_seconds` that depends on the schedule's name and on the time alone, so that every server, and every look, finds the same.
pub(super) fn delay(name: &str, time: DateTime<Utc>, jitter_seconds: u32) -> TimeDelta {
    let most = u64::from(jitter_seconds) * 1_000;
    let time = time.timestamp_millis().to_le_bytes();
    let part = name.bytes().chain(time).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    TimeDelta::milliseconds(i64::try_from(mixed(part) % (most + 1)).unwrap_or(0))
}

/// The end of `SplitMix64`: hashes of neighbouring times are neighbours before it.
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_depends_on_name_and_time_alone_and_is_spread_over_its_bound() {
        let time = |hour: i64| DateTime::from_timestamp(1_800_000_000 + hour * 3_600, 0).unwrap();
        assert_eq!(delay("a", time(0), 0), TimeDelta::zero());
        assert_eq!(delay("a", time(0), 600), delay("a", time(0), 600));
        assert_ne!(delay("a", time(0), 600), delay("b", time(0), 600));
        assert_ne!(delay("a", time(0), 600), delay("a", time(1), 600));
        let all: Vec<i64> = (0..1_000).map(|hour| delay("a", time(hour), 600).num_milliseconds()).collect();
        assert!(all.iter().all(|delay| (0..=600_000).contains(delay)));
        let early = all.iter().filter(|delay| **delay < 300_000).count();
        assert!((400..=600).contains(&early), "{early} of 1,000 in the first half");
    }

    #[test]
    fn it_stays_what_it_is_from_version_to_version() {
        // Servers of two versions share the work.
        let time = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let delays = ["nightly", "a", ""].map(|name| delay(name, time, 3_600).num_milliseconds());
        assert_eq!(delays, [508_093, 266_143, 1_146_715]);
    }
}
