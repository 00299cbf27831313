//! A small systemd: `org.freedesktop.systemd1` on the system bus of a host, with units that behave well or badly. What it
//! is asked is written to a file. For tests only.
#![forbid(unsafe_code)]

use dbus::Message;
use dbus::arg::Variant;
use dbus::channel::{BusType, Channel};
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs::{self, File};
use std::io::Write;
use std::time::Duration;

/// The file of a bus on which everybody may do everything, at the place of the system's.
pub const BUS: &str = include_str!("bus.conf");
/// There once it serves.
pub const IS_UP: &str = "/run/systemd-is-up";

const UNITS: &str = "/org/freedesktop/systemd1/unit/";

/// Serves until its host goes, writing to a file what it is asked.
///
/// # Panics
/// There is no bus, or the file can't be written.
pub fn serve(calls: &str) {
    let channel = Channel::get_private(BusType::System).expect("a bus");
    let claim = Message::new_method_call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName");
    let claim = claim.expect("a message").append2("org.freedesktop.systemd1", 4_u32);
    channel.send_with_reply_and_block(claim, Duration::from_secs(10)).expect("the name");
    let mut calls = File::create(calls).expect("a file");
    fs::write(IS_UP, "").expect("a file");
    let mut states: BTreeMap<String, &str> = BTreeMap::new();
    loop {
        let Ok(message) = channel.blocking_pop_message(Duration::from_secs(300)) else { return };
        let Some(message) = message else { continue };
        let Some(member) = message.member() else { continue };
        let arguments = message.get2::<String, String>();
        let (first, second) = (arguments.0.unwrap_or_default(), arguments.1.unwrap_or_default());
        if !matches!(
            &*member,
            "LoadUnit" | "Get" | "StartUnit" | "StopUnit" | "RestartUnit" | "Reload" | "ListUnitFiles"
        ) {
            continue;
        }
        let object = message.path().map(|path| path.to_string()).unwrap_or_default();
        writeln!(calls, "{member} {object} {first} {second}").expect("the file");
        if let Some(reply) = reply(&message, &member, &object, &first, &second, &mut states) {
            let _gone = channel.send(reply);
            channel.flush();
        }
    }
}

fn error(message: &Message, name: &str) -> Message {
    let name = format!("org.freedesktop.systemd1.{name}");
    message.error(&name.into(), &CString::new("it is refused").expect("no NUL"))
}

/// What is answered; `None`: nothing.
fn reply(
    message: &Message,
    member: &str,
    object: &str,
    first: &str,
    second: &str,
    states: &mut BTreeMap<String, &'static str>,
) -> Option<Message> {
    let path = |path: String| message.method_return().append1(dbus::Path::new(path).expect("a path"));
    let escaped = first.replace(['.', '@', '-'], "_");
    Some(match member {
        "LoadUnit" => match first {
            "invalid.service" => error(message, "InvalidName"),
            "unloaded.service" => error(message, "LoadFailed"),
            "odd.service" => message.method_return().append1("no path"),
            "silent.service" => return None,
            _ => path(format!("{UNITS}{escaped}")),
        },
        "Get" => {
            let unit = object.strip_prefix(UNITS).unwrap_or_default();
            let value = match second {
                "Description" => format!("The \"{unit}\" <unit>"),
                "LoadState" if unit.starts_with("nosuch") => "not-found".to_owned(),
                "LoadState" if unit.starts_with("hidden") => "masked".to_owned(),
                "LoadState" => "loaded".to_owned(),
                "ActiveState" if unit == "mute_service" => return None,
                "ActiveState" => states.get(unit).copied().unwrap_or("inactive").to_owned(),
                _ => return Some(error(message, "NoSuchProperty")),
            };
            message.method_return().append1(Variant(value))
        }
        "StartUnit" | "StopUnit" | "RestartUnit" => match first {
            "nosuch.service" => error(message, "NoSuchUnit"),
            "denied.service" => error(message, "Denied"),
            "oddjob.service" => message.method_return().append1("no path"),
            "slow.service" => return None,
            _ => {
                let state = match (member, first) {
                    ("StopUnit", _) => "inactive",
                    (_, "lazy.service") => "activating",
                    (_, "failing.service") => "failed",
                    _ => "active",
                };
                states.insert(escaped, state);
                path("/org/freedesktop/systemd1/job/1".to_owned())
            }
        },
        "Reload" => message.method_return(),
        _ => {
            let files =
                ["b.service", "A.timer", "c.target", "web.service", "template@.service", "a.mount", "Web.socket"];
            let files = files.map(|file| (format!("/lib/systemd/system/{file}"), "enabled".to_owned()));
            message.method_return().append1(files.to_vec())
        }
    })
}
