//! Ids: a UUIDv7 inside, `prj_` and 26 letters outside.
//!
//! The outer form is the 16 bytes in lower-case base32 (RFC 4648 alphabet, no padding), so that it
//! can be told apart at sight, selected by a double click and never holds a minus.

use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};

use data_encoding::{BASE32_NOPAD, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::Invalid;

/// What an id belongs to; gives the prefix of its outer form.
pub trait Kind: 'static {
    /// Three or four letters, without the underscore.
    const PREFIX: &'static str;
    /// The noun, for messages.
    const NOUN: &'static str;
}

/// An id of one kind of thing. Ids of different kinds do not compare and do not convert.
pub struct Id<K: Kind>(Uuid, PhantomData<fn() -> K>);

impl<K: Kind> Id<K> {
    /// Wraps a UUID, as the store and the entropy source hold it.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The UUID inside.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

fn lower() -> Encoding {
    BASE32_NOPAD
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = lower().encode(self.0.as_bytes());
        text.make_ascii_lowercase();
        write!(f, "{}_{text}", K::PREFIX)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new(
                "id",
                format!(
                    "`{}` is not the id of a {}: expected {}_ and 26 characters",
                    short(text),
                    K::NOUN,
                    K::PREFIX
                ),
            )
        };
        let rest =
            text.strip_prefix(K::PREFIX).and_then(|t| t.strip_prefix('_')).ok_or_else(wrong)?;
        if rest.len() != 26 || rest.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(wrong());
        }
        let bytes = lower().decode(rest.to_ascii_uppercase().as_bytes()).map_err(|_| wrong())?;
        let bytes: [u8; 16] = bytes.try_into().map_err(|_| wrong())?;
        Ok(Self::from_uuid(Uuid::from_bytes(bytes)))
    }
}

/// At most forty characters of what somebody sent, for a message.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

impl<K: Kind> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: Kind> Copy for Id<K> {}
impl<K: Kind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K: Kind> Eq for Id<K> {}
impl<K: Kind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K: Kind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K: Kind> Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|e: Invalid| de::Error::custom(e.problem))
    }
}

#[cfg(feature = "schema")]
impl<K: Kind> utoipa::PartialSchema for Id<K> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::{ObjectBuilder, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(format!("^{}_[a-z2-7]{{26}}$", K::PREFIX)))
            .into()
    }
}
#[cfg(feature = "schema")]
impl<K: Kind> utoipa::ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Owned(format!("{}Id", K::NOUN))
    }
}

macro_rules! kinds {
    ($($alias:ident, $kind:ident, $prefix:literal, $noun:literal, $doc:literal;)*) => {$(
        #[doc = concat!("Marks the id of ", $doc, ".")]
        #[derive(Debug, Clone, Copy)]
        pub enum $kind {}
        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
            const NOUN: &'static str = $noun;
        }
        #[doc = concat!("The id of ", $doc, ".")]
        pub type $alias = Id<$kind>;
    )*};
}

kinds! {
    UserId, UserKind, "usr", "User", "a person";
    TeamId, TeamKind, "team", "Team", "a team, the tenant";
    ProjectId, ProjectKind, "prj", "Project", "a project";
    SessionId, SessionKind, "ses", "Session", "a sign-in";
    TokenId, TokenKind, "tok", "Token", "an API token";
    InvitationId, InvitationKind, "inv", "Invitation", "an invitation into a team";
    VariableId, VariableKind, "var", "Variable", "a variable or secret";
    DomainId, DomainKind, "dom", "Domain", "a claim of a host";
    FunctionId, FunctionKind, "fn", "Function", "a function";
    VersionId, VersionKind, "ver", "Version", "one immutable text of a function";
    RouteId, RouteKind, "rte", "Route", "a route";
    InvocationId, InvocationKind, "call", "Invocation", "one call of a function";
    AuditId, AuditKind, "aud", "AuditEntry", "an entry of the audit log";
    RequestId, RequestKind, "req", "Request", "one HTTP request to Croft";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn outer_form_round_trips(bytes: [u8; 16]) {
            let id = ProjectId::from_uuid(Uuid::from_bytes(bytes));
            prop_assert_eq!(id.to_string().parse::<ProjectId>().unwrap(), id);
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,64}") {
            let _ = text.parse::<ProjectId>();
        }
    }

    #[test]
    fn another_kind_is_refused() {
        let id = UserId::from_uuid(Uuid::nil());
        let error = id.to_string().parse::<ProjectId>().unwrap_err();
        assert!(error.problem.contains("not the id of a Project"), "{error}");
    }

    #[test]
    fn two_spellings_of_one_id_do_not_exist() {
        let id = ProjectId::from_uuid(Uuid::nil()).to_string();
        assert!(id.to_uppercase().parse::<ProjectId>().is_err());
        // The last letter carries two unused bits: they must be zero.
        let padded = format!("{}b", &id[..id.len() - 1]);
        assert!(padded.parse::<ProjectId>().is_err());
    }
}
