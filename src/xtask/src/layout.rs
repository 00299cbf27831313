//! Where things are: the project's folders, and the folders to install into.

use crate::Result;
use clap::Args;
use std::path::{Path, PathBuf};

/// The versions of corosync and of pacemaker that libraries, headers and .pc files say they are.
pub(crate) const REFERENCE_VERSION: &str = "3.1.7";
const PACEMAKER_VERSION: &str = "2.1.5";

/// A C library of corosync's: its name, and the version in its file's name, of which the first number is the SONAME's.
pub(crate) const LIBRARIES: [(&str, &str); 7] = [
    ("cpg", "4.1.0"),
    ("cfg", "7.3.0"),
    ("cmap", "4.1.0"),
    ("quorum", "5.1.0"),
    ("votequorum", "8.0.0"),
    ("sam", "4.4.0"),
    ("corosync_common", "4.0.0"),
];

/// The same of pacemaker's.
pub(crate) const PACEMAKER_LIBRARIES: [(&str, &str); 3] =
    [("cib", "27.3.1"), ("crmservice", "28.3.1"), ("lrmd", "28.1.5")];

/// What pkg-config calls a library of pacemaker's.
pub(crate) fn pacemaker_module(library: &str) -> String {
    format!("pacemaker-{}", library.strip_prefix("crm").unwrap_or(library))
}

/// All C libraries.
pub(crate) fn libraries() -> impl Iterator<Item = (&'static str, &'static str)> {
    LIBRARIES.into_iter().chain(PACEMAKER_LIBRARIES)
}

/// Daemons, by the name of their executable.
pub(crate) const DAEMONS: [&str; 3] = ["corosync", "pacemaker-based", "pacemaker-execd"];

/// Folders to install into, in GNU's words. An unset one follows from the prefix, as Debian has it.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Layout {
    /// Put before every path: for packaging.
    #[arg(long, default_value = "")]
    pub(crate) destdir: String,
    #[arg(long, default_value = "")]
    prefix: String,
    #[arg(long, default_value = "")]
    libdir: String,
    #[arg(long, default_value = "")]
    sbindir: String,
    #[arg(long, default_value = "")]
    includedir: String,
    #[arg(long, default_value = "")]
    sysconfdir: String,
    #[arg(long, default_value = "")]
    localstatedir: String,
    #[arg(long, default_value = "")]
    mandir: String,
    #[arg(long, default_value = "")]
    unitdir: String,
}

fn or(given: &str, otherwise: impl FnOnce() -> String) -> String {
    if given.is_empty() { otherwise() } else { given.to_owned() }
}

impl Layout {
    /// Everything at its usual place, below `destdir`.
    pub(crate) fn below(destdir: &Path) -> Layout {
        Layout { destdir: destdir.display().to_string(), ..Layout::default() }
    }
    pub(crate) fn prefix(&self) -> String {
        or(&self.prefix, || "/usr".to_owned())
    }
    fn below_prefix(&self, given: &str, folder: &str) -> String {
        or(given, || format!("{}/{folder}", self.prefix()))
    }
    /// With Debian's multiarch folder.
    pub(crate) fn libdir(&self) -> String {
        self.below_prefix(&self.libdir, &format!("lib/{}-linux-gnu", std::env::consts::ARCH))
    }
    pub(crate) fn sbindir(&self) -> String {
        self.below_prefix(&self.sbindir, "sbin")
    }
    /// Where pacemaker's daemons are, which `pacemakerd` alone runs.
    pub(crate) fn pacemaker_daemons(&self) -> String {
        format!("{}/lib/pacemaker", self.prefix())
    }
    /// Where a daemon is.
    pub(crate) fn daemon(&self, name: &str) -> String {
        let folder = if name.starts_with("pacemaker-") { self.pacemaker_daemons() } else { self.sbindir() };
        format!("{folder}/{name}")
    }
    pub(crate) fn includedir(&self) -> String {
        self.below_prefix(&self.includedir, "include")
    }
    pub(crate) fn mandir(&self) -> String {
        self.below_prefix(&self.mandir, "share/man")
    }
    /// `/etc` for a system prefix, below the prefix else.
    pub(crate) fn sysconfdir(&self) -> String {
        or(&self.sysconfdir, || self.system_folder("etc"))
    }
    pub(crate) fn localstatedir(&self) -> String {
        or(&self.localstatedir, || self.system_folder("var"))
    }
    pub(crate) fn unitdir(&self) -> String {
        or(&self.unitdir, || self.system_folder("lib/systemd/system"))
    }
    fn system_folder(&self, folder: &str) -> String {
        if self.prefix() == "/usr" { format!("/{folder}") } else { format!("{}/{folder}", self.prefix()) }
    }
    /// Where a path is put: below DESTDIR, if there is one.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("{}{path}", self.destdir))
    }
    /// A template with `@prefix@` and so on filled in.
    pub(crate) fn fill(&self, template: &str) -> String {
        let words = [
            ("@prefix@", self.prefix()),
            ("@libdir@", self.libdir()),
            ("@sbindir@", self.sbindir()),
            ("@includedir@", self.includedir()),
            ("@sysconfdir@", self.sysconfdir()),
            ("@localstatedir@", self.localstatedir()),
            ("@version@", REFERENCE_VERSION.to_owned()),
            ("@pacemaker_version@", PACEMAKER_VERSION.to_owned()),
        ];
        words.iter().fold(template.to_owned(), |text, (word, value)| text.replace(word, value))
    }
}

/// The project's folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_owned).unwrap_or_default()
}

/// Cargo's target folder: the one that this program was built in.
pub(crate) fn target() -> Result<PathBuf> {
    let program = std::env::current_exe().map_err(|error| format!("where am I: {error}"))?;
    program.ancestors().nth(2).map(Path::to_owned).ok_or_else(|| "no target folder".to_owned())
}
