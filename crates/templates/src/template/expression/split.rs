//! Where the expressions stand in a string.

use minijinja::machinery::{Token, Tokenizer, parse_expr};
use minijinja::syntax::SyntaxConfig;

use crate::template::number::is_exact;

/// The longest expression, in bytes. `MiniJinja` counts its columns in 16 bits, and adds to the last one.
const LONGEST: usize = 32 * 1_024;

/// A part of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text, to the letter.
    Text(String),
    /// The source of an expression, without its braces.
    Expression(String),
}

/// The parts of a string, none of them empty text.
///
/// # Errors
/// Why an expression is none, for people.
pub(crate) fn split(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].to_owned()));
        }
        let (source, after) = expression(&rest[at + 2..])?;
        pieces.push(Piece::Expression(source.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// The expression that `text` begins with, and what follows its end.
fn expression(text: &str) -> Result<(&str, &str), String> {
    let window = &text[..text.floor_char_boundary(LONGEST)];
    let mut tokens = Tokenizer::new(window, "expression", true, SyntaxConfig::default());
    let too_long = || format!("has an expression of more than {LONGEST} bytes");
    loop {
        let (token, span) = match tokens.next_token() {
            Ok(Some(next)) => next,
            // Where the window was cut, its end is what is wrong.
            Ok(None) | Err(_) if window.len() < text.len() => return Err(too_long()),
            Ok(None) => return Err("has an expression without its end, }}".to_owned()),
            Err(error) => return Err(wrong(&error)),
        };
        let (from, to) = (span.start_offset as usize, span.end_offset as usize);
        if matches!(token, Token::Float(_)) && !is_exact(&text[from..to].replace('_', "")) {
            return Err(format!(
                "has the number {}, which has more digits, or is greater, than an expression can compute with",
                &text[from..to]
            ));
        }
        if matches!(token, Token::VariableEnd) {
            if &text[from..to] != "}}" {
                return Err(
                    "has an expression that ends in -}} or +}}: text is kept to the letter".to_owned()
                );
            }
            parse_expr(&text[..from]).map_err(|error| wrong(&error))?;
            return Ok((&text[..from], &text[to..]));
        }
    }
}

fn wrong(error: &minijinja::Error) -> String {
    format!("has no right expression: {}", error.detail().unwrap_or("it does not parse"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let piece = |piece: Piece| match piece {
            Piece::Text(text) => format!("<{text}>"),
            Piece::Expression(source) => format!("[{}]", source.trim()),
        };
        split(text).unwrap().into_iter().map(piece).collect()
    }

    #[test]
    fn only_double_braces_are_special() {
        for (text, pieces) in [
            ("", ""),
            ("a { b } c", "<a { b } c>"),
            ("{% if a %}{# b #}{{ c }}", "<{% if a %}{# b #}>[c]"),
            ("a{{ b }}c{{d}}", "<a>[b]<c>[d]"),
            ("{{ '{{' }} and }}", "['{{']< and }}>"),
            ("{{ {'a': {'b': '}}'}} }}", "[{'a': {'b': '}}'}}]"),
            (" {{ a }} ", "< >[a]< >"),
            ("{{ a\n| length }}", "[a\n| length]"),
            ("é{{ 'é' }}é", "<é>['é']<é>"),
            ("{{{'a': 1}}}", "[{'a': 1}]"),
        ] {
            assert_eq!(shown(text), pieces, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in [
            "{{",
            "{{ a",
            "{{ }}",
            "{{ a b }}",
            "{{ 'a }}",
            "{{ a -}}",
            "{{ a | }}",
            "{{ § }}",
            "{{ ( }}",
            "{{ 0.1000000000000000000001 }}",
            "{{ 1e400 }}",
        ] {
            assert!(split(text).is_err(), "{text}");
        }
        let long = |length| format!("{{{{ '{}' }}}}", "x".repeat(length));
        assert!(split(&long(LONGEST - 8)).is_ok());
        assert!(split(&long(LONGEST)).unwrap_err().contains("32768"));
    }
}
