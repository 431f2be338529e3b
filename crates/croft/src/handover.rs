//! Keeping the master key out of the environment of a process that runs for long (decision 30).
//!
//! A variable cannot be removed from the environment a process was started with: it stays in
//! `/proc/<pid>/environ`. So `croft serve` starts itself anew in its own place, without the
//! variable, and hands the key over through a pipe that holds it once.

use std::{
    convert::Infallible,
    ffi::OsString,
    io::{self, Read, Write},
    os::unix::process::CommandExt,
};

use zeroize::Zeroizing;

use crate::{failure::Failure, settings::Env};

/// The variable of the setting `master_key`.
const VARIABLE: &str = "CROFT_MASTER_KEY";
/// The value that means: read it from standard input.
const STDIN: &str = "-";
/// More than a key is long, and less than any pipe holds.
const KEY_MAX: usize = 1024;

/// Becomes a process without the key in its environment, if there is one. `args` are this
/// process's own, with its name.
pub(crate) fn hide_key(env: &Env, args: &[OsString]) -> Result<(), Failure> {
    let Some(key) = env.get(VARIABLE).filter(|key| *key != STDIN) else { return Ok(()) };
    if key.len() > KEY_MAX {
        return Err(Failure::usage(format!("{VARIABLE}: too long; expected 32 bytes in base64")));
    }
    let Err(error) = start_anew(key, args);
    Err(anyhow::Error::from(error).context(format!("cannot hide {VARIABLE}")).into())
}

#[expect(clippy::disallowed_methods, reason = "the process itself, in its own place")]
fn start_anew(key: &str, args: &[OsString]) -> io::Result<Infallible> {
    let (reader, mut writer) = io::pipe()?;
    writer.write_all(key.as_bytes())?;
    drop(writer);
    Err(std::process::Command::new(std::env::current_exe()?)
        .args(args.iter().skip(1))
        .env(VARIABLE, STDIN)
        .stdin(reader)
        .exec())
}

/// The environment with the key of standard input, when it says that it is there.
pub(crate) fn with_key_of_stdin(mut env: Env) -> Result<Env, Failure> {
    if env.get(VARIABLE) == Some(STDIN) {
        let mut key = Zeroizing::new(String::new());
        io::stdin()
            .lock()
            .take(KEY_MAX as u64)
            .read_to_string(&mut key)
            .map_err(|e| Failure::usage(format!("{VARIABLE} is -, but standard input: {e}")))?;
        env.set(VARIABLE, key.trim().to_owned());
    }
    Ok(env)
}
