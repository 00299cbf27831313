//! Making and freeing of `cib_t`.

use crate::border::{c_text, give_text, text};
use crate::callbacks::{forget_calls, free_notify};
use crate::types::{Cib, Operations, connection, state, variant};
use crate::{file, native, remote, requests};
use capi_pcmk::{functions, log};
use std::ffi::{CStr, c_char, c_void};
use std::path::{Path, PathBuf};
use std::ptr::null_mut;

/// Where the cluster's CIB and shadow CIBs of privileged users are (`CRM_CONFIG_DIR`).
pub(crate) const CONFIG_DIR: &str = "/var/lib/pacemaker/cib";
/// The cluster's user.
pub(crate) const DAEMON_USER: &str = "hacluster";

/// A `cib_t` of a variant, not connected. All but what the variant sets is as for any.
pub(crate) fn make(kind: u32, own: *mut c_void, set: impl FnOnce(&mut Cib, &mut Operations)) -> *mut Cib {
    forget_calls();
    let mut operations = Box::new(requests::operations());
    let mut cib = Box::new(Cib {
        state: state::DISCONNECTED,
        kind: connection::NONE,
        variant: kind,
        call_id: 1,
        call_timeout: 0,
        own,
        delegate: None,
        notify_list: null_mut(),
        op_callback: None,
        cmds: null_mut(),
    });
    set(&mut cib, &mut operations);
    cib.cmds = Box::into_raw(operations);
    Box::into_raw(cib)
}

/// Frees what [`make`] made, but for the variant's own.
///
/// # Safety
/// `cib` is of [`make`] and nobody uses it any more.
pub(crate) unsafe fn unmake(cib: *mut Cib) {
    // SAFETY: made by `make`, by the caller's contract
    let cib = unsafe { Box::from_raw(cib) };
    if !cib.cmds.is_null() {
        // SAFETY: made by `make`, and this is its only owner
        drop(unsafe { Box::from_raw(cib.cmds) });
    }
}

fn set_in_environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// What the environment says: a shadow CIB, a file, another host, or else this host's manager.
fn from_environment() -> *mut Cib {
    if let Some(shadow) = set_in_environment("CIB_shadow").filter(|shadow| !shadow.is_empty()) {
        return file::make(&shadow_file(&shadow));
    }
    if let Some(path) = std::env::var_os("CIB_file") {
        return file::make(Path::new(&path));
    }
    match set_in_environment("CIB_port") {
        Some(port) => remote::make(remote_of_environment(&port)),
        None => native::make(),
    }
}

/// Which manager on another host the environment means.
fn remote_of_environment(port: &str) -> remote::Address {
    const FUNCTION: &CStr = c"cib_new";
    let encrypted = set_in_environment("CIB_encrypted").is_none_or(|text| core_cib::is_true(&text));
    if !encrypted {
        log!(Info, FUNCTION, "Disabling TLS");
    }
    let user = set_in_environment("CIB_user").unwrap_or_else(|| {
        log!(Info, FUNCTION, "Defaulting to user: {DAEMON_USER}");
        DAEMON_USER.to_owned()
    });
    let server = set_in_environment("CIB_server").unwrap_or_else(|| {
        log!(Info, FUNCTION, "Defaulting to localhost");
        "localhost".to_owned()
    });
    let password = set_in_environment("CIB_passwd");
    // what is no number is no port either: the sign-on fails
    let port = port.trim().parse().unwrap_or(-1);
    remote::Address { server: Some(server), user: Some(user), password, port, encrypted }
}

/// The file of a shadow CIB.
fn shadow_file(name: &str) -> PathBuf {
    let directory = std::env::var_os("CIB_shadow_dir").map_or_else(shadow_directory, PathBuf::from);
    let mut path = directory.into_os_string();
    path.push(format!("/shadow.{name}"));
    path.into()
}

fn shadow_directory() -> PathBuf {
    // SAFETY: geteuid(2) takes nothing and always succeeds
    let id = unsafe { libc::geteuid() };
    let account = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(id)).ok().flatten();
    let user = account.as_ref().map(|account| account.name.clone()).or_else(|| {
        let user = set_in_environment("USER");
        let assumed = user.as_deref().unwrap_or("unprivileged user");
        log!(Error, c"get_shadow_file", "Assuming {assumed} because cannot get user details for user ID {id}");
        user
    });
    if user.is_some_and(|user| ["root", DAEMON_USER].iter().any(|known| user.eq_ignore_ascii_case(known))) {
        return CONFIG_DIR.into();
    }
    let home = std::env::var_os("HOME").map(PathBuf::from).or_else(|| account.map(|account| account.dir));
    if let Some(home) = home.filter(|home| home.is_absolute()) {
        let own = home.join(".cib");
        let made = std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&own);
        match made {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                let name = own.display();
                log!(Error, c"get_shadow_file", "Couldn't create user-specific shadow directory: {name}: {error}");
            }
            _ => return own,
        }
    }
    temporary_directory()
}

