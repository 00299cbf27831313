//! The executor: resources, operations on them that run once or again and again, their results, and who is told.
//!
//! Counterparts (2.1.5): `daemons/execd/execd_commands.c` and of `lib/services` what has its turn when (`services.c`), in one
//! [`Executor`] that takes requests, ends of processes and the clock, and gives [`Action`]s: replies, notifications, agents
//! to start and to kill, lines for the log. What is run for an operation, and what came of it, is `core_agents`'.
//!
//! - One operation of a resource runs at a time, in the order in which they were asked for; a recurring one waits for
//!   its next turn outside of that order.
//! - Every operation that was accepted is told of when it ends; a recurring one each time, until it is cancelled.
//! - An agent that doesn't end in its time is killed with its process group.
//!
//! - Fence devices have no processes here: the fencer is asked to know, forget and look after them.
//! - Units have none either: systemd is asked, and asked again until what it began is done.
//!
//! Left to others: connections, processes, files, the fencer. Not there: systemd, clients of a remote node.
#![forbid(unsafe_code)]

mod fencer;
mod machine;
mod messages;
mod watchdog;

pub use fencer::{FENCER, answer_in, hello, token};
pub use machine::{
    Action, Ending, Executor, FenceAnswer, FenceRequest, Now, OperationId, StartError, UnitQuestion, Who,
};
pub use messages::without_output;
pub use watchdog::watchdog;
