//! libgnutls.so.30, loaded when a session or a server is wanted first: it takes MiBs of memory, and few clusters talk TLS.

use crate::{TlsError, ffi};
use std::sync::OnceLock;

const NAME: &str = "libgnutls.so.30";
/// From the first use until the process ends: sessions need it to be freed.
static LIBRARY: OnceLock<Option<ffi::GnuTls>> = OnceLock::new();

/// The library, or why there is none.
pub(crate) fn gnutls() -> Result<&'static ffi::GnuTls, TlsError> {
    // SAFETY: what GnuTLS does when it is loaded is its to answer for; functions are as its header declares them, which
    // its name holds fixed
    let library = LIBRARY.get_or_init(|| unsafe { ffi::GnuTls::new(NAME) }.ok());
    library.as_ref().ok_or(TlsError(ffi::GNUTLS_E_LIB_IN_ERROR_STATE))
}
