//! The `convt-matrix` command.

fn main() {}
