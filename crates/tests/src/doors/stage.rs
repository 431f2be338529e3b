//! Who tries the doors, and what stands behind them.

use croft_model::{
    id::{TeamId, UserId},
    permissions::Role,
};
use croft_store::{Purpose, teams::NewMember};
use serde_json::json;
use time::Duration;

use super::{
    bodies::{By, Shape},
    is_operators,
    operations::Operation,
};
use crate::{Answer, Person, World};

/// The people, made once.
pub(super) struct Cast<'w> {
    pub(super) anonymous: Person<'w>,
    pub(super) bogus: Person<'w>,
    pub(super) expired: Person<'w>,
    pub(super) operator: Person<'w>,
    pub(super) owner: Person<'w>,
    pub(super) viewer: Person<'w>,
    pub(super) developer: UserId,
    pub(super) stranger: Person<'w>,
    pub(super) removed: Person<'w>,
}

impl<'w> Cast<'w> {
    pub(super) async fn new(world: &'w World) -> Self {
        let owner = world.person("owner").await;
        let team = owner.team().await;
        let body = json!({ "name": "short", "days": 1, "scopes": ["read", "write", "admin"] });
        let token = owner.post(&format!("/teams/{team}/tokens"), body).await.expect(201);
        world.clock.advance(Duration::days(2));
        let bogus = format!("croft_tok_{}", "a".repeat(52));
        let developer = id_of(&world.person("developer").await).await;
        Self {
            anonymous: world.anonymous(),
            bogus: owner.with_token(bogus),
            expired: owner.with_token(token.text("secret")),
            operator: world.operator().await,
            viewer: world.person("viewer").await,
            developer,
            stranger: world.person("stranger").await,
            removed: world.person("removed").await,
            owner,
        }
    }
}

/// The things, made anew for each operation: some do not outlive it.
pub(super) struct Stage<'w> {
    /// Somebody who joins in no other stage, for what ends an account or a session.
    pub(super) guest: Person<'w>,
    pub(super) guest_email: String,
    /// A token of the allowed caller for the right team, good for pushing code and nothing else.
    pub(super) scopeless: Person<'w>,
    /// The secret of an open invitation.
    pub(super) invitation_secret: String,
    /// The developer's id.
    pub(super) developer: UserId,
    owner: Person<'w>,
    operator: Person<'w>,
    as_guest: bool,
    params: Vec<(&'static str, String)>,
}

impl<'w> Stage<'w> {
    pub(super) async fn new(world: &'w World, cast: &Cast<'w>, shape: &Shape) -> Self {
        let owner = &cast.owner;
        let made = owner.post("/teams", json!({ "name": "Stage" })).await.expect(201);
        let team: TeamId = made.text("id").parse().unwrap();
        join(world, team, id_of(&cast.viewer).await, Role::Viewer).await;
        join(world, team, cast.developer, Role::Developer).await;
        let removed = id_of(&cast.removed).await;
        join(world, team, removed, Role::Developer).await;
        owner.delete(&format!("/teams/{team}/members/{removed}")).await.expect(204);

        let project =
            owner.post("/projects", json!({ "name": "Stage", "team_id": team })).await.expect(201);
        let project = project.text("id").to_owned();
        let at = format!("/projects/{project}");
        owner
            .put(&format!("{at}/variables/production/COLOUR"), json!({ "value": "red" }))
            .await
            .expect(200);
        let role = json!({ "role": "admin" });
        owner.put(&format!("{at}/members/{}", cast.developer), role).await.expect(200);
        let host = format!("{}.shop.localhost", project.replace('_', "-"));
        let domain =
            owner.post(&format!("{at}/domains"), json!({ "host": host })).await.expect(201);
        let claim = claimed_within(owner, team, &host).await;
        let source = json!({ "source": "\"hi\"", "routes": [{ "method": "GET", "path": "/hi" }] });
        let function = owner.put(&format!("{at}/functions/hi"), source).await.expect(200);
        let invite = json!({ "role": "viewer" });
        let invited = owner.post(&format!("/teams/{team}/invitations"), invite).await.expect(201);
        let token = json!({ "name": "push", "scopes": ["source:write"] });
        let token = owner.post(&format!("/teams/{team}/tokens"), token).await.expect(201);

        let guest_email = format!("guest-{}@example.com", uuid_of(&project));
        let guest = world.person(guest_email.trim_end_matches("@example.com")).await;
        let second = world.sign_in(&guest_email).await;
        if shape.deletes_first {
            owner.delete(&at).await.expect(204);
        }
        guest.put("/me/variables/COLOUR", json!({ "value": "red" })).await.expect(200);
        let as_operator = shape.by == By::Operator;
        let scopeless =
            if as_operator { operator_push(cast).await } else { token.text("secret").to_owned() };
        let params = vec![
            ("team", team.to_string()),
            ("project", project),
            ("user", cast.developer.to_string()),
            ("environment", "production".to_owned()),
            ("key", "COLOUR".to_owned()),
            ("name", "hi".to_owned()),
            ("number", "1".to_owned()),
            ("route", function.json["routes"][0]["id"].as_str().unwrap().to_owned()),
            ("function", function.text("id").to_owned()),
            ("domain", domain.text("id").to_owned()),
            ("claim", claim),
            ("token", token.text("id").to_owned()),
            ("invitation", invited.text("id").to_owned()),
            ("session", other_session(&second).await),
        ];
        Self {
            guest,
            guest_email,
            scopeless: owner.with_token(scopeless),
            invitation_secret: secret_of(&invited),
            developer: cast.developer,
            owner: owner.clone(),
            operator: cast.operator.clone(),
            as_guest: shape.by == By::Guest,
            params,
        }
    }

