//! The commands, a file for each noun. They know the client and this machine's user, never the
//! server's inside.

mod columns;
pub(crate) mod find;
mod follow;
pub(crate) mod settings;
pub(crate) mod project;
pub(crate) mod env;
pub(crate) mod team;
pub(crate) mod invite;
pub(crate) mod session;
pub(crate) mod token;
pub(crate) mod domain;
pub(crate) mod calls;
mod call;
pub(crate) mod function;
pub(crate) mod route;
pub(crate) mod events;
pub(crate) mod admin;
