//! What a program asked of the kernel, read from the output of `strace -f -y`.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::errnos::Errno;
use super::scenario::HISTORY;

/// A system call of the main thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// The how-manieth call of this name since the program started, as `when=` of `strace` counts.
    pub(crate) ordinal: usize,
    /// What it touches, relative to the directory of the run; a random name is `(temporary)`.
    pub(crate) place: String,
    pub(crate) arguments: String,
    /// What came after the `=`.
    pub(crate) result: String,
}

/// What a temporary file is called, whose real name is another one each time.
pub(crate) const TEMPORARY: &str = "(temporary)";

/// What anything in the history is called.
const ENTRY: &str = "(entry)";

/// How paths of a run are made comparable with those of another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Naming<'a> {
    /// The directory of the run, without symlinks.
    pub(crate) root: &'a Path,
    /// The names that are no temporary ones.
    pub(crate) known: &'a BTreeSet<String>,
}

impl Naming<'_> {
    /// The calls of the main thread, whose number stands first.
    pub(crate) fn calls(&self, trace: &str) -> Vec<Call> {
        let main = trace.split_whitespace().next().unwrap_or_default();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        let mut calls = Vec::new();
        let lines: Vec<String> = whole_lines(trace, main);
        for line in &lines {
            let Some((name, rest)) = line.split_once('(') else { continue };
            // What locks and channels ask of the kernel depends on who came first.
            if name == "futex" || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                continue;
            }
            let (arguments, result) = rest.rsplit_once(" = ").unwrap_or((rest, ""));
            let arguments = arguments.trim_end().trim_end_matches(')');
            let ordinal = counts.entry(name).and_modify(|count| *count += 1).or_insert(1);
            calls.push(Call {
                name: name.to_owned(),
                ordinal: *ordinal,
                place: self.place(name, arguments),
                arguments: arguments.to_owned(),
                result: result.to_owned(),
            });
        }
        calls
    }

    fn place(&self, name: &str, arguments: &str) -> String {
        let parts: Vec<&str> = arguments.split(", ").collect();
        let part = |index: usize| parts.get(index).copied().unwrap_or_default();
        match name {
            // Killed before its arguments could be told.
            _ if part(0).trim_start().starts_with("<unfinished") => String::new(),
            "renameat" | "renameat2" | "linkat" => {
                format!("{} -> {}", self.at(part(0), part(1)), self.at(part(2), part(3)))
            }
            "rename" | "link" => format!("{} -> {}", self.at("", part(0)), self.at("", part(1))),
            "write" | "writev" if part(0).starts_with("1<") => "stdout".to_owned(),
            "write" | "writev" if part(0).starts_with("2<") => "stderr".to_owned(),
            _ if part(0).starts_with('"') => self.at("", part(0)),
            _ if part(0).starts_with("AT_FDCWD") || part(0).contains('<') => self.at(part(0), part(1)),
            _ => String::new(),
        }
    }

    /// Where a directory's descriptor and a name lead, or a descriptor alone.
    fn at(&self, descriptor: &str, name: &str) -> String {
        let base = descriptor.split_once('<').map_or("", |(_, path)| path.trim_end_matches('>'));
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or_default();
        let path = Path::new(base).join(name);
        if Some(path.as_path()) == self.root.parent() {
            return "..".to_owned();
        }
        let Ok(inside) = path.strip_prefix(self.root) else { return path.display().to_string() };
        let names = inside.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let mut parts: Vec<String> = Vec::new();
        for name in names {
            parts.push(match parts.last() {
                // Named by time and content, or at random.
                Some(before) if before == HISTORY => ENTRY.to_owned(),
                _ if self.known.contains(&name) => name,
                _ => TEMPORARY.to_owned(),
            });
        }
        if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
    }

    /// The number of calls before the program knows of the directory, which are the start of any program.
    pub(crate) fn start(&self, calls: &[Call]) -> usize {
        let root = self.root.to_string_lossy();
        let touches = |call: &Call| call.name != "execve" && call.arguments.contains(&*root);
        calls.iter().position(touches).unwrap_or(calls.len())
    }

    /// The number of calls until the program has said what came of it, after which is the end of any program: how that goes
    /// depends on how far its other threads are.
    pub(crate) fn end(calls: &[Call]) -> usize {
        calls.iter().rposition(|call| !call.place.is_empty()).map_or(0, |last| last + 1)
    }
}

