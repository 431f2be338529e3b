//! Domains: hosts, or patterns of hosts, that a project claims (decision 11).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    Invalid,
    host::{Hostname, check_label},
};

/// The default project's host, besides its own.
pub const DEFAULT_HOST: &str = "localhost";

/// What is claimed: one host, all hosts one label below one, or the same with the label captured.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum HostPattern {
    /// `shop.example.com`.
    Exact(Hostname),
    /// `*.example.com`.
    Wildcard(Hostname),
    /// `{tenant}.example.com`: the label is given to functions under the name in braces.
    Captured {
        /// The name in braces.
        param: String,
        /// What follows the first dot.
        below: Hostname,
    },
}

impl HostPattern {
    /// Patterns with one key match the same hosts; unique among proven claims.
    pub fn shape_key(&self) -> String {
        match self {
            Self::Exact(host) => host.to_string(),
            Self::Wildcard(below) | Self::Captured { below, .. } => format!("*.{below}"),
        }
    }

    /// Whether a host is one of its hosts.
    pub fn matches(&self, host: &Hostname) -> bool {
        match self {
            Self::Exact(own) => own == host,
            Self::Wildcard(below) | Self::Captured { below, .. } => {
                host.as_str().split_once('.').is_some_and(|(_, base)| base == below.as_str())
            }
        }
    }

    /// Whether all hosts of another pattern are hosts of this one.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Exact(host)) => self.matches(host),
            (Self::Exact(_), _) => false,
            _ => self.base() == other.base(),
        }
    }

    /// The host itself, or the one that the pattern's hosts are below.
    pub fn base(&self) -> &Hostname {
        match self {
            Self::Exact(host) => host,
            Self::Wildcard(below) | Self::Captured { below, .. } => below,
        }
    }
}

impl TryFrom<String> for HostPattern {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        if let Some(below) = text.strip_prefix("*.") {
            return Ok(Self::Wildcard(below.parse()?));
        }
        if let Some(rest) = text.strip_prefix('{') {
            let (param, below) = rest.split_once("}.").ok_or_else(|| {
                Invalid::new(
                    "host",
                    "a captured label is written {name}.example.com, first and alone",
                )
            })?;
            check_label(&param.to_ascii_lowercase()).map_err(|_| {
                Invalid::new("host", "the name in braces has only letters, digits and -")
            })?;
            return Ok(Self::Captured { param: param.to_owned(), below: below.parse()? });
        }
        if text.contains(['*', '{', '}', ':']) {
            return Err(Invalid::new(
                "host",
                "exact.example.com, *.example.com or {name}.example.com",
            ));
        }
        Ok(Self::Exact(text.parse()?))
    }
}
impl FromStr for HostPattern {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::try_from(text.to_owned())
    }
}
impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(host) => write!(f, "{host}"),
            Self::Wildcard(below) => write!(f, "*.{below}"),
            Self::Captured { param, below } => write!(f, "{{{param}}}.{below}"),
        }
    }
}
impl From<HostPattern> for String {
    fn from(pattern: HostPattern) -> Self {
        pattern.to_string()
    }
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for HostPattern {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::Type::String)
            .max_length(Some(253))
            .into()
    }
}
#[cfg(feature = "schema")]
impl utoipa::ToSchema for HostPattern {}

/// Whether a claim counts yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// Not shown to be the claimant's: routes nothing, blocks nobody.
    Pending,
    /// Shown. Its shape is unique among proven claims.
    Proven,
}

/// The installation's own names, which decide what can be claimed and what is proven at once.
#[derive(Debug, Clone)]
pub struct Zones {
    /// `CROFT_DOMAIN`.
    pub domain: Hostname,
    /// The control plane's host.
    pub control: Hostname,
    /// What deployed apps and previews are below.
    pub apps: Hostname,
    /// Whether this is a development installation.
    pub development: bool,
}

impl Zones {
    /// Refuses what can never be claimed (decision 11).
    pub fn check_claimable(&self, pattern: &HostPattern) -> Result<(), Invalid> {
        self.check_grantable(pattern)?;
        // A bare `localhost` domain has useful names below it; the domain itself stays Croft's.
        if *pattern.base() == self.domain {
            let problem = "the installation's own domain can only be granted by its operator";
            return Err(Invalid::new("host", problem));
        }
        Ok(())
    }

