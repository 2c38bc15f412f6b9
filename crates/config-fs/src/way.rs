//! The way to a file, a name at a time: what is judged is each directory that was opened, and what is used is the last.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use crate::concern::{Concern, Identity};
use crate::directories;
use crate::doubt::Surveyed;
use crate::sys::{self, Errno, Meta};
use crate::trust::{Entry, FileKind, Refusal, Trust, could_be_others};

/// As many symlinks as the kernel follows in one path.
const MOST_LINKS: usize = 40;

/// Follows paths, and gathers what there is to say about the directories on them.
pub(crate) struct Way {
    trust: Trust,
    links: usize,
    pub(crate) concerns: Vec<Concern>,
    /// In which something was looked up.
    pub(crate) passed: Vec<(PathBuf, Identity)>,
    /// Why the file, which is missing, may not be made where it would be.
    pub(crate) not_to_be_made: Option<Refusal>,
    /// What was met, when the way is to be seen to its end whatever is refused.
    surveyed: Option<Surveyed>,
    /// When missing directories are to be made: was one?
    made: Option<bool>,
    /// The name of the path that was looked up last, with the symlinks before it resolved.
    at: PathBuf,
}

/// A directory, held open.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) open: OwnedFd,
    /// Or searched only: then files in it can be read, and not saved.
    pub(crate) may_be_read: bool,
    meta: Meta,
    /// Without symlinks, for messages.
    path: PathBuf,
}

/// What the last name of a path turned out to be.
pub(crate) enum Last {
    /// A symlink, and its text.
    Link(PathBuf),
    /// Anything else, and its owner, unless that is refused; or nothing.
    Target(Option<u32>),
}

/// Why a way goes no further, or a lock is not had.
pub(crate) enum Stop {
    /// The kernel says no. ELOOP is ours, too.
    Errno(Errno),
    /// We do.
    Refused(Refusal),
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// One step of a path.
enum Step {
    Root,
    Up,
    Into(OsString, Source),
}

/// Where a name on the way comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Path,
    /// Of which nothing is made: where the link is to lead is for its maker to say.
    Link,
}

impl Way {
    pub(crate) fn new(trust: Trust) -> Self {
        Self {
            trust,
            links: 0,
            concerns: Vec::new(),
            passed: Vec::new(),
            not_to_be_made: None,
            surveyed: None,
            made: None,
            at: PathBuf::new(),
        }
    }

    /// A way on which missing directories are made.
    pub(crate) fn making(trust: Trust) -> Self {
        Self { made: Some(false), ..Self::new(trust) }
    }

    /// A way that goes on past what is refused, to tell a person of all of it. Nothing is to be done at its end that its
    /// [doubt](Surveyed::doubt) speaks against.
    pub(crate) fn surveying(trust: Trust) -> Self {
        Self { surveyed: Some(Surveyed::default()), ..Self::new(trust) }
    }

    pub(crate) fn trust(&self) -> Trust {
        self.trust
    }

    pub(crate) fn at(&self) -> &Path {
        &self.at
    }

    pub(crate) fn has_made(&self) -> bool {
        self.made == Some(true)
    }

    pub(crate) fn take_surveyed(&mut self) -> Surveyed {
        self.surveyed.take().unwrap_or_default()
    }

    /// The directory that `path` leads to from the directory `from`.
    pub(crate) fn follow(&mut self, from: Directory, path: &Path) -> Result<Directory, Stop> {
        let mut left: Vec<Step> = steps(path, Source::Path).collect();
        let mut here = from;
        while let Some(step) = left.pop() {
            here = match step {
                Step::Root => Directory::root()?,
                Step::Up => here.up()?,
                Step::Into(name, source) => match self.enter_or_make(&here, &name, source)? {
                    Entered::Directory(next) => next,
                    Entered::Link(link) => {
                        left.extend(steps(&link, Source::Link));
                        here
                    }
                },
            };
        }
        Ok(here)
    }

