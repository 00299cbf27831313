//! From a connection to a user that may use it (`cib_remote_auth()`, `authenticate_user()`).

use super::link::{Ended, Link};
use core_cib::manager::remote::{LOGIN_MAX, LOGIN_WITHIN, Login, shown};
use core_pcmk_ipc::Incoming;
use core_types::Level;
use std::sync::Arc;
use sys_pam::Pam;
use sys_pcmk::{GROUP, Line};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Passwords that are checked at once: each takes a thread, for seconds where it is wrong.
const CHECKS_MAX: usize = 4;
/// PAM's rules, unless `CIB_pam_service` names others.
const SERVICE: &str = "login";
const TIMEOUT: &str = "remote_auth_timeout_cb";
const READ: &str = "pcmk__read_remote_message";
const AUTH: &str = "cib_remote_auth";

/// Who may come in.
pub(super) struct Gate {
    pam: Option<Pam>,
    service: String,
    checks: Arc<Semaphore>,
}

impl Gate {
    /// Without PAM, nobody may: the reference would let everybody in.
    pub(super) fn new(pam: Option<Pam>) -> Gate {
        let service = std::env::var("CIB_pam_service").unwrap_or_else(|_| SERVICE.to_owned());
        Gate { pam, service, checks: Arc::new(Semaphore::new(CHECKS_MAX)) }
    }

    /// Whether the password is the user's, who must be of the cluster's group; where not, what the log has of it.
    pub(super) async fn check(&self, login: &Login) -> Result<(), Vec<Line>> {
        let refused = |text: String| {
            vec![(Level::Error, "authenticate_user", text), (Level::Error, AUTH, "PAM auth failed".to_owned())]
        };
        let Some(pam) = self.pam else { return Err(refused("PAM is _not_ enabled!".to_owned())) };
        let Ok(permit) = self.checks.clone().acquire_owned().await else {
            return Err(refused("no more passwords are checked".to_owned()));
        };
        let (login, service) = (login.clone(), self.service.clone());
        let check = move || {
            // also where nobody waits for it any more
            let _until_the_end = permit;
            check_group(&login.user)?;
            pam.authenticate(&service, &login.user, &login.password).map_err(|why| refused(why.to_string()))
        };
        spawn_blocking(check).await.unwrap_or_else(|error| Err(refused(error.to_string())))
    }
}

/// Whether a user is of the cluster's group, by login or as a member (`check_group_membership()`).
fn check_group(user: &str) -> Result<(), Vec<Line>> {
    let no_member = (Level::Error, AUTH, "User is not a member of the required group".to_owned());
    let Some((_, login_group)) = sys_os::user_ids(user).ok().flatten() else {
        let text = format!("No user named '{}' exists!", shown(user));
        return Err(vec![(Level::Error, "check_group_membership", text), no_member]);
    };
    let by_login = sys_os::group_id(GROUP) == Ok(Some(login_group));
    if by_login || sys_os::is_listed_in_group(user, GROUP) { Ok(()) } else { Err(vec![no_member]) }
}

/// Shakes hands, where that is to be, and waits until somebody says who he is. Time is given for each of the two.
pub(super) async fn await_login(link: &Link, incoming: &mut Incoming) -> Result<Login, Line> {
    let late = |_| (Level::Error, TIMEOUT, "Remote client authentication timed out".to_owned());
    timeout(LOGIN_WITHIN, link.handshake()).await.map_err(late)?.map_err(|error| {
        (Level::Error, "pcmk__read_handshake_data", format!("TLS handshake with remote client failed: {error}"))
    })?;
    incoming.set_limit(LOGIN_MAX);
    let text = timeout(LOGIN_WITHIN, link.receive(incoming)).await.map_err(late)?.map_err(|ended| {
        let level = if matches!(ended, Ended::NoMessage(_)) { Level::Error } else { Level::Debug };
        (level, READ, ended.to_string())
    })?;
    Login::read(&text).map_err(|why| (Level::Error, AUTH, why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use core_pcmk_ipc::{REMOTE_HEADER_SIZE, encode_remote};
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use sys_tls::Server;
    use tokio::net::TcpListener;

    const LOGIN: &str = "<cib_command op=\"authenticate\" user=\"u\" password=\"secret\"/>";

    /// A client and its link.
    async fn connected(server: Option<&Server>) -> (TcpStream, Link) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        (client, Link::new(accepted, server).unwrap())
    }

    /// What becomes of a client that says this, and no more.
    async fn said(bytes: &[u8]) -> Result<Login, Line> {
        let (mut client, link) = connected(None).await;
        client.write_all(bytes).unwrap();
        await_login(&link, &mut Incoming::default()).await
    }

    #[tokio::test]
    async fn a_login_is_read_and_what_is_none_is_refused() {
        let login = said(&encode_remote(LOGIN, 1)).await.unwrap();
        assert_eq!((login.user.as_str(), login.password.as_str()), ("u", "secret"));
        let (_, function, text) = said(&encode_remote("<a/>", 1)).await.unwrap_err();
        assert_eq!((function, text.as_str()), (AUTH, "Wrong tag: a"));
        for nonsense in [&b"GET / HTTP/1.1\r\nHost: somewhere.example\r\n\r\n"[..], &[0xff; 64]] {
            let (level, function, _) = said(nonsense).await.unwrap_err();
            assert_eq!((level, function), (Level::Error, READ));
        }
    }

    #[tokio::test]
    async fn what_claims_to_be_long_is_refused_before_it_comes() {
        let long = encode_remote(&" ".repeat(LOGIN_MAX * 2), 1);
        let (_, function, text) = said(&long[..REMOTE_HEADER_SIZE]).await.unwrap_err();
        assert!(function == READ && text.starts_with("the header claims"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_or_not_all_is_given_up_in_time() {
        let part = &encode_remote(LOGIN, 1)[..60];
        for bytes in [&[][..], part] {
            let began = tokio::time::Instant::now();
            let (level, function, _) = said(bytes).await.unwrap_err();
            assert_eq!((level, function, began.elapsed()), (Level::Error, TIMEOUT, LOGIN_WITHIN));
        }
        let server = Server::new("NORMAL", 0).unwrap();
        let (_client, link) = connected(Some(&server)).await;
        let refused = await_login(&link, &mut Incoming::default()).await.unwrap_err();
        assert_eq!(refused.1, TIMEOUT);
    }

    #[tokio::test]
    async fn who_goes_is_no_error() {
        let (client, link) = connected(None).await;
        client.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(await_login(&link, &mut Incoming::default()).await.unwrap_err().0, Level::Debug);
        drop(link);
        assert_eq!((&client).read(&mut [0]).unwrap(), 0);
    }

    #[tokio::test]
    async fn nobody_comes_in_without_pam_or_the_group() {
        let login = |user: &str| Login { user: user.to_owned(), password: "p".to_owned(), name: None };
        assert_eq!(Gate::new(None).check(&login("root")).await.unwrap_err()[0].2, "PAM is _not_ enabled!");
        let refused = check_group("no-such\nuser").unwrap_err();
        assert_eq!(refused[0].2, "No user named 'no-such\\nuser' exists!");
    }
}
