//! What several tests need.

// files on a disk need none of it
#[allow(dead_code)]
pub(crate) mod cluster;

pub(crate) use testkit::library::{Folder, skipped};

/// Our library under the name that programs look for.
pub(crate) fn ours() -> Folder {
    testkit::library::built("cib", 27)
}
