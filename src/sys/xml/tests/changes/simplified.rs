//! A schema whose files are compiled once each says the same of CIBs, word for word, as the same schema on libxml2's own way
//! through its files.

use crate::{
    edits::{Edit, edit, edits},
    installed, said,
};
use core_schema::{NONE, simplified};
use core_xml::{Document, Limits};
use proptest::{prelude::*, sample::Index};
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};
use sys_xml::{DEFAULT_FOLDER, Folder};

/// What uses another namespace: a schema that does is left to libxml2.
const LEFT: (&str, &str) = ("<grammar ", "<grammar xmlns:left=\"left\" left:name=\"\" ");

/// The installed schemas in folders of their own, gone with it.
struct Folders {
    top: PathBuf,
}

impl Folders {
    fn new(schemas: &[String]) -> Folders {
        let top = std::env::temp_dir().join(format!("sys-xml-simplified-{}", std::process::id()));
        let folders = Folders { top };
        fs::create_dir_all(folders.of_files()).expect("a temporary folder");
        fs::create_dir_all(folders.simplified()).expect("a temporary folder");
        for entry in fs::read_dir(DEFAULT_FOLDER).expect("the schemas' folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name");
            symlink(&path, folders.of_files().join(name)).expect("a link");
            // without these, other schemas aren't known
            if path.extension().is_some_and(|extension| extension == "xsl") {
                symlink(&path, folders.simplified().join(name)).expect("a link");
            }
        }
        for schema in schemas {
            let file = format!("{schema}.rng");
            let read = |file: &str| fs::read_to_string(Path::new(DEFAULT_FOLDER).join(file)).ok();
            let text = simplified(schema, &read).unwrap_or_else(|| panic!("{schema} is left as it is"));
            fs::write(folders.simplified().join(&file), text).expect("a temporary file");
            let text = read(&file).expect("a schema").replacen(LEFT.0, LEFT.1, 1);
            fs::remove_file(folders.of_files().join(&file)).expect("a link");
            fs::write(folders.of_files().join(&file), text).expect("a temporary file");
        }
        folders
    }

    /// The schemas as they are, left to libxml2.
    fn of_files(&self) -> PathBuf {
        self.top.join("files")
    }

    /// Each in one file, with no other to refer to.
    fn simplified(&self) -> PathBuf {
        self.top.join("simplified")
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.top);
    }
}

fn samples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cibs");
    let files = fs::read_dir(folder).expect("the samples");
    files.map(|file| fs::read_to_string(file.expect("a sample").path()).expect("a text")).collect()
}

/// A sample under a schema's name, changed.
fn changed(text: &str, schema: &str, changes: &[Edit]) -> Document {
    let mut document = Document::parse(&text.replace('@', schema), Limits::default()).expect("XML");
    document.strip_text(document.root());
    changes.iter().for_each(|one| edit(&mut document, one));
    let root = document.root();
    document.set_attribute(root, "validate-with", schema);
    document
}

#[test]
fn a_simplified_schema_says_what_its_files_say() {
    let Some(schemas) = installed() else { return };
    let names = schemas.catalogue().schemas().iter().map(|schema| schema.name.clone());
    let names: Vec<String> = names.filter(|name| name != NONE).collect();
    let folders = Folders::new(&names);
    let [files, simplified] =
        [folders.of_files(), folders.simplified()].map(|folder| Folder::open(&folder).expect("a folder"));
    let samples = samples();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(4000));
    let cases = (any::<Index>(), any::<Index>(), edits());
    let outcome = runner.run(&cases, |(sample, name, changes)| {
        let (text, name): (&String, &String) = (sample.get(&samples), name.get(&names));
        let document = changed(text, name, &changes);
        let one = (simplified.fits(&document), said(&simplified));
        prop_assert_eq!(one, (files.fits(&document), said(&files)), "{:?}", document);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
