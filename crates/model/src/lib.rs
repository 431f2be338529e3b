//! The pure domain of Croft: what things are called, what may be, and what follows.
//!
//! No I/O, no async, no clock, no chance: times and random bytes come in as arguments, so every
//! rule here is a table in a test. Types that look the same inside and on the wire derive serde
//! and are written once, here.
//!
//! Modules are listed lowest first; a module uses only those above it (`cargo xtask arch`).

pub mod invalid;
pub mod id;
pub mod name;
pub mod host;
pub mod user;
pub mod permissions;
pub mod limits;
pub mod access;
pub mod project;
pub mod variable;
pub mod token;
pub mod function;
pub mod domain;
pub mod route;
pub mod event;
pub mod audit;
pub mod due;

pub use id::Id;
pub use invalid::Invalid;
