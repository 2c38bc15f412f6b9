//! The recording disk as the tool uses it: its process, the loop device on it, the file system, the mount.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use super::log::{Recorded, SECTOR};
use super::plan::{Planned, Wish};
use super::protocol::{Answer, Ask};

/// A file system that a disk is made with
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Fs {
    Ext4,
    Xfs,
    Btrfs,
}

impl Fs {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ext4 => "ext4",
            Self::Xfs => "xfs",
            Self::Btrfs => "btrfs",
        }
    }

    /// The program that makes one, and the package that has it.
    pub(crate) fn maker(self) -> (&'static str, &'static str) {
        match self {
            Self::Ext4 => ("mkfs.ext4", "e2fsprogs"),
            Self::Xfs => ("mkfs.xfs", "xfsprogs"),
            Self::Btrfs => ("mkfs.btrfs", "btrfs-progs"),
        }
    }

    /// Bytes. The smallest that each can be made on, and no more, with room for the largest document.
    fn size(self) -> u64 {
        match self {
            Self::Ext4 => 64 << 20,
            Self::Xfs => 320 << 20,
            Self::Btrfs => 256 << 20,
        }
    }

    /// What a torn write is cut at. One checksum covers all of btrfs' superblock, and no block of it is smaller.
    pub(crate) fn sector(self) -> usize {
        if self == Self::Btrfs { 4096 } else { SECTOR }
    }

    /// Bytes at the start of the disk that are never torn. Mounting ext4 writes its superblock of two sectors in place, and
    /// a half of it has a wrong checksum: no file on it could be saved from that.
    pub(crate) fn superblock(self) -> u64 {
        if self == Self::Ext4 { 4096 } else { 0 }
    }

    fn make(self, device: &Path) -> Result<()> {
        let options: &[&str] = match self {
            // A small journal, and nothing left for the kernel to initialise while the recording runs.
            Self::Ext4 => {
                &["-q", "-F", "-b", "4096", "-J", "size=4", "-E", "lazy_itable_init=0,lazy_journal_init=0"]
            }
            Self::Xfs | Self::Btrfs => &["-q", "-f"],
        };
        run(Command::new(self.maker().0).args(options).arg(device))
    }

    fn mount_options(self) -> &'static str {
        match self {
            Self::Ext4 => "rw",
            // The states of one disk have one identity.
            Self::Xfs => "nouuid",
            // Discards free what a crash state may still refer to, on a schedule of their own.
            Self::Btrfs => "nodiscard",
        }
    }
}

/// A disk with a file system on it, and everything that has to be undone.
pub(crate) struct Disk {
    fs: Fs,
    /// Where the recorder's two files are.
    files: PathBuf,
    /// Where the file system is mounted.
    root: PathBuf,
    loop_device: PathBuf,
    mounted: bool,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    server: Child,
}

