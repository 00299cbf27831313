//! A server's end of anonymous sessions.

use crate::library::gnutls;
use crate::{Credentials, Session, TlsError, checked, ffi};
use std::ffi::c_void;
use std::net::TcpStream;
use std::ptr::null_mut;
use std::rc::Rc;

/// What a server shows of itself in all its sessions, freed when it is dropped.
#[derive(Debug)]
pub(crate) struct Shared(ffi::gnutls_anon_server_credentials_t);

impl Shared {
    pub(crate) fn given(&self) -> *mut c_void {
        self.0.cast()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let Ok(tls) = gnutls() else { return };
        // SAFETY: gnutls_anon_free_server_credentials(3): no session uses them any more, as each holds this
        unsafe { tls.gnutls_anon_free_server_credentials(self.0) };
    }
}

/// Who serves anonymous sessions.
#[derive(Debug)]
pub struct Server {
    credentials: Rc<Shared>,
    priorities: String,
}

/// Bits of the prime that GnuTLS thinks enough for now, in Diffie and Hellman's exchange of keys; 0 without GnuTLS.
#[must_use]
pub fn usual_prime() -> u32 {
    bits(ffi::gnutls_sec_param_t_GNUTLS_SEC_PARAM_MEDIUM).unwrap_or(0)
}

fn bits(level: ffi::gnutls_sec_param_t) -> Result<u32, TlsError> {
    let tls = gnutls()?;
    // SAFETY: gnutls_sec_param_to_pk_bits(3): any numbers
    Ok(unsafe { tls.gnutls_sec_param_to_pk_bits(ffi::gnutls_pk_algorithm_t_GNUTLS_PK_DH, level) })
}

impl Server {
    /// A server whose prime, one of RFC 7919's, has at least so many bits; `priorities` are GnuTLS's words for ciphers, to
    /// which anonymous key exchange is added.
    ///
    /// # Errors
    /// There is no prime as long as that, no memory, or no GnuTLS.
    pub fn new(priorities: &str, least_prime: u32) -> Result<Server, TlsError> {
        let tls = gnutls()?;
        let levels = [
            ffi::gnutls_sec_param_t_GNUTLS_SEC_PARAM_MEDIUM,
            ffi::gnutls_sec_param_t_GNUTLS_SEC_PARAM_HIGH,
            ffi::gnutls_sec_param_t_GNUTLS_SEC_PARAM_ULTRA,
        ];
        let level = levels.into_iter().find(|level| bits(*level).is_ok_and(|bits| bits >= least_prime));
        let level = level.ok_or(TlsError(ffi::GNUTLS_E_DH_PRIME_UNACCEPTABLE))?;
        let mut made = null_mut();
        // SAFETY: gnutls_anon_allocate_server_credentials(3): a place; freed with `Shared`
        checked(unsafe { tls.gnutls_anon_allocate_server_credentials(&mut made) })?;
        let credentials = Rc::new(Shared(made));
        // SAFETY: gnutls_anon_set_server_known_dh_params(3): credentials, and one of its levels
        checked(unsafe { tls.gnutls_anon_set_server_known_dh_params(made, level) })?;
        Ok(Server { credentials, priorities: priorities.to_owned() })
    }

    /// A session over an accepted stream, not begun.
    ///
    /// # Errors
    /// The priorities are none, or there is no memory.
    pub fn session(&self, stream: TcpStream) -> Result<Session, TlsError> {
        let credentials = Credentials::Server(self.credentials.clone());
        Session::new(stream, ffi::GNUTLS_SERVER, credentials, &self.priorities)
    }
}