/// `pcmk__get_tmpdir()`.
pub(crate) fn temporary_directory() -> PathBuf {
    let named = std::env::var_os("TMPDIR").map(PathBuf::from).filter(|named| named.is_absolute());
    named.unwrap_or_else(|| "/tmp".into())
}

functions! {
    /// `cib_new()`: the CIB that the environment names.
    ///
    /// # Safety
    /// Nobody changes the environment meanwhile.
    export fn cib_new() -> *mut Cib, or null_mut() => {
        from_environment()
    }

    /// `cib_new_no_shadow()`: the same, and no shadow CIB from now on.
    ///
    /// # Safety
    /// No other thread uses the environment.
    export fn cib_new_no_shadow() -> *mut Cib, or null_mut() => {
        // SAFETY: unsetenv(3): a string; no other thread uses the environment, by the caller's contract
        unsafe { libc::unsetenv(c"CIB_shadow".as_ptr()) };
        from_environment()
    }

    /// `cib_new_variant()`: a `cib_t` that can't be connected yet.
    ///
    /// # Safety
    /// As every function of this library: of one thread at a time.
    export fn cib_new_variant() -> *mut Cib, or null_mut() => {
        make(variant::UNDEFINED, null_mut(), |_, _| {})
    }

    /// `cib_native_new()`: this host's manager.
    ///
    /// # Safety
    /// As `cib_new_variant()`.
    export fn cib_native_new() -> *mut Cib, or null_mut() => {
        native::make()
    }

    /// `cib_file_new()`: a file, or with null the one of `CIB_file`.
    ///
    /// # Safety
    /// `path` is null or a string.
    export fn cib_file_new(path: *const c_char) -> *mut Cib, or null_mut() => {
        if path.is_null() {
            return std::env::var_os("CIB_file").map_or(null_mut(), |path| file::make(Path::new(&path)));
        }
        // SAFETY: a string, by the caller's contract
        let path = unsafe { CStr::from_ptr(path) };
        file::make(Path::new(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(path.to_bytes())))
    }

    /// `cib_shadow_new()`: a shadow CIB.
    ///
    /// # Safety
    /// `name` is null, which gives null, or a string.
    export fn cib_shadow_new(name: *const c_char) -> *mut Cib, or null_mut() => {
        // SAFETY: null or a string, by the caller's contract
        match unsafe { text(name) } {
            Some(name) => file::make(&shadow_file(&name)),
            None => null_mut(),
        }
    }

    /// `get_shadow_file()`: the path of a shadow CIB, to be freed by the caller.
    ///
    /// # Safety
    /// `name` is null or a string.
    export fn get_shadow_file(name: *const c_char) -> *mut c_char, or null_mut() => {
        // SAFETY: null or a string, by the caller's contract. printf(3) shows null so
        let name = unsafe { text(name) }.unwrap_or_else(|| "(null)".to_owned());
        give_text(&shadow_file(&name).to_string_lossy())
    }

    /// `cib_free_callbacks()`: forgets all callbacks, also those of other connections' calls.
    ///
    /// # Safety
    /// `cib` is null or of this library.
    export fn cib_free_callbacks(cib: *mut Cib) -> (), or () => {
        // SAFETY: null or of this library, by the caller's contract
        unsafe { free_notify(cib) };
        forget_calls();
    }

    /// `cib_delete()`: signs off and frees.
    ///
    /// # Safety
    /// `cib` is null or of this library, and nobody uses it any more.
    export fn cib_delete(cib: *mut Cib) -> (), or () => {
        // SAFETY: null or of this library, by the caller's contract
        unsafe { cib_free_callbacks(cib) };
        // SAFETY: the same; a `cib_t` has its operations as long as it lives
        let free = unsafe { cib.as_ref() }.and_then(|cib| unsafe { cib.cmds.as_ref() }).and_then(|cmds| cmds.free);
        if let Some(free) = free {
            // SAFETY: the variant's own function
            unsafe { free(cib) };
        }
    }
}

/// The file's name as C shows it.
pub(crate) fn c_path(path: &Path) -> std::ffi::CString {
    c_text(&path.to_string_lossy())
}
