//! Who was wrong about how many.

use std::fmt;

use serde_json::{Map, Value, json};

use super::readers::Reader;
use super::texts::Class;

/// Examples of each reader's mistakes that are named for each class.
const EXAMPLES: usize = 3;

/// One class of files.
pub(crate) struct Row {
    class: String,
    cases: usize,
    wrong: Vec<(Reader, String)>,
}

impl Row {
    pub(crate) fn new(class: &Class) -> Self {
        Self { class: class.name.clone(), cases: class.texts.len(), wrong: Vec::new() }
    }

    pub(crate) fn wrong(&mut self, reader: Reader, name: &str) {
        self.wrong.push((reader, name.to_owned()));
    }

    fn wrongs(&self, reader: Reader) -> impl Iterator<Item = &str> {
        self.wrong.iter().filter(move |(who, _)| *who == reader).map(|(_, name)| name.as_str())
    }

    fn json(&self) -> Value {
        let counts = Reader::ALL.map(|reader| (reader.name().to_owned(), self.wrongs(reader).count().into()));
        json!({"class": self.class, "cases": self.cases, "wrong": Map::from_iter(counts)})
    }
}

/// Both halves.
pub(crate) struct Table {
    pub(crate) malformed: Vec<Row>,
    pub(crate) wellformed: Vec<Row>,
}

impl Table {
    /// What `reader` was wrong about.
    pub(crate) fn wrongs(&self, reader: Reader) -> Vec<String> {
        let rows = self.malformed.iter().chain(&self.wellformed);
        rows.flat_map(|row| row.wrongs(reader).map(|name| format!("{} ({name})", row.class))).collect()
    }

    /// Some of each reader's mistakes.
    pub(crate) fn examples(&self) -> String {
        let mut text = String::new();
        for (what, rows) in [("accepts", &self.malformed), ("refuses", &self.wellformed)] {
            for reader in Reader::ALL {
                for row in rows {
                    let names: Vec<&str> = row.wrongs(reader).take(EXAMPLES).collect();
                    if !names.is_empty() {
                        text += &format!("{} {what} of {}: {}\n", reader.name(), row.class, names.join("; "));
                    }
                }
            }
        }
        text
    }

    pub(crate) fn json(&self) -> Value {
        let rows = |rows: &[Row]| rows.iter().map(Row::json).collect::<Vec<_>>();
        json!({"malformed": rows(&self.malformed), "wellformed": rows(&self.wellformed)})
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        half(f, "malformed: accepted", &self.malformed)?;
        writeln!(f)?;
        half(f, "well-formed: refused", &self.wellformed)
    }
}

fn half(f: &mut fmt::Formatter<'_>, title: &str, rows: &[Row]) -> fmt::Result {
    let width = rows.iter().map(|row| row.class.chars().count()).max().unwrap_or_default();
    write!(f, "{title:width$}  {:>5}", "cases")?;
    Reader::ALL.iter().try_for_each(|reader| write!(f, "  {:>14}", reader.name()))?;
    writeln!(f)?;
    let mut line = |name: &str, cases: usize, count: &dyn Fn(Reader) -> usize| {
        write!(f, "{name:width$}  {cases:>5}")?;
        Reader::ALL.iter().try_for_each(|reader| write!(f, "  {:>14}", count(*reader)))?;
        writeln!(f)
    };
    for row in rows {
        line(&row.class, row.cases, &|reader| row.wrongs(reader).count())?;
    }
    let total = |reader| rows.iter().map(|row| row.wrongs(reader).count()).sum();
    line("all", rows.iter().map(|row| row.cases).sum(), &total)
}
