//! Rust source as a flat list of tokens that knows what is test code.
//!
//! `proc-macro2` is the lexer: strings, comments, raw strings and lifetimes are read as the compiler
//! reads them, and the bodies of macros are seen too, which a syntax tree (`syn`) keeps opaque.

use std::str::FromStr as _;

use anyhow::{Result, anyhow};
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

use crate::tree::File;

/// One identifier, punctuation mark, literal or bracket.
#[derive(Debug)]
pub(crate) struct Token {
    /// As written; `::` is one token, a literal is empty so that text never looks like code.
    pub(crate) text: String,
    pub(crate) line: usize,
    /// How many brackets are open around it.
    pub(crate) depth: usize,
    /// How many `mod name { ... }` of this file are around it.
    pub(crate) inline_modules: usize,
    /// Below `#[cfg(test)]` or `#[test]`, or in a file of tests.
    pub(crate) test: bool,
    /// Of an opening bracket: the line of the closing one. Else `line`.
    pub(crate) end_line: usize,
}

/// Lexes a file. What is in a folder `tests` or a file `tests.rs` is test code.
pub(crate) fn of(file: &File) -> Result<Vec<Token>> {
    let stream = TokenStream::from_str(&file.text)
        .map_err(|error| anyhow!("{}:{}: {error}", file.path, error.span().start().line))?;
    let test = file.path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches"));
    let mut tokens = Vec::new();
    flatten(stream, Place { depth: 0, inline_modules: 0, test }, &mut tokens);
    Ok(tokens)
}

/// The lines at which the given texts stand one after the other.
pub(crate) fn find<'a>(tokens: &'a [Token], texts: &'a [&str]) -> impl Iterator<Item = &'a Token> {
    tokens
        .windows(texts.len())
        .filter(move |window| window.iter().zip(texts).all(|(token, text)| token.text == *text))
        .map(|window| &window[0])
}

#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    inline_modules: usize,
    test: bool,
}

fn flatten(stream: TokenStream, place: Place, into: &mut Vec<Token>) {
    // From an attribute that says "test" to the end of the item it stands before.
    let mut test_item = false;
    let mut trees = stream.into_iter();
    while let Some(tree) = trees.next() {
        let here = Place { test: place.test || test_item, ..place };
        match tree {
            TokenTree::Group(group) => {
                test_item |= is_test_attribute(&group, into);
                let body = group.delimiter() == Delimiter::Brace;
                flatten_group(&group, here, into);
                test_item &= !body;
            }
            TokenTree::Punct(mark) => {
                let mut text = mark.as_char().to_string();
                if text == ":" && mark.spacing() == Spacing::Joint {
                    text.extend(trees.next().map(|_| ':'));
                }
                test_item &= text != ";";
                push(into, text, mark.span().start().line, here);
            }
            TokenTree::Ident(name) => {
                push(into, name.to_string(), name.span().start().line, here);
            }
            TokenTree::Literal(literal) => {
                push(into, String::new(), literal.span().start().line, here);
            }
        }
    }
}

fn flatten_group(group: &Group, place: Place, into: &mut Vec<Token>) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    };
    let module = open == "{"
        && matches!(&into[..], [.., keyword, name] if keyword.text == "mod" && name.text != "{");
    push(into, open.to_owned(), group.span_open().start().line, place);
    let end_line = group.span_close().end().line;
    if let Some(opening) = into.last_mut() {
        opening.end_line = end_line;
    }
    let inside = Place {
        depth: place.depth + 1,
        inline_modules: place.inline_modules + usize::from(module),
        ..place
    };
    flatten(group.stream(), inside, into);
    push(into, close.to_owned(), end_line, place);
}

/// `#[test]`, `#[tokio::test]`, `#[cfg(test)]`, `#[cfg(all(test, ...))]`; not `#[cfg(not(test))]`.
fn is_test_attribute(group: &Group, before: &[Token]) -> bool {
    let attribute = group.delimiter() == Delimiter::Bracket
        && before.last().is_some_and(|token| token.text == "#");
    attribute && {
        let text = group.stream().to_string();
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let named = text == "test" || text.ends_with(":: test") || text.ends_with("::test");
        named
            || (text.starts_with("cfg")
                && !text.contains("not")
                && words.any(|word| word == "test"))
    }
}

fn push(into: &mut Vec<Token>, text: String, line: usize, place: Place) {
    let Place { depth, inline_modules, test } = place;
    into.push(Token { text, line, depth, inline_modules, test, end_line: line });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        of(&File { path: "crates/a/src/lib.rs".into(), text: text.into() }).unwrap()
    }

    #[test]
    fn text_and_comments_are_no_code() {
        let found = tokens(
            "// unsafe\n/* unsafe /* unsafe */ */ /// unsafe\nfn a<'unsafe_>() { r#\"unsafe\"#; }",
        );
        assert_eq!(find(&found, &["unsafe"]).count(), 0);
    }

    #[test]
    fn a_path_in_a_macro_is_seen_with_its_line() {
        let found = tokens("fn a() {\n  vec![\n    crate::b::c()]; }");
        let lines: Vec<_> = find(&found, &["crate", "::", "b"]).map(|token| token.line).collect();
        assert_eq!(lines, [3]);
    }

    #[test]
    fn test_code_ends_with_its_item() {
        let found = tokens(
            "#[cfg(test)] use a::b; #[cfg(test)] mod t { fn b() {} } #[tokio::test] async fn c() {} \
             #[cfg(not(test))] fn d() {} #[derive(Debug)] struct E;",
        );
        let test = |name| find(&found, &[name]).next().map(|token| token.test);
        assert_eq!(["a", "b", "c", "d", "E"].map(test), [true, true, true, false, false].map(Some));
    }
}
