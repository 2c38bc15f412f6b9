//! What a store asks of any schema.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::migrate::Migrations;
use crate::problem::Problems;

/// A schema: the type that a config file holds, its version and its rules.
///
/// The file's root is an object with a `version`, which belongs to the file format: the decoder reads it, the
/// encoder writes it, and the type needs no field for it.
///
/// ```
/// use config_model::{Document, Pointer, Problem, Problems};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// struct Limits { per_second: u32 }
///
/// impl Document for Limits {
///     const VERSION: u32 = 1;
///     fn seed() -> Self { Limits { per_second: 10 } }
///     fn check(&self, problems: &mut Problems) {
///         if self.per_second == 0 {
///             problems.push(Problem::rule(Pointer::root().key("per_second"), "must be at least 1"));
///         }
///     }
/// }
///
/// let limits = config_model::decode::<Limits>(br#"{"version": 1, "per_second": 5}"#).unwrap();
/// assert_eq!(limits.document.per_second, 5);
/// ```
pub trait Document: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The version that this program writes: older files are migrated, newer ones are refused.
    const VERSION: u32;

    /// Values that no log, error or diff may show, as JSON pointers with `*` for any one name or index:
    /// `"/models/*/allowed_keys"`. Everything inside of such a value is secret too.
    const SECRETS: &'static [&'static str] = &[];

    /// Where a JSON Schema of this document is, as a URL or a path from the file: a first file says it in `$schema`, for editors.
    /// Whoever names a path sees to it that a schema is there.
    const SCHEMA: Option<&'static str> = None;

    /// What a first run writes. It must pass its own [`check`](Self::check).
    fn seed() -> Self;

    /// The steps from every older version that is still read.
    fn migrations() -> Migrations {
        Migrations::none()
    }

    /// Adds a problem for every rule that the types do not express.
    ///
    /// No message may hold a value. When some values of a text were missing or of the wrong type, this is called
    /// with neutral ones (`1`, `""`, `false`, nothing) in their places, so that one pass reports every problem;
    /// what it says about those places is then dropped.
    fn check(&self, problems: &mut Problems);
}
