//! People and how they prove who they are.

use serde::{Deserialize, Serialize};

use crate::{Invalid, name::checked_text};

checked_text!(
    /// An e-mail address in lower case: something, one `@`, a host with a dot or `localhost`.
    /// Whether it reaches anyone only a sent mail can tell.
    Email, "email", None, 254, |text| {
        let text = text.trim().to_lowercase();
        let wrong = || "an address like ada@example.com".to_owned();
        let (local, host) = text.rsplit_once('@').ok_or_else(wrong)?;
        let seen = |c: char| !c.is_whitespace() && !c.is_control() && !"<>\"(),:;@[\\]".contains(c);
        if local.is_empty() || local.len() > 64 || text.len() > 254 || !local.chars().all(seen) {
            return Err(wrong());
        }
        host.parse::<crate::host::Hostname>().map_err(|_| wrong())?;
        Ok(text)
    }
);

/// The shortest password taken, in characters. Length is what counts (NIST SP 800-63B, 3.1.1).
pub const PASSWORD_MIN: usize = 10;
/// The longest password taken, in bytes: what is hashed must be bounded.
pub const PASSWORD_MAX: usize = 256;

/// Checks a password someone wants to set.
pub fn check_password(password: &str, email: &Email) -> Result<(), Invalid> {
    let wrong = |problem: &str| Err(Invalid::new("password", problem));
    if password.chars().count() < PASSWORD_MIN {
        return wrong("at least 10 characters; length matters more than symbols");
    }
    if password.len() > PASSWORD_MAX {
        return wrong("at most 256 bytes");
    }
    let lower = password.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 4 || lower == email.as_str() || lower.contains("password") {
        return wrong("too easy to guess: choose several unrelated words");
    }
    Ok(())
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignUp {
    /// Anyone who reaches the page.
    Open,
    /// Whoever holds an invitation.
    Invite,
    /// Whom an operator invites, and nobody else.
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        assert_eq!(" Ada@Example.COM ".parse::<Email>().unwrap().as_str(), "ada@example.com");
        for bad in ["", "ada", "@b.c", "a b@c.d", "a@b@c.d", "a@-b.c", "a<x>@b.c", "a@1.2.3.4"] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords() {
        let email = "ada@example.com".parse().unwrap();
        assert!(check_password("four blunt mossy stones", &email).is_ok());
        for bad in ["short", "aaaaaaaaaaaa", "ada@example.com", "Password1234"] {
            assert!(check_password(bad, &email).is_err(), "{bad}");
        }
        assert!(check_password(&"ab1!".repeat(65), &email).is_err());
    }
}
