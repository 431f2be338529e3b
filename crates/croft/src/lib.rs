//! The Croft binary: settings, composition root, server roles and the command line.
//!
//! Modules are listed lowest first.

pub mod settings;
mod escape;
mod failure;
mod output;
mod input;
mod credentials;
mod link;
mod context;
mod handover;
pub mod serve;
pub mod admin;
mod commands;
mod reference;
mod rules;
mod cli;

pub use cli::run;
