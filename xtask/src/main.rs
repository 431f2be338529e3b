//! The project's own tools: `cargo xtask <task>`.
//!
//! Modules are listed lowest first; a module uses only those above it.

mod violation;
mod tree;
mod tokens;
mod arch;
mod tidy;
mod process;
mod generate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check the fences of ARCHITECTURE.md: who may know whom, and who owns what.
    Arch,
    /// Check sizes, forbidden words, and that documents name only what exists.
    Tidy,
    /// Write the committed generated files anew: `.sqlx/`, and what croft itself prints.
    Gen {
        /// Generators to run (sqlx, printed); all when none is named.
        names: Vec<String>,
        /// Write nothing; fail when a file would change.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let root = root();
    let done = match Arguments::parse().task {
        Task::Arch => arch::check(&root).and_then(|found| violation::report("arch", found)),
        Task::Tidy => tidy::check(&root).and_then(|found| violation::report("tidy", found)),
        Task::Gen { names, check } => generate::run(&root, &names, check),
    };
    if let Err(error) = done {
        eprintln!("error: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The checkout this program was compiled in.
fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or(manifest.clone(), PathBuf::from)
}
