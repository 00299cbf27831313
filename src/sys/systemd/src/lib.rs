//! Questions to systemd, over the system bus, through libdbus.
//!
//! Counterpart: `lib/services/dbus.c` (2.1.5). A [`Bus`] is one connection: questions are asked and waited for, or sent, and
//! their answers taken when its descriptor is readable. It has no thread and no loop of its own.

use core_agents::{UnitAnswer, UnitCall};
use dbus::Message;
use dbus::arg::Variant;
use dbus::channel::{BusType, Channel};
use dbus::message::MessageType;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

const SYSTEMD: &str = "org.freedesktop.systemd1";
const OBJECT: &str = "/org/freedesktop/systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// What becomes of a job that another one contradicts.
const MODE: &str = "replace";
/// How long an answer may take where nobody says.
pub const PATIENCE: Duration = Duration::from_secs(25);
/// What an answer is that never came.
const NO_REPLY: &str = "org.freedesktop.DBus.Error.NoReply";

/// A connection to the system bus.
pub struct Bus {
    channel: Channel,
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus").field("connected", &self.is_connected()).finish()
    }
}

impl Bus {
    /// Connects.
    ///
    /// # Errors
    /// Why there is no bus, in words.
    pub fn connect() -> Result<Bus, String> {
        let words = |error: dbus::Error| error.message().unwrap_or("no reason given").to_owned();
        let mut channel = Channel::get_private(BusType::System).map_err(words)?;
        // so that there is a descriptor to watch
        channel.set_watch_enabled(true);
        Ok(Bus { channel })
    }

    /// Whether the other end is there still.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.channel.is_connected()
    }

    /// Asks and waits for the answer.
    #[must_use]
    pub fn ask(&self, call: &UnitCall, limit: Duration) -> UnitAnswer {
        let Some(message) = message(call) else { return UnitAnswer::Unexpected };
        match self.channel.send_with_reply_and_block(message, limit) {
            Ok(reply) => answer(call, reply),
            Err(error) => refused(&error),
        }
    }

    /// Asks; gives the number that the answer will have. `None`: it can't be sent.
    #[must_use]
    pub fn send(&self, call: &UnitCall) -> Option<u32> {
        let number = self.channel.send(message(call)?).ok()?;
        self.channel.flush();
        Some(number)
    }

    /// Takes what came, without waiting: the numbers of questions and what to make [`Reply::to`] of.
    pub fn take(&self) -> Vec<(u32, Reply)> {
        let _or_the_end_is_told_elsewhere = self.channel.read_write(Some(Duration::ZERO));
        let messages = std::iter::from_fn(|| self.channel.pop_message());
        messages.filter_map(|message| Some((message.get_reply_serial()?, Reply(message)))).collect()
    }
}

impl AsFd for Bus {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the connection's socket, open as long as the channel is
        unsafe { BorrowedFd::borrow_raw(self.channel.watch().fd) }
    }
}

/// An answer as it came.
#[derive(Debug)]
pub struct Reply(Message);

impl Reply {
    /// What it says to that question.
    #[must_use]
    pub fn to(self, call: &UnitCall) -> UnitAnswer {
        answer(call, self.0)
    }
}

/// What it is when there was no answer.
#[must_use]
pub fn no_reply() -> UnitAnswer {
    UnitAnswer::Refused(NO_REPLY.to_owned(), "Did not receive a reply".to_owned())
}

fn refused(error: &dbus::Error) -> UnitAnswer {
    UnitAnswer::Refused(error.name().unwrap_or(NO_REPLY).to_owned(), error.message().unwrap_or_default().to_owned())
}

fn message(call: &UnitCall) -> Option<Message> {
    let to_manager = |method: &str| Message::new_method_call(SYSTEMD, OBJECT, MANAGER, method).ok();
    // a NUL has no place in a message
    let clean = |text: &str| text.replace('\0', "");
    match call {
        UnitCall::Load(unit) => Some(to_manager("LoadUnit")?.append1(clean(unit))),
        UnitCall::Start(unit) => Some(to_manager("StartUnit")?.append2(clean(unit), MODE)),
        UnitCall::Stop(unit) => Some(to_manager("StopUnit")?.append2(clean(unit), MODE)),
        UnitCall::Restart(unit) => Some(to_manager("RestartUnit")?.append2(clean(unit), MODE)),
        UnitCall::Reload => to_manager("Reload"),
        UnitCall::List => to_manager("ListUnitFiles"),
        UnitCall::Property(object, name) => {
            let message = Message::new_method_call(SYSTEMD, clean(object), PROPERTIES, "Get").ok()?;
            Some(message.append2(UNIT, *name))
        }
    }
}

fn answer(call: &UnitCall, mut reply: Message) -> UnitAnswer {
    if let Err(error) = reply.as_result() {
        return refused(&error);
    }
    if reply.msg_type() != MessageType::MethodReturn {
        return UnitAnswer::Unexpected;
    }
    let found = match call {
        UnitCall::Load(_) | UnitCall::Start(_) | UnitCall::Stop(_) | UnitCall::Restart(_) => {
            reply.read1::<dbus::Path<'_>>().ok().map(|path| UnitAnswer::Path(path.to_string()))
        }
        UnitCall::Property(..) => reply.read1::<Variant<String>>().ok().map(|value| UnitAnswer::Text(value.0)),
        UnitCall::List => {
            let files = reply.read1::<Vec<(String, String)>>().ok();
            files.map(|files| UnitAnswer::Names(files.into_iter().map(|(name, _)| name).collect()))
        }
        UnitCall::Reload => Some(UnitAnswer::Nothing),
    };
    found.unwrap_or(UnitAnswer::Unexpected)
}
