//! Whether somebody may do something: the pure half of authorization.

use time::OffsetDateTime;

use crate::{
    id::{ProjectId, SessionId, TeamId, TokenId, UserId},
    name::Name,
    permissions::{Holder, Permission, Role, Scope},
    user::Email,
};

/// Somebody who has proven who they are, with all that decides what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The person.
    pub user: UserId,
    /// Their e-mail.
    pub email: Email,
    /// Their name.
    pub name: Name,
    /// Whether they run the installation.
    pub operator: bool,
    /// How they have proven it.
    pub by: Proof,
    /// Their teams, the personal one first.
    pub teams: Vec<TeamRole>,
    /// Roles they have in single projects, besides.
    pub projects: Vec<ProjectRole>,
}

/// How a principal has proven who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A sign-in.
    Session {
        /// Which.
        id: SessionId,
        /// Until when it is good.
        expires_at: OffsetDateTime,
    },
    /// An API token, which may do less than its maker.
    Token {
        /// Which.
        id: TokenId,
        /// The team it is for.
        team: TeamId,
        /// The most it may do.
        role: Role,
        /// The kinds of things it may do.
        scopes: Vec<Scope>,
        /// The only project it is good for.
        project: Option<ProjectId>,
        /// Until when it is good.
        expires_at: Option<OffsetDateTime>,
    },
}

/// A role in a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRole {
    /// The team.
    pub team: TeamId,
    /// Its name.
    pub name: Name,
    /// The role.
    pub role: Role,
    /// Whether it is the principal's personal team.
    pub personal: bool,
    /// Until when, for an operator who entered it.
    pub until: Option<OffsetDateTime>,
}

/// A role in one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRole {
    /// The project's team.
    pub team: TeamId,
    /// The project.
    pub project: ProjectId,
    /// The role.
    pub role: Role,
}

/// Where something is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the installation.
    Installation,
    /// In a team.
    Team(TeamId),
    /// In a project of a team.
    Project(TeamId, ProjectId),
}

/// What would outlast an operator's hour in a team.
const LASTING: [Permission; 3] =
    [Permission::MembersManage, Permission::TokensOwn, Permission::TokensManage];

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The place does not exist for this principal.
    #[error("there is no such thing for you")]
    Unseen,
    /// Another role is needed.
    #[error("this needs the role {} or higher", .0.as_str())]
    Role(Role),
    /// Only an operator may.
    #[error("this needs an operator of the installation")]
    Operator,
    /// A guest of an hour may not.
    #[error("an operator who entered a team may not change who is in it")]
    Entered,
    /// The token is not for such things.
    #[error("this needs a token with the scope {}", .0.as_str())]
    Scope(Scope),
}

impl Principal {
    /// The teams whose rows this principal can see at all.
    pub fn visible_teams(&self) -> Vec<TeamId> {
        match &self.by {
            Proof::Token { team, .. } => {
                self.teams.iter().map(|t| t.team).filter(|id| id == team).collect()
            }
            Proof::Session { .. } => self.teams.iter().map(|t| t.team).collect(),
        }
    }

    /// The only project whose things this principal can see, when a token says so.
    pub fn only_project(&self) -> Option<ProjectId> {
        match &self.by {
            Proof::Token { project, .. } => *project,
            Proof::Session { .. } => None,
        }
    }

    /// The session, when it is one and not a token.
    pub fn session(&self) -> Option<SessionId> {
        match self.by {
            Proof::Session { id, .. } => Some(id),
            Proof::Token { .. } => None,
        }
    }

    /// The personal team.
    pub fn personal_team(&self) -> Option<TeamId> {
        self.teams.iter().find(|t| t.personal).map(|t| t.team)
    }

    /// The role at a place, a token's cap applied. `None`: the place is unseen.
    pub fn role(&self, place: Place) -> Option<Role> {
        let (team, project) = match place {
            Place::Installation => return None,
            Place::Team(team) => (team, None),
            Place::Project(team, project) => (team, Some(project)),
        };
        let in_team = self.teams.iter().find(|t| t.team == team)?.role;
        let in_project =
            self.projects.iter().find(|p| Some(p.project) == project).map_or(in_team, |p| p.role);
        let own = in_team.max(in_project);
        match &self.by {
            Proof::Session { .. } => Some(own),
            Proof::Token { team: its, role, project: only, .. } => {
                let outside =
                    *its != team || (only.is_some() && project.is_some() && *only != project);
                (!outside).then_some(own.min(*role))
            }
        }
    }

    /// Whether the principal may do this here.
    pub fn may(&self, permission: Permission, place: Place) -> Result<(), Refused> {
        match permission.holder() {
            Holder::Operator => {
                if !self.operator {
                    return Err(Refused::Operator);
                }
            }
            Holder::Member(least) => {
                let role = self.role(place).ok_or(Refused::Unseen)?;
                if role < least {
                    return Err(Refused::Role(least));
                }
                if self.entered(place) && LASTING.contains(&permission) {
                    return Err(Refused::Entered);
                }
            }
        }
        match &self.by {
            Proof::Session { .. } => Ok(()),
            Proof::Token { scopes, .. } if scopes.contains(&permission.scope()) => {
                self.within_project(place)
            }
            Proof::Token { .. } => Err(Refused::Scope(permission.scope())),
        }
    }

    /// Whether the principal is at this place only for an hour.
    fn entered(&self, place: Place) -> bool {
        let (Place::Team(team) | Place::Project(team, _)) = place else { return false };
        self.teams.iter().any(|t| t.team == team && t.until.is_some())
    }

