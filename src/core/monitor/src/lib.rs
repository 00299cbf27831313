//! The services without clients: mon watches the machine's load, wd drives the hardware watchdog and acts on failed
//! resources, pload loads the ring.
//!
//! Counterparts: `exec/mon.c`, `exec/wd.c`, `exec/pload.c`, `exec/fsm.h` (3.1.7). How load is measured and how a
//! watchdog is spoken to is not known here: [`core_service::Host`] does both.
#![forbid(unsafe_code)]

mod mon;
mod pload;
mod state;
mod wd;

pub use mon::Mon;
pub use pload::Pload;
pub use wd::Wd;
