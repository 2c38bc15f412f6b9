//! A problem as compilers print it: reason, place, the line with a caret, the pointer, the remedy.
//!
//! The text is styled always: what writes it takes the styles out where they are not wanted.

use annotate_snippets::renderer::DEFAULT_LINE_NUM_STYLE;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use config_model::{MAX_PROBLEMS, Place, Problem, Problems};

/// Most problems that are shown at once: the first lines of a thousand have scrolled away.
const SHOWN: usize = 20;

/// Wider than any excerpt: it is cut already, around its caret.
const RENDERER: Renderer = Renderer::styled().term_width(256);

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    Error,
    Warning,
}

impl Severity {
    /// A stable name for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }

    fn level(self) -> Level<'static> {
        match self {
            Self::Error => Level::ERROR,
            Self::Warning => Level::WARNING,
        }
    }
}

/// All that people are shown of `problems`, which are of `source`, and of the warnings beside them; ends with a line end, unless
/// there are none.
pub(crate) fn problems(severity: Severity, source: &str, problems: &Problems) -> String {
    let warnings = problems.warnings();
    let found = problems.iter().map(|problem| (severity, problem));
    let all = found.chain(warnings.iter().map(|warning| (Severity::Warning, warning)));
    let mut text: String =
        all.take(SHOWN).map(|(severity, problem)| self::problem(severity, source, problem)).collect();
    let more = (problems.len() + warnings.len()).saturating_sub(SHOWN);
    if more > 0 {
        text += &format!("and {more} more; `--json` lists up to {MAX_PROBLEMS}\n");
    }
    text
}

fn problem(severity: Severity, source: &str, problem: &Problem) -> String {
    let mut group = Group::with_title(severity.level().primary_title(problem.message()));
    let placed = problem.place().zip(problem.excerpt());
    if let Some((place, excerpt)) = placed {
        let marked = AnnotationKind::Primary.span(excerpt.marked());
        let line = Snippet::source(excerpt.text()).line_start(place.line).fold(false);
        group = group.element(line.annotation(marked));
    } else {
        group = group.element(Origin::path(source));
    }
    group = group.element(Level::NOTE.with_name("at").message(problem.pointer().to_string()));
    if let Some(help) = problem.help() {
        group = group.element(Level::HELP.message(help));
    }
    let text = RENDERER.render(&[group]) + "\n";
    match (placed, text.split_once('\n')) {
        (Some((place, _)), Some((title, rest))) => format!("{title}\n{}\n{rest}", arrow(source, place)),
        _ => text,
    }
}

/// The line that says where it is. The renderer would count columns in the excerpt, which may start in the middle of a line.
fn arrow(source: &str, Place { line, column }: Place) -> String {
    let style = DEFAULT_LINE_NUM_STYLE;
    let blanks = " ".repeat(line.to_string().len());
    format!("{blanks}{style}--> {style:#}{source}:{line}:{column}")
}

/// An error that is no problem of a text, what to do about it, and what was kept.
pub(crate) fn error(message: &str, help: Option<&str>, kept: Option<&str>) -> String {
    let mut group = Group::with_title(Level::ERROR.primary_title(message));
    if let Some(help) = help {
        group = group.element(Level::HELP.message(help));
    }
    if let Some(kept) = kept {
        group = group.element(Level::NOTE.with_name("kept").message(kept));
    }
    RENDERER.render(&[group]) + "\n"
}

/// A warning that is no problem of a text.
pub(crate) fn warning(message: &str) -> String {
    RENDERER.render(&[Group::with_title(Level::WARNING.primary_title(message))]) + "\n"
}

#[cfg(test)]
mod tests {
    use config_model::{Config, Limits, Pointer, decode_with, parse_value, placed};
    use proptest::prelude::*;

    use super::*;

    /// Printed whatever it is, for people and on a terminal: lines of bounded width, which move no cursor.
    fn is_printed(problems: &Problems) {
        let styled = super::problems(Severity::Error, "/etc/x.json", problems);
        let plain = anstream::adapter::strip_str(&styled).to_string();
        assert_eq!(plain.matches("\nerror: ").count() + 1, problems.len().min(SHOWN), "{plain}");
        for line in plain.lines() {
            assert!(line.chars().count() <= 2048 && !line.chars().any(char::is_control), "{line:?}");
        }
        let all = problems.len() + problems.warnings().len();
        assert_eq!(plain.matches("--> /etc/x.json").count(), all.min(SHOWN), "{plain}");
    }

    fn check(text: &[u8], strict: bool) {
        let limits = Limits { strict, ..Limits::default() };
        match decode_with::<Config>(text, limits) {
            Ok(decoded) if decoded.warnings.is_empty() => {}
            Ok(decoded) => is_printed(&decoded.warnings),
            Err(problems) => is_printed(&problems),
        }
        let Ok(text) = str::from_utf8(text) else { return };
        if let Err(problems) = parse_value(text) {
            is_printed(&problems);
        }
        // A program may find something anywhere.
        let mut found = Problems::none();
        for pointer in ["", "/models", "/models/a/upstream", "/a/0", "/"] {
            let pointer = Pointer::parse(pointer).unwrap_or_default();
            found.push(Problem::veto(pointer.clone(), "is odd\n\u{1b}[31m").with_help("mend it\r\u{202e}"));
            found.push(Problem::rule(pointer, "").about_key());
        }
        is_printed(&placed::<Config>(text, found));
    }

    #[test]
    fn the_odd_ends_of_texts_are_printed() {
        for text in [
            "",
            "\n",
            "\r\n",
            "\t",
            "{",
            "{\n",
            "{\r\n\r\n",
            "\u{feff}",
            "{\"version\": 1}\n\n\n}",
            "\"",
            "\0",
        ] {
            check(text.as_bytes(), false);
        }
        let blank = " ".repeat(5000);
        check(format!("{{\"version\": 1,{blank}\"features\":\t{blank}[],\"{blank}\": 漢}}").as_bytes(), true);
    }

    proptest! {
        #[test]
        fn any_text_is_printed(
            text in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..200),
                "[\\{\\}\\[\\]:,\"'/*a1é漢\\\\\u{202e}\u{7f}\t\r\n ]{0,120}".prop_map(String::into_bytes),
                "\\{\"version\": 1,[ \t\r\n]{0,60}\"models\": \\{\"[a漢\u{300}]{1,90}\": [\\[7\"]{1,3}".prop_map(String::into_bytes),
                "\\{\"version\": 1,(\"[a-z]{1,3}\": [0-9]{1,4},[\n ]?){0,40}\"features\": \\{\"debug\": [01]\\}\\}".prop_map(String::into_bytes),
            ],
            strict in any::<bool>(),
        ) {
            check(&text, strict);
        }
    }
}
