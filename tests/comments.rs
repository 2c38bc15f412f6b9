//! A file that somebody laid out by hand, with comments where its name allows them: a save changes one value's bytes.

use std::fs;

use acceptance::configctl::{Watching, configctl, run};
use acceptance::gateway::Gateway;
use acceptance::place::Place;
use acceptance::programs::{has, program};
use acceptance::time::eventually;
use acceptance::vi::vi;

/// Two spaces here and four there, names set below each other, line ends of two systems.
const JSON: &str = "{ \"$schema\" : \"gateway.json\",\r\n   \"version\" : 1,\n\n   \"models\": {\n       \"fast\": { \"upstream\" : \"up-fast\",\n                 \"enabled\"  : true ,\n                 \"allowed_keys\": [ \"key-1\",\"key-2\" ] }\n   }, \"x-note\": 1.50e2\n}";

const JSONC: &str = "// The gateway of the third floor.
{
  \"version\": 1, // of the format

  /* Who may ask what.
     Reviewed in May. */
  \"models\": {
    // For everybody.
    \"fast\": {
      \"upstream\": \"up-fast\",
      \"enabled\": true, // since Monday
      \"allowed_keys\": [
        \"key-1\", // Alice
        \"key-2\", // Bob
        // \"key-3\", // Carol has left
      ],
    },
    // \"slow\": {\"upstream\": \"up-slow\", \"enabled\": true, \"allowed_keys\": []},
  },
}
";

/// The one place where two texts differ.
fn difference(before: &str, after: &str) -> String {
    let start = before.bytes().zip(after.bytes()).take_while(|(one, other)| one == other).count();
    let rest = before.len().min(after.len()) - start;
    let end =
        before.bytes().rev().zip(after.bytes().rev()).take(rest).take_while(|(one, other)| one == other);
    let end = end.count();
    let (old, new) = (&before[start..before.len() - end], &after[start..after.len() - end]);
    format!("bytes {start}..{}: {old:?} became {new:?}", start + old.len())
}

/// What `configctl ARGS` changes, and prints.
fn changed(place: &Place, args: &[&str]) -> (String, String) {
    let before = place.text();
    let done = configctl(&place.file(), args);
    assert_eq!(done.code, 0, "{}", done.err);
    (difference(&before, &place.text()), done.out)
}

#[test]
fn one_value_s_bytes_change_and_no_others() {
    let place = Place::with(JSON);
    let (bytes, said) = changed(&place, &["set", "/models/fast/upstream", "gpt-5"]);
    assert_eq!(bytes, "bytes 96..103: \"up-fast\" became \"gpt-5\"");
    assert!(said.starts_with("~ /models/fast/upstream: \"up-fast\" -> \"gpt-5\"\n"), "{said}");
    assert_eq!(place.text(), JSON.replace("up-fast", "gpt-5"));

    let place = Place::named("config.jsonc", JSONC);
    let (bytes, said) = changed(&place, &["set", "/models/fast/upstream", "gpt-5"]);
    assert_eq!(bytes, "bytes 188..195: \"up-fast\" became \"gpt-5\"");
    assert!(said.starts_with("~ /models/fast/upstream: \"up-fast\" -> \"gpt-5\"\n"), "{said}");
    assert_eq!(place.text(), JSONC.replace("up-fast", "gpt-5"));
}

#[test]
fn what_is_added_and_removed_leaves_every_other_byte() {
    let place = Place::named("config.jsonc", JSONC);
    changed(&place, &["set", "/models/fast/allowed_keys/-", "key-4"]);
    assert_eq!(place.text(), JSONC.replace("// Bob\n", "// Bob\n        \"key-4\",\n"));
    changed(&place, &["unset", "/models/fast/allowed_keys/2"]);
    assert_eq!(place.text(), JSONC);
    // Who is gone is not to be found beside another one's key.
    changed(&place, &["unset", "/models/fast/allowed_keys/0"]);
    assert_eq!(place.text(), JSONC.replace("        \"key-1\", // Alice\n", ""));
}

