//! Rhai, with only what functions are given and all limits on.
//!
//! The contract of a script: it runs from top to bottom with `ctx` in scope and its last value is
//! the answer; if it defines `fn handle(ctx)`, that is called and its value is the answer.

use croft_model::function::Exceeded;
use croft_ports::function_invoker::{Outcome, ScriptError, StackFrame};
use rhai::{
    AST, CallFnOptions, Dynamic, Engine as Rhai, EvalAltResult, ParseError, Position, Scope,
    packages::{
        BasicArrayPackage, BasicBlobPackage, BasicMapPackage, BasicMathPackage, BitFieldPackage,
        CorePackage, LogicPackage, MoreStringPackage, Package,
    },
};

use crate::{answer, capabilities, compare, context, context::Context, meter, natives, text};

/// Calls within calls. With [`STACK_BYTES`] no script of this depth overflows the stack.
const MAX_CALL_LEVELS: usize = 64;
/// Depth of an expression, outside and inside functions.
const MAX_EXPRESSION_DEPTH: usize = 64;
const MAX_FUNCTION_EXPRESSION_DEPTH: usize = 32;
/// Entries of a map and everything in it.
const MAX_MAP: usize = 16 * 1024;
const MAX_VARIABLES: usize = 1024;
const MAX_FUNCTIONS: usize = 256;
/// Calls that an error tells of.
pub(crate) const MAX_STACK: usize = 16;

/// The stack of a thread that runs scripts, in bytes; only what is used takes memory.
pub(crate) const STACK_BYTES: usize = 16 * 1024 * 1024;

/// The one engine of a process.
pub(crate) struct Engine {
    rhai: Rhai,
}

/// A compiled script.
pub(crate) struct Script {
    ast: AST,
    has_handle: bool,
}

impl Engine {
    pub(crate) fn new() -> Self {
        let mut rhai = Rhai::new_raw();
        for module in [
            CorePackage::new().as_shared_module(),
            LogicPackage::new().as_shared_module(),
            BasicMathPackage::new().as_shared_module(),
            BitFieldPackage::new().as_shared_module(),
            BasicArrayPackage::new().as_shared_module(),
            BasicMapPackage::new().as_shared_module(),
            BasicBlobPackage::new().as_shared_module(),
            MoreStringPackage::new().as_shared_module(),
        ] {
            rhai.register_global_module(module);
        }
        // Steps are bounded by the call's budget, in `on_progress`: the engine is shared by calls.
        rhai.set_max_call_levels(MAX_CALL_LEVELS)
            .set_max_expr_depths(MAX_EXPRESSION_DEPTH, MAX_FUNCTION_EXPRESSION_DEPTH)
            .set_max_string_size(meter::MAX_STRING)
            .set_max_array_size(meter::MAX_ARRAY)
            .set_max_map_size(MAX_MAP)
            .set_max_variables(MAX_VARIABLES)
            .set_max_functions(MAX_FUNCTIONS)
            .set_max_modules(0)
            .set_strict_variables(true)
            .disable_symbol("eval")
            .disable_symbol("import")
            .disable_symbol("export")
            .on_progress(|steps| {
                meter::look(steps).map(|bound| Dynamic::from(Outcome::Exceeded(bound)))
            });
        context::install(&mut rhai);
        answer::install(&mut rhai);
        capabilities::install(&mut rhai);
        natives::install(&mut rhai);
        compare::install(&mut rhai);
        Self { rhai }
    }

    /// Compiles a source, or says where it does not.
    pub(crate) fn compile(&self, source: &str) -> Result<Script, ScriptError> {
        let mut scope = Scope::new();
        scope.push("ctx", ());
        let ast = self
            .rhai
            .compile_with_scope(&scope, source)
            .map_err(|ParseError(kind, position)| script_error(&kind.to_string(), position))?;
        let has_handle = ast.iter_functions().any(|f| f.name == "handle" && f.params.len() == 1);
        Ok(Script { ast, has_handle })
    }

    /// Runs one call within the bounds `meter` was given. `response_bytes` bounds the body.
    pub(crate) fn run(&self, script: &Script, ctx: Context, response_bytes: u64) -> Outcome {
        let mut scope = Scope::new();
        scope.push("ctx", ctx.clone());
        let value = if script.has_handle {
            let options = CallFnOptions::new().rewind_scope(false);
            self.rhai.call_fn_with_options(options, &mut scope, &script.ast, "handle", (ctx,))
        } else {
            self.rhai.eval_ast_with_scope(&mut scope, &script.ast)
        };
        match value {
            Ok(value) => answer::respond(Dynamic::flatten(value), response_bytes),
            Err(error) => outcome_of(&error, script.has_handle),
        }
    }
}

