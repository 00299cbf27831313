//! GnuTLS behind a safe face: anonymous sessions, as pacemaker's CIB manager serves them to other hosts, and sessions of those
//! who share a key, as pacemaker-remoted does.
//!
//! Counterpart: the TLS part of `lib/common/remote.c` (2.1.5). Nobody proves who he is in an anonymous session: it hides what
//! is said from those who only listen. Sockets don't block; what would, gives [`io::ErrorKind::WouldBlock`].

mod ffi;

use std::ffi::{CStr, CString, c_int, c_uint, c_void};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr::null_mut;

/// What GnuTLS says went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", words(*.0))]
pub struct TlsError(
    /// GnuTLS's number.
    pub c_int,
);

fn words(code: c_int) -> String {
    // SAFETY: gnutls_strerror(3): a static string for any number
    unsafe { CStr::from_ptr(ffi::gnutls_strerror(code)) }.to_string_lossy().into_owned()
}

fn checked(code: c_int) -> Result<(), TlsError> {
    if code == ffi::GNUTLS_E_SUCCESS as c_int { Ok(()) } else { Err(TlsError(code)) }
}

impl From<TlsError> for io::Error {
    fn from(error: TlsError) -> io::Error {
        match error.0 {
            ffi::GNUTLS_E_AGAIN => io::ErrorKind::WouldBlock.into(),
            ffi::GNUTLS_E_INTERRUPTED => io::ErrorKind::Interrupted.into(),
            _ => io::Error::other(error),
        }
    }
}

/// What a client shows of itself, freed when it is dropped.
#[derive(Debug)]
enum Credentials {
    Anonymous(ffi::gnutls_anon_client_credentials_t),
    Key(ffi::gnutls_psk_client_credentials_t),
}

impl Credentials {
    fn anonymous() -> Result<Credentials, TlsError> {
        let mut made = null_mut();
        // SAFETY: gnutls_anon_allocate_client_credentials(3): a place; freed in drop
        checked(unsafe { ffi::gnutls_anon_allocate_client_credentials(&mut made) })?;
        Ok(Credentials::Anonymous(made))
    }

    fn key(user: &CStr, key: &[u8]) -> Result<Credentials, TlsError> {
        let size = c_uint::try_from(key.len()).map_err(|_| TlsError(ffi::GNUTLS_E_MEMORY_ERROR))?;
        let mut made = null_mut();
        // SAFETY: gnutls_psk_allocate_client_credentials(3): a place; freed in drop
        checked(unsafe { ffi::gnutls_psk_allocate_client_credentials(&mut made) })?;
        let credentials = Credentials::Key(made);
        let key = ffi::gnutls_datum_t { data: key.as_ptr().cast_mut(), size };
        let raw = ffi::gnutls_psk_key_flags_GNUTLS_PSK_KEY_RAW;
        // SAFETY: gnutls_psk_set_client_credentials(3): credentials, a string and a key, which are copied and not changed
        checked(unsafe { ffi::gnutls_psk_set_client_credentials(made, user.as_ptr(), &key, raw) })?;
        Ok(credentials)
    }

    /// What is to be added to GnuTLS's words for ciphers.
    fn exchange(&self) -> &'static str {
        match self {
            Credentials::Anonymous(_) => "+ANON-DH",
            Credentials::Key(_) => "+DHE-PSK:+PSK",
        }
    }

    /// Their kind, and they.
    fn given(&self) -> (ffi::gnutls_credentials_type_t, *mut c_void) {
        match self {
            Credentials::Anonymous(made) => (ffi::gnutls_credentials_type_t_GNUTLS_CRD_ANON, made.cast()),
            Credentials::Key(made) => (ffi::gnutls_credentials_type_t_GNUTLS_CRD_PSK, made.cast()),
        }
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        match self {
            // SAFETY: gnutls_anon_free_client_credentials(3): no session uses them any more
            Credentials::Anonymous(made) => unsafe { ffi::gnutls_anon_free_client_credentials(*made) },
            // SAFETY: gnutls_psk_free_client_credentials(3): the same
            Credentials::Key(made) => unsafe { ffi::gnutls_psk_free_client_credentials(*made) },
        }
    }
}

/// A client's session.
#[derive(Debug)]
pub struct Client {
    session: ffi::gnutls_session_t,
    /// Dropped after the session's end.
    _credentials: Credentials,
    stream: TcpStream,
    /// The handshake is done, so that there is an end to be said.
    stands: bool,
}

impl Client {
    /// A session over a connected stream, not begun: `priorities` are GnuTLS's words for ciphers, to which anonymous key
    /// exchange is added; a server's prime must have `least_prime` bits where that isn't 0.
    ///
    /// # Errors
    /// The priorities are none, or there is no memory.
    pub fn anonymous(stream: TcpStream, priorities: &str, least_prime: u32) -> Result<Client, TlsError> {
        Client::new(stream, Credentials::anonymous()?, priorities, least_prime)
    }

