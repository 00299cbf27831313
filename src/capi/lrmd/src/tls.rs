//! TLS with remote executors, as other libraries see it: sessions of libcrmcommon's that a caller made. Our own connections
//! are `capi_pcmk`'s.

use crate::foreign::{self, RemoteSession, gnutls_psk_client_credentials_t};
use capi_pcmk::functions;
use std::ffi::{c_char, c_int};
use sys_xml::node::{self, XmlNode};

/// `psk_cred_s`: nobody sets it or reads it.
#[unsafe(no_mangle)]
pub(crate) static mut psk_cred_s: gnutls_psk_client_credentials_t = std::ptr::null_mut();

/// The attributes of a message that tell its number and its kind.
pub(crate) const ID: &str = "lrmd_remote_msg_id";
pub(crate) const KIND: &str = "lrmd_remote_msg_type";

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
            node::set_attribute(message, ID, Some(&id.cast_signed().to_string()));
            if let Some(kind) = capi_pcmk::text(kind) {
                node::set_attribute(message, KIND, Some(&kind));
            }
            foreign::pcmk__remote_send_xml(session, message)
        }
    }
}
