//! Variables and secrets (C25, C26).

use serde::{Deserialize, Serialize};

use crate::Invalid;

/// The longest value, in bytes.
pub const VALUE_MAX: usize = 64 * 1024;

/// What a variable is about; for grouping in lists only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Signing people in.
    Auth,
    /// Taking money.
    Payment,
    /// Everything else.
    #[default]
    General,
}

impl Category {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auth, Self::Payment, Self::General];

    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Payment => "payment",
            Self::General => "general",
        }
    }

    /// The category of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == text)
    }
}

/// Checks a value: it must fit an environment block, so no NUL, and be of bounded size.
pub fn check_value(value: &str) -> Result<(), Invalid> {
    if value.len() > VALUE_MAX {
        return Err(Invalid::new("value", "at most 64 KiB"));
    }
    if value.contains('\0') {
        return Err(Invalid::new("value", "must not contain a NUL character"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        assert!(check_value("").is_ok());
        assert!(check_value("a\nb=ü").is_ok());
        assert!(check_value("a\0b").is_err());
        assert!(check_value(&"x".repeat(VALUE_MAX + 1)).is_err());
    }
}