    /// As [`Client::anonymous`], with key exchange by a key that the server knows `user` by.
    ///
    /// # Errors
    /// The priorities are none, the key is none, or there is no memory.
    pub fn with_key(
        stream: TcpStream,
        user: &CStr,
        key: &[u8],
        priorities: &str,
        least_prime: u32,
    ) -> Result<Client, TlsError> {
        Client::new(stream, Credentials::key(user, key)?, priorities, least_prime)
    }

    fn new(
        stream: TcpStream,
        credentials: Credentials,
        priorities: &str,
        least_prime: u32,
    ) -> Result<Client, TlsError> {
        let (kind, shown) = credentials.given();
        let priorities = format!("{priorities}:{}", credentials.exchange()).replace('\0', "");
        let priorities = CString::new(priorities).unwrap_or_default();
        let mut client = Client { session: null_mut(), _credentials: credentials, stream, stands: false };
        let flags = ffi::GNUTLS_CLIENT | ffi::GNUTLS_NONBLOCK | ffi::GNUTLS_NO_SIGNAL;
        // SAFETY: gnutls_init(3): a place; ended in drop
        checked(unsafe { ffi::gnutls_init(&mut client.session, flags) })?;
        // SAFETY: gnutls_priority_set_direct(3): a session, a string, and no place for where an error is
        checked(unsafe { ffi::gnutls_priority_set_direct(client.session, priorities.as_ptr(), null_mut()) })?;
        if least_prime > 0 {
            // SAFETY: gnutls_dh_set_prime_bits(3): a client's session
            unsafe { ffi::gnutls_dh_set_prime_bits(client.session, least_prime) };
        }
        let fd = client.stream.as_raw_fd();
        // SAFETY: gnutls_transport_set_int2(3): a session, and a descriptor that lives as long
        unsafe { ffi::gnutls_transport_set_int2(client.session, fd, fd) };
        // SAFETY: gnutls_credentials_set(3): credentials of that kind, which live as long as the session
        checked(unsafe { ffi::gnutls_credentials_set(client.session, kind, shown) })?;
        Ok(client)
    }

    /// Goes on with the handshake, as far as the server let it.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] or [`io::ErrorKind::Interrupted`]: it is to be called again; else it failed.
    pub fn handshake(&mut self) -> io::Result<()> {
        // SAFETY: gnutls_handshake(3): a session
        checked(unsafe { ffi::gnutls_handshake(self.session) })?;
        self.stands = true;
        Ok(())
    }
}

/// The number of bytes, or the error that a number below 0 is.
fn counted(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| TlsError(c_int::try_from(result).unwrap_or(c_int::MIN)).into())
}

impl Read for Client {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // SAFETY: gnutls_record_recv(3): a session, and room for so many bytes
        counted(unsafe { ffi::gnutls_record_recv(self.session, buffer.as_mut_ptr().cast(), buffer.len()) })
    }
}

impl Write for Client {
    /// After [`io::ErrorKind::WouldBlock`] the next write must be of the same bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        // SAFETY: gnutls_record_send(3): a session and so many bytes
        counted(unsafe { ffi::gnutls_record_send(self.session, bytes.as_ptr().cast(), bytes.len()) })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsRawFd for Client {
    fn as_raw_fd(&self) -> RawFd {
        self.stream.as_raw_fd()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if self.stands {
            // SAFETY: gnutls_bye(3), which says the end and waits for none: a session whose handshake is done
            unsafe { ffi::gnutls_bye(self.session, ffi::gnutls_close_request_t_GNUTLS_SHUT_WR) };
        }
        if !self.session.is_null() {
            // SAFETY: gnutls_deinit(3): a session, for the last time
            unsafe { ffi::gnutls_deinit(self.session) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn connected() -> (TcpListener, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let stream = TcpStream::connect(listener.local_addr().expect("it is bound")).expect("it listens");
        stream.set_nonblocking(true).expect("a socket");
        (listener, stream)
    }

    #[test]
    fn a_handshake_waits_for_the_server_and_fails_with_what_is_none() {
        let (listener, stream) = connected();
        let mut client = Client::anonymous(stream, "NORMAL", 1024).expect("GnuTLS's own words");
        assert_eq!(client.handshake().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let (mut server, _) = listener.accept().expect("a client");
        server
            .write_all(b"no TLS at all, and long enough to be read as the beginning of a record")
            .expect("it is there");
        let error = loop {
            match client.handshake() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => break outcome.unwrap_err(),
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::Other, "{error}");
    }

    #[test]
    fn unknown_priorities_are_refused() {
        let (_listener, stream) = connected();
        let error = Client::anonymous(stream, "NO-SUCH", 0).unwrap_err();
        assert!(!error.to_string().is_empty());
    }
}
