//! Each failure of the page is done to the real programs, and what they say is what the page shows.

use acceptance::configctl::{Outcome, configctl, run};
use acceptance::logged::Logged;
use acceptance::page::{Section, sections};
use acceptance::persona::{Persona, STRANGER, can_give, give};
use acceptance::place::Place;
use acceptance::programs::{has, program};
use acceptance::system::{command, possible, shell};
use acceptance::time::eventually;

const PAGE: &str = include_str!("../../docs/guide/failures.md");

const GOOD: &str = r#"{
  "version": 1,
  "models": {
    "fast": {"upstream": "gpt-mini", "enabled": true, "allowed_keys": ["key-1"]}
  }
}
"#;

/// What was seen of a failure: its text, and the exit code or the kind that stands in the section.
struct Seen {
    text: String,
    mark: Option<String>,
}

/// The chapters with failures.
const CHAPTERS: [&str; 5] = [
    "An edit is not taken",
    "The service does not start",
    "A save fails",
    "File events are incomplete",
    "A warning",
];

/// Does each failure of a chapter, by its heading, where that can be done here.
fn chapter(name: &str, trial: impl Fn(&str) -> Option<Seen>) {
    let all = sections(PAGE);
    let begins = all.iter().position(|section| section.heading == name).expect("the chapter");
    let in_it = |section: &&Section<'_>| {
        section.heading == name
            || !(CHAPTERS.contains(&section.heading) || section.heading == "An edit is not seen")
    };
    let mut wrong = Vec::new();
    for section in all[begins..].iter().take_while(in_it).filter(|section| !section.blocks.is_empty()) {
        let Some(seen) = trial(section.heading) else {
            eprintln!("SKIPPED: {}", section.heading);
            continue;
        };
        let is_marked = seen.mark.is_none_or(|mark| section.prose.contains(&mark));
        if section.blocks != [("text", format!("{}\n", seen.text.trim_end()))] || !is_marked {
            wrong.push(format!("## {}\n{}", section.heading, seen.text));
        }
    }
    assert!(wrong.is_empty(), "the page does not show what is said:\n{}", wrong.join("\n"));
}

#[test]
fn an_edit_is_not_taken() {
    chapter("An edit is not taken", edited);
}

#[test]
fn the_service_does_not_start() {
    chapter("The service does not start", |heading| Some(started(heading)));
}

#[test]
fn a_save_fails() {
    chapter("A save fails", saved);
}

#[test]
fn file_events_are_incomplete() {
    chapter("File events are incomplete", |_| Some(blinded()));
}

#[test]
fn a_warning() {
    chapter("A warning", |heading| Some(warned(heading)));
}

/// The file as the page names it.
fn as_shown(place: &Place, text: &str) -> String {
    let text = text.replace(&*place.directory().to_string_lossy(), "/etc/gateway");
    let text = text.replace(&STRANGER.to_string(), "1001");
    // A time, which is another one each time.
    match text.split_once("accepted at ") {
        Some((before, after)) => {
            let rest = after.find(' ').map_or("", |end| &after[end..]);
            format!("{before}accepted at 2026-11-26T15:41:07Z{rest}")
        }
        None => text,
    }
}

/// What a gateway logs as this event, from its level to the end of its message.
fn logged(gateway: &Logged, place: &Place, event: &str) -> String {
    let end = format!(" event=\"{event}\"");
    let lines = eventually(event, || {
        let log = gateway.log();
        let last = log.iter().position(|line| line.contains(&end))?;
        // A message may have many lines; the first has a time.
        let first = log[..=last]
            .iter()
            .rposition(|line| line.contains(" config_store: ") || line.contains(" config_watch: "))?;
        Some(log[first..=last].join("\n"))
    });
    let (_, message) = lines.trim_start().split_once(' ').expect("a time");
    let (message, _) = message.split_once(&end).expect("its fields");
    as_shown(place, message.trim_start())
}

