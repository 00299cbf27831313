//! A schema as one grammar, in which each file that it refers to is there once.
//!
//! libxml2 reads and compiles a file again for each `externalRef` to it, also within files that are referred to again and
//! again: pacemaker's sets of name-value pairs and their rules some twenty times. Here such a file is a definition of the
//! first grammar, which may be referred to from anywhere (RELAX NG 1.0, 4.6 and 4.7, but by name). What is allowed stays
//! the same. A schema written in other ways than pacemaker's is left as it is.

use crate::grammars::{Grammars, file};
use core_xml::{Document, Kind, NodeId};
use quick_xml::{
    Writer,
    events::{BytesEnd, BytesStart, BytesText, Event},
};
use std::collections::{BTreeSet, HashSet};

/// How a file says that it is a schema.
const NAMESPACE: (&str, &str) = ("xmlns", "http://relaxng.org/ns/structure/1.0");

/// What says something in a schema; all else is an annotation.
const ATTRIBUTES: [&str; 6] = ["name", "combine", "href", "type", "datatypeLibrary", "ns"];

/// A schema's text; `None` for one to be left as it is.
pub fn simplified(schema: &str, source: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let plain = |file: &str| source(file).filter(|text| is_in_one_namespace(text));
    let grammars = Grammars::load(file(schema), &plain)?;
    let mut simplifier = Simplifier {
        external: external(&grammars),
        grammars: &grammars,
        writer: Writer::new(Vec::new()),
        has_inner: false,
    };
    let ends = grammars.files.keys().all(|file| !is_in_a_circle(&grammars, file));
    simplifier.all().filter(|()| ends)?;
    String::from_utf8(simplifier.writer.into_inner()).ok()
}

/// Whether all of a text is in RELAX NG's namespace, but for annotations that are attributes of other names than its own.
fn is_in_one_namespace(text: &str) -> bool {
    let (name, value) = NAMESPACE;
    let mut prefixes = text.split("xmlns:").skip(1).map(|declared| declared.split('=').next().unwrap_or_default());
    let is_own = |prefix| ATTRIBUTES.iter().any(|own| text.contains(&format!("{prefix}:{own}")));
    text.matches("xmlns=").count() == 1
        && text.contains(&format!("{name}=\"{value}\""))
        && prefixes.all(|prefix| !text.contains(&format!("<{prefix}:")) && !is_own(prefix))
}

/// The files that are referred to as such, and not included.
fn external(grammars: &Grammars) -> BTreeSet<&str> {
    let references = grammars.files.values().flat_map(|document| hrefs(document, |kind| kind == "externalRef"));
    references.collect()
}

fn hrefs(document: &Document, is_meant: impl Fn(&str) -> bool) -> impl Iterator<Item = &str> {
    let nodes = document.walk(document.root()).nodes();
    let meant = nodes.filter(move |node| document.name(*node).is_some_and(&is_meant));
    meant.filter_map(|node| document.attribute(node, "href"))
}

/// Whether a file comes to itself through others.
fn is_in_a_circle(grammars: &Grammars, file: &str) -> bool {
    let mut seen = HashSet::new();
    let mut wanted = vec![file];
    while let Some(document) = wanted.pop().and_then(|name| grammars.files.get(name)) {
        let new = hrefs(document, |kind| matches!(kind, "externalRef" | "include"));
        wanted.extend(new.filter(|name| seen.insert(*name)));
    }
    seen.contains(file)
}

/// What a grammar defines: the element that does, and which name.
type Definition<'a> = (&'a str, Option<&'a str>);

/// Where a pattern stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// In the first grammar, which has the definitions of the files.
    First,
    /// In one within it: the outer one has them, or names for them.
    Within,
}

struct Simplifier<'a> {
    grammars: &'a Grammars,
    external: BTreeSet<&'a str>,
    writer: Writer<Vec<u8>>,
    /// Whether the grammar that is written has others in it.
    has_inner: bool,
}

impl<'a> Simplifier<'a> {
    fn all(&mut self) -> Option<()> {
        let (first, document) = self.grammars.files.get_key_value(&self.grammars.first)?;
        let own = attributes(document, document.root());
        if !is_grammar(document, document.root()) {
            return None;
        }
        self.start("grammar", std::iter::once(NAMESPACE).chain(own))?;
        self.components(first, document.root(), Scope::First, &HashSet::new())?;
        for file in self.external.clone() {
            self.start("define", [("name", &*definition(file))])?;
            let document = self.grammars.files.get(file)?;
            self.grammar(file, document.root())?;
            self.end("define")?;
        }
        self.end("grammar")
    }

