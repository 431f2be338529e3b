//! `text`: what pages and addresses are made of, beyond what strings can do themselves.

use rhai::{Array, Engine};

use super::Natives;
use crate::meter::{Fallible, MAX_ARRAY};

pub(super) fn install(engine: &mut Engine) {
    let mut natives = Natives::default();
    natives.unary("escape_html", |text: &str| Fallible::Ok(escape_html(text)));
    natives.unary("slug", |text: &str| Fallible::Ok(slug(text)));
    natives.unary("title", |text: &str| Fallible::Ok(title(text)));
    natives.unary("lines", |text: &str| -> Fallible<Array> {
        // One more than an array may have is enough to be refused.
        Ok(text.lines().take(MAX_ARRAY + 1).map(Into::into).collect())
    });
    natives.binary("truncate", |text: &str, most: i64| Fallible::Ok(truncate(text, most)));
    natives.install(engine, "text");
}

/// Safe between tags and within quoted attributes.
fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Letters and digits in lower case, with one hyphen for whatever is between them.
fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() {
            slug.extend(c.to_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// Each word with a capital.
fn title(text: &str) -> String {
    let mut title = String::with_capacity(text.len());
    let mut within = false;
    for c in text.chars() {
        if within {
            title.push(c);
        } else {
            title.extend(c.to_uppercase());
        }
        within = c.is_alphanumeric() || within && c == '\'';
    }
    title
}

/// At most so many characters, of which the last says that there were more.
fn truncate(text: &str, most: i64) -> String {
    let most = usize::try_from(most).unwrap_or(0);
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    if most > 0 {
        cut.push('…');
    }
    cut
}
