//! Which parts of a CIB stand for themselves, read off a schema: after a change, those that it doesn't touch need not be
//! validated again.
//!
//! A schema is taken for what it says only where it says it in the ways that pacemaker's do; any other has no such parts.

use crate::{
    grammars::{Grammars, file},
    values::Values,
};
use core_xml::{Attribute, Document, Excerpt, NodeId, Take};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// How deep patterns that refer to each other are followed.
const DEPTH_MAX: usize = 16;

/// How long a chain of references from part to part is followed.
const REFERENCES_MAX: usize = 8;

/// The way to what holds a CIB's lists.
const CONFIGURATION: &str = "cib/configuration";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// What must be validated of elements' children, by the way to them (`cib/status`): of what holds any number of elements,
    /// each by itself valid or not, those that changed, and nothing where everything is valid.
    takes: BTreeMap<String, Take>,
    /// Attributes whose values must be unique.
    ids: BTreeSet<String>,
    /// Attributes that name something by the value of one of those.
    references: BTreeSet<String>,
    /// What attributes may say.
    values: Values,
}

impl Parts {
    /// The parts of the schema in a file; `None` where it can't be told.
    pub(crate) fn of(schema: &str, source: &dyn Fn(&str) -> Option<String>) -> Option<Parts> {
        let grammars = Grammars::load(file(schema), source)?;
        let (ids, references) = (grammars.attributes("ID")?, grammars.attributes("IDREF")?);
        if !grammars.attributes("IDREFS")?.is_empty() {
            return None;
        }
        let start = grammars.start(&grammars.first)?;
        let cib = only(grammars.elements(start)?, "cib")?;
        let of_cib = grammars.elements(cib)?;
        let configuration = only(of_cib.clone(), "configuration")?;
        let within = ["cib", CONFIGURATION].map(|way| (way.to_owned(), Take::Within));
        let mut takes = BTreeMap::from(within);
        for (holder, elements) in [("cib", of_cib), (CONFIGURATION, grammars.elements(configuration)?)] {
            for (name, pattern) in &elements {
                if elements.iter().filter(|(other, _)| other == name).count() > 1 {
                    continue;
                }
                let Some(content) = grammars.content(*pattern) else { continue };
                let way = format!("{holder}/{name}");
                if grammars.is_anything(content) {
                    takes.insert(way, Take::Nothing);
                } else if grammars.name(content) == Some("zeroOrMore") {
                    takes.insert(way, Take::Changed);
                }
            }
        }
        // else a change of the status that nobody validated would have to be
        let free = takes.get("cib/status") == Some(&Take::Nothing);
        free.then(|| Parts { takes, ids, references, values: Values::of(schema, source) })
    }

    /// Whether a CIB that was valid before the changes that are tracked is so still, whatever the validator would look at:
    /// only attributes say something else, which they may.
    pub(crate) fn only_says_what_it_may(&self, cib: &Document) -> bool {
        let changed = cib.changed_values();
        changed.is_some_and(|changed| changed.iter().all(|(node, attribute)| self.values.allow(cib, *node, attribute)))
    }

    /// What must be validated of an element's children; `way` leads to it from the root.
    fn take(&self, way: &[&str]) -> Take {
        self.takes.get(&way.join("/")).copied().unwrap_or(Take::Everything)
    }

    /// What must be validated of a CIB that was valid before the changes that are tracked: valid, it says the same of the
    /// whole. `None` where it would not.
    pub(crate) fn excerpt(&self, cib: &Document) -> Option<Document> {
        let mut too = HashSet::new();
        for _ in 0..REFERENCES_MAX {
            let excerpt = cib.excerpt(|way| self.take(way), &too)?;
            let wanted = self.wanted(cib, &excerpt)?;
            if wanted.is_empty() {
                return Some(excerpt.document);
            }
            too.extend(wanted);
        }
        None
    }

