//! From the files to a manager that serves (`main()`, `startCib()`, `readCibXmlFile()`).

use crate::arguments::Options;
use crate::daemon::{Daemon, Disk};
use crate::files;
use crate::schemas::ThisHost;
use core_cib::manager::{Manager, Setup};
use core_cib::stored::{self, Unusable};
use core_cib::{Cib, CibError, Schemas};
use core_peers::Kind;
use core_types::Level;
use core_xml::Document;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use sys_cib::{ReadError, digest_of, read_and_verify};
use sys_pcmk::{Cluster, Environment, Line, Logger, USER, exit};

/// Where CIBs are, unless `--cib-root` says another place.
const ROOT: &str = "/var/lib/pacemaker/cib";
/// The name of a host that stands alone.
const HOST: &str = "localhost";

/// Reads the CIB and makes a daemon of it, or gives the exit code.
pub(crate) fn start(options: Options, environment: &Environment, logger: Rc<Logger>) -> Result<Daemon, u8> {
    if sys_qb::Client::connect("cib_ro", environment.buffer as usize).is_ok() {
        logger.log(Level::Error, "main", "pacemaker-based is already active, aborting startup");
        return Err(exit::OK);
    }
    let root = options.root.clone().unwrap_or_else(|| ROOT.into());
    if options.root.is_some() {
        logger.log(Level::Notice, "main", &format!("Using custom config location: {}", root.display()));
    }
    let mut lines = Vec::new();
    let may_write = files::may_write(&root, None, &mut lines);
    logger.log_all(&lines);
    if !may_write {
        logger.log(Level::Error, "main", &format!("Terminating due to bad permissions on {}", root.display()));
        eprintln!("ERROR: Bad permissions on {} (see logs for details)", root.display());
        return Err(exit::FATAL);
    }
    let mut lines = Vec::new();
    let host = ThisHost::new(&logger);
    let read = read_cib(&root, !options.stand_alone, host.latest(), &mut lines);
    logger.log_all(&lines);
    let Some((cib, archived)) = read else {
        logger.log(Level::Critical, "cib_init", "Cannot start CIB... terminating");
        return Err(exit::NO_INPUT);
    };
    let fits = host.fits(cib.document());
    host.log_messages(&logger);
    let broken = (!fits).then_some(CibError::Schema);
    let cluster = match options.stand_alone {
        true => None,
        false => Some(Cluster::join("cib", Kind::Cib, logger.clone()).ok_or_else(|| {
            logger.log(Level::Critical, "cib_init", "Cannot sign in to the cluster... terminating");
            exit::FATAL
        })?),
    };
    let user = sys_os::user_name(sys_os::effective_user()).ok().flatten().unwrap_or_else(|| USER.to_owned());
    let name = cluster.as_ref().map_or_else(|| HOST.to_owned(), Cluster::own_name);
    let setup = Setup { host: name, alone: options.stand_alone, user };
    let manager = Manager::new(cib, broken, setup, &sys_cib::now());
    let disk = Disk::new(root, options.writes && archived);
    Ok(Daemon::new(manager, host, cluster, logger, disk, environment.clone()))
}

/// The CIB, a new one of schema `latest` where there is none, and whether what could not be used is out of the way; `None`
/// where nothing may be written.
fn read_cib(root: &Path, discard_status: bool, latest: &str, lines: &mut Vec<Line>) -> Option<(Cib, bool)> {
    let live = root.join(stored::LIVE);
    let signature = digest_of(&live);
    let may_write = ["cib.xml", "cib.xml.sig"].map(|name| files::may_write(root, Some(name), lines));
    if may_write.contains(&false) {
        return None;
    }
    let text = format!("Reading cluster configuration file {} (digest: {})", live.display(), signature.display());
    lines.push((Level::Info, "retrieveCib", text));
    let (mut found, mut archived) = (None, true);
    match read_and_verify(&live, &signature, lines) {
        Ok(document) => found = Some(document),
        Err(ReadError::Io(_)) => {}
        Err(ReadError::Content(why)) => {
            let text = format!("Continuing but {} will NOT be used.", live.display());
            lines.push((Level::Warning, "retrieveCib", text));
            archived = set_aside(&live, &signature, why, lines);
        }
    }
    let mut document = found.or_else(|| newest_backup(root, lines)).unwrap_or_else(|| {
        lines.push((Level::Warning, "readCibXmlFile", "Continuing with an empty configuration.".to_owned()));
        Cib::empty(latest, 0).document().clone()
    });
    if stored::complete(&mut document, discard_status) {
        for text in [
            "No value for admin_epoch was specified in the configuration.",
            "The recommended course of action is to shutdown, run crm_verify and fix any errors it reports.",
            "We will default to zero and continue but may get confused about which configuration to use if \
             multiple nodes are powered up at the same time.",
        ] {
            lines.push((Level::Warning, "readCibXmlFile", text.to_owned()));
        }
    }
    match Cib::new(document) {
        Ok(cib) => Some((cib, archived)),
        Err(_) => {
            lines.push((
                Level::Error,
                "readCibXmlFile",
                format!("{} is no CIB: its root is not <cib>", live.display()),
            ));
            None
        }
    }
}

/// Keeps what is no good under another name; whether that worked: what is in the way of new CIBs must not be lost.
fn set_aside(live: &Path, signature: &Path, why: Unusable, lines: &mut Vec<Line>) -> bool {
    let is_there = |path: &&Path| path.exists();
    let moved = [live, signature].iter().copied().filter(is_there).all(|path| files::archive(path, lines).is_ok());
    if !moved {
        let text = format!("Disabling disk writes and continuing: {} {why}", live.display());
        lines.push((Level::Error, "cib_rename", text));
    }
    moved
}

fn newest_backup(root: &Path, lines: &mut Vec<Line>) -> Option<Document> {
    let text = format!("Primary configuration corrupt or unusable, trying backups in {}", root.display());
    lines.push((Level::Warning, "readCibXmlFile", text));
    for path in backups(root) {
        let signature = digest_of(&path);
        let text = format!("Reading cluster configuration file {} (digest: {})", path.display(), signature.display());
        lines.push((Level::Info, "readCibXmlFile", text));
        if let Ok(document) = read_and_verify(&path, &signature, lines) {
            let text = format!("Continuing with last valid configuration archive: {}", path.display());
            lines.push((Level::Notice, "readCibXmlFile", text));
            return Some(document);
        }
        lines.push((Level::Warning, "readCibXmlFile", format!("Continuing but {} will NOT be used.", path.display())));
    }
    None
}

/// Backups, the newest first.
fn backups(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut backups: Vec<(i64, i64, PathBuf)> = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(stored::is_backup))
        .filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.ctime(), metadata.ctime_nsec(), entry.path()))
        })
        .collect();
    backups.sort();
    backups.into_iter().rev().map(|(.., path)| path).collect()
}
