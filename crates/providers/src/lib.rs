//! Where things run, and the outside services that Croft itself needs.
//!
//! A provider knows nothing of another, of HTTP or of rows. Modules are listed lowest first.

pub mod postgres;
