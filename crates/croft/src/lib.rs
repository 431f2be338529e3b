//! The Croft binary: settings, composition root, server roles and the command line.
//!
//! Modules are listed lowest first.

pub mod settings;
