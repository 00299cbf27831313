//! Manual pages of the C functions, made from the comments in our public headers.
//!
//! A page is named after the first of the functions that share a comment. The comment's first sentence is the page's
//! title; lines `CS_ERR_...: words` at its end are the errors; `name` in backquotes is an argument.

use crate::{
    Result,
    declarations::{self, Declaration},
};

/// A header, and the page that its functions' pages refer to.
const HEADERS: [(&str, &str, &str); 7] = [
    ("cpg", "cpg", "cpg_overview(3)"),
    ("cfg", "cfg", "corosync_overview(7)"),
    ("cmap", "cmap", "cmap_overview(3)"),
    ("quorum", "quorum", "quorum_overview(3)"),
    ("votequorum", "votequorum", "votequorum_overview(3)"),
    ("sam", "sam", "sam_overview(3)"),
    ("corotypes", "corosync_common", "corosync_overview(7)"),
];

/// A page: its file's name, and its text.
pub(crate) type Page = (String, String);

/// The pages of all functions.
pub(crate) fn pages() -> Result<Vec<Page>> {
    let common = declarations::of_header("corotypes.h")?;
    let mut pages = Vec::new();
    for (header, library, overview) in HEADERS {
        let own = declarations::of_header(&format!("{header}.h"))?;
        let writer = Writer { header, library, overview, own: &own, common: &common };
        let functions = own.iter().filter(|declaration| !declaration.functions().is_empty());
        pages.extend(functions.map(|declaration| writer.page(declaration)));
    }
    Ok(pages)
}

/// What a comment says.
struct Words {
    title: String,
    paragraphs: Vec<String>,
    errors: Vec<(String, String)>,
}

impl Words {
    fn read(comment: &[String]) -> Words {
        let mut blocks: Vec<String> = vec![String::new()];
        for line in comment {
            let error = line.starts_with("CS_ERR_") && line.contains(':');
            match blocks.last_mut() {
                _ if line.is_empty() || error => blocks.push(line.clone()),
                Some(last) if last.is_empty() => last.push_str(line),
                Some(last) => *last = format!("{last} {line}"),
                None => {}
            }
        }
        blocks.retain(|block| !block.is_empty());
        let (errors, mut paragraphs): (Vec<_>, Vec<_>) =
            blocks.into_iter().partition(|block| block.starts_with("CS_ERR_") && block.contains(':'));
        let title = paragraphs.first().map(|text| first_sentence(text)).unwrap_or_default();
        if paragraphs.first().is_some_and(|text| text.trim_end_matches('.') == title) && paragraphs.len() > 1 {
            paragraphs.remove(0);
        }
        let split = |error: String| {
            let (name, words) = error.split_once(':').unwrap_or((&error, ""));
            (name.to_owned(), sentence(words.trim()))
        };
        Words { title, paragraphs, errors: errors.into_iter().map(split).collect() }
    }
}

/// Up to the first full stop, without it.
fn first_sentence(text: &str) -> String {
    text.split(". ").next().unwrap_or(text).trim_end_matches('.').to_owned()
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + letters.as_str() + if text.ends_with('.') { "" } else { "." }
}

struct Writer<'a> {
    header: &'a str,
    library: &'a str,
    overview: &'a str,
    own: &'a [Declaration],
    common: &'a [Declaration],
}

