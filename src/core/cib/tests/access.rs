//! Random access rules and random requests: who may read and change what, against the reference (`CIB_user=joe
//! CIB_file=... cibadmin`). Skipped, and said so, where cibadmin is not installed.

use core_cib::{Access, CallOptions, Cib, CibError, Operation, Origin, Request, Versioning};
use core_xml::{Document, Form, Limits};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, prop_oneof},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use std::{fs, path::Path, process::Command};
use test_doubles::AnySchema;

/// Sets of rules.
const RULES: usize = 20;
/// Requests that are made under each.
const REQUESTS: usize = 5;

/// A CIB with these permissions for the user `joe`.
fn cib(permissions: &[String]) -> String {
    let (direct, by_role) = permissions.split_at(permissions.len() / 2);
    format!(
        "<cib crm_feature_set=\"3.16.1\" validate-with=\"none\" admin_epoch=\"0\" epoch=\"5\" num_updates=\"2\">\
         <configuration><crm_config><cluster_property_set id=\"cib\"><nvpair id=\"acl\" name=\"enable-acl\" value=\"true\"/>\
         <nvpair id=\"n1\" name=\"a\" value=\"1\"/></cluster_property_set></crm_config><nodes><node id=\"1\" uname=\"one\"/></nodes>\
         <resources><primitive id=\"a\" class=\"ocf\"><meta_attributes id=\"am\"><nvpair id=\"n2\" name=\"target-role\" \
         value=\"Stopped\"/></meta_attributes></primitive><group id=\"g\"><primitive id=\"b\" class=\"ocf\" type=\"Dummy\"/>\
         <primitive id=\"c\" class=\"lsb\"/></group></resources><constraints/><acls><acl_target id=\"joe\"><role id=\"r\"/>\
         <role id=\"none\"/></acl_target><acl_target id=\"ann\"><role id=\"other\"/></acl_target><acl_role id=\"r\">{}\
         <role id=\"r2\"/></acl_role><acl_role id=\"r2\">{}</acl_role><acl_role id=\"other\"><acl_permission id=\"o\" \
         kind=\"write\" xpath=\"/cib\"/></acl_role></acls></configuration><status><node_state id=\"1\" uname=\"one\" \
         crmd=\"online\"/></status></cib>",
        direct.concat(),
        by_role.concat()
    )
}

fn permission() -> impl Strategy<Value = String> {
    let kind = prop_oneof![3 => Just("read"), 3 => Just("write"), 2 => Just("deny")];
    let what = prop_oneof![
        Just("xpath=\"/cib\""),
        Just("xpath=\"//resources\""),
        Just("xpath=\"//primitive[@class='ocf']\""),
        Just("xpath=\"//nvpair[@name='target-role']\""),
        Just("xpath=\"//@class\""),
        Just("xpath=\"//group/*[1]\""),
        Just("xpath=\"//primitive[\""),
        Just("object-type=\"primitive\""),
        Just("object-type=\"node_state\""),
        Just("object-type=\"meta_attributes\""),
        Just("reference=\"g\""),
        Just("reference=\"a\""),
        Just("object-type=\"primitive\" reference=\"b\""),
        Just("object-type=\"nvpair\" attribute=\"value\""),
        Just("object-type=\"status\""),
        Just("object-type=\"crm_config\""),
    ];
    (kind, what, 0..1_000_000_u32)
        .prop_map(|(kind, what, id)| format!("<acl_permission id=\"p{id}\" kind=\"{kind}\" {what}/>"))
}

#[derive(Clone, Debug)]
struct Asked {
    operation: Operation,
    option: &'static str,
    section: &'static str,
    data: &'static str,
}

