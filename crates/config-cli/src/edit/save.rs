//! From a text that was typed to the file: compare and swap.

use std::time::Duration;

use config_fs::{LockError, ReplaceError, Wait};
use config_model::Config;
use config_store::{Rejection, Revision, Store, UpdateError};

use super::found::{Found, located, unread};
use crate::commands::Context;
use crate::failure::Failure;
use crate::history::warned;

/// How long another process may hold the lock.
const WAIT: Duration = Duration::from_secs(10);

/// Saves a valid text in place of what was found. `None`: it is not there any more.
pub(super) fn save(context: &Context, found: &Found, text: &[u8]) -> Result<Option<Revision>, Failure> {
    match &found.judged {
        Ok(_) => update(context, found, text),
        Err(_) => replace_broken(context, found, text),
    }
}

fn update(context: &Context, found: &Found, text: &[u8]) -> Result<Option<Revision>, Failure> {
    let store: Store<Config> = match context.one_save().open(context.file()) {
        // Whether or not something is kept that could be gone back to.
        Err(error) if matches!(error.rejection(), Some(Rejection::Invalid { .. })) => return Ok(None),
        opened => opened?,
    };
    let events = store.events();
    let text = || String::from_utf8_lossy(text).into_owned();
    match store.update_text(Some(found.revision), |_, _| Ok::<_, UpdateError>(text())) {
        Ok(saved) => {
            // Such as that it could not be kept in the history.
            context.mend(warned(events));
            Ok(Some(saved.revision()))
        }
        Err(UpdateError::Conflict { .. } | UpdateError::OnDisk(Rejection::Invalid { .. })) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// No store serves a broken file, so that none can update it; the lock and the replace are the same.
fn replace_broken(context: &Context, found: &Found, text: &[u8]) -> Result<Option<Revision>, Failure> {
    let file = located(context)?;
    let mut locked = file.lock(Wait::AtMost(WAIT)).map_err(|error| match error {
        LockError::Busy { .. } => UpdateError::Busy.into(),
        other => Failure::from(UpdateError::Lock(other)),
    })?;
    let limit = u64::try_from(context.limits().max_bytes).unwrap_or(u64::MAX);
    let there = locked.read(limit).map_err(unread)?;
    if Revision::of(there.bytes()) != found.revision {
        return Ok(None);
    }
    match locked.replace(text) {
        Ok(_) => {}
        Err(ReplaceError::Changed { .. } | ReplaceError::LockLost { .. }) => return Ok(None),
        Err(error) => return Err(UpdateError::Save(error).into()),
    }
    drop(locked);
    remember(context);
    Ok(Some(Revision::of(text)))
}

/// Has a store keep in the history what is valid now. If another broke it again in between, there is nothing to be kept.
fn remember(context: &Context) {
    let opened: Result<Store<Config>, _> = context.one_save().keep_opened(true).open(context.file());
    if let Ok(store) = opened {
        context.mend(store.warnings());
    }
}
