//! From columns to the model's types.

use std::fmt::Display;

use crate::{Error, Result};

/// Names where a bad value stands, so that an operator can find it.
pub(crate) fn inconsistent(table: &'static str, column: &'static str, id: impl Display) -> Error {
    Error::Inconsistent { table, column, id: id.to_string() }
}

/// A column whose text was checked before it was kept.
pub(crate) fn checked<T: TryFrom<String>>(
    text: String,
    table: &'static str,
    column: &'static str,
    id: impl Display,
) -> Result<T> {
    T::try_from(text).map_err(|_| inconsistent(table, column, id))
}

/// A column that names a variant of an enum.
pub(crate) fn named<T>(
    text: &str,
    parse: fn(&str) -> Option<T>,
    table: &'static str,
    column: &'static str,
    id: impl Display,
) -> Result<T> {
    parse(text).ok_or_else(|| inconsistent(table, column, id))
}

/// A count of rows, which is never negative.
pub(crate) fn count(n: Option<i64>) -> u64 {
    n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}
