//! A TLS session with a remote executor, in libcrmcommon's structure, whose functions send and receive its messages.

use crate::foreign::{self, RemoteSession, gnutls_psk_client_credentials_t};
use crate::key;
use capi_pcmk::functions;
use core_xml::Document;
use std::cell::UnsafeCell;
use std::ffi::{CStr, c_char, c_int};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use sys_xml::node::{self, XmlNode};

/// Who we say we are (`DEFAULT_REMOTE_USERNAME`).
const USER: &CStr = c"lrmd";
/// How long the handshake may take, in milliseconds.
const HANDSHAKE: c_int = 5000;

/// `psk_cred_s`: nobody sets it or reads it.
#[unsafe(no_mangle)]
pub(crate) static mut psk_cred_s: gnutls_psk_client_credentials_t = std::ptr::null_mut();

/// A message that came.
pub(crate) struct Message {
    pub(crate) whole: *mut XmlNode,
    pub(crate) document: Document,
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: libcrmcommon gave it to us; callbacks copy what they keep
        unsafe { node::free(self.whole) };
    }
}

/// See the module. Closed when it is dropped.
pub(crate) struct Tls {
    session: UnsafeCell<RemoteSession>,
    credentials: gnutls_psk_client_credentials_t,
    socket: OwnedFd,
}

impl Tls {
    /// Makes a session over a connected socket.
    ///
    /// # Errors
    /// Why there is none, as a negative errno.
    pub(crate) fn establish(socket: OwnedFd) -> Result<Tls, c_int> {
        let key = key::find().map_err(|code| -code)?;
        // SAFETY: a structure of numbers and pointers, for which zero is a value: libcrmcommon begins with it so
        let session = unsafe { std::mem::zeroed::<RemoteSession>() };
        let mut tls = Tls { session: UnsafeCell::new(session), credentials: std::ptr::null_mut(), socket };
        let key = key::datum(&key).map_err(|code| -code)?;
        // SAFETY: gnutls_psk_set_client_credentials(): a place, a string, a key, which is copied; gnutls_free: set when
        // GnuTLS was loaded
        unsafe {
            foreign::gnutls_psk_allocate_client_credentials(&raw mut tls.credentials);
            foreign::gnutls_psk_set_client_credentials(
                tls.credentials,
                USER.as_ptr(),
                &raw const key,
                foreign::gnutls_psk_key_flags_GNUTLS_PSK_KEY_RAW,
            );
            gnutls_free(key.data.cast());
        }
        // SAFETY: pcmk__new_tls_session(): a socket and credentials that the session has as long as it lives
        let made = unsafe {
            foreign::pcmk__new_tls_session(
                tls.socket.as_raw_fd(),
                foreign::GNUTLS_CLIENT,
                foreign::gnutls_credentials_type_t_GNUTLS_CRD_PSK,
                tls.credentials.cast(),
            )
        };
        if made.is_null() {
            return Err(-libc::EPROTO);
        }
        tls.session.get_mut().tls_session = made;
        // SAFETY: pcmk__tls_client_handshake(): a session of ours
        if unsafe { foreign::pcmk__tls_client_handshake(tls.session.get(), HANDSHAKE) } != 0 {
            // SAFETY: there is nobody to say goodbye to
            unsafe { tls.end() };
            return Err(-libc::EKEYREJECTED);
        }
        Ok(tls)
    }

    pub(crate) fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    /// Sends a message with a number and a type.
    ///
    /// # Errors
    /// Why not, as an errno.
    pub(crate) fn send(&self, message: &Document, id: c_int, kind: &CStr) -> Result<(), c_int> {
        let message = node::create(message).ok_or(libc::EMSGSIZE)?.as_ptr();
        // SAFETY: a session and a node of ours
        let code = unsafe { lrmd__remote_send_xml(self.session.get(), message, id.cast_unsigned(), kind.as_ptr()) };
        // SAFETY: made above
        unsafe { node::free(message) };
        if code == 0 { Ok(()) } else { Err(code) }
    }

