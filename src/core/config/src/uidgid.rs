//! Users and groups that may connect: `uidgid` sections, there and in the files of `uidgid.d`.

use crate::items::store;
use crate::language::{Item, Sink};
use crate::number;
use crate::outside::Outside;
use core_icmap::Map;

/// `(uid_t) -1`, which no user or group has.
const NOBODY: u32 = u32::MAX;

/// Sets the key of one user or group.
pub(crate) fn allow(item: &Item<'_>, outside: &dyn Outside, map: &mut Map) -> Result<(), String> {
    let name = String::from_utf8_lossy(item.value);
    let number = number::signed(item.value).and_then(|id| u32::try_from(id).ok()).filter(|&id| id != NOBODY);
    let (kind, call, file) = match item.key {
        "uid" => ("user", "getpwnam_r", "passwd"),
        "gid" => ("group", "getgrnam_r", "group"),
        _ => return Err("uidgid: Only uid and gid are allowed items".into()),
    };
    let id = match number {
        Some(id) => id,
        None => {
            let found = if kind == "user" { outside.user_id(&name) } else { outside.group_id(&name) };
            let missing = || format!("The '{name}' {kind} is not found in /etc/{file}, please read the documentation.");
            found.map_err(|why| format!("{call}(): {why}"))?.ok_or_else(missing)?
        }
    };
    store(map, &format!("uidgid.config.{}.{id}", item.key), 1u8)
}

/// A file of `uidgid.d`.
pub(crate) struct Uidgid<'a> {
    pub(crate) map: &'a mut Map,
    pub(crate) outside: &'a dyn Outside,
}

impl Sink for Uidgid<'_> {
    type State = ();

    fn open(&mut self, path: &str, (): ()) -> Result<(), String> {
        match path {
            "uidgid" => Ok(()),
            _ => Err("uidgid: Can't add subsection different than uidgid".into()),
        }
    }

    fn item(&mut self, item: &Item<'_>, (): ()) -> Result<(), String> {
        match item.path {
            "uidgid.uid" | "uidgid.gid" => allow(item, self.outside, self.map),
            _ => Err("uidgid: Only uid and gid are allowed items".into()),
        }
    }

    fn close(&mut self, (): ()) -> Result<(), String> {
        Ok(())
    }
}
