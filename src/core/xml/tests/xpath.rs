//! What XPaths find, against libxml2 as pacemaker uses it (`cibadmin --query --xpath`). Skipped, and said so, where
//! cibadmin is not installed; what must be refused is tested anyway.

use core_xml::{Document, Limits, XPath, XPathError};
use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, any, prop_oneof},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use std::{fs, path::PathBuf, process::Command};

/// Random expressions that are compared.
const CASES: usize = 250;

/// Every element has an id of its own, so that a path tells which one it is.
const CIB: &str = "<cib crm_feature_set='3.16.1' validate-with='none' admin_epoch='0' epoch='1' num_updates='0' id='0'>\
<configuration id='c'><crm_config id='cc'><nvpair id='n1' name='stonith-enabled' value='false'/>\
<nvpair id='n2' name='dc-version' value='2.1.5'/></crm_config><!--first--><nodes id='ns'><node id='1' uname='one' n='10'/>\
<node id='2' uname='two' n='9'><instance_attributes id='ia'><nvpair id='n3' name='standby' value='on'/>\
</instance_attributes></node><node id='3' uname='Three ' n=' -3.50 '/></nodes><resources id='r'><group id='g'>\
<primitive id='a' class='ocf' type='Dummy'/><primitive id='b' class='stonith' type='fence'><meta_attributes id='ma'>\
<nvpair id='n4' name='target-role' value='Stopped'/></meta_attributes><!--second--></primitive></group>\
<primitive id='x' class='ocf' type='IPaddr2'><operations id='o'><op id='op1' interval='10s'/><op id='op2' interval='0'/>\
</operations></primitive></resources></configuration><status id='s'><node_state id='st1' uname='one' crmd='online'/>\
<node_state id='st2' uname='two' crmd='offline'/></status></cib>";

const EXPRESSIONS: [&str; 96] = [
    "/",
    "//*",
    "/cib",
    "/cib/configuration",
    "/cib/*/*",
    "cib",
    ".",
    "..",
    "//nvpair",
    "//nvpair[@name='target-role']",
    "//primitive[@class='ocf' and @type='Dummy']",
    "//primitive[@class=\"ocf\"][@type='Dummy' or @type='IPaddr2']",
    "//@name",
    "//@*",
    "//comment()",
    "//text()",
    "//node()",
    "//nvpair/..",
    "//nvpair/parent::*",
    "//nvpair/ancestor::*",
    "//nvpair/ancestor-or-self::node()",
    "//group/following::*",
    "//group/preceding::*",
    "//op[1]",
    "//op[last()]",
    "(//op)[1]",
    "(//nvpair)[last()]",
    "(//nvpair)[position() > 1][2]",
    "//primitive[1]",
    "//primitive[2]",
    "/descendant::primitive[2]",
    "//primitive[position()=1]",
    "//primitive[last()-1]",
    "//node[2]/preceding-sibling::*",
    "//node[3]/preceding-sibling::*[1]",
    "//node[1]/following-sibling::node[1]",
    "//op/ancestor::*[2]",
    "//nodes | //resources",
    "//resources | //nodes | //resources",
    "//node[@n > 9]",
    "//node[@n >= 9]",
    "//node[@n < 0]",
    "//node[@n = -3.5]",
    "//node[@n != 10]",
    "//node[not(@n = 10)]",
    "//node[@uname = //node_state/@uname]",
    "//node[@uname != //node_state/@uname]",
    "//node_state[@uname = //node[instance_attributes]/@uname]",
    "//*[@interval]",
    "//*[@interval]/@*",
    "//*[starts-with(@type, 'IP')]",
    "//*[contains(@type, 'umm')]",
    "//*[substring(@type, 2, 3) = 'umm']",
    "//*[substring(@type, 0, 3) = 'Du']",
    "//*[substring(@type, 1.5, 2.6) = 'umm']",
    "//*[substring(@type, 4) = 'my']",
    "//*[substring-before(@type, 'mm') = 'Du']",
    "//*[substring-after(@type, 'mm') = 'y']",
    "//*[string-length(@type) = 5]",
    "//*[string-length(@type) > 5]",
    "//*[normalize-space(@uname) = 'Three']",
    "//*[translate(@uname, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ ', 'abcdefghijklmnopqrstuvwxyz') = 'three']",
    "//*[local-name() = 'op']",
    "//*[name() = 'op' or name() = 'node']",
    "//*[name(..) = 'nodes']",
    "//*[namespace-uri() = '']",
    "//*[count(*) = 2]",
    "//*[count(.//nvpair) > 1]",
    "//*[count(@*) mod 2 = 1]",
    "//*[sum(node/@n) = 15.5]",
    "//*[floor(@n) = -4]",
    "//*[ceiling(@n) = -3]",
    "//*[round(@n) = -3]",
    "//*[number(@n) * 2 = 20]",
    "//*[@n div 3 = 3]",
    "//*[@n - 1 = 9]",
    "//*[@n -1 = 9]",
    "//*[--@n = 10]",
    "//*[-@n = -10]",
    "//*[---@n = -10]",
    "//*[boolean(@n)]",
    "//*[string(@n) = '9']",
    "//*[concat(@class, ':', @type) = 'ocf:Dummy']",
    "//*[true()]",
    "//*[false()]",
    "//*[@class = 'ocf' = true()]",
    "//*[1 < 2 < 3]",
    "//*[*/*/op]",
    "//div | //mod | //and",
    "//*[self::op or self::node]",
    "//group/descendant-or-self::*[@id]",
    "//group//*",
    "//*[@id = 'a']/following::*[1]",
    "id('a')",
    "count(//*)",
    "'text'",
];

