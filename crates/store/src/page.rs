//! Lists, a page at a time.

use croft_model::variable::VALUE_MAX;

/// A page of a list: at most `limit` rows after the one of id `after`.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// The last id of the page before.
    pub after: Option<uuid::Uuid>,
    /// The most rows to give.
    pub limit: i64,
}

/// A page of a list by name: at most `limit` rows after the one of that name, and at most
/// [`NamedPage::BYTES`] of values.
#[derive(Debug, Clone, Copy)]
pub struct NamedPage<'a> {
    /// The last name of the page before.
    pub after: Option<&'a str>,
    /// The most rows to give.
    pub limit: i64,
}

impl NamedPage<'_> {
    /// 1 MiB.
    pub const BYTES: u32 = 1024 * 1024;
}

// A larger value would be on no page, and the list would end before it.
const _: () = assert!(VALUE_MAX <= NamedPage::BYTES as usize);
