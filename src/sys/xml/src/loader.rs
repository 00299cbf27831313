//! Reading of XML files, nothing else than files.

use crate::{ffi, tree::Tree};
use std::{
    ffi::CString,
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

static LOADING: Mutex<()> = Mutex::new(());

/// As long as it lives, libxml2 loads nothing from the network, for the whole process: its loader is global. It is put
/// back afterwards, as the process may not be ours. Compiling schemas and stylesheets sets up tables of libxml2 without
/// any lock, and has this one.
pub(crate) struct NoNetwork {
    before: ffi::xmlExternalEntityLoader,
    _one_at_a_time: MutexGuard<'static, ()>,
}

impl NoNetwork {
    pub(crate) fn new() -> NoNetwork {
        let one_at_a_time = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: xmlInitParser(): may be called again and again, from any thread
        unsafe { ffi::xmlInitParser() };
        // SAFETY: xmlGetExternalEntityLoader(): returns the function in use
        let before = unsafe { ffi::xmlGetExternalEntityLoader() };
        // SAFETY: xmlSetExternalEntityLoader(): the function is libxml2's own
        unsafe { ffi::xmlSetExternalEntityLoader(Some(ffi::xmlNoNetExternalEntityLoader)) };
        NoNetwork { before, _one_at_a_time: one_at_a_time }
    }
}

impl Drop for NoNetwork {
    fn drop(&mut self) {
        // SAFETY: xmlSetExternalEntityLoader(): the function was in use before
        unsafe { ffi::xmlSetExternalEntityLoader(self.before) };
    }
}

/// A path as C knows it. One with a NUL names no file, as the empty one.
pub(crate) fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap_or_default()
}

/// Reads a stylesheet's file; `None` where it is not there or no XML.
pub(crate) fn read(path: &Path, _guard: &NoNetwork) -> Option<Tree> {
    let path = c_path(path);
    let options = ffi::xmlParserOption_XML_PARSE_NONET
        | ffi::xmlParserOption_XML_PARSE_NOCDATA
        | ffi::xmlParserOption_XML_PARSE_NOERROR
        | ffi::xmlParserOption_XML_PARSE_NOWARNING;
    // SAFETY: xmlReadFile(): a path that ends with NUL and outlives the call; no encoding is given
    let document = unsafe { ffi::xmlReadFile(path.as_ptr(), std::ptr::null(), options.cast_signed()) };
    Tree::owning(document)
}