    /// A grammar within another.
    fn grammar(&mut self, file: &'a str, node: NodeId) -> Option<()> {
        let document = self.grammars.files.get(file)?;
        if !is_grammar(document, node) {
            return None;
        }
        self.has_inner = false;
        self.start("grammar", attributes(document, node))?;
        self.components(file, node, Scope::Within, &HashSet::new())?;
        if self.has_inner {
            // from in there only this one's definitions can be named
            for file in self.external.clone() {
                self.start("define", [("name", &*definition(file))])?;
                self.reference("parentRef", file)?;
                self.end("define")?;
            }
        }
        self.has_inner = true;
        self.end("grammar")
    }

    /// What a grammar consists of, but for what is defined otherwise where it is included.
    fn components(
        &mut self,
        file: &'a str,
        holder: NodeId,
        scope: Scope,
        otherwise: &HashSet<Definition<'a>>,
    ) -> Option<()> {
        let document = self.grammars.files.get(file)?;
        for node in document.elements(holder) {
            match document.name(node)? {
                "start" | "define" if otherwise.contains(&defined(document, node)?) => {}
                "start" | "define" => self.pattern(file, node, scope)?,
                "include" => self.include(file, node, scope, otherwise)?,
                _ => return None,
            }
        }
        Some(())
    }

    fn include(
        &mut self,
        file: &'a str,
        node: NodeId,
        scope: Scope,
        otherwise: &HashSet<Definition<'a>>,
    ) -> Option<()> {
        let document = self.grammars.files.get(file)?;
        let (included, other) = self.grammars.files.get_key_value(document.attribute(node, "href")?)?;
        let root = other.root();
        let instead: HashSet<_> = document.elements(node).map(|node| defined(document, node)).collect::<Option<_>>()?;
        let there: HashSet<_> = other.elements(root).filter_map(|node| defined(other, node)).collect();
        if !is_grammar(other, root) || !instead.is_subset(&there) {
            return None;
        }
        self.start("div", attributes(other, root))?;
        self.components(included, root, scope, &otherwise.union(&instead).copied().collect())?;
        self.end("div")?;
        self.components(file, node, scope, otherwise)
    }

    /// A node of a definition, and all below it.
    fn pattern(&mut self, file: &'a str, node: NodeId, scope: Scope) -> Option<()> {
        let document = self.grammars.files.get(file)?;
        match document.kind(node) {
            Kind::Element(name) if &**name == "externalRef" => {
                let (Some(file), 1) = (document.attribute(node, "href"), attributes(document, node).count()) else {
                    return None;
                };
                self.reference(if scope == Scope::First { "ref" } else { "parentRef" }, file)
            }
            Kind::Element(name) if &**name == "grammar" => self.grammar(file, node),
            Kind::Element(name) => {
                self.start(name, attributes(document, node))?;
                document.children(node).try_for_each(|child| self.pattern(file, child, scope))?;
                self.end(name)
            }
            Kind::Text(text) | Kind::Cdata(text) => self.write(Event::Text(BytesText::new(text))),
            Kind::Comment(_) => Some(()),
        }
    }

    /// A reference to the definition of a file.
    fn reference(&mut self, kind: &str, file: &str) -> Option<()> {
        self.start(kind, [("name", &*definition(file))])?;
        self.end(kind)
    }

    fn start<'b>(&mut self, name: &str, attributes: impl IntoIterator<Item = (&'b str, &'b str)>) -> Option<()> {
        self.write(Event::Start(BytesStart::new(name).with_attributes(attributes)))
    }

    fn end(&mut self, name: &str) -> Option<()> {
        self.write(Event::End(BytesEnd::new(name)))
    }

    fn write(&mut self, event: Event<'_>) -> Option<()> {
        self.writer.write_event(event).ok()
    }
}

/// The name of a file's definition.
fn definition(file: &str) -> String {
    format!("file.{file}")
}

fn is_grammar(document: &Document, node: NodeId) -> bool {
    document.name(node) == Some("grammar")
}

