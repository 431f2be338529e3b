//! What a route is: a method, perhaps a host, and a path, as people write them.

use std::{borrow::Cow, fmt, str::FromStr};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::{Invalid, domain::HostPattern};

/// The longest path pattern, in bytes.
const PATH_MAX: usize = 512;
/// The most segments a pattern may have.
pub(super) const SEGMENTS_MAX: usize = 32;
/// What a literal segment may hold as it is, besides letters, digits and escapes.
const PLAIN: &[u8] = b"-._~!$&'()+,;=@";
/// All else.
const ESCAPED: &AsciiSet = &{
    let (mut set, mut at) = (NON_ALPHANUMERIC.remove(b'-'), 1);
    while at < PLAIN.len() {
        set = set.remove(PLAIN[at]);
        at += 1;
    }
    set
};

/// A segment as it is compared: percent-decoded; as written when that is not UTF-8.
pub fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

/// The method of a route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub enum Method {
    /// Any method (`*`).
    Any,
    /// Exactly this one, in capitals.
    Exactly(&'static str),
}

impl Method {
    /// Whether a request of that method fits. A `GET` route also answers `HEAD`.
    pub fn fits(&self, method: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(own) => *own == method || (*own == "GET" && method == "HEAD"),
        }
    }

    /// Which of the methods that fit a request comes first: the very one, then `GET` for `HEAD`,
    /// then any.
    pub(super) fn rank(&self, method: &str) -> u8 {
        match self {
            Self::Exactly(own) if *own == method => 0,
            Self::Exactly(_) => 1,
            Self::Any => 2,
        }
    }
}

// Derived, it would want to borrow the word from what it reads, for ever.
impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl TryFrom<String> for Method {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let upper = text.to_ascii_uppercase();
        if matches!(upper.as_str(), "*" | "ANY") {
            Ok(Self::Any)
        } else if let Some(known) = KNOWN.into_iter().find(|known| *known == upper) {
            Ok(Self::Exactly(known))
        } else {
            Err(Invalid::new("method", format!("one of {}, or * for any", KNOWN.join(", "))))
        }
    }
}
impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.to_string()
    }
}
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "*",
            Self::Exactly(method) => method,
        })
    }
}

/// One part of a pattern between slashes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// This text.
    Literal(String),
    /// Any one segment, given to the function under this name (`:name`).
    Param(String),
    /// All that is left, at least one segment, given under this name (`*rest`). Always last.
    Rest(String),
}

impl Segment {
    /// The name that what it takes is given under.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Param(name) | Self::Rest(name) => Some(name),
        }
    }
}

/// A path pattern: `/hello/:name`, `/files/*rest`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathPattern {
    text: String,
    segments: Vec<Segment>,
}

impl PathPattern {
    /// Its segments, in order. `/` has none.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Two patterns of one key match the same paths: neither names of parameters nor the way a
    /// character is escaped count.
    pub fn conflict_key(&self) -> String {
        let mut key = String::from("/");
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => {
                    key.extend(utf8_percent_encode(&decoded(text), ESCAPED));
                }
                Segment::Param(_) => key.push(':'),
                Segment::Rest(_) => key.push('*'),
            }
            key.push('/');
        }
        key
    }
}

impl TryFrom<String> for PathPattern {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        let wrong = |problem: &str| Err(Invalid::new("path", problem));
        let Some(rest) = text.strip_prefix('/') else {
            return wrong("begins with /");
        };
        if text.len() > PATH_MAX {
            return wrong("at most 512 bytes");
        }
        let mut segments = Vec::new();
        for part in rest.split('/').filter(|_| !rest.is_empty()) {
            if matches!(segments.last(), Some(Segment::Rest(_))) {
                return wrong("*rest must be the last segment");
            }
            segments.push(segment(part)?);
        }
        if segments.len() > SEGMENTS_MAX {
            return wrong("at most 32 segments");
        }
        let mut names: Vec<&str> = segments.iter().filter_map(Segment::name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        if names.len() < all {
            return wrong("each parameter needs a name of its own");
        }
        Ok(Self { text, segments })
    }
}

fn segment(part: &str) -> Result<Segment, Invalid> {
    let wrong = |problem: String| Err(Invalid::new("path", problem));
    let name = |name: &str| {
        let good = !name.is_empty()
            && name.len() <= 40
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if good {
            Ok(name.to_owned())
        } else {
            Err(Invalid::new(
                "path",
                format!("`{part}`: a parameter's name is 1 to 40 letters, digits and _"),
            ))
        }
    };
    if let Some(rest) = part.strip_prefix(':') {
        return Ok(Segment::Param(name(rest)?));
    }
    if let Some(rest) = part.strip_prefix('*') {
        return Ok(Segment::Rest(name(rest)?));
    }
    if part.is_empty() {
        return wrong("no empty segments: neither // nor a final /".into());
    }
    if part == "." || part == ".." {
        return wrong("no . or .. segments".into());
    }
    if part.contains(['{', '}']) {
        return wrong(format!(
            "`{part}`: a path parameter is written :name ({{name}} is for hosts)"
        ));
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'%' || PLAIN.contains(&b);
    if !part.bytes().all(plain) {
        return wrong(format!("`{part}` holds characters that a path must percent-encode"));
    }
    Ok(Segment::Literal(part.to_owned()))
}

impl FromStr for PathPattern {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::try_from(text.to_owned())
    }
}
impl From<PathPattern> for String {
    fn from(pattern: PathPattern) -> Self {
        pattern.text
    }
}
impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A route as people write it: `GET /hello/:name`, or with one host of the project's alone,
/// `GET shop.example.com/hello/:name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoutePattern {
    /// The method.
    pub method: Method,
    /// The hosts it is for; all of the project's when there is none.
    pub host: Option<HostPattern>,
    /// The path.
    pub path: PathPattern,
}

