//! A watchdog.

use core_service::Watchdog;
use core_types::CsError;

/// A `/dev/watchdog` that remembers what was done to it.
#[derive(Debug, Default)]
pub struct FakeWatchdog {
    /// Whether it is open.
    pub open: bool,
    /// Its time-out, in seconds.
    pub seconds: u32,
    /// The longest time-out that it can be set to, in seconds.
    pub max: u32,
    /// How often it was kept alive.
    pub kept: u32,
}

impl Watchdog for FakeWatchdog {
    fn open(&mut self, device: &str) -> Result<String, CsError> {
        if device != "/dev/watchdog" {
            return Err(CsError::NotExist);
        }
        (self.open, self.seconds) = (true, 60);
        Ok("Dog".into())
    }
    fn is_open(&self) -> bool {
        self.open
    }
    fn timeout(&self) -> u32 {
        self.seconds
    }
    fn set_timeout(&mut self, seconds: u32) {
        self.seconds = seconds.min(self.max);
    }
    fn enable(&mut self) {}
    fn keep_alive(&mut self) {
        self.kept += 1;
    }
    fn close(&mut self) -> Result<(), CsError> {
        self.open = false;
        Ok(())
    }
}
