//! Reading an object strictly: what is documented once, and nothing else.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::field::Field;
use super::findings::Findings;
use super::levels;
use super::pointer::Pointer;

/// What is wrong with a field that nobody knows.
pub(crate) const NO_FIELD: &str = "is no field of this object";
/// What is wrong with one that stands twice.
pub(crate) const TWICE: &str = "is given more than once";

/// An object whose fields are taken one by one; [`Object::finish`] refuses the rest.
pub(crate) struct Object<'a> {
    fields: Vec<(Cow<'a, str>, Option<&'a RawValue>)>,
    at: &'a Pointer<'a>,
    findings: &'a Findings,
}

impl Field<'_> {
    /// An object, whose fields `read` takes; those that it leaves are refused.
    pub(crate) fn object<T>(&self, read: impl FnOnce(&mut Object<'_>) -> Option<T>) -> Option<T> {
        let Some(fields) = levels::fields(self.value) else { return self.refuse("must be an object") };
        let mut object = Object::new(fields, self.at(), self.findings());
        let value = read(&mut object);
        object.finish();
        value
    }
}

impl Field<'_> {
    /// The same, but what `read` leaves is passed over.
    pub(crate) fn loose_object<T>(&self, read: impl FnOnce(&mut Object<'_>) -> Option<T>) -> Option<T> {
        let Some(fields) = levels::fields(self.value) else { return self.refuse("must be an object") };
        read(&mut Object::new(fields, self.at(), self.findings()))
    }
}

impl<'a> Object<'a> {
    fn new(fields: Vec<(Cow<'a, str>, &'a RawValue)>, at: &'a Pointer<'a>, findings: &'a Findings) -> Self {
        let fields = fields.into_iter().map(|(name, value)| (name, Some(value))).collect();
        Self { fields, at, findings }
    }

    /// The field `name` read by `read`; `None` when it is absent, null or wrong. A wrong one is noted, so the
    /// default that the caller takes instead never comes into effect.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Field<'_>) -> Option<T>,
    ) -> Option<T> {
        let value = self.take(name).filter(|value| value.get() != "null")?;
        read(Field::new(value, &Pointer::Field(self.at, name), self.findings))
    }

    /// As [`optional`](Self::optional), but null is a value that `read` judges: where the contract shows no null it is of
    /// the wrong type, and in a patch it does not mean "left out".
    pub(crate) fn present<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Field<'_>) -> Option<T>,
    ) -> Option<T> {
        read(Field::new(self.take(name)?, &Pointer::Field(self.at, name), self.findings))
    }

    /// The field `name` read by `read`; its absence is noted.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Field<'_>) -> Option<T>,
    ) -> Option<T> {
        let at = Pointer::Field(self.at, name);
        let Some(value) = self.take(name).filter(|value| value.get() != "null") else {
            self.findings.value(at, "is required");
            return None;
        };
        read(Field::new(value, &at, self.findings))
    }

    /// Whether the field `name` is there, and not null; asked before it is taken.
    pub(crate) fn has(&self, name: &'static str) -> bool {
        let is = |value: Option<&RawValue>| value.is_some_and(|value| value.get() != "null");
        self.fields.iter().any(|(field, value)| field == name && is(*value))
    }

    /// Notes that the field `name` is wrong, or that it is missing.
    pub(crate) fn refuse(&self, name: &'static str, detail: &str) {
        self.findings.value(Pointer::Field(self.at, name), detail);
    }

    /// Notes every field that nobody took.
    fn finish(self) {
        for (name, value) in &self.fields {
            if value.is_some() {
                self.findings.value(Pointer::Field(self.at, name), NO_FIELD);
            }
        }
    }

    fn take(&mut self, name: &'static str) -> Option<&'a RawValue> {
        let mut values =
            self.fields.iter_mut().filter(|(field, _)| field == name).map(|(_, value)| value.take());
        let first = values.next().flatten();
        if values.count() > 0 {
            self.findings.value(Pointer::Field(self.at, name), TWICE);
        }
        first
    }
}
