//! What was typed beside what somebody else saved meanwhile: both changes, secrets masked, and a text that has the two.

use std::collections::BTreeSet;

use config_model::{Change, Config, Decoded, Limits, Pointer, Problems, decode_with};
use diffy::{ConflictStyle, IncompleteHunkStyle, MergeOptions};

use super::found::Found;
use crate::output::shown;

pub(super) struct ThreeWay {
    /// For the operator to read.
    pub(super) text: String,
    /// Both changes; where they are of the same lines, between marks.
    pub(super) merged: Vec<u8>,
    /// What `merged` says, if it could be saved as it is.
    pub(super) valid: Option<Decoded<Config>>,
}

impl ThreeWay {
    pub(super) fn of(found: &Found, typed: &[u8], theirs: &Found, limits: Limits) -> Self {
        let mut options = MergeOptions::new();
        // As `git merge-file --diff3` marks them.
        options.set_conflict_style(ConflictStyle::Diff3).set_incomplete_hunk_style(IncompleteHunkStyle::Git);
        let (merged, is_clean) = match options.merge_bytes(&found.given, typed, &theirs.given) {
            Ok(merged) => (merged, true),
            Err(marked) => (marked, false),
        };
        let valid = decode_with(&merged, limits).ok().filter(|_| is_clean);
        let mine = decode_with(typed, limits).map(|decoded| decoded.document);
        let mut text = format!(
            "conflict: {} was changed meanwhile: it had revision {}, and has {} now\n",
            shown(&found.path),
            found.revision.short(),
            theirs.revision.short()
        );
        let their_changes = side(&mut text, "there", found, &theirs.judged);
        let own_changes = side(&mut text, "yours", found, &mine);
        for pointer in both(&their_changes, &own_changes) {
            text += &format!("  both changed {pointer}\n");
        }
        text += match (is_clean, valid.is_some()) {
            (true, true) => "  both changes go together\n",
            (true, false) => "  both changes together are not valid\n",
            (false, _) => "  both changed the same lines: they are between <<<<<<< ours and >>>>>>> theirs\n",
        };
        Self { text, merged, valid }
    }
}

/// One side's changes, masked; or why they cannot be told.
fn side(text: &mut String, name: &str, found: &Found, judged: &Result<Config, Problems>) -> Vec<Change> {
    *text += &format!("  {name}:\n");
    let changes = match judged {
        Ok(document) if found.judged.is_ok() => found.changes_to(document),
        Ok(_) => {
            *text += "    the file is valid now, and was not before\n";
            return Vec::new();
        }
        Err(problems) => {
            *text += &format!("    the file is not valid: {} to mend\n", problems.len());
            return Vec::new();
        }
    };
    for change in &changes {
        *text += &format!("    {change}\n");
    }
    if changes.is_empty() {
        *text += "    layout, or fields that the schema does not know\n";
    }
    changes
}

/// The places that both changed, the deeper one of each pair.
fn both(theirs: &[Change], ours: &[Change]) -> BTreeSet<Pointer> {
    let inside = |these: &[Change], those: &[Change]| -> Vec<Pointer> {
        let those: BTreeSet<&str> = those.iter().map(|change| change.pointer.as_str()).collect();
        let is_inside = |pointer: &Pointer| {
            let text = pointer.as_str();
            let above = text.match_indices('/').filter_map(|(at, _)| text.get(..at));
            above.chain([text]).any(|above| those.contains(above))
        };
        these.iter().map(|change| change.pointer.clone()).filter(is_inside).collect()
    };
    inside(theirs, ours).into_iter().chain(inside(ours, theirs)).collect()
}