fn asked() -> impl Strategy<Value = Asked> {
    let operation = prop_oneof![
        Just((Operation::Modify, "--modify")),
        Just((Operation::Create, "--create")),
        Just((Operation::Replace, "--replace")),
        Just((Operation::Delete, "--delete")),
    ];
    let data = prop_oneof![
        Just(("resources", "<primitive id=\"a\" class=\"lsb\"/>")),
        Just(("resources", "<primitive id=\"b\" class=\"ocf\" type=\"Dummy\"/>")),
        Just(("resources", "<primitive id=\"b\" description=\"new\"/>")),
        Just(("resources", "<primitive id=\"new\" class=\"ocf\"/>")),
        Just(("resources", "<primitive id=\"new\"/>")),
        Just(("resources", "<nvpair id=\"n2\" name=\"target-role\" value=\"Started\"/>")),
        Just(("resources", "<nvpair id=\"n2\"/>")),
        Just(("resources", "<group id=\"g\"><primitive id=\"c\" class=\"ocf\"/></group>")),
        Just(("resources", "<group id=\"g\"><primitive id=\"d\" class=\"ocf\"/></group>")),
        Just(("resources", "<group id=\"g\"/>")),
        Just(("resources", "<primitive id=\"c\"/>")),
        Just(("crm_config", "<nvpair id=\"n1\" name=\"a\" value=\"2\"/>")),
        Just(("nodes", "<node id=\"1\" uname=\"two\"/>")),
        Just(("nodes", "<node id=\"2\" uname=\"two\"/>")),
        Just(("status", "<node_state id=\"1\" crmd=\"offline\"/>")),
        Just(("acls", "<acl_role id=\"new\"/>")),
        Just(("acls", "<acl_target id=\"joe\"/>")),
    ];
    (operation, data).prop_map(|((operation, option), (section, data))| Asked { operation, option, section, data })
}

fn ours(cib: &mut Cib, access: &Access, asked: &Asked) -> Result<(), CibError> {
    let data = Document::parse(asked.data, Limits::default()).expect("a document");
    let request = Request {
        operation: asked.operation,
        section: Some(asked.section),
        options: CallOptions::NO_MTIME,
        data: Some((&data, data.root())),
        digest: None,
        origin: Origin::default(),
        access: Some(access),
        newest_schema: None,
    };
    cib.change(&request, Versioning::Managed, &AnySchema).map(|_| ()).map_err(|failure| failure.error)
}

fn cibadmin(file: &Path) -> Command {
    let mut command = Command::new("cibadmin");
    command.env("CIB_file", file).env("CIB_user", "joe").arg("--force");
    command
}

fn text(cib: &Cib) -> String {
    cib.document().text(cib.document().root(), Form::Formatted)
}

#[test]
fn a_user_reads_and_changes_what_the_reference_allows() {
    if Command::new("cibadmin").arg("--version").output().is_err() {
        println!("skipped: cibadmin is missing: apt-get install pacemaker-cli-utils");
        return;
    }
    let file = std::env::temp_dir().join(format!("core-cib-access-{}.xml", std::process::id()));
    let mut runner = TestRunner::deterministic();
    let (mut partly, mut allowed, mut denied) = (0, 0, 0);
    for _ in 0..RULES {
        let permissions = vec(permission(), 0..6).new_tree(&mut runner).expect("rules").current();
        let start = cib(&permissions);
        let ours_at_start = Cib::new(Document::parse(&start, Limits::default()).expect("a document")).expect("a CIB");
        let access = Access::of(ours_at_start.document(), "joe", &|_| false);

        fs::write(&file, &start).expect("a temporary file");
        let seen = cibadmin(&file).arg("--query").output().expect("a program that is there");
        let readable = ours_at_start.readable_by(&access).expect("rules that cost little");
        let theirs = String::from_utf8(seen.stdout).expect("UTF-8");
        assert_eq!(readable.as_ref().map(text).unwrap_or_default(), theirs, "{permissions:#?}");
        partly += usize::from(!theirs.is_empty() && theirs != text(&ours_at_start));

        for _ in 0..REQUESTS {
            let asked = asked().new_tree(&mut runner).expect("a request").current();
            fs::write(&file, &start).expect("a temporary file");
            let mut command = cibadmin(&file);
            command.args([asked.option, "--scope", asked.section, "--xml-text", asked.data]);
            let theirs = command.output().expect("a program that is there");
            let mut changed = ours_at_start.clone();
            let outcome = ours(&mut changed, &access, &asked);
            let said = String::from_utf8_lossy(&theirs.stderr);
            let status = match outcome {
                Ok(()) => 0,
                Err(CibError::Denied) => 4,
                Err(CibError::NotFound) => 105,
                Err(CibError::Exists) => 108,
                Err(_) => 1,
            };
            assert_eq!(Some(status), theirs.status.code(), "{asked:?}: {outcome:?}, {said}\n{permissions:#?}");
            if outcome.is_ok() {
                assert_eq!(text(&changed), fs::read_to_string(&file).expect("the file"), "{asked:?}\n{permissions:#?}");
                allowed += 1;
            } else {
                denied += 1;
            }
        }
    }
    let _ = fs::remove_file(&file);
    assert!(partly > RULES / 5 && allowed > 10 && denied > 10, "partly {partly}, allowed {allowed}, denied {denied}");
}
