//! What a fence reports: where, and what to do about it.

use std::fmt;

use anyhow::{Result, bail};

/// One broken rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// Path from the root, with `/`.
    pub(crate) file: String,
    /// Counted from 1.
    pub(crate) line: usize,
    /// What is wrong and what to do instead.
    pub(crate) message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Prints all, ordered by place, and fails if there is any.
pub(crate) fn report(task: &str, mut violations: Vec<Violation>) -> Result<()> {
    violations.sort();
    for violation in &violations {
        eprintln!("{violation}");
    }
    if !violations.is_empty() {
        bail!("{task}: {} broken rules", violations.len());
    }
    println!("{task}: all rules hold");
    Ok(())
}
