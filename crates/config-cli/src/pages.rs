//! What is made of the command line itself: completions and manual pages. Neither needs a config file, or a place for one.

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;
use serde_json::{Value, json};

use crate::args::Args;
use crate::failure::{Exit, Failure};
use crate::output::{line, object, unless_gone};

pub(crate) fn completions(shell: Shell, json: bool) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "configctl", &mut script);
    let script = String::from_utf8_lossy(&script);
    print(json, &script, &json!({"shell": shell.to_string(), "script": script}))
}

/// The page of `configctl`, or of one of its commands.
pub(crate) fn man(name: Option<&str>, json: bool) -> Result<Exit, Failure> {
    let mut all = Args::command();
    all.build();
    let command = match name {
        None => all,
        Some(name) => {
            let names: Vec<_> = all.get_subcommands().map(|command| command.get_name().to_owned()).collect();
            let found = all.find_subcommand(name).cloned();
            let unknown = || Failure::new(Exit::Usage, format!("there is no command {name:?}"));
            found.ok_or_else(|| unknown().with_help(format!("there is: {}", names.join(" "))))?
        }
    };
    let title = name.map_or_else(|| "configctl".to_owned(), |name| format!("configctl-{name}"));
    let mut page = Vec::new();
    Man::new(command).title(title.to_uppercase()).render(&mut page)?;
    let page = String::from_utf8_lossy(&page);
    print(json, &page, &json!({"name": title, "page": page}))
}

/// As it is: nothing in it is a style.
fn print(is_json: bool, text: &str, json: &Value) -> Result<Exit, Failure> {
    unless_gone(if is_json { object(json) } else { line(text.trim_end()) })
}
