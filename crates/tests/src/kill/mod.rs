//! The kill test's parts: a load that notes down what it was promised, and a reader that holds Croft
//! to it.
//!
//! `ledger` is the file of what was attempted and acknowledged, `load` makes the writes, `reader`
//! reads through the API what is there, `tables` counts and looks as the superuser.

pub mod ledger;
pub mod load;
pub mod reader;
pub mod tables;
