//! Host names as HTTP and DNS know them, and the random labels Croft puts into them.

use crate::name::checked_text;

checked_text!(
    /// A host name in lower case without port or final dot: labels of `a-z 0-9 -` (RFC 1123),
    /// at most 253 characters, not an address.
    Hostname, "host", None, 253, |text| {
        let text = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if text.is_empty() || text.len() > 253 {
            return Err("1 to 253 characters".into());
        }
        for label in text.split('.') {
            check_label(label)?;
        }
        if text.parse::<std::net::Ipv4Addr>().is_ok() {
            return Err("a name, not an address".into());
        }
        Ok(text)
    }
);

/// One label of a host name.
pub(crate) fn check_label(label: &str) -> Result<(), String> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if label.is_empty() || label.len() > 63 {
        return Err("each part between dots has 1 to 63 characters".into());
    }
    if !label.bytes().all(good) || label.starts_with('-') || label.ends_with('-') {
        return Err(format!("`{label}` may hold only a-z, 0-9 and inner -"));
    }
    Ok(())
}

impl Hostname {
    /// Whether this is `other` or a name below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self == other
            || self.as_str().strip_suffix(other.as_str()).is_some_and(|rest| rest.ends_with('.'))
    }

    /// The host of an authority (`host`, `host:port`), as a `Host` header or `:authority` has it.
    pub fn from_authority(authority: &str) -> Option<Self> {
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            Some(_) => return None,
            None => authority,
        };
        host.parse().ok()
    }
}

checked_text!(
    /// The random part of a project's or sandbox's address: 12 of `a-z 2-7`, unique for ever.
    HostLabel, "label", Some("^[a-z2-7]{12}$"), 12, |text| {
        if text.len() == 12 && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')) {
            Ok(text.to_owned())
        } else {
            Err("12 characters of a-z and 2-7".into())
        }
    }
);

impl HostLabel {
    /// A label from 60 random bits; the first character is a letter, so that it can begin a name.
    pub fn from_random(bytes: [u8; 8]) -> Self {
        const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let bits = u64::from_le_bytes(bytes);
        let text = (0..12)
            .map(|i| {
                let index = usize::try_from((bits >> (5 * i)) & 31).unwrap_or(0);
                char::from(LETTERS[if i == 0 { index % 26 } else { index }])
            })
            .collect();
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn within_is_by_label() {
        let host = |t: &str| t.parse::<Hostname>().unwrap();
        assert!(host("a.example.com").is_within(&host("example.com")));
        assert!(host("example.com").is_within(&host("example.com")));
        assert!(!host("badexample.com").is_within(&host("example.com")));
    }

    #[test]
    fn authorities() {
        let parse = |t: &str| Hostname::from_authority(t).map(|h| h.to_string());
        assert_eq!(parse("Croft.Localhost:8080").as_deref(), Some("croft.localhost"));
        assert_eq!(parse("a.b.").as_deref(), Some("a.b"));
        assert_eq!(parse("127.0.0.1:80"), None);
        assert_eq!(parse("[::1]:80"), None);
        assert_eq!(parse("a:b"), None);
        assert_eq!(parse("a_b.c"), None);
    }

    proptest! {
        #[test]
        fn every_random_label_is_a_label(bytes: [u8; 8]) {
            let label = HostLabel::from_random(bytes);
            prop_assert_eq!(label.as_str().parse::<HostLabel>().unwrap(), label.clone());
            prop_assert!(label.as_str().starts_with(|c: char| c.is_ascii_lowercase()));
        }
    }
}
