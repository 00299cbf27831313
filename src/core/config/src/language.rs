//! The language: `section {`, `key: value`, `}`, comments. Sections nest; a key's full name has their names before it.

use crate::error::{Error, Place, bounded};

/// Room for a line in the reference, its newline and NUL included.
const LINE_SIZE: usize = 512;
/// Room for a key's full name (`ICMAP_KEYNAME_MAXLEN`).
const NAME_SIZE: usize = 255;
/// Room for an error message.
const ERROR_SIZE: usize = 384;

/// One `key: value` line. Text that isn't UTF-8 is kept in values only: no key may hold it.
pub(crate) struct Item<'a> {
    /// The key with the names of its sections.
    pub(crate) path: &'a str,
    /// The key alone.
    pub(crate) key: &'a str,
    /// What it is set to.
    pub(crate) value: &'a [u8],
    /// Where.
    pub(crate) line: usize,
}

/// What takes a file's contents. Every section has a state, which it hands to sections inside it.
pub(crate) trait Sink {
    type State: Copy + Default;
    fn open(&mut self, path: &str, state: Self::State) -> Result<Self::State, String>;
    fn item(&mut self, item: &Item<'_>, state: Self::State) -> Result<(), String>;
    fn close(&mut self, state: Self::State) -> Result<(), String>;
}

/// Reads a whole file into a sink.
pub(crate) fn read<S: Sink>(file: &str, contents: &[u8], sink: &mut S) -> Result<(), Error> {
    let mut sections = vec![(String::new(), S::State::default())];
    let mut line = 0;
    let mut rest = contents;
    while let Some((text, after)) = next_line(rest) {
        line += 1;
        rest = after;
        let step = text.and_then(|text| statement(text, line, &mut sections, sink));
        step.map_err(|(key, why)| error(file, line, key, &why))?;
    }
    match sections.len() {
        1 => Ok(()),
        _ => Err(error(file, line, None, "Missing closing brace")),
    }
}

/// A fault: the key it is about, and why.
type Fault = (Option<String>, String);

/// A line's text, unless it is too long.
type Line<'a> = Result<&'a [u8], Fault>;

fn fault(why: &str) -> Fault {
    (None, why.to_owned())
}

fn error(file: &str, line: usize, key: Option<String>, why: &str) -> Error {
    let reason = format!("parser error: {file}:{line}: {why}");
    let reason = bounded(reason, ERROR_SIZE, "Can't format parser error message");
    Error { reason, key, place: Some(Place { file: file.to_owned(), line }) }
}

/// The next line, up to its NUL if it has one, and what follows it; as C's `fgets` and string functions see it.
fn next_line(rest: &[u8]) -> Option<(Line<'_>, &[u8])> {
    if rest.is_empty() {
        return None;
    }
    let room = &rest[..rest.len().min(LINE_SIZE - 1)];
    let length = room.iter().position(|&byte| byte == b'\n').map_or(room.len(), |at| at + 1);
    let (line, after) = rest.split_at(length);
    let at_end = after.is_empty() && !line.ends_with(b"\n") && length < LINE_SIZE - 1;
    let text = line.split(|&byte| byte == 0).next().unwrap_or_default();
    if !text.is_empty() && !text.ends_with(b"\n") && !at_end {
        return Some((Err(fault("Line too long")), after));
    }
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    Some((Ok(text.strip_suffix(b"\r").unwrap_or(text)), after))
}

fn statement<S: Sink>(
    line: &[u8],
    number: usize,
    sections: &mut Vec<(String, S::State)>,
    sink: &mut S,
) -> Result<(), Fault> {
    let line = trim(line, b"");
    if line.is_empty() || line[0] == b'#' {
        return Ok(());
    }
    let Some((path, state)) = sections.last().map(|(path, state)| (path.clone(), *state)) else {
        return Err(fault("Unexpected closing brace"));
    };
    if let Some((name, after)) = split(line, b'{') {
        let inner = open(name, after, &path)?;
        let state = sink.open(&inner, state).map_err(|why| (Some(inner.clone()), why))?;
        sections.push((inner, state));
        return Ok(());
    }
    if let Some((key, value)) = split(line, b':') {
        let key = String::from_utf8_lossy(trim(key, b":{")).into_owned();
        let path = join(&path, &key).ok_or_else(|| fault("New key makes total cmap path too long"))?;
        let item = Item { path: &path, key: &key, value: trim(value, b""), line: number };
        return sink.item(&item, state).map_err(|why| (Some(path.clone()), why));
    }
    if !line.contains(&b'}') {
        return Err(fault("Line is not opening or closing section or key value"));
    }
    if line != b"}" {
        return Err(fault("Extra characters before or after closing bracket '}'"));
    }
    if sections.len() == 1 {
        return Err(fault("Unexpected closing brace"));
    }
    sink.close(state).map_err(|why| (Some(path), why))?;
    sections.pop();
    Ok(())
}

/// The full name of a section that opens.
fn open(name: &[u8], after: &[u8], path: &str) -> Result<String, Fault> {
    let name = trim(name, b":{");
    if name.is_empty() {
        return Err(fault("Missing section name before opening bracket '{'"));
    }
    if !trim(after, b"").is_empty() {
        return Err(fault("Extra characters after opening bracket '{'"));
    }
    let name = String::from_utf8_lossy(name);
    join(path, &name).ok_or_else(|| fault("Start of section makes total cmap path too long"))
}

fn join(path: &str, name: &str) -> Option<String> {
    if path.len() + name.len() + 1 >= NAME_SIZE {
        return None;
    }
    Some(if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") })
}

fn split(line: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let position = line.iter().position(|&byte| byte == at)?;
    Some((&line[..position], &line[position + 1..]))
}

fn blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Without blanks at either end, and without bytes of `more` at the end; a single one of those stays.
fn trim<'a>(text: &'a [u8], more: &[u8]) -> &'a [u8] {
    let start = text.iter().position(|&byte| !blank(byte)).unwrap_or(text.len());
    let mut text = &text[start..];
    while let [head @ .., last] = text {
        if head.is_empty() || !(blank(*last) || more.contains(last)) {
            break;
        }
        text = head;
    }
    text
}
