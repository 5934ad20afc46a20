//! Numbers of JSON as values of expressions: exact, or refused where an expression uses them.

use minijinja::{Error, ErrorKind, Value};

/// The number that `text` denotes; otherwise a value that fails wherever it is used.
pub(crate) fn value(text: &str) -> Value {
    if let Ok(number) = text.parse::<i64>()
        && text != "-0"
    {
        return Value::from(number);
    }
    if let Ok(number) = text.parse::<u64>() {
        return Value::from(number);
    }
    exact_f64(text).map_or_else(|| Value::from(inexact(text)), Value::from)
}

/// Whether an expression may use it.
pub(crate) fn is_exact(text: &str) -> bool {
    value(text).kind() == minijinja::value::ValueKind::Number
}

fn inexact(text: &str) -> Error {
    let short: String = text.chars().take(40).collect();
    Error::new(
        ErrorKind::InvalidOperation,
        format!("the number {short} has more digits, or is greater, than an expression can compute with"),
    )
}

/// The double that prints as exactly this decimal number.
fn exact_f64(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    (decimal(text)? == decimal(&format!("{value:e}"))?).then_some(value)
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
    let exponent: i64 = exponent.parse().ok()?;
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(dropped)?;
    Some((negative, significant.trim_start_matches('0').to_owned(), exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_64_bits_are_exact_and_of_other_numbers_those_that_a_double_holds() {
        for text in ["0", "-9223372036854775808", "18446744073709551615"] {
            assert_eq!(value(text).to_string(), text);
        }
        for exact in ["-0", "0.1", "1e5", "1.50", "1e300", "5e-324", "36893488147419103000"] {
            assert!(is_exact(exact), "{exact}");
        }
        for refused in ["18446744073709551616", "0.1000000000000000000001", "1e400", "1e-400"] {
            assert!(!is_exact(refused), "{refused}");
        }
    }
}
