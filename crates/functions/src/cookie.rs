//! `Set-Cookie` (RFC 6265) of a name, a value and options.

use rhai::{Dynamic, Map};

use crate::meter::Fallible;

/// Bytes of name and value together, as many as browsers keep.
const MAX_BYTES: usize = 4096;

/// What a cookie is told to do.
struct Options {
    path: String,
    domain: Option<String>,
    max_age: Option<i64>,
    secure: bool,
    http_only: bool,
    same_site: &'static str,
}

impl Options {
    /// For the whole site, not for scripts, not with requests of other sites' forms: unless told
    /// otherwise.
    fn read(options: &Map) -> Fallible<Self> {
        let mut read = Self {
            path: "/".to_owned(),
            domain: None,
            max_age: None,
            secure: false,
            http_only: true,
            same_site: "Lax",
        };
        for (name, value) in options {
            match name.as_str() {
                "path" => read.path = attribute(name, value)?,
                "domain" => read.domain = Some(attribute(name, value)?),
                "max_age" => {
                    read.max_age = Some(value.as_int().or_else(|_| wrong(name, "whole seconds"))?);
                }
                "secure" => read.secure = truth(name, value)?,
                "http_only" => read.http_only = truth(name, value)?,
                "same_site" => read.same_site = same_site(value)?,
                _ => {
                    let known = "path, domain, max_age, secure, http_only and same_site";
                    let name = name.escape_debug();
                    return Err(format!("a cookie has no option `{name}`; it has {known}").into());
                }
            }
        }
        if read.same_site == "None" && !read.secure {
            return Err("browsers take `same_site: \"none\"` only with `secure: true`".into());
        }
        Ok(read)
    }
}

/// The value of the field.
pub(crate) fn set_cookie(name: &str, value: &str, options: &Map) -> Fallible<String> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return Err(format!("`{}` is not a cookie's name", name.escape_debug()).into());
    }
    if !value.chars().all(|c| c.is_ascii_graphic() && !"\",;\\".contains(c)) {
        let advice = "url::encode it, and url::decode what comes back";
        return Err(format!(
            "the value of cookie `{name}` has characters it may not have: {advice}"
        )
        .into());
    }
    if name.len() + value.len() > MAX_BYTES {
        return Err(format!("a cookie has at most {MAX_BYTES} bytes; keep `{name}` shorter").into());
    }
    let options = Options::read(options)?;
    let host_only = name.starts_with("__Host-");
    if host_only && (!options.secure || options.path != "/" || options.domain.is_some()) {
        return Err(format!("`{name}` needs `secure: true`, the path `/` and no domain").into());
    }
    if name.starts_with("__Secure-") && !options.secure {
        return Err(format!("`{name}` needs `secure: true`").into());
    }
    let domain = options.domain.map(|domain| format!("; Domain={domain}")).unwrap_or_default();
    let max_age = options.max_age.map(|age| format!("; Max-Age={age}")).unwrap_or_default();
    let secure = if options.secure { "; Secure" } else { "" };
    let http_only = if options.http_only { "; HttpOnly" } else { "" };
    let (path, same_site) = (options.path, options.same_site);
    Ok(format!(
        "{name}={value}; Path={path}{domain}{max_age}{secure}{http_only}; SameSite={same_site}"
    ))
}

fn wrong<T>(name: &str, wanted: &str) -> Fallible<T> {
    Err(format!("the cookie's option `{name}` is {wanted}").into())
}

fn truth(name: &str, value: &Dynamic) -> Fallible<bool> {
    value.as_bool().or_else(|_| wrong(name, "true or false"))
}

/// Text that cannot begin another attribute.
fn attribute(name: &str, value: &Dynamic) -> Fallible<String> {
    let text = value.clone().into_string().or_else(|_| wrong(name, "text"))?;
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_graphic() && c != ';') {
        return wrong(name, "visible ASCII without `;`");
    }
    Ok(text)
}

fn same_site(value: &Dynamic) -> Fallible<&'static str> {
    match value.clone().into_string().unwrap_or_default().to_ascii_lowercase().as_str() {
        "lax" => Ok("Lax"),
        "strict" => Ok("Strict"),
        "none" => Ok("None"),
        _ => wrong("same_site", "\"lax\", \"strict\" or \"none\""),
    }
}
