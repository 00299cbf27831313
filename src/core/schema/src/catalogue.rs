//! Which schemas there are, and in which order.

use std::collections::BTreeSet;

/// The schema that everything fits.
pub const NONE: &str = "none";
/// A schema to try new things with; out of use since 2.1.5.
const NEXT: &str = "pacemaker-next";
/// From this one on, a CIB says who changed it.
const KNOWS_ORIGIN: &str = "pacemaker-1.2";

/// Stylesheets, by their names without `.xsl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upgrade {
    /// Runs before.
    pub enter: Option<String>,
    /// Makes a CIB of this schema one of the next.
    pub main: String,
    /// Runs after.
    pub leave: Option<String>,
}

/// A schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// What `validate-with` calls it. Its file is called so too, with `.rng`.
    pub name: String,
    /// Its major version, where its name has one.
    major: Option<u8>,
    /// What it takes to get to the next one; `None` where a CIB that fits this one should fit that one, too.
    pub upgrade: Option<Upgrade>,
    /// The schema that CIBs of this one are upgraded to, by its place.
    pub next: Option<usize>,
}

/// The schemas of a folder, from the oldest to the newest; after them `pacemaker-next` and `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    schemas: Vec<Schema>,
}

impl Catalogue {
    /// The schemas of a folder, by the names of the files in it.
    ///
    /// Where the major version changes there must be an `upgrade-X.Y.xsl`: without it, what comes after isn't known.
    /// Names other than `pacemaker-X.Y.rng`, with numbers up to 255, name no schema.
    #[must_use]
    pub fn from_files<'a>(names: impl IntoIterator<Item = &'a str>) -> Catalogue {
        let names: BTreeSet<&str> = names.into_iter().collect();
        let versions: BTreeSet<(u8, u8)> = names.iter().filter_map(|name| version(name)).collect();
        let mut schemas: Vec<Schema> = Vec::new();
        let mut versions = versions.into_iter().peekable();
        while let Some((major, minor)) = versions.next() {
            let following = versions.peek();
            let leaps = following.is_some_and(|(next, _)| major < *next);
            let upgrade = if leaps { upgrade(&names, major, minor) } else { None };
            let ends = following.is_none() || (leaps && upgrade.is_none());
            let next = if ends { None } else { Some(schemas.len() + 1) };
            schemas.push(Schema { name: format!("pacemaker-{major}.{minor}"), major: Some(major), upgrade, next });
            if ends {
                break;
            }
        }
        for name in [NEXT, NONE] {
            schemas.push(Schema { name: name.to_owned(), major: None, upgrade: None, next: None });
        }
        Catalogue { schemas }
    }

    /// All of them. Their places are what [`Catalogue::place`] gives.
    #[must_use]
    pub fn schemas(&self) -> &[Schema] {
        &self.schemas
    }

    /// The place of the schema of a name, in any case; no name means `none` (`get_schema_version()`). `None` for -1.
    #[must_use]
    pub fn place(&self, name: Option<&str>) -> Option<usize> {
        let name = name.unwrap_or(NONE);
        self.schemas.iter().position(|schema| schema.name.eq_ignore_ascii_case(name))
    }

    /// The name of the schema at a place (`get_schema_name()`).
    #[must_use]
    pub fn name(&self, place: Option<usize>) -> &str {
        place.and_then(|place| self.schemas.get(place)).map_or("unknown", |schema| &schema.name)
    }

    /// The newest schema; `None` where no file is one.
    #[must_use]
    pub fn latest(&self) -> Option<usize> {
        self.schemas.len().checked_sub(3)
    }

    /// The name of the newest schema (`xml_latest_schema()`).
    #[must_use]
    pub fn latest_name(&self) -> &str {
        self.name(self.latest())
    }

    /// The oldest schema that the daemons work with: the first one of the newest major version, as long as there is
    /// another major version and not only one schema of it.
    #[must_use]
    pub fn minimum(&self) -> Option<usize> {
        let latest = self.latest()?;
        let major = |place: usize| self.schemas[place].major;
        let before = (1..=latest).rev().find(|place| major(*place) < major(latest));
        Some(before.map_or(latest, |before| before + 1))
    }

    /// Whether CIBs of a schema say who changed them.
    #[must_use]
    pub fn knows_origin(&self, name: &str) -> bool {
        self.place(Some(name)) >= self.place(Some(KNOWS_ORIGIN))
    }
}

fn version(file: &str) -> Option<(u8, u8)> {
    let (major, minor) = file.strip_prefix("pacemaker-")?.strip_suffix(".rng")?.split_once('.')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    Some((number(major)?, number(minor)?)).filter(|version| *version != (0, 0))
}

