//! Functions: the engine that runs scripts, the confined process it runs in, and the pool that
//! holds those processes.
//!
//! Croft's own process never runs a script (decision record "functions run in processes of their
//! own"): [`ExecutorPool`] starts this same binary as `croft executor`, which calls
//! [`run_executor`], and speaks frames over a socket pair. Modules are listed lowest first.

pub mod alloc;
mod frame;
mod text;
mod kept;
mod meter;
mod fields;
mod context;
mod cookie;
mod answer;
mod capabilities;
mod natives;
mod compare;
mod engine;
mod confine;
mod outbox;
mod executor;
#[cfg(any(test, feature = "in-process"))]
pub mod in_process;
pub mod pool;

pub use alloc::CountingAllocator;
pub use executor::run_executor;
pub use pool::{ExecutorPool, PoolSettings};

#[cfg(test)]
#[global_allocator]
static ALLOCATOR: CountingAllocator<std::alloc::System> =
    CountingAllocator::new(std::alloc::System);
