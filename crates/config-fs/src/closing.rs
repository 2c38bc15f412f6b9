//! What closes a file or a directory to others, and leaves it to those who may be meant to use it.
//!
//! `chmod 600` on a file that a service reads by its group, or as others, takes the service's config away. Only what is
//! all this user's own is closed to everybody else.

use std::path::Path;

use crate::show::quoted;
use crate::sys::{self, Meta};
use crate::trust::{FileKind, OTHERS_WRITE, WRITE};

const GROUP: u32 = 0o070;
const OTHERS: u32 = 0o007;

/// Who this program is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl User {
    pub(crate) fn effective() -> Self {
        Self { uid: sys::effective_uid(), gid: sys::effective_gid() }
    }

    /// May this user set its mode, but for root, who may set any?
    pub(crate) fn owns(self, meta: &Meta) -> bool {
        meta.uid == self.uid
    }

    /// May this user set its mode at all?
    fn may_close(self, meta: &Meta) -> bool {
        self.owns(meta) || self.uid == 0
    }

    /// Does closing it to all but its owner keep it from nobody who may be meant to use it? Root reads what is closed, and most
    /// users have a group of their own that has their number.
    fn may_close_wholly(self, meta: &Meta) -> bool {
        self.owns_alone(meta) || self.uid == 0 && (meta.gid == self.gid || meta.gid == meta.uid)
    }

    /// Is there nobody else who may be meant to use it?
    fn owns_alone(self, meta: &Meta) -> bool {
        self.owns(meta) && meta.gid == self.gid
    }

    /// The mode of a file of this user's after it was closed: to `wanted`, or, where its group is another one, to others
    /// and to writers only.
    pub(crate) fn closed_file(self, meta: &Meta, wanted: u32) -> u32 {
        let group = if self.owns_alone(meta) { 0 } else { GROUP };
        meta.mode & (0o700 | group | wanted) & !WRITE
    }

    /// The mode of a directory of this user's after it was closed to writers: to others, and to a group of one's own.
    pub(crate) fn closed_directory(self, meta: &Meta) -> u32 {
        meta.mode & !if self.owns_alone(meta) { WRITE } else { OTHERS_WRITE }
    }

    /// What to do about a file that has a mode wider than `wanted`.
    pub(crate) fn close_file(self, path: &Path, meta: &Meta, wanted: u32) -> String {
        let path = quoted(path);
        if self.may_close_wholly(meta) {
            return format!("close it with `chmod {wanted:o} {path}`");
        }
        let (mode, gid) = (meta.mode, meta.gid);
        // With what group and others may too much, but for the group's reading.
        let group = if mode & WRITE & GROUP == 0 { "" } else { "g-w" };
        let others = match mode & OTHERS & !wanted {
            0 => String::new(),
            _ => format!("o-{}", letters(OTHERS & !wanted)),
        };
        let change =
            [group, &others].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(",");
        let meant = format!("expect mode {:04o} if its group, gid {gid}, is meant to", mode & 0o777 & !WRITE);
        match (self.may_close(meta), change.as_str()) {
            (true, "") => format!("{meant}, or close it with `chmod g-rwx {path}`"),
            (true, change) => {
                format!("close it with `chmod {change} {path}`, which leaves it to its group, gid {gid}")
            }
            (false, "") => meant,
            // Closed in any other way it could not be read here any more; its owner need not be in this user's group.
            (false, _) => format!(
                "have root leave it to this user's group with `chgrp {} {path} && chmod 640 {path}`, and expect mode 0640",
                self.gid
            ),
        }
    }

    /// What to do about a file or directory beside the config file that others than its owner may look into, and who has to do it.
    pub(crate) fn close_to_others(self, path: &Path, uid: u32) -> String {
        let close = format!("close it with `chmod go-rwx {}`", quoted(path));
        if self.uid == uid || self.uid == 0 { close } else { format!("have its owner, uid {uid}, {close}") }
    }

    /// What to do about what is this user's own and may not be read all the same.
    pub(crate) fn open_to_itself(self, path: &Path, meta: &Meta) -> Option<String> {
        let who = match meta.kind {
            FileKind::Directory => "u=rwx",
            _ => "u+r",
        };
        let is_shut = self.owns(meta) && meta.mode & 0o400 == 0;
        is_shut.then(|| format!("let this user, its owner, read it with `chmod {who} {}`", quoted(path)))
    }

    /// What to do about a directory in which others may make and replace files.
    pub(crate) fn close_directory(self, path: &Path, meta: &Meta) -> String {
        let path = quoted(path);
        let others = meta.mode & OTHERS_WRITE != 0;
        match (self.owns_alone(meta), others) {
            (true, true) => format!("close it with `chmod go-w {path}`"),
            (true, false) => format!("close it with `chmod g-w {path}`"),
            (false, true) => format!("close it with `chmod o-w {path}`"),
            (false, false) => {
                format!("close it with `chmod g-w {path}`, unless its group, gid {}, is meant to", meta.gid)
            }
        }
    }
}

