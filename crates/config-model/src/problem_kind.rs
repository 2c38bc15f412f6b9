//! Which sort of thing is wrong.

/// What sort of rule a text breaks.
///
/// ```
/// use config_model::{Config, ProblemKind, decode};
/// let problems = decode::<Config>(b"{\"version\": 9}").unwrap_err();
/// assert!(problems.has(ProblemKind::NewerVersion));
/// assert_eq!(ProblemKind::NewerVersion.name(), "newer-version");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// It is not strict JSON: perhaps a writer is not done yet.
    Syntax,
    /// A value is missing or is of another type than the schema says.
    Type,
    /// The types fit, a rule of the schema does not.
    Rule,
    /// A field that the schema does not know. A warning, unless strict.
    UnknownField,
    /// The document's version is missing, or too old to be migrated.
    Version,
    /// The document's version is newer than this program: it must not be rewritten by it.
    NewerVersion,
    /// It is larger than the limit.
    Size,
    /// The document is valid, and the program that is to serve it does not take it.
    Veto,
    /// The document is valid, but not with what the program that is to serve it lays over it.
    Overlay,
}

impl ProblemKind {
    /// A stable name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Type => "type",
            Self::Rule => "rule",
            Self::UnknownField => "unknown-field",
            Self::Version => "version",
            Self::NewerVersion => "newer-version",
            Self::Size => "size",
            Self::Veto => "veto",
            Self::Overlay => "overlay",
        }
    }
}
