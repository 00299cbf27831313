//! The cluster's own CIB file: read and written with its digest.

use crate::border::{EINVAL, give_node, put, text};
use crate::new::c_path;
use capi_pcmk::functions;
use core_cib::Cib;
use core_types::Level;
use std::ffi::{CString, c_char, c_int};
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use sys_cib::{Failed, Line, Owner, ReadError, digest_of, read_and_verify};
use sys_xml::node::{self, XmlNode};

/// `pcmk_err_cib_corrupt`, `pcmk_err_cib_modified`, `pcmk_err_cib_backup`, `pcmk_err_cib_save`.
const CORRUPT: c_int = 212;
const MODIFIED: c_int = 208;
const BACKUP: c_int = 209;
const SAVE: c_int = 210;

fn tell(lines: Vec<Line>) {
    for (level, function, line) in lines {
        let function = CString::new(function).unwrap_or_default();
        let file = c_path(Path::new(file!()));
        let level: Level = level;
        capi_pcmk::line(level, &function, &file, line!(), &line);
    }
}

fn code_of(failed: Failed) -> c_int {
    match failed {
        Failed::Modified => MODIFIED,
        Failed::Backup => BACKUP,
        Failed::Save => SAVE,
    }
}

fn write(directory: &Path, name: &str, cib: &Cib, owner: Option<Owner>) -> Result<(), c_int> {
    let (mut lines, now) = (Vec::new(), sys_os::local_time().text());
    let written = sys_cib::write((directory, name), cib, &now, owner, &mut None, &mut lines);
    tell(lines);
    written.map_err(code_of)
}

/// Writes the cluster's CIB, whatever way its path was given.
pub(crate) fn write_live(path: &Path, cib: &Cib, owner: Option<Owner>) -> Result<(), c_int> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    write(directory, &name, cib, owner)
}

functions! {
    /// `cib_file_read_and_verify()`: reads a CIB whose digest is in a file of that name, or beside it.
    ///
    /// # Safety
    /// `path` is null or a string, `digest` as well; `root` is null or a place.
    export fn cib_file_read_and_verify(
        path: *const c_char, digest: *const c_char, root: *mut *mut XmlNode
    ) -> c_int, or EINVAL => {
        // SAFETY: null or strings and a place, by the caller's contract
        let (path, digest) = unsafe {
            put(root, null_mut());
            (text(path), text(digest))
        };
        let Some(path) = path.map(PathBuf::from) else { return EINVAL };
        let digest = digest.map_or_else(|| digest_of(&path), PathBuf::from);
        let mut lines = Vec::new();
        let read = read_and_verify(&path, &digest, &mut lines);
        tell(lines);
        match read {
            Ok(document) => {
                if !root.is_null() {
                    // SAFETY: a place, by the caller's contract
                    unsafe { put(root, give_node(&document)) };
                }
                0
            }
            Err(ReadError::Io(error)) => -error.raw_os_error().unwrap_or(libc::EIO),
            Err(ReadError::Content(core_cib::stored::Unusable::Modified)) => -MODIFIED,
            Err(ReadError::Content(_)) => -CORRUPT,
        }
    }

    /// `cib_file_write_with_digest()`: keeps the old CIB as a backup, and writes the new one. The node stays as it is.
    ///
    /// # Safety
    /// `root` is null or a node; the texts are null or strings.
    export fn cib_file_write_with_digest(
        root: *mut XmlNode, directory: *const c_char, name: *const c_char
    ) -> c_int, or SAVE => {
        // SAFETY: null or a node and strings, by the caller's contract
        let (document, directory, name) = unsafe { (node::read(root), text(directory), text(name)) };
        let (Some(document), Some(directory), Some(name)) = (document, directory, name) else { return SAVE };
        let Ok(cib) = Cib::new(document) else { return SAVE };
        write(Path::new(&directory), &name, &cib, None).err().unwrap_or(0)
    }
}
