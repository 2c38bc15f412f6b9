//! Colours of what is no problem: diffs and events. What writes them takes them out where nobody would see them.

use anstyle::{AnsiColor, Style};
use config_model::{Change, ChangeKind};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const QUIET: Style = Style::new().dimmed();

pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// One difference, secrets masked.
pub(crate) fn change(change: &Change) -> String {
    let color = match change.kind {
        ChangeKind::Added(_) => AnsiColor::Green,
        ChangeKind::Removed(_) => AnsiColor::Red,
        ChangeKind::Changed { .. } => AnsiColor::Yellow,
    };
    paint(color.on_default(), &change.to_string())
}