/// `rwx`, of the permissions of others.
fn letters(mode: u32) -> String {
    [(4, 'r'), (2, 'w'), (1, 'x')]
        .into_iter()
        .filter(|(bit, _)| mode & bit != 0)
        .map(|(_, letter)| letter)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Links;

    const US: User = User { uid: 1000, gid: 1000 };

    fn meta(mode: u32, uid: u32, gid: u32) -> Meta {
        let (kind, links) = (FileKind::Regular, Links::One);
        Meta { kind, mode, dev: 1, ino: 1, links, uid, gid, size: 0, mtime: (0, 0), ctime: (0, 0) }
    }

    #[test]
    fn a_group_that_is_not_one_s_own_keeps_what_it_reads() {
        for (mode, gid, wanted, closed) in [
            (0o666, 1000, 0o600, 0o600),
            (0o644, 1000, 0o640, 0o640),
            (0o4711, 1000, 0o600, 0o700),
            (0o400, 1000, 0o600, 0o400),
            (0o644, 7, 0o600, 0o640),
            (0o666, 7, 0o600, 0o640),
            (0o646, 7, 0o644, 0o644),
            (0o660, 7, 0o600, 0o640),
        ] {
            assert_eq!(US.closed_file(&meta(mode, 1000, gid), wanted), closed, "{mode:o} {gid}");
        }
        for (mode, gid, closed) in [(0o777, 1000, 0o755), (0o777, 7, 0o775), (0o2770, 7, 0o2770)] {
            assert_eq!(US.closed_directory(&meta(mode, 1000, gid)), closed, "{mode:o} {gid}");
        }
    }

    #[test]
    fn a_remedy_for_a_file_locks_nobody_out() {
        let says = |mode, uid, gid| US.close_file(Path::new("F"), &meta(mode, uid, gid), 0o600);
        insta::assert_snapshot!(says(0o644, 1000, 1000), @"close it with `chmod 600 F`");
        insta::assert_snapshot!(says(0o644, 1000, 7), @"close it with `chmod o-rwx F`, which leaves it to its group, gid 7");
        insta::assert_snapshot!(says(0o666, 1000, 7), @"close it with `chmod g-w,o-rwx F`, which leaves it to its group, gid 7");
        insta::assert_snapshot!(says(0o640, 1000, 7), @"expect mode 0640 if its group, gid 7, is meant to, or close it with `chmod g-rwx F`");
        insta::assert_snapshot!(says(0o640, 0, 1000), @"expect mode 0640 if its group, gid 1000, is meant to");
        insta::assert_snapshot!(says(0o644, 0, 0), @"have root leave it to this user's group with `chgrp 1000 F && chmod 640 F`, and expect mode 0640");
    }

    /// Who reads everything needs no group for it.
    #[test]
    fn root_closes_what_is_another_s_for_its_owner() {
        let says =
            |mode, uid, gid| User { uid: 0, gid: 0 }.close_file(Path::new("F"), &meta(mode, uid, gid), 0o600);
        insta::assert_snapshot!(says(0o644, 1000, 1000), @"close it with `chmod 600 F`");
        insta::assert_snapshot!(says(0o666, 1000, 0), @"close it with `chmod 600 F`");
        insta::assert_snapshot!(says(0o644, 1000, 7), @"close it with `chmod o-rwx F`, which leaves it to its group, gid 7");
        insta::assert_snapshot!(says(0o640, 1000, 7), @"expect mode 0640 if its group, gid 7, is meant to, or close it with `chmod g-rwx F`");
    }

    #[test]
    fn and_one_for_a_directory_neither() {
        let says = |mode, gid| US.close_directory(Path::new("D"), &meta(mode, 1000, gid));
        insta::assert_snapshot!(says(0o777, 1000), @"close it with `chmod go-w D`");
        insta::assert_snapshot!(says(0o775, 1000), @"close it with `chmod g-w D`");
        insta::assert_snapshot!(says(0o777, 7), @"close it with `chmod o-w D`");
        insta::assert_snapshot!(says(0o770, 7), @"close it with `chmod g-w D`, unless its group, gid 7, is meant to");
    }
}
