//! Makes Rust declarations of the parts of libxml2 and libxslt that the wrapper uses, and compiles the one function that
//! takes libxslt's variable arguments.

use std::{path::PathBuf, process::Command};

const HEADERS: &str = "#include <libxml/parser.h>\n#include <libxml/relaxng.h>\n#include <libxml/xmlIO.h>\n\
    #include <libxslt/transform.h>\n#include <libxslt/xsltutils.h>\n#include <libxslt/security.h>\n";

const FUNCTIONS: &str = "xmlInitParser|xmlReadFile|xmlReadMemory|xmlFreeDoc|xmlNewDoc|xmlDocSetRootElement|\
    xmlNewDocNode|xmlNewDocText|xmlNewDocComment|xmlNewCDataBlock|xmlNewProp|xmlSetProp|xmlUnsetProp|xmlAddChild|\
    xmlDocCopyNode|xmlUnlinkNode|xmlFreeNode|xmlDocGetRootElement|\
    xmlRelaxNG(NewParserCtxt|NewMemParserCtxt|FreeParserCtxt|SetParserStructuredErrors|Parse|Free|NewValidCtxt|FreeValidCtxt|\
    SetValidStructuredErrors|ValidateDoc)|\
    xml(Get|Set|NoNet)ExternalEntityLoader|xmlSetStructuredErrorFunc|__xmlStructuredError(Context)?|\
    xslt(ParseStylesheetDoc|FreeStylesheet|NewTransformContext|FreeTransformContext|SetTransformErrorFunc|\
    ApplyStylesheetUser|SaveResultToString|NewSecurityPrefs|FreeSecurityPrefs|SetSecurityPrefs|\
    SetCtxtSecurityPrefs|SecurityForbid)";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/message.c");
    let found = Command::new("pkg-config").args(["--cflags", "libxml-2.0", "libxslt"]).output();
    let found = found.expect("pkg-config can't be run: install it with 'apt-get install pkg-config'");
    assert!(found.status.success(), "libxslt isn't found: install it with 'apt-get install libxml2-dev libxslt1-dev'");
    let flags = String::from_utf8_lossy(&found.stdout).into_owned();
    let bindings = bindgen::Builder::default()
        .header_contents("wrapper.h", HEADERS)
        .clang_args(flags.split_whitespace())
        .allowlist_function(FUNCTIONS.replace(char::is_whitespace, ""))
        .allowlist_type("xmlError|xmlErrorDomain|xmlParserOption")
        .allowlist_var("xmlFree")
        .opaque_type("_xslt.*|_xmlParserInput|_xmlParserCtxt|_xmlDict|_xmlDtd|_xmlNs|_xmlXPath.*")
        .layout_tests(false)
        .generate()
        .expect("libxslt's headers can't be read: install them with 'apt-get install libxslt1-dev libclang-dev'");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    bindings.write_to_file(out.join("libxml.rs")).expect("OUT_DIR is writable");
    cc::Build::new().file("src/message.c").compile("systole_xml_message");
    // After our own object, which needs neither, so that the linker looks for them last.
    println!("cargo:rustc-link-lib=xslt");
    println!("cargo:rustc-link-lib=xml2");
}