/// An error of the engine as an outcome; `handled` when `handle` was called.
fn outcome_of(error: &EvalAltResult, handled: bool) -> Outcome {
    match error.unwrap_inner() {
        EvalAltResult::ErrorTerminated(token, _) => {
            token.clone().try_cast().unwrap_or(Outcome::Exceeded(Exceeded::Time))
        }
        EvalAltResult::ErrorTooManyOperations(_) => Outcome::Exceeded(Exceeded::Operations),
        EvalAltResult::ErrorStackOverflow(_) => Outcome::Exceeded(Exceeded::Depth),
        EvalAltResult::ErrorDataTooLarge(..) => Outcome::Exceeded(Exceeded::Size),
        inner => {
            // Its `Display` ends with the position, which has fields of its own.
            let message = inner.to_string();
            let position = inner.position();
            let end = format!(" ({position})");
            let message = message.strip_suffix(&end).unwrap_or(&message);
            let stack = stack_of(error, handled);
            Outcome::Threw(ScriptError { stack, ..script_error(message, position) })
        }
    }
}

/// The calls that led to an error, innermost first.
fn stack_of(mut error: &EvalAltResult, handled: bool) -> Vec<StackFrame> {
    let mut stack = Vec::new();
    if handled {
        // The engine leaves out the call that it was asked for.
        stack.push(frame("handle", Position::NONE));
    }
    loop {
        match error {
            EvalAltResult::ErrorInFunctionCall(name, _, inner, position) => {
                stack.push(frame(name, *position));
                error = inner;
            }
            EvalAltResult::ErrorInModule(_, inner, _) => error = inner,
            _ => break,
        }
    }
    stack.reverse();
    stack.truncate(MAX_STACK);
    stack
}

fn frame(name: &str, position: Position) -> StackFrame {
    let name = if name.starts_with("anon$") { "closure" } else { name };
    let (line, column) = place(position);
    StackFrame { function: text::clean(name, text::MAX_NAME), line, column }
}

fn script_error(message: &str, position: Position) -> ScriptError {
    let (line, column) = place(position);
    let message = text::clean(message, text::MAX_MESSAGE);
    ScriptError { line, column, ..ScriptError::of(message) }
}

