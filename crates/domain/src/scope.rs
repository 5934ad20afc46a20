//! What a key may do: its scopes, and the types that narrow two of them.

/// One right of a key; some contain others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// To look at everything but keys.
    Read,
    /// To create, change and control pipelines, jobs and tasks; and to read.
    Produce,
    /// To take tasks and report on them.
    Work,
    /// To change queues, templates, schedules and webhooks; and to produce.
    Operate,
    /// Everything.
    Admin,
}

impl Scope {
    /// Every scope, in the order of the contract.
    pub const ALL: [Self; 5] = [Self::Read, Self::Produce, Self::Work, Self::Operate, Self::Admin];

    /// Its word in the public JSON and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Produce => "produce",
            Self::Work => "work",
            Self::Operate => "operate",
            Self::Admin => "admin",
        }
    }

    /// The scope of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word)
    }

    /// Whether who has this scope may do what needs the other.
    pub const fn contains(self, other: Self) -> bool {
        match self {
            Self::Read => matches!(other, Self::Read),
            Self::Produce => matches!(other, Self::Read | Self::Produce),
            Self::Work => matches!(other, Self::Work),
            Self::Operate => matches!(other, Self::Read | Self::Produce | Self::Operate),
            Self::Admin => true,
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The scopes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// That of everything.
    pub const ADMIN: Self = Self(Scope::Admin.bit());

    /// Whether this very scope is among them.
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether one of them allows what needs this scope.
    pub fn allow(self, scope: Scope) -> bool {
        Scope::ALL.into_iter().any(|own| self.has(own) && own.contains(scope))
    }

    /// The scopes, each once, in the order of the contract.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_allows_what_the_contract_says() {
        use Scope::{Admin, Operate, Produce, Read, Work};
        for (own, allowed) in [
            (Read, &[Read][..]),
            (Produce, &[Read, Produce]),
            (Work, &[Work]),
            (Operate, &[Read, Produce, Operate]),
            (Admin, &Scope::ALL),
        ] {
            let scopes: Scopes = [own].into_iter().collect();
            for scope in Scope::ALL {
                assert_eq!(scopes.allow(scope), allowed.contains(&scope), "{own} for {scope}");
                assert_eq!(scopes.has(scope), own == scope);
            }
        }
        let both: Scopes = [Work, Read].into_iter().collect();
        assert_eq!(both.iter().collect::<Vec<_>>(), [Read, Work]);
        assert!(both.allow(Work) && both.allow(Read) && !both.allow(Produce));
        assert!(Scope::ALL.into_iter().all(|scope| Scopes::ADMIN.allow(scope)));
        assert!(!Scope::ALL.into_iter().any(|scope| Scopes::default().allow(scope)));
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        assert_eq!(Scope::parse("Admin"), None);
    }
}
