//! What is no regular file, or more than can be read: an error within moments, and nothing waited for.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use acceptance::configctl::Outcome;
use acceptance::persona::{Persona, chmod, personas};
use acceptance::place::{Place, with_alias};
use acceptance::stopwatch::Stopwatch;
use acceptance::system::{possible, shell};

use crate::support::{COMMANDS, REFUSED, rejected, watching};

/// A command that comes back by itself, within the second that the policy asks for (and some for a loaded machine).
fn soon(who: Persona, file: &Path, command: &[&str]) -> Outcome {
    let clock = Stopwatch::start();
    let done = who.configctl(file, command);
    assert!(clock.elapsed() < Duration::from_secs(5), "{command:?} took {:?}", clock.elapsed());
    done
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    for who in personas() {
        let place = who.place("");
        let at = |name: &str| place.directory().join(name);
        shell(place.directory(), "mkfifo fifo; chmod 600 fifo");
        fs::create_dir(at("directory")).expect("a directory");
        let _socket = UnixListener::bind(at("socket")).expect("a socket");
        symlink("/dev/zero", at("device")).expect("a link");
        for (name, kind) in [
            ("fifo", "a FIFO"),
            ("directory", "a directory"),
            ("socket", "a socket"),
            ("device", "a character device"),
        ] {
            if name != "device" {
                who.owns(&at(name));
            }
            for command in COMMANDS {
                let done = soon(*who, &at(name), command);
                assert_eq!(done.code, REFUSED, "{name} {command:?}: {done:?}");
                assert!(
                    done.err.contains(&format!("is {kind}, not a regular file")),
                    "{name} {command:?}: {done:?}"
                );
            }
        }
    }
}

/// What a shell makes of `<(command)`, and `/dev/stdin` in a pipe: a link of the kernel's, whose text names nothing.
#[test]
fn a_pipe_by_a_descriptor_s_name_is_told_for_what_it_is() {
    for path in ["/dev/stdin", "/proc/self/fd/0"] {
        let mut configctl = acceptance::programs::program("configctl");
        configctl.args(["validate", path]).stdin(std::process::Stdio::piped());
        let done = acceptance::configctl::run(configctl);
        assert_eq!(done.code, REFUSED, "{done:?}");
        assert!(done.err.contains("is a FIFO, not a regular file"), "{done:?}");
    }
}

#[test]
fn a_fifo_in_place_of_a_served_file_is_reported_and_not_waited_for() {
    for who in personas() {
        let place = who.place(&with_alias("good"));
        let watching = watching(*who, &place.file());
        let fifo = place.directory().join("fifo");
        shell(place.directory(), "mkfifo -m 600 fifo");
        who.owns(&fifo);
        Place::rename(&fifo, &place.file());
        let said = rejected(&watching);
        assert!(said.contains("is a FIFO"), "{said}");
    }
}

#[test]
fn more_than_the_limit_is_an_error_and_is_not_read() {
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        let size = place.text().len();
        assert_eq!(who.configctl(&place.file(), &["--max-bytes", &size.to_string(), "show"]).code, 0);
        let limit = (size - 1).to_string();
        for command in COMMANDS {
            let limited = [&["--max-bytes", limit.as_str()][..], command].concat();
            let done = who.configctl(&place.file(), &limited);
            assert_eq!(done.code, 1, "{command:?}: {done:?}");
            assert!(done.err.contains(&format!("is larger than {} bytes", size - 1)), "{done:?}");
        }
        // A claim of a tebibyte, of which nothing is there.
        let sparse = place.directory().join("sparse.json");
        File::create_new(&sparse).and_then(|file| file.set_len(1 << 40)).expect("a sparse file");
        chmod(&sparse, 0o600);
        who.owns(&sparse);
        let done = soon(*who, &sparse, &["validate"]);
        assert!(done.code == 1 && done.err.contains("is larger than 67108864 bytes"), "{done:?}");
        // Standard input claims nothing, and ends in the same way.
        let mut zeros = who.program("configctl");
        zeros.args(["validate", "-"]).stdin(File::open("/dev/zero").expect("zeros"));
        let done = acceptance::configctl::run(zeros);
        assert!(done.code == 1 && done.err.contains("is larger than 67108864 bytes"), "{done:?}");
    }
}

/// A limit that is more than there is memory: an error all the same, and no abort.
#[test]
fn memory_that_runs_out_is_an_error() {
    if !possible("prlimit", &["prlimit", "--as=1000000000", "true"]) {
        return;
    }
    let place = Place::empty();
    File::create_new(place.file()).and_then(|file| file.set_len(3 << 30)).expect("a sparse file");
    place.chmod(0o600);
    let configctl = acceptance::programs::program("configctl");
    let mut limited = acceptance::system::command(&["prlimit", "--as=300000000"]);
    limited.arg(configctl.get_program()).arg("--file").arg(place.file()).args([
        "--max-bytes",
        "1000000000000000",
        "validate",
    ]);
    let done = acceptance::configctl::run(limited);
    assert!(done.code == 1 && done.err.contains("make the file smaller"), "{done:?}");
}
