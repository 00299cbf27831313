//! What stands in a public header: declarations with the comments above them. The headers are ours and regular: a
//! declaration begins at a line's first column, and a comment belongs to what follows without an empty line.

use crate::{Result, layout};
use std::fs;

/// One declaration, or several functions in a row that share a comment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Declaration {
    /// The comment's lines without its marks.
    pub(crate) comment: Vec<String>,
    /// The source, as it stands in the header.
    pub(crate) source: String,
}

impl Declaration {
    /// The functions' names; none for types and macros.
    pub(crate) fn functions(&self) -> Vec<String> {
        if self.source.starts_with(['#', 't']) || self.source.starts_with("struct") || self.source.starts_with("static")
        {
            return Vec::new();
        }
        self.source.split(';').filter_map(|text| text.split_once('(')).map(|(head, _)| last_word(head)).collect()
    }

    /// The names of the types or macros that this declares.
    pub(crate) fn names(&self) -> Vec<String> {
        let source = self.source.trim_end();
        if source.starts_with("#define") {
            let words = source.lines().filter_map(|line| line.split_whitespace().nth(1));
            return words.map(|word| word.split('(').next().unwrap_or(word).to_owned()).collect();
        }
        if source.starts_with("static") {
            return Vec::new();
        }
        if let Some((_, name)) = source.split_once("(*").filter(|_| !source.contains('{')) {
            return vec![name.split(')').next().unwrap_or_default().to_owned()];
        }
        if let Some((head, tail)) = source.rsplit_once('}') {
            let name = last_word(tail.trim_end_matches(';'));
            return vec![if name.is_empty() { last_word(head.split('{').next().unwrap_or_default()) } else { name }];
        }
        source
            .lines()
            .filter(|line| line.starts_with("typedef"))
            .map(|line| last_word(line.trim_end_matches(';')))
            .collect()
    }
}

fn last_word(text: &str) -> String {
    let name = |c: char| !(c.is_alphanumeric() || c == '_');
    text.trim_end().rsplit(name).next().unwrap_or_default().to_owned()
}

/// The declarations of `include/corosync/NAME`.
pub(crate) fn of_header(name: &str) -> Result<Vec<Declaration>> {
    let path = layout::root().join("include/corosync").join(name);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(read(&text))
}

/// Conditions, includes, and the braces around everything for C++: nothing is declared there.
fn is_for_the_compiler(line: &str) -> bool {
    let conditions = ["#if", "#else", "#endif", "#include"];
    conditions.iter().any(|word| line.starts_with(word)) || line == "extern \"C\" {"
}

/// The declarations of a header's text.
fn read(text: &str) -> Vec<Declaration> {
    let mut found = Vec::new();
    let mut now = Declaration::default();
    let (mut in_comment, mut depth) = (false, 0_i32);
    for line in text.lines().filter(|line| !is_for_the_compiler(line)) {
        if line == "}" && depth == 0 {
            continue; // the end of extern "C"
        }
        if in_comment || (now.source.is_empty() && line.starts_with("/*")) {
            in_comment = !line.contains("*/");
            now.comment.push(line.trim().trim_start_matches(['/', '*', ' ']).trim_end_matches("*/").trim().to_owned());
        } else if line.is_empty() && depth == 0 {
            // A comment on its own is the file's.
            let done = std::mem::take(&mut now);
            if !done.source.is_empty() {
                found.push(done);
            }
        } else {
            depth += line.matches('{').count() as i32 - line.matches('}').count() as i32;
            now.source.push_str(line);
            now.source.push('\n');
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_belong_to_what_follows_them() {
        let functions = "/*\n * Does it.\n * Twice.\n */\nint a(\n\tint x);\nint b(void);\n\n";
        let types = "typedef void (*call_t)(\n\tint x);\n\n/* S. */\nstruct s {\n\n\tint y;\n};\n\n#define X 1\n#define Y 2\n\n";
        let all = read(&format!("/* Head. */\n\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n{functions}{types}"));
        let names: Vec<_> = all.iter().map(Declaration::names).collect();
        assert_eq!(names, [vec![], vec!["call_t"], vec!["s"], vec!["X", "Y"]]);
        assert_eq!((all[0].comment.join("|"), all[2].comment.join("|")), ("|Does it.|Twice.|".into(), "S.".into()));
        assert_eq!(all[0].functions(), ["a", "b"]);
    }
}
