//! What the services mon and wd need of the machine. A host that can tell nothing of its machine says nothing.

use core_types::CsError;

/// The hardware watchdog: the machine restarts unless it is kept alive.
pub trait Watchdog {
    /// Opens the device and gives its name for itself. `NotExist` when there is none that may be written,
    /// `Access` when it can't be opened.
    fn open(&mut self, device: &str) -> Result<String, CsError>;
    /// Whether it is open.
    fn is_open(&self) -> bool;
    /// Its time-out, in seconds; 0 when it isn't open or doesn't say.
    fn timeout(&self) -> u32;
    /// Asks for a time-out in seconds, where the device can be asked; [`Watchdog::timeout`] tells what came of it.
    fn set_timeout(&mut self, seconds: u32);
    /// Switches the device on.
    fn enable(&mut self);
    /// Puts the restart off by one time-out.
    fn keep_alive(&mut self);
    /// Tells the device that its end is meant (the magic close), and closes it.
    fn close(&mut self) -> Result<(), CsError>;
}

/// The machine, as far as it is watched and watches.
pub trait Machine {
    /// How much of memory and swap is in use, in percent; `None` when that can't be told.
    fn memory_used(&self) -> Option<u32> {
        None
    }
    /// The load average of the last 15 minutes; `None` when that can't be told.
    fn load_15min(&self) -> Option<f64> {
        None
    }
    /// The hardware watchdog, where the host can drive one.
    fn watchdog(&mut self) -> Option<&mut dyn Watchdog> {
        None
    }
}
