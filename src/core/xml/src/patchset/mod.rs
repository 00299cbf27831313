//! Patchsets: what changed between two versions of a CIB, as sent to all hosts and to whoever asked to be notified.
//!
//! Counterpart: `lib/common/patchset.c` (2.1.5). A patchset is itself a document, `<diff format="2">`; CIBs of feature
//! sets before 3.0.9 have those of format 1 ([`v1`]).

mod apply;
mod create;
mod v1;

pub use create::Patchset;
pub use v1::{MARKER as DIFFERENCE_MARKER, names_configuration};

use crate::document::{Document, NodeId};
use std::fmt;

/// What tells two versions of a CIB apart, in this order of weight. Absent ones are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Raised by administrators only.
    pub admin_epoch: i32,
    /// Raised with each change of the configuration.
    pub epoch: i32,
    /// Raised with each change of the status; starts again when `epoch` rises.
    pub num_updates: i32,
}

/// The attributes that hold a [`Version`].
const FIELDS: [&str; 3] = ["admin_epoch", "epoch", "num_updates"];

impl Version {
    /// The version that an element names (`<cib>`, or `<source>` and `<target>` of a patchset), with `default` where it
    /// names none. One that is no number is -1.
    #[must_use]
    pub fn of(document: &Document, node: NodeId, default: Version) -> Version {
        Version {
            admin_epoch: document.integer(node, FIELDS[0]).unwrap_or(default.admin_epoch),
            epoch: document.integer(node, FIELDS[1]).unwrap_or(default.epoch),
            num_updates: document.integer(node, FIELDS[2]).unwrap_or(default.num_updates),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.admin_epoch, self.epoch, self.num_updates)
    }
}

/// Why a patchset was not applied. Some of it may have been, then: the caller takes it back ([`Document::revert`]).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// It starts from a version that is newer than ours (`pcmk_rc_diff_resync`).
    #[error("it starts from {source_version}, newer than {ours}")]
    Newer {
        /// What it starts from.
        source_version: Version,
        /// What we have.
        ours: Version,
    },
    /// It starts from a version that we are past, or leads to none that is newer (`pcmk_rc_old_data`).
    #[error("it leads from {source_version} to {target}, and we have {ours}")]
    Older {
        /// What it starts from.
        source_version: Version,
        /// Where it leads.
        target: Version,
        /// What we have.
        ours: Version,
    },
    /// What it changes is not there, or it asks for something unknown (`pcmk_rc_diff_failed`).
    #[error("{0}")]
    Failed(String),
    /// A change of attributes doesn't say what they are then (`ENOMSG`).
    #[error("the change of {0} has no result")]
    NoResult(String),
    /// The outcome has another digest than it promises (`pcmk_rc_diff_failed`).
    #[error("the digest should be {expected}, and is {found}")]
    Digest {
        /// What it promises.
        expected: String,
        /// What came out.
        found: String,
    },
    /// A half of a format 1 patchset is about several trees (`ENOTUNIQ`).
    #[error("{0} has more than one tree")]
    Ambiguous(String),
    /// Its format is neither 1 nor 2 (`EINVAL`).
    #[error("its format is {0}, 1 and 2 are known")]
    Format(i32),
}

fn failed(reason: String) -> Result<(), PatchError> {
    Err(PatchError::Failed(reason))
}

/// A patchset's format; 1 where it doesn't say.
fn format(patchset: &Document) -> i32 {
    patchset.integer(patchset.root(), "format").unwrap_or(1)
}

/// The versions that a patchset leads from and to, 0 for what it doesn't say (`xml_patch_versions()`).
#[must_use]
pub fn patch_versions(patchset: &Document) -> (Version, Version) {
    versions(patchset, Version::default(), Version::default())
}

/// The versions that a patchset leads from and to; where it doesn't say, the defaults.
fn versions(patchset: &Document, from: Version, to: Version) -> (Version, Version) {
    let child = |node: Option<NodeId>, name: &str| patchset.child(node?, Some(name));
    let root = Some(patchset.root());
    let [source, target] = match format(patchset) {
        1 => ["diff-removed", "diff-added"].map(|half| {
            let half = child(root, half);
            child(half, "cib").or(half)
        }),
        2 => ["source", "target"].map(|side| child(child(root, "version"), side)),
        _ => [None, None],
    };
    let named = |node: Option<NodeId>, default| node.map_or(default, |node| Version::of(patchset, node, default));
    (named(source, from), named(target, to))
}