    /// Of what was left out, what names something that changed or is named by something that is there: whether it may is
    /// for the validator to say. `None` where something has an id that is new elsewhere.
    ///
    /// What an attribute is depends on the elements that it lies in, not on values beside it: an id that stays is one still.
    fn wanted(&self, cib: &Document, excerpt: &Excerpt<'_>) -> Option<Vec<NodeId>> {
        let new: HashSet<&str> = values(excerpt.changed(), &self.ids).collect();
        let former: HashSet<&str> = values(excerpt.former(), &self.ids).collect();
        let all = || excerpt.document.attributes_within(excerpt.document.root());
        let there: HashSet<&str> = values(all(), &self.ids).collect();
        let missing: HashSet<&str> =
            values(all(), &self.references).filter(|reference| !there.contains(reference)).collect();
        let mut wanted = Vec::new();
        if new.is_empty() && former.is_empty() && missing.is_empty() {
            return Some(wanted);
        }
        for top in &excerpt.left_out {
            let (mut names, mut named) = (false, false);
            for attribute in cib.attributes_within(*top) {
                let (is_id, value) = (self.ids.contains(attribute.name()), attribute.value());
                if is_id && new.contains(value) {
                    return None;
                }
                named |= is_id && missing.contains(value);
                names |= self.references.contains(attribute.name()) && former.contains(value);
            }
            if names || named {
                wanted.push(*top);
            }
        }
        Some(wanted)
    }
}

/// The values of attributes with these names.
fn values<'a>(
    attributes: impl Iterator<Item = &'a Attribute>,
    names: &BTreeSet<String>,
) -> impl Iterator<Item = &'a str> {
    attributes.filter(|attribute| names.contains(attribute.name())).map(Attribute::value)
}

/// A pattern of a grammar.
#[derive(Clone, Copy, Debug)]
struct Pattern<'a> {
    grammar: &'a str,
    node: NodeId,
}

/// The pattern of the one element of a name.
fn only<'a>(elements: Vec<(String, Pattern<'a>)>, name: &str) -> Option<Pattern<'a>> {
    let mut found = elements.into_iter().filter(|(other, _)| other == name).map(|(_, pattern)| pattern);
    found.next().filter(|_| found.next().is_none())
}

/// Whether a definition is one more choice, and none that can be taken.
fn adds_nothing(document: &Document, definition: NodeId) -> bool {
    let mut patterns = document.elements(definition).map(|pattern| document.name(pattern));
    document.attribute(definition, "combine") == Some("choice")
        && patterns.next() == Some(Some("notAllowed"))
        && patterns.next().is_none()
}

impl Grammars {
    fn document(&self, pattern: Pattern<'_>) -> Option<&Document> {
        self.files.get(pattern.grammar)
    }

    fn name(&self, pattern: Pattern<'_>) -> Option<&str> {
        self.document(pattern)?.name(pattern.node)
    }

