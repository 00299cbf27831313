//! A supervised process in the map: `resources.process.PID.*`, which the daemon's watchdog service looks at.

use crate::state::Recovery;
use core_types::CsError;
use std::ffi::c_int;
use std::time::{SystemTime, UNIX_EPOCH};
use sys_client::cmap::Cmap;

/// `CMAP_VALUETYPE_UINT64`.
const UINT64: u8 = 8;
/// `CMAP_VALUETYPE_STRING`.
const STRING: u8 = 11;

/// What a process is shown as.
pub(crate) enum Shown {
    Stopped,
    Running,
    WaitingForQuorum,
    Failed,
}

/// This process' keys.
pub(crate) struct Keys {
    cmap: Cmap<()>,
    prefix: String,
}

impl Keys {
    /// Registers this process, the parent. No key is left when that fails.
    pub(crate) fn register(recovery: Recovery, interval: c_int) -> Result<Keys, CsError> {
        let keys = Keys { cmap: Cmap::connect()?, prefix: format!("resources.process.{}.", std::process::id()) };
        let recovery = match recovery {
            Recovery::Quit => "quit",
            Recovery::Restart => "restart",
        };
        let set = keys.set("recovery", STRING, recovery.as_bytes());
        // a negative interval is a huge one there, as C converts it
        set.and_then(|()| keys.set("poll_period", UINT64, &(interval as u64).to_ne_bytes()))
            .inspect_err(|_| keys.remove())?;
        Ok(keys)
    }

    fn set(&self, name: &str, kind: u8, value: &[u8]) -> Result<(), CsError> {
        self.cmap.set(format!("{}{name}", self.prefix).as_bytes(), kind, value)
    }

    /// Shows a state.
    pub(crate) fn show(&self, state: Shown) -> Result<(), CsError> {
        let text = match state {
            Shown::Stopped => "stopped",
            Shown::Running => "running",
            Shown::WaitingForQuorum => "waiting for quorum",
            Shown::Failed => "failed",
        };
        self.set("state", STRING, text.as_bytes())
    }

    /// Notes that the child was heard of now.
    pub(crate) fn heard(&self) -> Result<(), CsError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
        self.set("last_updated", UINT64, &now.to_ne_bytes())
    }

    /// Removes all keys, as far as possible.
    pub(crate) fn remove(&self) {
        let Ok(iteration) = self.cmap.iter_init(Some(self.prefix.as_bytes())) else { return };
        while let Ok(entry) = self.cmap.iter_next(iteration) {
            let _gone_already = self.cmap.delete(&entry.key);
        }
        let _over = self.cmap.iter_finalize(iteration);
    }
}
