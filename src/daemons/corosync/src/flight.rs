//! The flight data ("blackbox"): the newest log lines of every level, stored on demand and when the process crashes.
//!
//! Counterpart: `corosync_blackbox_write_to_file()` and `sigsegv_handler()` in `main.c` (3.1.7). There is one per
//! process, because a crash finds nothing else. Whoever stores it allocates nothing.

use core_log::Blackbox;
use core_types::Level;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::str::from_utf8;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// The key that stores the data when it changes.
pub(crate) const TRIGGER: &str = "runtime.blackbox.dump_flight_data";

/// Longest path of a file, in bytes.
const PATH_MAX: usize = 512;

static RECORDER: Mutex<Option<Blackbox>> = Mutex::new(None);
static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();

/// Why flight data is not stored.
pub(crate) enum NotStored {
    /// The file could not be written.
    File(io::Error),
    /// It is there, but the link to the newest one isn't.
    Link { to: String, link: String },
}

/// Keeps flight data from now on, or forgets it.
pub(crate) fn keep(on: bool) {
    let mut recorder = RECORDER.lock().unwrap_or_else(PoisonError::into_inner);
    if on {
        recorder.get_or_insert_with(Blackbox::new);
    } else {
        *recorder = None;
    }
}

/// Says where to store it. From then on a crash does, and a panic is one: a daemon whose state is in doubt must not
/// go on, and the reference's assertions end it by SIGABRT.
pub(crate) fn store_in(directory: &Path) {
    if DIRECTORY.set(directory.to_owned()).is_ok() {
        sys_os::on_crash(|| {
            let _nobody_is_left_to_tell = store();
        });
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            print(panic);
            std::process::abort();
        }));
    }
}

/// Records a line.
pub(crate) fn record(subsystem: &str, level: Level, text: fmt::Arguments<'_>) {
    let mut recorder = RECORDER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(recorder) = &mut *recorder {
        recorder.record(subsystem, level, Duration::from_nanos(crate::clock::wall()), text);
    }
}

/// Writes a file and points the link `fdata` to it.
pub(crate) fn store() -> Result<(), NotStored> {
    let (mut file, mut link) = ([0; PATH_MAX], [0; PATH_MAX]);
    let now = sys_os::local_time();
    let (year, month, day) = (now.year, now.month, now.day);
    let (hour, minute, second, pid) = (now.hour, now.minute, now.second, std::process::id());
    let name = format_args!("fdata-{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}-{pid}");
    let file = path(&mut file, name).map_err(NotStored::File)?;
    let link = path(&mut link, format_args!("fdata")).map_err(NotStored::File)?;
    write(file).map_err(NotStored::File)?;
    let _not_there = fs::remove_file(link);
    symlink(file, link).map_err(|_| NotStored::Link { to: file.to_owned(), link: link.to_owned() })
}

fn write(path: &str) -> io::Result<()> {
    // held while a line is recorded: a crash just then stores nothing
    let Ok(recorder) = RECORDER.try_lock() else { return Err(io::ErrorKind::WouldBlock.into()) };
    let Some(recorder) = &*recorder else { return Err(io::Error::from_raw_os_error(libc::ENOENT)) };
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o700).open(path)?;
    file.write_all(&recorder.header())?;
    let (first, second) = recorder.records();
    file.write_all(first)?;
    file.write_all(second)?;
    file.set_len(recorder.file_size())
}

/// A path in the state directory.
fn path<'a>(buffer: &'a mut [u8], name: fmt::Arguments<'_>) -> io::Result<&'a str> {
    let directory = DIRECTORY.get().ok_or(io::ErrorKind::NotFound)?;
    let mut rest = &mut *buffer;
    rest.write_all(directory.as_os_str().as_bytes())?;
    rest.write_all(b"/")?;
    rest.write_fmt(name)?;
    let length = PATH_MAX - rest.len();
    from_utf8(&buffer[..length]).map_err(|_| io::ErrorKind::InvalidFilename.into())
}
