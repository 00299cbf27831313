//! Attributes of which a schema allows any text, or any number: what one of them says makes no CIB valid or invalid.
//!
//! They are read off the schema as one grammar ([`simplified`]), where it is written in the ways that pacemaker's are.

use crate::simplified;
use core_xml::{Attribute, Document, Kind, Limits, NodeId};
use std::collections::{BTreeMap, HashSet};

/// How many patterns are followed from one element, and how deep they may refer to each other.
const PATTERNS_MAX: usize = 4096;
const DEPTH_MAX: usize = 64;

/// What an attribute may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// Anything.
    Text,
    /// A number that isn't negative.
    Count,
    /// What the validator must look at.
    Other,
}

/// What one pattern says of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    content: Content,
    /// What other attributes of the element must say for the pattern to be meant.
    with: Vec<(String, String)>,
}

/// See the module. By the names of an attribute, its element and what that is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Values(BTreeMap<String, Vec<Rule>>);

impl Values {
    /// What the attributes of a schema may say; nothing where it can't be told.
    pub(crate) fn of(schema: &str, source: &dyn Fn(&str) -> Option<String>) -> Values {
        let text = simplified(schema, source);
        let grammar = text.and_then(|text| Document::parse(&text, Limits::default()).ok()).map(Grammar);
        grammar.and_then(|grammar| Values::read(&grammar)).unwrap_or_default()
    }

    fn read(grammar: &Grammar) -> Option<Values> {
        let mut values = Values::default();
        let mut known = HashSet::new();
        // patterns, with the names of their elements and of what these are in, as far as they have names of their own
        let mut wanted = vec![(grammar.0.root(), Some(""), Some(""))];
        while let Some((holder, element, parent)) = wanted.pop() {
            for held in grammar.held(holder)? {
                let own = grammar.0.attribute(held.pattern, "name").map(str::trim);
                if grammar.is(held.pattern, "element") {
                    let pattern = (held.pattern, own, element);
                    if known.insert(pattern) {
                        wanted.push(pattern);
                    }
                    continue;
                }
                let content = grammar.content(held.pattern);
                match (parent, element, own) {
                    (Some(parent), Some(element), Some(attribute)) => {
                        // what decides of others is the validator's business
                        let decides = grammar.fixed(held.pattern).is_some();
                        let with = if decides { Vec::new() } else { grammar.fixed_beside(&held) };
                        let rules = values.0.entry(key(parent, element, attribute)).or_default();
                        rules.push(Rule { content, with });
                    }
                    // one of any name may be any attribute
                    _ if content == Content::Text => {}
                    _ => return None,
                }
            }
        }
        Some(values)
    }

    /// Whether an attribute of a CIB may say what it does, as long as those that may not say anything stay what they are.
    pub(crate) fn allow(&self, cib: &Document, node: NodeId, attribute: &Attribute) -> bool {
        let parent = cib.parent(node).and_then(|parent| cib.name(parent)).unwrap_or_default();
        let key = key(parent, cib.name(node).unwrap_or_default(), attribute.name());
        let is_meant = |rule: &&Rule| {
            rule.with.iter().all(|(name, value)| cib.attribute(node, name).is_some_and(|said| plain(said) == *value))
        };
        self.0.get(&key).is_some_and(|rules| rules.iter().filter(is_meant).all(|rule| rule.content.allows(attribute)))
    }
}

impl Content {
    fn allows(self, attribute: &Attribute) -> bool {
        let value = attribute.value();
        match self {
            Content::Text => true,
            Content::Count => value.parse::<u32>().is_ok() && value.bytes().all(|byte| byte.is_ascii_digit()),
            Content::Other => false,
        }
    }
}

fn key(parent: &str, element: &str, attribute: &str) -> String {
    format!("{parent}/{element}/@{attribute}")
}

