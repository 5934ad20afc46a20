//! Runs expressions, with one amount of fuel for all of them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use minijinja::machinery::{CodeGenerator, Instructions, eval, make_string_output, parse_expr};
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value};

use super::strict::{HAS, USED, WHOLE, strict};
use super::value::why_invalid;

/// Steps of one rendering at the most.
const FUEL: u64 = 1_000_000;

/// Compiled expressions of one rendering, and the fuel that is left for it.
pub(crate) struct Engine<'t> {
    environment: Environment<'static>,
    programs: RefCell<HashMap<&'t str, Rc<Instructions<'t>>>>,
    fuel: Cell<u64>,
}

/// An expression that gave no value.
pub(crate) struct Spent {
    /// Why, for people.
    pub(crate) detail: String,
    /// Whether the fuel ran out, and no single expression is to blame.
    pub(crate) together: bool,
}

impl<'t> Engine<'t> {
    /// `inexact`: whether there are numbers among the names that no expression may use; then each value that is used is looked through for one.
    pub(crate) fn new(inexact: bool) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // These tell of the engine, or hold state.
        environment.remove_global("debug");
        environment.remove_global("namespace");
        if inexact {
            environment.add_filter(USED, used_and_exact);
        } else {
            environment.add_filter(USED, used);
        }
        environment.add_filter(HAS, has);
        environment.add_filter(WHOLE, whole);
        Self { environment, programs: RefCell::default(), fuel: Cell::new(FUEL) }
    }

    /// The value of an expression over these names.
    ///
    /// # Errors
    /// Why it has none; an undefined value is none.
    pub(crate) fn value(&self, source: &'t str, names: &Value) -> Result<Value, Spent> {
        let before = self.fuel.get();
        let value = self.run(source, names).and_then(|value| {
            if value.is_undefined() {
                return Err(undefined());
            }
            Ok(value)
        });
        value.map_err(|error| Spent {
            detail: detail(&error),
            together: error.kind() == ErrorKind::OutOfFuel && before < FUEL / 2,
        })
    }

    fn run(&self, source: &'t str, names: &Value) -> Result<Value, Error> {
        let program = self.program(source)?;
        let mut environment = self.environment.clone();
        environment.set_fuel(Some(self.fuel.get()));
        let (mut nothing, blocks) = (String::new(), BTreeMap::new());
        let mut output = make_string_output(&mut nothing);
        let (value, state) =
            eval(&environment, &program, names.clone(), &blocks, &mut output, AutoEscape::None)?;
        let (_, left) = state.fuel_levels().expect("fuel is set");
        self.fuel.set(left);
        Ok(value.expect("an expression leaves its value"))
    }

    fn program(&self, source: &'t str) -> Result<Rc<Instructions<'t>>, Error> {
        if let Some(program) = self.programs.borrow().get(source) {
            return Ok(Rc::clone(program));
        }
        let mut generator = CodeGenerator::new("expression", source);
        generator.compile_expr(&strict(&parse_expr(source)?));
        let (instructions, _) = generator.finish();
        let program = Rc::new(instructions);
        self.programs.borrow_mut().insert(source, Rc::clone(&program));
        Ok(program)
    }
}

fn undefined() -> Error {
    Error::new(ErrorKind::UndefinedError, "a value is undefined")
}

fn detail(error: &Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => format!("takes more than {FUEL} steps"),
        (ErrorKind::UndefinedError, None) => "uses a value that is undefined".to_owned(),
        (kind, None) => kind.to_string(),
        (_, Some(detail)) => detail.to_owned(),
    }
}

fn used(value: Value) -> Result<Value, Error> {
    if value.is_undefined() { Err(undefined()) } else { Ok(value) }
}

fn used_and_exact(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    check_exact(state, &value)?;
    used(value)
}

/// Refuses a value with a number that is not exact. Depth is bounded by that of parameters and by what an expression builds.
fn check_exact(state: &State<'_, '_>, value: &Value) -> Result<(), Error> {
    state.consume_fuel(1)?;
    match value.kind() {
        ValueKind::Invalid => Err(why_invalid(value)),
        ValueKind::Seq => value.try_iter()?.try_for_each(|item| check_exact(state, &item)),
        ValueKind::Map => value.try_iter()?.try_for_each(|key| check_exact(state, &value.get_item(&key)?)),
        _ => Ok(()),
    }
}

/// A list, each item of which has the attribute; what is no list is left to the filter that follows.
fn has(state: &State<'_, '_>, value: Value, attribute: &Value) -> Result<Value, Error> {
    if let Ok(items) = value.try_iter() {
        for item in items {
            state.consume_fuel(1)?;
            let found = match attribute.as_str() {
                Some(path) => path.split('.').try_fold(item, |within, step| step_into(&within, step))?,
                None => item.get_item(attribute)?,
            };
            used(found)?;
        }
    }
    Ok(value)
}

fn step_into(within: &Value, step: &str) -> Result<Value, Error> {
    match step.parse::<usize>() {
        Ok(index)
            if within.as_object().is_some()
                && within.get_attr(step).is_ok_and(|found| found.is_undefined()) =>
        {
            within.get_item(&Value::from(index))
        }
        _ => within.get_attr(step),
    }
}