/// What an element defines; `None` where it does nothing of the kind.
fn defined(document: &Document, node: NodeId) -> Option<Definition<'_>> {
    let kind = document.name(node).filter(|kind| matches!(*kind, "start" | "define"))?;
    Some((kind, document.attribute(node, "name")))
}

fn attributes(document: &Document, node: NodeId) -> impl Iterator<Item = (&str, &str)> {
    let own = document.attributes(node).filter(|attribute| ATTRIBUTES.contains(&attribute.name()));
    own.map(|attribute| (attribute.name(), attribute.value()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOP: &str =
        r#"<start><element name="a"><externalRef href="b.rng"/><externalRef href="c.rng"/></element></start>"#;
    const B: &str = r#"<start><ref name="x"/><externalRef href="c.rng"/><grammar><include href="d.rng"><define name="y"><parentRef name="x"/></define>
        </include></grammar></start><define name="x"><value>1 &lt; 2</value></define>"#;
    const C: &str = r#"<start><attribute name="c" p:default="1"/></start>"#;
    const D: &str = r#"<start><ref name="y"/><externalRef href="c.rng"/></start><define name="y"><empty/></define>"#;
    const DECLARED: &str =
        r#"<grammar xmlns="http://relaxng.org/ns/structure/1.0" xmlns:p="p" datatypeLibrary="d">..</grammar>"#;

    /// What comes of the files, where one is told otherwise.
    fn simplified_with(change: (&str, &str, &str)) -> Option<String> {
        simplified("top", &|file| {
            let content = match file {
                "top.rng" => TOP,
                "b.rng" => B,
                "c.rng" => C,
                "d.rng" => D,
                _ => return None,
            };
            let text = DECLARED.replace("..", content);
            Some(if file == change.0 { text.replace(change.1, change.2) } else { text })
        })
    }

    #[test]
    fn each_file_is_there_once() {
        let text = simplified_with(("", "", "")).expect("a grammar");
        let grammar = r#"<grammar datatypeLibrary="d">"#;
        let wanted = [
            r#"<grammar xmlns="http://relaxng.org/ns/structure/1.0" datatypeLibrary="d">"#,
            r#"<start><element name="a"><ref name="file.b.rng"/><ref name="file.c.rng"/></element></start>"#,
            r#"<define name="file.b.rng">"#,
            grammar,
            r#"<start><ref name="x"/><parentRef name="file.c.rng"/>"#,
            r#"<grammar><div datatypeLibrary="d"><start><ref name="y"/><parentRef name="file.c.rng"/></start></div>"#,
            r#"<define name="y"><parentRef name="x"/></define></grammar></start>"#,
            r#"<define name="x"><value>1 &lt; 2</value></define>"#,
            r#"<define name="file.b.rng"><parentRef name="file.b.rng"/></define>"#,
            r#"<define name="file.c.rng"><parentRef name="file.c.rng"/></define></grammar></define>"#,
            r#"<define name="file.c.rng">"#,
            grammar,
            r#"<start><attribute name="c"/></start></grammar></define></grammar>"#,
        ];
        let short = ["ref", "parentRef", "attribute"]
            .iter()
            .fold(text, |text, name| text.replace(&format!("></{name}>"), "/>"));
        assert_eq!(short, wanted.concat());
    }

    #[test]
    fn a_schema_that_says_it_otherwise_is_left_as_it_is() {
        let otherwise = [
            ("c.rng", "<start>", "<start><externalRef href=\"b.rng\"/>"),
            ("top.rng", "<start>", "<start><externalRef href=\"top.rng\"/>"),
            ("top.rng", "b.rng", "../b.rng"),
            ("top.rng", "b.rng", "gone.rng"),
            ("top.rng", "href=\"b.rng\"", "href=\"b.rng\" ns=\"\""),
            ("top.rng", "<start>", "<div/><start>"),
            ("d.rng", "name=\"y\"", "name=\"z\""),
            ("d.rng", "<start>", "<p:start/><start>"),
            ("c.rng", "p:default", "p:name"),
            ("c.rng", "xmlns:p=", "xmlns="),
            ("c.rng", "/structure/", "/other/"),
            ("c.rng", "grammar", "element"),
            ("c.rng", "</grammar>", ""),
        ];
        for change in otherwise {
            assert_eq!(simplified_with(change), None, "{change:?}");
        }
    }
}
