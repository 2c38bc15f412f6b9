//! Start and end.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use tempfile::TempDir;

use crate::support::{CONFIG, Gateway, command, data, read_until, save, until};
use crate::upstream::Upstream;

#[tokio::test]
async fn a_stop_lets_answers_under_way_finish() {
    for signal in ["TERM", "INT"] {
        let upstream = Upstream::start().await;
        let mut gateway = Gateway::start_with(CONFIG, &["--upstream", &upstream.url()]);
        let asked = tokio::spawn(gateway.ask("fast", true).send());
        let mut exchange = upstream.accept().await;
        exchange.begin("text/event-stream");
        exchange.write("data: {\"model\":\"gpt-mini\"}\n\n");
        let mut answer = asked.await.unwrap().unwrap();
        let mut stream = read_until(&mut answer, "\n\n").await;

        gateway.signal(signal);
        until("no new request is taken", async || gateway.get("/healthz").send().await.is_err()).await;
        exchange.write("data: {\"model\":\"gpt-mini\"}\n\ndata: [DONE]\n\n");
        drop(exchange);
        stream += &answer.text().await.unwrap();
        assert_eq!(data(&stream), [r#"{"model":"fast"}"#, r#"{"model":"fast"}"#, "[DONE]"]);
        assert_eq!(gateway.exit().await.code(), Some(0), "after SIG{signal}");
    }
}

#[tokio::test]
async fn a_missing_config_is_written() {
    let gateway = Gateway::start_in(TempDir::new().unwrap(), &[]);
    assert_eq!(gateway.config().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(gateway.models("key-1").await, [""; 0]);
}

#[test]
fn a_config_that_is_not_valid_is_exit_code_3_and_its_remedy() {
    let directory = TempDir::new().unwrap();
    save(&directory.path().join("config.json"), &CONFIG.replace("\"enabled\": true", "\"enabeld\": true"));
    assert_eq!(command(&directory).status().unwrap().code(), Some(3));
    let log = std::fs::read_to_string(directory.path().join("log")).unwrap();
    assert!(log.contains("config.json is not valid") && log.contains("/models/fast"), "{log}");
    assert!(!log.contains("key-1"), "{log}");
}

#[test]
fn a_port_that_is_taken_is_exit_code_1() {
    let directory = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.arg("--config").arg(directory.path().join("config.json")).args(["--listen", &address]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains(&format!("cannot listen on {address}")));
}

#[test]
fn wrong_usage_is_exit_code_2() {
    for args in [["--listen", "nowhere"], ["--upstream", "https://example.com"], ["--upstream", "?"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_gateway")).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
}