fn upgrade(files: &BTreeSet<&str>, major: u8, minor: u8) -> Option<Upgrade> {
    let there = |name: &str| files.contains(format!("{name}.xsl").as_str());
    let main = format!("upgrade-{major}.{minor}");
    if !there(&main) {
        return None;
    }
    let around = [main.as_str(), "upgrade"].into_iter().find(|around| there(&format!("{around}-enter")));
    let enter = around.map(|around| format!("{around}-enter"));
    let leave = around.map(|around| format!("{around}-leave")).filter(|leave| there(leave));
    Some(Upgrade { enter, main, leave })
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, Upgrade};

    const FILES: [&str; 12] = [
        "pacemaker-2.10.rng",
        "pacemaker-2.9.rng",
        "pacemaker-1.3.rng",
        "pacemaker-1.2.rng",
        "pacemaker-3.1.rng",
        "pacemaker-3.0.rng",
        "pacemaker-next.rng",
        "pacemaker.rng",
        "resources-3.9.rng",
        "upgrade-1.3.xsl",
        "upgrade-2.10.xsl",
        "upgrade-2.10-enter.xsl",
    ];

    fn names(catalogue: &Catalogue) -> Vec<&str> {
        catalogue.schemas().iter().map(|schema| schema.name.as_str()).collect()
    }

    #[test]
    fn schemas_are_in_the_order_of_their_versions() {
        let catalogue = Catalogue::from_files(FILES);
        let ordered = ["1.2", "1.3", "2.9", "2.10", "3.0", "3.1", "next"].map(|version| format!("pacemaker-{version}"));
        assert_eq!(names(&catalogue), ordered.iter().map(String::as_str).chain(["none"]).collect::<Vec<_>>());
        assert_eq!(catalogue.latest_name(), "pacemaker-3.1");
        assert_eq!(catalogue.name(catalogue.minimum()), "pacemaker-3.0");
        assert_eq!(catalogue.place(Some("PACEMAKER-2.10")), Some(3));
        assert_eq!(catalogue.place(None), Some(7));
        assert_eq!(catalogue.place(Some("pacemaker-0.6")), None);
        assert_eq!(catalogue.name(None), "unknown");
        assert!(catalogue.knows_origin("none") && catalogue.knows_origin("pacemaker-1.2"));
        assert!(!catalogue.knows_origin("pacemaker-0.7"));
    }

    #[test]
    fn stylesheets_are_where_the_major_version_changes() {
        let mut files = FILES.to_vec();
        let upgrade = |files: &[&str], at: usize| Catalogue::from_files(files.to_vec()).schemas()[at].upgrade.clone();
        let expected = |enter: Option<&str>, leave: Option<&str>| {
            let owned = |name: Option<&str>| name.map(str::to_owned);
            Some(Upgrade { enter: owned(enter), main: "upgrade-2.10".to_owned(), leave: owned(leave) })
        };
        assert_eq!(upgrade(&files, 0), None);
        assert_eq!(upgrade(&files, 3), expected(Some("upgrade-2.10-enter"), None));
        files.extend(["upgrade-enter.xsl", "upgrade-leave.xsl"]);
        assert_eq!(upgrade(&files, 3), expected(Some("upgrade-2.10-enter"), None));
        files.retain(|name| *name != "upgrade-2.10-enter.xsl");
        assert_eq!(upgrade(&files, 3), expected(Some("upgrade-enter"), Some("upgrade-leave")));
        files.retain(|name| *name != "upgrade-enter.xsl");
        assert_eq!(upgrade(&files, 3), expected(None, None));
    }

    #[test]
    fn without_its_stylesheet_a_major_version_is_not_known() {
        let files = FILES.into_iter().filter(|name| *name != "upgrade-2.10.xsl");
        let catalogue = Catalogue::from_files(files);
        assert_eq!(catalogue.latest_name(), "pacemaker-2.10");
        assert_eq!(catalogue.schemas()[3].next, None);
        assert_eq!(catalogue.name(catalogue.minimum()), "pacemaker-2.9");
    }

    #[test]
    fn where_only_the_first_schema_is_older_the_newest_is_the_oldest_too() {
        let catalogue = |names: &[&'static str]| Catalogue::from_files(names.to_vec());
        let few = catalogue(&["pacemaker-2.10.rng", "upgrade-2.10.xsl", "pacemaker-3.0.rng", "pacemaker-3.1.rng"]);
        assert_eq!(few.name(few.minimum()), "pacemaker-3.1");
        let none = catalogue(&[]);
        assert_eq!((none.latest(), none.minimum(), none.latest_name()), (None, None, "unknown"));
        assert_eq!(names(&none), ["pacemaker-next", "none"]);
    }

    #[test]
    fn other_names_are_no_schemas() {
        let odd = [
            "pacemaker-1.2.rng.bak",
            "pacemaker-300.1.rng",
            "pacemaker-1.rng",
            "pacemaker-0.0.rng",
            "pacemaker-+1.2.rng",
        ];
        assert_eq!(Catalogue::from_files(odd).latest(), None);
    }
}