    /// Where patterns of a file start.
    fn start<'a>(&self, grammar: &'a str) -> Option<Pattern<'a>> {
        self.defined(grammar, "start", None)
    }

    /// The one definition of a name in a file, or the one that it gives in the place of an included one's.
    fn defined<'a>(&self, grammar: &'a str, kind: &str, name: Option<&str>) -> Option<Pattern<'a>> {
        let mut found = self.definitions(grammar, kind, name, 0)?;
        let one = found.pop().filter(|_| found.is_empty())?;
        one.map(|node| Pattern { grammar, node })
    }

    /// All that a file defines so; `None` for what an included one does, and instead of them where includes nest too deep.
    fn definitions(&self, file: &str, kind: &str, name: Option<&str>, depth: usize) -> Option<Vec<Option<NodeId>>> {
        let document = self.files.get(file).filter(|_| depth < DEPTH_MAX)?;
        let is_meant = |node: &NodeId| document.name(*node) == Some(kind) && document.attribute(*node, "name") == name;
        let mut found: Vec<Option<NodeId>> = document.elements(document.root()).filter(is_meant).map(Some).collect();
        for include in document.elements(document.root()).filter(|node| document.name(*node) == Some("include")) {
            let instead: Vec<Option<NodeId>> = document.elements(include).filter(is_meant).map(Some).collect();
            if instead.is_empty() {
                let included = self.definitions(document.attribute(include, "href")?, kind, name, depth + 1)?;
                found.extend(included.iter().map(|_| None));
            }
            found.extend(instead);
        }
        found.retain(|node| node.is_none_or(|node| !adds_nothing(document, node)));
        Some(found)
    }

    fn children<'a>(&self, pattern: Pattern<'a>) -> Option<Vec<Pattern<'a>>> {
        let document = self.document(pattern)?;
        Some(document.elements(pattern.node).map(|node| Pattern { node, ..pattern }).collect())
    }

    /// What a reference refers to: what holds the patterns in its place.
    fn referred<'a>(&'a self, pattern: Pattern<'a>) -> Option<Pattern<'a>> {
        let document = self.document(pattern)?;
        match document.name(pattern.node)? {
            "ref" => self.defined(pattern.grammar, "define", document.attribute(pattern.node, "name")),
            "externalRef" => {
                let (grammar, _) = self.files.get_key_value(document.attribute(pattern.node, "href")?)?;
                self.start(grammar)
            }
            _ => None,
        }
    }

    /// The elements that a pattern holds, with their names, each with its own pattern, whose content isn't looked into.
    fn elements<'a>(&'a self, from: Pattern<'a>) -> Option<Vec<(String, Pattern<'a>)>> {
        let mut found = Vec::new();
        let mut wanted = vec![(from, 0)];
        while let Some((pattern, depth)) = wanted.pop() {
            if depth > DEPTH_MAX {
                return None;
            }
            for child in self.children(pattern)? {
                match self.name(child)? {
                    "element" => {
                        let name = self.document(child)?.attribute(child.node, "name")?;
                        found.push((name.to_owned(), child));
                    }
                    "attribute" | "text" | "empty" | "notAllowed" => {}
                    "ref" | "externalRef" => wanted.push((self.referred(child)?, depth + 1)),
                    "interleave" | "group" | "optional" | "choice" | "zeroOrMore" | "oneOrMore" => {
                        wanted.push((child, depth + 1));
                    }
                    _ => return None,
                }
            }
        }
        Some(found)
    }

    /// The one pattern that an element's content is, attributes and all.
    fn content<'a>(&'a self, element: Pattern<'a>) -> Option<Pattern<'a>> {
        let mut holder = element;
        for _ in 0..DEPTH_MAX {
            let [content] = self.children(holder)?[..] else { return None };
            match self.referred(content) {
                Some(referred) => holder = referred,
                None => return Some(content),
            }
        }
        None
    }

    /// Whether a pattern is the one that a definition of its own says: any attributes, any text, any elements of which the
    /// same holds.
    fn is_anything(&self, pattern: Pattern<'_>) -> bool {
        self.is_anything_defined(pattern).unwrap_or(false)
    }

    fn is_anything_defined(&self, pattern: Pattern<'_>) -> Option<bool> {
        let document = self.document(pattern)?;
        let shape =
            |node: NodeId| -> Vec<&str> { document.elements(node).filter_map(|child| document.name(child)).collect() };
        let define = document.parent(pattern.node)?;
        let choice = document.child(pattern.node, None)?;
        if document.name(pattern.node) != Some("zeroOrMore")
            || document.name(define) != Some("define")
            || shape(pattern.node) != ["choice"]
            || shape(choice) != ["attribute", "element", "text"]
        {
            return Some(false);
        }
        let attribute = document.child(choice, Some("attribute"))?;
        let element = document.child(choice, Some("element"))?;
        let any = |node| document.child(node, Some("anyName")).is_some_and(|any| shape(any).is_empty());
        let again = document.child(element, Some("ref"))?;
        Some(
            shape(attribute) == ["anyName", "text"]
                && shape(element) == ["anyName", "ref"]
                && any(attribute)
                && any(element)
                && document.attribute(again, "name") == document.attribute(define, "name"),
        )
    }

    /// The names of attributes of a type; `None` where one has no name of its own.
    fn attributes(&self, kind: &str) -> Option<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        for document in self.files.values() {
            for node in document.walk(document.root()).nodes() {
                if document.name(node) != Some("data") || document.attribute(node, "type") != Some(kind) {
                    continue;
                }
                let attribute = document.parent(node).filter(|parent| document.name(*parent) == Some("attribute"))?;
                names.insert(document.attribute(attribute, "name")?.trim().to_owned());
            }
        }
        Some(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core_xml::Limits;

    const TOP: &str = r#"<grammar><start><element name="cib"><externalRef href="attributes.rng"/><element name="configuration">
        <interleave><externalRef href="lists.rng"/><element name="one"><optional><element name="x"/></optional></element>
        <choice><element name="two"><zeroOrMore><element name="x"/></zeroOrMore></element>
        <element name="two"><text/></element></choice></interleave></element>
        <element name="status"><externalRef href="any.rng"/></element></element></start></grammar>"#;
    const ATTRIBUTES: &str = r#"<grammar><start><attribute name="epoch"/></start></grammar>"#;
    const LISTS: &str = r#"<grammar><start><ref name="lists"/></start>
        <include href="rules.rng"><start combine="choice"><notAllowed/></start></include>
        <define name="lists"><interleave><element name="resources"><zeroOrMore><choice><ref name="x"/></choice></zeroOrMore>
        </element><element name="nodes"><attribute name="a"/><zeroOrMore><ref name="x"/></zeroOrMore></element></interleave></define>
        <define name="x"><element name="x"><attribute name="id"><data type="ID"/></attribute></element></define></grammar>"#;
    const RULES: &str = r#"<grammar><start><element name="rule"><attribute name="key"><data type="ID"/></attribute></element></start></grammar>"#;
    const ANY: &str = r#"<grammar><start><ref name="s"/></start><define name="s"><zeroOrMore><choice>
        <attribute><anyName/><text/></attribute><element><anyName/><ref name="s"/></element><text/></choice></zeroOrMore></define></grammar>"#;

    /// The parts, where one file is told from another.
    fn parts(change: (&str, &str, &str)) -> Option<Parts> {
        Parts::of("top", &|file| {
            let text = match file {
                "top.rng" => TOP,
                "attributes.rng" => ATTRIBUTES,
                "lists.rng" => LISTS,
                "rules.rng" => RULES,
                "any.rng" => ANY,
                _ => return None,
            };
            Some(if file == change.0 { text.replace(change.1, change.2) } else { text.to_owned() })
        })
    }

    #[test]
    fn lists_stand_for_themselves_and_others_do_not() {
        let parts = parts(("", "", "")).expect("parts");
        let of_configuration = |name| parts.take(&["cib", "configuration", name]);
        assert_eq!(of_configuration("resources"), Take::Changed);
        // it has more than items, is no list, may be something else
        assert_eq!(["nodes", "one", "two"].map(of_configuration), [Take::Everything; 3]);
        assert_eq!(parts.take(&["cib", "status"]), Take::Nothing);
        assert_eq!(parts.take(&["cib", "configuration", "resources", "x"]), Take::Everything);
        assert!(["id", "key"].iter().eq(&parts.ids));
    }

    #[test]
    fn a_schema_that_says_it_otherwise_has_no_parts() {
        let otherwise = [
            ("any.rng", "<anyName/><text/>", "<anyName><except><name>x</name></except></anyName><text/>"),
            ("any.rng", "<ref name=\"s\"/></element>", "<ref name=\"t\"/></element>"),
            ("lists.rng", "<start><ref name=\"lists\"/></start>", "<start><ref name=\"gone\"/></start>"),
            ("lists.rng", "<notAllowed/>", "<ref name=\"x\"/>"),
            ("lists.rng", "\"rules.rng\"", "\"gone.rng\""),
            ("top.rng", "<element name=\"one\">", "<element><anyName/>"),
            ("rules.rng", "<data type=\"ID\"/>", "<choice><data type=\"ID\"/></choice>"),
            ("any.rng", "</define>", ""),
        ];
        for change in otherwise {
            assert_eq!(parts(change), None, "{change:?}");
        }
    }

    const CIB: &str = r#"<cib epoch="1"><configuration><crm_config><cluster_property_set id="s"><nvpair id="i" name="a" value="a"/>
        </cluster_property_set></crm_config></configuration></cib>"#;

    #[test]
    fn pacemaker_s_schemas_have_parts() {
        let folder = std::path::Path::new("/usr/share/pacemaker");
        let source = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
        for schema in ["pacemaker-1.2", "pacemaker-2.10", "pacemaker-3.0", "pacemaker-3.9"] {
            if source(&file(schema)).is_none() {
                println!("skipped: {schema} is not in {}: apt-get install pacemaker-common", folder.display());
                continue;
            }
            let parts = Parts::of(schema, &source).unwrap_or_else(|| panic!("{schema} has no parts"));
            for list in ["crm_config", "nodes", "resources", "constraints"] {
                assert_eq!(parts.take(&["cib", "configuration", list]), Take::Changed, "{schema}: {list}");
            }
            assert_eq!(parts.take(&["cib", "status"]), Take::Nothing, "{schema}");
            let mut cib = Document::parse(CIB, Limits::default()).expect("XML");
            let (root, pair) = (cib.root(), cib.walk(cib.root()).nodes().nth(4).expect("an element"));
            cib.track();
            cib.set_attribute(root, "epoch", "2");
            cib.set_attribute(pair, "value", "b");
            assert!(parts.only_says_what_it_may(&cib), "{schema}");
            cib.set_attribute(pair, "id", "new");
            assert!(!parts.only_says_what_it_may(&cib), "{schema}");
        }
    }
}
