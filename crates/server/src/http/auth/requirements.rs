//! What each operation asks of its caller, made from the `security` of the document that is served: there is no other list.

use std::collections::HashMap;

use axum::http::Method;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, PathItem};
use windlass_domain::{Scope, Scopes};

/// The name of the security scheme in the document.
pub(crate) const SCHEME: &str = "key";

/// Routes that the document does not show, which need no key.
pub(crate) const UNDOCUMENTED: [&str; 2] = ["/docs/", "/docs/{*file}"];

/// What an operation asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// Nothing: a key that is sent along is not looked at.
    Nothing,
    /// Any key.
    AnyKey,
    /// A key that may do what one of these is for.
    OneOf(Scopes),
}

/// What all operations ask, by route and method.
#[derive(Debug, Default)]
pub(crate) struct Requirements(HashMap<String, Vec<(Method, Requirement)>>);

impl Requirement {
    /// What an operation says in its `security`; `None` if it says nothing, or what no key can meet.
    pub(crate) fn of(operation: &Operation) -> Option<Self> {
        let said = serde_json::to_value(operation.security.as_ref()?).ok()?;
        let said: Vec<HashMap<String, Vec<String>>> = serde_json::from_value(said).ok()?;
        if said.iter().any(HashMap::is_empty) {
            return Some(Self::Nothing);
        }
        if said.is_empty() || said.iter().any(|alternative| alternative.len() > 1) {
            return None;
        }
        let words = said.iter().map(|alternative| alternative.get(SCHEME)).collect::<Option<Vec<_>>>()?;
        if words.iter().any(|words| words.is_empty()) {
            return Some(Self::AnyKey);
        }
        let scope = |words: &Vec<String>| if let [word] = &words[..] { Scope::parse(word) } else { None };
        words.into_iter().map(scope).collect::<Option<Scopes>>().map(Self::OneOf)
    }

    /// Whether a key with these scopes meets it.
    pub(crate) fn is_met_by(self, scopes: Scopes) -> bool {
        match self {
            Self::Nothing | Self::AnyKey => true,
            Self::OneOf(needed) => needed.iter().any(|scope| scopes.allow(scope)),
        }
    }
}

impl Requirement {
    /// Whether those with these scopes may make the call though they show no key.
    pub(crate) fn allows(self, scopes: Scopes) -> bool {
        matches!(self, Self::OneOf(needed) if needed.iter().any(|scope| scopes.allow(scope)))
    }
}

impl Requirements {
    /// Those of a document and of the routes beside it.
    ///
    /// # Panics
    /// When an operation does not say what it asks: it would be served to everybody, or to nobody.
    pub(crate) fn of(document: &OpenApi) -> Self {
        let documented = document.paths.paths.iter().map(|(path, item)| (path.clone(), of_path(path, item)));
        let beside = UNDOCUMENTED.map(|path| (path.to_owned(), vec![(Method::GET, Requirement::Nothing)]));
        Self(documented.chain(beside).collect())
    }

    /// The same and routes that judge their callers themselves, by sessions.
    pub(crate) fn beside_pages(mut self, routes: &[&str]) -> Self {
        let methods = || vec![(Method::GET, Requirement::Nothing), (Method::POST, Requirement::Nothing)];
        self.0.extend(routes.iter().map(|route| ((*route).to_owned(), methods())));
        self
    }

    /// Whether an operation, such as `POST /v1/jobs/{id}/pause`, may be called with these scopes; `false` if there is none.
    pub(crate) fn allow(&self, operation: &str, scopes: Scopes) -> bool {
        let Some((method, route)) = operation.split_once(' ') else { return false };
        let methods = self.of_route(route).unwrap_or_default();
        methods.iter().any(|(known, requirement)| known.as_str() == method && requirement.is_met_by(scopes))
    }

    /// What each method of a route asks; `None`: it is none of the routes.
    pub(crate) fn of_route(&self, route: &str) -> Option<&[(Method, Requirement)]> {
        self.0.get(route).map(Vec::as_slice)
    }
}

fn of_path(path: &str, item: &PathItem) -> Vec<(Method, Requirement)> {
    let all = [
        (Method::GET, &item.get),
        (Method::POST, &item.post),
        (Method::PATCH, &item.patch),
        (Method::PUT, &item.put),
        (Method::DELETE, &item.delete),
    ];
    let there = all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_ref()?)));
    there
        .map(|(method, operation)| {
            let requirement = Requirement::of(operation);
            let requirement = requirement
                .unwrap_or_else(|| panic!("{method} {path} says by `security` what it asks of its caller"));
            (method, requirement)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use utoipa::openapi::path::OperationBuilder;
    use utoipa::openapi::security::SecurityRequirement;

    use super::*;

    fn of(said: Option<Vec<SecurityRequirement>>) -> Option<Requirement> {
        Requirement::of(&OperationBuilder::new().securities(said).build())
    }

    fn key(scopes: &[&str]) -> SecurityRequirement {
        SecurityRequirement::new(SCHEME, scopes.iter().copied())
    }

    #[test]
    fn an_operation_says_what_it_asks() {
        let one_of = |scopes: &[Scope]| Some(Requirement::OneOf(scopes.iter().copied().collect()));
        assert_eq!(of(Some(vec![SecurityRequirement::default()])), Some(Requirement::Nothing));
        assert_eq!(of(Some(vec![key(&[])])), Some(Requirement::AnyKey));
        assert_eq!(of(Some(vec![key(&["work"])])), one_of(&[Scope::Work]));
        assert_eq!(of(Some(vec![key(&["read"]), key(&["work"])])), one_of(&[Scope::Read, Scope::Work]));
    }

    #[test]
    fn what_says_nothing_or_what_nobody_knows_is_no_requirement() {
        let other = SecurityRequirement::new("other", ["read"]);
        for said in [
            None,
            Some(Vec::new()),
            Some(vec![key(&["write"])]),
            Some(vec![key(&["read", "work"])]),
            Some(vec![other.clone()]),
            Some(vec![key(&["read"]).add("other", ["read"])]),
        ] {
            assert_eq!(of(said), None);
        }
    }

    #[test]
    fn one_of_several_scopes_is_enough() {
        let requirement = Requirement::OneOf([Scope::Read, Scope::Work].into_iter().collect());
        for (own, met) in
            [(Scope::Read, true), (Scope::Work, true), (Scope::Produce, true), (Scope::Admin, true)]
        {
            assert_eq!(requirement.is_met_by([own].into_iter().collect()), met, "{own}");
        }
        let operate = Requirement::OneOf([Scope::Operate].into_iter().collect());
        assert!(!operate.is_met_by([Scope::Produce, Scope::Work].into_iter().collect()));
        assert!(Requirement::AnyKey.is_met_by([Scope::Work].into_iter().collect()));
    }
}
