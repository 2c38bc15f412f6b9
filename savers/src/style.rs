//! A way to save a file.

use crate::programs;

/// One way to save. Everything happens in a directory of its own, in which `conf/config.json` is watched, and `100.json`,
/// `101.json` and `102.json` are what is there first and what is saved then.
#[derive(Debug)]
pub(crate) struct Style {
    pub(crate) name: &'static str,
    /// Programs, [`programs::MOUNTS`], [`programs::OTHER_FILE_SYSTEM`].
    pub(crate) needs: &'static [&'static str],
    /// A shell script, before anything watches.
    pub(crate) prepare: &'static str,
    pub(crate) how: How,
    /// A shell script, after all.
    pub(crate) undo: &'static str,
}

/// What saves.
#[derive(Debug)]
pub(crate) enum How {
    /// A shell script. `$OLD` and `$N` are the numbers of what is there and of what it is to become, `$NEW` a file with
    /// that; `$CONFIGCTL` and `$SAVERS` are programs of this workspace.
    Script(&'static str),
    /// An editor on a terminal.
    Typed(Typed),
}

/// An editor and what is typed into it. `$OLD`, `$N` and `$SETTINGS` are put in as in a script.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) program: &'static str,
    pub(crate) settings: &'static str,
    pub(crate) arguments: &'static [&'static str],
    /// What to wait for on the screen, and what to type then.
    pub(crate) steps: &'static [(&'static str, &'static str)],
}

impl Style {
    pub(crate) const fn script(name: &'static str, save: &'static str) -> Self {
        Self { name, needs: &[], prepare: "", how: How::Script(save), undo: "" }
    }

    pub(crate) const fn typed(name: &'static str, needs: &'static [&'static str], typed: Typed) -> Self {
        Self { name, needs, prepare: "", how: How::Typed(typed), undo: "" }
    }

    pub(crate) const fn needs(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }

    pub(crate) const fn after(self, prepare: &'static str) -> Self {
        Self { prepare, ..self }
    }

    pub(crate) const fn undo(self, undo: &'static str) -> Self {
        Self { undo, ..self }
    }

    /// Why it cannot be tried here; `None` when it can.
    pub(crate) fn lacks(&self) -> Option<String> {
        self.needs.iter().find_map(|need| programs::lacks(need))
    }
}
