//! One field of a pattern: the values it names, as bits of a number.

/// What a field may have, and what its values are called.
pub(super) struct Kind {
    /// In messages.
    pub(super) name: &'static str,
    /// The lowest value.
    pub(super) first: u32,
    /// The highest value, 63 at the most.
    pub(super) last: u32,
    /// Names of values, from `first` on.
    pub(super) names: &'static [&'static str],
}

/// Minutes.
pub(super) const MINUTES: Kind = Kind { name: "minute", first: 0, last: 59, names: &[] };
/// Hours.
pub(super) const HOURS: Kind = Kind { name: "hour", first: 0, last: 23, names: &[] };
/// Days of a month.
pub(super) const DAYS: Kind = Kind { name: "day-of-month", first: 1, last: 31, names: &[] };
/// Months.
pub(super) const MONTHS: Kind = Kind {
    name: "month",
    first: 1,
    last: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
/// Days of a week; both 0 and 7 are Sunday.
pub(super) const WEEKDAYS: Kind = Kind {
    name: "day-of-week",
    first: 0,
    last: 7,
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};

impl Kind {
    /// The values of one member of a list: `*`, `5`, `1-5`, either of the two ranges with a step.
    pub(super) fn member(&self, text: &str) -> Result<u64, String> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (text, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.first, self.last),
            Some((first, last)) => self.range(text, first, last)?,
            None if step.is_some() => return Err(self.wrong(text, "a step needs `*` or a range before it")),
            None => {
                let value = self.value(range)?;
                (value, value)
            }
        };
        let step = step.map_or(Ok(1), |step| self.step(text, step))?;
        Ok((first..=last).step_by(step).fold(0, |bits, value| bits | 1 << value))
    }

    fn range(&self, text: &str, first: &str, last: &str) -> Result<(u32, u32), String> {
        let (first, mut last) = (self.value(first)?, self.value(last)?);
        // A week that ends on Sunday.
        if self.last == 7 && last == 0 && first > 0 {
            last = 7;
        }
        if first > last {
            return Err(self.wrong(text, "a range begins with the lower value"));
        }
        Ok((first, last))
    }

    /// The step of a range: 1 to as many as the field has values.
    fn step(&self, text: &str, step: &str) -> Result<usize, String> {
        let most = self.last - self.first + 1;
        let step = number(step).filter(|step| (1..=most).contains(step));
        let step = step.ok_or_else(|| self.wrong(text, &format!("a step is 1 to {most}")))?;
        Ok(usize::try_from(step).unwrap_or(1))
    }

    /// A number or a name.
    pub(super) fn value(&self, text: &str) -> Result<u32, String> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = named.and_then(|at| u32::try_from(at).ok()).map(|at| at + self.first);
        let value = named.or_else(|| number(text)).filter(|value| (self.first..=self.last).contains(value));
        let what = if self.names.is_empty() { "numbers" } else { "numbers or names" };
        value.ok_or_else(|| {
            self.wrong(text, &format!("{what} of this field are {} to {}", self.first, self.last))
        })
    }

    /// What is wrong with a part of this field.
    pub(super) fn wrong(&self, text: &str, why: &str) -> String {
        let shown: String = text.chars().take(40).collect();
        format!("the {} `{shown}` is not understood: {why}", self.name)
    }
}

/// One or two digits.
pub(super) fn number(text: &str) -> Option<u32> {
    let right = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    right.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(kind: &Kind, text: &str) -> Option<Vec<u32>> {
        let bits = kind.member(text).ok()?;
        Some((0..64).filter(|value| bits & 1 << value != 0).collect())
    }

    #[test]
    fn members_are_numbers_names_ranges_and_steps() {
        for (kind, text, expected) in [
            (&HOURS, "5", vec![5]),
            (&HOURS, "05", vec![5]),
            (&HOURS, "22-23", vec![22, 23]),
            (&MINUTES, "*/20", vec![0, 20, 40]),
            (&MINUTES, "10-30/10", vec![10, 20, 30]),
            (&MINUTES, "*/60", vec![0]),
            (&MONTHS, "jan-MAR", vec![1, 2, 3]),
            (&WEEKDAYS, "Mon", vec![1]),
            (&WEEKDAYS, "FRI-SUN", vec![5, 6, 7]),
            (&WEEKDAYS, "SUN-TUE", vec![0, 1, 2]),
            (&DAYS, "*", (1..=31).collect()),
        ] {
            assert_eq!(values(kind, text), Some(expected), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_a_member() {
        for (kind, text) in [
            (&MINUTES, ""),
            (&MINUTES, "60"),
            (&MINUTES, "-1"),
            (&MINUTES, "+1"),
            (&MINUTES, "5/10"),
            (&MINUTES, "*/0"),
            (&MINUTES, "*/61"),
            (&MINUTES, "*/"),
            (&MINUTES, "30-10"),
            (&MINUTES, "1-2-3"),
            (&MINUTES, "*-5"),
            (&MINUTES, "**"),
            (&MINUTES, "?"),
            (&MINUTES, "001"),
            (&HOURS, "24"),
            (&HOURS, "MON"),
            (&DAYS, "0"),
            (&DAYS, "32"),
            (&MONTHS, "MON"),
            (&MONTHS, "0"),
            (&WEEKDAYS, "8"),
            (&WEEKDAYS, "JAN"),
            (&WEEKDAYS, "FRI-MON"),
        ] {
            assert_eq!(values(kind, text), None, "{} {text}", kind.name);
        }
    }
}
