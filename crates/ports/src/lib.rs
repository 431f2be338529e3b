//! What the inside of Croft needs from outside, as traits, with a fake or the obvious real one
//! beside each.
//!
//! A port here has two implementations or a test double; a thing with one implementation is a
//! type, not a port. Modules are listed lowest first.

pub mod clock;
pub mod entropy;
pub mod function_invoker;
pub mod route_source;
pub mod invocation_log;

pub use clock::Clock;
pub use entropy::Entropy;
