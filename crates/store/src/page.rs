//! Lists, a page at a time.

/// A page of a list: at most `limit` rows after the one of id `after`.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// The last id of the page before.
    pub after: Option<uuid::Uuid>,
    /// The most rows to give.
    pub limit: i64,
}
