//! Who may what: one table, from which documentation, `allowed_actions` and the doors test come.

use serde::{Deserialize, Serialize};

/// A member's role in a team or project. Later ones may all that earlier ones may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees that things are there and how they are.
    Viewer,
    /// Works on projects.
    Developer,
    /// Decides about domains, members, tokens and deletion.
    Admin,
    /// Answers for the team.
    Owner,
}

impl Role {
    /// All roles, least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Developer, Self::Admin, Self::Owner];

    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Developer => "developer",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The role of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// What an API token may be used for, besides what its maker's role allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Scope {
    /// Look at everything the role may see.
    #[serde(rename = "read")]
    Read,
    /// Change projects and what is in them.
    #[serde(rename = "write")]
    Write,
    /// Members, tokens, domains, deletion.
    #[serde(rename = "admin")]
    Admin,
    /// Push to a project's git repository.
    #[serde(rename = "source:write")]
    SourceWrite,
    /// What an operator may, for tokens that an operator makes for it.
    #[serde(rename = "installation")]
    Installation,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 5] =
        [Self::Read, Self::Write, Self::Admin, Self::SourceWrite, Self::Installation];

    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::SourceWrite => "source:write",
            Self::Installation => "installation",
        }
    }

    /// The scope of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// Who holds a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// Members with at least this role.
    Member(Role),
    /// The operator of the installation, whatever their roles in teams.
    Operator,
}

/// Declares the permissions and their table together, so that neither can miss a line.
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $wire:tt, $holder:expr, $scope:expr;)*) => {
        /// One thing that may be done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        pub enum Permission { $($(#[$doc])* #[serde(rename = $wire)] $name,)* }

        impl Permission {
            /// Every permission, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name on the wire, in `allowed_actions`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire),* }
            }

            /// Who holds it.
            pub const fn holder(self) -> Holder {
                match self { $(Self::$name => $holder),* }
            }

            /// The scope a token needs for it.
            pub const fn scope(self) -> Scope {
                match self { $(Self::$name => $scope),* }
            }
        }
    };
}

use Holder::{Member, Operator};
use Role::{Admin, Developer, Owner, Viewer};

permissions! {
    /// See the team, its members and its limits.
    TeamRead = "team.read", Member(Viewer), Scope::Read;
    /// Rename the team.
    TeamUpdate = "team.update", Member(Admin), Scope::Admin;
    /// Delete the team with all its projects.
    TeamDelete = "team.delete", Member(Owner), Scope::Admin;
    /// Hand the team to another owner.
    TeamTransfer = "team.transfer", Member(Owner), Scope::Admin;
    /// Invite, change and remove members.
    MembersManage = "members.manage", Member(Admin), Scope::Admin;
    /// Make and revoke one's own tokens.
    TokensOwn = "tokens.own", Member(Viewer), Scope::Admin;
    /// See and revoke other members' tokens.
    TokensManage = "tokens.manage", Member(Admin), Scope::Admin;
    /// Read the team's audit log.
    AuditRead = "audit.read", Member(Admin), Scope::Read;
    /// See projects, counts and what happens in them.
    ProjectRead = "project.read", Member(Viewer), Scope::Read;
    /// Make a project.
    ProjectCreate = "project.create", Member(Developer), Scope::Write;
    /// Rename a project or change its settings.
    ProjectUpdate = "project.update", Member(Developer), Scope::Write;
    /// Delete a project, restore it, take over its old address.
    ProjectDelete = "project.delete", Member(Admin), Scope::Admin;
    /// Read the names of variables and the values of those that are not secret.
    VariablesRead = "variables.read", Member(Developer), Scope::Read;
    /// Set and unset variables and secrets; a secret's value is never shown again.
    VariablesWrite = "variables.write", Member(Developer), Scope::Write;
    /// Claim and release domains.
    DomainsManage = "domains.manage", Member(Admin), Scope::Admin;
    /// Read functions' sources.
    FunctionsRead = "functions.read", Member(Developer), Scope::Read;
    /// Deploy and delete functions and their routes.
    FunctionsWrite = "functions.write", Member(Developer), Scope::Write;
    /// Call functions by their ids, and try them.
    FunctionsCall = "functions.call", Member(Developer), Scope::Write;
    /// Read logs.
    LogsRead = "logs.read", Member(Developer), Scope::Read;
    /// See users, teams, health, limits, the queue and the installation's audit log.
    InstallationRead = "installation.read", Operator, Scope::Installation;
    /// Change users, limits and settings of the installation; enter a team for an hour.
    InstallationManage = "installation.manage", Operator, Scope::Installation;
}

impl Role {
    /// Whether members of this role hold the permission.
    pub fn may(self, permission: Permission) -> bool {
        match permission.holder() {
            Holder::Member(least) => self >= least,
            Holder::Operator => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_decision_17() {
        let may = |role: Role| Permission::ALL.iter().filter(|p| role.may(**p)).count();
        // Written out, so that a change to the table is a change to this line.
        assert_eq!(Role::ALL.map(may), [3, 11, 17, 19]);
        assert!(!Role::Viewer.may(Permission::LogsRead));
        assert!(!Role::Developer.may(Permission::DomainsManage));
        assert!(!Role::Admin.may(Permission::TeamDelete));
        assert!(!Role::Owner.may(Permission::InstallationRead));
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = Permission::ALL.iter().map(|p| p.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Permission::ALL.len());
    }
}
