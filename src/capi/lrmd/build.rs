//! Names the library, whose symbols have no version nodes; makes declarations of what it uses of pacemaker's other
//! libraries and of GnuTLS; compiles the functions that take C's variable arguments.

use std::{path::PathBuf, process::Command};

const HEADERS: &str = "#include <gnutls/gnutls.h>\n#include <crm/crm.h>\n#include <crm/services.h>\n\
    #include <crm/stonith-ng.h>\n#include <crm/common/mainloop.h>\n";

const FUNCTIONS: &str = "resources_list_(agents|providers|standards)|services_action_(async|free|sync)|\
    stonith_(api_new|key_value_freeall)|\
    crm_ipc_(buffer_flags|connected|name|send)|mainloop_(add|del|get)_ipc_client|crm_default_remote_port|\
    pcmk_get_ra_caps";

const TYPES: &str = "gnutls_datum_t|gnutls_psk_client_credentials_t|svc_action_t|stonith_t|stonith_key_value_t|ocf_exitcode|\
    pcmk_exec_status|stonith_call_options|pcmk_ra_caps|crm_ipc_flags";

fn main() {
    capi_build::shared_library("liblrmd.so.28", &[]);
    println!("cargo:rerun-if-changed=src/variable.c");
    let found = Command::new("pkg-config").args(["--cflags", "pacemaker-lrmd", "gnutls"]).output();
    let found = found.expect("pkg-config can't be run: install it with 'apt-get install pkg-config'");
    assert!(
        found.status.success(),
        "pacemaker's headers aren't found: install them with 'apt-get install pacemaker-dev'"
    );
    let flags = String::from_utf8_lossy(&found.stdout).into_owned();
    let bindings = bindgen::Builder::default()
        .header_contents("wrapper.h", HEADERS)
        .clang_args(flags.split_whitespace())
        .allowlist_function(FUNCTIONS.replace(char::is_whitespace, ""))
        .allowlist_type(TYPES.replace(char::is_whitespace, ""))
        .allowlist_var("crm_system_name|gnutls_malloc")
        .blocklist_type("_?G(List|HashTable)|g(boolean|pointer)|_?xml.*")
        .raw_line("use glib_sys::{GHashTable, GList, gboolean, gpointer};")
        .raw_line("use sys_xml::node::XmlNode as xmlNode;")
        .layout_tests(false)
        .generate()
        .expect("pacemaker's headers can't be read: install them with 'apt-get install pacemaker-dev libclang-dev'");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    bindings.write_to_file(out.join("pacemaker.rs")).expect("OUT_DIR is writable");
    let mut c = cc::Build::new();
    for flag in flags.split_whitespace() {
        c.flag(flag);
    }
    c.file("src/variable.c").compile("systole_lrmd_variable");
    // After our own objects, so that the linker looks for them last.
    for library in ["crmcommon", "crmservice", "stonithd", "gnutls"] {
        println!("cargo:rustc-link-lib={library}");
    }
}
