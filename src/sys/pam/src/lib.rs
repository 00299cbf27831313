//! PAM behind a safe face: whether a password is a user's, and the user may come in.
//!
//! Counterpart: `authenticate_user()` of `daemons/based/based_remote.c` (2.1.5). libpam.so.0 is looked for when it is needed:
//! few clusters let anybody in from outside, and a host without PAM has none of its files. Layouts and numbers are those of
//! Linux-PAM's `security/_pam_types.h`, which its ABI holds fixed.

mod conversation;
mod library;

use conversation::Conversation;
use library::{Handle, PAM_SUCCESS, PAM_USER};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{null, null_mut};

pub use library::{Missing, Pam};

/// Why a user isn't let in, in the reference's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The service is none, or PAM can't work.
    #[error("Could not initialize PAM: {0}")]
    Start(Words),
    /// The password is wrong, or nobody's.
    #[error("Authentication failed for {0}: {1}")]
    Password(String, Words),
    /// PAM doesn't say who came in.
    #[error("Internal PAM error: {0}")]
    Internal(Words),
    /// The same.
    #[error("Unknown user authenticated.")]
    Nobody,
    /// Another user came in.
    #[error("User mismatch: {0} vs. {1}.")]
    Other(String, String),
    /// The user may not come in now.
    #[error("Access denied: {0}")]
    Account(Words),
    /// A text with a NUL in it is no text of C.
    #[error("a NUL in the service, the user or the password")]
    Text,
}

/// What PAM says of one of its numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text} ({code})")]
pub struct Words {
    text: String,
    /// PAM's number.
    pub code: c_int,
}

impl Pam {
    /// Whether a password is a user's, and the user may come in, by the rules of a service. This may take seconds: PAM
    /// lets those wait who are wrong.
    ///
    /// # Errors
    /// Why not.
    pub fn authenticate(&self, service: &str, user: &str, password: &str) -> Result<(), Refused> {
        let text = |text: &str| CString::new(text).map_err(|_| Refused::Text);
        let (service, name, password) = (text(service)?, text(user)?, text(password)?);
        let conversation = Conversation::answering(&password);
        let mut transaction = Transaction { pam: self, handle: null_mut(), last: PAM_SUCCESS };
        // SAFETY: pam_start(3): strings, a conversation that outlives the transaction, and a place
        let code = unsafe { (self.start)(service.as_ptr(), name.as_ptr(), &conversation, &mut transaction.handle) };
        transaction.checked(code).map_err(Refused::Start)?;
        // SAFETY: pam_authenticate(3): a transaction that was started
        let code = unsafe { (self.authenticate)(transaction.handle, 0) };
        transaction.checked(code).map_err(|words| Refused::Password(user.to_owned(), words))?;
        let came = transaction.user().map_err(Refused::Internal)?.ok_or(Refused::Nobody)?;
        if !came.eq_ignore_ascii_case(user) {
            return Err(Refused::Other(came, user.to_owned()));
        }
        // SAFETY: pam_acct_mgmt(3): a transaction that was started
        let code = unsafe { (self.acct_mgmt)(transaction.handle, 0) };
        transaction.checked(code).map_err(Refused::Account)
    }
}

/// From pam_start(3) to pam_end(3).
struct Transaction<'a> {
    pam: &'a Pam,
    handle: *mut Handle,
    /// What came last, which PAM's modules are told at the end.
    last: c_int,
}

impl Transaction<'_> {
    fn checked(&mut self, code: c_int) -> Result<(), Words> {
        self.last = code;
        if code == PAM_SUCCESS {
            return Ok(());
        }
        // SAFETY: pam_strerror(3): a transaction or null, and any number; a static string or null
        let text = unsafe { (self.pam.strerror)(self.handle, code) };
        // SAFETY: a string, by what pam_strerror(3) says
        Err(Words { text: unsafe { text_of(text) }.unwrap_or_default(), code })
    }

    /// Who it is about by now: modules may have changed that.
    fn user(&mut self) -> Result<Option<String>, Words> {
        let mut user = null();
        // SAFETY: pam_get_item(3): a transaction that was started, an item, and a place
        let code = unsafe { (self.pam.get_item)(self.handle, PAM_USER, &mut user) };
        self.checked(code)?;
        // SAFETY: the item is null or a string, by pam_get_item(3)
        Ok(unsafe { text_of(user.cast()) })
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            // SAFETY: pam_end(3): a transaction that was started, for the last time
            unsafe { (self.pam.end)(self.handle, self.last) };
        }
    }
}

/// A copy of a text of C; `None` for null.
///
/// # Safety
/// Null or a string.
unsafe fn text_of(text: *const c_char) -> Option<String> {
    // SAFETY: the caller's contract, passed on
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pam() -> Option<Pam> {
        let loaded = Pam::load();
        if let Err(missing) = &loaded {
            eprintln!("skipped: {missing}");
        }
        loaded.ok()
    }

    #[test]
    fn nobody_comes_in_with_a_password_of_nobody() {
        let Some(pam) = pam() else { return };
        // without a service's file there are the rules for others: nobody, or the common ones
        let refused = pam.authenticate("systole-no-such-service", "systole-no-such-user", "secret").unwrap_err();
        assert!(matches!(refused, Refused::Password(..) | Refused::Start(_)), "{refused}");
        assert!(!refused.to_string().contains("secret"));
    }

    #[test]
    fn a_nul_is_no_part_of_a_name() {
        let Some(pam) = pam() else { return };
        for (service, user, password) in [("a\0", "b", "c"), ("a", "b\0", "c"), ("a", "b", "c\0")] {
            assert_eq!(pam.authenticate(service, user, password), Err(Refused::Text));
        }
    }
}
