//! A broken edit met at the next start: the remedy is in the error, the command in it works, and nothing typed is lost.

use std::env;
use std::path::Path;
use std::process::Command;
use std::thread;

use acceptance::configctl::{Outcome, configctl, run};
use acceptance::gateway::Gateway;
use acceptance::place::{Place, with_alias};
use acceptance::programs::program;
use acceptance::time::eventually;
use serde_json::Value;

const BROKEN: &str = "{\"version\": 1, \"models\": {\"fast\": {\"upstream\": \"gpt-6\", \"enabled\": ye}}}\n";

/// A place whose file a gateway has served, with another alias after each start.
fn served(aliases: &[&str]) -> Place {
    let place = Place::empty();
    for alias in aliases {
        place.write(with_alias(alias));
        assert_eq!(Gateway::start(&place.file()).aliases(), [*alias]);
    }
    place
}

/// A gateway that does not come up.
fn refused(config: &Path) -> Outcome {
    let mut gateway = program("gateway");
    gateway.arg("--config").arg(config).args(["--listen", "127.0.0.1:0"]);
    run(gateway)
}

/// What an operator does who copies the command between the quotes into a shell.
fn typed(said: &str, program_name: &str) -> Outcome {
    let start = said.find(&format!("`{program_name} ")).expect("a command");
    let command = said[start + 1..].split('`').next().expect("a command");
    let programs = program("configctl");
    let directory = Path::new(programs.get_program()).parent().expect("where it was built").to_owned();
    let usual = env::var_os("PATH").unwrap_or_default();
    let path = env::split_paths(&usual).chain([directory]);
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).env("PATH", env::join_paths(path).expect("a path")).env_remove("RUST_LOG");
    run(shell)
}

fn history(place: &Place) -> Vec<Value> {
    let listed = configctl(&place.file(), &["history", "--json"]);
    assert_eq!(listed.code, 0, "{}", listed.err);
    let listed: Value = serde_json::from_str(&listed.out).expect("JSON");
    listed["history"].as_array().expect("a list").clone()
}

fn copies(place: &Place) -> Vec<String> {
    place.leftovers().into_iter().filter(|name| name.contains(".replaced-")).collect()
}

/// A first file instead would be served, and let nobody in.
#[test]
fn a_file_that_is_gone_is_brought_back_by_what_every_command_says() {
    for command in [
        "doctor",
        "validate",
        "edit",
        "status",
        "show",
        "set /features/debug true",
        "diff",
        "migrate",
        "history",
    ] {
        let place = served(&["one", "two"]);
        std::fs::remove_file(place.file()).expect("it was there");
        let done = configctl(&place.file(), &command.split(' ').collect::<Vec<_>>());
        let said = format!("{}{}", done.out, done.err);
        assert!(said.contains("no file") && !said.contains(" init`"), "{command}: {said}");
        assert_eq!(typed(&said, "configctl").code, 0, "{command}: {said}");
        assert_eq!(place.text(), with_alias("two"), "{command}");
    }
}

#[test]
fn a_gateway_that_does_not_start_names_the_command_that_brings_it_up() {
    let place = served(&["one", "two"]);
    place.write(BROKEN);
    let told = refused(&place.file());
    assert_eq!(told.code, 3, "{}", told.err);
    assert!(told.err.contains("--last-good"), "{}", told.err);
    assert_eq!(place.text(), BROKEN);

    let done = typed(&told.err, "configctl");
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert_eq!(Gateway::start(&place.file()).aliases(), ["two"]);
    assert_eq!((place.text(), place.mode()), (with_alias("two"), 0o600));
    // What was typed is there to be mended.
    let copies = copies(&place);
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert!(done.out.contains(&copies[0]), "{}", done.out);
    let copy = std::fs::read_to_string(place.directory().join(&copies[0])).expect("the copy");
    assert_eq!(copy, BROKEN);
}

#[test]
fn each_command_that_meets_a_broken_file_names_the_same_one() {
    let place = served(&["one"]);
    place.write(BROKEN);
    let commands: &[&[&str]] = &[
        &["status"],
        &["validate"],
        &["show"],
        &["get", "/features"],
        &["set", "/features/debug", "true"],
        &["init"],
        &["migrate"],
        &["watch"],
        &["diff"],
    ];
    for command in commands {
        let told = configctl(&place.file(), command);
        assert_eq!(told.code, 3, "{command:?}: {}{}", told.out, told.err);
        assert!(told.err.contains(" rollback "), "{command:?}: {}", told.err);
    }
    let doctor = configctl(&place.file(), &["doctor"]);
    assert!(doctor.code == 3 && doctor.out.contains(" rollback "), "{}", doctor.out);
    assert_eq!(place.text(), BROKEN);
    let told = configctl(&place.file(), &["status"]).err;
    assert_eq!(typed(&told, "configctl").code, 0);
    assert_eq!(place.text(), with_alias("one"));
}