/// A value without spaces that some types pass over.
fn plain(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// An element or attribute that a pattern holds.
struct Held {
    pattern: NodeId,
    /// What holds it, from the outside inwards, with definitions in the place of references to them.
    within: Vec<NodeId>,
}

/// A schema as one grammar, which may have others in it.
struct Grammar(Document);

impl Grammar {
    fn is(&self, node: NodeId, name: &str) -> bool {
        self.0.name(node) == Some(name)
    }

    /// The elements and attributes that a pattern holds, whose own content isn't looked into.
    fn held(&self, from: NodeId) -> Option<Vec<Held>> {
        let mut found = Vec::new();
        let start = if self.is(from, "grammar") { self.defined(from, "start", None) } else { vec![from] };
        let mut wanted: Vec<Vec<NodeId>> = start.into_iter().map(|start| vec![start]).collect();
        let mut followed = 0;
        while let Some(within) = wanted.pop() {
            followed += 1;
            if within.len() > DEPTH_MAX || followed > PATTERNS_MAX {
                return None;
            }
            let and = |pattern: NodeId| within.iter().copied().chain([pattern]).collect();
            for child in self.0.elements(*within.last()?) {
                match self.0.name(child)? {
                    "element" | "attribute" => found.push(Held { pattern: child, within: within.clone() }),
                    "text" | "data" | "value" | "empty" | "notAllowed" | "anyName" => {}
                    "ref" => wanted.extend(self.referred(child, 0)?.into_iter().map(and)),
                    "parentRef" => wanted.extend(self.referred(child, 1)?.into_iter().map(and)),
                    "grammar" => wanted.extend(self.defined(child, "start", None).into_iter().map(and)),
                    "interleave" | "group" | "optional" | "choice" | "zeroOrMore" | "oneOrMore" => {
                        wanted.push(and(child));
                    }
                    _ => return None,
                }
            }
        }
        Some(found)
    }

    /// What a reference refers to, in the grammar so far outside of its own.
    fn referred(&self, reference: NodeId, outside: usize) -> Option<Vec<NodeId>> {
        let around = std::iter::successors(self.0.parent(reference), |node| self.0.parent(*node));
        let grammar = around.filter(|node| self.is(*node, "grammar")).nth(outside)?;
        let name = self.0.attribute(reference, "name")?;
        Some(self.defined(grammar, "define", Some(name))).filter(|defined| !defined.is_empty())
    }

    /// All that a grammar defines so, taken together where it is more than one.
    fn defined(&self, grammar: NodeId, kind: &str, name: Option<&str>) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut wanted = vec![grammar];
        while let Some(holder) = wanted.pop() {
            wanted.extend(self.0.elements(holder).filter(|node| self.is(*node, "div")));
            let own = self.0.elements(holder).filter(|node| self.is(*node, kind));
            found.extend(own.filter(|node| self.0.attribute(*node, "name") == name));
        }
        found
    }

    fn content(&self, attribute: NodeId) -> Content {
        let patterns: Vec<_> = self.0.elements(attribute).collect();
        let names: Vec<_> = patterns.iter().filter_map(|pattern| self.0.name(*pattern)).collect();
        match names[..] {
            [] | ["text"] | ["anyName", "text"] => Content::Text,
            ["data"] => {
                let data = patterns[0];
                let is_count = self.0.attribute(data, "type") == Some("nonNegativeInteger");
                let is_plain = self.0.child(data, None).is_none() && self.0.attributes(data).count() == 1;
                if is_count && is_plain { Content::Count } else { Content::Other }
            }
            _ => Content::Other,
        }
    }

    /// The attributes that must be there together with another one, and say one thing only.
    fn fixed_beside(&self, held: &Held) -> Vec<(String, String)> {
        let all = held.within.iter().filter(|holder| !self.is(**holder, "choice"));
        let beside = all.flat_map(|holder| self.0.elements(*holder));
        let others = beside.filter(|pattern| *pattern != held.pattern && self.is(*pattern, "attribute"));
        others
            .filter_map(|other| Some((self.0.attribute(other, "name")?.trim().to_owned(), self.fixed(other)?)))
            .collect()
    }

    /// The one thing that an attribute may say.
    fn fixed(&self, attribute: NodeId) -> Option<String> {
        let mut contents = self.0.elements(attribute);
        let value = contents.next().filter(|value| self.is(*value, "value") && contents.next().is_none())?;
        let mut texts = self.0.children(value);
        match (self.0.kind(texts.next()?), texts.next()) {
            (Kind::Text(text), None) => Some(plain(text)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core_xml::{Document, Limits};

    const TOP: &str = r#"<grammar><start><element name="cib"><attribute name="epoch"><data type="nonNegativeInteger"/></attribute>
        <attribute name="port"><data type="nonNegativeInteger"><param name="maxInclusive">9</param></data></attribute>
        <externalRef href="sets.rng"/><element name="status"><ref name="s"/></element></element></start>
        <define name="s"><zeroOrMore><choice><attribute><anyName/><text/></attribute><element><anyName/><ref name="s"/></element>
        <text/></choice></zeroOrMore></define></grammar>"#;
    const SETS: &str = r#"<grammar><start><zeroOrMore><choice><ref name="set"/><ref name="other"/></choice></zeroOrMore></start>
        <define name="set"><element name="set"><attribute name="id"><data type="ID"/></attribute><attribute name=" score "/>
        <choice><element name="nvpair"><attribute name="name"><text/></attribute><attribute name="value"><text/></attribute></element>
        <element name="nvpair"><group><attribute name="name"><value> x </value></attribute><attribute name="value"><data type="ID"/></attribute>
        <attribute name="type"><value>t</value></attribute></group></element></choice>
        </element></define><define name="other"><element name="recipient"><attribute name="value"><data type="string"/></attribute>
        <ref name="set"/></element></define></grammar>"#;

    fn values(change: (&str, &str)) -> Values {
        let declared = r#"<grammar xmlns="http://relaxng.org/ns/structure/1.0">"#;
        Values::of("top", &|file| {
            let text = if file == "top.rng" { TOP } else { SETS };
            Some(text.replacen("<grammar>", declared, 1).replace(change.0, change.1))
        })
    }

    /// Whether an attribute of the element marked `m` may say what it does.
    fn allows(cib: &str, attribute: &str) -> bool {
        let cib = Document::parse(cib, Limits::default()).expect("a document");
        let node = cib.walk(cib.root()).nodes().find(|node| cib.attribute(*node, "m").is_some()).expect("a mark");
        let attribute = cib.attributes(node).find(|one| one.name() == attribute).expect("an attribute");
        values(("", "")).allow(&cib, node, attribute)
    }

    #[test]
    fn text_says_anything_and_counts_say_numbers() {
        for (cib, attribute, allowed) in [
            ("<set><nvpair m='' name='y' value='any'/></set>", "value", true),
            ("<set><nvpair m='' name='y' type='t' value='any'/></set>", "value", true),
            ("<set><nvpair m='' name='y' type='u' value='any'/></set>", "type", false),
            ("<set><nvpair m='' name='x' type='t' value='any'/></set>", "value", false),
            ("<set><nvpair m='' name=' x ' type='t' value='any'/></set>", "value", false),
            ("<set><nvpair m='' value='any'/></set>", "value", true),
            ("<set><nvpair m='' name='y' value='any'/></set>", "name", false),
            ("<other><nvpair m='' name='y' value='any'/></other>", "value", false),
            ("<cib><set m='' score=''/></cib>", "score", true),
            ("<recipient><set m='' score=''/></recipient>", "score", true),
            ("<cib><set m='' id='a'/></cib>", "id", false),
            ("<cib><set m='' value='a'/></cib>", "value", false),
            ("<cib m='' epoch='12'/>", "epoch", true),
            ("<cib m='' epoch='-1'/>", "epoch", false),
            ("<cib m='' epoch='+1'/>", "epoch", false),
            ("<cib m='' epoch=''/>", "epoch", false),
            ("<cib m='' epoch='99999999999'/>", "epoch", false),
            ("<cib m='' port='5'/>", "port", false),
            ("<cib><recipient m='' value='a'/></cib>", "value", false),
        ] {
            assert_eq!(allows(cib, attribute), allowed, "{attribute} in {cib}");
        }
    }

    #[test]
    fn a_schema_that_says_it_otherwise_says_nothing() {
        for change in [
            ("<attribute><anyName/><text/>", "<attribute><anyName/><data type=\"token\"/>"),
            ("<anyName/><ref name=\"s\"/>", "<anyName/><attribute name=\"value\"><value>1</value></attribute>"),
            ("<ref name=\"set\"/></element>", "<ref name=\"gone\"/></element>"),
            ("<text/></choice>", "<mixed/></choice>"),
        ] {
            assert_eq!(values(change), Values::default(), "{change:?}");
        }
    }
}
