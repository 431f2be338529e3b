//! All accounts.

mod list;
mod update;

use croft_app::admin::User;
use croft_sdk::admin::AdminUser;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(update::update))
}

/// An account as it is answered to the operator.
fn answer(user: User) -> AdminUser {
    AdminUser {
        id: user.id,
        email: user.email,
        name: user.name,
        operator: user.operator,
        disabled: user.disabled,
        created_at: user.created_at,
    }
}
