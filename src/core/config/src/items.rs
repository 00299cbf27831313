//! corosync.conf's keys: their types, checks and names in the map (`main_config_parser_cb`).

use crate::error::bounded;
use crate::interface::Interface;
use crate::language::{Item, Sink};
use crate::logging::Logger;
use crate::outside::Outside;
use crate::parse::Sources;
use crate::{number, uidgid};
use core_icmap::{Map, Type, Value};

/// Room for an error message about a key.
const ERROR_SIZE: usize = 256;
const UNFORMATTED: &str = "Can't format parser error message";

/// Which section's rules hold.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Section {
    #[default]
    Normal,
    Totem,
    Interface,
    Member,
    LoggerSubsys,
    LoggingDaemon,
    Uidgid,
    Quorum,
    Device,
    Nodelist,
    Node,
    System,
    Resources,
    Resource,
}

/// The main file on its way into a map.
pub(crate) struct Main<'a> {
    file: &'a str,
    map: &'a mut Map,
    outside: &'a dyn Outside,
    sources: &'a mut Sources,
    interface: Interface,
    interface_lines: Vec<(String, usize)>,
    logger: Logger,
    node: u32,
}

impl<'a> Main<'a> {
    pub(crate) fn new(file: &'a str, map: &'a mut Map, outside: &'a dyn Outside, sources: &'a mut Sources) -> Self {
        let (interface, logger) = Default::default();
        Main { file, map, outside, sources, interface, interface_lines: Vec::new(), logger, node: 0 }
    }
}

/// Sets a key, or says why it can't be.
pub(crate) fn store(map: &mut Map, key: &str, value: impl Into<Value>) -> Result<(), String> {
    let failed = |error| format!("Can't store key \"{key}\" into icmap, returned error is {error}");
    map.set(key, value).map_err(|error| bounded(failed(error), ERROR_SIZE, UNFORMATTED))
}

/// An integer in its type's range, or what the range is.
pub(crate) fn integer(key: &str, text: &[u8], kind: Type) -> Result<Value, String> {
    number::value(text, kind).ok_or_else(|| {
        let (min, max) = number::range(kind);
        let text = String::from_utf8_lossy(text);
        let why = format!(
            "Value of key \"{key}\" is expected to be integer in range ({min}..{max}), but \"{text}\" was given"
        );
        bounded(why, ERROR_SIZE, UNFORMATTED)
    })
}

/// The type of a key; text unless the reference reads it as a number.
fn kind(section: Section, item: &Item<'_>) -> Type {
    let key = item.key;
    let under = |prefix: &str| item.path.strip_prefix(prefix).unwrap_or_default();
    match section {
        Section::Quorum => match under("quorum.") {
            "expected_votes" | "votes" | "last_man_standing_window" | "leaving_timeout" => Type::U32,
            "two_node"
            | "expected_votes_tracking"
            | "allow_downscale"
            | "wait_for_all"
            | "auto_tie_breaker"
            | "last_man_standing" => Type::U8,
            _ => Type::String,
        },
        Section::Device => match under("quorum.device.") {
            "timeout" | "sync_timeout" | "votes" => Type::U32,
            "master_wins" => Type::U8,
            _ => Type::String,
        },
        Section::Totem => totem_kind(under("totem.")),
        Section::Node if key == "nodeid" || key == "quorum_votes" => Type::U32,
        Section::Resources if key == "watchdog_timeout" => Type::U32,
        Section::Resource if key == "poll_period" => Type::U64,
        _ => Type::String,
    }
}

fn totem_kind(name: &str) -> Type {
    match name {
        "version"
        | "nodeid"
        | "threads"
        | "token"
        | "token_coefficient"
        | "token_retransmit"
        | "token_warning"
        | "hold"
        | "token_retransmits_before_loss_const"
        | "join"
        | "send_join"
        | "consensus"
        | "merge"
        | "downcheck"
        | "fail_recv_const"
        | "seqno_unchanged_const"
        | "rrp_token_expired_timeout"
        | "rrp_problem_count_timeout"
        | "rrp_problem_count_threshold"
        | "rrp_problem_count_mcast_threshold"
        | "rrp_autorecovery_check_timeout"
        | "heartbeat_failures_allowed"
        | "max_network_delay"
        | "window_size"
        | "max_messages"
        | "miss_count_const"
        | "knet_pmtud_interval"
        | "knet_mtu"
        | "knet_compression_threshold"
        | "netmtu" => Type::U32,
        "knet_compression_level" => Type::I32,
        "config_version" => Type::U64,
        _ => Type::String,
    }
}

