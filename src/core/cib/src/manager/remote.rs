//! Clients on other hosts: who may log in, and what becomes of their messages (`based_remote.c`).
//!
//! Whoever connects says first who it is, and proves it by a password; it is told its number. From then on it is a client as
//! those of this host are, save that its messages come over a stream, have no flags, and can't be for another host.

use super::{Action, ClientId, Envelope, Host, Manager, Now, messages};
use core_pcmk_ipc::{Flags, encode_remote};
use core_types::leading_digits;
use core_xml::{Document, Form, Limits};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

/// How long a client may take over its TLS handshake, and then again until it logs in (`REMOTE_AUTH_TIMEOUT`).
pub const LOGIN_WITHIN: Duration = Duration::from_secs(10);
/// Most bytes of a login, with its end: the reference takes any length.
pub const LOGIN_MAX: usize = 16 << 10;
/// Most characters of a stranger's words in the log.
const WORDS_MAX: usize = 80;
/// The element that each message is.
const COMMAND: &str = "cib_command";
/// A client's name, in its messages and in its login.
const NAME: &str = "cn";
const LOGIN_NAME: &str = "name";

/// The ports in the CIB's root: whether TLS is spoken there, and what it is called.
pub const PORTS: [(bool, &str); 2] = [(true, "remote-tls-port"), (false, "remote-clear-port")];

/// The port that an attribute sets (`pcmk__scan_port()`); `None` where it sets none.
///
/// # Errors
/// What is to be said of a text that is no port.
pub fn port(text: &str) -> Result<Option<u16>, String> {
    let Some((digits, _)) = leading_digits(text) else {
        return Err(format!("Could not parse integer from '{text}' (using -1 instead): No digits found"));
    };
    match digits.parse::<u16>() {
        Ok(port) => Ok(Some(port).filter(|port| *port != 0)),
        Err(_) if digits.trim_start_matches(['-', '0']).is_empty() => Ok(None),
        Err(_) => Err(format!("Ignoring port specification '{text}' not in valid range (0-65535)")),
    }
}

/// Who somebody says to be.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// What proves it.
    pub password: String,
    /// What the client calls itself.
    pub name: Option<String>,
}

impl fmt::Debug for Login {
    /// Without the password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Login").field("user", &self.user).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a message is no login.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// It isn't even XML: line and column only, as what is there may be the password.
    #[error("the login is no XML at line {0}, column {1}")]
    Text(usize, usize),
    /// Another element.
    #[error("Wrong tag: {0}")]
    Tag(String),
    /// Another operation.
    #[error("Wrong operation: {0}")]
    Operation(String),
    /// No user or no password.
    #[error("missing auth credentials")]
    Incomplete,
}

impl Login {
    /// Reads a client's first message.
    ///
    /// # Errors
    /// It is none.
    pub fn read(text: &str) -> Result<Login, LoginError> {
        let login =
            Document::parse(text, Limits::default()).map_err(|error| LoginError::Text(error.line, error.column))?;
        let root = login.root();
        let tag = login.name(root).unwrap_or_default();
        if !tag.eq_ignore_ascii_case(COMMAND) {
            return Err(LoginError::Tag(shown(tag)));
        }
        let word = |name| login.attribute(root, name).map(str::to_owned);
        let operation = login.attribute(root, "op").unwrap_or("(null)");
        if !operation.eq_ignore_ascii_case("authenticate") {
            return Err(LoginError::Operation(shown(operation)));
        }
        match (word("user"), word("password")) {
            (Some(user), Some(password)) => Ok(Login { user, password, name: word(LOGIN_NAME) }),
            _ => Err(LoginError::Incomplete),
        }
    }
}

/// A stranger's words as the log may have them: on one line, and not too long.
#[must_use]
pub fn shown(words: &str) -> String {
    words.escape_debug().take(WORDS_MAX).collect()
}

