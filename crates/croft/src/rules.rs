//! The page `docs/reference/permissions.md`, made from the tables that hold.

use std::fmt::Write as _;

use croft_model::{
    limits::Limits,
    permissions::{Holder, Permission, Role},
};

const HEAD: &str = "# Who may what, and how much

Made from the program itself by `croft reference permissions`. The table is
`crates/model/src/permissions.rs`; `allowed_actions` in answers and the doors test come from it too.

A role may all that the roles before it may. A member may have a higher role in a single project. The
operator runs the installation and sees names, sizes and states, not contents: in a team they may
nothing unless they are a member, or enter it for an hour, which the team's audit log shows. A token
may what its scope says, at most what its role says, and never more than its maker may when it is
used; a token for one project reaches nothing beside that project.

| permission | viewer | developer | admin | owner | operator | a token's scope |
|---|---|---|---|---|---|---|
";

/// The page.
pub(crate) fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for permission in Permission::ALL {
        let mark = |has: bool| if has { "x" } else { "" };
        let roles = Role::ALL.map(|role| mark(role.may(*permission))).join(" | ");
        let operator = mark(permission.holder() == Holder::Operator);
        let scope = permission.scope().as_str();
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| `{}` | {roles} | {operator} | `{scope}` |", permission.as_str());
    }
    page.push_str(
        "\n## Limits of the default plan\n\nThe operator changes them for a team with \
         `croft admin limits`. Times are milliseconds, sizes bytes.\n\n| limit | default |\n|---|---|\n",
    );
    let limits = Limits::default();
    for name in Limits::NAMES {
        let _ = writeln!(page, "| `{name}` | {} |", limits.get(name).unwrap_or(0));
    }
    page
}
