//! All ways to save.

mod archives;
mod commands;
mod editors;
mod emulations;
mod languages;
mod layouts;
mod links;
mod slow;

use crate::style::Style;

/// Every style, the real programs first.
pub(crate) fn all() -> impl Iterator<Item = &'static Style> {
    [
        editors::STYLES,
        commands::STYLES,
        archives::STYLES,
        languages::STYLES,
        emulations::STYLES,
        links::STYLES,
        layouts::STYLES,
        slow::STYLES,
    ]
    .into_iter()
    .flatten()
}