/// What is no XPath, and where.
const REFUSED: [(&str, usize); 16] = [
    ("", 1),
    ("//", 3),
    ("//a[", 5),
    ("//a]", 4),
    ("//a[@]", 6),
    ("unknown(1)", 1),
    ("count()", 1),
    ("count(1, 2)", 1),
    ("//a[@b='c]", 8),
    ("//a b", 5),
    ("a::b", 1),
    ("1 +", 4),
    ("//a and", 8),
    ("$x", 1),
    ("#", 1),
    ("text(", 6),
];

fn document() -> Document {
    Document::parse(CIB, Limits::default()).expect("a document")
}

fn ours(document: &Document, expression: &str) -> String {
    let Ok(elements) = XPath::parse(expression).and_then(|xpath| xpath.elements(document)) else {
        return String::new();
    };
    elements.iter().map(|element| format!("{}\n", document.path(*element))).collect()
}

/// A file with the CIB, for cibadmin.
struct Reference(PathBuf);

impl Reference {
    fn new(test: &str) -> Option<Reference> {
        if Command::new("cibadmin").arg("--version").output().is_err() {
            println!("skipped: cibadmin is missing: apt-get install pacemaker-cli-utils");
            return None;
        }
        let path = std::env::temp_dir().join(format!("core-xml-{test}-{}.xml", std::process::id()));
        fs::write(&path, CIB).expect("a temporary file");
        Some(Reference(path))
    }

