//! Secrets that Croft makes: sessions, API tokens, links.
//!
//! The secret is 32 random bytes in base32 behind a prefix that secret scanners know; only its
//! SHA-256 is ever stored (the input has 256 random bits, so a slow hash would protect nothing).

use std::fmt;

use data_encoding::BASE32_NOPAD;

/// What a secret opens; gives its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// A session, in a cookie or with a CLI.
    Session,
    /// An API token.
    Token,
    /// An invitation link.
    Invitation,
    /// The link that makes the first account.
    Setup,
}

impl SecretKind {
    /// The prefix. All begin with `croft_`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "croft_ses_",
            Self::Token => "croft_tok_",
            Self::Invitation => "croft_inv_",
            Self::Setup => "croft_set_",
        }
    }
}

/// A secret in the clear: shown to its owner once, never stored, never printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    kind: SecretKind,
    text: String,
}

impl Secret {
    /// Makes a secret of 32 random bytes.
    pub fn from_random(kind: SecretKind, bytes: [u8; 32]) -> Self {
        let mut text = BASE32_NOPAD.encode(&bytes);
        text.make_ascii_lowercase();
        Self { kind, text: format!("{}{text}", kind.prefix()) }
    }

    /// Reads what a client sent. `None` when it has not the form of any secret of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let kinds =
            [SecretKind::Session, SecretKind::Token, SecretKind::Invitation, SecretKind::Setup];
        let kind = kinds.into_iter().find(|kind| text.starts_with(kind.prefix()))?;
        let rest = &text[kind.prefix().len()..];
        let good = rest.len() == 52 && rest.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'));
        good.then(|| Self { kind, text: text.to_owned() })
    }

    /// What it opens.
    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    /// The text, for the one answer or cookie that carries it.
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}***", self.kind.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_back_and_never_printed() {
        let secret = Secret::from_random(SecretKind::Token, [7; 32]);
        assert_eq!(Secret::parse(secret.expose()), Some(secret.clone()));
        assert_eq!(format!("{secret:?}"), "croft_tok_***");
        assert_eq!(Secret::parse("croft_tok_short"), None);
        assert_eq!(Secret::parse(&secret.expose().to_uppercase()), None);
    }
}
