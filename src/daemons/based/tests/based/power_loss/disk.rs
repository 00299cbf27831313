//! A folder on a disk that loses power: everything that the disk may hold then.
//!
//! What a file holds is on the disk once the file was synced, before that any part of what was written; names are on the
//! disk once the folder was synced, before that each change of a name may be or not, whatever came after it.

use std::collections::{BTreeMap, BTreeSet};

/// What files hold, by their names, and how old they are: the youngest has the highest number.
pub(crate) type Content = BTreeMap<String, (usize, Vec<u8>)>;

/// What a program does to the files of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Opens a file, which is made where it is missing, and is empty then.
    Empty(String),
    /// Writes at a file's end.
    Append(String, Vec<u8>),
    SyncFile(String),
    SyncFolder,
    Link(String, String),
    Rename(String, String),
    Unlink(String),
}

struct File {
    synced: Vec<u8>,
    /// What it held since, the last it holds now.
    since: Vec<Vec<u8>>,
}

impl File {
    fn now(&self) -> &[u8] {
        self.since.last().unwrap_or(&self.synced)
    }

    fn after_power_loss(&self) -> BTreeSet<Vec<u8>> {
        let half = |content: &Vec<u8>| content[..content.len() / 2].to_vec();
        self.since.iter().map(half).chain(self.since.iter().cloned()).chain([self.synced.clone()]).collect()
    }
}

/// A change of names: each gets the file of that number, or none.
type Renamed = Vec<(String, Option<usize>)>;
type Names = BTreeMap<String, usize>;

fn rename(names: &mut Names, renamed: &Renamed) {
    for (name, file) in renamed {
        match file {
            Some(file) => names.insert(name.clone(), *file),
            None => names.remove(name),
        };
    }
}

/// See the module.
pub(crate) struct Disk {
    files: Vec<File>,
    names: Names,
    synced: Names,
    since: Vec<Renamed>,
}

impl Disk {
    /// A disk that holds this.
    pub(crate) fn new(content: Content) -> Disk {
        let names: Names = content.keys().cloned().zip(0..).collect();
        let files = content.into_values().map(|(_, synced)| File { synced, since: Vec::new() }).collect();
        Disk { files, synced: names.clone(), names, since: Vec::new() }
    }

    fn file(&mut self, name: &str) -> &mut File {
        let number = *self.names.get(name).unwrap_or_else(|| panic!("there is no {name}"));
        &mut self.files[number]
    }

    /// Whether a file is there that is so.
    pub(crate) fn holds(&self, name: &str, is_so: impl FnOnce(&[u8]) -> bool) -> bool {
        self.names.get(name).is_some_and(|number| is_so(self.files[*number].now()))
    }

    fn change(&mut self, renamed: Renamed) {
        rename(&mut self.names, &renamed);
        self.since.push(renamed);
    }

    pub(crate) fn do_it(&mut self, deed: &Deed) {
        match deed {
            Deed::Empty(name) if self.names.contains_key(name) => self.file(name).since.push(Vec::new()),
            Deed::Empty(name) => {
                self.files.push(File { synced: Vec::new(), since: Vec::new() });
                self.change(vec![(name.clone(), Some(self.files.len() - 1))]);
            }
            Deed::Append(name, more) => {
                let file = self.file(name);
                let content = [file.now(), more].concat();
                file.since.push(content);
            }
            Deed::SyncFile(name) => {
                let file = self.file(name);
                file.synced = file.now().to_vec();
                file.since.clear();
            }
            Deed::SyncFolder => {
                self.synced = self.names.clone();
                self.since.clear();
            }
            Deed::Link(from, to) => self.change(vec![(to.clone(), Some(self.names[from]))]),
            Deed::Rename(from, to) => self.change(vec![(to.clone(), Some(self.names[from])), (from.clone(), None)]),
            Deed::Unlink(name) => self.change(vec![(name.clone(), None)]),
        }
    }

    /// All that it may hold when the power comes back.
    pub(crate) fn after_power_loss(&self) -> BTreeSet<Content> {
        assert!(self.since.len() < 16, "{} changes of names wait to be synced", self.since.len());
        let mut found = BTreeSet::new();
        for there in 0_u32..1 << self.since.len() {
            let mut names = self.synced.clone();
            let kept = self.since.iter().enumerate().filter(|(place, _)| there >> place & 1 == 1);
            kept.for_each(|(_, renamed)| rename(&mut names, renamed));
            found.extend(self.contents(&names));
        }
        found
    }

    fn contents(&self, names: &Names) -> Vec<Content> {
        names.iter().fold(vec![Content::new()], |contents, (name, number)| {
            let held = self.files[*number].after_power_loss();
            let with = |content: &Content| {
                let name = name.clone();
                let content = content.clone();
                held.iter()
                    .map(move |held| {
                        let mut content = content.clone();
                        content.insert(name.clone(), (*number, held.clone()));
                        content
                    })
                    .collect::<Vec<Content>>()
            };
            contents.iter().flat_map(with).collect()
        })
    }
}

#[test]
fn what_is_not_synced_may_be_there_or_not() {
    let content = |files: &[(&str, usize, &str)]| -> Content {
        files.iter().map(|(name, age, text)| ((*name).to_owned(), (*age, text.as_bytes().to_vec()))).collect()
    };
    let old = ("a", 0, "old");
    let mut disk = Disk::new(content(&[old]));
    let name = str::to_owned;
    disk.do_it(&Deed::Empty(name("b")));
    disk.do_it(&Deed::Append(name("b"), b"new!".to_vec()));
    let may_be = [vec![], vec![("b", 1, "")], vec![("b", 1, "ne")], vec![("b", 1, "new!")]];
    let may_be = may_be.map(|more| content(&[vec![old], more].concat()));
    assert_eq!(disk.after_power_loss(), BTreeSet::from(may_be));
    disk.do_it(&Deed::SyncFile(name("b")));
    disk.do_it(&Deed::Rename(name("b"), name("a")));
    let new = ("a", 1, "new!");
    let may_be = [content(&[old]), content(&[old, ("b", 1, "new!")]), content(&[new])];
    assert_eq!(disk.after_power_loss(), BTreeSet::from(may_be));
    disk.do_it(&Deed::SyncFolder);
    assert_eq!(disk.after_power_loss(), BTreeSet::from([content(&[new])]));
}
