//! An executor process by itself, as the tests of the pool start it. In production it is
//! `croft executor`, the same entry in the one binary.

use croft_functions::{CountingAllocator, run_executor};

#[global_allocator]
static ALLOCATOR: CountingAllocator<std::alloc::System> =
    CountingAllocator::new(std::alloc::System);

fn main() {
    run_executor()
}
