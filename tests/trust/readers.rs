//! Other users who would like to read the keys, while the file is saved over and over.

use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use acceptance::configctl::run;
use acceptance::persona::{Persona, STRANGER, can_give, chmod, personas};
use acceptance::place::Place;
use acceptance::programs::program;
use acceptance::system::{possible, shell};

const KEY: &str = "sk-sentinel-4711";

/// A directory that everybody may look into, with the config file, and a copy of `configctl` that a shell can start.
fn open_place(who: Persona) -> Place {
    let text = format!(
        r#"{{"version": 1, "models": {{"m": {{"upstream": "u", "enabled": true, "allowed_keys": ["{KEY}"]}}}}}}"#
    );
    let place = who.place(&text);
    chmod(place.directory(), 0o755);
    shell(place.directory(), &format!("cp {} configctl", program("configctl").get_program().display()));
    place
}

/// Saves as them, under this umask.
fn save(who: Persona, place: &Place, umask: &str, round: usize) {
    let script = format!("umask {umask}; exec \"$0\" --file \"$1\" set /retention/events_days {round}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).arg(place.directory().join("configctl")).arg(place.file());
    who.become_in(&mut shell);
    let done = run(shell);
    assert_eq!((done.code, place.mode()), (0, 0o600), "umask {umask}: {done:?}");
}

/// Another user, who reads whatever is there as fast as they can, until they are told to end.
struct Stranger {
    shell: Child,
    stop: PathBuf,
}

impl Stranger {
    fn at(place: &Place) -> Self {
        let script = "cd \"$1\" || exit 9; echo ready; while ! [ -e stop ]; \
            do cat .config.json.*.tmp .config.json.lock config.json* 2>/dev/null; done";
        let mut stranger = Command::new("sh");
        stranger.args(["-c", script, "sh"]).arg(place.directory()).uid(STRANGER).gid(STRANGER);
        let shell = stranger.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("a shell");
        let mut stranger = Self { shell, stop: place.directory().join("stop") };
        let mut ready = [0; 6];
        stranger.read(&mut ready);
        assert_eq!(&ready, b"ready\n");
        stranger
    }

    fn read(&mut self, into: &mut [u8]) {
        self.shell.stdout.as_mut().expect("its output").read_exact(into).expect("something to read");
    }

    /// Waits until they have read this, which there is to read.
    fn until(mut self, text: &str) -> Self {
        let mut got = Vec::new();
        while !got.ends_with(text.as_bytes()) {
            let mut byte = [0];
            self.read(&mut byte);
            got.extend(byte);
        }
        self
    }

    /// All that they could read.
    fn got(mut self) -> String {
        std::fs::File::create_new(&self.stop).expect("a file");
        let mut got = String::new();
        self.shell.stdout.take().expect("its output").read_to_string(&mut got).expect("UTF-8");
        self.shell.wait().expect("its end");
        got
    }
}

#[test]
fn another_user_never_sees_a_key_whatever_the_umask() {
    if !can_give() {
        return;
    }
    for who in personas() {
        let place = open_place(*who);
        place.chmod(0o644);
        // A stranger who sees nothing where there is something would show nothing.
        let stranger = Stranger::at(&place).until(KEY);
        stranger.got();
        std::fs::remove_file(place.directory().join("stop")).expect("a file");
        // Until the first save. From then on there is nothing to see.
        save(*who, &place, "0000", 1);
        let stranger = Stranger::at(&place);
        for (round, umask) in ["0000", "0022", "0777", "0077"].iter().cycle().take(60).enumerate() {
            save(*who, &place, umask, round);
        }
        assert_eq!(stranger.got(), "", "{who:?}");
    }
}

/// A default access control list gives every new file in the directory to the other user.
#[test]
fn nor_with_a_default_access_control_list() {
    if !can_give() || !possible("setfacl", &["setfacl", "--version"]) {
        return;
    }
    let place = open_place(Persona::Own);
    shell(place.directory(), &format!("setfacl -d -m u:{STRANGER}:rw ."));
    shell(place.directory(), "echo control > config.json.control; chmod 660 config.json.control");
    let stranger = Stranger::at(&place).until("control\n");
    stranger.got();
    shell(place.directory(), "rm stop config.json.control");
    let stranger = Stranger::at(&place);
    for round in 0..40 {
        save(Persona::Own, &place, "0000", round);
    }
    assert_eq!(stranger.got(), "");
}
