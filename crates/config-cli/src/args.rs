//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::color::Color;
use crate::examples;
use crate::history::is_revision;

const AFTER: &str = "\
Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  the config is, or would be, invalid
  4  it was changed meanwhile
  5  refused for what the file is, or who may change it
  6  the new content may be there, but is not known to be durable

The config file, unless --file names another:
  $XDG_DATA_HOME/copilot-api/config.json, or ~/.local/share/copilot-api/config.json
A file whose name ends in .jsonc may have comments, which stay; any other is strict JSON.

Each command's own --help has examples. RUST_LOG=debug logs what is saved and served.";

/// Reads, checks, changes and watches the config file of a running service.
#[derive(Debug, Parser)]
#[command(name = "configctl", version, after_help = AFTER)]
pub(crate) struct Args {
    /// The config file
    #[arg(long, short, global = true, value_name = "PATH")]
    pub(crate) file: Option<PathBuf>,

    /// Print JSON for programs, errors too
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Unknown fields are errors, not warnings
    #[arg(long, global = true)]
    pub(crate) strict: bool,

    /// When to write in colours: `auto` is on a terminal, unless `NO_COLOR` is set
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t, hide_default_value = true)]
    pub(crate) color: Color,

    #[command(flatten)]
    pub(crate) trust: Trust,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Whom and what to believe.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Trust {
    /// Accept a file with this mode or a narrower one without a warning, such as 0640; a save makes it 0600
    #[arg(long, global = true, value_name = "MODE", value_parser = mode)]
    pub(crate) expected_mode: Option<u32>,

    /// Accept a file and directories that belong to another user than root and this one
    #[arg(long, global = true)]
    pub(crate) allow_foreign_owner: bool,

    /// The largest file that is read, in bytes
    #[arg(long, global = true, value_name = "BYTES", default_value_t = config_model::DEFAULT_MAX_BYTES, hide_default_value = true)]
    pub(crate) max_bytes: usize,
}

/// Octal digits, as `chmod` takes them.
fn mode(text: &str) -> Result<u32, &'static str> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777);
    let mode = mode.ok_or("a mode has three octal digits, such as 0640")?;
    if mode & 0o022 != 0 {
        return Err("a file that group or others may write is never accepted");
    }
    Ok(mode)
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the first file; one that is there is left as it is
    #[command(after_help = examples::INIT)]
    Init {
        /// Leave out the JSON Schema beside it, which editors check and complete it by
        #[arg(long)]
        no_schema: bool,
    },
    /// Print where the file is
    #[command(after_help = examples::PATH)]
    Path,
    /// Print the whole config, with the defaults that apply, secrets masked
    #[command(after_help = examples::SHOW)]
    Show {
        /// Print secrets too
        #[arg(long)]
        reveal: bool,
    },
    /// Print one value as JSON, as it is
    #[command(after_help = examples::GET)]
    Get {
        /// Where, as a JSON pointer; "" is everything
        pointer: String,
    },
    /// Change one value
    #[command(after_help = examples::SET)]
    Set {
        /// Where, as a JSON pointer; the last name may be new, `-` appends to a list
        pointer: String,
        /// JSON; a bare word is a string
        #[arg(allow_hyphen_values = true)]
        value: String,
        /// Only if the file still has this revision
        #[arg(long, value_name = "REVISION")]
        if_revision: Option<config_store::Revision>,
    },
    /// Remove one value; a default applies where there is one
    #[command(after_help = examples::UNSET)]
    Unset {
        /// Where, as a JSON pointer
        pointer: String,
        /// Only if the file still has this revision
        #[arg(long, value_name = "REVISION")]
        if_revision: Option<config_store::Revision>,
    },
    /// Open the file in $VISUAL or $EDITOR, as a private copy that is checked before it is saved
    #[command(after_help = examples::EDIT)]
    Edit,
    /// Check a file and report every problem; `-` is standard input, read as the config file is
    #[command(after_help = examples::VALIDATE)]
    Validate {
        /// Another file than the config file
        input: Option<PathBuf>,
    },
    /// List what was accepted before: when, its revision, its size, why
    #[command(after_help = examples::HISTORY)]
    History,
    /// Show what differs between two contents, secrets masked; without a name, from the one before to the file
    #[command(after_help = examples::DIFF)]
    Diff {
        /// A revision that `history` lists, by its first digits, or another file
        #[arg(value_name = "REVISION|FILE")]
        from: Option<String>,
        /// The same, instead of the config file
        #[arg(value_name = "REVISION|FILE")]
        to: Option<String>,
    },
    /// Go back to what was accepted before, also when the file is broken; what it says is kept
    #[command(after_help = examples::ROLLBACK)]
    Rollback {
        /// A revision that `history` lists, by its first digits
        revision: String,
        /// Only if the file still has this revision
        #[arg(long, value_name = "REVISION")]
        if_revision: Option<config_store::Revision>,
    },
    /// Show each accepted or rejected edit as it happens; writes the first file where there is none
    #[command(after_help = examples::WATCH)]
    Watch,
    /// Say what is on disk and whether it would be served
    #[command(after_help = examples::STATUS)]
    Status,
    /// Look at everything around the file that could be wrong, and say what mends it
    #[command(after_help = examples::DOCTOR)]
    Doctor {
        /// Mend what is this user's own: modes, the file's directory, leftovers
        #[arg(long)]
        fix: bool,
    },
    /// Print a JSON Schema of the file, for editors and for whatever writes such files
    #[command(after_help = examples::SCHEMA)]
    Schema {
        /// Write it beside the config file, where `$schema` of a first file looks for it, in place of another version of it
        #[arg(long)]
        write: bool,
    },
    /// Print a script that completes commands and options: for bash, zsh, fish, elvish or PowerShell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of configctl or of one of its commands
    #[command(after_help = examples::MAN)]
    Man {
        /// The command
        command: Option<String>,
    },
    /// Bring a file of an older version up to the present one; a copy is kept beside it
    #[command(after_help = examples::MIGRATE)]
    Migrate,
}

impl Command {
    /// Is it to save something in the config file?
    pub(crate) fn saves(&self) -> bool {
        matches!(
            self,
            Self::Init { .. }
                | Self::Set { .. }
                | Self::Unset { .. }
                | Self::Edit
                | Self::Rollback { .. }
                | Self::Migrate
        )
    }

    /// Is it about the command line, the schema or other files alone?
    pub(crate) fn needs_no_file(&self) -> bool {
        match self {
            Self::Completions { .. } | Self::Man { .. } | Self::Schema { write: false } => true,
            Self::Validate { input } => input.is_some(),
            Self::Diff { from: Some(from), to: Some(to) } => !is_revision(from) && !is_revision(to),
            _ => false,
        }
    }
}
