//! An API gateway that routes by a hot-reloaded config: one snapshot per request, also over a stream.
//!
//! Start reading at [`app`]: a request there gets its snapshot, and [`relay`] holds it to the last chunk.
#![forbid(unsafe_code)]

mod app;
mod error;
mod health;
mod log;
mod metrics;
mod policy;
mod relay;
mod sse;
mod upstream;

use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use config_model::Config;
use config_store::{OpenError, Rejection, Store};
use futures_util::FutureExt as _;
use metrics_exporter_prometheus::PrometheusHandle;
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// How long answers that are under way may take to finish once the gateway is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// The exit code for a config that is not valid, as `configctl` has it. A failure is 1, wrong usage 2.
const INVALID_CONFIG: u8 = 3;

/// The exit code for a config that others could change, likewise.
const REFUSED: u8 = 5;

/// An API gateway that routes by a hot-reloaded config.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The config file; a missing one is written. Default: copilot-api/config.json in the data directory
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The service behind the gateway, over plain HTTP. Default: a small one in this process
    #[arg(long, value_name = "URL", value_parser = http_url)]
    upstream: Option<Url>,
    /// The mode that the config file is meant to have, such as 0440, where something else than this program sets it
    #[arg(long, value_name = "MODE", value_parser = octal)]
    expected_mode: Option<u32>,
    /// Serve a config file that belongs to another user than root and this one
    #[arg(long)]
    allow_foreign_owner: bool,
    /// Where the config file is broken at the start, serve what was accepted last, and say so
    #[arg(long)]
    last_good: bool,
    /// Log more, whatever `features.debug` of the config says
    #[arg(long)]
    debug: bool,
}

fn octal(text: &str) -> Result<u32, &'static str> {
    u32::from_str_radix(text, 8).map_err(|_| "a mode has octal digits, such as 0440")
}

fn http_url(text: &str) -> Result<Url, String> {
    match Url::parse(text) {
        Ok(url) if url.scheme() == "http" => Ok(url),
        Ok(_) => Err("only http:// is spoken here".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let allow_foreign_owner = args.allow_foreign_owner;
    match run(args, log::start()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gateway: {}", policy::told(&*error, allow_foreign_owner));
            exit_code(&*error)
        }
    }
}

fn exit_code(error: &(dyn Error + 'static)) -> ExitCode {
    match error.downcast_ref().and_then(OpenError::rejection) {
        Some(Rejection::Invalid { .. }) => ExitCode::from(INVALID_CONFIG),
        Some(Rejection::Unreadable { refused: true, .. }) => ExitCode::from(REFUSED),
        _ => ExitCode::FAILURE,
    }
}

fn run(args: Args, level: log::Level) -> Result<(), Box<dyn Error>> {
    let path = match &args.config {
        Some(path) => path.clone(),
        None => config_store::default_path()?,
    };
    let recorder = metrics::start()?;
    // Opening a store reads the disk and dropping the last handle joins its thread: this one is opened before, and
    // dropped after, every async thread.
    let store = policy::options(&args).open(path)?;
    let runtime = Runtime::new()?;
    runtime.block_on(serve(args, store.clone(), recorder, level))
}

async fn serve(
    args: Args,
    store: Store<Config>,
    recorder: PrometheusHandle,
    level: log::Level,
) -> Result<(), Box<dyn Error>> {
    let upstream = match args.upstream {
        Some(url) => url,
        None => Url::parse(&format!("http://{}", upstream::start().await?))?,
    };
    let router = app::router(store.clone(), recorder.clone(), &upstream)?;
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.map_err(|error| format!("cannot listen on {}: {error}", args.listen))?;

    // From here on no signal ends the process half-way.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(log::follow(store.subscribe_to(|config| &config.features.debug), level));
    tokio::spawn(metrics::keep_up(recorder));
    tokio::spawn(reload_at(signal(SignalKind::hangup())?, store));
    announce(listener.local_addr()?)?;

    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, router).with_graceful_shutdown(stopped.map(drop));
    let mut server = pin!(server.into_future());
    tokio::select! {
        ended = &mut server => return Ok(ended?),
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: answers under way have {} s to finish", GRACE.as_secs());
    drop(stop);
    if let Ok(ended) = tokio::time::timeout(GRACE, server).await {
        return Ok(ended?);
    }
    tracing::warn!("some answers were cut short");
    Ok(())
}

/// The first line of the standard output tells other programs where to find a port that the system chose.
fn announce(address: SocketAddr) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "listening on http://{address}")?;
    stdout.flush()
}

/// The watch sees every edit by itself; a hangup is for the operator who wants it looked at this instant.
async fn reload_at(mut hangups: Signal, store: Store<Config>) {
    while hangups.recv().await.is_some() {
        let store = store.clone();
        match tokio::task::spawn_blocking(move || store.reload()).await {
            Ok(Ok(config)) => tracing::info!(revision = %config.revision(), "SIGHUP: up to date"),
            Ok(Err(rejection)) => tracing::error!("SIGHUP: the config before stays: {rejection}"),
            Err(error) => tracing::error!("SIGHUP: {error}"),
        }
    }
}
