//! Names people give to things. Each has one fallible constructor; holding one means it is good.

/// Declares a string type whose only way in is a check. Serde goes through the same check.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $field:literal, $pattern:expr, $max:expr, $check:expr) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text inside.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = $crate::Invalid;
            fn try_from(text: String) -> Result<Self, $crate::Invalid> {
                let check: fn(&str) -> Result<String, String> = $check;
                check(&text).map(Self).map_err(|problem| $crate::Invalid::new($field, problem))
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::Invalid;
            fn from_str(text: &str) -> Result<Self, $crate::Invalid> {
                Self::try_from(text.to_owned())
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let pattern: Option<&str> = $pattern;
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::Type::String)
                    .pattern(pattern)
                    .min_length(Some(1))
                    .max_length(Some($max))
                    .into()
            }
        }
        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use checked_text;

checked_text!(
    /// What a project, team, token or person is called: 1 to 80 characters on one line, trimmed.
    Name, "name", None, 80, |text| {
        let text = text.trim();
        if text.is_empty() {
            return Err("give it a name".into());
        }
        if text.chars().count() > 80 {
            return Err("at most 80 characters".into());
        }
        if text.chars().any(is_unseen) {
            return Err("no line breaks, control or invisible characters".into());
        }
        Ok(text.to_owned())
    }
);

/// Characters that let one name look like another or reorder a line.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{00AD}')
}

checked_text!(
    /// A project's name in addresses: 1 to 40 of `a-z 0-9 -`, a letter or digit at both ends.
    Slug, "slug", Some("^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"), 40, |text| {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        if text.is_empty() || text.len() > 40 {
            return Err("1 to 40 characters".into());
        }
        if !text.bytes().all(|b| good(b) || b == b'-') {
            return Err("only a-z, 0-9 and -".into());
        }
        if text.starts_with('-') || text.ends_with('-') {
            return Err("begins and ends with a letter or digit".into());
        }
        Ok(text.to_owned())
    }
);

impl Slug {
    /// The slug a display name suggests: lower case, what is neither letter nor digit becomes one
    /// `-`. `None` when nothing is left (a name in another script): the caller makes one up.
    pub fn suggest(name: &str) -> Option<Self> {
        let mut text = String::new();
        for c in name.chars() {
            if c.is_ascii_alphanumeric() {
                text.push(c.to_ascii_lowercase());
            } else if !text.is_empty() && !text.ends_with('-') {
                text.push('-');
            }
            if text.len() == 40 {
                break;
            }
        }
        text.trim_end_matches('-').parse().ok()
    }
}

checked_text!(
    /// A function's name within its project: 1 to 60 of `a-z 0-9 _ -`, a letter first.
    FunctionName, "name", Some("^[a-z][a-z0-9_-]{0,59}$"), 60, |text| {
        if text.is_empty() || text.len() > 60 {
            return Err("1 to 60 characters".into());
        }
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            return Err("begins with a letter a-z".into());
        }
        if !text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-') {
            return Err("only a-z, 0-9, _ and -".into());
        }
        Ok(text.to_owned())
    }
);

checked_text!(
    /// The name of an environment variable: 1 to 100 of `A-Z a-z 0-9 _`, no digit first.
    /// Names that the platform sets itself (`CROFT_...`) are refused.
    EnvKey, "key", Some("^[A-Za-z_][A-Za-z0-9_]{0,99}$"), 100, |text| {
        if text.is_empty() || text.len() > 100 {
            return Err("1 to 100 characters".into());
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("must not begin with a digit".into());
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err("only letters, digits and _".into());
        }
        if text.starts_with("CROFT_") {
            return Err("names beginning with CROFT_ are set by Croft".into());
        }
        Ok(text.to_owned())
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_suggested_from_names() {
        for (name, slug) in [
            ("My Blog!", Some("my-blog")),
            ("  Ünïcode  ", Some("n-code")),
            ("a", Some("a")),
            ("日本", None),
            ("--", None),
        ] {
            assert_eq!(Slug::suggest(name).as_ref().map(Slug::as_str), slug, "{name}");
        }
        assert_eq!(Slug::suggest(&"x".repeat(99)).unwrap().as_str().len(), 40);
    }

    #[test]
    fn bad_names_say_what_is_wrong() {
        for (result, words) in [
            ("Blog".parse::<Slug>().map(drop), "only a-z"),
            ("-a".parse::<Slug>().map(drop), "begins and ends"),
            ("".parse::<Name>().map(drop), "give it a name"),
            ("a\u{202E}b".parse::<Name>().map(drop), "invisible"),
            ("1A".parse::<EnvKey>().map(drop), "digit"),
            ("CROFT_X".parse::<EnvKey>().map(drop), "set by Croft"),
            ("A=B".parse::<EnvKey>().map(drop), "only letters"),
            ("Hello".parse::<FunctionName>().map(drop), "letter a-z"),
        ] {
            let problem = result.unwrap_err().problem;
            assert!(problem.contains(words), "{problem}");
        }
    }

    #[test]
    fn serde_checks_too() {
        assert!(serde_json::from_str::<Slug>("\"Not A Slug\"").is_err());
        assert_eq!(serde_json::to_string(&"a-b".parse::<Slug>().unwrap()).unwrap(), "\"a-b\"");
    }
}
