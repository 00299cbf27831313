//! GnuTLS behind a safe face: anonymous sessions, as pacemaker's CIB manager serves them to other hosts, either end, and a
//! client's sessions with who shares a key, as pacemaker-remoted does.
//!
//! Counterpart: the TLS part of `lib/common/remote.c` (2.1.5). Nobody proves who he is in an anonymous session: it hides what
//! is said from those who only listen. Sockets don't block; what would, gives [`io::ErrorKind::WouldBlock`].

mod ffi;
mod library;
mod server;
mod stream;

pub use server::{Server, usual_prime};
pub use stream::{Stream, least_prime, priorities};

use library::gnutls;
use std::ffi::{CStr, CString, c_int, c_uint, c_void};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr::null_mut;
use std::rc::Rc;

/// What GnuTLS says went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", words(*.0))]
pub struct TlsError(
    /// GnuTLS's number.
    pub c_int,
);

fn words(code: c_int) -> String {
    let Ok(tls) = gnutls() else { return "libgnutls.so.30 can't be loaded".to_owned() };
    // SAFETY: gnutls_strerror(3): a static string for any number
    unsafe { CStr::from_ptr(tls.gnutls_strerror(code)) }.to_string_lossy().into_owned()
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

/// What one end shows of itself, freed when it is dropped.
#[derive(Debug)]
enum Credentials {
    Anonymous(ffi::gnutls_anon_client_credentials_t),
    Key(ffi::gnutls_psk_client_credentials_t),
    /// The same for all of a server's sessions.
    Server(Rc<server::Shared>),
}

impl Credentials {
    fn anonymous() -> Result<Credentials, TlsError> {
        let tls = gnutls()?;
        let mut made = null_mut();
        // SAFETY: gnutls_anon_allocate_client_credentials(3): a place; freed in drop
        checked(unsafe { tls.gnutls_anon_allocate_client_credentials(&mut made) })?;
        Ok(Credentials::Anonymous(made))
    }

    fn key(user: &CStr, key: &[u8]) -> Result<Credentials, TlsError> {
        let tls = gnutls()?;
        let size = c_uint::try_from(key.len()).map_err(|_| TlsError(ffi::GNUTLS_E_MEMORY_ERROR))?;
        let mut made = null_mut();
        // SAFETY: gnutls_psk_allocate_client_credentials(3): a place; freed in drop
        checked(unsafe { tls.gnutls_psk_allocate_client_credentials(&mut made) })?;
        let credentials = Credentials::Key(made);
        let key = ffi::gnutls_datum_t { data: key.as_ptr().cast_mut(), size };
        let raw = ffi::gnutls_psk_key_flags_GNUTLS_PSK_KEY_RAW;
        // SAFETY: gnutls_psk_set_client_credentials(3): credentials, a string and a key, which are copied and not changed
        checked(unsafe { tls.gnutls_psk_set_client_credentials(made, user.as_ptr(), &key, raw) })?;
        Ok(credentials)
    }

    /// What is to be added to GnuTLS's words for ciphers.
    fn exchange(&self) -> &'static str {
        match self {
            Credentials::Anonymous(_) | Credentials::Server(_) => "+ANON-DH",
            Credentials::Key(_) => "+DHE-PSK:+PSK",
        }
    }

    /// Their kind, and they.
    fn given(&self) -> (ffi::gnutls_credentials_type_t, *mut c_void) {
        match self {
            Credentials::Anonymous(made) => (ffi::gnutls_credentials_type_t_GNUTLS_CRD_ANON, made.cast()),
            Credentials::Key(made) => (ffi::gnutls_credentials_type_t_GNUTLS_CRD_PSK, made.cast()),
            Credentials::Server(shared) => (ffi::gnutls_credentials_type_t_GNUTLS_CRD_ANON, shared.given()),
        }
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        let Ok(tls) = gnutls() else { return };
        match self {
            // SAFETY: gnutls_anon_free_client_credentials(3): no session uses them any more
            Credentials::Anonymous(made) => unsafe { tls.gnutls_anon_free_client_credentials(*made) },
            // SAFETY: gnutls_psk_free_client_credentials(3): the same
            Credentials::Key(made) => unsafe { tls.gnutls_psk_free_client_credentials(*made) },
            Credentials::Server(_) => {}
        }
    }
}

