//! The one place of xtask that starts programs and looks at the environment.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// A program, to be given its arguments one by one; no shell is involved.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    #[expect(clippy::disallowed_methods, reason = "xtask's only door to other programs")]
    Command::new(program)
}

/// Runs to the end with the terminal's output, and fails when the program does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", name(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", name(command));
    }
    Ok(())
}

/// Runs to the end and returns what it printed; what it complained about is in the error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {}", name(command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed ({}):\n{}", name(command), output.status, said.trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed no text", name(command)))
}

/// The folders of `PATH`.
pub(crate) fn search_path() -> Vec<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "where the machine keeps its programs")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect()
}

/// The cargo that runs this task.
pub(crate) fn cargo(root: &Path) -> Command {
    #[expect(clippy::disallowed_methods, reason = "cargo names itself to what it runs")]
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = command(cargo);
    command.current_dir(root);
    command
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
