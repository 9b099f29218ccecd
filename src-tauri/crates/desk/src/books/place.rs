//! Where a book may lie, and where a typed path leads.

use std::path::{Path, PathBuf};

/// Of the files that are books.
pub const ENDING: &str = "countersign";

/// A typed path: quotes of a file manager left out, `~` the home, a bare name in the folder of the books.
pub fn absolute(typed: &str, folder: &Path) -> PathBuf {
    let typed = typed.trim().trim_matches('"');
    let path = match typed.strip_prefix("~/").zip(dirs::home_dir()) {
        Some((rest, home)) => home.join(rest),
        None => folder.join(typed),
    };
    if path.extension().is_none() { path.with_extension(ENDING) } else { path }
}

/// Folders that are copied by other programs while the book is open damage it, and locks do not hold
/// over a network (sqlite.org, "How To Corrupt An SQLite Database File"). Where it really lies counts.
pub fn in_a_shared_folder(path: &Path) -> bool {
    const SYNCED: [&str; 7] = ["onedrive", "dropbox", "google drive", "googledrive", "icloud drive", "com~apple~clouddocs", "nextcloud"];
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    let real = path.canonicalize().ok().or(folder);
    let synced =
        |path: &Path| path.components().any(|part| SYNCED.iter().any(|name| part.as_os_str().to_string_lossy().to_lowercase().starts_with(name)));
    let network = |path: &Path| path.to_string_lossy().starts_with(r"\\") && !path.to_string_lossy().starts_with(r"\\?\");
    [Some(path), real.as_deref()].into_iter().flatten().any(|path| synced(path) || network(path) || on_a_network(path))
}

/// What the system has mounted there (proc(5), `/proc/self/mountinfo`); other systems have no such list.
fn on_a_network(path: &Path) -> bool {
    const KINDS: [&str; 8] = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "fuse.rclone", "9p"];
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    kind_of_mount(&mounts, path).is_some_and(|kind| KINDS.contains(&kind))
}

/// The kind of the deepest mount that holds the path.
fn kind_of_mount<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    let held = mounts.lines().filter_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let place = place.split(' ').nth(4)?.replace("\\040", " ");
        path.starts_with(&place).then_some((place.len(), kind.split(' ').next()?))
    });
    held.max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
}

/// One file under whatever name it was opened by, written as a person would.
pub fn real(path: &Path) -> PathBuf {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    // Windows marks what it resolved; a share's mark is part of its name.
    let plain = real.to_str().and_then(|text| text.strip_prefix(r"\\?\")).filter(|text| !text.starts_with("UNC")).map(PathBuf::from);
    plain.unwrap_or(real)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_on_a_network_is_known_by_the_deepest_mount() {
        let mounts = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 22 0:40 / /mnt/office\\040files rw,relatime shared:1 - cifs //server/x rw\n31 30 8:2 / /mnt/office\\040files/local rw - xfs /dev/sdb rw\n";
        for (path, kind) in
            [("/srv/a.countersign", "ext4"), ("/mnt/office files/a.countersign", "cifs"), ("/mnt/office files/local/a.countersign", "xfs")]
        {
            assert_eq!(kind_of_mount(mounts, Path::new(path)), Some(kind), "{path}");
        }
    }

    #[test]
    fn typed_paths_lead_where_a_person_means() {
        let folder = Path::new("/books");
        for (typed, meant) in [(" North ", "/books/North.countersign"), ("/x/a.countersign", "/x/a.countersign"), ("\"/x y/a.bak\"", "/x y/a.bak")] {
            assert_eq!(absolute(typed, folder), Path::new(meant), "{typed}");
        }
    }
}