    /// The path with its parameters filled in.
    pub(super) fn path(&self, template: &str) -> String {
        let fill = |path: String, (name, value): &(&str, String)| {
            path.replace(&format!("{{{name}}}"), value)
        };
        let path = self.params.iter().fold(template.to_owned(), fill);
        assert!(!path.contains('{'), "{template} has a parameter that the stage does not know");
        path
    }

    /// Takes the team away, since one person owns only so many. Some operations did so already, or
    /// gave it to somebody else.
    pub(super) async fn clear(&self, cast: &Cast<'_>) {
        cast.owner.delete(&format!("/teams/{}", self.param("team"))).await;
    }

    /// A value of the stage.
    pub(super) fn param(&self, name: &str) -> &str {
        &self.params.iter().find(|(n, _)| *n == name).unwrap().1
    }

    /// Somebody who may.
    pub(super) fn allowed(&self, operation: &Operation) -> &Person<'w> {
        match operation.permission {
            permission if is_operators(permission) => &self.operator,
            Some(_) if !self.as_guest => &self.owner,
            Some(_) | None => &self.guest,
        }
    }
}

/// What is behind the `#` of an invitation's link.
fn secret_of(invited: &Answer) -> String {
    invited.text("link").rsplit_once('#').unwrap().1.to_owned()
}

/// A token of the operator's that is good for pushing code only.
async fn operator_push(cast: &Cast<'_>) -> String {
    let team = cast.operator.team().await;
    let body = json!({ "name": "push", "scopes": ["source:write"] });
    let made = cast.operator.post(&format!("/teams/{team}/tokens"), body).await.expect(201);
    made.text("secret").to_owned()
}

async fn other_session(second: &Person<'_>) -> String {
    let sessions = second.get("/me/sessions").await.expect(200);
    let items = sessions.json["items"].as_array().unwrap();
    let own = items.iter().find(|s| s["current"] == true).unwrap();
    own["id"].as_str().unwrap().to_owned()
}

async fn id_of(person: &Person<'_>) -> UserId {
    person.get("/me").await.expect(200).text("id").parse().unwrap()
}

fn uuid_of(project: &str) -> &str {
    project.trim_start_matches("prj_")
}

async fn join(world: &World, team: TeamId, user: UserId, role: Role) {
    let mut tx = world.app.store.system(Purpose::Join).await.unwrap();
    let member = NewMember { team, user, role, since: world.app.now(), until: None };
    tx.add_member(&member).await.unwrap();
    tx.commit().await.unwrap();
}

/// Another project's claim within a host.
async fn claimed_within(owner: &Person<'_>, team: TeamId, host: &str) -> String {
    let other = json!({ "name": "Within", "team_id": team });
    let other = owner.post("/projects", other).await.expect(201);
    let within = json!({ "host": format!("x.{host}") });
    let at = format!("/projects/{}/domains", other.text("id"));
    owner.post(&at, within).await.expect(201).text("id").to_owned()
}
