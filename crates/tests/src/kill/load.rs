//! Somebody who writes one thing after the other, and goes on after every kill.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use croft_model::{
    id::{ProjectId, TeamId},
    permissions::Role,
    route::RoutePattern,
};
use croft_sdk::{
    client::{Client, Error},
    domains::ClaimDomain,
    functions::{DeployFunction, NewRoute},
    installation::NewAccount,
    invitations::{InvitationSecret, Invite},
    projects::CreateProject,
    session::{SignIn, Transport},
    teams::CreateTeam,
    tokens::CreateToken,
    variables::SetVariable,
};
use rand::{Rng, rngs::StdRng};

use super::ledger::{Kind, Ledger, Write};

/// Below what a team may have; a person may own 20 teams.
const PROJECTS_OF_A_TEAM: usize = 8;
const THINGS_OF_A_PROJECT: usize = 12;
const TOKENS_OF_A_TEAM: usize = 90;
const PASSWORD: &str = "four blunt mossy stones";

/// Somebody with an account and a session.
#[derive(Debug, Clone)]
pub struct Somebody {
    /// Their e-mail.
    pub email: String,
    /// Their session's secret.
    pub token: String,
}

impl Somebody {
    /// Makes an account and signs in.
    pub async fn join(client: &Client, number: usize) -> Result<Self, Error> {
        let email = format!("writer{number}@example.com");
        client
            .create_account(&NewAccount {
                email: email.parse().unwrap(),
                password: PASSWORD.into(),
                name: None,
                invitation: None,
            })
            .await?;
        Self::sign_in(client, email, PASSWORD).await
    }

    /// Signs in to an account that there is.
    pub async fn sign_in(client: &Client, email: String, password: &str) -> Result<Self, Error> {
        let body = SignIn {
            email: email.clone(),
            password: password.into(),
            transport: Transport::Bearer,
        };
        let token = client.sign_in(&body).await?.token.unwrap();
        Ok(Self { email, token })
    }
}

/// One who writes, and what they have so far.
#[derive(Debug)]
pub struct Writer {
    number: usize,
    people: Arc<Vec<Somebody>>,
    random: StdRng,
    written: usize,
    team: Option<Team>,
    project: Option<Project>,
}

#[derive(Debug)]
struct Team {
    id: TeamId,
    projects: usize,
    tokens: usize,
    invited: usize,
    /// The secret of an invitation that nobody has used yet, and whose it is.
    invitation: Option<(usize, String)>,
}

#[derive(Debug)]
struct Project {
    id: ProjectId,
    things: usize,
}

/// What an acknowledgement says.
struct Made {
    id: String,
    secret: Option<String>,
}

impl Writer {
    /// The one of that number among the people.
    pub fn new(number: usize, people: Arc<Vec<Somebody>>, random: StdRng) -> Self {
        Self { number, people, random, written: 0, team: None, project: None }
    }

    /// Writes until `killed`. A refusal before that is an error.
    pub async fn run(
        &mut self,
        client: Client,
        ledger: &Ledger,
        killed: &AtomicBool,
    ) -> Result<(), String> {
        while !killed.load(Ordering::SeqCst) {
            let write = self.choose();
            let number = ledger.attempt(&write);
            match self.make(&client, &write).await {
                Ok(made) => {
                    let secret = made.secret.as_ref().filter(|_| write.kind == Kind::Token);
                    let known =
                        secret.map_or(made.id.clone(), |secret| format!("{} {secret}", made.id));
                    ledger.acknowledge(number, known);
                    self.remember(&write, made);
                }
                Err(_) if killed.load(Ordering::SeqCst) => return Ok(()),
                Err(error) => return Err(format!("{write:?} was refused: {error}")),
            }
        }
        Ok(())
    }

    fn choose(&mut self) -> Write {
        self.written += 1;
        let name = format!("w{}-{}", self.number, self.written);
        let write = |kind, within: String, name, value: String| Write {
            by: self.number,
            kind,
            within,
            name,
            value,
        };
        let Some(team) = self.team.as_ref().filter(|t| t.projects <= PROJECTS_OF_A_TEAM) else {
            return write(Kind::Team, String::new(), name, "owner".into());
        };
        let within = team.id.to_string();
        let Some(project) = self.project.as_ref().filter(|p| p.things < THINGS_OF_A_PROJECT) else {
            let value = format!("Project {name}");
            return write(Kind::Project, within, name, value);
        };
        let inside = project.id.to_string();
        let next = (self.number + team.invited + 1) % self.people.len();
        match self.random.random_range(0..10) {
            0 | 1 if let Some((user, _)) = &team.invitation => {
                write(Kind::Member, within, self.people[*user].email.clone(), "developer".into())
            }
            0 | 1 if team.invitation.is_none() && team.invited + 1 < self.people.len() => {
                let email = self.people[next].email.clone();
                write(Kind::Invitation, within, email, "developer".into())
            }
            2 if team.tokens < TOKENS_OF_A_TEAM => write(Kind::Token, within, name, String::new()),
            3 | 4 => write(Kind::Domain, inside, format!("{name}.example.net"), "pending".into()),
            5 | 6 => {
                let value = format!("GET /{name}\n\"{name}: {}\"", self.random.random::<u64>());
                write(Kind::Function, inside, name, value)
            }
            // The same one again and again: only the last value counts.
            7 => write(Kind::Variable, inside, "COUNTER".into(), self.written.to_string()),
            _ => {
                let value = format!("{:x}", self.random.random::<u128>());
                write(Kind::Variable, inside, name.to_uppercase().replace('-', "_"), value)
            }
        }
    }

