//! What an answer says of its session, and of whom.

use croft_app::Origin;
use croft_model::{
    Id,
    access::{Principal, Proof, TeamRole},
    id::TeamId,
    permissions::{Permission, Role, Scope},
    token::{Secret, SecretKind},
};
use uuid::Uuid;

use super::*;

fn team(n: u128, name: &str, role: Role) -> TeamRole {
    let (team, name) = (Id::from_uuid(Uuid::from_u128(n)), name.parse().unwrap());
    TeamRole { team, name, role, personal: n == 1, until: None }
}

fn caller(by: Proof) -> Caller {
    let teams = vec![team(1, "Ada's", Role::Owner), team(2, "Engines", Role::Admin)];
    let principal = Principal {
        user: Id::from_uuid(Uuid::from_u128(9)),
        email: "ada@example.com".parse().unwrap(),
        name: "Ada".parse().unwrap(),
        operator: true,
        by,
        teams,
        projects: Vec::new(),
    };
    Caller { principal, origin: Origin::default() }
}

fn session() -> Proof {
    let expires_at = time::OffsetDateTime::UNIX_EPOCH;
    Proof::Session { id: Id::from_uuid(Uuid::from_u128(3)), expires_at }
}

fn token(team: TeamId, role: Role, scopes: Vec<Scope>) -> Proof {
    let id = Id::from_uuid(Uuid::from_u128(4));
    Proof::Token { id, team, role, scopes, project: None, expires_at: None }
}

#[test]
fn signed_in_one_sees_all_teams_and_what_one_may_in_each() {
    let me = me(&caller(session()));
    let seen: Vec<_> = me.teams.iter().map(|t| (t.name.as_str(), t.role, t.personal)).collect();
    assert_eq!(seen, [("Ada's", Role::Owner, true), ("Engines", Role::Admin, false)]);
    assert!(me.teams[0].allowed_actions.contains(&Permission::TeamDelete));
    assert!(me.teams[1].allowed_actions.contains(&Permission::MembersManage));
    assert!(!me.teams[1].allowed_actions.contains(&Permission::TeamDelete));
    assert!(me.allowed_actions.contains(&Permission::InstallationManage));
    assert!(!me.allowed_actions.contains(&Permission::TeamRead));
}

#[test]
fn a_token_sees_its_team_and_what_it_may_itself() {
    let engines = Id::from_uuid(Uuid::from_u128(2));
    let me = me(&caller(token(engines, Role::Viewer, vec![Scope::Read])));
    let [seen] = me.teams.as_slice() else { panic!("{:?}", me.teams) };
    assert_eq!((seen.id, seen.role), (engines, Role::Viewer));
    assert!(seen.allowed_actions.contains(&Permission::TeamRead));
    assert!(!seen.allowed_actions.contains(&Permission::MembersManage));
    assert!(!me.allowed_actions.contains(&Permission::InstallationManage));
}

#[test]
fn a_session_is_carried_in_one_way() {
    let secret = Secret::from_random(SecretKind::Session, [5; 32]);
    let opened = Opened { caller: caller(session()), secret, seconds: 60 };
    let (headers, Json(body)) = welcome(&opened, Transport::Cookie).unwrap();
    let cookie = headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with(&format!("__Host-croft={};", opened.secret.expose())), "{cookie}");
    assert!(cookie.contains("; Max-Age=60;"), "{cookie}");
    assert_eq!(body.token, None);
    let (headers, Json(body)) = welcome(&opened, Transport::Bearer).unwrap();
    assert!(headers.is_empty());
    assert_eq!(body.token.as_deref(), Some(opened.secret.expose()));
}

#[test]
fn the_cookie_is_cleared_only_where_there_is_one() {
    for (via, cleared) in
        [(Via::ControlHost, true), (Via::Address, false), (Via::DefaultHost, false)]
    {
        let client = "192.0.2.1".parse().unwrap();
        let request = Id::from_uuid(Uuid::nil());
        let (status, headers) = farewell(RequestContext { client, request, via }).unwrap();
        assert_eq!(status, StatusCode::NO_CONTENT);
        let set = headers.get(header::SET_COOKIE).map(|value| value.to_str().unwrap());
        assert_eq!(set.is_some(), cleared, "{via:?}");
        assert!(
            set.is_none_or(|set| set.starts_with("__Host-croft=;") && set.contains("Max-Age=0;"))
        );
    }
}
