//! The folder that schemas and stylesheets are in.

use crate::{schema::Schema, stylesheet, tree::Tree};
use core_schema::{Catalogue, Engine, Message, Schemas, Severity, Subject, Verdict};
use core_xml::Document;
use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

/// Where the platform has them (`CRM_SCHEMA_DIRECTORY`).
pub const DEFAULT_FOLDER: &str = "/usr/share/pacemaker";

/// The folder that the environment names (`PCMK_schema_directory`), or else [`DEFAULT_FOLDER`].
#[must_use]
pub fn schema_folder() -> PathBuf {
    let named = std::env::var_os("PCMK_schema_directory").filter(|named| !named.is_empty());
    PathBuf::from(named.unwrap_or_else(|| DEFAULT_FOLDER.into()))
}

/// A folder of schemas (`.rng`) and stylesheets (`.xsl`).
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// What was compiled so far; `None` for what can't be.
    schemas: RefCell<HashMap<String, Option<Schema>>>,
}

impl Folder {
    /// The schemas of a folder.
    ///
    /// # Errors
    /// The folder can't be read. Tools of the reference go on without schemas then: with [`Folder::empty`].
    pub fn open(path: &Path) -> io::Result<Schemas<Folder>> {
        let names: Vec<OsString> =
            fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<_>>()?;
        let catalogue = Catalogue::from_files(names.iter().filter_map(|name| name.to_str()));
        Ok(Schemas::new(catalogue, Folder::at(path)))
    }

    /// No schemas but `none`.
    #[must_use]
    pub fn empty(path: &Path) -> Schemas<Folder> {
        Schemas::new(Catalogue::from_files([]), Folder::at(path))
    }

    fn at(path: &Path) -> Folder {
        Folder { path: path.to_owned(), schemas: RefCell::default() }
    }

    fn file(&self, name: &str, extension: &str) -> PathBuf {
        self.path.join(format!("{name}.{extension}"))
    }
}

fn error(text: String) -> Message {
    Message::new(Severity::Error, text)
}

const TOO_DEEP: &str = "a document nests deeper than libxml2 goes";

impl Engine for Folder {
    fn validate(&self, subject: Subject<'_>, schema: &str) -> Verdict {
        let mut schemas = self.schemas.borrow_mut();
        let mut messages = Vec::new();
        let compiled = schemas.entry(schema.to_owned()).or_insert_with(|| {
            let file = self.file(schema, "rng");
            let simplified = core_schema::simplified(schema, &|file| self.source(file));
            // what is wrong with a schema is said of the files
            let compiled = simplified.and_then(|text| Schema::parse(&text).ok());
            let compiled = compiled.map_or_else(|| Schema::load(&file), Ok);
            compiled
                .map_err(|said| {
                    messages = said;
                    messages.push(error(format!("Could not find/parse {}", file.display())));
                })
                .ok()
        });
        let tree = match subject {
            Subject::Tree(document) => Tree::build(document),
            Subject::Text { name, text } => Tree::parse(name, text),
        };
        let Some(mut tree) = tree else {
            messages.push(error(TOO_DEEP.to_owned()));
            return Verdict { valid: false, messages };
        };
        let (valid, said) = compiled.as_ref().map_or((None, Vec::new()), |schema| schema.validate(&mut tree));
        messages.extend(said);
        if valid.is_none() {
            messages.push(error("Internal libxml error during validation".to_owned()));
        }
        Verdict { valid: valid.unwrap_or(true), messages }
    }

    fn source(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.path.join(file)).ok()
    }

    fn transform(&self, document: &Document, stylesheet: &str) -> (Option<Document>, Vec<Message>) {
        match Tree::build(document) {
            Some(tree) => stylesheet::transform(&self.file(stylesheet, "xsl"), tree),
            None => (None, vec![error(TOO_DEEP.to_owned())]),
        }
    }
}
