//! libpam.so.0 and its functions.

use crate::conversation::Conversation;
use libloading::Library;
use std::ffi::{c_char, c_int, c_void};
use std::mem::ManuallyDrop;

pub(crate) const PAM_SUCCESS: c_int = 0;
/// The item that says whom a transaction is about.
pub(crate) const PAM_USER: c_int = 2;
const NAME: &str = "libpam.so.0";

/// `pam_handle_t`, which only PAM looks into.
#[repr(C)]
pub(crate) struct Handle {
    _opaque: [u8; 0],
}

/// libpam, from now until the process ends: its modules may leave things behind that need it.
#[derive(Clone, Copy, Debug)]
pub struct Pam {
    pub(crate) start: Start,
    pub(crate) end: Step,
    pub(crate) authenticate: Step,
    pub(crate) acct_mgmt: Step,
    pub(crate) get_item: GetItem,
    pub(crate) strerror: StrError,
}

type Start = unsafe extern "C" fn(*const c_char, *const c_char, *const Conversation, *mut *mut Handle) -> c_int;
type Step = unsafe extern "C" fn(*mut Handle, c_int) -> c_int;
type GetItem = unsafe extern "C" fn(*const Handle, c_int, *mut *const c_void) -> c_int;
type StrError = unsafe extern "C" fn(*mut Handle, c_int) -> *const c_char;

/// There is no PAM.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Missing(#[from] libloading::Error);

impl Pam {
    /// Looks for the library and its functions.
    ///
    /// # Errors
    /// It isn't there, or another library is called so.
    pub fn load() -> Result<Pam, Missing> {
        // SAFETY: what libraries do when they are loaded is theirs to answer for
        let library = ManuallyDrop::new(unsafe { Library::new(NAME) }?);
        // SAFETY: what each is declared as in security/pam_appl.h and security/_pam_types.h, under its name; the library
        // is never closed
        unsafe {
            Ok(Pam {
                start: *library.get::<Start>(b"pam_start")?,
                end: *library.get::<Step>(b"pam_end")?,
                authenticate: *library.get::<Step>(b"pam_authenticate")?,
                acct_mgmt: *library.get::<Step>(b"pam_acct_mgmt")?,
                get_item: *library.get::<GetItem>(b"pam_get_item")?,
                strerror: *library.get::<StrError>(b"pam_strerror")?,
            })
        }
    }
}
