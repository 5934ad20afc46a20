//! Numbers: exact, or refused where they are used, and kept to the digit elsewhere.

use serde_json::json;
use windlass_templates::{Given, RenderError, Template};

use crate::support::{ANY, render, run};

fn payload_of(template: &str, parameters: &str) -> Result<String, RenderError> {
    let pipeline = format!(r#"{{"name":"n","jobs":[{{"key":"a","type":"t","payload":{template}}}]}}"#);
    let body = render(&pipeline, parameters)?.body;
    let from = body.find(r#""payload":"#).unwrap() + 10;
    Ok(body[from..body.len() - 3].to_owned())
}

#[test]
fn integers_up_to_64_bits_are_exact() {
    for number in ["0", "9007199254740993", "-9223372036854775808", "18446744073709551615"] {
        let parameters = format!(r#"{{"n":{number}}}"#);
        assert_eq!(payload_of(r#""{{ n }}""#, &parameters).unwrap(), number);
        assert_eq!(payload_of(r#""x{{ n }}""#, &parameters).unwrap(), format!("\"x{number}\""));
        assert_eq!(payload_of(r#""{{ [n] }}""#, &parameters).unwrap(), format!("[{number}]"));
    }
    assert_eq!(payload_of(r#""{{ n + 1 }}""#, r#"{"n":9007199254740992}"#).unwrap(), "9007199254740993");
}

#[test]
fn another_number_that_no_double_holds_is_refused_where_an_expression_uses_it() {
    for number in ["1e400", "0.1000000000000000000001", "18446744073709551616", "-1e999"] {
        let parameters = format!(r#"{{"n":{number},"o":{{"n":{number},"a":1}},"l":[1,{number}]}}"#);
        for template in [
            "{{ n }}",
            "x{{ n }}",
            "{{ [n] }}",
            "{{ n is defined }}",
            "{{ n | default(1) }}",
            "{{ o }}",
            "{{ o.n }}",
            "{{ l }}",
            "x{{ o }}",
            "{{ l[1] }}",
            "{{ l | join(',') }}",
            "{{ o | tojson }}",
            "{{ 'x' ~ o }}",
            "{{ o | string }}",
            "{{ l | sum }}",
            "{{ o == {'n': 1, 'a': 1} }}",
            "{{ 7 in l }}",
        ] {
            let refused = payload_of(&json!(template).to_string(), &parameters);
            assert!(
                matches!(&refused, Err(RenderError::Failed(fault)) if fault.pointer == "/pipeline/jobs/0/payload"),
                "{number} {template}: {refused:?}"
            );
        }
        assert_eq!(payload_of(r#""{{ o.a }}""#, &parameters).unwrap(), "1", "it does not use the number");
    }
}

#[test]
fn elsewhere_numbers_are_kept_to_the_digit() {
    for number in
        ["1e400", "1.50", "-0", "0.1000000000000000000001", "123456789012345678901234567890", "1E+2"]
    {
        assert_eq!(payload_of(&format!("[{number}]"), "{}").unwrap(), format!("[{number}]"));
        let template = Template::parse(ANY, r#"{"name":"n","jobs":[]}"#).unwrap();
        let parameters = format!(r#"{{"n":{number}}}"#);
        let given = Given { parameters: &parameters, ..Given::default() };
        assert_eq!(template.render(&given, &run(), &|| false).unwrap().parameters, parameters);
    }
}
