//! Numbers stored exactly or refused: what is read from a decimal text must print as the same number.

use std::time::Duration;

/// The double that prints as exactly the decimal number `text` (a JSON number), or `None`.
pub fn exact_f64(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok().filter(|v: &f64| v.is_finite())?;
    (decimal(text)? == decimal(&format!("{value:e}"))?).then_some(value)
}

/// The integer that `text` (a JSON number) denotes, also when written `1.0` or `1e3`; `None` when it
/// is no integer or does not fit.
pub fn exact_integer(text: &str) -> Option<i64> {
    let (negative, digits, exponent) = decimal(text)?;
    if digits.is_empty() {
        return Some(0);
    }
    let zeros = usize::try_from(exponent).ok().filter(|zeros| *zeros <= 19)?;
    let magnitude: i64 = format!("{digits}{}", "0".repeat(zeros)).parse().ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// A length of time as public JSON states it: seconds, to the microsecond.
#[expect(clippy::cast_precision_loss, reason = "30 days are 2.6e12 microseconds, far below 2^53")]
pub fn seconds(length: Duration) -> f64 {
    length.as_micros() as f64 / 1e6
}

/// Sign, significant digits without zeros at either end, and the exponent of the last digit.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    if significant.trim_start_matches('0').is_empty() {
        return Some((false, String::new(), 0));
    }
    // An exponent past i64 still denotes a number, but never one that fits any field.
    let exponent: i64 = exponent.parse().ok()?;
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let fraction = i64::try_from(fraction.len()).ok()?;
    let exponent = exponent.checked_sub(fraction)?.checked_add(dropped)?;
    Some((negative, significant.trim_start_matches('0').to_owned(), exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_double_is_taken_only_when_it_prints_as_the_same_number() {
        for exact in ["0", "-0", "0.1", "1e5", "1.50", "300.3", "9007199254740992", "1E+2", "5e-324"] {
            assert!(exact_f64(exact).is_some(), "{exact}");
        }
        for refused in ["9007199254740993", "0.1000000000000000000001", "1e400", "1e-400"] {
            assert!(exact_f64(refused).is_none(), "{refused}");
        }
    }

    #[test]
    fn an_integer_may_be_written_with_a_point_or_an_exponent() {
        assert_eq!(exact_integer("1.0"), Some(1));
        assert_eq!(exact_integer("1e3"), Some(1000));
        assert_eq!(exact_integer("-120"), Some(-120));
        assert_eq!(exact_integer("0e999999999999"), Some(0));
        for refused in ["1.5", "1e-1", "1e19", "99999999999999999999", "1e99999999999999999999"] {
            assert_eq!(exact_integer(refused), None, "{refused}");
        }
    }
}
