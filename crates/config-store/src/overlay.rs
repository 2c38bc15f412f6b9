//! What a program lays over the file: its command line, its environment. It is served, and never written.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use config_model::{Document, Pointer, Problem, ProblemKind, Problems};

use crate::changes::Cause;
use crate::store::{Shared, Store};
use crate::vet::{Vetting, unplaced};

/// Changes what the file says into what is served.
pub(crate) struct Overlay<D> {
    id: OverlayId,
    change: Box<dyn Fn(&mut D) + Send + Sync>,
}

/// Names an overlay, to take it off again: [`Store::remove_overlay`].
///
/// ```
/// use config_model::Config;
/// use config_store::Store;
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("config.json");
/// let store: Store<Config> = Store::open(path)?;
/// let debug = store.overlay(|config| config.features.debug = true)?;
/// assert!(store.snapshot().features.debug);
/// store.remove_overlay(debug)?;
/// assert!(!store.snapshot().features.debug);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OverlayId(u64);

impl<D> Overlay<D> {
    pub(crate) fn new(change: impl Fn(&mut D) + Send + Sync + 'static) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = OverlayId(NEXT.fetch_add(1, Ordering::Relaxed));
        Arc::new(Self { id, change: Box::new(change) })
    }
}

impl<D: Document> Store<D> {
    /// Lays something over the file, such as what the command line or the environment says. From now on it is part of what
    /// is served: of snapshots, readers and changes, and it stays over every later edit and update. It is never written: an
    /// [`update`](Self::update) sees and changes what the file says, and a revision is that of the file.
    /// [`Options::overlay`](crate::Options::overlay) does it from the first snapshot on.
    ///
    /// Overlays are laid on in the order in which they came. One runs for each document that may be served, on what the file
    /// says, and must not wait for this store's updates, reloads or status. This waits for a save or a look that is under way.
    ///
    /// What the overlays leave has to pass the schema's [`check`](Document::check), and this program's
    /// [verifiers](crate::Options::verify). An edit or an update that does not, with an overlay on, is rejected like any other
    /// that is not valid, with the remark that it is the overlay that clashes.
    ///
    /// ```
    /// use config_model::Config;
    /// use config_store::{Options, Store};
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("config.json");
    /// let store: Store<Config> = Store::open(&path)?;
    /// let verbose = std::env::args().any(|argument| argument == "--verbose");
    /// # let verbose = true;
    /// let debug = store.overlay(move |config| config.features.debug |= verbose)?;
    ///
    /// let config = store.update(|config| config.retention.events_days = 7)?;
    /// assert!(config.features.debug && !config.file().features.debug);
    /// assert!(!Options::<Config>::new().read(&path)?.document.features.debug);
    ///
    /// store.remove_overlay(debug)?;
    /// assert!(!store.snapshot().features.debug);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What is wrong with the document that it would leave. It is not laid on, and nothing has changed.
    pub fn overlay(&self, change: impl Fn(&mut D) + Send + Sync + 'static) -> Result<OverlayId, Problems> {
        let overlay = Overlay::new(change);
        let id = overlay.id;
        self.change_overlays(|overlays| overlays.push(overlay))?;
        Ok(id)
    }

    /// Takes an overlay off. One that is not on is no error. An edit that was rejected is looked at once more, by a store that
    /// watches: it may have clashed with this overlay.
    ///
    /// # Errors
    /// What is wrong with the document that would be left, by the overlays that stay or this program's verifiers. The overlay
    /// stays on.
    pub fn remove_overlay(&self, id: OverlayId) -> Result<(), Problems> {
        self.change_overlays(|overlays| overlays.retain(|overlay| overlay.id != id))
    }

    fn change_overlays(&self, change: impl FnOnce(&mut Vec<Arc<Overlay<D>>>)) -> Result<(), Problems> {
        if self.shared().change_overlays(change)? {
            self.look_soon();
        }
        Ok(())
    }
}

impl<D: Document> Shared<D> {
    /// True: what is on disk was rejected, and may pass now.
    fn change_overlays(&self, change: impl FnOnce(&mut Vec<Arc<Overlay<D>>>)) -> Result<bool, Problems> {
        let mut look = self.look.lock();
        let mut vetting = self.vetting.lock().clone();
        change(&mut vetting.overlays);
        let served = self.current.get();
        let vetted = vetting.vet(Some(&*served), served.to_read(), None)?;
        *self.vetting.lock() = vetting;
        if *vetted.document() != *served {
            self.publish(&mut look, vetted, Cause::Overlay);
        }
        let is_rejected = look.reported.is_some();
        if is_rejected {
            look.seen = None;
        }
        drop(look);
        self.tell_meters();
        Ok(is_rejected)
    }
}

impl<D: Document> Vetting<D> {
    /// `document` under all overlays; `None` when there are none.
    pub(crate) fn overlaid(&self, document: &D) -> Result<Option<D>, Problems> {
        if self.overlays.is_empty() {
            return Ok(None);
        }
        let mut new = document.clone();
        // What one that panics leaves half done is thrown away.
        let laid = AssertUnwindSafe(|| self.overlays.iter().for_each(|overlay| (overlay.change)(&mut new)));
        if catch_unwind(laid).is_err() {
            return Err(panicked());
        }
        let mut problems = Problems::none();
        new.check(&mut problems);
        if problems.is_empty() { Ok(Some(new)) } else { Err(clash(&new, problems)) }
    }
}

/// Each rule that is broken, with the remark that it is not the file alone that breaks it.
fn clash<D: Document>(document: &D, rules: Problems) -> Problems {
    let mut clashes = Problems::none();
    for rule in &unplaced(document, rules) {
        let help = "the file is valid by itself: change it, or what is laid over it by this program's command line or environment";
        let help = rule.help().map_or_else(|| help.to_owned(), |first| format!("{first} ({help})"));
        let clash = Problem::new(ProblemKind::Overlay, rule.pointer().clone(), rule.message());
        clashes.push(clash.with_help(help));
    }
    clashes
}

/// What a panic says may hold a value of the document.
fn panicked() -> Problems {
    let message = "what this program lays over the file panicked";
    let problem = Problem::new(ProblemKind::Overlay, Pointer::root(), message);
    let mut problems = Problems::none();
    problems
        .push(problem.with_help("this is a mistake in the program; what it said is on its standard error"));
    problems
}