    fn finds(&self, expression: &str) -> String {
        let mut cibadmin = Command::new("cibadmin");
        cibadmin.args(["--query", "--node-path", "--xpath", expression]).env("CIB_file", &self.0);
        let output = cibadmin.output().expect("a program that is there");
        String::from_utf8(output.stdout).expect("UTF-8")
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn expressions_find_what_they_find_in_the_reference() {
    let Some(reference) = Reference::new("xpath") else { return };
    let document = document();
    for expression in EXPRESSIONS {
        assert!(XPath::parse(expression).is_ok(), "{expression}: {:?}", XPath::parse(expression));
        assert_eq!(ours(&document, expression), reference.finds(expression), "{expression}");
    }
}

fn expression() -> impl Strategy<Value = String> {
    let axis = prop_oneof![
        4 => Just(""), 1 => Just("ancestor::"), 1 => Just("ancestor-or-self::"), 1 => Just("descendant::"),
        1 => Just("descendant-or-self::"), 1 => Just("following::"), 1 => Just("following-sibling::"), 1 => Just("parent::"),
        1 => Just("preceding::"), 1 => Just("preceding-sibling::"), 1 => Just("self::"), 1 => Just("@")
    ];
    let test = prop_oneof![
        Just("*"),
        Just("node()"),
        Just("nvpair"),
        Just("primitive"),
        Just("node"),
        Just("op"),
        Just("comment()"),
        Just("id"),
    ];
    let predicate = prop_oneof![
        (1..4_u8).prop_map(|place| place.to_string()),
        Just("last()".to_owned()),
        Just("position() mod 2 = 1".to_owned()),
        Just("@name or @class".to_owned()),
        Just("*[2]".to_owned()),
        Just("count(preceding::*) > count(following::*)".to_owned()),
        Just("not(parent::*[@n])".to_owned()),
        Just("last() - 1".to_owned()),
        Just("string-length(@id) = position()".to_owned()),
    ];
    let step = (prop_oneof![3 => Just("/"), 2 => Just("//")], axis, test, vec(predicate, 0..3));
    let path = vec(step, 1..5).prop_map(|steps| {
        let step = |(slash, axis, test, predicates): (&str, &str, &str, Vec<String>)| {
            let predicates: String = predicates.iter().map(|predicate| format!("[{predicate}]")).collect();
            format!("{slash}{axis}{test}{predicates}")
        };
        steps.into_iter().map(step).collect::<String>()
    });
    (path.boxed(), option::of(any::<bool>())).prop_map(|(path, wrapped)| match wrapped {
        None => format!("/{path}").replacen("///", "//", 1),
        Some(true) => format!("(/{path})[2]").replacen("///", "//", 1),
        Some(false) => format!("//op | /{path}").replacen("///", "//", 1),
    })
}

#[test]
fn random_expressions_find_what_they_find_in_the_reference() {
    let Some(reference) = Reference::new("random-xpath") else { return };
    let document = document();
    let mut runner = TestRunner::deterministic();
    let mut found = 0;
    for _ in 0..CASES {
        let expression = expression().new_tree(&mut runner).expect("an expression").current();
        let theirs = reference.finds(&expression);
        assert_eq!(ours(&document, &expression), theirs, "{expression}");
        found += usize::from(!theirs.is_empty());
    }
    assert!(found > CASES / 5, "only {found} of {CASES} expressions found something");
}

#[test]
fn what_is_no_xpath_is_refused_with_its_place() {
    for (expression, expected) in REFUSED {
        match XPath::parse(expression) {
            Err(XPathError::Syntax { position, .. }) => assert_eq!(position, expected, "{expression}"),
            outcome => panic!("{expression}: {outcome:?}"),
        }
    }
    for expression in ["count(1)", "//a | 1", "'a'/b"] {
        let outcome = XPath::parse(expression).expect("an XPath").elements(&document());
        assert!(matches!(outcome, Err(XPathError::Type(_))), "{expression}: {outcome:?}");
    }
}

#[test]
fn nobody_keeps_us_busy() {
    let deep = format!("{}1{}", "(".repeat(1000), ")".repeat(1000));
    assert!(matches!(XPath::parse(&deep), Err(XPathError::Syntax { .. })));
    let long = "1+".repeat(1000) + "1";
    assert!(matches!(XPath::parse(&long), Err(XPathError::Syntax { .. })));
    let union = "//a|".repeat(1000) + "//a";
    assert!(matches!(XPath::parse(&union), Err(XPathError::Syntax { .. })));
    let huge = format!("'{}'", "x".repeat(70_000));
    assert!(matches!(XPath::parse(&huge), Err(XPathError::Syntax { .. })));
    let costly = (0..6).fold("//*".to_owned(), |inside, _| format!("//*[count({inside}) > 0]"));
    let outcome = XPath::parse(&costly).expect("an XPath").elements(&document());
    assert_eq!(outcome, Err(XPathError::TooCostly));
}
