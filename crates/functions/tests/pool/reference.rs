//! The examples of the language reference, run as they stand there.

use std::sync::Arc;

use croft_ports::function_invoker::{Call, CallRequest, Done, FunctionEnvironment, Outcome};
use zeroize::Zeroizing;

use crate::support::{call_with, pool};

const REFERENCE: &str = include_str!("../../../../docs/reference/functions.md");
const ENVIRONMENT: [(&str, &str); 2] = [("GREETING", "Hello"), ("WEBHOOK_SECRET", "s3cret")];

/// Fenced blocks in order: what they are written in, their line, their text.
fn blocks() -> Vec<(&'static str, usize, String)> {
    let mut blocks = Vec::new();
    let mut open = false;
    for (at, line) in REFERENCE.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(language) => {
                open = true;
                blocks.push((language, at + 1, String::new()));
            }
            None if open => {
                if let Some((.., text)) = blocks.last_mut() {
                    *text += line;
                    *text += "\n";
                }
            }
            None => {}
        }
    }
    blocks
}

/// The request of a block: a request line, headers, an empty line and the body.
fn request(text: &str, like: &CallRequest) -> CallRequest {
    let (head, body) = text.split_once("\n\n").unwrap();
    let (first, fields) = head.split_once('\n').unwrap();
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let field = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    let headers: Vec<_> = fields.lines().map(field).collect();
    let host = headers.iter().find(|(name, _)| name == "host").unwrap().1.clone();
    CallRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        host,
        headers,
        body: body.trim_end().to_owned().into(),
        ..like.clone()
    }
}

/// How a call ended, as an example's comments say it; headers only those that are `wanted`.
fn said(done: &Done, wanted: &[&str]) -> Vec<String> {
    let mut said = Vec::new();
    match &done.outcome {
        Outcome::Returned(response) => {
            let body = String::from_utf8(response.body.to_vec()).unwrap().replace('\n', "\\n");
            said.push(format!("{} {body}", response.status).trim_end().to_owned());
            let headers = response.headers.iter().map(|(name, value)| format!("{name}: {value}"));
            let headers: Vec<_> = headers.collect();
            let named = wanted.iter().map(|header| (*header).to_owned());
            said.extend(named.filter(|header| headers.contains(header)));
        }
        Outcome::Threw(error) => said.push(format!("error: {error}")),
        other => said.push(format!("{other:?}")),
    }
    let line = |line: &croft_ports::function_invoker::LogLine| {
        format!("log {}: {}", format!("{:?}", line.level).to_lowercase(), line.text)
    };
    said.extend(done.log.iter().map(line));
    said
}

#[tokio::test]
async fn every_example_answers_what_it_says() {
    let pool = pool();
    let own = |(name, value): (&str, &str)| (name.to_owned(), Zeroizing::new(value.to_owned()));
    let values = ENVIRONMENT.map(own).to_vec();
    let environment = Arc::new(FunctionEnvironment { digest: [7; 16], values });
    let (mut requests, mut examples, mut wrong) = (Vec::new(), 0, Vec::new());
    for (language, line, text) in blocks() {
        match language {
            "http" => requests.push(text),
            "rhai" => {
                // The first request is for all examples but those that follow one of their own.
                let asked =
                    if requests.len() > 1 { requests.pop() } else { requests.first().cloned() };
                let change = |call: &mut Call| {
                    call.environment = Arc::clone(&environment);
                    call.request = request(&asked.unwrap(), &call.request);
                };
                let done = pool.run(call_with(1, &text, change)).await;
                let wanted: Vec<&str> =
                    text.lines().filter_map(|line| line.strip_prefix("// => ")).collect();
                let said = said(&done, &wanted);
                if said != wanted {
                    wrong.push(format!("line {line}: {said:#?} is not {wanted:#?}"));
                }
                examples += 1;
            }
            // What a person types is tried where there is a server: `crates/tests/tests/execute.rs`.
            "sh" => {}
            other => panic!("line {line}: what is to be done with {other:?}?"),
        }
    }
    assert!(wrong.is_empty() && examples > 20, "{examples}\n{}", wrong.join("\n"));
}
