//! Folders of schemas and stylesheets of our own making, most of them with something wrong in it, held to the reference's
//! tools, which read them by `PCMK_schema_directory`. Skipped, and said so, where the tools are missing.

use core_cib::{CallOptions, Cib, Operation, Origin, Request, Versioning};
use core_schema::Acceptance;
use core_xml::{Document, Form, Limits};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use sys_xml::Folder;

const ANYTHING: &str = "<grammar xmlns='http://relaxng.org/ns/structure/1.0'><start><ref name='any'/></start><define name='any'>\
    <element><anyName/><zeroOrMore><choice><attribute><anyName/></attribute><text/><ref name='any'/></choice></zeroOrMore>\
    </element></define></grammar>";
const NOTHING: &str = "<grammar xmlns='http://relaxng.org/ns/structure/1.0'><start><element name='never'><empty/></element></start></grammar>";
const CIB: &str = "<cib crm_feature_set=\"3.16.1\" validate-with=\"pacemaker-1.1\" admin_epoch=\"0\" epoch=\"7\" \
    num_updates=\"3\"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>";

/// A stylesheet that copies, after it did what `before` says.
fn copies(before: &str) -> String {
    format!(
        "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'><xsl:template match='/'>{before}\
         <xsl:apply-templates/></xsl:template><xsl:template match='@*|node()'><xsl:copy><xsl:apply-templates \
         select='@*|node()'/></xsl:copy></xsl:template></xsl:stylesheet>"
    )
}

/// A stylesheet that gives the root an attribute.
fn marks(mark: &str) -> String {
    copies("").replace(
        "</xsl:stylesheet>",
        &format!(
            "<xsl:template match='cib'><xsl:copy><xsl:apply-templates select='@*'/><xsl:attribute name='{mark}'>1\
             </xsl:attribute><xsl:apply-templates select='node()'/></xsl:copy></xsl:template></xsl:stylesheet>"
        ),
    )
}

/// A schema that wants a mark.
fn wants(mark: &str) -> String {
    let attribute = format!("<attribute name='{mark}'/>");
    let cib = format!("<element name='cib'>{attribute}<ref name='inside'/></element>");
    ANYTHING.replace("<ref name='any'/></start>", &format!("{cib}</start><define name='inside'>{{}}</define>")).replace(
        "{}",
        &format!(
            "<zeroOrMore><choice><attribute><anyName><except><name>{mark}</name></except></anyName>\
            </attribute><text/><ref name='any'/></choice></zeroOrMore>"
        ),
    )
}

/// What is in a folder, and what it shows.
fn folders() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let schema = |text: &str| text.to_owned();
    let main = "upgrade-1.1.xsl";
    let base = |newest: String, more: Vec<(&'static str, String)>| {
        let schemas = [("pacemaker-1.0.rng", schema(ANYTHING)), ("pacemaker-1.1.rng", schema(ANYTHING))];
        schemas.into_iter().chain([("pacemaker-2.0.rng", newest)]).chain(more).collect::<Vec<_>>()
    };
    let around = |enter: &str, leave: &str| {
        vec![
            (main, marks("main")),
            ("upgrade-1.1-enter.xsl", enter.to_owned()),
            ("upgrade-1.1-leave.xsl", leave.to_owned()),
        ]
    };
    let says = |attributes: &str| copies(&format!("<xsl:message {attributes}>WARNING: so</xsl:message>"));
    vec![
        ("fits as it is", base(schema(ANYTHING), vec![(main, marks("main"))])),
        ("is transformed", base(wants("main"), vec![(main, marks("main"))])),
        ("is transformed, before and after, too", base(wants("main"), around(&marks("enter"), &marks("leave")))),
        ("fails before", base(wants("main"), around("<broken", &marks("leave")))),
        ("fails after", base(wants("main"), around(&marks("enter"), "<broken"))),
        ("is not transformed enough", base(wants("main"), vec![(main, copies(""))])),
        ("fits nothing newer", base(schema(NOTHING), vec![(main, marks("main"))])),
        ("has no stylesheet", base(wants("main"), vec![])),
        ("has a broken stylesheet", base(wants("main"), vec![(main, schema("<broken"))])),
        ("has a stylesheet that is none", base(wants("main"), vec![(main, schema(NOTHING))])),
        ("says something", base(wants("main"), vec![(main, says(""))])),
        ("says something and ends", base(wants("main"), vec![(main, says("terminate='yes'"))])),
        ("makes text", base(wants("main"), vec![(main, copies("").replace("<xsl:apply-templates/>", "text"))])),
        ("makes nothing", base(wants("main"), vec![(main, copies("").replace("<xsl:apply-templates/>", ""))])),
        ("goes for ever", base(wants("main"), vec![(main, copies("").replace("'@*|node()'/>", "'.'/>"))])),
        ("has nothing newer", vec![("pacemaker-1.1.rng", schema(ANYTHING))]),
        ("names none", vec![]),
    ]
}

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn tool(name: &str, schemas: &Path) -> Command {
    let mut command = Command::new(name);
    command.env("PCMK_schema_directory", schemas);
    command
}

