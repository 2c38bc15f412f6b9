//! A service that is set up as the guide says works without a warning.

use std::os::unix::fs::symlink;
use std::process::Command;

use acceptance::configctl::configctl;
use acceptance::logged::Logged;
use acceptance::page::sections;
use acceptance::place::{Place, with_alias};
use acceptance::programs::program;
use acceptance::system::{command, kill, possible, shell};
use acceptance::time::{LONG, eventually};

const AXUM: &str = include_str!("../../docs/guide/axum.md");
const CONTAINERS: &str = include_str!("../../docs/guide/containers.md");
const KUBERNETES: &str = include_str!("../../docs/guide/kubernetes.md");
const METRICS: &str = include_str!("../../docs/guide/metrics.md");
const SYSTEMD: &str = include_str!("../../docs/guide/systemd.md");

/// The blocks of a page in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let found = sections(page).into_iter().flat_map(|section| section.blocks);
    let found: Vec<_> = found.filter(|(of, _)| *of == language).map(|(_, text)| text).collect();
    assert!(!found.is_empty(), "no block of {language}");
    found
}

/// What comes after this on a line of its own.
fn after<'t>(text: &'t str, key: &str) -> &'t str {
    let found = text.lines().find_map(|line| line.trim_start().strip_prefix(key));
    found.unwrap_or_else(|| panic!("no {key}: {text}")).trim()
}

/// A list of words, which is the same in YAML, in a Dockerfile and in JSON.
fn words(list: &str) -> Vec<String> {
    serde_json::from_str(list).unwrap_or_else(|error| panic!("{list}: {error}"))
}

/// A gateway with these arguments of a manifest, but on a port that is free and with the file of `place`.
fn gateway(arguments: &[String], place: &Place) -> Logged {
    let mut gateway = program("gateway");
    let mut options = arguments.chunks(2);
    assert!(options.clone().any(|option| option[0] == "--config" && option[1].ends_with("/config.json")));
    gateway
        .args(options.by_ref().filter(|option| option[0] != "--config" && option[0] != "--listen").flatten());
    Logged::spawn(gateway, &place.file())
}

fn without_a_warning(gateway: &Logged) {
    // A warning would have come before the first answer.
    assert_eq!(gateway.health()["warnings"], serde_json::json!([]));
    assert_eq!(gateway.logged("WARN"), [""; 0]);
}

#[test]
fn the_manifest_of_a_crate_has_features_that_there_are() {
    let manifest: toml::Table = blocks(AXUM, "toml")[0].parse().expect("TOML");
    let workspace: toml::Table = include_str!("../../Cargo.toml").parse().expect("TOML");
    let version = workspace["workspace"]["package"]["version"].as_str().expect("a version");
    let store: toml::Table = include_str!("../../crates/config-store/Cargo.toml").parse().expect("TOML");
    let tower: toml::Table = include_str!("../../crates/config-tower/Cargo.toml").parse().expect("TOML");
    let dependencies = manifest["dependencies"].as_table().expect("a table");
    for (name, dependency) in dependencies.iter().filter(|(name, _)| name.starts_with("config-")) {
        let wanted = dependency.get("version").unwrap_or(dependency).as_str().expect("a version");
        assert!(version.starts_with(wanted), "{name}");
        let features =
            dependency.get("features").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let manifest = if name == "config-store" { &store } else { &tower };
        for feature in features {
            assert!(
                manifest["features"].get(feature.as_str().expect("a name")).is_some(),
                "{name}: {feature}"
            );
        }
    }
}

/// As a kubelet mounts it: a link to a link to a directory, all files of the default mode.
#[test]
fn a_pod_reads_its_secret() {
    let manifest = &blocks(KUBERNETES, "yaml")[0];
    let mode = after(manifest, "defaultMode:");
    let arguments = words(after(manifest, "args:"));
    assert!(arguments.contains(&mode.to_owned()), "{arguments:?}");
    let place = Place::empty();
    let put = |name: &str, alias: &str| {
        shell(
            place.directory(),
            &format!("mkdir {name} && cat > {name}/config.json <<'END'\n{}END", with_alias(alias)),
        );
        shell(
            place.directory(),
            &format!("chmod {mode} {name}/config.json && ln -s {name} ..tmp && mv -T ..tmp ..data"),
        );
    };
    put("..first", "first");
    symlink("..data/config.json", place.file()).expect("a link");
    let gateway = gateway(&arguments, &place);
    without_a_warning(&gateway);
    put("..second", "second");
    eventually("the swap is served", || (gateway.aliases() == ["second"]).then_some(()));
    without_a_warning(&gateway);
}

/// The init container's command, on a volume that is open to all.
#[test]
fn a_pod_owns_its_volume() {
    let manifest = &blocks(KUBERNETES, "yaml")[1];
    let command = words(after(manifest, "command:"));
    assert_eq!(command[..2], ["sh", "-c"]);
    let id = shell("/".as_ref(), "echo $(id -u):$(id -g)");
    let script = command[2].replace("65532:65532", id.trim()).replace("/data", ".");
    assert!(manifest.contains("runAsUser: 65532") && manifest.contains("runAsGroup: 65532"), "{manifest}");
    let place = Place::with(&with_alias("first"));
    shell(place.directory(), "chmod 777 .");
    assert_eq!(configctl(&place.file(), &["status"]).code, 5, "what everybody may write is not believed");
    shell(place.directory(), &script);
    let gateway = gateway(&words(after(manifest, "args:")), &place);
    without_a_warning(&gateway);
    assert_eq!(configctl(&place.file(), &["set", "/features/debug", "true"]).code, 0);
    assert_eq!(place.leftovers(), [""; 0]);
}