    /// Whether something can be read now.
    ///
    /// # Errors
    /// Why not ever, as an errno.
    pub(crate) fn is_ready(&self) -> Result<bool, c_int> {
        // SAFETY: pcmk__remote_ready(): a session of ours
        match unsafe { foreign::pcmk__remote_ready(self.session.get(), 0) } {
            0 => Ok(true),
            libc::ETIME => Ok(false),
            code => Err(code),
        }
    }

    /// Waits for bytes, so many milliseconds; below zero, libcrmcommon's own limit.
    ///
    /// # Errors
    /// None came, as an errno.
    pub(crate) fn read(&self, milliseconds: c_int) -> Result<(), c_int> {
        // SAFETY: pcmk__read_remote_message(): a session of ours
        match unsafe { foreign::pcmk__read_remote_message(self.session.get(), milliseconds) } {
            0 => Ok(()),
            code => Err(code),
        }
    }

    /// The next message of those that were read whole.
    pub(crate) fn message(&self) -> Option<Message> {
        // SAFETY: pcmk__remote_message_xml(): a session of ours; it gives a node that is ours
        let whole = unsafe { foreign::pcmk__remote_message_xml(self.session.get()) };
        // SAFETY: null or a node of ours
        match unsafe { node::read(whole) } {
            Some(document) => Some(Message { whole, document }),
            None => {
                // SAFETY: null or ours
                unsafe { node::free(whole) };
                None
            }
        }
    }

    /// # Safety
    /// Nobody uses the session any more.
    unsafe fn end(&mut self) {
        let session = self.session.get_mut();
        let made = std::mem::replace(&mut session.tls_session, std::ptr::null_mut());
        if !made.is_null() {
            // SAFETY: gnutls_deinit(): a session that nobody uses any more; its place is of gnutls_malloc's
            unsafe {
                foreign::gnutls_deinit(*made);
                gnutls_free(made.cast());
            }
        }
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let session = self.session.get_mut();
        // SAFETY: gnutls_bye(): null or a session; a socket that doesn't block
        if let Some(made) = unsafe { session.tls_session.as_ref() } {
            // SAFETY: the same
            unsafe { foreign::gnutls_bye(*made, foreign::gnutls_close_request_t_GNUTLS_SHUT_RDWR) };
        }
        // SAFETY: free(3): null or of libcrmcommon's malloc; gnutls_psk_free_client_credentials(): after its session
        unsafe {
            libc::free(session.buffer.cast());
            self.end();
            if !self.credentials.is_null() {
                foreign::gnutls_psk_free_client_credentials(self.credentials);
            }
        }
    }
}

/// # Safety
/// `place` is null or of gnutls_malloc's, and nobody's any more.
unsafe fn gnutls_free(place: *mut std::ffi::c_void) {
    // SAFETY: gnutls_free: set when GnuTLS was loaded
    if let Some(free) = unsafe { foreign::gnutls_free } {
        // SAFETY: the caller's contract, passed on
        unsafe { free(place) };
    }
}

functions! {
    /// `lrmd__remote_send_xml()`: sends a message with a number and a type.
    ///
    /// # Safety
    /// `session` is a live one; `message` is a node, which gets attributes; `kind` is null or a string.
    export fn lrmd__remote_send_xml(
        session: *mut RemoteSession, message: *mut XmlNode, id: u32, kind: *const c_char
    ) -> c_int, or libc::EINVAL => {
        if message.is_null() {
            return libc::EINVAL;
        }
        // SAFETY: a node, null or a string, a live session, by the caller's contract
        unsafe {
            node::set_attribute(message, "lrmd_remote_msg_id", Some(&id.cast_signed().to_string()));
            if let Some(kind) = capi_pcmk::text(kind) {
                node::set_attribute(message, "lrmd_remote_msg_type", Some(&kind));
            }
            foreign::pcmk__remote_send_xml(session, message)
        }
    }
}
