//! corosync.conf and `uidgid.d` from disk, and what a configuration asks of this machine.

use core_config::{Files, IpVersion, KeyError, Outside};
use std::fs::{self, File};
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Where the configuration is unless `-c` says otherwise.
pub(crate) const DEFAULT_FILE: &str = "/etc/corosync/corosync.conf";
/// Largest configuration file read, in bytes.
const FILE_MAX: u64 = 16 << 20;

/// Reads all files of a configuration; the error is what the user is told.
pub(crate) fn read_files(main: &Path) -> Result<Files, String> {
    let contents = read(main).map_err(|error| format!("Can't read file {}: {}", main.display(), strip_code(&error)))?;
    let name = main.display().to_string();
    Ok(Files { main: (name, contents), uidgid: read_uidgid(main) })
}

/// The system's words for an error, without the number that Rust adds.
pub(crate) fn strip_code(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// The system's words for an error and its number, as the reference logs them.
pub(crate) fn with_code(error: &io::Error) -> String {
    format!("{} ({})", strip_code(error), error.raw_os_error().unwrap_or(0))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    File::open(path)?.take(FILE_MAX).read_to_end(&mut contents)?;
    Ok(contents)
}

/// The regular files of the directory beside the main file; what can't be read is passed over, as the reference does.
fn read_uidgid(main: &Path) -> Vec<(String, Vec<u8>)> {
    let directory = main.parent().unwrap_or(Path::new(".")).join("uidgid.d");
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    paths.filter_map(|path| Some((path.display().to_string(), read(&path).ok()?))).collect()
}

/// This machine, and where the configuration is.
pub(crate) struct Machine {
    pub(crate) file: PathBuf,
}

impl Outside for Machine {
    fn user_id(&self, name: &str) -> Result<Option<u32>, String> {
        sys_os::user_id(name).map_err(|errno| errno.desc().to_owned())
    }

    fn group_id(&self, name: &str) -> Result<Option<u32>, String> {
        sys_os::group_id(name).map_err(|errno| errno.desc().to_owned())
    }

    fn crypto_models(&self) -> Vec<String> {
        sys_knet::crypto_models()
    }

    fn compression_models(&self) -> Vec<String> {
        sys_knet::compression_models()
    }

    fn node_name(&self) -> Option<String> {
        sys_os::node_name()
    }

    fn local_addresses(&self) -> Option<Vec<IpAddr>> {
        sys_os::local_addresses().ok()
    }

    fn name_of(&self, address: IpAddr) -> Option<String> {
        sys_os::name_of(address)
    }

    fn resolve(&self, name: &str, version: IpVersion) -> Vec<IpAddr> {
        let family = match version {
            IpVersion::V4 => sys_os::Family::V4,
            IpVersion::V6 => sys_os::Family::V6,
            IpVersion::V4ThenV6 | IpVersion::V6ThenV4 => sys_os::Family::Any,
        };
        sys_os::resolve(name, family)
    }

    fn read_key(&self, path: &str, max: usize) -> Result<Vec<u8>, KeyError> {
        let file = File::open(path).map_err(|error| KeyError::Open(strip_code(&error)))?;
        let mut key = Vec::new();
        file.take(max as u64).read_to_end(&mut key).map_err(|error| KeyError::Read(strip_code(&error)))?;
        Ok(key)
    }
}