    /// A token for one project does nothing to its team or to the installation but look.
    fn within_project(&self, place: Place) -> Result<(), Refused> {
        match (self.only_project(), place) {
            (None, _) | (Some(_), Place::Project(..)) => Ok(()),
            (Some(_), Place::Team(_) | Place::Installation) => Err(Refused::Unseen),
        }
    }

    /// All that may be done here, in the order of the table.
    pub fn allowed_actions(&self, place: Place) -> Vec<Permission> {
        Permission::ALL.iter().copied().filter(|p| self.may(*p, place).is_ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const TEAM: TeamId = TeamId::from_uuid(Uuid::from_u128(1));
    const OTHER: TeamId = TeamId::from_uuid(Uuid::from_u128(2));
    const PROJECT: ProjectId = ProjectId::from_uuid(Uuid::from_u128(3));
    const SIBLING: ProjectId = ProjectId::from_uuid(Uuid::from_u128(4));

    fn principal(role: Role) -> Principal {
        Principal {
            user: UserId::from_uuid(Uuid::nil()),
            email: "a@b.cd".parse().unwrap(),
            name: "A".parse().unwrap(),
            operator: false,
            by: Proof::Session {
                id: SessionId::from_uuid(Uuid::nil()),
                expires_at: OffsetDateTime::UNIX_EPOCH,
            },
            teams: vec![TeamRole {
                team: TEAM,
                name: "T".parse().unwrap(),
                role,
                personal: true,
                until: None,
            }],
            projects: vec![],
        }
    }

    fn with_token(role: Role, cap: Role, scopes: &[Scope], only: Option<ProjectId>) -> Principal {
        let by = Proof::Token {
            id: TokenId::from_uuid(Uuid::nil()),
            team: TEAM,
            role: cap,
            scopes: scopes.to_vec(),
            project: only,
            expires_at: None,
        };
        Principal { by, ..principal(role) }
    }

    #[test]
    fn another_team_is_unseen_whatever_the_role() {
        let owner = principal(Role::Owner);
        assert_eq!(owner.may(Permission::TeamRead, Place::Team(OTHER)), Err(Refused::Unseen));
        assert_eq!(
            owner.may(Permission::ProjectRead, Place::Project(OTHER, PROJECT)),
            Err(Refused::Unseen)
        );
    }

    #[test]
    fn a_project_role_raises_only_there() {
        let mut viewer = principal(Role::Viewer);
        viewer.projects.push(ProjectRole { team: TEAM, project: PROJECT, role: Role::Admin });
        let may = |p| viewer.may(Permission::DomainsManage, Place::Project(TEAM, p));
        assert_eq!(may(PROJECT), Ok(()));
        assert_eq!(may(SIBLING), Err(Refused::Role(Role::Admin)));
    }

    #[test]
    fn a_token_never_does_more_than_its_maker_nor_than_it_says() {
        let all = Scope::ALL;
        let may = |p: &Principal, permission| p.may(permission, Place::Team(TEAM));
        let demoted = with_token(Role::Viewer, Role::Owner, &all, None);
        assert_eq!(may(&demoted, Permission::ProjectCreate), Err(Refused::Role(Role::Developer)));
        let capped = with_token(Role::Owner, Role::Viewer, &all, None);
        assert_eq!(may(&capped, Permission::ProjectCreate), Err(Refused::Role(Role::Developer)));
        let reader = with_token(Role::Owner, Role::Owner, &[Scope::Read], None);
        assert_eq!(may(&reader, Permission::ProjectCreate), Err(Refused::Scope(Scope::Write)));
    }

    #[test]
    fn a_project_token_reaches_neither_siblings_nor_the_team() {
        let token = with_token(Role::Owner, Role::Owner, &Scope::ALL, Some(PROJECT));
        let read = |place| token.may(Permission::ProjectRead, place);
        assert_eq!(read(Place::Project(TEAM, PROJECT)), Ok(()));
        assert_eq!(read(Place::Project(TEAM, SIBLING)), Err(Refused::Unseen));
        assert_eq!(read(Place::Team(TEAM)), Err(Refused::Unseen));
    }

    #[test]
    fn a_token_is_the_operators_only_when_it_says_so() {
        let all_but: Vec<Scope> =
            Scope::ALL.into_iter().filter(|s| *s != Scope::Installation).collect();
        let may = |scopes: &[Scope]| {
            let token = with_token(Role::Owner, Role::Viewer, scopes, None);
            Principal { operator: true, ..token }
                .may(Permission::InstallationManage, Place::Installation)
        };
        assert_eq!(may(&all_but), Err(Refused::Scope(Scope::Installation)));
        assert_eq!(may(&[Scope::Installation]), Ok(()));
    }

    #[test]
    fn who_entered_for_an_hour_leaves_nothing_that_lasts() {
        let mut guest = principal(Role::Admin);
        guest.teams[0].until = Some(OffsetDateTime::UNIX_EPOCH);
        for permission in LASTING {
            assert_eq!(guest.may(permission, Place::Team(TEAM)), Err(Refused::Entered));
        }
        assert_eq!(guest.may(Permission::VariablesRead, Place::Project(TEAM, PROJECT)), Ok(()));
    }

    #[test]
    fn an_operator_is_nobody_inside_a_team() {
        let operator = Principal { operator: true, ..principal(Role::Viewer) };
        assert_eq!(operator.may(Permission::InstallationManage, Place::Installation), Ok(()));
        assert_eq!(
            operator.may(Permission::VariablesRead, Place::Project(OTHER, PROJECT)),
            Err(Refused::Unseen)
        );
        assert_eq!(
            principal(Role::Owner).may(Permission::InstallationRead, Place::Installation),
            Err(Refused::Operator)
        );
    }
}
