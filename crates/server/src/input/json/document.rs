//! A whole JSON text, checked, ready to be read.

use super::field::Field;
use super::findings::{Findings, Rejection};
use super::levels;
use super::off_async::off_async;
use super::pointer::Pointer;
use super::text::Text;

/// JSON without white space outside strings, at most 128 levels deep.
#[derive(Debug)]
pub(crate) struct Document(Text);

impl Document {
    /// Checks that the bytes are JSON of a bearable depth.
    ///
    /// # Errors
    /// Why they are not, for people.
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        off_async(bytes.len(), || Text::check(bytes).map(Self))
    }

    /// What `read` makes of it.
    ///
    /// # Errors
    /// All that is wrong.
    pub(crate) fn read<T>(&self, read: impl FnOnce(Field<'_>) -> Option<T>) -> Result<T, Rejection> {
        self.read_envelope(|root, suspicious| {
            if suspicious {
                root.refuse_flaws();
            }
            read(root)
        })
    }

    /// As [`read`](Self::read), but for a reader that judges parts on their own: whether strings may have flaws is passed to it.
    ///
    /// # Errors
    /// All that is wrong with the envelope.
    pub(crate) fn read_envelope<T>(
        &self,
        read: impl FnOnce(Field<'_>, bool) -> Option<T>,
    ) -> Result<T, Rejection> {
        // `apart` replaces the findings.
        let findings = Findings::default();
        let root = Field::new(self.0.root(), &Pointer::Root, &findings);
        off_async(self.as_str().len(), || root.apart(|root| read(root, self.0.is_suspicious())))
    }

    /// Whether it is null.
    pub(crate) fn is_null(&self) -> bool {
        self.as_str() == "null"
    }

    /// The text, compact.
    pub(crate) fn as_str(&self) -> &str {
        self.0.root().get()
    }

    /// The texts of the items, `most` at the most, of the array that the root's field `name` is.
    pub(crate) fn items(&self, name: &str, most: usize) -> Vec<&str> {
        let array = || {
            let (_, array) = levels::fields(self.0.root())?.into_iter().find(|(field, _)| field == name)?;
            levels::items(array, most)
        };
        array().unwrap_or_default().0.into_iter().map(serde_json::value::RawValue::get).collect()
    }

    /// A document of this text, which must be JSON.
    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Self {
        Self::parse(text.as_bytes().to_vec()).unwrap()
    }
}
