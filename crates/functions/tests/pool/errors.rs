//! What members are told of scripts that go wrong.

use croft_ports::function_invoker::{
    CheckError, FunctionInvoker, Outcome, ScriptError, StackFrame,
};

use crate::support::{call, pool, project};

fn threw(message: &str, line: u32, column: u32) -> Outcome {
    threw_in(message, line, column, &[])
}

/// With the names and places of the calls that led there.
fn threw_in(
    message: &str,
    line: u32,
    column: u32,
    stack: &[(&str, Option<(u32, u32)>)],
) -> Outcome {
    let frame = |(name, place): &(&str, Option<(u32, u32)>)| StackFrame {
        function: (*name).to_owned(),
        line: place.map(|place| place.0),
        column: place.map(|place| place.1),
    };
    let stack = stack.iter().map(frame).collect();
    let (line, column) = (Some(line), Some(column));
    Outcome::Threw(ScriptError { line, column, stack, ..ScriptError::of(message) })
}

#[tokio::test]
async fn an_error_says_where() {
    let pool = pool();
    for (source, expected) in [
        ("let x = 1;\n  throw \"no\";", threw("Runtime error: no", 2, 3)),
        (
            "fn f(x) {\n x.nope()\n}\nfn handle(ctx) {\n f(1)\n}",
            threw_in(
                "Function not found: nope (i64)",
                2,
                4,
                &[("f", Some((5, 2))), ("handle", None)],
            ),
        ),
        ("let a = [1];\na[5]", threw("Array index 5 out of bounds: only 1 element in array", 2, 3)),
        ("1 +", threw("Script is incomplete", 1, 4)),
        (
            "1;\n hex::decode(\"x\")",
            threw("Runtime error: this is not hex: invalid length at 0", 2, 7),
        ),
        ("\nurl::nope(1)", threw("Function not found: url::nope (i64)", 2, 6)),
        ("\n ctx.form(1)", threw("Function not found: form (Context, i64)", 2, 6)),
    ] {
        assert_eq!(pool.run(call(1, source)).await.outcome, expected, "{source}");
    }
}

#[tokio::test]
async fn a_source_is_checked_without_running() {
    let pool = pool();
    let check = |source: &str| {
        let source = source.into();
        pool.check(project(1), source)
    };
    assert_eq!(check("loop {}").await, Ok(()));
    for (source, line, column) in [
        ("let x = 1;\nlet = 2;", 2, 5),
        ("\n\n  typo + 1", 3, 3),
        ("eval(\"1\")", 1, 1),
        ("import \"x\" as y;", 1, 1),
        ("1;\n kv::get(1)", 2, 2),
    ] {
        match check(source).await {
            Err(CheckError::Script(error)) => {
                assert_eq!((error.line, error.column), (Some(line), Some(column)), "{error:?}");
            }
            other => panic!("{source}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_error_tells_the_calls_that_led_to_it() {
    let pool = pool();
    let source = "fn inner(x) {\n  throw x\n}\nfn outer(x) {\n  inner(x)\n}\n[1].map(|x| outer(x))";
    let stack = [
        ("inner", Some((5, 3))),
        ("outer", Some((7, 13))),
        ("closure", Some((7, 5))),
        ("map", Some((7, 5))),
    ];
    let expected = threw_in("Runtime error: 1", 2, 3, &stack);
    assert_eq!(pool.run(call(1, source)).await.outcome, expected);
    // The innermost of many, and names of any length.
    let long = "x".repeat(300);
    let source = format!("fn {long}(n) {{ if n == 0 {{ throw 1 }} {long}(n - 1) }} {long}(30)");
    let Outcome::Threw(error) = pool.run(call(1, &source)).await.outcome else { panic!() };
    assert_eq!(error.stack.len(), 16);
    assert!(error.stack.iter().all(|frame| frame.function == long[..100]), "{error:?}");
    // What was caught left no trace.
    let source = "fn f() { throw 1 } try { f() } catch {} throw 2";
    assert_eq!(pool.run(call(1, source)).await.outcome, threw("Runtime error: 2", 1, 41));
}

#[tokio::test]
async fn texts_for_the_log_hold_no_control_characters() {
    let pool = pool();
    let done = pool.run(call(1, r#"print("a\x00b\x1bc\td\ne"); throw "no\x00no""#)).await;
    assert_eq!(done.log[0].text, "a\u{fffd}b\u{fffd}c\td\ne");
    assert_eq!(done.outcome, threw("Runtime error: no\u{fffd}no", 1, 29));
    // Its own text comes back in what the compiler says, of a check and of a call.
    let source = "let x = 1; y\0z";
    let Err(CheckError::Script(error)) = pool.check(project(1), source.into()).await else {
        panic!("it compiles")
    };
    let Outcome::Threw(thrown) = pool.run(call(1, source)).await.outcome else { panic!() };
    for message in [error.message, thrown.message] {
        assert!(!message.contains('\0'), "{message:?}");
    }
    let long = r#"let s = ""; s.pad(1000, "x"); for i in 0..20 { print(s) }"#;
    let lines = pool.run(call(1, long)).await.log;
    assert_eq!(lines.iter().map(|l| l.text.len()).filter(|n| *n > 100).sum::<usize>(), 8 * 1024);
    assert!(lines.last().unwrap().text.starts_with("11 more lines"), "{lines:?}");
}