    /// Looks at the last name of a path, which need not be there. What is no symlink is judged again by whoever opens it,
    /// and does not follow one.
    pub(crate) fn look(&mut self, directory: &Directory, name: &OsStr) -> Result<Last, Stop> {
        if let Some(surveyed) = &mut self.surveyed {
            surveyed.before_last = surveyed.refusals.len();
        }
        match sys::stat_at(&directory.open, name) {
            Ok(meta) if meta.kind == FileKind::Symlink => self.look_at_link(directory, name),
            Ok(meta) => self.look_at_target(directory, name, &meta),
            Err(Errno::NOENT) => self.look_at_nothing(directory, name),
            Err(errno) => Err(errno.into()),
        }
    }

    fn look_at_target(&mut self, directory: &Directory, name: &OsStr, meta: &Meta) -> Result<Last, Stop> {
        let is_passed = self.judge(directory, name, Entry::Owned(meta.uid))?;
        Ok(Last::Target(is_passed.then_some(meta.uid)))
    }

    fn look_at_link(&mut self, directory: &Directory, name: &OsStr) -> Result<Last, Stop> {
        let entry = match sys::open_entry(&directory.open, name) {
            Err(Errno::NOENT) => return self.look_at_nothing(directory, name),
            opened => opened?,
        };
        let meta = sys::stat(&entry)?;
        if meta.kind != FileKind::Symlink {
            return self.look_at_target(directory, name, &meta);
        }
        self.judge(directory, name, Entry::Owned(meta.uid))?;
        self.pass_link(directory, name, &meta)?;
        if sys::is_on_procfs(&entry)? {
            // Such as `/dev/stdin` in a pipe: the text of the link is no path then.
            Refusal::unless_regular(&directory.path.join(name), &sys::stat_beyond(&directory.open, name)?)?;
        }
        Ok(Last::Link(sys::read_link(&entry)?))
    }

    fn look_at_nothing(&mut self, directory: &Directory, name: &OsStr) -> Result<Last, Stop> {
        match self.judge(directory, name, Entry::NoFile) {
            // That it is missing can be told all the same.
            Err(shared @ Refusal::Shared { .. }) => self.not_to_be_made = Some(shared),
            other => drop(other?),
        }
        Ok(Last::Target(None))
    }

    fn enter_or_make(&mut self, here: &Directory, name: &OsStr, source: Source) -> Result<Entered, Stop> {
        if source == Source::Path {
            self.at = here.path.join(name);
        }
        match (self.enter(here, name), self.made) {
            (Err(Stop::Errno(Errno::NOENT)), Some(_)) if source == Source::Link => Err(Errno::NOTDIR.into()),
            (Err(Stop::Errno(Errno::NOENT)), Some(made)) => {
                if !here.may_be_read {
                    // Neither could be synced.
                    return Err(Errno::ACCESS.into());
                }
                if !made {
                    directories::sync_name(&here.open)?;
                }
                directories::make(&here.open, name)?;
                self.made = Some(true);
                // Judged like any other: somebody may have been first.
                self.enter(here, name)
            }
            (other, _) => other,
        }
    }

    fn enter(&mut self, here: &Directory, name: &OsStr) -> Result<Entered, Stop> {
        let read = sys::open_subdirectory(&here.open, name);
        match either(read, || sys::open_subdirectory_to_search(&here.open, name)) {
            Ok(opened) => {
                let next = Directory::new(opened, here.path.join(name))?;
                self.judge(here, name, Entry::Owned(next.meta.uid))?;
                Ok(Entered::Directory(next))
            }
            Err(Errno::NOTDIR | Errno::LOOP) => self.enter_through_link(here, name),
            Err(Errno::NOENT) => {
                self.judge(here, name, Entry::NoDirectory)?;
                Err(Errno::NOENT.into())
            }
            Err(errno) => Err(errno.into()),
        }
    }

