//! Traces over OTLP, if the standard `OTEL_*` variables ask for them.
//!
//! Which they are, [the docs](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/) say; where, how fast and
//! with which headers is read by the exporter itself. What it deliberately does not do: speak gRPC or JSON, which would be another
//! implementation each; every collector takes `http/protobuf`, the default. How it fails: a variable that asks for what there is not ends
//! the start; a collector that does not answer costs its spans, with a line in the log.

use opentelemetry_otlp::SpanExporter;
use windlass_server::Traces;

use crate::failure::Failure;

/// Where traces go; `None` unless an endpoint or the exporter is named, or when they are turned off.
///
/// # Errors
/// A variable asks for what there is not, or makes no sense.
pub(crate) fn traces() -> Result<Option<Traces>, Failure> {
    if !is_asked_for(&|name| std::env::var(name).ok())? {
        return Ok(None);
    }
    let exporter = SpanExporter::builder().with_http().build();
    let exporter = exporter.map_err(|error| Failure::new("cannot export traces", error))?;
    Ok(Some(Traces::to(exporter)))
}

fn is_asked_for(variable: &dyn Fn(&str) -> Option<String>) -> Result<bool, Failure> {
    let said = |name: &str| variable(name).filter(|value| !value.is_empty());
    if said("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
        // Workers get their attempts' spans as parents, so there must be some.
        || said("OTEL_TRACES_SAMPLER").is_some_and(|sampler| sampler == "always_off")
    {
        return Ok(false);
    }
    let asked_for = match said("OTEL_TRACES_EXPORTER").as_deref() {
        Some("none") => false,
        Some("otlp") => true,
        Some(other) => return Err(unknown("OTEL_TRACES_EXPORTER", other, "otlp and none")),
        None => ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]
            .iter()
            .any(|name| said(name).is_some()),
    };
    let protocols = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
    let protocol = protocols.iter().find_map(|name| Some((name, said(name)?)));
    match protocol {
        Some((name, other)) if asked_for && other != "http/protobuf" => {
            Err(unknown(name, &other, "http/protobuf"))
        }
        _ => Ok(asked_for),
    }
}

fn unknown(name: &str, value: &str, known: &str) -> Failure {
    Failure::Error(format!("the variable {name} is {value:?}; there is {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(variables: &[(&str, &str)]) -> Result<bool, Failure> {
        is_asked_for(&|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn traces_are_off_unless_a_variable_asks_for_them() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        assert_eq!(asked(&[]), Ok(false));
        assert_eq!(asked(&[("OTEL_SERVICE_NAME", "jobs")]), Ok(false));
        assert_eq!(asked(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]), Ok(false));
        assert_eq!(asked(&[endpoint]), Ok(true));
        assert_eq!(asked(&[("OTEL_TRACES_EXPORTER", "otlp")]), Ok(true));
        for off in [
            ("OTEL_SDK_DISABLED", "true"),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_TRACES_SAMPLER", "always_off"),
        ] {
            assert_eq!(asked(&[endpoint, off]), Ok(false), "{off:?}");
        }
    }

    #[test]
    fn what_there_is_not_is_refused_by_name() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317");
        for wrong in [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_TRACES_EXPORTER", "zipkin")] {
            let Err(Failure::Error(message)) = asked(&[endpoint, wrong]) else { panic!("{wrong:?}") };
            assert!(message.contains(wrong.0) && message.contains(wrong.1), "{message}");
        }
        assert_eq!(asked(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]), Ok(false), "nobody asks");
        assert_eq!(asked(&[endpoint, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]), Ok(true));
    }
}