fn edited(heading: &str) -> Option<Seen> {
    // Root may read everything.
    let persona = if heading.contains("may not read") { Persona::Ordinary } else { Persona::Own };
    if persona == Persona::Ordinary && !can_give() {
        return None;
    }
    let place = persona.place(GOOD);
    let listen = if heading.contains("does not take") { "0.0.0.0:0" } else { "127.0.0.1:0" };
    let gateway = Logged::listening(listen, persona.program("gateway"), &place.file());
    let sh = |script: &str| drop(shell(place.directory(), script));
    match heading {
        "The text breaks off" => place.write(&GOOD[..GOOD.len() / 2]),
        "The text is no JSON" => place.write(GOOD.replace("[\"key-1\"]}", "[\"key-1\"]},")),
        "The file is empty" => place.write(""),
        "A name or a value is wrong" => {
            place.write(GOOD.replace("enabled", "enabeld").replace("[\"key-1\"]", "\"key-1\""));
        }
        "The version is missing" => place.write(GOOD.replace("\"version\": 1,", "")),
        "The file is too large" => sh("truncate -s 65M config.json"),
        "The file is gone" => place.remove(),
        "The file is of a newer version" => place.write(GOOD.replace("\"version\": 1", "\"version\": 2")),
        "The program may not read the file" => give(&place.file(), 0),
        "Others may change the file" => place.chmod(0o666),
        "Others may change a directory on the way" => sh("chmod 777 ."),
        "The file is another user's" if can_give() => give(&place.file(), STRANGER),
        "The file is another user's" => return None,
        "The link leads nowhere" => sh("rm config.json; ln -s of-yesterday.json config.json"),
        "The program does not take it" => {
            place.write(
                GOOD.replace("\"version\": 1,", "\"version\": 1,\n  \"features\": {\"auth\": false},"),
            );
        }
        _ => panic!("no failure is called {heading:?}"),
    }
    let text = logged(&gateway, &place, "rejected");
    let (_, metrics) = gateway.metrics();
    let rejections = metrics
        .lines()
        .filter_map(|line| line.strip_prefix("config_rejections_total{store=\"gateway\",kind=\""));
    let kinds: Vec<_> = rejections.filter_map(|line| line.strip_suffix("\"} 1")).collect();
    let [kind] = kinds[..] else { panic!("{heading}: {metrics}") };
    assert_eq!(gateway.aliases(), [""; 0], "key-1 alone has it");
    assert_eq!(gateway.ask("fast", "key-1"), 200);
    Some(Seen { text, mark: Some(format!("Kind `{kind}`.")) })
}

fn started(heading: &str) -> Seen {
    let place = Place::with(GOOD);
    assert_eq!(configctl(&place.file(), &["set", "/features/debug", "false"]).code, 0);
    place.write(GOOD.replace("true", "yes"));
    let mut gateway = program("gateway");
    gateway.args(["--listen", "127.0.0.1:0"]);
    let code = match heading {
        "It starts with a broken file" => {
            gateway.arg("--config").arg(place.file());
            3
        }
        "There is no place for the file" => {
            gateway.env_clear();
            1
        }
        _ => panic!("no failure is called {heading:?}"),
    };
    let done = run(gateway);
    assert_eq!(done.code, code, "{done:?}");
    Seen { text: as_shown(&place, &done.err), mark: None }
}

/// A save under a command that lets it fail.
fn under(words: &[&str], place: &Place, args: &[&str]) -> Outcome {
    let mut wrapped = command(words);
    wrapped.arg(program("configctl").get_program()).arg("--file").arg(place.file()).args(args);
    run(wrapped)
}

/// The same with a mount of its own, which `$1` and `$2` are the file and the directory of.
fn mounted(script: &str, place: &Place, args: &[&str]) -> Option<Outcome> {
    if !possible("mount namespace", &["unshare", "-m", "true"]) {
        return None;
    }
    let script = format!("file=$1; directory=$2; shift 2; {script}; exec \"$@\"");
    let (file, directory) = (place.file(), place.directory().to_string_lossy().into_owned());
    Some(under(
        &["unshare", "-m", "sh", "-ec", &script, "sh", &file.to_string_lossy(), &directory],
        place,
        args,
    ))
}

