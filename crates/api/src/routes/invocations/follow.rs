//! Calls as they are written down.

use std::sync::Arc;

use axum::response::{Response, sse};
use croft_app::{
    App, Caller,
    functions::calls::{FollowCalls, LoggedCall},
};
use croft_model::id::InvocationId;
use futures_util::{StreamExt, stream::once};

use super::answer_call;
use crate::{error::Result, gate::Gate, stream};

/// Calls read from the store at one time.
const LOOK: u32 = 100;

/// Answers with those after a call, or with those that come next.
pub(super) async fn answer(
    app: App,
    gate: &Gate,
    caller: Caller,
    calls: FollowCalls,
    after: Option<InvocationId>,
) -> Result<Response> {
    let after = match after {
        Some(after) => after,
        None => calls.last(&app).await?,
    };
    let begin = once(async move { Ok(stream::place(after)) });
    let hint = calls.hint(&app);
    let asks = Arc::new((app, calls, caller));
    let reads = Arc::clone(&asks);
    let read = move |after| {
        let reads = Arc::clone(&reads);
        async move { reads.1.after(&reads.0, after, LOOK).await }
    };
    let source = begin.chain(stream::lines(hint, after, read, line));
    let still_may = {
        let asks = Arc::clone(&asks);
        move || {
            let asks = Arc::clone(&asks);
            async move { asks.1.still_allowed(&asks.0, &asks.2).await }
        }
    };
    stream::answer(gate, &asks.2, source, still_may)
}

/// A call's id and line.
fn line(call: LoggedCall) -> croft_app::Result<(InvocationId, sse::Event)> {
    let call = answer_call(call);
    Ok((call.id, stream::event(call.id, "invocation", &call)?))
}
