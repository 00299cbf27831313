//! Prototypes of the Rust faces: what cbindgen reads in a C library's crate must agree with our header.
//!
//! A C file includes the header, then declares every exported function and every callback type again as the crate has
//! them. The compiler refuses a declaration of other types than the first one's.
//!
//! The faces are written with a macro, so cbindgen gets them expanded. `-Zunpretty=expanded` is not in stable compilers
//! unless RUSTC_BOOTSTRAP is set: here it prints text, in a target folder of its own, and nothing built so is used.

use crate::{Result, declarations, layout, run};
use std::{fs, path::Path, process::Command};

/// A library's crate, and what its types are called in C.
struct Face {
    /// The library's name without `lib`, the crate's without `capi-`.
    name: &'static str,
    header: &'static str,
    /// Structures, and pointers to functions that may be null: in cbindgen's words, in C.
    structures: &'static [(&'static str, &'static str)],
    /// Types of callbacks: in Rust, in C.
    callbacks: &'static [(&'static str, &'static str)],
}

const FACES: [Face; 7] = [
    Face {
        name: "cpg",
        header: "cpg.h",
        structures: &[
            ("CpgName", "struct cpg_name"),
            ("CpgAddress", "struct cpg_address"),
            ("CpgIterationDescription", "struct cpg_iteration_description_t"),
            ("CpgRingId", "struct cpg_ring_id"),
            ("CpgCallbacks", "cpg_callbacks_t"),
            ("CpgModelData", "cpg_model_data_t"),
            ("iovec", "struct iovec"),
        ],
        callbacks: &[
            ("DeliverFn", "cpg_deliver_fn_t"),
            ("ConfchgFn", "cpg_confchg_fn_t"),
            ("TotemConfchgFn", "cpg_totem_confchg_fn_t"),
        ],
    },
    Face {
        name: "cfg",
        header: "cfg.h",
        structures: &[("Callbacks", "corosync_cfg_callbacks_t"), ("NodeAddress", "corosync_cfg_node_address_t")],
        callbacks: &[("ShutdownCallback", "corosync_cfg_shutdown_callback_t")],
    },
    Face {
        name: "cmap",
        header: "cmap.h",
        structures: &[("NotifyValue", "struct cmap_notify_value"), ("Option_NotifyFn", "cmap_notify_fn_t")],
        callbacks: &[("NotifyFn", "cmap_notify_fn_t")],
    },
    Face {
        name: "quorum",
        header: "quorum.h",
        structures: &[
            ("CRingId", "struct quorum_ring_id"),
            ("Callbacks", "quorum_callbacks_t"),
            ("ModelData", "quorum_model_data_t"),
        ],
        callbacks: &[
            ("NotifyV0", "quorum_notification_fn_t"),
            ("QuorumV1", "quorum_v1_quorum_notification_fn_t"),
            ("NodelistV1", "quorum_v1_nodelist_notification_fn_t"),
        ],
    },
    Face {
        name: "votequorum",
        header: "votequorum.h",
        structures: &[
            ("CRingId", "votequorum_ring_id_t"),
            ("ListedNode", "votequorum_node_t"),
            ("Callbacks", "votequorum_callbacks_t"),
            ("Info", "struct votequorum_info"),
        ],
        callbacks: &[
            ("QuorumNotify", "votequorum_quorum_notification_fn_t"),
            ("ExpectedVotesNotify", "votequorum_expectedvotes_notification_fn_t"),
            ("NodelistNotify", "votequorum_nodelist_notification_fn_t"),
        ],
    },
    Face {
        name: "sam",
        header: "sam.h",
        structures: &[("Option_HealthCallback", "sam_hc_callback_t")],
        callbacks: &[("HealthCallback", "sam_hc_callback_t")],
    },
    Face { name: "corosync_common", header: "corotypes.h", structures: &[], callbacks: &[] },
];

/// For each library: its name, and whether its prototypes agree.
pub(crate) fn judged() -> Result<Vec<(&'static str, Result<()>)>> {
    let folder = layout::target()?.join("prototypes");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(FACES.iter().map(|face| (face.name, face.judge(&folder))).collect())
}

impl Face {
    fn judge(&self, folder: &Path) -> Result<()> {
        let rust = folder.join(format!("{}.rs", self.name));
        let c = rust.with_extension("c");
        let write =
            |path: &Path, text: &str| fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()));
        write(&rust, &expanded(self.name, folder)?)?;
        let text = self.program(&rust)?;
        write(&c, &text)?;
        self.is_complete(&text)?;
        let mut compiler = Command::new("cc");
        compiler.args(["-std=gnu11", "-Wall", "-Werror", "-fsyntax-only", "-I"]).arg(layout::root().join("include"));
        run::run(compiler.arg(c))
    }

    /// The C file.
    fn program(&self, source: &Path) -> Result<String> {
        let mut text = format!("#include <corosync/{}>\n", self.header);
        for (rust, c) in self.structures {
            text.push_str(&format!("typedef {c} {rust};\n"));
        }
        text.push_str(&self.prototypes(source)?);
        for (rust, c) in self.callbacks {
            text.push_str(&format!("extern {c} one_{rust};\nextern {rust} one_{rust};\n"));
        }
        Ok(text)
    }

    /// That every function of the header was found in the crate: cbindgen leaves out what it doesn't understand.
    fn is_complete(&self, text: &str) -> Result<()> {
        let declared = declarations::of_header(self.header)?;
        let functions = declared.iter().flat_map(|declaration| declaration.functions());
        let missing: Vec<String> = functions
            .filter(|name| !text.contains(&format!(" {name}(")) && !text.contains(&format!("*{name}(")))
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("no prototype was found for: {}", missing.join(" "))) }
    }

    /// cbindgen's reading of the crate.
    fn prototypes(&self, source: &Path) -> Result<String> {
        let mut config = cbindgen::Config {
            language: cbindgen::Language::C,
            style: cbindgen::Style::Type,
            no_includes: true,
            usize_is_size_t: true,
            documentation: false,
            ..Default::default()
        };
        config.export.exclude = self.structures.iter().map(|(rust, _)| (*rust).to_owned()).collect();
        config.export.include = self.callbacks.iter().map(|(rust, _)| (*rust).to_owned()).collect();
        let bindings = cbindgen::Builder::new().with_config(config).with_src(source).generate();
        let mut text = Vec::new();
        bindings.map_err(|error| format!("cbindgen: {}: {error}", source.display()))?.write(&mut text);
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// A crate's source with its macros expanded.
fn expanded(library: &str, folder: &Path) -> Result<String> {
    let mut cargo = run::cargo();
    cargo.env("RUSTC_BOOTSTRAP", "1").args(["rustc", "--quiet", "--lib", "--profile", "check", "--package"]);
    cargo.arg(format!("capi-{library}")).arg("--target-dir").arg(folder).args(["--", "-Zunpretty=expanded"]);
    run::output(&mut cargo)
}
