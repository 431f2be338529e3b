//! Croft: the server and its client in one binary.

fn main() {}