impl Manager {
    /// Tells a client that it is logged in.
    pub fn welcome(&mut self, client: ClientId) {
        let Some(uuid) = self.clients.get(&client).map(|client| &client.who.uuid) else { return };
        let welcome = messages::welcome("cib_result", uuid);
        self.send_remote(&[client], &welcome.text(welcome.root(), Form::Compact));
    }

    /// Takes a message of a client on another host.
    pub fn receive_remote(&mut self, from: ClientId, mut request: Document, now: Now<'_>, host: &dyn Host) {
        let root = request.root();
        let Some(client) = self.clients.get_mut(&from) else { return };
        if !request.name(root).is_some_and(|name| name.eq_ignore_ascii_case(COMMAND)) {
            return;
        }
        let name = client.name.get_or_insert_with(|| {
            request.attribute(root, NAME).map_or_else(|| client.who.uuid.clone(), str::to_owned)
        });
        // what only hosts may say
        for name in [messages::ORIGIN, messages::HOST, messages::UPDATE, messages::ACL_USER] {
            request.remove_attribute(root, name);
        }
        let words = [
            (messages::TYPE, "cib"),
            (messages::CLIENT_ID, &client.who.uuid),
            (messages::CLIENT_NAME, name),
            (messages::USER, &client.who.user),
        ];
        words.iter().for_each(|(name, value)| request.set_attribute(root, name, value));
        for (name, value) in [(messages::CALL_ID, client.who.uuid.as_str()), (messages::CALL_OPTIONS, "0")] {
            if request.attribute(root, name).is_none() {
                request.set_attribute(root, name, value);
            }
        }
        self.dispatch(from, Envelope { id: 0, flags: Flags::empty() }, request, now, host);
    }

    /// Sends a text to clients on other hosts.
    pub(super) fn send_remote(&mut self, to: &[ClientId], text: &str) {
        if to.is_empty() {
            return;
        }
        self.remote_messages += 1;
        let bytes: Rc<[u8]> = encode_remote(text, self.remote_messages).into();
        self.actions.extend(to.iter().map(|to| Action::Remote(*to, bytes.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_what_c_reads_as_one() {
        for (text, found) in
            [("1234", Some(1234)), ("0", None), ("-0", None), (" +7x", Some(7)), ("65535", Some(65535))]
        {
            assert_eq!(port(text), Ok(found), "{text}");
        }
        for text in ["65536", "-1", "99999999999999999999", "", "x1", "-"] {
            assert!(port(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_login_has_a_user_and_a_password_and_shows_only_the_user() {
        let text = "<cib_command op='authenticate' user='u' password='secret' hidden='password' name='n'/>";
        let login = Login::read(text).unwrap();
        assert_eq!((login.user.as_str(), login.password.as_str(), login.name.as_deref()), ("u", "secret", Some("n")));
        assert!(!format!("{login:?}").contains("secret"));
        for (text, why) in [
            ("<a op='authenticate' user='u' password='p'/>", "Wrong tag: a"),
            ("<cib_command op='register' user='u' password='p'/>", "Wrong operation: register"),
            ("<cib_command user='u' password='p'/>", "Wrong operation: (null)"),
            ("<cib_command op='authenticate' user='u'/>", "missing auth credentials"),
            ("<cib_command op='authenticate' password='p'/>", "missing auth credentials"),
        ] {
            assert_eq!(Login::read(text).unwrap_err().to_string(), why);
        }
    }

    #[test]
    fn the_log_gets_neither_a_broken_password_nor_a_stranger_s_lines() {
        for text in ["no XML", "<cib_command password='x'><secret></cib_command>", "<cib_command secret secret/>"] {
            let refused = Login::read(text).unwrap_err();
            assert!(matches!(refused, LoginError::Text(..)) && !refused.to_string().contains("secret"), "{refused}");
        }
        let refused = Login::read("<cib_command op='a&#10;b'/>").unwrap_err();
        assert_eq!(refused.to_string(), "Wrong operation: a\\nb");
        assert_eq!(shown(&"é".repeat(1000)).chars().count(), WORDS_MAX);
    }
}
