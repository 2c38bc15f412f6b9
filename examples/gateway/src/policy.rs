//! What this process has to say about the config: its command line wins over the file, and a file that would open it to
//! strangers while it runs is not taken.

use std::error::Error;
use std::net::IpAddr;

use config_model::{Config, Pointer, Problem};
use config_store::{OpenError, Options, Recovery, quoted};

use crate::Args;
use crate::error::chain;

/// How the store is opened.
pub(crate) fn options(args: &Args) -> Options<Config> {
    let address = args.listen.ip();
    let mut options = Options::new()
        .name("gateway")
        .allow_foreign_owner(args.allow_foreign_owner)
        .recovery(if args.last_good { Recovery::LastGood } else { Recovery::Fail })
        .verify(move |old, new| stays_closed(address, old, new));
    if args.debug {
        options = options.overlay(|config: &mut Config| config.features.debug = true);
    }
    match args.expected_mode {
        Some(mode) => options.expected_mode(mode),
        None => options,
    }
}

/// Why it did not start. `configctl` knows this schema, so that it can go back for the operator.
pub(crate) fn told(error: &(dyn Error + 'static), allow_foreign_owner: bool) -> String {
    match error.downcast_ref() {
        Some(OpenError::Broken { path, rejection, last_good, .. }) => {
            let foreign = if allow_foreign_owner { " --allow-foreign-owner" } else { "" };
            format!(
                "{rejection}\nto go back to what was accepted last: `configctl --file {}{foreign} rollback {}`; or start this \
                 with --last-good",
                quoted(path),
                last_good.revision.short()
            )
        }
        _ => chain(error),
    }
}

/// Who starts a gateway without `auth` may know what is in front of it. Who edits a file may not know that it is reached from
/// other machines.
fn stays_closed(address: IpAddr, old: Option<&Config>, new: &Config) -> Result<(), Problem> {
    let is_opened = old.is_some_and(|old| old.features.auth) && !new.features.auth;
    if !is_opened || address.is_loopback() {
        return Ok(());
    }
    let place = Pointer::root().key("features").key("auth");
    let message = format!("must not be switched off while the gateway is reached by others, at {address}");
    Err(Problem::veto(place, message).with_help("switch it on again, or restart the gateway with it off"))
}