fn saved(heading: &str) -> Option<Seen> {
    let place = Place::with(GOOD);
    let set = ["set", "/features/debug", "true"];
    let mut args: Vec<&str> = set.to_vec();
    let done = match heading {
        "The change breaks a rule" => {
            args = vec!["set", "/models/fast/enabled", "maybe"];
            configctl(&place.file(), &args)
        }
        "The file was changed meanwhile" => {
            args.extend([
                "--if-revision",
                "3e5745ddd16c0a2f0b7c0d5f8a1e4b6c9d2e7f1a3b5c8d0e2f4a6b8c0d1e3f50",
            ]);
            configctl(&place.file(), &args)
        }
        "What is on disk is broken" => {
            place.write(GOOD.replace("true", "yes"));
            configctl(&place.file(), &set)
        }
        "Another process holds the lock" => {
            under(&["flock", &place.directory().join(".config.json.lock").to_string_lossy()], &place, &set)
        }
        "The lock file is another user's" if can_give() => {
            shell(place.directory(), "umask 077; : > .config.json.lock");
            give(&place.directory().join(".config.json.lock"), STRANGER);
            configctl(&place.file(), &set)
        }
        "The disk is full" => {
            // Full but for what is there already.
            let fill = "mount -t tmpfs -o size=64k,mode=700 full \"$directory\"; umask 077; cp /dev/stdin \"$file\"; \
                        head -c 1m /dev/zero > \"$directory/other\" 2>/dev/null || :";
            let fill = fill.replace("cp /dev/stdin \"$file\"", &format!("printf '%s' '{GOOD}' > \"$file\""));
            mounted(&fill, &place, &set)?
        }
        "The disk fails" if has("strace") => {
            // The store syncs the file and its directory when it is opened, then the temporary file; the fourth is the directory after
            // the rename.
            let log = place.directory().join("calls").to_string_lossy().into_owned();
            under(
                &["strace", "-f", "-o", &log, "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=4"],
                &place,
                &set,
            )
        }
        "The disk fails" | "The lock file is another user's" => return None,
        "The file system is read-only" => {
            let script =
                "mount --bind \"$directory\" \"$directory\"; mount -o remount,ro,bind \"$directory\"";
            mounted(script, &place, &set)?
        }
        "The file is a mount of its own" => mounted("mount --bind \"$file\" \"$file\"", &place, &set)?,
        _ => panic!("no failure is called {heading:?}"),
    };
    assert_ne!(done.code, 0, "{heading}: {done:?}");
    let text = format!("$ configctl {}\n{}{}", args.join(" "), done.out, done.err);
    Some(Seen { text: as_shown(&place, &text), mark: Some(format!("Exit code {}", done.code)) })
}

fn blinded() -> Seen {
    let place = Place::empty();
    shell(place.directory(), "mkdir -m 700 gateway");
    let file = place.directory().join("gateway/config.json");
    let gateway = Logged::start(&file);
    shell(place.directory(), "mv gateway away");
    let text = logged(&gateway, &place, "degraded");
    let error = gateway.health()["watch"]["last_error"].as_str().map(str::to_owned);
    let error = as_shown(&place, &error.expect("why")).replace("/etc/gateway/gateway", "/etc/gateway");
    Seen { text: format!("{text} ... error=\"{error}\""), mark: None }
}

fn warned(heading: &str) -> Seen {
    let place = Place::with(GOOD);
    let mut gateway = program("gateway");
    let event = match heading {
        "Others may read the file" => {
            place.chmod(0o644);
            "concern"
        }
        "What was accepted last is served instead" => {
            assert_eq!(configctl(&place.file(), &["set", "/features/debug", "false"]).code, 0);
            place.write(GOOD.replace("true", "yes"));
            gateway.arg("--last-good");
            "last_good"
        }
        "A save was interrupted" => {
            shell(place.directory(), "printf '{' > .config.json.0123456789abcdef.tmp");
            "leftovers_removed"
        }
        _ => panic!("no failure is called {heading:?}"),
    };
    let gateway = Logged::spawn(gateway, &place.file());
    Seen { text: logged(&gateway, &place, event), mark: None }
}

/// What another page shows is what this one does.
#[test]
fn a_single_file_that_is_mounted_looks_the_same_everywhere() {
    let of = |page: &'static str, heading: &str| {
        let section =
            sections(page).into_iter().find(|section| section.heading == heading).expect("the section");
        section.blocks[0].1.clone()
    };
    let there = of(PAGE, "The file is a mount of its own");
    let (_, error) = there.split_once('\n').expect("the error");
    assert_eq!(of(include_str!("../../docs/guide/containers.md"), "What a single file looks like"), error);
}
