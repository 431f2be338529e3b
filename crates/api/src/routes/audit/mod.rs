//! The audit log of a team.

mod list;

use croft_app::audit::AuditEntry;
use croft_sdk::audit as wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list::list))
}

/// A change as it is answered, to a team or to the operator.
pub(super) fn answer(entry: AuditEntry) -> wire::AuditEntry {
    wire::AuditEntry {
        id: entry.id,
        at: entry.at,
        actor: entry.actor,
        means: entry.means,
        action: entry.action,
        subject: entry.subject,
        address: entry.address,
        request_id: entry.request,
        before: entry.before,
        after: entry.after,
    }
}
