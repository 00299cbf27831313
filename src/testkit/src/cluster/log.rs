//! What a witness (capi-tests/cluster/witness.c, which describes the format) wrote down.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::Path,
    str::FromStr,
};

/// A process of a group: node id and pid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// Its host.
    pub node: u32,
    /// Its pid there.
    pub pid: u32,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}:{}", self.node, self.pid)
    }
}

/// A ring: its number first, so that later ones are greater, then who formed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ring {
    /// Rises from ring to ring.
    pub seq: u64,
    /// The node that formed it.
    pub node: u32,
}

impl fmt::Display for Ring {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}.{}", self.node, self.seq)
    }
}

/// A process group's change; lists are sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// All members from now on.
    pub members: Vec<Process>,
    /// Who left, and why (`cpg_reason_t`).
    pub left: Vec<(Process, u32)>,
    /// Who joined, and why.
    pub joined: Vec<(Process, u32)>,
}

/// Quorum as the quorum service told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    /// Whether this side may act.
    pub quorate: bool,
    /// The ring it was judged in.
    pub ring: Ring,
    /// That ring's nodes, sorted.
    pub nodes: Vec<u32>,
}

/// A message's length and the hash of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body {
    /// Bytes.
    pub length: usize,
    /// FNV-1a of them.
    pub hash: u64,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Connected; asked to join as this process.
    Joining(Process),
    /// The daemon went away.
    Lost,
    /// A message is about to be sent.
    About(u64, Body),
    /// It was accepted.
    Accepted(u64),
    /// It was refused for good.
    Refused(u64),
    /// A message was delivered. A message shorter than a number shows only the number's low bytes.
    Delivered(Process, u64, Body),
    /// Asked to leave.
    Leaving,
    /// The group changed.
    Group(Change),
    /// The ring changed: its nodes, sorted.
    Ring(Ring, Vec<u32>),
    /// Quorum was told.
    Quorum(Quorum),
    /// Votequorum was told: quorate, and each node with its state.
    Votes(bool, Vec<(u32, u32)>),
}

impl FromStr for Event {
    type Err = String;

    fn from_str(line: &str) -> Result<Event, String> {
        event(line).ok_or_else(|| format!("no line of a witness: {line:?}"))
    }
}

fn event(line: &str) -> Option<Event> {
    let words: Vec<&str> = line.split(' ').collect();
    Some(match words.as_slice() {
        ["I", me] => Event::Joining(process(me)?),
        ["X"] => Event::Lost,
        ["A", number, length, hash] => Event::About(number.parse().ok()?, body(length, hash)?),
        ["S", number] => Event::Accepted(number.parse().ok()?),
        ["F", number, _] => Event::Refused(number.parse().ok()?),
        ["D", from, number, length, hash] => {
            Event::Delivered(process(from)?, number.parse().ok()?, body(length, hash)?)
        }
        ["L"] => Event::Leaving,
        ["C", members, left, joined] => {
            let members = list(members, address)?.into_iter().map(|(process, _)| process).collect();
            Event::Group(Change { members, left: list(left, address)?, joined: list(joined, address)? })
        }
        ["T", id, nodes] => Event::Ring(ring(id)?, list(nodes, number)?),
        ["Q", quorate, id, nodes] => {
            Event::Quorum(Quorum { quorate: *quorate == "1", ring: ring(id)?, nodes: list(nodes, number)? })
        }
        ["V", quorate, nodes] => Event::Votes(*quorate == "1", list(nodes, pair)?),
        _ => return None,
    })
}

fn number(word: &str) -> Option<u32> {
    word.parse().ok()
}

fn pair(word: &str) -> Option<(u32, u32)> {
    let (a, b) = word.split_once(':')?;
    Some((number(a)?, number(b)?))
}

fn process(word: &str) -> Option<Process> {
    pair(word).map(|(node, pid)| Process { node, pid })
}

fn address(word: &str) -> Option<(Process, u32)> {
    let (who, reason) = word.rsplit_once(':')?;
    Some((process(who)?, number(reason)?))
}

fn ring(word: &str) -> Option<Ring> {
    let (node, seq) = word.split_once('.')?;
    Some(Ring { node: number(node)?, seq: seq.parse().ok()? })
}

fn body(length: &str, hash: &str) -> Option<Body> {
    Some(Body { length: length.parse().ok()?, hash: u64::from_str_radix(hash, 16).ok()? })
}

/// Words with commas, `-` for none, sorted.
fn list<T: Ord>(words: &str, each: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    if words == "-" || words.is_empty() {
        return Some(Vec::new());
    }
    let mut found = words.split(',').map(each).collect::<Option<Vec<T>>>()?;
    found.sort();
    Some(found)
}

/// A log that still grows.
#[derive(Debug)]
pub struct Log {
    file: File,
    rest: String,
    /// What was read so far.
    pub events: Vec<Event>,
}

impl Log {
    /// Opens a log at its beginning.
    pub fn open(path: &Path) -> io::Result<Log> {
        Ok(Log { file: File::open(path)?, rest: String::new(), events: Vec::new() })
    }

    /// Reads whole lines that came since.
    pub fn read(&mut self) -> io::Result<()> {
        self.file.read_to_string(&mut self.rest)?;
        let Some(end) = self.rest.rfind('\n') else { return Ok(()) };
        let rest = self.rest.split_off(end + 1);
        let lines = std::mem::replace(&mut self.rest, rest);
        for line in lines.lines() {
            self.events.push(line.parse().map_err(io::Error::other)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_understood_and_others_refused() {
        let one = Process { node: 1, pid: 20 };
        let change = Change { members: vec![one], left: vec![], joined: vec![(one, 1)] };
        assert_eq!("C 1:20:0 - 1:20:1".parse(), Ok(Event::Group(change)));
        assert_eq!("T 1.8 2,1".parse(), Ok(Event::Ring(Ring { seq: 8, node: 1 }, vec![1, 2])));
        assert_eq!("D 1:20 7 9 ff".parse(), Ok(Event::Delivered(one, 7, Body { length: 9, hash: 255 })));
        assert!("D 1:20 7 9".parse::<Event>().is_err());
        assert!("C 1:20 - -".parse::<Event>().is_err());
    }
}
