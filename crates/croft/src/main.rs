//! Croft: the server and its client in one binary.

use std::process::ExitCode;

use croft::settings::Env;
use croft_functions::CountingAllocator;

// Counting costs two thread-local additions a call, and only executors look at the sum.
#[global_allocator]
static ALLOCATOR: CountingAllocator<mimalloc::MiMalloc> =
    CountingAllocator::new(mimalloc::MiMalloc);

fn main() -> ExitCode {
    // The one place where the environment is read. What is not UTF-8 is still seen, and refused.
    let variables = std::env::vars_os()
        .map(|(k, v)| (k.to_string_lossy().into_owned(), v.to_string_lossy().into_owned()));
    let args: Vec<_> = std::env::args_os().collect();
    let folder = std::env::current_dir().unwrap_or_default();
    croft::run(&args, Env::new(variables), folder)
}
