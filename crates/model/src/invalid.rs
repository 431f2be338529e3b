//! The one way in which input can be wrong.

/// A value that a person or program sent and that cannot be taken, with what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Invalid {
    /// The field as it is named on the wire, dotted when nested (`route.path`).
    pub field: String,
    /// One sentence for the sender: what is wrong and what would be right.
    pub problem: String,
}

impl Invalid {
    /// Names the field and says what is wrong with it.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}
