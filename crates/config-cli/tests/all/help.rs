//! What `--help` says.

use insta::assert_snapshot;

use crate::place::{Place, TEXT};

#[test]
fn help_names_every_command_and_exit_code() {
    assert_snapshot!(Place::with(TEXT).run(&["--help"]), @"
    exit status: 0
    Reads, checks, changes and watches the config file of a running service

    Usage: configctl [OPTIONS] <COMMAND>

    Commands:
      init         Write the first file; one that is there is left as it is
      path         Print where the file is
      show         Print the whole config, with the defaults that apply, secrets masked
      get          Print one value as JSON, as it is
      set          Change one value
      unset        Remove one value; a default applies where there is one
      edit         Open the file in $VISUAL or $EDITOR, as a private copy that is checked before it is
                   saved
      validate     Check a file and report every problem; `-` is standard input, read as the config file
                   is
      history      List what was accepted before: when, its revision, its size, why
      diff         Show what differs between two contents, secrets masked; without a name, from the one
                   before to the file
      rollback     Go back to what was accepted before, also when the file is broken; what it says is
                   kept
      watch        Show each accepted or rejected edit as it happens; writes the first file where there
                   is none
      status       Say what is on disk and whether it would be served
      doctor       Look at everything around the file that could be wrong, and say what mends it
      schema       Print a JSON Schema of the file, for editors and for whatever writes such files
      completions  Print a script that completes commands and options: for bash, zsh, fish, elvish or
                   PowerShell
      man          Print the manual page, of configctl or of one of its commands
      migrate      Bring a file of an older version up to the present one; a copy is kept beside it
      help         Print this message or the help of the given subcommand(s)

    Options:
      -f, --file <PATH>           The config file
          --json                  Print JSON for programs, errors too
          --strict                Unknown fields are errors, not warnings
          --color <WHEN>          When to write in colours: `auto` is on a terminal, unless `NO_COLOR`
                                  is set [possible values: auto, always, never]
          --expected-mode <MODE>  Accept a file with this mode or a narrower one without a warning, such
                                  as 0640; a save makes it 0600
          --allow-foreign-owner   Accept a file and directories that belong to another user than root
                                  and this one
          --max-bytes <BYTES>     The largest file that is read, in bytes
      -h, --help                  Print help
      -V, --version               Print version

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

    Each command's own --help has examples. RUST_LOG=debug logs what is saved and served.
    ");
}