impl Writer<'_> {
    fn page(&self, declaration: &Declaration) -> Page {
        let names = declaration.functions();
        let name = names.first().cloned().unwrap_or_default();
        let words = Words::read(&declaration.comment);
        let mut text = format!(
            ".\\\" SPDX-License-Identifier: LGPL-2.1-or-later\n.\\\" Made from corosync/{}.h.\n.TH {} 3 \"\" \"Systole\" \
             \"Programming\"\n",
            self.header,
            name.to_uppercase()
        );
        let mut title = words.title.chars();
        let small: String = title.next().into_iter().flat_map(char::to_lowercase).collect();
        section(&mut text, "NAME", &format!("{} \\- {}\n", names.join(", "), plain(&(small + title.as_str()))));
        let linked = format!("lib{0} (\\-l{0}, pkg\\-config lib{0})\n", self.library);
        section(&mut text, "LIBRARY", &linked);
        let included = format!(".nf\n.B #include <corosync/{}.h>\n.PP\n", self.header);
        let source = declaration.source.replace("extern ", "");
        let lines: Vec<String> = source.lines().map(|line| format!(".B \"{}\"\n", code(line))).collect();
        section(&mut text, "SYNOPSIS", &format!("{included}{}.fi\n", lines.concat()));
        let paragraphs: Vec<String> = words.paragraphs.iter().map(|text| self.running(text)).collect();
        section(&mut text, "DESCRIPTION", &paragraphs.join(".PP\n"));
        let types = self.types(declaration);
        if !types.is_empty() {
            section(&mut text, "TYPES AND CONSTANTS", &types);
        }
        if !words.errors.is_empty() {
            section(&mut text, "RETURN VALUE", &self.errors(&words.errors));
        }
        section(&mut text, "SEE ALSO", &self.see_also(declaration, &names));
        (format!("{name}.3"), text)
    }

    fn errors(&self, errors: &[(String, String)]) -> String {
        let mut text = ".B CS_OK\nwhen it was done, else an error, such as:\n".to_owned();
        for (name, words) in errors {
            text.push_str(&format!(".TP\n.B {name}\n{}", self.running(words)));
        }
        text
    }

    /// Text with names marked, a sentence a line.
    fn running(&self, text: &str) -> String {
        let marked: Vec<String> = text.split(' ').map(mark).collect();
        let sentences = marked.join(" ").replace(". ", ".\n").replace("; ", ";\n");
        sentences.lines().map(|line| format!("{}\n", guarded(line))).collect()
    }

    /// What is declared of the names in the prototypes, the words and those declarations.
    fn types(&self, declaration: &Declaration) -> String {
        let known: Vec<&Declaration> = self.own.iter().chain(self.common).collect();
        let mut chosen = vec![false; known.len()];
        let mut unread = vec![format!("{} {}", declaration.source, declaration.comment.join(" "))];
        while let Some(text) = unread.pop() {
            let words: Vec<&str> = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
            for (one, chosen) in known.iter().zip(&mut chosen).filter(|(_, chosen)| !**chosen) {
                let names = one.names();
                let everywhere =
                    one.source.starts_with("typedef uint64_t") || names.iter().any(|name| name == "cs_error_t");
                if !everywhere && names.iter().any(|name| words.contains(&name.as_str())) {
                    *chosen = true;
                    unread.push(format!("{} {}", one.source, one.comment.join(" ")));
                }
            }
        }
        let mut text = String::new();
        for (one, _) in known.iter().zip(chosen).filter(|(_, chosen)| *chosen) {
            let words = one.comment.join(" ");
            let intro = if words.trim().is_empty() { String::new() } else { self.running(words.trim()) };
            let lines: Vec<String> = one.source.lines().map(|line| format!("{}\n", code(line))).collect();
            text.push_str(&format!(".PP\n{intro}.PP\n.nf\n.RS 4\n{}.RE\n.fi\n", lines.concat()));
        }
        text.strip_prefix(".PP\n").map(str::to_owned).unwrap_or_default()
    }

    /// The functions that the comment names, and the overview.
    fn see_also(&self, declaration: &Declaration, names: &[String]) -> String {
        let words = declaration.comment.join(" ");
        let mut found: Vec<String> = Vec::new();
        for other in self.own.iter().map(Declaration::functions).filter(|other| !other.is_empty()) {
            let named = other.iter().any(|name| words.contains(&format!("{name}()")) && !names.contains(name));
            if let (true, Some(page)) = (named, other.first()) {
                found.push(format!(".BR {page} (3)"));
            }
        }
        found.push(format!(".BR {}", self.overview.replace('(', " (")));
        found.join(",\n") + "\n"
    }
}

fn section(text: &mut String, title: &str, body: &str) {
    text.push_str(&format!(".SH {title}\n{body}"));
}

/// A word of running text: `argument`, function() or CONSTANT.
fn mark(word: &str) -> String {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    if let Some((before, rest)) = word.split_once('`')
        && let Some((name, after)) = rest.split_once('`')
    {
        return format!("{before}\\fI{}\\fP{after}", plain(name));
    }
    let start = word.find(is_name).unwrap_or(0);
    let (before, rest) = word.split_at(start);
    let (name, after) = rest.split_at(rest.find(|c| !is_name(c)).unwrap_or(rest.len()));
    let constant = name.len() > 2 && name.contains('_') && !name.contains(char::is_lowercase);
    if constant || (after.starts_with("()") && !name.is_empty()) {
        return format!("{}\\fB{}\\fP{}", plain(before), plain(name), plain(after));
    }
    plain(word)
}

/// Text that roff takes as it is.
fn plain(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('`', "")
}

/// A line of C.
fn code(line: &str) -> String {
    let line = plain(&line.replace('\t', "    ")).replace('"', "\\(dq");
    guarded(&line)
}

/// A line that roff doesn't take for a request.
fn guarded(line: &str) -> String {
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_becomes_a_page() {
        let comment = ["Sends one. It may wait.", "", "See a_b() and `x`.", "CS_ERR_BUSY: somebody", "else."];
        let words = Words::read(&comment.map(str::to_owned));
        assert_eq!(words.title, "Sends one");
        assert_eq!(words.paragraphs, ["Sends one. It may wait.", "See a_b() and `x`."]);
        assert_eq!(words.errors, [("CS_ERR_BUSY".to_owned(), "Somebody else.".to_owned())]);
        assert_eq!(mark("`x`,"), "\\fIx\\fP,");
        assert_eq!(mark("(a_b())."), "(\\fBa_b\\fP()).");
    }
}
