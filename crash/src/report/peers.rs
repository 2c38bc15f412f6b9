//! One table of what each way of saving came to in each tool.

use serde_json::Value;

const WRITERS: [&str; 3] = ["store", "atomic-write-file", "tempfile-persist"];
const FILE_SYSTEMS: [&str; 3] = ["ext4", "xfs", "btrfs"];

/// In Markdown: a line for each thing that was counted, a column for each writer.
pub(super) fn table(stress: &Value, faults: &Value, powercut: &Value) -> String {
    let mut table =
        format!("| | {} |\n|---|---|---|---|\n", WRITERS.map(|name| format!("`{name}`")).join(" | "));
    let mut line = |what: &str, cell: &dyn Fn(&str) -> String| {
        table += &format!("| {what} | {} |\n", WRITERS.map(cell).join(" | "));
    };
    line("stress: acknowledged updates that are not in the file", &|writer| {
        of(stress, "writer", writer, "lost", "acknowledged")
    });
    line("stress: readings that were no whole document", &|writer| {
        of(stress, "writer", writer, "partial", "reads")
    });
    line("stress: temporary files that stayed, after one more start where the writer has such", &|writer| {
        one(stress, "writer", writer, "left_over")
    });
    line("faults: another content than the exit code said", &|writer| {
        of(faults, "name", writer, "wrong_outcome", "combinations")
    });
    line("faults: neither the old content nor the new", &|writer| {
        of(faults, "name", writer, "partial", "combinations")
    });
    line("faults: a failed step called a success", &|writer| {
        of(faults, "name", writer, "denied", "combinations")
    });
    line("faults: a temporary file still there after the next save", &|writer| {
        of(faults, "name", writer, "leftovers", "combinations")
    });
    line("faults: content that others may read", &|writer| {
        of(faults, "name", writer, "wide", "combinations")
    });
    for fs in FILE_SYSTEMS {
        line(&format!("powercut, {fs}: acknowledged, and not there"), &|writer| {
            cut(powercut, fs, writer, &["lost"])
        });
        line(&format!("powercut, {fs}: an empty, mixed or missing file"), &|writer| {
            cut(powercut, fs, writer, &["empty", "partial", "missing"])
        });
        line(&format!("powercut, {fs}: a temporary file still there after the next save"), &|writer| {
            cut(powercut, fs, writer, &["leftover"])
        });
    }
    table
}

/// The row of a writer among the peers of a tool.
fn row<'a>(numbers: &'a Value, key: &str, writer: &str) -> Option<&'a Value> {
    numbers
        .get("peers")?
        .as_array()?
        .iter()
        .find(|row| row.get(key).and_then(Value::as_str).is_some_and(|name| name == writer))
}

fn one(numbers: &Value, key: &str, writer: &str, what: &str) -> String {
    let found = row(numbers, key, writer).and_then(|row| row.get(what));
    found.map_or_else(|| "?".to_owned(), Value::to_string)
}

fn of(numbers: &Value, key: &str, writer: &str, what: &str, all: &str) -> String {
    format!("{} of {}", one(numbers, key, writer, what), one(numbers, key, writer, all))
}

/// How many states of an update are bad in one of these ways.
fn cut(rows: &Value, fs: &str, writer: &str, ways: &[&str]) -> String {
    let is = |row: &&Value, key: &str, value: &str| row.get(key).and_then(Value::as_str) == Some(value);
    let row = rows
        .as_array()
        .into_iter()
        .flatten()
        .find(|row| is(row, "fs", fs) && is(row, "scenario", "update") && is(row, "writer", writer));
    let Some(row) = row else { return "?".to_owned() };
    let count = |way: &&str| row.pointer(&format!("/bad/{way}")).and_then(Value::as_u64).unwrap_or(0);
    format!(
        "{} of {}",
        ways.iter().map(count).sum::<u64>(),
        row.get("judged").map(Value::to_string).unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_known_is_not_made_up() {
        let stress = json!({"peers": [{"writer": "store", "lost": 0, "acknowledged": 12, "left_over": 0}]});
        let rows =
            json!([{"fs": "xfs", "scenario": "update", "writer": "store", "judged": 7, "bad": {"empty": 2}}]);
        let table = table(&stress, &Value::Null, &rows);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines[2],
            "| stress: acknowledged updates that are not in the file | 0 of 12 | ? of ? | ? of ? |"
        );
        assert!(
            lines.contains(&"| powercut, xfs: an empty, mixed or missing file | 2 of 7 | ? | ? |"),
            "{table}"
        );
    }
}