/// One end of a session.
#[derive(Debug)]
pub struct Session {
    session: ffi::gnutls_session_t,
    /// Dropped after the session's end.
    _credentials: Credentials,
    stream: TcpStream,
    /// The handshake is done, so that there is an end to be said.
    stands: bool,
}

impl Session {
    /// A client's session over a connected stream, not begun: `priorities` are GnuTLS's words for ciphers, to which anonymous key
    /// exchange is added; a server's prime must have `least_prime` bits where that isn't 0.
    ///
    /// # Errors
    /// The priorities are none, or there is no memory.
    pub fn anonymous(stream: TcpStream, priorities: &str, least_prime: u32) -> Result<Session, TlsError> {
        Session::of_client(stream, Credentials::anonymous()?, priorities, least_prime)
    }

    /// As [`Session::anonymous`], with key exchange by a key that the server knows `user` by.
    ///
    /// # Errors
    /// The priorities are none, the key is none, or there is no memory.
    pub fn with_key(
        stream: TcpStream,
        user: &CStr,
        key: &[u8],
        priorities: &str,
        least_prime: u32,
    ) -> Result<Session, TlsError> {
        Session::of_client(stream, Credentials::key(user, key)?, priorities, least_prime)
    }

    fn of_client(
        stream: TcpStream,
        credentials: Credentials,
        priorities: &str,
        least_prime: u32,
    ) -> Result<Session, TlsError> {
        let tls = gnutls()?;
        let session = Session::new(stream, ffi::GNUTLS_CLIENT, credentials, priorities)?;
        if least_prime > 0 {
            // SAFETY: gnutls_dh_set_prime_bits(3): a client's session
            unsafe { tls.gnutls_dh_set_prime_bits(session.session, least_prime) };
        }
        Ok(session)
    }

    /// A session for either end.
    fn new(stream: TcpStream, role: c_uint, credentials: Credentials, priorities: &str) -> Result<Session, TlsError> {
        let tls = gnutls()?;
        let (kind, shown) = credentials.given();
        let priorities = format!("{priorities}:{}", credentials.exchange()).replace('\0', "");
        let priorities = CString::new(priorities).unwrap_or_default();
        let mut made = Session { session: null_mut(), _credentials: credentials, stream, stands: false };
        let flags = role | ffi::GNUTLS_NONBLOCK | ffi::GNUTLS_NO_SIGNAL;
        // SAFETY: gnutls_init(3): a place; ended in drop
        checked(unsafe { tls.gnutls_init(&mut made.session, flags) })?;
        // SAFETY: gnutls_priority_set_direct(3): a session, a string, and no place for where an error is
        checked(unsafe { tls.gnutls_priority_set_direct(made.session, priorities.as_ptr(), null_mut()) })?;
        let fd = made.stream.as_raw_fd();
        // SAFETY: gnutls_transport_set_int2(3): a session, and a descriptor that lives as long
        unsafe { tls.gnutls_transport_set_int2(made.session, fd, fd) };
        // SAFETY: gnutls_credentials_set(3): credentials of that kind, which live as long as the session
        checked(unsafe { tls.gnutls_credentials_set(made.session, kind, shown) })?;
        Ok(made)
    }

    /// Goes on with the handshake, as far as the other end let it.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] or [`io::ErrorKind::Interrupted`]: it is to be called again; else it failed.
    pub fn handshake(&mut self) -> io::Result<()> {
        let tls = gnutls()?;
        // SAFETY: gnutls_handshake(3): a session
        checked(unsafe { tls.gnutls_handshake(self.session) })?;
        self.stands = true;
        Ok(())
    }
}

/// The number of bytes, or the error that a number below 0 is.
fn counted(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| TlsError(c_int::try_from(result).unwrap_or(c_int::MIN)).into())
}

impl Read for Session {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let tls = gnutls()?;
        // SAFETY: gnutls_record_recv(3): a session, and room for so many bytes
        counted(unsafe { tls.gnutls_record_recv(self.session, buffer.as_mut_ptr().cast(), buffer.len()) })
    }
}