#[test]
fn manifests_are_what_kubernetes_takes() {
    if !possible("kubectl", &["kubectl", "version", "--client"]) {
        return;
    }
    for manifest in blocks(KUBERNETES, "yaml") {
        let place = Place::with(&manifest);
        // Typed, and without a cluster.
        let mut label = command(&["kubectl", "label", "--local", "checked=yes", "-o", "json", "-f"]);
        let done = acceptance::configctl::run({
            label.arg(place.file());
            label
        });
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.out.contains("\"checked\": \"yes\""), "{}", done.out);
    }
}

#[test]
fn an_image_starts_the_gateway() {
    let image = &blocks(CONTAINERS, "dockerfile")[0];
    let entry = words(after(image, "ENTRYPOINT"));
    let directory = after(image, "VOLUME");
    assert_eq!(entry[..3], ["gateway", "--config", &format!("{directory}/config.json")]);
    assert!(image.contains(&format!("install -d -m 700 -o gateway -g gateway {directory}\n")), "{image}");
    let place = Place::empty();
    shell(place.directory(), "chmod 700 .");
    without_a_warning(&gateway(&entry[1..], &place));
    for block in blocks(CONTAINERS, "sh") {
        assert!(block.contains(directory), "{block}");
    }
}

#[test]
fn a_unit_starts_and_reloads_the_gateway() {
    let unit = &blocks(SYSTEMD, "ini")[0];
    let start: Vec<_> = after(unit, "ExecStart=").split(' ').map(str::to_owned).collect();
    assert_eq!(start[0], "/usr/bin/gateway");
    let state = format!("/var/lib/{}/", after(unit, "StateDirectory="));
    assert!(start[2].starts_with(&state), "{start:?}");
    let place = Place::with(&with_alias("first"));
    let mode = after(unit, "StateDirectoryMode=");
    shell(place.directory(), &format!("chmod {mode} ."));
    let gateway = gateway(&start[1..], &place);
    without_a_warning(&gateway);
    assert_eq!(after(unit, "ExecReload="), "/bin/kill -HUP $MAINPID");
    kill("-HUP", gateway.pid());
    eventually("it is told", || (!gateway.logged("SIGHUP: up to date").is_empty()).then_some(()));
    // What no restart mends: the codes of a wrong option, a broken file, an open one.
    let codes: Vec<_> = after(unit, "RestartPreventExitStatus=").split(' ').collect();
    let ends = |gateway: &mut Command| {
        gateway.output().expect("the gateway").status.code().expect("a code").to_string()
    };
    let mut found = vec![ends(program("gateway").arg("--wrong"))];
    for script in ["echo '{}' > config.json", "chmod 666 config.json"] {
        shell(place.directory(), script);
        found.push(ends(
            program("gateway").arg("--config").arg(place.file()).args(["--listen", "127.0.0.1:0"]),
        ));
    }
    assert_eq!(found, codes);
}

#[test]
fn a_unit_is_what_systemd_takes() {
    if !possible("systemd analyze", &["systemd-analyze", "--version"]) {
        return;
    }
    let place = Place::empty();
    let gateway = program("gateway").get_program().to_string_lossy().into_owned();
    let unit = blocks(SYSTEMD, "ini")[0].replace("/usr/bin/gateway", &gateway).replace("User=gateway\n", "");
    let path = place.directory().join("gateway.service");
    shell(place.directory(), &format!("cat > gateway.service <<'END'\n{unit}END"));
    let mut verify = command(&["systemd-analyze", "verify", "--man=no"]);
    verify.arg(&path);
    let done = acceptance::configctl::run(verify);
    // It also speaks of other units that this machine has.
    assert!(!done.err.contains("gateway.service"), "{}", done.err);
}

/// Root is not the user that a service's file belongs to.
#[test]
fn root_changes_a_file_as_its_owner() {
    use acceptance::persona::{Persona, can_give};
    if !can_give() {
        return;
    }
    let place = Persona::Ordinary.place(&with_alias("first"));
    let set = ["set", "/features/debug", "true"];
    assert_eq!(configctl(&place.file(), &set).code, 5);
    assert_eq!(Persona::Ordinary.configctl(&place.file(), &set).code, 0);
}

/// Rules that a Prometheus reads: their expressions name series and labels that a gateway has.
#[test]
fn rules_are_about_what_a_gateway_tells() {
    let rules = &blocks(METRICS, "yaml")[0];
    let place = Place::with(&with_alias("first"));
    let (_, text) = Logged::start(&place.file()).metrics();
    let expressions: Vec<_> = rules.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).collect();
    assert_eq!(expressions.len(), 4, "{LONG:?}");
    for expression in expressions {
        let inner = expression.strip_prefix("increase(").unwrap_or(expression);
        let end =
            inner.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').expect("an end");
        assert!(text.contains(&format!("\n{}{{store=\"gateway\"", &inner[..end])), "{expression}");
        if let Some((label, _)) = inner[end..].strip_prefix('{').and_then(|labels| labels.split_once('}')) {
            let (name, values) = label.split_once('=').expect("a value");
            for value in values.trim_start_matches('~').trim_matches('"').split('|') {
                assert!(text.contains(&format!(",{name}=\"{value}\"}}")), "{expression}: {value}");
            }
        }
    }
}
