//! The hardware watchdog (`linux/watchdog.h`).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;

/// `struct watchdog_info`.
#[repr(C)]
struct Info {
    options: u32,
    firmware_version: u32,
    identity: [u8; 32],
}

const KIND: u8 = b'W';
const ENABLE: i32 = 2;
nix::ioctl_read!(get_support, KIND, 0, Info);
nix::ioctl_readwrite!(set_options, KIND, 4, i32);
nix::ioctl_read!(keep_alive, KIND, 5, i32);
nix::ioctl_readwrite!(set_timeout, KIND, 6, i32);
nix::ioctl_read!(get_timeout, KIND, 7, i32);

/// An open watchdog device. Dropping it without [`Watchdog::close`] leaves the machine to restart.
#[derive(Debug)]
pub struct Watchdog(File);

impl Watchdog {
    /// Opens a device; on most, that switches it on.
    pub fn open(device: &str) -> io::Result<Watchdog> {
        Ok(Watchdog(OpenOptions::new().write(true).open(device)?))
    }

    /// The device's name for itself.
    pub fn identity(&self) -> io::Result<String> {
        let mut info = Info { options: 0, firmware_version: 0, identity: [0; 32] };
        // SAFETY: an open descriptor and the structure that this request fills
        unsafe { get_support(self.0.as_raw_fd(), &mut info) }?;
        let name = info.identity.split(|&byte| byte == 0).next().unwrap_or_default();
        Ok(String::from_utf8_lossy(name).into_owned())
    }

    /// Its time-out, in seconds.
    pub fn timeout(&self) -> io::Result<u32> {
        let mut seconds = 0;
        // SAFETY: an open descriptor and the int that this request fills
        unsafe { get_timeout(self.0.as_raw_fd(), &mut seconds) }?;
        Ok(u32::try_from(seconds).unwrap_or(0))
    }

    /// Asks for a time-out, in seconds.
    pub fn set_timeout(&self, seconds: u32) -> io::Result<()> {
        let mut seconds = i32::try_from(seconds).unwrap_or(i32::MAX);
        // SAFETY: an open descriptor and the int that this request reads and fills
        unsafe { set_timeout(self.0.as_raw_fd(), &mut seconds) }?;
        Ok(())
    }

    /// Switches it on.
    pub fn enable(&self) -> io::Result<()> {
        let mut options = ENABLE;
        // SAFETY: an open descriptor and the int that this request reads
        unsafe { set_options(self.0.as_raw_fd(), &mut options) }?;
        Ok(())
    }

    /// Puts the restart off.
    pub fn keep_alive(&self) -> io::Result<()> {
        let mut unused = 0;
        // SAFETY: an open descriptor and an int that this request may fill
        unsafe { keep_alive(self.0.as_raw_fd(), &mut unused) }?;
        Ok(())
    }

    /// Switches it off: the magic close.
    pub fn close(mut self) -> io::Result<()> {
        self.0.write_all(b"V")
    }
}
