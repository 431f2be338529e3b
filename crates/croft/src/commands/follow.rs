//! Showing a stream as it comes.

use croft_sdk::client::{EventStream, Followed};
use serde::de::DeserializeOwned;

use crate::{context::Context, failure::Failure};

/// Shows a stream until Ctrl-C, which is a good end.
pub(super) async fn follow<T: DeserializeOwned>(
    context: &Context,
    mut stream: EventStream<T>,
    show: fn(&Context, &T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let stop = tokio::signal::ctrl_c();
    tokio::pin!(stop);
    loop {
        let next = tokio::select! {
            _ = &mut stop => return Ok(()),
            next = stream.next() => next?,
        };
        match next {
            Followed::Event(event) => show(context, &event)?,
            Followed::Reconnecting { error: Some(error), wait } => {
                context.out.say(&format!("{error} Trying again in {wait:?}."));
            }
            Followed::Reconnecting { error: None, .. } => {}
        }
    }
}