    async fn make(&self, client: &Client, write: &Write) -> Result<Made, Error> {
        let mine = client.clone().with_token(&self.people[self.number].token);
        let (name, value) = (&write.name, &write.value);
        let project = || write.within.parse().unwrap();
        let team = || -> TeamId { write.within.parse().unwrap() };
        let only = |id: String| Made { id, secret: None };
        Ok(match write.kind {
            Kind::Team => {
                let made = mine.create_team(&CreateTeam { name: name.parse().unwrap() }).await?;
                only(made.id.to_string())
            }
            Kind::Project => {
                let body = CreateProject {
                    team_id: Some(team()),
                    name: value.parse().unwrap(),
                    slug: Some(name.parse().unwrap()),
                };
                only(mine.create_project(&body).await?.id.to_string())
            }
            Kind::Variable => {
                let body = SetVariable { value: value.clone(), secret: None, category: None };
                let key = name.parse().unwrap();
                mine.set_variable(&project(), "production", &key, &body).await?;
                only(String::new())
            }
            Kind::Function => {
                let (route, source) = value.split_once('\n').unwrap();
                let RoutePattern { method, path, host: _ } = route.parse().unwrap();
                let route = NewRoute { method, host: None, path };
                let body = DeployFunction { source: source.into(), routes: Some(vec![route]) };
                let made = mine.deploy_function(&project(), &name.parse().unwrap(), &body).await?;
                only(made.id.to_string())
            }
            Kind::Domain => {
                let body = ClaimDomain { host: name.parse().unwrap() };
                only(mine.claim_domain(&project(), &body).await?.id.to_string())
            }
            Kind::Token => {
                let body = CreateToken {
                    name: name.parse().unwrap(),
                    role: None,
                    scopes: None,
                    project_id: None,
                    days: None,
                };
                let made = mine.create_token(team(), &body).await?;
                Made { id: made.token.id.to_string(), secret: Some(made.secret) }
            }
            Kind::Invitation => {
                let email = Some(name.parse().unwrap());
                let made = mine.invite(team(), &Invite { email, role: Role::Developer }).await?;
                let secret = made.link.split_once('#').map(|(_, secret)| secret.to_owned());
                Made { id: made.invitation.id.to_string(), secret }
            }
            Kind::Member => {
                let (user, secret) = self.team.as_ref().unwrap().invitation.clone().unwrap();
                let theirs = client.clone().with_token(&self.people[user].token);
                theirs.accept_invitation(&InvitationSecret { secret }).await?;
                only(String::new())
            }
        })
    }

    fn remember(&mut self, write: &Write, made: Made) {
        match write.kind {
            Kind::Team => {
                let id = made.id.parse().unwrap();
                self.team = Some(Team { id, projects: 0, tokens: 0, invited: 0, invitation: None });
                self.project = None;
            }
            Kind::Project => {
                self.project = Some(Project { id: made.id.parse().unwrap(), things: 0 });
                self.team.iter_mut().for_each(|team| team.projects += 1);
            }
            Kind::Variable | Kind::Function | Kind::Domain => {
                self.project.iter_mut().for_each(|project| project.things += 1);
            }
            Kind::Token => self.team.iter_mut().for_each(|team| team.tokens += 1),
            Kind::Invitation => {
                if let Some(team) = &mut self.team {
                    let user = (self.number + team.invited + 1) % self.people.len();
                    team.invitation = Some((user, made.secret.unwrap()));
                    team.invited += 1;
                }
            }
            Kind::Member => self.team.iter_mut().for_each(|team| team.invitation = None),
        }
    }

    /// Forgets what a kill may have left undone: it is not tried again.
    pub fn begin_anew(&mut self) {
        if let Some(team) = &mut self.team
            && team.invitation.take().is_none()
        {
            // The invitation itself may be what was lost.
            team.invited += 1;
        }
    }
}
