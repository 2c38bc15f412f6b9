//! `peers`: malformed files, and which readers accept them; and well-formed ones, and which readers refuse them.
//!
//! Each peer reads the file as its own documentation shows it, into the structs that a developer would derive.

#[expect(clippy::expect_used, reason = "a mistake in the corpus is found by its own tests")]
#[path = "../../crates/config-model/tests/corpus/cases.rs"]
mod corpus;
mod readers;
mod schema;
mod table;
mod texts;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use self::readers::{Reader, Readers};
use self::table::{Row, Table};
use self::texts::{Class, malformed, wellformed};

/// What to show
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Names what each reader was wrong about
    #[arg(long)]
    verbose: bool,
    /// Writes the numbers there, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Fails when this workspace's own decoder is wrong about one.
pub(crate) fn run(options: &Options) -> Result<()> {
    let readers = Readers::new()?;
    let malformed = judge(&readers, malformed()?, false)?;
    let wellformed = judge(&readers, wellformed(), true)?;
    let table = Table { malformed, wellformed };
    print!("{table}");
    if options.verbose {
        print!("{}", table.examples());
    }
    if let Some(path) = &options.json {
        write_bytes(path, format!("{:#}\n", table.json()).as_bytes())?;
    }
    let wrong = table.wrongs(Reader::Ours);
    ensure!(wrong.is_empty(), "config-model was wrong about {}: {}", wrong.len(), wrong.join("; "));
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "every run writes its own files anew; none is a config that anybody uses"
)]
fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
}

/// Each file through each reader. It is wrong to accept one, or with `is_right` to refuse it.
fn judge(readers: &Readers, classes: Vec<Class>, is_right: bool) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for class in classes {
        let mut row = Row::new(&class);
        for text in &class.texts {
            readers.put(&text.bytes)?;
            for reader in Reader::ALL {
                if readers.accepts(reader, class.is_strict) != is_right {
                    row.wrong(reader, &text.name);
                }
            }
        }
        rows.push(row);
    }
    Ok(rows)
}
