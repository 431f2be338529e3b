//! What commands read: secrets by prompt or standard input, never from the command line, where
//! other users of the machine could see them; files of bounded size.

use std::{
    io::{self, Read},
    path::Path,
};

use zeroize::Zeroizing;

use crate::{failure::Failure, output::is_interactive};

/// The longest secret or value read, in bytes.
const VALUE_MAX: u64 = 64 * 1024;
/// The largest file read, in bytes.
const FILE_MAX: u64 = 4 * 1024 * 1024;

/// A secret: from standard input if asked for, else by prompt. `flag` is what a script would give.
pub(crate) fn secret(
    from_stdin: bool,
    prompt: &str,
    flag: &str,
) -> Result<Zeroizing<String>, Failure> {
    if from_stdin {
        return all_of_stdin(VALUE_MAX).map(|text| first_line(&text));
    }
    if !is_interactive() {
        return Err(Failure::usage(format!(
            "there is no terminal to ask on; give {flag} and send it on standard input"
        )));
    }
    let secret = rpassword::prompt_password(format!("{prompt}: "));
    secret.map(Zeroizing::new).map_err(|e| Failure::usage(format!("cannot ask: {e}")))
}

/// A new password: by prompt, asked twice.
pub(crate) fn new_password(from_stdin: bool) -> Result<Zeroizing<String>, Failure> {
    let password = secret(from_stdin, "New password", "--password-stdin")?;
    if !from_stdin && secret(false, "Once more", "--password-stdin")? != password {
        return Err(Failure::usage("the two are not the same; run the command again"));
    }
    Ok(password)
}

/// A value of a variable: all of standard input without its last line break, or by prompt.
pub(crate) fn value(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    if is_interactive() {
        return secret(false, prompt, "");
    }
    let text = all_of_stdin(VALUE_MAX)?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned().into())
}

/// The text of a file; of standard input when it is `-`.
pub(crate) fn file(path: &Path) -> Result<String, Failure> {
    if path == Path::new("-") {
        return all_of_stdin(FILE_MAX).map(|text| text.to_string());
    }
    let file = std::fs::File::open(path)
        .map_err(|e| Failure::usage(format!("{} cannot be opened: {e}", path.display())))?;
    bounded(file, FILE_MAX, &path.display().to_string()).map(|text| text.to_string())
}

fn all_of_stdin(max: u64) -> Result<Zeroizing<String>, Failure> {
    bounded(io::stdin().lock(), max, "standard input")
}

fn bounded(from: impl Read, max: u64, name: &str) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    from.take(max + 1)
        .read_to_string(&mut text)
        .map_err(|e| Failure::usage(format!("{name} cannot be read as text: {e}")))?;
    if u64::try_from(text.len()).is_ok_and(|len| len > max) {
        return Err(Failure::usage(format!("{name} is larger than {max} bytes")));
    }
    Ok(text)
}

fn first_line(text: &str) -> Zeroizing<String> {
    text.lines().next().unwrap_or_default().to_owned().into()
}