impl RoutePattern {
    /// Two routes of one key answer the same requests, so a project has at most one of them.
    pub fn conflict_key(&self) -> String {
        let host = self.host.as_ref().map(HostPattern::shape_key).unwrap_or_default();
        format!("{} {host}{}", self.method, self.path.conflict_key())
    }
}

impl FromStr for RoutePattern {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (method, place) = text
            .trim()
            .split_once(char::is_whitespace)
            .ok_or_else(|| Invalid::new("route", "a method and a path, like `GET /hello/:name`"))?;
        let (host, path) = match place.trim() {
            path if path.starts_with('/') => (None, path),
            place => {
                let at = place.find('/').ok_or_else(|| Invalid::new("path", "begins with /"))?;
                (Some(place[..at].parse()?), &place[at..])
            }
        };
        Ok(Self { method: method.to_owned().try_into()?, host, path: path.parse()? })
    }
}
impl fmt::Display for RoutePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, host, path } = self;
        match host {
            Some(host) => write!(f, "{method} {host}{path}"),
            None => write!(f, "{method} {path}"),
        }
    }
}

#[cfg(feature = "schema")]
mod schema {
    use utoipa::openapi::{ObjectBuilder, RefOr, Type, schema::Schema};

    impl utoipa::PartialSchema for super::Method {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some([
                    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "*",
                ]))
                .into()
        }
    }
    impl utoipa::ToSchema for super::Method {}
    impl utoipa::PartialSchema for super::PathPattern {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some("^/"))
                .max_length(Some(512))
                .into()
        }
    }
    impl utoipa::ToSchema for super::PathPattern {}
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_are_read() {
        let pattern: RoutePattern = "GET /hello/:name".parse().unwrap();
        assert_eq!(pattern.method, Method::Exactly("GET"));
        assert_eq!(
            pattern.path.segments(),
            [Segment::Literal("hello".into()), Segment::Param("name".into())]
        );
        assert_eq!(pattern.host, None);
        let hosted: RoutePattern = " get  {who}.example.com/a ".parse().unwrap();
        assert_eq!(hosted.to_string(), "GET {who}.example.com/a");
        for bad in ["GET", "GET a.test", "/a", "FETCH /a", "GET a_b.test/a"] {
            assert!(bad.parse::<RoutePattern>().is_err(), "{bad}");
        }
        assert!("/".parse::<PathPattern>().unwrap().segments().is_empty());
        let error = "/a/{b}".parse::<PathPattern>().unwrap_err();
        assert!(error.problem.contains(":name"), "{error}");
        for bad in ["", "a", "/a//b", "/a/", "/*r/b", "/:a/:a", "/..", "/a b", "/:", "/:1a"] {
            assert!(bad.parse::<PathPattern>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_and_escapes_do_not_make_a_difference() {
        let key = |t: &str| t.parse::<PathPattern>().unwrap().conflict_key();
        for (one, other) in
            [("/a/:x", "/a/:y"), ("/a~b", "/%61%7eb"), ("/%c3%a9", "/%C3%A9"), ("/%ff", "/%25ff")]
        {
            assert_eq!(key(one), key(other));
        }
        for (one, other) in
            [("/a/:x", "/a/*x"), ("/a", "/a/:x"), ("/a/b", "/a%2Fb"), ("/:x", "/%3A")]
        {
            assert_ne!(key(one), key(other));
        }
        let key = |t: &str| t.parse::<RoutePattern>().unwrap().conflict_key();
        assert_eq!(key("GET {a}.b.test/:x"), key("GET *.b.test/:y"));
        assert_ne!(key("GET b.test/x"), key("GET *.b.test/x"));
        assert_ne!(key("GET /x"), key("* /x"));
    }

    #[test]
    fn get_answers_head() {
        let get = Method::Exactly("GET");
        assert!(get.fits("HEAD") && get.fits("GET") && !get.fits("POST"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_good_ones_round_trip(text in "/[a-z:*/{}.%]{0,40}") {
            if let Ok(pattern) = text.parse::<PathPattern>() {
                prop_assert_eq!(pattern.to_string(), text);
            }
        }
    }
}
