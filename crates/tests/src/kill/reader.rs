//! Reads through the API all that is in some scopes.

use std::collections::{BTreeMap, BTreeSet};

use croft_model::{id::TeamId, permissions::Role};
use croft_sdk::{
    client::{Client, Error, List, ProjectList, ProjectRef},
    page::Page,
};

use super::{
    ledger::{Kind, Ledger, Place, Scope, Thing},
    load::Somebody,
};

/// Pages of one list at most: more is a list that does not end.
const PAGES: usize = 100;

/// What there is, each place with its thing.
pub type Found = BTreeMap<Place, Thing>;

/// Follows a list to its end.
macro_rules! all {
    ($client:ident . $list:ident ( $($part:expr),* )) => {{
        let (mut items, mut list) = (Vec::new(), List { limit: Some(100), after: None });
        for page in 0.. {
            assert!(page < PAGES, concat!(stringify!($list), " does not end"));
            let page: Page<_> = $client.$list($($part,)* &list).await?;
            items.extend(page.items);
            let Some(next) = page.next else { break };
            list.after = Some(next);
        }
        items
    }};
}

/// Reads the scopes as those whose they are, and tries every token's secret.
pub async fn read(
    client: &Client,
    people: &[Somebody],
    ledger: &Ledger,
    scopes: &BTreeSet<Scope>,
) -> Result<Found, Error> {
    let entries = ledger.entries();
    let secrets: BTreeMap<_, _> = entries
        .values()
        .filter(|(write, _)| write.kind == Kind::Token)
        .filter_map(|(_, fate)| fate.id()?.split_once(' '))
        .collect();
    let mut found = Found::new();
    for (who, within) in scopes {
        let client = client.clone().with_token(&people[*who].token);
        if within.is_empty() {
            teams(&client, *who, &mut found).await?;
        } else if let Ok(team) = within.parse() {
            team_contents(&client, team, &secrets, &mut found).await?;
        } else {
            project_contents(&client, within, &mut found).await?;
        }
    }
    // Of teams one was invited into, their owners tell.
    let known = |(kind, _, name): &Place| {
        *kind != Kind::Team || entries.values().any(|(w, _)| w.kind == *kind && w.name == *name)
    };
    assert!(found.keys().all(known), "a team that nobody made");
    Ok(found)
}

async fn teams(client: &Client, who: usize, found: &mut Found) -> Result<(), Error> {
    for team in all!(client.teams()) {
        if !team.personal && team.role == Role::Owner {
            let place = (Kind::Team, String::new(), team.name.to_string());
            assert!(place.2.starts_with(&format!("w{who}-")), "{who} owns {place:?}");
            found.insert(place, Thing { id: team.id.to_string(), value: "owner".into() });
        }
    }
    Ok(())
}

async fn team_contents(
    client: &Client,
    team: TeamId,
    secrets: &BTreeMap<&str, &str>,
    found: &mut Found,
) -> Result<(), Error> {
    let within = team.to_string();
    let mut add = |kind, name: String, id: String, value: String| {
        found.insert((kind, within.clone(), name), Thing { id, value });
    };
    let mut list = ProjectList { team: Some(team), ..ProjectList::default() };
    list.list.limit = Some(100);
    for project in client.projects(&list).await?.items {
        let value = project.name.to_string();
        add(Kind::Project, project.slug.to_string(), project.id.to_string(), value);
    }
    for token in all!(client.tokens(team)) {
        let mut id = token.id.to_string();
        if let Some(secret) = secrets.get(&*id) {
            // Only what still opens is as it was promised.
            client.clone().with_token(*secret).team(team).await?;
            id = format!("{id} {secret}");
        }
        add(Kind::Token, token.name.to_string(), id, String::new());
    }
    for invitation in all!(client.invitations(team)) {
        let email = invitation.email.map(|email| email.to_string()).unwrap_or_default();
        let value = invitation.role.as_str().to_owned();
        add(Kind::Invitation, email, invitation.id.to_string(), value);
    }
    for member in all!(client.team_members(team)) {
        if member.role != Role::Owner {
            let value = member.role.as_str().to_owned();
            add(Kind::Member, member.email.to_string(), String::new(), value);
        }
    }
    Ok(())
}

async fn project_contents(client: &Client, within: &str, found: &mut Found) -> Result<(), Error> {
    let project: ProjectRef = within.parse().unwrap();
    let mut add = |kind, name: String, id: String, value: String| {
        found.insert((kind, within.to_owned(), name), Thing { id, value });
    };
    for variable in all!(client.variables(&project, "production")) {
        let value = variable.value.unwrap_or_default();
        add(Kind::Variable, variable.key.to_string(), String::new(), value);
    }
    for function in all!(client.functions(&project)) {
        let routes =
            function.routes.iter().map(|route| format!("{} {}\n", route.method, route.path));
        let one = client.function(&project, &function.name).await?;
        let value = routes.chain(one.source).collect();
        add(Kind::Function, function.name.to_string(), function.id.to_string(), value);
    }
    for domain in all!(client.domains(&project)) {
        let state = serde_json::to_value(domain.state).unwrap();
        let value = state.as_str().unwrap().to_owned();
        add(Kind::Domain, domain.host.to_string(), domain.id.to_string(), value);
    }
    Ok(())
}
