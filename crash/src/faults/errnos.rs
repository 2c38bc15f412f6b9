//! Which errors each system call can give, from its man page and from what network file systems, security modules and
//! quotas are known to give besides.

/// An error of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Errno {
    /// As `strace` takes it.
    pub(crate) name: &'static str,
    /// As programs report it: the numbers of all Linux architectures but Alpha, MIPS, PA-RISC and SPARC.
    pub(crate) number: i64,
}

macro_rules! errnos {
    ($($name:ident = $number:literal),+ $(,)?) => {
        $(pub(crate) const $name: Errno = Errno { name: stringify!($name), number: $number };)+
    };
}

errnos! {
    EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, EBADF = 9, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EBUSY = 16,
    EEXIST = 17, EXDEV = 18, ENOTDIR = 20, EISDIR = 21, EINVAL = 22, ENFILE = 23, EMFILE = 24, EFBIG = 27,
    ENOSPC = 28, EROFS = 30, EMLINK = 31, EPIPE = 32, ENAMETOOLONG = 36, ENOLCK = 37, ENOSYS = 38, ELOOP = 40,
    EOPNOTSUPP = 95, ETIMEDOUT = 110, ESTALE = 116, EDQUOT = 122,
}

/// `openat` of something that is there.
const OPEN: &[Errno] =
    &[EACCES, EPERM, EMFILE, ENFILE, ENOENT, ENOTDIR, EISDIR, ELOOP, EIO, EINTR, ENOMEM, ESTALE, ETIMEDOUT];
/// `openat` with `O_CREAT`.
const CREATE: &[Errno] = &[
    EACCES,
    EPERM,
    EROFS,
    ENOSPC,
    EDQUOT,
    EMFILE,
    ENFILE,
    ENOENT,
    ENOTDIR,
    ELOOP,
    EIO,
    EINTR,
    ENOMEM,
    EEXIST,
    EINVAL,
    ENAMETOOLONG,
    ESTALE,
];
const WRITE: &[Errno] = &[ENOSPC, EDQUOT, EIO, EFBIG, EINTR, EPERM, ENOMEM, ESTALE];
const PRINT: &[Errno] = &[ENOSPC, EIO, EPIPE, EINTR];
const SYNC: &[Errno] = &[EIO, ENOSPC, EDQUOT, EROFS, EINTR, EINVAL, ESTALE];
const RENAME: &[Errno] = &[
    EBUSY, EXDEV, EPERM, EACCES, EROFS, EISDIR, ENOTDIR, ENOSPC, EDQUOT, EIO, ESTALE, ETIMEDOUT, EINTR,
    ENOENT, ELOOP, EINVAL, EEXIST, ENOMEM, ENOSYS, EOPNOTSUPP,
];
const LINK: &[Errno] =
    &[EEXIST, EPERM, EACCES, EROFS, ENOSPC, EDQUOT, EIO, EMLINK, ENOENT, ENOSYS, EOPNOTSUPP, ESTALE, EINTR];
const STAT: &[Errno] = &[EACCES, EIO, ENOENT, ENOTDIR, ENOMEM, ELOOP, ESTALE, EINTR];
const STAT_OPEN: &[Errno] = &[EIO, ENOMEM, ESTALE, EINTR];
const CHMOD: &[Errno] = &[EPERM, EROFS, EIO, EINTR, EOPNOTSUPP];
const CHOWN: &[Errno] = &[EPERM, EROFS, EIO, EINTR, EINVAL, EDQUOT];
const UNLINK: &[Errno] = &[EACCES, EPERM, EROFS, EBUSY, EIO, ENOENT, EINTR];
const MAKE_DIRECTORY: &[Errno] =
    &[EACCES, EPERM, EROFS, ENOSPC, EDQUOT, EEXIST, ENOENT, ENOTDIR, EIO, EMLINK, EINTR];
const LIST: &[Errno] = &[EIO, ENOENT, EINTR, EACCES, ENOMEM];
const READ_LINK: &[Errno] = &[EACCES, EIO, ENOENT, ENOTDIR, ELOOP, EINTR, ENOMEM];
const READ: &[Errno] = &[EIO, EINTR, EISDIR, ESTALE];
const LOCK: &[Errno] = &[ENOLCK, EOPNOTSUPP, ENOSYS, EINTR, EAGAIN, EIO, EBADF];
const UNLOCK: &[Errno] = &[ENOLCK, EINTR, EIO, EBADF];
const RANDOM: &[Errno] = &[EINTR, ENOSYS];
/// `getrandom` that is not to wait for the first entropy after boot.
const RANDOM_NOW: &[Errno] = &[EINTR, ENOSYS, EAGAIN];
const CLOSE: &[Errno] = &[EIO, EINTR, ENOSPC, EDQUOT];
const CONTROL: &[Errno] = &[EACCES, EINVAL];
const SEEK: &[Errno] = &[EINVAL];

/// What the call may give; `arguments` tell apart what one call does. `None`: a call about memory, threads or signals,
/// which no disk or file system fails.
pub(crate) fn errnos(call: &str, arguments: &str) -> Option<&'static [Errno]> {
    Some(match call {
        "open" | "openat" if arguments.contains("O_CREAT") => CREATE,
        "open" | "openat" => OPEN,
        "write" | "pwrite64" | "writev" if arguments.starts_with("1<") || arguments.starts_with("2<") => {
            PRINT
        }
        "write" | "pwrite64" | "writev" => WRITE,
        "fsync" | "fdatasync" => SYNC,
        "rename" | "renameat" | "renameat2" => RENAME,
        "link" | "linkat" => LINK,
        "newfstatat" if arguments.contains("AT_EMPTY_PATH") => STAT_OPEN,
        "newfstatat" | "stat" | "lstat" | "statx" | "access" | "faccessat" | "faccessat2" => STAT,
        "fstat" | "fstatfs" => STAT_OPEN,
        "fchmod" | "fchmodat" | "fchmodat2" | "chmod" => CHMOD,
        "fchown" | "fchownat" | "chown" => CHOWN,
        "unlink" | "unlinkat" | "rmdir" => UNLINK,
        "mkdir" | "mkdirat" => MAKE_DIRECTORY,
        "getdents64" => LIST,
        "readlink" | "readlinkat" => READ_LINK,
        "read" | "pread64" => READ,
        "flock" if arguments.contains("LOCK_UN") => UNLOCK,
        "flock" => LOCK,
        "getrandom" if arguments.contains("GRND_NONBLOCK") => RANDOM_NOW,
        "getrandom" => RANDOM,
        "close" => CLOSE,
        "fcntl" => CONTROL,
        "lseek" => SEEK,
        _ => return None,
    })
}

/// What a rename says that may have been done all the same.
pub(crate) const MAY_HAVE_RENAMED: &[Errno] = &[EIO, ESTALE, ETIMEDOUT, EINTR];

/// What `linkat` may give, which is only called where `renameat2` cannot be.
pub(crate) const fn link_errnos() -> &'static [Errno] {
    LINK
}