/// The name that was asked for says which syntax the file has, and not that of the file behind a link.
#[test]
fn a_file_behind_a_link_is_gone_back_with_by_the_name_that_was_asked_for() {
    let place = Place::empty();
    let asked = place.directory().join("linked.jsonc");
    std::os::unix::fs::symlink(place.file(), &asked).expect("a link");
    let good = with_alias("one").replacen('{', "{ // ours\n", 1);
    place.write(&good);
    assert_eq!(Gateway::start(&asked).aliases(), ["one"]);
    place.write(BROKEN);
    let told = refused(&asked);
    assert_eq!(told.code, 3, "{}", told.err);
    let done = typed(&told.err, "configctl");
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert_eq!(place.text(), good);
    assert_eq!(Gateway::start(&asked).aliases(), ["one"]);
}

/// For schemas that `configctl` does not know, the store's own words are enough.
#[test]
fn another_schema_s_program_names_a_command_that_is_right_for_it() {
    let place = Place::empty();
    let start = || {
        let mut service = program("own-schema");
        service.arg(place.file());
        run(service)
    };
    assert_eq!(start().code, 0);
    let good = place.text();
    place.write("{\"version\": 3");
    let told = start();
    assert_ne!(told.code, 0);
    assert!(!told.err.contains("configctl"), "{}", told.err);
    assert_eq!(typed(&told.err, "cp").code, 0, "{}", told.err);
    assert_eq!((place.text(), place.mode()), (good, 0o600));
    assert_eq!(start().code, 0);
}

#[test]
fn a_gateway_that_is_told_to_serves_what_was_accepted_last() {
    let place = served(&["one", "two"]);
    place.write(BROKEN);
    let written = place.written_at();
    let gateway = Gateway::start_with(&place.file(), &["--last-good"]);
    assert_eq!(gateway.aliases(), ["two"]);
    let health = gateway.get("/healthz").body;
    assert_eq!(health["status"], "degraded");
    assert_eq!(health["recovered"], health["revision"]);
    assert!(health["rejection"].as_str().is_some_and(|why| why.contains("is not valid")), "{health}");
    assert!(
        health["warnings"][0].as_str().is_some_and(|what| what.contains("is not what is served")),
        "{health}"
    );
    assert_eq!((place.text().as_str(), place.written_at()), (BROKEN, written));

    place.write(with_alias("three"));
    eventually("the mended file is served", || (gateway.aliases() == ["three"]).then_some(()));
    let health = gateway.get("/healthz").body;
    assert_eq!((&health["status"], &health["recovered"]), (&Value::from("ok"), &Value::Null));
}

#[test]
fn a_file_that_others_may_write_is_not_passed_over() {
    let place = served(&["one"]);
    place.write(BROKEN);
    place.chmod(0o666);
    let mut gateway = program("gateway");
    gateway.arg("--config").arg(place.file()).args(["--listen", "127.0.0.1:0", "--last-good"]);
    assert_eq!(run(gateway).code, 5);
}

#[test]
fn an_operator_looks_back_compares_and_goes_back() {
    let place = Place::empty();
    let path = place.file();
    assert_eq!(configctl(&path, &["init"]).code, 0);
    for (pointer, value) in [("/retention/events_days", "7"), ("/features/debug", "true")] {
        assert_eq!(configctl(&path, &["set", pointer, value]).code, 0);
    }
    let list = history(&place);
    let causes: Vec<_> = list.iter().map(|entry| entry["cause"].as_str().expect("a cause")).collect();
    assert_eq!(causes, ["update", "update", "seed"]);
    let current: Vec<_> = list.iter().map(|entry| entry["current"] == true).collect();
    assert_eq!(current, [true, false, false]);
    let revision = |index: usize| list[index]["revision"].as_str().expect("a revision");

    let compared = configctl(&path, &["diff"]).out;
    assert!(
        compared.contains("~ /features/debug: false -> true") && !compared.contains("events_days"),
        "{compared}"
    );
    let compared = configctl(&path, &["diff", &revision(2)[..8], &revision(1)[..8]]).out;
    assert!(
        compared.contains("~ /retention/events_days: 90 -> 7") && !compared.contains("debug"),
        "{compared}"
    );

    // Only if it is still what was looked at.
    let conflict = configctl(&path, &["rollback", &revision(2)[..8], "--if-revision", revision(1)]);
    assert_eq!(conflict.code, 4, "{}", conflict.err);
    let done = configctl(&path, &["rollback", &revision(2)[..8], "--if-revision", revision(0)]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("~ /features/debug: true -> false"), "{}", done.out);
    assert_eq!(history(&place)[0]["cause"], "rollback");
    assert_eq!(configctl(&path, &["get", "/retention/events_days"]).out, "90\n");
    assert_eq!(place.leftovers(), [] as [&str; 0], "what is in the history needs no copy");
}

