//! The real `vi`, and any other program, on a terminal of its own.

use std::io::{Read as _, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::time::eventually;

/// A program on a terminal of its own: what it shows is waited for, and keys are typed.
pub struct Terminal {
    program: Box<dyn Child + Send + Sync>,
    screen: Arc<Mutex<String>>,
    keyboard: Box<dyn Write + Send>,
    /// Its side of the terminal, which is there for as long as this is.
    _master: Box<dyn MasterPty + Send>,
    /// How much of the screen was waited for already.
    seen: usize,
}

impl Terminal {
    /// Starts it. The terminal answers no questions.
    pub fn start(mut command: CommandBuilder) -> Self {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).expect("a terminal");
        command.env("TERM", "vt100");
        let program = pty.slave.spawn_command(command).expect("the program starts");
        drop(pty.slave);
        let screen = record(pty.master.try_clone_reader().expect("its screen"));
        let keyboard = pty.master.take_writer().expect("its keyboard");
        Self { program, screen, keyboard, _master: pty.master, seen: 0 }
    }

    /// Waits until it shows this, after what was waited for before.
    pub fn until(&mut self, shown: &str) {
        let find = || {
            let screen = self.screen.lock().ok()?;
            let at = screen.get(self.seen..)?.find(shown)?;
            Some(self.seen + at + shown.len())
        };
        self.seen = eventually(&format!("the terminal shows {shown:?}"), find);
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("keys");
        self.keyboard.flush().expect("keys");
    }

    /// All that was shown until now.
    pub fn shown(&self) -> String {
        self.screen.lock().expect("no panic while recording").replace("\r\n", "\n")
    }

    /// Waits for its end: the exit code.
    pub fn ended(&mut self) -> u32 {
        self.program.wait().expect("its end").exit_code()
    }
}

/// Opens `file` in `vi`, waits until it shows `shown`, types `keys`, and waits for its end.
pub fn vi(file: &Path, shown: &str, keys: &str) {
    let mut command = CommandBuilder::new("vi");
    let directory = file.parent().expect("a directory");
    command.arg(file);
    command.cwd(directory);
    // No settings of whoever runs the test.
    command.env("HOME", directory.join("home"));
    let mut vi = Terminal::start(command);
    vi.until(shown);
    vi.keys(keys);
    assert_eq!(vi.ended(), 0, "vi failed");
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