#[test]
fn a_commented_file_is_served_edited_and_saved() {
    let place = Place::named("config.jsonc", JSONC);
    let gateway = Gateway::start(&place.file());
    let (watching, _) = Watching::start(&place.file());
    assert_eq!(gateway.ask("fast", Some("key-2")).status, 200);
    let (bytes, _) = changed(&place, &["set", "/models/fast/enabled", "false"]);
    assert_eq!(bytes, "bytes 215..218: \"tru\" became \"fals\"");
    assert_eq!(watching.next()["event"], "accepted");
    eventually("it is served", || (gateway.ask("fast", Some("key-2")).status != 200).then_some(()));
    if has("vi") {
        vi(
            &place.file(),
            "since Monday",
            ":%s/false, .. since Monday/true, \\/* again *\\/ \\/\\/ since Friday/\r:wq\r",
        );
        eventually("vi's save is served", || {
            (gateway.ask("fast", Some("key-2")).status == 200).then_some(())
        });
        assert_eq!(watching.next()["event"], "accepted");
        let edited = JSONC.replace("true, // since Monday", "true, /* again */ // since Friday");
        assert_eq!(place.text(), edited);
        changed(&place, &["set", "/models/fast/enabled", "false"]);
        assert_eq!(place.text(), edited.replace("true, /*", "false, /*"));
    }
    let before = place.text();
    let status = configctl(&place.file(), &["status", "--json"]).out;
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    changed(&place, &["unset", "/models/fast"]);
    let back = configctl(&place.file(), &["rollback", status["revision"].as_str().expect("a revision")]);
    assert_eq!((back.code, place.text()), (0, before), "{}", back.err);
    for command in [
        &["validate"][..],
        &["show"],
        &["status"],
        &["get", "/models/fast/enabled"],
        &["history"],
        &["diff"],
        &["doctor"],
    ] {
        assert_eq!(configctl(&place.file(), command).code, 0, "{command:?}");
    }
}

#[test]
fn a_comment_in_json_is_refused_and_the_help_says_what_to_do() {
    let place = Place::with(JSONC);
    let refused = configctl(&place.file(), &["set", "/models/fast/enabled", "false"]);
    assert_eq!((refused.code, place.text().as_str()), (3, JSONC));
    let help = "only a file whose name ends in .jsonc may have comments: rename it, and open it by that name";
    assert!(refused.err.contains("JSON has no comments") && refused.err.contains(help), "{}", refused.err);
    // Which helps.
    let renamed = place.directory().join("config.jsonc");
    Place::rename(&place.file(), &renamed);
    assert_eq!(configctl(&renamed, &["set", "/models/fast/enabled", "false"]).code, 0);
    assert_eq!(
        fs::read_to_string(&renamed).expect("the file"),
        JSONC.replace("true, // since", "false, // since")
    );
}

#[test]
fn standard_input_is_read_as_the_file_would_be() {
    for (name, code) in [("config.json", 3), ("config.jsonc", 0)] {
        let place = Place::named(name, "{\"version\": 1}");
        let other = place.directory().join("other.jsonc");
        Place::rename(&Place::named("other.jsonc", JSONC).file(), &other);
        let mut piped = std::process::Command::new("sh");
        piped.args(["-c", "\"$0\" --file \"$1\" validate - < \"$2\""]);
        piped.arg(program("configctl").get_program()).arg(place.file()).arg(&other);
        let piped = run(piped);
        assert_eq!(piped.code, code, "{name}: {}", piped.err);
        // A file that is named has the syntax of its own name.
        assert_eq!(configctl(&place.file(), &["validate", &other.to_string_lossy()]).code, 0);
    }
    // What is typed as a value is strict JSON in either.
    let place = Place::named("config.jsonc", JSONC);
    assert_eq!(configctl(&place.file(), &["set", "/models/fast/allowed_keys", "[\"a\", /* b */]"]).code, 3);
    assert_eq!(place.text(), JSONC);
}
