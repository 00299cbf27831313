//! Agents in the file system: which there are, the meta-data of those that have none of their own, overrides of
//! units, and secrets.
//!
//! Counterparts (2.1.5): listing and existence in `lib/services` (`services_linux.c`, `services_ocf.c`, `services_lsb.c`,
//! `services_nagios.c`), `lib/common/cib_secrets.c`.
#![forbid(unsafe_code)]

use core_agents::{Class, INIT_SCRIPTS, NAGIOS_METADATA, NAGIOS_PLUGINS, OCF_AGENTS};
use nix::errno::Errno;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Bytes of an init script that are looked at, and of meta-data that is read.
const READ_MAX: u64 = 16 << 20;

/// What of a folder is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All but files.
    Folders,
    /// All but folders.
    Files,
    /// All but folders, and files that nobody may run.
    Programs,
}

/// What is in a folder, sorted; none where it can't be read. Names that begin with a dot are left out.
#[must_use]
pub fn list(folder: &Path, wanted: Wanted) -> Vec<OsString> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.flatten().map(|entry| entry.file_name()).filter(|name| !name.as_bytes().starts_with(b"."));
    let is_wanted = |name: &OsString| {
        fs::metadata(folder.join(name)).is_ok_and(|about| match wanted {
            Wanted::Folders => !about.is_file(),
            Wanted::Files => !about.is_dir(),
            Wanted::Programs => !about.is_dir() && (!about.is_file() || about.permissions().mode() & 0o111 != 0),
        })
    };
    let mut found: Vec<OsString> = names.filter(is_wanted).collect();
    found.sort();
    found
}

/// What is in all folders of a list that colons part, folder by folder.
#[must_use]
pub fn list_all(folders: &OsStr, wanted: Wanted) -> Vec<OsString> {
    let folders = folders.as_bytes().split(|byte| *byte == b':').filter(|folder| !folder.is_empty());
    folders.flat_map(|folder| list(Path::new(OsStr::from_bytes(folder)), wanted)).collect()
}

/// Providers of OCF agents.
#[must_use]
pub fn ocf_providers() -> Vec<OsString> {
    list(Path::new(OCF_AGENTS), Wanted::Folders)
}

/// OCF agents of a provider, or of all.
#[must_use]
pub fn ocf_agents(provider: Option<&OsStr>) -> Vec<OsString> {
    let agents_of = |provider: &OsStr| list(&Path::new(OCF_AGENTS).join(provider), Wanted::Programs);
    match provider {
        Some(provider) if is_name(provider) => agents_of(provider),
        Some(_) => Vec::new(),
        None => ocf_providers().iter().flat_map(|provider| agents_of(provider)).collect(),
    }
}

/// Init scripts.
#[must_use]
pub fn init_scripts() -> Vec<OsString> {
    list(Path::new(INIT_SCRIPTS), Wanted::Programs)
}

/// Plugins of Nagios's that have meta-data.
#[must_use]
pub fn nagios_plugins() -> Vec<OsString> {
    let plugins = list(Path::new(NAGIOS_PLUGINS), Wanted::Programs);
    plugins.into_iter().filter(|plugin| nagios_metadata_file(plugin).exists()).collect()
}

fn nagios_metadata_file(plugin: &OsStr) -> PathBuf {
    let mut name = plugin.to_owned();
    name.push(".xml");
    Path::new(NAGIOS_METADATA).join(name)
}

/// Whether there is the file of an agent; what isn't in files isn't.
#[must_use]
pub fn exists(class: Class, provider: &str, kind: &str) -> bool {
    core_agents::path(class, provider, kind).is_some_and(|path| Path::new(&path).exists())
}

/// The meta-data of an init script.
///
/// # Errors
/// The script can't be read.
pub fn script_metadata(kind: &str) -> Result<String, Errno> {
    let path = core_agents::path(Class::Lsb, "", kind).ok_or(Errno::ENOENT)?;
    let script = read(Path::new(&path))?;
    Ok(core_agents::script_metadata(kind, &String::from_utf8_lossy(&script)))
}

/// The meta-data of a plugin of Nagios's.
///
/// # Errors
/// It can't be read, or is empty.
pub fn nagios_metadata(kind: &OsStr) -> Result<Vec<u8>, Errno> {
    let text = if is_name(kind) { read(&nagios_metadata_file(kind)).map_err(|_| Errno::EIO)? } else { Vec::new() };
    if text.is_empty() { Err(Errno::EIO) } else { Ok(text) }
}

