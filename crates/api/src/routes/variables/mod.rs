//! Variables and secrets of a project's environments.

mod list;
mod set;
mod unset;

use croft_app::variables::Variable;
use croft_sdk::variables as wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list::list)).routes(routes!(set::set, unset::unset))
}

/// A variable as it is answered.
fn answer(variable: Variable) -> wire::Variable {
    wire::Variable {
        key: variable.key,
        secret: variable.value.is_none(),
        value: variable.value,
        category: variable.category,
        version: variable.version,
        updated_at: variable.updated_at,
        updated_by: variable.updated_by,
    }
}
