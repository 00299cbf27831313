//! Installs what was built at the places where Debian's packages have it, and removes exactly that again.

use crate::{
    Result, build, headers,
    layout::{self, DAEMONS, LIBRARIES, Layout, PACEMAKER_LIBRARIES},
    manual,
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

/// What stands at a path.
enum Content {
    /// A copy of a file.
    Copy(PathBuf),
    /// Text made from a template.
    Text(String),
    /// A link to a name beside it.
    Link(String),
    /// A folder that may be somebody else's too: removed only when it is empty.
    Folder,
}

/// One thing to install.
struct Item {
    path: PathBuf,
    content: Content,
    mode: u32,
    /// The administrator's: an existing one is kept, and a changed one is not removed.
    configuration: bool,
}

impl Item {
    fn new(path: PathBuf, content: Content, mode: u32) -> Item {
        Item { path, content, mode, configuration: false }
    }
    fn configuration(path: PathBuf, text: String) -> Item {
        Item { path, content: Content::Text(text), mode: 0o644, configuration: true }
    }
}

/// Installs, telling each path.
pub(crate) fn install(layout: &Layout) -> Result<()> {
    let missing: Vec<String> =
        build::built()?.iter().filter(|path| !path.exists()).map(|path| path.display().to_string()).collect();
    if !missing.is_empty() {
        return Err(format!("not built yet: {}; run `make` first", missing.join(" ")));
    }
    let count = place(layout)?;
    println!("{count} files, links and folders installed; `make uninstall` with the same settings removes them");
    Ok(())
}

/// Removes files and links, then folders that are empty.
pub(crate) fn uninstall(layout: &Layout) -> Result<()> {
    for item in items(layout)?.iter().rev() {
        remove(item)?;
    }
    Ok(())
}

/// Puts everything in its place; says how many things that were.
pub(crate) fn place(layout: &Layout) -> Result<usize> {
    let items = items(layout)?;
    for item in &items {
        put(item).map_err(|error| format!("{}: {error}", item.path.display()))?;
    }
    Ok(items.len())
}

fn items(layout: &Layout) -> Result<Vec<Item>> {
    let mut items = folders(layout);
    items.extend(libraries(layout)?);
    items.extend(templates(layout)?);
    items.extend(headers(layout)?);
    items.extend(manuals(layout)?);
    Ok(items)
}

fn folders(layout: &Layout) -> Vec<Item> {
    let paths = [
        format!("{}/corosync", layout.includedir()),
        format!("{}/pacemaker", layout.includedir()),
        format!("{}/pacemaker/crm", layout.includedir()),
        format!("{}/pacemaker/crm/cib", layout.includedir()),
        format!("{}/pkgconfig", layout.libdir()),
        layout.pacemaker_daemons(),
        format!("{}/corosync", layout.sysconfdir()),
        format!("{}/corosync/uidgid.d", layout.sysconfdir()),
        format!("{}/lib/corosync", layout.localstatedir()),
        format!("{}/log/corosync", layout.localstatedir()),
    ];
    paths.iter().map(|path| Item::new(layout.at(path), Content::Folder, 0o755)).collect()
}

/// `libcpg.so.4.1.0`, with the links that the loader and the linker follow; the daemons.
fn libraries(layout: &Layout) -> Result<Vec<Item>> {
    let release = layout::target()?.join("release");
    let folder = layout.at(&layout.libdir());
    let mut items = Vec::new();
    for (name, version) in layout::libraries() {
        let short = format!("lib{name}.so");
        let full = format!("{short}.{version}");
        let major = version.split('.').next().unwrap_or(version);
        items.push(Item::new(folder.join(&full), Content::Copy(release.join(&short)), 0o644));
        items.push(Item::new(folder.join(format!("{short}.{major}")), Content::Link(full.clone()), 0o777));
        items.push(Item::new(folder.join(&short), Content::Link(full), 0o777));
    }
    for name in DAEMONS {
        items.push(Item::new(layout.at(&layout.daemon(name)), Content::Copy(release.join(name)), 0o755));
    }
    Ok(items)
}

fn templates(layout: &Layout) -> Result<Vec<Item>> {
    let root = layout::root();
    let filled = |path: &str| -> Result<String> {
        let file = root.join(path);
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(layout.fill(&text))
    };
    let (etc, pc) = (layout.sysconfdir(), format!("{}/pkgconfig", layout.libdir()));
    let mut items = Vec::new();
    let corosync = LIBRARIES.iter().map(|(name, _)| format!("lib{name}")).chain(["corosync".to_owned()]);
    for name in corosync.chain(PACEMAKER_LIBRARIES.iter().map(|(name, _)| layout::pacemaker_module(name))) {
        let text = filled(&format!("pkgconfig/{name}.pc.in"))?;
        items.push(Item::new(layout.at(&format!("{pc}/{name}.pc")), Content::Text(text), 0o644));
    }
    let unit = layout.at(&format!("{}/corosync.service", layout.unitdir()));
    items.push(Item::new(unit, Content::Text(filled("conf/corosync.service.in")?), 0o644));
    for name in ["corosync.conf.example", "corosync.conf.alone"] {
        let text = filled(&format!("conf/{name}"))?;
        items.push(Item::new(layout.at(&format!("{etc}/corosync/{name}")), Content::Text(text), 0o644));
    }
    items.push(Item::configuration(layout.at(&format!("{etc}/default/corosync")), filled("conf/corosync.default")?));
    let rotation = layout.at(&format!("{etc}/logrotate.d/corosync"));
    items.push(Item::configuration(rotation, filled("conf/corosync.logrotate.in")?));
    Ok(items)
}

/// Puts the manual pages alone in their place.
pub(crate) fn place_manuals(layout: &Layout) -> Result<()> {
    manuals(layout)?.iter().try_for_each(|item| put(item).map_err(|error| format!("{}: {error}", item.path.display())))
}

fn headers(layout: &Layout) -> Result<Vec<Item>> {
    let (from, to) = (layout::root().join("include"), layout.at(&layout.includedir()));
    let headers = headers::below(&from)?.into_iter();
    let place = |header: &Path| to.join(header.strip_prefix(&from).unwrap_or(header));
    Ok(headers.map(|header| Item::new(place(&header), Content::Copy(header), 0o644)).collect())
}

/// Every manual page `man/NAME.SECTION`, and the functions' pages.
fn manuals(layout: &Layout) -> Result<Vec<Item>> {
    let folder = layout.at(&layout.mandir());
    let mut items = Vec::new();
    for page in files(&layout::root().join("man"))? {
        let section = page.extension().unwrap_or_default().to_string_lossy().into_owned();
        let path = folder.join(format!("man{section}")).join(name(&page));
        items.push(Item::new(path, Content::Copy(page), 0o644));
    }
    for (page, text) in manual::pages()? {
        items.push(Item::new(folder.join("man3").join(page), Content::Text(text), 0o644));
    }
    Ok(items)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    found.sort();
    Ok(found)
}

fn put(item: &Item) -> std::io::Result<()> {
    if item.configuration && item.path.exists() {
        return Ok(());
    }
    if let Content::Folder = item.content {
        return fs::create_dir_all(&item.path);
    }
    if let Some(folder) = item.path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Beside the old one, then renamed: a running program keeps its library, and nobody sees half a file.
    let fresh = item.path.with_file_name(format!(".{}.new", name(&item.path)));
    let _ = fs::remove_file(&fresh);
    match &item.content {
        Content::Copy(from) => fs::copy(from, &fresh).map(drop)?,
        Content::Text(text) => fs::write(&fresh, text)?,
        Content::Link(to) => symlink(to, &fresh)?,
        Content::Folder => {}
    }
    if !matches!(item.content, Content::Link(_)) {
        fs::set_permissions(&fresh, fs::Permissions::from_mode(item.mode))?;
    }
    fs::rename(&fresh, &item.path)
}

fn remove(item: &Item) -> Result<()> {
    let gone = match &item.content {
        // Not empty or not there: somebody else's business.
        Content::Folder => return fs::remove_dir(&item.path).or(Ok(())),
        Content::Text(text) if item.configuration && fs::read_to_string(&item.path).is_ok_and(|now| now != *text) => {
            println!("kept, it was changed: {}", item.path.display());
            return Ok(());
        }
        _ => fs::remove_file(&item.path),
    };
    match gone {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", item.path.display())),
        _ => Ok(()),
    }
}
