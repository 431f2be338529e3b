//! From what people type to ids: teams by name, people by e-mail, hosts to claims.

use std::future::Future;

use clap::Args;
use croft_model::{
    host::Hostname,
    id::{TeamId, UserId},
};
use croft_sdk::{
    client::{Client, Error, List},
    page::Page,
};

use crate::failure::{Exit, Failure};

/// Pages looked through or joined, at most.
const PAGES_MAX: usize = 100;

/// Which page of a list.
#[derive(Debug, Args)]
pub(crate) struct PageArgs {
    /// How many to show at most
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Where to go on, as the page before said
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

impl From<PageArgs> for List {
    fn from(page: PageArgs) -> Self {
        Self { limit: page.limit, after: page.after }
    }
}

/// The page asked for, or all of a list when none is: its pages joined, and where to go on when
/// they are too many.
pub(crate) async fn page_or_all<T, F>(
    asked: PageArgs,
    mut page: impl FnMut(List) -> F,
) -> Result<Page<T>, Failure>
where
    F: Future<Output = Result<Page<T>, Error>>,
{
    if asked.limit.is_some() || asked.after.is_some() {
        return Ok(page(asked.into()).await?);
    }
    let mut all = Page { items: Vec::new(), next: None };
    for _ in 0..PAGES_MAX {
        let Page { items, next } = page(List { limit: Some(200), after: all.next }).await?;
        all.items.extend(items);
        all.next = next;
        if all.next.is_none() {
            break;
        }
    }
    Ok(all)
}

/// The first of a list, over all its pages, that `fits`.
pub(crate) async fn first<T, F>(
    mut page: impl FnMut(List) -> F,
    fits: impl Fn(&T) -> bool,
) -> Result<Option<T>, Failure>
where
    F: Future<Output = Result<Page<T>, Error>>,
{
    let mut list = List { limit: Some(100), after: None };
    for _ in 0..PAGES_MAX {
        let Page { items, next } = page(list.clone()).await?;
        if let Some(found) = items.into_iter().find(&fits) {
            return Ok(Some(found));
        }
        match next {
            Some(next) => list.after = Some(next),
            None => return Ok(None),
        }
    }
    Err(Failure::not_found("there are too many to search by name; give the id instead"))
}

/// The team meant: by id, by name among one's own, or one's personal team when none is named.
pub(crate) async fn team(client: &Client, named: Option<&str>) -> Result<TeamId, Failure> {
    if let Some(id) = named.and_then(|text| text.parse().ok()) {
        return Ok(id);
    }
    let teams = client.me().await?.teams;
    let fits = |name: &str| named.is_none_or(|n| n.eq_ignore_ascii_case(name));
    let fitting: Vec<_> = teams
        .iter()
        .filter(|team| fits(team.name.as_str()) && (named.is_some() || team.personal))
        .collect();
    match fitting[..] {
        [team] => Ok(team.id),
        [] => Err(Failure::not_found(format!(
            "you are in no such team; `croft team list` shows yours{}",
            if named.is_none() { ", choose one with --team" } else { "" }
        ))),
        _ => Err(Failure::new(
            Exit::Conflict,
            "ambiguous",
            "several of your teams have that name; give the id, from `croft team list`",
        )),
    }
}

/// A member of a team, by id or e-mail.
pub(crate) async fn member(client: &Client, team: TeamId, who: &str) -> Result<UserId, Failure> {
    if let Ok(id) = who.parse() {
        return Ok(id);
    }
    let page = |list: List| async move { client.team_members(team, &list).await };
    let found = first(page, |m| m.email.as_str().eq_ignore_ascii_case(who)).await?;
    found.map(|m| m.user_id).ok_or_else(|| {
        Failure::not_found(format!("{who} is not in the team; invite them: croft invite create"))
    })
}

/// An account of the installation, by id or e-mail.
pub(crate) async fn user(client: &Client, who: &str) -> Result<UserId, Failure> {
    if let Ok(id) = who.parse() {
        return Ok(id);
    }
    let page = |list: List| async move { client.admin_users(&list).await };
    let found = first(page, |u| u.email.as_str().eq_ignore_ascii_case(who)).await?;
    found
        .map(|u| u.id)
        .ok_or_else(|| Failure::not_found(format!("no account has the e-mail {who}")))
}

/// A team of the installation, by id or name.
pub(crate) async fn any_team(client: &Client, named: &str) -> Result<TeamId, Failure> {
    if let Ok(id) = named.parse() {
        return Ok(id);
    }
    let page = |list: List| async move { client.admin_teams(&list).await };
    let found = first(page, |t| t.name.as_str().eq_ignore_ascii_case(named)).await?;
    found.map(|t| t.id).ok_or_else(|| Failure::not_found(format!("no team is called {named}")))
}

/// Whether a server is reached without protection over a network.
pub(crate) fn is_exposed(server: &str) -> bool {
    let Some(rest) = server.strip_prefix("http://") else { return false };
    let host = rest.rsplit_once(':').map_or(rest, |(host, port)| {
        if port.bytes().all(|b| b.is_ascii_digit()) { host } else { rest }
    });
    let ip = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let local = host
        .parse::<Hostname>()
        .is_ok_and(|h| h.as_str() == "localhost" || h.as_str().ends_with(".localhost"));
    !local && !ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exposed() {
        for local in
            ["http://croft.localhost:8080", "http://127.0.0.1:1", "http://[::1]:80", "https://a.b"]
        {
            assert!(!is_exposed(local), "{local}");
        }
        for exposed in ["http://a.b", "http://10.0.0.1:8080", "http://a.b:80"] {
            assert!(is_exposed(exposed), "{exposed}");
        }
    }
}
