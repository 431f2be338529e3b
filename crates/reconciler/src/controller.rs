//! What a controller is.

use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

/// Makes one kind of thing follow what is wanted of it.
#[async_trait]
pub(crate) trait Controller: Send + Sync + 'static {
    /// Looks at one thing and takes at most one step. A thing that is gone is [`Next::Done`].
    async fn activate(&self, id: Uuid) -> Result<Next, Failure>;
}

/// What an activation ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The activation has itself removed the row from the queue, or it is not needed any more.
    Done,
    /// Look again then.
    At(OffsetDateTime),
}

/// Why a step failed. It is tried again with backoff.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The store.
    #[error(transparent)]
    Store(#[from] croft_store::Error),
}
