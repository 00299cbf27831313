//! What can be asked of a CIB, and how (`crm/cib/internal.h`, `crm/cib/cib_types.h`).

use bitflags::bitflags;

bitflags! {
    /// `enum cib_call_options`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct CallOptions: u32 {
        /// Say on standard error what is wrong, not in the log.
        const VERBOSE = 0x1;
        /// The section is an XPath.
        const XPATH = 0x2;
        /// All that the XPath finds is meant, not only the first.
        const MULTIPLE = 0x4;
        /// What a modification doesn't find is created.
        const CAN_CREATE = 0x8;
        /// The caller wants no reply.
        const DISCARD_REPLY = 0x10;
        /// The element alone, without what is in it.
        const NO_CHILDREN = 0x20;
        /// The paths of what the XPath finds.
        const XPATH_ADDRESS = 0x40;
        /// What has an attribute `__delete__` after a modification is deleted.
        const MIXED_UPDATE = 0x80;
        /// By the host that is asked, for itself.
        const SCOPE_LOCAL = 0x100;
        /// Say what would come of it.
        const DRY_RUN = 0x200;
        /// The caller waits.
        const SYNC_CALL = 0x1000;
        /// Don't note who changed it and when.
        const NO_MTIME = 0x2000;
        /// Change in place: here, every change is.
        const ZERO_COPY = 0x4000;
        /// Tell nobody.
        const INHIBIT_NOTIFY = 0x1_0000;
        /// Without quorum, too.
        const QUORUM_OVERRIDE = 0x10_0000;
        /// Not to the other hosts.
        const INHIBIT_BROADCAST = 0x100_0000;
        /// Apply a patch whatever it starts from.
        const FORCE_DIFF = 0x1000_0000;
    }
}

/// A request's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Read a section.
    Query,
    /// Merge into what is there.
    Modify,
    /// Apply a patchset.
    ApplyPatch,
    /// Put something in the place of what is there.
    Replace,
    /// Add what isn't there yet.
    Create,
    /// Delete what matches.
    Delete,
    /// Send the CIB to all.
    SyncToAll,
    /// Raise the epoch.
    Bump,
    /// Empty the CIB.
    Erase,
    /// Nothing.
    Noop,
    /// Refused since long.
    AbsoluteDelete,
    /// To the newest schema.
    Upgrade,
    /// This host doesn't decide any more.
    Secondary,
    /// No host does.
    AllSecondary,
    /// Send the CIB to one host.
    SyncToOne,
    /// This host decides.
    Primary,
    /// Does this host decide?
    IsPrimary,
    /// A host wants to stop.
    Shutdown,
    /// Is the daemon there, and with which CIB?
    Ping,
}

/// An operation's name, whether it changes the CIB, and whether it needs the privileges of a writer.
const OPERATIONS: [(Operation, &str, bool, bool); 19] = [
    (Operation::Query, "cib_query", false, false),
    (Operation::Modify, "cib_modify", true, true),
    (Operation::ApplyPatch, "cib_apply_diff", true, true),
    (Operation::Replace, "cib_replace", true, true),
    (Operation::Create, "cib_create", true, true),
    (Operation::Delete, "cib_delete", true, true),
    (Operation::SyncToAll, "cib_sync", false, true),
    (Operation::Bump, "cib_bump", true, true),
    (Operation::Erase, "cib_erase", true, true),
    (Operation::Noop, "noop", false, false),
    (Operation::AbsoluteDelete, "cib_delete_alt", true, true),
    (Operation::Upgrade, "cib_upgrade", true, true),
    (Operation::Secondary, "cib_slave", false, true),
    (Operation::AllSecondary, "cib_slave_all", false, true),
    (Operation::SyncToOne, "cib_sync_one", false, true),
    (Operation::Primary, "cib_master", true, true),
    (Operation::IsPrimary, "cib_ismaster", false, true),
    (Operation::Shutdown, "cib_shutdown_req", false, true),
    (Operation::Ping, "ping", false, false),
];

impl Operation {
    /// The operation of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Operation> {
        OPERATIONS.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    fn row(self) -> &'static (Operation, &'static str, bool, bool) {
        OPERATIONS.iter().find(|row| row.0 == self).expect("every operation has a row")
    }

    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Whether it may change the CIB.
    #[must_use]
    pub fn modifies(self) -> bool {
        self.row().2
    }

    /// Whether only a privileged client may ask for it.
    #[must_use]
    pub fn is_privileged(self) -> bool {
        self.row().3
    }
}