    fn enter_through_link(&mut self, here: &Directory, name: &OsStr) -> Result<Entered, Stop> {
        let entry = sys::open_entry(&here.open, name)?;
        let meta = sys::stat(&entry)?;
        if meta.kind != FileKind::Symlink {
            return Err(Errno::NOTDIR.into());
        }
        self.judge(here, name, Entry::Owned(meta.uid))?;
        self.pass_link(here, name, &meta)?;
        // Such as `/proc/PID/root`, which leads out of what this process sees: the kernel alone knows where to.
        if sys::is_on_procfs(&entry)? {
            let (at, name) = (&here.open, Path::new(name));
            let opened = either(sys::open_directory(at, name), || sys::open_directory_to_search(at, name))?;
            return Ok(Entered::Directory(Directory::new(opened, here.path.join(name))?));
        }
        Ok(Entered::Link(sys::read_link(&entry)?))
    }

    /// Was nothing refused?
    fn judge(&mut self, directory: &Directory, name: &OsStr, entry: Entry) -> Result<bool, Refusal> {
        let is_read_only = || sys::is_on_read_only_mount(&directory.open).unwrap_or(false);
        self.passed.push((directory.path.clone(), Identity::of(&directory.meta)));
        let verdict = self.trust.directory(&directory.path, &directory.meta, (name, entry), is_read_only);
        match (verdict, &mut self.surveyed) {
            (Err(refusal), Some(surveyed)) => {
                if !surveyed.refusals.contains(&refusal) {
                    surveyed.refusals.push(refusal);
                }
                Ok(false)
            }
            (Err(refusal), None) => Err(refusal),
            (Ok(concern), _) => {
                self.trust = self.trust.having_met(directory.meta.uid);
                self.concerns.extend(concern.filter(|concern| !self.concerns.contains(concern)));
                Ok(true)
            }
        }
    }

    fn pass_link(&mut self, directory: &Directory, name: &OsStr, link: &Meta) -> Result<(), Stop> {
        let is_read_only = || sys::is_on_read_only_mount(&directory.open).unwrap_or(false);
        if let Some(surveyed) = &mut self.surveyed
            && surveyed.link.is_none()
            && could_be_others(&directory.meta, link, is_read_only)
        {
            surveyed.link = Some(directory.path.join(name));
        }
        self.links += 1;
        if self.links > MOST_LINKS { Err(Errno::LOOP.into()) } else { Ok(()) }
    }
}

enum Entered {
    Directory(Directory),
    Link(PathBuf),
}

impl Directory {
    fn new((open, may_be_read): (OwnedFd, bool), path: PathBuf) -> sys::Result<Self> {
        let meta = sys::stat(&open)?;
        Ok(Self { open, may_be_read, meta, path })
    }

    pub(crate) fn root() -> sys::Result<Self> {
        let root = Path::new("/");
        let read = sys::open_directory(sys::CWD, root);
        Self::new(either(read, || sys::open_directory_to_search(sys::CWD, root))?, root.to_owned())
    }

    fn up(self) -> sys::Result<Self> {
        let (up, path) = (OsStr::new(".."), self.path.parent().unwrap_or(&self.path).to_owned());
        let read = sys::open_subdirectory(&self.open, up);
        Self::new(either(read, || sys::open_subdirectory_to_search(&self.open, up))?, path)
    }
}

/// A directory that was opened to be read, or else, where that is not allowed, to be searched; and whether the former.
fn either(
    read: sys::Result<OwnedFd>,
    search: impl FnOnce() -> sys::Result<OwnedFd>,
) -> sys::Result<(OwnedFd, bool)> {
    match read {
        Err(Errno::ACCESS) => Ok((search()?, false)),
        other => Ok((other?, true)),
    }
}

/// The last one first, to be taken from the end.
fn steps(path: &Path, source: Source) -> impl Iterator<Item = Step> + '_ {
    path.components().rev().filter_map(move |component| match component {
        Component::RootDir => Some(Step::Root),
        Component::ParentDir => Some(Step::Up),
        Component::Normal(name) => Some(Step::Into(name.to_owned(), source)),
        Component::CurDir | Component::Prefix(_) => None,
    })
}