/// Line and column, from 1.
fn place(position: Position) -> (Option<u32>, Option<u32>) {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok());
    let line = number(position.line());
    // Rhai counts a position before the first character as column nothing.
    (line, number(position.position()).or(line.map(|_| 1)))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use croft_model::{function::Budget, limits::Limits};

    use super::*;
    use crate::alloc;

    /// A source's value in an engine, with ample bounds.
    fn evaluate(engine: &Engine, mut scope: Scope<'_>, source: &str) -> Result<Dynamic, Outcome> {
        let budget = Budget {
            time_ms: 0,
            memory_bytes: 1 << 40,
            response_bytes: 0,
            operations: u64::MAX,
            concurrency: 1,
        };
        alloc::begin();
        meter::begin(Instant::now() + Duration::from_mins(5), &budget);
        let value = engine.rhai.eval_with_scope::<Dynamic>(&mut scope, source);
        meter::finish();
        value.map_err(|error| outcome_of(&error, false))
    }

    #[test]
    fn a_capability_that_was_not_granted_ends_the_call() {
        let mut engine = Engine::new();
        engine.rhai.register_fn("kv", || meter::stop::<()>(Outcome::Denied("kv".to_owned())));
        for source in ["kv()", "fn f() { try { kv() } catch {} } [1].map(|x| f()); 2"] {
            let outcome = evaluate(&engine, Scope::new(), source).unwrap_err();
            assert_eq!(outcome, Outcome::Denied("kv".to_owned()), "{source}");
        }
    }

    #[test]
    fn the_reference_tells_the_limits() {
        use crate::capabilities::log::{MAX_LOG_BYTES, MAX_LOG_LINE_BYTES, MAX_LOG_LINES};
        let reference = include_str!("../../../docs/reference/functions.md");
        let plan = Limits::default();
        let thousands = |n: usize| format!("{},{:03}", n / 1000, n % 1000);
        let (mib, kib) = (1024 * 1024, 1024);
        for sentence in [
            format!(
                "| time of one call, waiting for a turn included | {} s |",
                plan.call_time_ms / 1000
            ),
            format!("| memory of one call | {} MiB |", plan.call_memory_bytes / mib),
            format!("one time | {}; more wait |", plan.concurrent_calls),
            format!("| body of an answer | {} MiB |", plan.call_response_bytes / mib),
            format!("| a source | {} KiB |", plan.function_source_bytes / kib),
            format!("within one value | {} KiB |", meter::MAX_STRING / 1024),
            format!("bytes of a blob | {} |", thousands(meter::MAX_ARRAY)),
            format!("maps within it included | {} |", thousands(MAX_MAP)),
            format!("| calls within calls | {MAX_CALL_LEVELS} |"),
            format!("functions of a script | {}, {MAX_FUNCTIONS} |", thousands(MAX_VARIABLES)),
            format!(
                "log {MAX_LOG_LINES} lines, {} KiB of each and {} KiB of all",
                MAX_LOG_LINE_BYTES / 1024,
                MAX_LOG_BYTES / 1024
            ),
        ] {
            assert!(reference.contains(&sentence), "docs/reference/functions.md: {sentence}");
        }
    }

    /// The processor time this thread has had, whatever else the machine does.
    fn used() -> Duration {
        let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
    }

    /// One a line.
    const NATIVES: &str = r#"
        s.split("")
        s.split("b")
        s.to_chars()
        s.index_of("bb")
        s.contains("ba" + n)
        s.replace("a", "")
        s.replace("ab", "abc")
        s.remove("a")
        s.set(262143, 'x')
        s.crop(9)
        s.make_upper()
        s.sub_string(1)
        s.trim()
        s == s + ""
        s < s
        s.to_debug()
        s.split_whitespace()
        n.split_rev("\n")
        s.starts_with(s)
        s.bytes
        s.to_blob()
        a.sort()
        a.dedup()
        a.reverse()
        a.contains(5)
        a == a
        a.index_of("y")
        a.to_string()
        a.insert(0, 1)
        a.extract(1)
        a.splice(0..9, [])
        a.chop(5)
        a.split(5)
        a + a
        a.to_json()
        b.to_array()
        b.as_string()
        b == b
        b.reverse()
        b.contains(8)
        b.parse_le_int(0, 8)
        m.keys()
        m.values()
        m == m
        m + m
        m.to_json()
        m.to_string()
        m.mixin(m)
        let p = "x"; p.pad(262144, "x")
        hash::sha256(s)
        hash::sha512(s)
        hash::sha1(s)
        hmac::sha512(s, s)
        hmac::equal(s, s)
        base64::encode(s)
        base64::decode(s)
        base64::decode_url_text(s)
        hex::encode(s)
        hex::decode(s)
        url::encode(n)
        url::decode(s)
        url::parse(s)
        url::query(m)
        url::parse_query(s)
        url::parse_query_all(n)
        let u = "http://"; u.pad(8000, "é"); url::parse(u)
        let u = "http://a/"; u.pad(8000, "../"); url::join(u, u)
        text::escape_html(n)
        text::slug(s)
        text::title(s)
        text::lines(n)
        text::truncate(s, 262143)
        json::stringify(a)
        json::stringify(m)
        json::stringify(s)
        json::parse(s)
        parse_json(n)
        let j = "["; j.pad(262142, "1,"); json::parse(j + "1]")
        let j = ""; j.pad(262144, "["); json::parse(j)
        random::bytes(4096)
        uuid::v4()
        uuid::v7()
        time::parse(s)
        time::format(0, s)
        let p = ""; p.pad(200, "%c"); time::format(0, p)
        env(s)
        env_or(s, s)
        log::info(s)
        print(a)
        response(200, s, m)
        response(200).header(s, s)
        response(200).cookie("a", s)
        html(s)
        json(a)
    "#;

    /// Bounds are looked at between steps: no native may work for long on the largest values there
    /// are. One that took the square of their size would take minutes here.
    #[test]
    fn no_native_takes_long() {
        const MOST: Duration = Duration::from_secs(2);
        let engine = Engine::new();
        let mut scope = Scope::new();
        scope.push("s", "ab".repeat(meter::MAX_STRING / 2));
        scope.push("n", "\n".repeat(meter::MAX_STRING));
        scope.push("a", vec![Dynamic::from("x"); meter::MAX_ARRAY]);
        scope.push("b", vec![7_u8; meter::MAX_ARRAY]);
        let number = |n: usize| (n.to_string().into(), Dynamic::from(1_i64));
        scope.push("m", (0..MAX_MAP).map(number).collect::<rhai::Map>());
        for native in NATIVES.trim().lines() {
            let before = used();
            // Whether it likes what it is given is not asked here.
            let _ = evaluate(&engine, scope.clone(), native);
            let took = used().saturating_sub(before);
            assert!(took < MOST, "{native}: {took:?}");
        }
    }
}
