//! Scripts that mean harm, and how each may end.
//!
//! `crates/tests/tests/proof_hostile.rs` has this file too, so it knows the domain alone.

use croft_model::function::Exceeded::{self, Depth, Memory, Size, Time};

/// What a script is called, its text, and the bounds it may end by. Where there is none, it throws.
pub(crate) type Hostile = (&'static str, &'static str, &'static [Exceeded]);

const LANGUAGE: &[Hostile] = &[
    ("endless loop", "loop {}", &[Time]),
    ("sleep", "sleep(3600)", &[Time]),
    ("endless loop that catches", "loop { try { loop {} } catch { } }", &[Time]),
    ("pad", r#"let s = "x"; s.pad(1000000, "x"); s.pad(1000000000000, 'y')"#, &[Size]),
    ("replace", r#"let s = ""; s.pad(200000, "x"); s.replace("", s)"#, &[Size]),
    ("string set", r#"let s = ""; s.pad(250000, "x"); loop { s.set(249999, 'y') }"#, &[Time]),
    ("doubling string", r#"let s = "x"; loop { s += s }"#, &[Size]),
    ("growing capitals", r#"let s = ""; s.pad(100000, "ΐ"); s.make_upper(); s"#, &[Size]),
    (
        "strings kept by closures",
        r#"let s = ""; s.pad(200000, "x"); let keep = || ();
           loop { let t = s + "y"; let old = keep; keep = || [t, old]; }"#,
        &[Memory],
    ),
    ("nested arrays", "let a = []; loop { a = [a]; }", &[Time, Size, Depth]),
    ("nested maps", "let a = #{}; loop { a = #{ a: a }; }", &[Time, Size, Depth]),
    ("doubling array", "let a = [1]; loop { a.append(a) }", &[Size]),
    ("map", "let m = #{}; let i = 0; loop { m[i.to_string()] = i; i += 1; }", &[Time, Size]),
    (
        "sort with a slow comparer",
        "let a = []; a.pad(60000, 1); a.sort(|x, y| { let i = 0; while i < 1000 { i += 1; } 0 })",
        &[Time],
    ),
    (
        "dedup with a slow comparer",
        "let a = []; a.pad(60000, 1); a.dedup(|x, y| { let i = 0; while i < 1000 { i += 1; } false })",
        &[Time],
    ),
    ("recursion", "fn f(n) { f(n + 1) } f(0)", &[Depth]),
    ("recursion by closures", "let f = |g, n| g.call(g, n + 1); f.call(f, 0)", &[Depth]),
    (
        "large numbers as text",
        "loop { (1e308).to_string(); 0x7fffffffffffffff.to_binary(); }",
        &[Time],
    ),
    (
        "ten megabytes of answer",
        r#"let s = ""; s.pad(250000, "x"); let a = []; for i in 0..40 { a.push(s) } a"#,
        &[Size],
    ),
    (
        "headers without end",
        r#"let s = ""; s.pad(250000, "x"); let r = response(200); loop { r.header("x", s) }"#,
        &[],
    ),
    (
        "a value that holds itself, shown",
        "let a = (); let f = || a; a = f; loop { debug(a); print([a, f].to_debug()) }",
        &[Time, Depth, Memory, Size],
    ),
];

const CAPABILITIES: &[Hostile] = &[
    ("hashes", r#"let s = ""; s.pad(262144, "x"); loop { hash::sha512(s) }"#, &[Time]),
    ("signatures", r#"let s = ""; s.pad(262144, "x"); loop { hmac::sha1(s, s) }"#, &[Time]),
    ("comparisons", r#"let s = ""; s.pad(262144, "x"); loop { hmac::equal(s, s) }"#, &[Time]),
    ("growing base64", r#"let s = "x"; loop { s = base64::encode(s) }"#, &[Size]),
    ("growing hex", r#"let s = "x"; loop { s = hex::encode(s) }"#, &[Size]),
    ("growing markup", r#"let s = "\""; loop { s = text::escape_html(s + s) }"#, &[Size]),
    ("growing address", r#"let s = "%"; loop { s = url::encode(s + s) }"#, &[Size]),
    ("growing query", r#"let s = "%"; loop { s = url::query(#{ a: [s, s] }) }"#, &[Size]),
    ("lines", r#"let s = ""; s.pad(262144, "\n"); text::lines(s)"#, &[Size]),
    ("ids", "loop { uuid::v4(); uuid::v7() }", &[Time]),
    ("random bytes", "let b = blob(); loop { b.append(random::bytes(4096)) }", &[Size]),
    ("random numbers", "loop { random::int(0, 1) }", &[Time]),
    ("patterns", r#"let s = ""; s.pad(200, "%c"); loop { time::format(0, s) }"#, &[Time]),
    ("time beyond time", r#"let t = 1; loop { t = time::add(t, t, "weeks") }"#, &[]),
    ("deep JSON read", r#"let s = ""; s.pad(262144, "["); json::parse(s)"#, &[]),
    ("wide JSON read", r#"let s = "[0"; s.pad(262142, ",0"); json::parse(s + "]")"#, &[Size]),
    (
        "a value that holds itself, as JSON",
        "let a = (); let f = || a; a = #{ f: f }; a.to_json()",
        &[],
    ),
    ("deep JSON written", "let a = []; for i in 0..500 { a = [a] } json::stringify(a)", &[]),
    (
        "a value that holds itself, written",
        "let a = (); let f = || a; a = [f]; json::stringify([a, f, a])",
        &[],
    ),
    ("JSON of escapes", r#"let s = ""; s.pad(262144, "\x00"); json::stringify(s)"#, &[Size]),
    ("addresses", r#"let s = "http://"; s.pad(8192, "ä"); loop { url::parse(s) }"#, &[]),
    (
        "slugs",
        r#"let s = ""; s.pad(131072, "Ω-"); loop { text::slug(s); text::title(s) }"#,
        &[Time],
    ),
];

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Hostile> {
    LANGUAGE.iter().chain(CAPABILITIES)
}
