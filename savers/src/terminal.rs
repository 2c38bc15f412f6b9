//! An editor on a terminal of its own.

use std::io::{Read, Write as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::scene;
use crate::style::Typed;

/// Longer than any editor here takes for one thing, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens the file, types, and waits for the editor's end.
pub(crate) fn edit(typed: &Typed, root: &Path, old: u64, new: u64) -> Result<()> {
    let fill = |text: &str| {
        let text = text.replace("$SETTINGS", typed.settings);
        text.replace("$OLD", &old.to_string()).replace("$N", &new.to_string())
    };
    let pty =
        native_pty_system().openpty(PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 })?;
    let mut command = CommandBuilder::new(typed.program);
    command.args(typed.arguments.iter().map(|argument| fill(argument)));
    command.cwd(root);
    for (name, value) in scene::surroundings(root) {
        command.env(name, value);
    }
    // A terminal that answers no questions.
    command.env("TERM", "vt100");
    let mut editor = pty.slave.spawn_command(command)?;
    drop(pty.slave);
    let mut screen = Screen::of(pty.master.try_clone_reader()?);
    let mut keyboard = pty.master.take_writer()?;
    let mut type_all = || -> Result<()> {
        for (shown, keys) in typed.steps {
            let shown = fill(shown);
            screen.wait_for(&shown)?;
            keyboard.write_all(fill(keys).as_bytes())?;
            keyboard.flush()?;
        }
        screen.wait_for_end()
    };
    if let Err(error) = type_all() {
        editor.kill().context("ending the editor")?;
        editor.wait()?;
        return Err(error).context(typed.program);
    }
    let status = editor.wait()?;
    ensure!(status.success(), "{} ended with {status}", typed.program);
    Ok(())
}

/// What is written to the terminal. Somebody has to read all of it, or the editor waits.
struct Screen {
    parts: Receiver<Vec<u8>>,
    /// Since what was waited for last.
    recent: String,
}

impl Screen {
    fn of(mut reader: Box<dyn Read + Send>) -> Self {
        let (send, parts) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if send.send(buffer.get(..count).unwrap_or_default().to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { parts, recent: String::new() }
    }

    fn wait_for(&mut self, shown: &str) -> Result<()> {
        while !self.recent.contains(shown) {
            match self.parts.recv_timeout(PATIENCE) {
                Ok(part) => self.recent.push_str(&String::from_utf8_lossy(&part)),
                Err(_) => bail!("it never showed {shown:?}, but {:?}", self.recent),
            }
        }
        self.recent.clear();
        Ok(())
    }

    /// The end of what it writes is its own.
    fn wait_for_end(&mut self) -> Result<()> {
        loop {
            match self.parts.recv_timeout(PATIENCE) {
                Ok(part) => self.recent.push_str(&String::from_utf8_lossy(&part)),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => bail!("it does not end, and shows {:?}", self.recent),
            }
        }
    }
}
