//! Real file systems, each on a loop device over an image in a file.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::system::{Ground, Mounted, NotHere, sh};

/// A kind of file system that this kernel may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ext4,
    Xfs,
    Btrfs,
    Vfat,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
            Self::Vfat => "vfat",
        }
    }

    /// What is about the least that each of them takes.
    fn mebibytes(self) -> u64 {
        match self {
            Self::Ext4 => 24,
            Self::Xfs => 320,
            Self::Btrfs => 160,
            Self::Vfat => 16,
        }
    }

    fn mkfs(self) -> &'static [&'static str] {
        match self {
            Self::Ext4 => &["-q", "-F", "-b", "4096", "-m", "0"],
            Self::Xfs | Self::Btrfs => &["-q", "-f"],
            Self::Vfat => &[],
        }
    }
}

/// A file system of this kind that is mounted. The kernel detaches the loop device when it is unmounted.
pub(super) struct Device {
    image: PathBuf,
    options: String,
    pub(super) kind: Kind,
    pub(super) mounted: Mounted,
}

impl Device {
    pub(super) fn new(ground: &Ground, kind: Kind, options: &str) -> Result<Self> {
        ground.need_root("a loop device")?;
        let at = ground.directory(kind.name())?;
        let image = ground.path(&format!("{}.img", kind.name()));
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&image);
        file.and_then(|file| file.set_len(kind.mebibytes() << 20)).context("an image")?;
        let mut arguments: Vec<&OsStr> = kind.mkfs().iter().map(OsStr::new).collect();
        arguments.push(image.as_os_str());
        sh(&format!("mkfs.{}", kind.name()), &arguments)?;
        if !fs::read_to_string("/proc/filesystems").is_ok_and(|known| known.contains(kind.name())) {
            bail!(NotHere(format!("this kernel has no {}", kind.name())));
        }
        let options = format!("loop,{options}").trim_end_matches(',').to_owned();
        let mounted = Mounted::new(&[OsStr::new("-o"), OsStr::new(&options), image.as_os_str()], &at)?;
        Ok(Self { image, options, kind, mounted })
    }

    /// Unmounted and mounted again, which shows what is on the disk.
    pub(super) fn again(self) -> Result<Self> {
        let Self { image, options, kind, mounted } = self;
        let at = mounted.at.clone();
        drop(mounted);
        let mounted = Mounted::new(&[OsStr::new("-o"), OsStr::new(&options), image.as_os_str()], &at)?;
        Ok(Self { image, options, kind, mounted })
    }

    /// The name of the loop device, such as `loop3`.
    pub(super) fn loop_name(&self) -> Result<String> {
        let mounts = fs::read_to_string("/proc/self/mounts").context("the mounts")?;
        let at = self.mounted.at.to_string_lossy();
        let line = mounts.lines().find(|line| line.split(' ').nth(1) == Some(&at));
        let device = line.and_then(|line| line.split(' ').next()?.strip_prefix("/dev/"));
        Ok(device.context("the loop device of a mount")?.to_owned())
    }
}
