//! What the READMEs show of `configctl` is what it prints.

use std::process::Command;

use acceptance::configctl::run;
use acceptance::place::Place;
use acceptance::programs::program;

/// Runs each `$` line of the first console block after `heading`, and compares what it prints, whatever the exit code.
/// `path` is how the text names the file.
fn plays(readme: &str, heading: &str, place: &Place, path: &str) {
    let (_, after) = readme.split_once(heading).expect("the heading");
    let (_, block) = after.split_once("```console\n").expect("a console block");
    let (block, _) = block.split_once("```").expect("its end");
    let configctl = program("configctl").get_program().to_owned();
    let mut steps = 0;
    for step in format!("\n{block}").split("\n$ ").skip(1) {
        let (line, expected) = step.split_once('\n').unwrap_or((step, ""));
        let script =
            format!("bin=$0; file=$1; configctl() {{ \"$bin\" --file \"$file\" \"$@\" 2>&1; }}\n{line}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).arg(&configctl).arg(place.file());
        let shown = run(shell).out.replace(&*place.file().to_string_lossy(), path);
        assert_eq!(shown.trim_end(), expected.trim_end(), "{line}");
        steps += 1;
    }
    assert!(steps > 2, "{steps} steps");
}

#[test]
fn the_front_door() {
    let place = Place::empty();
    assert_eq!(acceptance::configctl::configctl(&place.file(), &["init"]).code, 0);
    plays(include_str!("../README.md"), "## For operators", &place, "config.json");
}

#[test]
fn the_program_s_own() {
    let model =
        r#"{"version": 1, "models": {"fast": {"upstream": "u", "enabled": true, "allowed_keys": ["*"]}}}"#;
    let place = Place::with(model);
    let readme = include_str!("../crates/config-cli/README.md");
    plays(readme, "# configctl", &place, "/etc/gateway/config.json");
}

#[test]
fn a_save_beside_a_comment() {
    let readme = include_str!("../README.md");
    let (_, block) = readme.split_once("```diff\n").expect("a diff");
    let (block, _) = block.split_once("```").expect("its end");
    let text = |without: char| {
        let lines = block.lines().filter(|line| !line.starts_with(without));
        let lines: Vec<_> = lines.map(|line| line.get(1..).unwrap_or_default()).collect();
        format!("{{\n  \"version\": 1,\n{}\n  }}\n}}\n", lines.join("\n"))
    };
    let place = Place::named("config.jsonc", &text('+'));
    assert_eq!(
        acceptance::configctl::configctl(&place.file(), &["set", "/models/fast/enabled", "false"]).code,
        0
    );
    assert_eq!(place.text(), text('-'));
}
