//! `configctl doctor`: each thing that can be wrong is found, with its remedy, and what is one's own is mended when asked.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use acceptance::configctl::run;
use acceptance::persona::{Persona, chmod, give, personas};
use acceptance::place::{Place, with_alias};
use acceptance::system::{command, possible};
use serde_json::Value;

/// The exit code, and the names of what is not as it should be.
pub(crate) fn findings(who: Persona, file: &Path, arguments: &[&str]) -> (i32, Vec<String>) {
    let done = who.configctl(file, &[&["--json", "doctor"], arguments].concat());
    let report: Value = serde_json::from_str(&done.out).expect("a report");
    assert_eq!(report["exit"], done.code, "{done:?}");
    let all = report["findings"].as_array().expect("findings");
    let wrong = all.iter().filter(|finding| finding["severity"] != "ok");
    // What is of the machine, and not of the file: temporary directories in memory, few inotify instances.
    let wrong = wrong.filter(|finding| finding["name"] != "file-system" && finding["subject"] != "inotify");
    let wrong = wrong.filter(|finding| finding["subject"] != "watch");
    let text = who.configctl(file, &[&["doctor"], arguments].concat());
    let well = all.iter().filter(|finding| finding["severity"] == "ok").count();
    assert_eq!(text.out.lines().filter(|line| line.starts_with("ok ")).count(), well);
    for finding in wrong.clone() {
        let message = finding["message"].as_str().expect("a message");
        assert!(text.out.contains(message), "{message}\nnot in\n{}", text.out);
    }
    (done.code, wrong.map(|finding| finding["name"].as_str().expect("a name").to_owned()).collect())
}

#[test]
fn a_place_where_all_is_well() {
    for who in personas() {
        assert_eq!(findings(*who, &who.place(&with_alias("fast")).file(), &[]), (0, Vec::new()), "{who:?}");
    }
}

#[test]
fn everything_that_can_be_wrong_is_found() {
    type Spoil = fn(&Place);
    let cases: &[(Spoil, i32, &[&str])] = &[
        (|place| place.chmod(0o644), 0, &["wide-mode"]),
        (|place| place.chmod(0o622), 5, &["writable", "not-read"]),
        (|place| chmod(place.directory(), 0o770), 0, &["group-writable-directory"]),
        (|place| chmod(place.directory(), 0o777), 5, &["writable-directory", "not-read"]),
        (
            |place| fs::hard_link(place.file(), place.directory().join("other")).expect("a link"),
            0,
            &["hard-links"],
        ),
        (|place| leave(place, ".config.json.0123456789abcdef.tmp", 0o600), 0, &["left"]),
        (|place| leave(place, "config.json.v1-0123456789ab.bak", 0o644), 0, &["wide-copy"]),
        (|place| leave(place, "config.json~", 0o640), 0, &["wide-copy"]),
        (|place| place.write("{"), 3, &["invalid"]),
        (|place| place.write(""), 3, &["invalid"]),
        (|place| place.write("{\"version\": 2}"), 3, &["invalid"]),
        (|place| place.write("{\"version\": 1, \"fetures\": {}}"), 0, &["warnings"]),
        (|place| place.remove(), 1, &["missing"]),
        (
            |place| {
                place.remove();
                fs::create_dir(place.file()).expect("a directory");
            },
            5,
            &["not-regular", "not-read"],
        ),
    ];
    for who in personas() {
        for (index, (spoil, code, names)) in cases.iter().enumerate() {
            let place = who.place(&with_alias("fast"));
            spoil(&place);
            let found = findings(*who, &place.file(), &[]);
            assert_eq!(
                found,
                (*code, names.iter().map(ToString::to_string).collect()),
                "{who:?}, case {index}"
            );
        }
    }
}

/// A file beside the config.
pub(crate) fn leave(place: &Place, name: &str, mode: u32) {
    let path = place.directory().join(name);
    fs::File::create_new(&path).expect("a file");
    chmod(&path, mode);
    if acceptance::system::is_root() {
        // The owner of the config's, as an interrupted save leaves it.
        let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(place.file()).expect("the config"));
        give(&path, owner);
    }
}

#[test]
fn the_holder_of_the_lock_is_named() {
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        assert_eq!(who.configctl(&place.file(), &["set", "/features/debug", "true"]).code, 0);
        if !possible("flock", &["flock", "--version"]) {
            return;
        }
        let lock = place.directory().join(".config.json.lock");
        // It is `cat` that holds the lock: it has the descriptor.
        let mut holder = Command::new("flock");
        holder.arg("--no-fork").arg(&lock).arg("cat").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = holder.spawn().expect("flock");
        acceptance::time::eventually("the lock is held", || {
            let done = who.configctl(&place.file(), &["doctor"]);
            done.out.contains(&format!("held by pid {} (cat)", holder.id())).then_some(())
        });
        drop(holder.stdin.take());
        holder.wait().expect("its end");
    }
}

#[test]
fn a_file_system_in_memory_is_told() {
    let namespace = ["unshare", "--user", "--map-root-user", "--mount"];
    let script = "mount -t tmpfs -o mode=700 tmpfs /mnt && \"$0\" --file /mnt/config.json init && exec \"$0\" --file /mnt/config.json doctor";
    if !possible("mount namespaces", &[&namespace[..], &["sh", "-c", "mount -t tmpfs tmpfs /mnt"]].concat()) {
        return;
    }
    let mut inside = command(&[&namespace[..], &["sh", "-c", script]].concat());
    inside.arg(acceptance::programs::program("configctl").get_program());
    let done = run(inside);
    assert!(done.code == 0 && done.out.contains("tmpfs: it is in memory"), "{done:?}");
}

#[test]
fn limits_of_the_kernel_are_told() {
    let place = Persona::Own.place(&with_alias("fast"));
    let namespace = ["unshare", "--user", "--map-root-user"];
    let script = "echo 0 > /proc/sys/user/max_inotify_instances && exec \"$0\" --file \"$1\" doctor";
    if !possible("user namespaces", &[&namespace[..], &["true"]].concat()) {
        return;
    }
    let mut inside = command(&[&namespace[..], &["sh", "-c", script]].concat());
    inside.arg(acceptance::programs::program("configctl").get_program()).arg(place.file());
    let done = run(inside);
    assert!(
        done.code == 0 && done.out.contains("poll-only, so an edit is noticed within 400 ms"),
        "{done:?}"
    );
}