#[test]
fn what_is_not_kept_or_was_changed_is_not_gone_back_to() {
    let place = served(&["one", "two"]);
    let path = place.file();
    let list = history(&place);
    let revision = list[1]["revision"].as_str().expect("a revision");
    for (named, code) in [("0000000", 1), ("xyz", 2), ("", 2)] {
        let told = configctl(&path, &["rollback", named]);
        assert!(told.code == code && told.err.contains("history"), "{named}: {}", told.err);
    }
    let entry = Path::new(list[1]["path"].as_str().expect("a path")).to_owned();
    let changed = std::fs::read_to_string(&entry).expect("the entry").replace("up-one", "up-0ne");
    assert!(run_shell(&format!("cat > '{}'", entry.display()), &changed));
    let told = configctl(&path, &["rollback", revision]);
    assert!(told.code == 1 && told.err.contains("damaged"), "{}", told.err);
    let listed = configctl(&path, &["history"]).out;
    assert!(listed.contains("NOT USABLE") && listed.contains("damaged"), "{listed}");
    assert!(run_shell(&format!("chmod 777 '{}'", entry.parent().expect("a directory").display()), ""));
    assert_eq!(configctl(&path, &["rollback", revision]).code, 5);
    assert_eq!(configctl(&path, &["history"]).code, 5);
    assert_eq!(place.text(), with_alias("two"));

    // A newer program's file is never rewritten.
    assert!(run_shell(&format!("chmod 700 '{}'", entry.parent().expect("a directory").display()), ""));
    let newer = with_alias("new").replace("\"version\": 1", "\"version\": 99");
    place.write(&newer);
    let told = configctl(&path, &["rollback", list[0]["revision"].as_str().expect("a revision")]);
    assert_eq!((told.code, place.text()), (3, newer), "{}", told.err);
    for told in
        [configctl(&path, &["status"]), configctl(&path, &["set", "/features/debug", "true"]), refused(&path)]
    {
        assert!(
            told.code == 3 && !told.err.contains(" rollback "),
            "nothing that would be refused: {}",
            told.err
        );
    }
}

#[test]
fn the_doctor_looks_into_the_history_and_closes_it() {
    let place = served(&["one", "two"]);
    let path = place.file();
    let findings = |args: &[&str]| {
        let done = configctl(&path, &[&["--json", "doctor"], args].concat());
        let told: Value = serde_json::from_str(&done.out).expect("JSON");
        let all = told["findings"].as_array().expect("a list").clone();
        let of_history = all.into_iter().filter(|finding| finding["subject"] == "history");
        of_history.map(|finding| finding["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(findings(&[]), ["kept"]);
    let list = history(&place);
    let entry = list[1]["path"].as_str().expect("a path");
    let directory = Path::new(entry).parent().expect("a directory").display().to_string();
    let spoil = format!(
        "echo x > '{entry}'; chmod 640 '{entry}'; touch '{directory}/.config.json.0123456789abcdef.tmp'; chmod 750 '{directory}'"
    );
    assert!(run_shell(&spoil, ""));
    assert_eq!(findings(&[]), ["wide-history", "wide-history", "left", "damaged", "kept"]);
    assert_eq!(findings(&["--fix"]), ["damaged", "kept"]);

    assert!(run_shell(&format!("chmod 770 '{directory}'"), ""));
    assert_eq!(findings(&[]), ["writable-directory"]);
    let mended = configctl(&path, &["doctor", "--fix"]).out;
    assert!(mended.contains("has mode 0700 now") && mended.contains("others could write"), "{mended}");
    assert!(run_shell(&format!("rm -r '{directory}'; ln -s nowhere '{directory}'"), ""));
    assert_eq!(findings(&["--fix"]), ["not-used"]);
    assert!(run_shell(&format!("rm '{directory}'"), ""));
    assert_eq!(findings(&[]), ["none"]);
}

#[test]
fn many_programs_keep_twenty_between_them() {
    let place = Place::with(&with_alias("fast"));
    thread::scope(|scope| {
        for program in 0..4 {
            let path = place.file();
            scope.spawn(move || {
                for round in 0..10 {
                    let days = (program * 10 + round).to_string();
                    assert_eq!(configctl(&path, &["set", "/retention/events_days", &days]).code, 0);
                }
            });
        }
    });
    let list = history(&place);
    assert_eq!(list.len(), 20);
    assert!(list.iter().all(|entry| entry["usable"] == true), "{list:?}");
    assert_eq!(list[0]["current"], true);
    assert_eq!(place.leftovers(), [] as [&str; 0]);
}

fn run_shell(command: &str, input: &str) -> bool {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut shell = Command::new("sh").args(["-c", command]).stdin(Stdio::piped()).spawn().expect("sh");
    shell.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    shell.wait().expect("its end").success()
}