impl Disk {
    /// Starts one in `directory`, and shows that a flush of the device gets through to the recording.
    pub(crate) fn start(fs: Fs, directory: &Path) -> Result<Self> {
        let (files, root) = (directory.join("files"), directory.join("root"));
        fs::create_dir(&files)?;
        fs::create_dir(&root)?;
        let mut server = Command::new(std::env::current_exe()?);
        server.arg("powercut-device").arg(&files).arg(fs.size().to_string());
        let mut server =
            server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("starting the disk")?;
        let ask = server.stdin.take();
        let out = server.stdout.take().ok_or_else(|| anyhow!("the disk has no output"))?;
        let mut disk = Self {
            fs,
            files,
            root,
            loop_device: PathBuf::new(),
            mounted: false,
            ask,
            answers: BufReader::new(out),
            server,
        };
        disk.answer()?;
        disk.loop_device = attach(&disk.files.join("disk"))?;
        disk.check_flush()?;
        fs.make(&disk.loop_device)?;
        Ok(disk)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The file that takes acknowledgements, in their place among the writes.
    pub(crate) fn acks(&self) -> PathBuf {
        self.files.join("acks")
    }

    pub(crate) fn mount(&mut self) -> Result<()> {
        let mut mount = Command::new("mount");
        // -i: no helper programs; -n: nothing is written to /etc.
        mount.args(["-i", "-n", "-t", self.fs.name(), "-o", self.fs.mount_options()]);
        run(mount.arg(&self.loop_device).arg(&self.root))?;
        self.mounted = true;
        Ok(())
    }

    pub(crate) fn unmount(&mut self) -> Result<()> {
        if self.mounted {
            run(Command::new("umount").arg("-n").arg(&self.root))?;
            self.mounted = false;
        }
        if self.fs == Fs::Btrfs {
            // Else the kernel takes the next state for a copy of this one. It has forgotten already what did not mount.
            run(Command::new("btrfs").args(["device", "scan", "--forget"]).arg(&self.loop_device)).ok();
        }
        Ok(())
    }

    pub(crate) fn record(&mut self) -> Result<()> {
        run(Command::new("sync").arg("-f").arg(&self.root))?;
        self.done(&Ask::Record)
    }

    pub(crate) fn stop(&mut self) -> Result<Recorded> {
        match self.request(&Ask::Stop)? {
            Answer::Recorded(size) => Ok(size),
            other => bail!("the disk answered {other:?}"),
        }
    }

    pub(crate) fn plan(&mut self, wish: Wish) -> Result<Planned> {
        match self.request(&Ask::Plan(wish))? {
            Answer::Planned(planned) => Ok(planned),
            other => bail!("the disk answered {other:?}"),
        }
    }

    /// The state's name, and what had been acknowledged.
    pub(crate) fn show(&mut self, state: usize) -> Result<(String, Vec<String>)> {
        match self.request(&Ask::Show(state))? {
            Answer::Shown { name, acknowledged } => Ok((name, acknowledged)),
            other => bail!("the disk answered {other:?}"),
        }
    }

    pub(crate) fn push(&mut self) -> Result<Recorded> {
        match self.request(&Ask::Push)? {
            Answer::Recorded(size) => Ok(size),
            other => bail!("the disk answered {other:?}"),
        }
    }

    pub(crate) fn pop(&mut self) -> Result<()> {
        self.done(&Ask::Pop)
    }

    pub(crate) fn fail_once(&mut self, marker: &str) -> Result<()> {
        self.done(&Ask::FailOnce(marker.to_owned()))
    }

    fn done(&mut self, ask: &Ask) -> Result<()> {
        match self.request(ask)? {
            Answer::Done => Ok(()),
            other => bail!("the disk answered {other:?}"),
        }
    }

    fn request(&mut self, ask: &Ask) -> Result<Answer> {
        let to = self.ask.as_mut().ok_or_else(|| anyhow!("the disk takes no questions"))?;
        writeln!(to, "{}", serde_json::to_string(ask)?).context("asking the disk")?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        self.answers.read_line(&mut line).context("listening to the disk")?;
        serde_json::from_str(&line).with_context(|| format!("the disk answered {line:?}"))
    }

    /// A disk that swallows flushes would let every writer pass.
    fn check_flush(&mut self) -> Result<()> {
        self.done(&Ask::Record)?;
        let mut write = Command::new("dd");
        write.args(["if=/dev/zero", "bs=4096", "count=1", "conv=fsync", "status=none"]);
        run(write.arg(format!("of={}", self.loop_device.display())))?;
        let seen = self.stop()?;
        self.pop()?;
        ensure!(
            seen.writes == 1 && seen.flushes == 1,
            "one synced write to the loop device came as {} writes and {} flushes: flushes do not get through here, and \
             nothing could be shown",
            seen.writes,
            seen.flushes
        );
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // In this order; what fails here is let go with the mount namespace at the latest.
        self.unmount().ok();
        if self.loop_device.is_absolute() {
            run(Command::new("losetup").arg("-d").arg(&self.loop_device)).ok();
        }
        drop(self.ask.take());
        self.server.wait().ok();
    }
}

/// A loop device with direct I/O. Another program may take the free one that was found: then another is tried.
fn attach(file: &Path) -> Result<PathBuf> {
    let mut last = String::new();
    for _ in 0..20 {
        let mut losetup = Command::new("losetup");
        losetup.args(["--find", "--show", "--direct-io=on"]).arg(file);
        let output = losetup.output().context("losetup")?;
        if output.status.success() {
            return Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
        }
        String::from_utf8_lossy(&output.stderr).trim().clone_into(&mut last);
    }
    bail!("no loop device: {last}")
}

/// Runs a program to its end; its complaints are the error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("starting {name}"))?;
    ensure!(
        output.status.success(),
        "{name} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