impl Write for Session {
    /// After [`io::ErrorKind::WouldBlock`] the next write must be of the same bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let tls = gnutls()?;
        // SAFETY: gnutls_record_send(3): a session and so many bytes
        counted(unsafe { tls.gnutls_record_send(self.session, bytes.as_ptr().cast(), bytes.len()) })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsRawFd for Session {
    fn as_raw_fd(&self) -> RawFd {
        self.stream.as_raw_fd()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Ok(tls) = gnutls() else { return };
        if self.stands {
            // SAFETY: gnutls_bye(3), which says the end and waits for none: a session whose handshake is done
            unsafe { tls.gnutls_bye(self.session, ffi::gnutls_close_request_t_GNUTLS_SHUT_WR) };
        }
        if !self.session.is_null() {
            // SAFETY: gnutls_deinit(3): a session, for the last time
            unsafe { tls.gnutls_deinit(self.session) };
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

    fn accepted(listener: &TcpListener) -> TcpStream {
        let (stream, _) = listener.accept().expect("a client");
        stream.set_nonblocking(true).expect("a socket");
        stream
    }

    /// Tries until it doesn't have to wait any more.
    fn wait<T>(mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        loop {
            match work() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::yield_now(),
                outcome => return outcome,
            }
        }
    }

    /// Two ends that shake hands; what came of it at each.
    fn meet(client: &mut Session, server: &mut Session) -> (io::Result<()>, io::Result<()>) {
        let (mut first, mut second) = (client.handshake(), server.handshake());
        let waits =
            |outcome: &io::Result<()>| outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        while waits(&first) || (waits(&second) && first.is_ok()) {
            if waits(&first) {
                first = client.handshake();
            }
            if waits(&second) {
                second = server.handshake();
            }
        }
        (first, second)
    }

    #[test]
    fn both_ends_shake_hands_and_say_things_and_the_end() {
        let (listener, stream) = connected();
        let mut client = Session::anonymous(stream, "NORMAL", 2048).expect("GnuTLS's own words");
        let serving = Server::new("NORMAL", usual_prime()).expect("a usual prime");
        let mut server = serving.session(accepted(&listener)).expect("GnuTLS's own words");
        drop(serving);
        let (first, second) = meet(&mut client, &mut server);
        assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
        assert_eq!(client.write(b"ask").expect("a record"), 3);
        let mut heard = [0; 16 << 10];
        assert_eq!(wait(|| server.read(&mut heard)).expect("a record"), 3);
        assert_eq!(server.write(b"answer").expect("a record"), 6);
        drop(server);
        assert_eq!(wait(|| client.read(&mut heard)).expect("a record"), 6);
        assert_eq!(&heard[..6], b"answer");
        assert_eq!(wait(|| client.read(&mut heard)).expect("the end"), 0);
    }

    #[test]
    fn a_prime_is_as_long_as_both_want_it() {
        // else the client names groups itself
        const NO_GROUPS: &str = "NORMAL:-GROUP-ALL:-VERS-TLS1.3:+GROUP-SECP256R1";
        let longer = usual_prime() + 1;
        for (least, stands) in [(usual_prime(), false), (longer, true)] {
            let (listener, stream) = connected();
            let mut client = Session::anonymous(stream, NO_GROUPS, longer).expect("GnuTLS's own words");
            let serving = Server::new("NORMAL", least).expect("a prime");
            let mut server = serving.session(accepted(&listener)).expect("GnuTLS's own words");
            assert_eq!(meet(&mut client, &mut server).0.is_ok(), stands, "{least}");
        }
        assert!(Server::new("NORMAL", u32::MAX).is_err());
    }

    #[test]
    fn a_handshake_waits_for_the_other_end_and_fails_with_what_is_none() {
        const NONE: &[u8] = b"no TLS at all, and long enough to be read as the beginning of a record";
        let (listener, stream) = connected();
        let mut client = Session::anonymous(stream, "NORMAL", 1024).expect("GnuTLS's own words");
        assert_eq!(client.handshake().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        accepted(&listener).write_all(NONE).expect("it is there");
        let error = wait(|| client.handshake()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other, "{error}");

        let (listener, mut stream) = connected();
        let serving = Server::new("NORMAL", 0).expect("a usual prime");
        let mut server = serving.session(accepted(&listener)).expect("GnuTLS's own words");
        assert_eq!(server.handshake().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        stream.write_all(NONE).expect("it is there");
        let error = wait(|| server.handshake()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other, "{error}");
    }

    #[test]
    fn unknown_priorities_are_refused() {
        let (_listener, stream) = connected();
        let error = Session::anonymous(stream, "NO-SUCH", 0).unwrap_err();
        assert!(!error.to_string().is_empty());
    }
}
