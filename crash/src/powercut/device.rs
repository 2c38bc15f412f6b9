//! The process that is the disk: a FUSE file system with two files, `disk` for a loop device and `acks` for who saves.
//!
//! It must be a process of its own: one that uses the disk that it serves waits for itself when it is killed.

use std::ffi::OsStr;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use fuser::{
    Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, KernelConfig,
    LockOwner, MountOption, OpenFlags, ReplyAttr, ReplyData, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyWrite,
    Request, Session, WriteFlags,
};

use super::log::{Content, Write};
use super::protocol::{Answer, Ask};
use super::recorder::Recorder;

const DISK: INodeNo = INodeNo(2);
const ACKS: INodeNo = INodeNo(3);
/// The longest write that comes in one piece.
const LONGEST: u32 = 1 << 20;
/// `FALLOC_FL_PUNCH_HOLE` and `FALLOC_FL_ZERO_RANGE`: what a loop device asks for when blocks are discarded or zeroed.
const ZEROES: i32 = 0x02 | 0x10;

/// The disk of `powercut`
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Device {
    mountpoint: PathBuf,
    /// Bytes
    size: u64,
}

/// Serves until standard input ends.
pub(crate) fn serve(device: &Device) -> Result<()> {
    let recorder = Arc::new(Mutex::new(Recorder::default()));
    let files = Files { recorder: Arc::clone(&recorder), size: device.size };
    let mut config = Config::default();
    config.mount_options = vec![MountOption::FSName("powercut".to_owned()), MountOption::NoDev];
    config.n_threads = Some(1);
    let session = Session::new(files, &device.mountpoint, &config).context("mounting the recorder")?;
    let served = session.spawn().context("serving the recorder")?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(&Answer::Done)?)?;
    for line in std::io::stdin().lock().lines() {
        let answer = match serde_json::from_str::<Ask>(&line?) {
            Ok(ask) => locked(&recorder).answer(ask),
            Err(error) => Answer::Error(error.to_string()),
        };
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
    }
    served.umount_and_join().context("unmounting the recorder")
}

fn locked(recorder: &Mutex<Recorder>) -> MutexGuard<'_, Recorder> {
    recorder.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Files {
    recorder: Arc<Mutex<Recorder>>,
    size: u64,
}

impl Files {
    fn attributes(&self, inode: INodeNo) -> Option<FileAttr> {
        let (kind, perm, size) = match inode {
            INodeNo::ROOT => (FileType::Directory, 0o700, 0),
            DISK => (FileType::RegularFile, 0o600, self.size),
            ACKS => (FileType::RegularFile, 0o600, 0),
            _ => return None,
        };
        Some(FileAttr {
            ino: inode,
            size,
            blocks: size / 512,
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind,
            perm,
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            blksize: 4096,
            flags: 0,
        })
    }
}

impl Filesystem for Files {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> std::io::Result<()> {
        // A smaller one that the kernel offers instead will do.
        if let Err(most) = config.set_max_write(LONGEST) {
            config.set_max_write(most).ok();
        }
        Ok(())
    }

    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let inode = match name.to_str() {
            Some("disk") => DISK,
            Some("acks") => ACKS,
            _ => return reply.error(Errno::ENOENT),
        };
        match self.attributes(inode) {
            Some(attributes) => reply.entry(&Duration::MAX, &attributes, Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.attributes(inode) {
            Some(attributes) => reply.attr(&Duration::MAX, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        // Every write comes here at once, and a loop device may use direct I/O on it.
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        inode: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let end = if inode == DISK { self.size } else { 0 };
        let length = u64::from(size).min(end.saturating_sub(offset));
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        locked(&self.recorder).read(offset, &mut bytes);
        reply.data(&bytes);
    }

    fn write(
        &self,
        _: &Request,
        inode: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let mut recorder = locked(&self.recorder);
        if inode == ACKS {
            recorder.acknowledge(String::from_utf8_lossy(data).trim_end().to_owned());
        } else if !recorder.write(Write { offset, content: Content::Bytes(data.to_vec()) }) {
            return reply.error(Errno::EIO);
        }
        reply.written(u32::try_from(data.len()).unwrap_or(LONGEST));
    }

    fn fsync(&self, _: &Request, inode: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        // Answered with ENOSYS once, it would never be asked again, and every flush after that would be for nothing.
        if inode == DISK {
            locked(&self.recorder).flush();
        }
        reply.ok();
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fallocate(
        &self,
        _: &Request,
        inode: INodeNo,
        _: FileHandle,
        offset: u64,
        length: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        if inode != DISK || mode & ZEROES == 0 {
            return reply.error(Errno::EOPNOTSUPP);
        }
        let length = length.min(self.size.saturating_sub(offset));
        locked(&self.recorder).write(Write { offset, content: Content::Zeros(length) });
        reply.ok();
    }
}