/// Where secrets are: in a folder for each resource, a file for each parameter, with its digest beside it.
const SECRETS: &str = "/var/lib/pacemaker/lrm/secrets";

/// Why there is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretError {
    /// It, or its digest, can't be read.
    Unreadable,
    /// It isn't the one that its digest is of.
    Corrupt,
}

/// The value of a resource's parameter that is kept apart from the configuration.
///
/// # Errors
/// Why there is none.
pub fn secret(resource: &str, parameter: &str) -> Result<Vec<u8>, SecretError> {
    if [resource, parameter].iter().any(|name| name.is_empty() || !is_name(OsStr::new(name))) {
        return Err(SecretError::Unreadable);
    }
    let folder = Path::new(SECRETS).join(resource);
    let line = |name: &str| {
        let file = read(&folder.join(name)).map_err(|_| SecretError::Unreadable)?;
        let line = core_agents::secret_line(&file).to_vec();
        if file.is_empty() { Err(SecretError::Unreadable) } else { Ok(line) }
    };
    let secret = line(parameter)?;
    let digest = line(&format!("{parameter}.sign"))?;
    if core_agents::is_signed(&secret, &digest) { Ok(secret) } else { Err(SecretError::Corrupt) }
}

/// Where overrides of units are.
const OVERRIDES: &str = "/run/systemd/system";

/// Writes the override of an agent's unit, readable by all.
///
/// # Errors
/// What couldn't be written, and why.
pub fn write_override(agent: &str) -> Result<(), (PathBuf, std::io::Error)> {
    let (folder, name, text) = override_of(agent)?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o755).create(&folder).map_err(|error| (folder.clone(), error))?;
    let file = folder.join(name);
    let write = || {
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644))
    };
    write().map_err(|error| (file.clone(), error))
}

/// Removes the override of an agent's unit.
///
/// # Errors
/// What couldn't be removed, and why: it may not be there.
pub fn remove_override(agent: &str) -> Result<(), (PathBuf, std::io::Error)> {
    let (folder, name, _) = override_of(agent)?;
    let file = folder.join(name);
    fs::remove_file(&file).map_err(|error| (file, error))
}

fn override_of(agent: &str) -> Result<(PathBuf, &'static str, String), (PathBuf, std::io::Error)> {
    let found = core_agents::unit_override(agent);
    let (folder, name, text) = found.ok_or_else(|| (agent.into(), std::io::ErrorKind::InvalidInput.into()))?;
    Ok((Path::new(OVERRIDES).join(folder), name, text))
}

fn read(path: &Path) -> Result<Vec<u8>, Errno> {
    let errno = |error: std::io::Error| error.raw_os_error().map_or(Errno::EIO, Errno::from_raw);
    let mut text = Vec::new();
    fs::File::open(path).map_err(errno)?.take(READ_MAX).read_to_end(&mut text).map_err(errno)?;
    Ok(text)
}

fn is_name(text: &OsStr) -> bool {
    let bytes = text.to_owned().into_vec();
    !bytes.contains(&b'/') && !matches!(&bytes[..], b"." | b"..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_listed_by_what_is_wanted() {
        let folder = std::env::temp_dir().join(format!("sys-agents-{}", std::process::id()));
        fs::create_dir_all(folder.join("b-folder")).expect("a folder");
        for (name, mode) in [("c-program", 0o755), ("a-text", 0o644), (".hidden", 0o755)] {
            fs::write(folder.join(name), "").expect("a file");
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(mode)).expect("its mode");
        }
        std::os::unix::fs::symlink("nowhere", folder.join("dangling")).expect("a link");
        assert_eq!(list(&folder, Wanted::Folders), ["b-folder"]);
        assert_eq!(list(&folder, Wanted::Files), ["a-text", "c-program"]);
        assert_eq!(list(&folder, Wanted::Programs), ["c-program"]);
        let twice = format!("{0}::{0}/nosuch:{0}", folder.display());
        assert_eq!(list_all(OsStr::new(&twice), Wanted::Programs), ["c-program", "c-program"]);
        fs::remove_dir_all(folder).expect("it is ours");
    }
}