/// A thread's calls, those in one line too that were told in two, as another thread had something to tell in between.
fn whole_lines(trace: &str, thread: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in trace.lines() {
        let Some((of, rest)) = line.split_once(char::is_whitespace) else { continue };
        let rest = rest.trim_start();
        if of != thread {
            continue;
        }
        let resumed = rest.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>"));
        match (resumed, lines.last_mut()) {
            (Some((_, rest)), Some(begun)) => {
                begun.truncate(begun.trim_end_matches("<unfinished ...>").trim_end().len());
                if begun.ends_with(',') {
                    begun.push(' ');
                }
                begun.push_str(rest);
            }
            _ => lines.push(rest.to_owned()),
        }
    }
    lines
}

impl Call {
    /// Whether it is the same call in another run.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.name, self.ordinal, &self.place) == (&other.name, other.ordinal, &other.place)
    }

    /// Whether it is about the history, which no save depends on.
    pub(crate) fn is_of_history(&self) -> bool {
        self.place.contains(HISTORY)
    }

    pub(crate) fn creates(&self) -> bool {
        matches!(self.name.as_str(), "open" | "openat") && self.arguments.contains("O_CREAT")
    }

    /// Whether it ended with this error.
    pub(crate) fn failed(&self, errno: Errno) -> bool {
        self.result.strip_prefix("-1 ").is_some_and(|result| result.split(' ').next() == Some(errno.name))
    }

    pub(crate) fn writes(&self) -> bool {
        matches!(self.name.as_str(), "write" | "pwrite64" | "writev")
    }

    pub(crate) fn syncs(&self) -> bool {
        matches!(self.name.as_str(), "fsync" | "fdatasync")
    }

    /// From and to, of a call that gives a file another name.
    pub(crate) fn renames(&self) -> Option<(&str, &str)> {
        let renames = matches!(self.name.as_str(), "rename" | "renameat" | "renameat2" | "link" | "linkat");
        self.place.split_once(" -> ").filter(|_| renames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "\
7 execve(\"/b/configctl\", [\"\"...], 0x7ff /* 0 vars */) = 0
7 openat(AT_FDCWD</>, \"/etc/ld.so.cache\", O_RDONLY|O_CLOEXEC) = 3</etc/ld.so.cache>
7 openat(AT_FDCWD</>, \"/t/r/d\", O_RDONLY|O_DIRECTORY) = 3</t/r/d>
8 fsync(9</t/r/d>)                  = 0
7 openat(3</t/r/d>, \".config.json.70a9.tmp\", O_RDWR|O_CREAT|O_EXCL, 0600) = 5</t/r/d/.config.json.70a9.tmp>
7 futex(0x7f, FUTEX_WAKE_PRIVATE, 1)  = 1
7 fsync(5</t/r/d/.config.json.70a9.tmp> <unfinished ...>
8 munmap(0x7f, 4096)                = 0
7 <... fsync resumed>)              = -1 EIO (Input/output error) (INJECTED)
7 getdents64(3</t/r/d>, <unfinished ...>
8 munmap(0x7f, 4096)                = 0
7 <... getdents64 resumed>0x55 /* 4 entries */, 768) = 96
7 renameat(3</t/r/d>, \".config.json.70a9.tmp\", 3</t/r/d>, \"config.json\") = 0
7 write(1<pipe:[5]>, \"\"..., 7)     = 7
7 exit_group(0)                     = ?
7 +++ exited with 0 +++
";

    #[test]
    fn calls_are_counted_by_name_and_placed() {
        let known = ["d", "config.json"].map(str::to_owned).into();
        let naming = Naming { root: Path::new("/t/r"), known: &known };
        let mut calls = naming.calls(TRACE);
        calls.drain(..naming.start(&calls));
        calls.truncate(Naming::end(&calls));
        let shown: Vec<(&str, usize, &str)> =
            calls.iter().map(|call| (call.name.as_str(), call.ordinal, call.place.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("openat", 2, "d"),
                ("openat", 3, "d/(temporary)"),
                ("fsync", 1, "d/(temporary)"),
                ("getdents64", 1, "d"),
                ("renameat", 1, "d/(temporary) -> d/config.json"),
                ("write", 1, "stdout"),
            ]
        );
        assert_eq!(calls[2].result, "-1 EIO (Input/output error) (INJECTED)");
        assert_eq!(calls[4].renames(), Some(("d/(temporary)", "d/config.json")));
    }
}
