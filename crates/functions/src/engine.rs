//! Rhai, with only what functions are given and all limits on.
//!
//! The contract of a script: it runs from top to bottom with `ctx` in scope and its last value is
//! the answer; if it defines `fn handle(ctx)`, that is called and its value is the answer.

use croft_model::function::Exceeded;
use croft_ports::function_invoker::{Outcome, ScriptError};
use rhai::{
    AST, CallFnOptions, Dynamic, Engine as Rhai, EvalAltResult, ParseError, Position, Scope,
    packages::{
        BasicArrayPackage, BasicBlobPackage, BasicMapPackage, BasicMathPackage, BitFieldPackage,
        CorePackage, LogicPackage, MoreStringPackage, Package,
    },
};

use crate::{answer, compare, context, context::Context, meter, natives, text};

/// Calls within calls. With [`STACK_BYTES`] no script of this depth overflows the stack.
const MAX_CALL_LEVELS: usize = 64;
/// Depth of an expression, outside and inside functions.
const MAX_EXPRESSION_DEPTH: usize = 64;
const MAX_FUNCTION_EXPRESSION_DEPTH: usize = 32;
/// Elements of an array and everything in it; also bytes of a blob.
const MAX_ARRAY: usize = 64 * 1024;
/// Entries of a map and everything in it.
const MAX_MAP: usize = 16 * 1024;
const MAX_VARIABLES: usize = 1024;
const MAX_FUNCTIONS: usize = 256;

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
            .set_max_string_size(natives::MAX_STRING)
            .set_max_array_size(MAX_ARRAY)
            .set_max_map_size(MAX_MAP)
            .set_max_variables(MAX_VARIABLES)
            .set_max_functions(MAX_FUNCTIONS)
            .set_max_modules(0)
            .set_strict_variables(true)
            .disable_symbol("eval")
            .disable_symbol("import")
            .disable_symbol("export")
            .on_progress(|steps| meter::look(steps).map(Dynamic::from));
        context::install(&mut rhai);
        answer::install(&mut rhai);
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
            Err(error) => outcome_of(&error),
        }
    }
}

/// An error of the engine as an outcome.
fn outcome_of(error: &EvalAltResult) -> Outcome {
    match error.unwrap_inner() {
        EvalAltResult::ErrorTerminated(token, _) => {
            Outcome::Exceeded(token.clone().try_cast().unwrap_or(Exceeded::Time))
        }
        EvalAltResult::ErrorTooManyOperations(_) => Outcome::Exceeded(Exceeded::Operations),
        EvalAltResult::ErrorStackOverflow(_) => Outcome::Exceeded(Exceeded::Depth),
        EvalAltResult::ErrorDataTooLarge(..) => Outcome::Exceeded(Exceeded::Size),
        inner => {
            // Its `Display` ends with the position, which has fields of its own.
            let message = inner.to_string();
            let position = inner.position();
            let end = format!(" ({position})");
            Outcome::Threw(script_error(message.strip_suffix(&end).unwrap_or(&message), position))
        }
    }
}

fn script_error(message: &str, position: Position) -> ScriptError {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok());
    ScriptError {
        message: text::clean(message, text::MAX_MESSAGE),
        line: number(position.line()),
        // Rhai counts a position before the first character as column nothing.
        column: number(position.position()).or(position.line().map(|_| 1)),
        stack: Vec::new(),
    }
}
