//! What the daemon asks of the operating system besides sockets: memory locking, scheduling, readiness, its
//! process, users, names, addresses, syslog. Safe faces only; no decisions.

mod crash;
mod lock_file;
mod names;
mod process;
mod ready;
mod schedule;
mod syslog;
mod time;

pub use crash::on_crash;
pub use lock_file::{LockError, LockFile};
pub use names::{Family, InterfaceAddress, group_id, interface_addresses, local_addresses, name_of};
pub use names::{is_listed_in_group, node_name, resolve, user_id, user_ids, user_name};
pub use process::{become_user, descriptor_limit, detach, effective_user, keep_little_memory, process_name};
pub use process::{reboot, return_memory, uuid, write_pid_to};
pub use ready::notify_ready;
pub use schedule::{
    MemoryLockError, highest_rr_priority, lock_memory, move_to_root_cgroup, round_robin, set_group_priority,
};
pub use syslog::Syslog;
pub use time::{LocalTime, local_time};
