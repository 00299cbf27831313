//! What a cluster runs on: transport, links, crypto, and the corosync.conf that says so.

use crate::{host::Host, lan};
use std::{
    fmt::{self, Write},
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt,
};

/// Bytes of the shared key: the least that corosync takes.
const KEY: usize = 256;

/// Milliseconds without a token until a ring of two is given up; more hosts have more.
const TOKEN: u32 = 1000;

/// The network below a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire {
    /// `transport:` of corosync.conf.
    pub transport: &'static str,
    /// Networks, a link on each.
    pub links: usize,
    /// Whether frames are encrypted and signed.
    pub crypto: bool,
    /// `knet_compression_model`.
    pub compression: Option<&'static str>,
    /// IPv6 addresses in place of IPv4.
    pub six: bool,
}

impl Wire {
    /// kronosnet with nothing added.
    pub const KNET: Wire = Wire { transport: "knet", links: 1, crypto: false, compression: None, six: false };

    /// The corosync.conf of a cluster: node ids from 1, a vote each, a majority (also of those that are left when one
    /// is stopped, where that changes nothing), a token that is soon missed.
    #[must_use]
    pub fn configuration(self, hosts: usize) -> String {
        self.configuration_with(hosts, if hosts > 2 { "\tallow_downscale: 1\n" } else { "" })
    }

    /// The same with more lines in its `quorum` section.
    #[must_use]
    pub fn configuration_with(self, hosts: usize, quorum: &str) -> String {
        let (cipher, hash) = if self.crypto { ("aes256", "sha256") } else { ("none", "none") };
        let mut text = format!(
            "totem {{\n\tversion: 2\n\tcluster_name: clusters\n\ttransport: {}\n\ttoken: {TOKEN}\n",
            self.transport
        );
        if self.transport == "knet" {
            let _ = write!(text, "\tcrypto_cipher: {cipher}\n\tcrypto_hash: {hash}\n");
        }
        if let Some(model) = self.compression {
            let _ = write!(text, "\tknet_compression_model: {model}\n\tknet_compression_threshold: 100\n");
        }
        text.push_str("}\nnodelist {\n");
        for host in 0..hosts {
            let _ = write!(text, "\tnode {{\n\t\tname: {}\n\t\tnodeid: {}\n", lan::host_name(host), host + 1);
            for link in 0..self.links {
                let address: std::net::IpAddr =
                    if self.six { lan::address6(host, link).into() } else { lan::address(host, link).into() };
                let _ = writeln!(text, "\t\tring{link}_addr: {address}");
            }
            text.push_str("\t}\n");
        }
        let _ = write!(text, "}}\nquorum {{\n\tprovider: corosync_votequorum\n{quorum}}}\n");
        text.push_str(
            "logging {\n\tto_stderr: yes\n\tto_syslog: no\n\ttimestamp: hires\n}\n\
             system {\n\tallow_knet_handle_fallback: yes\n}\n",
        );
        text
    }

    /// Gives a host its corosync.conf and the shared key.
    pub fn install(self, host: &Host, configuration: &str) -> io::Result<()> {
        host.write("/etc/corosync/corosync.conf", configuration)?;
        let key = host.path("/etc/corosync/authkey");
        fs::write(&key, self.key())?;
        fs::set_permissions(key, Permissions::from_mode(0o400))
    }

    /// The shared key, the same for all hosts; nobody else is on their networks.
    fn key(self) -> Vec<u8> {
        (0..KEY).map(|at| (at * 31 % 251) as u8).collect()
    }
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.transport)?;
        if self.crypto {
            f.write_str(" aes256/sha256")?;
        }
        if let Some(model) = self.compression {
            write!(f, " {model}")?;
        }
        if self.six {
            f.write_str(" IPv6")?;
        }
        if self.links > 1 {
            write!(f, " {} links", self.links)?;
        }
        Ok(())
    }
}
