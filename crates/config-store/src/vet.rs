//! Between accepted and served: what the program has against a document that the schema accepts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use config_fs::{Concern, Passed, Stamp};
use config_model::{Document, Pointer, Problem, Problems, encode, placed};

use crate::look::Look;
use crate::overlay::Overlay;
use crate::reading::Reading;
use crate::rejection::Rejection;
use crate::snapshot::Read;
use crate::store::Shared;

/// Asked with the document that is served, if one is, and the one that would be.
pub(crate) type Verifier<D> = Arc<dyn Fn(Option<&D>, &D) -> Result<(), Problem> + Send + Sync>;

/// What the program wants of what is served.
pub(crate) struct Vetting<D> {
    pub(crate) verifiers: Vec<Verifier<D>>,
    pub(crate) overlays: Vec<Arc<Overlay<D>>>,
}

/// A document that may be served: nothing else is published, and only here it is made.
pub(crate) struct Vetted<D> {
    read: Read<D>,
    /// That, under the overlays, if there are any.
    overlaid: Option<D>,
}

/// A file that was read, and that may be served.
pub(crate) struct Admitted<D> {
    pub(crate) vetted: Vetted<D>,
    /// The version of the text, if it is an older one.
    pub(crate) older: Option<u32>,
    pub(crate) text: String,
    pub(crate) concerns: Vec<Concern>,
    pub(crate) source: Option<(Stamp, Passed)>,
}

impl<D> Vetting<D> {
    pub(crate) fn none() -> Self {
        Self { verifiers: Vec::new(), overlays: Vec::new() }
    }
}

impl<D> Clone for Vetting<D> {
    fn clone(&self) -> Self {
        Self { verifiers: self.verifiers.clone(), overlays: self.overlays.clone() }
    }
}

impl<D> Vetted<D> {
    /// What would be served.
    pub(crate) fn document(&self) -> &D {
        self.overlaid.as_ref().unwrap_or(&self.read.document)
    }

    /// What was read, and what is served instead, if that is not the same.
    pub(crate) fn into_parts(self) -> (Read<D>, Option<D>) {
        (self.read, self.overlaid)
    }
}

impl<D: Document> Vetting<D> {
    /// Judges a file that was read. `old` is what is served.
    pub(crate) fn admit(
        &self,
        path: &Path,
        old: Option<&D>,
        reading: Reading<D>,
    ) -> Result<Admitted<D>, Rejection> {
        let Reading { document, text, revision, warnings, migrated, concerns, source } = reading;
        let read = Read { document, revision, bytes: text.len(), warnings, is_migrated: migrated.is_some() };
        let vetted = self.vet(old, read, Some(&text)).map_err(|problems| Rejection::Invalid {
            path: path.to_owned(),
            revision,
            problems: Arc::new(problems),
        })?;
        let older = migrated.map(|migrated| migrated.from);
        Ok(Admitted { vetted, older, text, concerns, source })
    }

    /// Judges what was read from `text`, in which problems are placed, if it is at hand.
    pub(crate) fn vet(
        &self,
        old: Option<&D>,
        read: Read<D>,
        text: Option<&str>,
    ) -> Result<Vetted<D>, Problems> {
        let overlaid = self.overlaid(&read.document)?;
        let vetted = Vetted { read, overlaid };
        let vetoes = self.verify(old, vetted.document());
        if vetoes.is_empty() {
            return Ok(vetted);
        }
        Err(match text {
            Some(text) => placed::<D>(text, vetoes),
            None => unplaced(vetted.document(), vetoes),
        })
    }

    fn verify(&self, old: Option<&D>, new: &D) -> Problems {
        let mut vetoes = Problems::none();
        if self.verifiers.is_empty() || old == Some(new) {
            return vetoes;
        }
        for verifier in &self.verifiers {
            // Whatever it leaves half done is its own: the documents are not its to change.
            let said = catch_unwind(AssertUnwindSafe(|| verifier(old, new)));
            if let Err(veto) = said.unwrap_or_else(|_panic| Err(panicked("a verifier"))) {
                vetoes.push(veto);
            }
        }
        vetoes
    }
}

/// What a panic says may hold a value of the document.
pub(crate) fn panicked(what: &str) -> Problem {
    Problem::veto(Pointer::root(), format!("{what} of this program panicked"))
        .with_help("this is a mistake in the program; what it said is on its standard error")
}

/// Problems that have no place in a text, as the document has none. What they show is masked all the same.
pub(crate) fn unplaced<D: Document>(document: &D, problems: Problems) -> Problems {
    let mut unplaced = Problems::none();
    for problem in &placed::<D>(&encode(document).unwrap_or_default(), problems) {
        let new = Problem::new(problem.kind(), problem.pointer().clone(), problem.message());
        unplaced.push(match problem.help() {
            Some(help) => new.with_help(help),
            None => new,
        });
    }
    unplaced
}

impl<D: Document> Shared<D> {
    /// Judges what was read from `text`, beside what is served. Nothing else is published meanwhile: the lock of `look` is held
    /// until this is.
    pub(crate) fn vet(&self, _look: &Look, read: Read<D>, text: &str) -> Result<Vetted<D>, Problems> {
        self.vetting.lock().vet(Some(&*self.current.get()), read, Some(text))
    }

    /// The same for a file that was read.
    pub(crate) fn admit(&self, _look: &Look, reading: Reading<D>) -> Result<Admitted<D>, Rejection> {
        self.vetting.lock().admit(&self.path, Some(&*self.current.get()), reading)
    }
}
