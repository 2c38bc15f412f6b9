//! Every page is reached, every link leads somewhere, every block is of a kind that is checked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use acceptance::page::{play, sections};
use acceptance::place::Place;
use acceptance::programs::has;
use acceptance::system::shell;

const MODEL: &str = r#"{
  "version": 1,
  "models": {
    "fast": {"upstream": "gpt-mini", "enabled": true, "allowed_keys": ["key-1"]}
  }
}
"#;

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide")
}

/// Each page by its name.
fn pages() -> BTreeMap<String, String> {
    let entries = fs::read_dir(guide()).expect("the guide");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let pages = paths.map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).expect("a page"))
    });
    pages.collect()
}

/// As GitHub makes an anchor of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn every_page_is_reached_and_every_link_leads_somewhere() {
    let pages = pages();
    for (name, page) in &pages {
        let targets =
            page.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
        for target in targets.filter(|target| !target.contains("://")) {
            let (path, wanted) = target.split_once('#').unwrap_or((target, ""));
            let of = if path.is_empty() { name } else { path };
            assert!(guide().join(of).exists(), "{name}: {target}");
            if !wanted.is_empty() {
                let of = fs::read_to_string(guide().join(of)).expect("a page");
                let found = sections(&of).iter().any(|section| anchor(section.heading) == wanted);
                assert!(found, "{name}: {target}");
            }
        }
        assert!(
            name == "README.md" || pages["README.md"].contains(&format!("({name})")),
            "{name} is not in the index"
        );
    }
}

#[test]
fn every_block_is_of_a_kind_that_is_checked() {
    let compiled = include_str!("../src/guide.rs");
    for (name, page) in pages() {
        for section in sections(&page) {
            for (language, text) in section.blocks {
                let place = format!("{name}: {}", section.heading);
                match language {
                    "rust" | "rust,no_run" => {
                        assert!(compiled.contains(&format!("docs/guide/{name}\"")), "{place}: not compiled");
                    }
                    "sh" => drop(shell(Path::new("/"), &format!("sh -n <<'END'\n{text}\nEND"))),
                    "console" => {
                        assert!(played().iter().any(|(page, _)| *page == name), "{place}: not played");
                    }
                    "text" => assert!(name == "failures.md" || name == "containers.md", "{place}"),
                    "toml" | "yaml" | "ini" | "dockerfile" => {
                        let read = include_str!("manifests.rs");
                        assert!(read.contains(&format!("docs/guide/{name}\"")), "{place}: not read");
                    }
                    other => panic!("{place}: nothing checks a block of {other:?}"),
                }
            }
        }
    }
}

/// The pages with commands, and what is done before the first of them.
fn played() -> [(&'static str, Option<&'static str>); 4] {
    let other = Some("sed s/gpt-mini/gpt-nano/ config.json > new.json");
    [("kubernetes.md", other), ("editing.md", other), ("dotfiles.md", None), ("history.md", None)]
}

#[test]
fn what_a_command_prints_is_what_is_shown() {
    let pages = pages();
    for (name, before) in played() {
        let place = Place::with(MODEL);
        if let Some(before) = before {
            shell(place.directory(), &format!("umask 077; {before}"));
        }
        let sections = sections(&pages[name]);
        let blocks = sections.iter().flat_map(|section| &section.blocks);
        let consoles = blocks.filter(|(language, _)| *language == "console");
        let steps: usize = consoles.map(|(_, block)| play(block, &place, "/etc/gateway/config.json")).sum();
        assert!(steps > 0, "{name}");
    }
}

/// Nothing of what is kept beside the file gets into a repository.
#[test]
fn git_has_the_file_and_nothing_that_is_kept_beside_it() {
    if !has("git") {
        return;
    }
    let pages = pages();
    let place = Place::with(MODEL);
    let sections = sections(&pages["dotfiles.md"]);
    let blocks = sections.iter().flat_map(|section| &section.blocks);
    blocks.filter(|(language, _)| *language == "console").for_each(|(_, block)| {
        play(block, &place, "/etc/gateway/config.json");
    });
    let beside = "touch .gateway.json.0123456789abcdef.tmp gateway.json.v1-0123456789ab.bak gateway.json.replaced-0123456789ab.bak.7";
    let listed = shell(
        &place.directory().join("dotfiles"),
        &format!("{beside}; ls -A | wc -l; git init -q .; git ls-files -co --exclude-standard"),
    );
    assert_eq!(listed.lines().collect::<Vec<_>>(), ["8", ".gitignore", ".stow-local-ignore", "gateway.json"]);
}

/// A name of a metric or a field in here is one that is listed.
#[test]
fn metrics_are_those_that_there_are() {
    let listed = include_str!("../../crates/config-store/src/observability.md");
    let mut count = 0;
    for (name, page) in pages() {
        let words = page.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let prefixes =
            ["config_stale", "config_re", "config_last", "config_update", "config_document", "config_watch_"];
        for word in words.filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix))) {
            let metric = word.strip_suffix("_count").unwrap_or(word);
            assert!(listed.contains(&format!("| `{metric}` |")), "{name}: {word}");
            count += 1;
        }
    }
    assert!(count > 5, "{count}");
}
