//! What the READMEs show of `configctl` is what it prints.

use acceptance::page::{play, sections};
use acceptance::place::Place;

/// Plays the first console block below `heading`. `path` is how the text names the file.
fn plays(readme: &str, heading: &str, place: &Place, path: &str) {
    let sections = sections(readme);
    let section = sections.iter().find(|section| section.heading == heading).expect("the heading");
    let (_, block) = section.blocks.iter().find(|(language, _)| *language == "console").expect("a block");
    let steps = play(block, place, path);
    assert!(steps > 2, "{steps} steps");
}

#[test]
fn the_front_door() {
    let place = Place::empty();
    assert_eq!(acceptance::configctl::configctl(&place.file(), &["init"]).code, 0);
    plays(include_str!("../README.md"), "For operators", &place, "config.json");
}

#[test]
fn the_program_s_own() {
    let model =
        r#"{"version": 1, "models": {"fast": {"upstream": "u", "enabled": true, "allowed_keys": ["*"]}}}"#;
    let place = Place::with(model);
    let readme = include_str!("../crates/config-cli/README.md");
    plays(readme, "configctl", &place, "/etc/gateway/config.json");
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
