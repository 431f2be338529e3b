//! Teams and their members.

mod list;
mod create;
mod get;
mod update;
mod delete;
mod transfer;
mod limits;
mod members;

use croft_app::{
    Caller, Error,
    teams::{Member, Team},
};
use croft_model::access::Place;
use croft_sdk::teams as wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{error::Result, state::Api};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get, update::update, delete::delete))
        .routes(routes!(transfer::transfer))
        .routes(routes!(limits::limits))
        .merge(members::routes())
}

/// A team as it is answered to one of its members.
fn answer(caller: &Caller, team: Team) -> Result<wire::Team> {
    let place = Place::Team(team.id);
    let role = caller.principal.role(place).ok_or_else(|| Error::not_found("team", team.id))?;
    Ok(wire::Team {
        id: team.id,
        name: team.name,
        personal: team.personal_of.is_some(),
        created_at: team.created_at,
        role,
        allowed_actions: caller.principal.allowed_actions(place),
    })
}

/// A member of a team or project as they are answered.
pub(super) fn member(member: Member) -> wire::Member {
    wire::Member {
        user_id: member.user,
        email: member.email,
        name: member.name,
        role: member.role,
        since: member.since,
        until: member.until,
    }
}