    /// Refuses what not even the operator can give to a project: what is Croft's itself, and what is
    /// nobody's, as single labels and public suffixes.
    pub fn check_grantable(&self, pattern: &HostPattern) -> Result<(), Invalid> {
        let refuse = |problem: &str| Err(Invalid::new("host", problem));
        let base = pattern.base();
        if base.is_within(&self.control) || base.is_within(&self.apps) {
            return refuse("this name belongs to Croft itself");
        }
        if !base.as_str().contains('.') {
            return refuse("a single label is nobody's to claim");
        }
        if psl::suffix_str(base.as_str()) == Some(base.as_str()) {
            return refuse(
                "a public suffix, under which anybody may have names, is nobody's to claim",
            );
        }
        Ok(())
    }

    /// The state a new claim begins in: proven at once below the domain of a development
    /// installation, pending everywhere else.
    pub fn first_state(&self, pattern: &HostPattern) -> ClaimState {
        if self.development && pattern.base().is_within(&self.domain) {
            ClaimState::Proven
        } else {
            ClaimState::Pending
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zones() -> Zones {
        Zones {
            domain: "example.com".parse().unwrap(),
            control: "croft.example.com".parse().unwrap(),
            apps: "apps.example.net".parse().unwrap(),
            development: true,
        }
    }

    #[test]
    fn what_can_never_be_claimed() {
        for bad in [
            "croft.example.com",
            "x.croft.example.com",
            "apps.example.net",
            "x.croft.example.com",
            "*.apps.example.net",
            "proj-x.apps.example.net",
            "p3000--x.apps.example.net",
            "example.com",
            "*.example.com",
            "com",
            "*.com",
            "co.uk",
            "*.co.uk",
            "{x}.github.io",
        ] {
            let pattern: HostPattern = bad.parse().unwrap();
            assert!(zones().check_claimable(&pattern).is_err(), "{bad}");
        }
        for good in ["me.github.io", "*.me.co.uk", "shop.example.com", "*.shop.example.com"] {
            assert_eq!(zones().check_claimable(&good.parse().unwrap()), Ok(()), "{good}");
        }
        let granted = |text: &str| zones().check_grantable(&text.parse().unwrap());
        assert!(granted("*.example.com").is_ok() && granted("x.croft.example.com").is_err());
        for bad in ["127.0.0.1", "[::1]", "a.b:80", "*", "a.*.b", "{x}", "x{y}.b.c", "*.*.b"] {
            assert!(bad.parse::<HostPattern>().is_err(), "{bad}");
        }
    }

    #[test]
    fn proven_at_once_only_below_a_development_domain() {
        let state = |text: &str| zones().first_state(&text.parse().unwrap());
        assert_eq!(state("shop.example.com"), ClaimState::Proven);
        assert_eq!(state("shop.example.org"), ClaimState::Pending);
    }

    #[test]
    fn a_pattern_covers_what_lies_within_it() {
        for (one, other, covers) in [
            ("a.b.test", "a.b.test", true),
            ("a.b.test", "*.b.test", false),
            ("*.b.test", "a.b.test", true),
            ("{x}.b.test", "*.b.test", true),
            ("*.b.test", "{x}.b.test", true),
            ("*.b.test", "b.test", false),
            ("*.b.test", "c.a.b.test", false),
            ("*.b.test", "*.a.b.test", false),
            ("*.b.test", "a.cb.test", false),
        ] {
            let pattern = |text: &str| text.parse::<HostPattern>().unwrap();
            assert_eq!(pattern(one).covers(&pattern(other)), covers, "{one} and {other}");
        }
    }

    #[test]
    fn a_captured_label_has_the_shape_of_a_wildcard() {
        let key = |t: &str| t.parse::<HostPattern>().unwrap().shape_key();
        assert_eq!(key("{tenant}.shop.com"), key("*.shop.com"));
    }
}
