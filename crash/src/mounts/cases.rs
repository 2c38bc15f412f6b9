//! All cases, in the order in which they run.

use anyhow::Result;

use super::report::Finding;
use super::system::{Ground, NotHere};
use super::tally::Tally;
use super::{
    binds, control, first, flags, full, limits, migration, moved, odd, people, quota, readonly, removed,
};

/// One of them.
pub(super) struct Case {
    pub(super) name: &'static str,
    title: &'static str,
    body: fn(&Ground, &mut Tally) -> Result<()>,
}

/// The controls are the first: without them the others say nothing.
pub(super) const ALL: [Case; 32] = [
    case("control", "control: written in place on a full tmpfs", control::in_place),
    case("control-untrue", "control: outcomes that are not so", control::untrue),
    case("full-tmpfs-1k", "full tmpfs, 1 KiB", full::tmpfs_1_kib),
    case("full-tmpfs-40k", "full tmpfs, 40 KiB", full::tmpfs_40_kib),
    case("full-tmpfs-1m", "full tmpfs, 1 MiB", full::tmpfs_1_mib),
    case("full-seed", "full tmpfs, first file", first::seed),
    case("full-inodes", "tmpfs without inodes", first::inodes),
    case("full-migration", "full tmpfs, migration", migration::on_full_tmpfs),
    case("full-ext4", "full ext4", full::ext4),
    case("full-xfs", "full xfs", full::xfs),
    case("full-btrfs", "full btrfs", full::btrfs),
    case("quota-btrfs", "quota of btrfs", quota::btrfs),
    case("limit-file-size", "RLIMIT_FSIZE", limits::file_size),
    case("limit-open-files", "RLIMIT_NOFILE", limits::open_files),
    case("descriptors", "descriptors of a store whose saves fail", limits::descriptors),
    case("read-only-remount", "ext4 remounted read-only", readonly::remounted),
    case("read-only-error", "ext4 read-only after an error", readonly::kernel_error),
    case("shutdown-ext4", "ext4 shut down", readonly::shut_down_ext4),
    case("shutdown-xfs", "xfs shut down", readonly::shut_down_xfs),
    case("bind-file", "bind-mounted file", binds::file),
    case("bind-directory", "bind-mounted directory", binds::directory),
    case("bind-read-only", "read-only bind mount", binds::read_only),
    case("umask", "umasks", people::umask),
    case("flags", "immutable and append-only", flags::all),
    case("directory-replaced", "directory replaced during a save", moved::replaced),
    case(
        "directory-replaced-after-read",
        "directory replaced between read and save",
        moved::replaced_after_read,
    ),
    case("directory-removed", "directory removed during a save", removed::removed),
    case("overlay", "overlayfs", odd::overlay),
    case("vfat", "vfat", odd::vfat),
    case("mount-options", "noexec,nosuid,nodev,sync,dirsync", odd::careful_options),
    case("sticky", "sticky directory", people::sticky),
    case("acl", "default ACL", people::default_acl),
];

const fn case(name: &'static str, title: &'static str, body: fn(&Ground, &mut Tally) -> Result<()>) -> Case {
    Case { name, title, body }
}

impl Case {
    /// Is it one that shows that the others would notice?
    pub(super) fn is_control(&self) -> bool {
        self.name.starts_with("control")
    }

    /// An error of the case itself is a check that failed, unless it says that this is not the place for it.
    pub(super) fn run(&self, ground: &Ground) -> Finding {
        let mut tally = Tally::default();
        let mut skipped = None;
        if let Err(error) = (self.body)(ground, &mut tally) {
            match error.downcast_ref::<NotHere>() {
                Some(why) => skipped = Some(why.to_string()),
                None => tally.check(false, || format!("the case itself failed: {error:#}")),
            }
        }
        let line = tally.line();
        let Tally { checks, wrong, .. } = tally;
        Finding { name: self.name, title: self.title, line, checks, wrong, skipped }
    }
}
