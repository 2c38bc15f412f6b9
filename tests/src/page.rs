//! Pages of documentation, whose blocks are tested.

use std::process::Command;

use crate::configctl::run;
use crate::place::Place;
use crate::programs::program;

/// What stands below a heading, up to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<'p> {
    /// The heading, without its marks.
    pub heading: &'p str,
    /// Everything but the blocks.
    pub prose: String,
    /// Its blocks, each with its language.
    pub blocks: Vec<(&'p str, String)>,
}

/// The sections of a page. What comes before the first heading is in none.
pub fn sections(page: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut is_block = false;
    for line in page.lines() {
        let fence = line.strip_prefix("```");
        let heading =
            line.strip_prefix('#').filter(|_| !is_block).map(|rest| rest.trim_start_matches('#').trim());
        match (sections.last_mut(), fence, heading) {
            (_, None, Some(heading)) => {
                sections.push(Section { heading, prose: String::new(), blocks: Vec::new() });
            }
            (Some(section), Some(language), _) => {
                is_block = !is_block;
                if is_block {
                    section.blocks.push((language, String::new()));
                }
            }
            (Some(section), None, None) => {
                let text = match section.blocks.last_mut().filter(|_| is_block) {
                    Some((_, block)) => block,
                    None => &mut section.prose,
                };
                text.push_str(line);
                text.push('\n');
            }
            (None, ..) => {}
        }
    }
    sections
}

/// Runs each `$` line of a block in the directory of `place`, and compares what it prints, whatever the exit code. `path` is how the
/// page names the file. Returns how many there were.
pub fn play(block: &str, place: &Place, path: &str) -> usize {
    let configctl = program("configctl").get_program().to_owned();
    let mut steps = 0;
    for step in format!("\n{}", block.trim_end()).split("\n$ ").skip(1) {
        let (line, expected) = step.split_once('\n').unwrap_or((step, ""));
        let script =
            format!("bin=$0; file=$1; configctl() {{ \"$bin\" --file \"$file\" \"$@\" 2>&1; }}\n{line}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).arg(&configctl).arg(place.file()).current_dir(place.directory());
        let shown = run(shell).out.replace(&*place.file().to_string_lossy(), path);
        let shown = shown.replace(&*place.directory().to_string_lossy(), "/etc/gateway");
        assert_eq!(shown.trim_end(), expected.trim_end(), "{line}");
        steps += 1;
    }
    steps
}