/// A list without undefined items.
fn whole(state: &State<'_, '_>, value: Value) -> Result<Value, Error> {
    for item in value.try_iter()? {
        state.consume_fuel(1)?;
        used(item)?;
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::number;

    fn run(source: &str) -> Result<String, String> {
        let one = |pair: (&'static str, i32)| Value::from_pairs([pair]);
        let names = Value::from_pairs([
            ("a", Value::from(1)),
            ("text", Value::from("x")),
            ("list", Value::from(vec![1, 2, 3])),
            ("none", Value::from(())),
            ("objects", Value::from(vec![one(("n", 1)), one(("n", 2))])),
            ("object", one(("n", 1))),
            ("great", number::value("1e400")),
        ]);
        Engine::new(false).value(source, &names).map(|value| value.to_string()).map_err(|spent| spent.detail)
    }

    #[test]
    fn an_undefined_value_is_an_error_wherever_it_is_used() {
        for source in [
            "nope",
            "nope.x",
            "a.x",
            "object.m",
            "list[7]",
            "nope + 1",
            "nope == 1",
            "1 < nope",
            "not nope",
            "nope and a",
            "a and nope",
            "nope or a",
            "nope ~ 'x'",
            "-nope",
            "[nope]",
            "(nope, 1)",
            "{'k': nope}",
            "{nope: 1}",
            "[[nope]]",
            "[nope]|length",
            "nope in list",
            "1 in [nope]",
            "nope is none",
            "nope is string",
            "a is eq(nope)",
            "nope|string",
            "nope|length",
            "list|join(nope)",
            "range(nope)",
            "dict(x=nope)",
            "1 if nope else 2",
            "1 if false",
            "(1 if false) == 1",
            "[1 if false]",
            "(1 if false)|string",
            "nope if a else 2",
            "list[nope]",
            "list[nope:]",
            "[]|first",
            "[[]|first]",
            "[]|max",
            "objects|map(attribute='m')|list",
            "objects|map(attribute='m')|length",
            "objects|sum(attribute='m')",
            "objects|selectattr('m')|list",
            "objects|sort(attribute='m')",
            "objects|groupby('m')",
            "objects|join(',', attribute='m')",
            "[[]]|map('first')|length",
            "a|default(nope)",
            "nope.x|default(1)",
            "nope|default(nope)",
            "nope is defined and nope.x is defined or nope",
        ] {
            assert!(run(source).is_err(), "{source} gives {:?}", run(source));
        }
    }

    #[test]
    fn default_defined_and_undefined_may_see_one() {
        for (source, value) in [
            ("nope|default(7)", "7"),
            ("nope|d(7)", "7"),
            ("object.m|default(7)", "7"),
            ("(1 if false)|default(7)", "7"),
            ("(nope if a else 1)|default(7)", "7"),
            ("nope is defined", "False"),
            ("nope is undefined", "True"),
            ("nope is not defined", "True"),
            ("1 if nope is defined and nope else 2", "2"),
            ("objects|selectattr('m', 'undefined')|list|length", "2"),
            ("objects|map(attribute='m', default=0)|sum", "0"),
            ("[]|first|default(0)", "0"),
        ] {
            assert_eq!(run(source).as_deref(), Ok(value), "{source}");
        }
    }

    #[test]
    fn expressions_are_those_of_minijinja() {
        for (source, value) in [
            ("list|length * 2", "6"),
            ("objects|map(attribute='n')|sum", "3"),
            ("objects|sum(attribute='n')", "3"),
            ("text|upper ~ '-' ~ a", "X-1"),
            ("list[1:]|join('+')", "2+3"),
            ("'yes' if a > 0 else 'no'", "yes"),
            ("9223372036854775807", "9223372036854775807"),
            ("range(3)|list", "[0, 1, 2]"),
            ("none is none", "True"),
            ("dict(x=1).x", "1"),
        ] {
            assert_eq!(run(source).as_deref(), Ok(value), "{source}");
        }
        for refused in [
            "debug()",
            "namespace()",
            "nope()",
            "a|nope",
            "a is nope",
            "1 / 0",
            "great",
            "great is defined",
            "a +  text",
        ] {
            assert!(run(refused).is_err(), "{refused} gives {:?}", run(refused));
        }
    }

    #[test]
    fn the_fuel_is_one_for_all_expressions_of_a_rendering() {
        let engine = Engine::new(false);
        let names = Value::from_pairs([("a", 1)]);
        let mut count = 0;
        let spent = loop {
            match engine.value("range(10000)|sum", &names) {
                Ok(_) => count += 1,
                Err(spent) => break spent,
            }
        };
        assert!((50..500).contains(&count), "{count}");
        assert!(spent.together && spent.detail.contains("1000000"));
        let alone = Engine::new(false).value("('x' * 70000000)|length", &names);
        let alone = alone.expect_err("it takes too long");
        assert!(!alone.together, "one expression is to blame");
    }
}