fn upgrade<'a>() -> Request<'a> {
    Request {
        operation: Operation::Upgrade,
        section: None,
        options: CallOptions::NO_MTIME,
        data: None,
        digest: None,
        origin: Origin::default(),
        access: None,
        newest_schema: None,
    }
}

#[test]
fn odd_folders_lead_where_they_lead_in_the_reference() {
    if Command::new("cibadmin").arg("--version").output().is_err() {
        println!("skipped: cibadmin is missing: apt-get install pacemaker-cli-utils");
        return;
    }
    let scratch = Scratch(std::env::temp_dir().join(format!("sys-xml-folders-{}", std::process::id())));
    let (mut refusals, mut failures, mut transformed) = (0, 0, 0);
    for (what, files) in folders() {
        let folder = scratch.0.join(what);
        fs::create_dir_all(&folder).expect("a temporary folder");
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("a file");
        }
        let file = scratch.0.join("cib.xml");
        fs::write(&file, CIB).expect("a file");
        let schemas = Folder::open(&folder).expect("a folder");
        let document = Document::parse(CIB, Limits::default()).expect("XML");

        let verified = tool("crm_verify", &folder).arg("--xml-file").arg(&file).output().expect("crm_verify");
        let verified = String::from_utf8_lossy(&verified.stderr).into_owned();
        let refused = verified.lines().find(|line| line.starts_with("Cannot upgrade"));
        if schemas.fits(&document) {
            let ours = schemas.accept(&document).map_err(|refusal| refusal.to_string());
            assert_eq!(ours.as_ref().err().map(String::as_str), refused, "{what}: {verified}");
            assert!(!matches!(ours, Ok(Acceptance::Unchecked)));
            refusals += usize::from(ours.is_err());
        }

        let theirs = tool("cibadmin", &folder).args(["--force", "--upgrade"]).env("CIB_file", &file).output();
        let theirs = theirs.expect("cibadmin");
        let said = String::from_utf8_lossy(&theirs.stderr);
        let mut cib = Cib::new(document.clone()).expect("a CIB");
        let ours = if schemas.fits(&document) {
            cib.change(&upgrade(), Versioning::Managed, &schemas).map(|_| ()).map_err(|failure| failure.error)
        } else {
            assert!(said.contains("Could not connect"), "{what}: {said}");
            continue;
        };
        let messages = schemas.take_messages();
        assert_eq!(
            theirs.status.code(),
            Some(if ours.is_ok() { 0 } else { 78 }),
            "{what}: {ours:?}, {said}, {messages:?}"
        );
        let expected = fs::read_to_string(&file).expect("the file");
        if ours.is_ok() && expected != CIB {
            let text = cib.document().text(cib.document().root(), Form::Formatted);
            assert_eq!(text, expected, "{what}: {messages:?}");
            transformed += usize::from(text.contains("main=\"1\""));
        }
        failures += usize::from(ours.is_err());
    }
    assert!(refusals > 3 && failures > 3 && transformed > 3, "{refusals}, {failures}, {transformed}");
}