/// Checks a text that may be one of a few words only.
fn check(section: Section, item: &Item<'_>, outside: &dyn Outside) -> Result<(), String> {
    let known = match section {
        Section::Totem => totem_words(item.path),
        Section::System => system_words(item.path),
        _ => None,
    };
    if let Some((words, why)) = known {
        return if words.iter().any(|word| word.as_bytes() == item.value) { Ok(()) } else { Err(why.into()) };
    }
    match (section, item.path) {
        (Section::Totem, "totem.crypto_model") => model(item.value, &outside.crypto_models(), "crypto"),
        (Section::Totem, "totem.knet_compression_model") => {
            model(item.value, &outside.compression_models(), "compression")
        }
        _ => Ok(()),
    }
}

/// The words a key may have, and what is said of others.
type Words = (&'static [&'static str], &'static str);

fn totem_words(path: &str) -> Option<Words> {
    Some(match path {
        "totem.ip_version" => (&["ipv4", "ipv6", "ipv6-4", "ipv4-6"], "Invalid ip_version type"),
        "totem.crypto_cipher" => {
            (&["none", "aes256", "aes192", "aes128"], "Invalid cipher type. Should be none, aes256, aes192 or aes128")
        }
        "totem.crypto_hash" => (
            &["none", "md5", "sha1", "sha256", "sha384", "sha512"],
            "Invalid hash type. Should be none, md5, sha1, sha256, sha384 or sha512",
        ),
        _ => return None,
    })
}

fn system_words(path: &str) -> Option<Words> {
    Some(match path {
        "system.qb_ipc_type" => (&["native", "shm", "socket"], "Invalid system.qb_ipc_type"),
        "system.sched_rr" => (&["yes", "no"], "Invalid system.sched_rr value"),
        "system.move_to_root_cgroup" => (&["yes", "no", "auto"], "Invalid system.move_to_root_cgroup"),
        "system.allow_knet_handle_fallback" => (&["yes", "no"], "Invalid system.allow_knet_handle_fallback"),
        _ => return None,
    })
}

/// Whether knet has a model of that name; otherwise which it has.
fn model(name: &[u8], models: &[String], what: &str) -> Result<(), String> {
    if models.iter().any(|model| model.as_bytes() == name) {
        return Ok(());
    }
    let list = match models {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    };
    Err(format!("Invalid {what} model. Should be {list}"))
}

impl Main<'_> {
    fn plain(&mut self, item: &Item<'_>, section: Section) -> Result<(), String> {
        let key = match section {
            Section::Node => format!("nodelist.node.{}.{}", self.node, item.key),
            _ => item.path.to_owned(),
        };
        let value = match kind(section, item) {
            Type::String => Value::String(item.value.to_vec()),
            kind => integer(&key, item.value, kind)?,
        };
        check(section, item, self.outside)?;
        store(self.map, &key, value)?;
        self.sources.note(&key, self.file, item.line);
        Ok(())
    }
}

impl Sink for Main<'_> {
    type State = Section;

    fn open(&mut self, path: &str, inherited: Section) -> Result<Section, String> {
        Ok(match path {
            "totem" => Section::Totem,
            "totem.interface" => {
                self.interface = Interface::default();
                self.interface_lines.clear();
                Section::Interface
            }
            "totem.interface.member" => Section::Member,
            "system" => Section::System,
            "logging.logger_subsys" | "logging.logging_daemon" => {
                self.logger = Logger::default();
                if path.ends_with("daemon") { Section::LoggingDaemon } else { Section::LoggerSubsys }
            }
            "uidgid" => Section::Uidgid,
            "quorum" => Section::Quorum,
            "quorum.device" => Section::Device,
            "nodelist" => {
                self.node = 0;
                Section::Nodelist
            }
            "nodelist.node" => Section::Node,
            "resources" => Section::Resources,
            "resources.system"
            | "resources.system.memory_used"
            | "resources.process"
            | "resources.process.memory_used" => Section::Resource,
            _ => inherited,
        })
    }

    fn item(&mut self, item: &Item<'_>, section: Section) -> Result<(), String> {
        match section {
            Section::Interface => {
                if self.interface.take(item)? {
                    self.interface_lines.push((item.key.to_owned(), item.line));
                    return Ok(());
                }
                self.plain(item, section)
            }
            Section::Member => self.interface.take_member(item),
            Section::LoggerSubsys | Section::LoggingDaemon => {
                self.logger.take(item, section == Section::LoggingDaemon);
                Ok(())
            }
            Section::Uidgid => uidgid::allow(item, self.outside, self.map),
            _ => self.plain(item, section),
        }
    }

    fn close(&mut self, section: Section) -> Result<(), String> {
        match section {
            Section::Interface => {
                let (sources, file, lines) = (&mut *self.sources, self.file, &self.interface_lines);
                self.interface.finish(self.map, |key| {
                    let line = lines.iter().rev().find(|(name, _)| key.ends_with(&format!(".{name}")));
                    if let Some((_, line)) = line {
                        sources.note(key, file, *line);
                    }
                })
            }
            Section::LoggerSubsys => self.logger.finish_subsys(self.map),
            Section::LoggingDaemon => self.logger.finish_daemon(self.map),
            Section::Node => {
                self.node = self.node.saturating_add(1);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
