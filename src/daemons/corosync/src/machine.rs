//! The hardware watchdog, as the services see it.

use core_service::Watchdog;
use core_types::CsError;
use std::io;

/// The watchdog, once a service opened it.
#[derive(Default)]
pub(crate) struct HardwareWatchdog(Option<sys_machine::Watchdog>);

impl Watchdog for HardwareWatchdog {
    fn open(&mut self, device: &str) -> Result<String, CsError> {
        let opened = sys_machine::Watchdog::open(device).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => CsError::NotExist,
            _ => CsError::Access,
        })?;
        let identity = opened.identity().unwrap_or_default();
        self.0 = Some(opened);
        Ok(identity)
    }

    fn is_open(&self) -> bool {
        self.0.is_some()
    }

    fn timeout(&self) -> u32 {
        self.0.as_ref().and_then(|device| device.timeout().ok()).unwrap_or(0)
    }

    fn set_timeout(&mut self, seconds: u32) {
        self.on_device(|device| device.set_timeout(seconds));
    }

    fn enable(&mut self) {
        self.on_device(sys_machine::Watchdog::enable);
    }

    fn keep_alive(&mut self) {
        self.on_device(sys_machine::Watchdog::keep_alive);
    }

    fn close(&mut self) -> Result<(), CsError> {
        self.0.take().map_or(Ok(()), |device| device.close().map_err(|_| CsError::FailedOperation))
    }
}

impl HardwareWatchdog {
    /// Devices differ in what they can be asked; one that refuses goes on as it is.
    fn on_device(&self, ask: impl FnOnce(&sys_machine::Watchdog) -> io::Result<()>) {
        let _refused = self.0.as_ref().map(ask);
    }
}
