//! Build, stage, install, demo, check.
fn main() {}
