//! The real `vi`, and any other program, on a terminal of its own.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::time::eventually;

/// Opens `file` in `vi`, waits until it shows `shown`, types `keys`, and waits for its end.
pub fn vi(file: &Path, shown: &str, keys: &str) {
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pty = native_pty_system().openpty(size).expect("a terminal");
    let mut command = CommandBuilder::new("vi");
    let directory = file.parent().expect("a directory");
    command.arg(file);
    command.cwd(directory);
    // A terminal that answers no questions, and no settings of whoever runs the test.
    command.env("TERM", "vt100");
    command.env("HOME", directory.join("home"));
    let mut editor = pty.slave.spawn_command(command).expect("vi starts");
    drop(pty.slave);
    let screen = record(pty.master.try_clone_reader().expect("its screen"));
    let is_shown = || screen.lock().is_ok_and(|screen| screen.contains(shown)).then_some(());
    eventually("vi shows the file", is_shown);
    let mut keyboard = pty.master.take_writer().expect("its keyboard");
    keyboard.write_all(keys.as_bytes()).expect("keys");
    keyboard.flush().expect("keys");
    assert!(editor.wait().expect("vi's end").success(), "vi failed");
}

/// What this command prints on a terminal, run to its end.
pub fn on_terminal(program: &Path, arguments: &[&str]) -> String {
    let size = PtySize { rows: 40, cols: 500, pixel_width: 0, pixel_height: 0 };
    let pty = native_pty_system().openpty(size).expect("a terminal");
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    let mut child = pty.slave.spawn_command(command).expect("the program starts");
    drop(pty.slave);
    let mut printed = Vec::new();
    // The kernel ends it with EIO, once nobody has the terminal open any more.
    pty.master.try_clone_reader().expect("its screen").read_to_end(&mut printed).ok();
    child.wait().expect("its end");
    String::from_utf8_lossy(&printed).replace("\r\n", "\n")
}

/// All that is written to the terminal. Somebody has to read it, or the editor waits.
fn record(mut reader: Box<dyn std::io::Read + Send>) -> Arc<Mutex<String>> {
    let screen = Arc::new(Mutex::new(String::new()));
    let written = Arc::clone(&screen);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            let text = String::from_utf8_lossy(buffer.get(..count).unwrap_or_default()).into_owned();
            written.lock().expect("no panic while recording").push_str(&text);
        }
    });
    screen
}
