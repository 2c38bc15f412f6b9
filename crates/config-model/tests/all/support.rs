//! What the tests share.

use config_model::{Config, Document, Problems, decode, encode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A schema of one field, for a type under test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub(crate) struct Only<T> {
    pub(crate) it: T,
}

pub(crate) fn only<T>(it: T) -> Only<T> {
    Only { it }
}

impl<T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static> Document for Only<T> {
    const VERSION: u32 = 1;
    fn seed() -> Self {
        unreachable!("no test seeds it")
    }
    fn check(&self, _: &mut Problems) {}
}

/// The problems of `it` as a `T`, as a person sees them.
pub(crate) fn refused<T>(it: &str) -> String
where
    T: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    match decode::<Only<T>>(format!("{{\"version\": 1, \"it\": {it}}}").as_bytes()) {
        Ok(_) => panic!("accepted: {it}"),
        Err(problems) => problems.to_string(),
    }
}

/// The problems of a gateway's config.
pub(crate) fn problems(text: impl AsRef<[u8]>) -> Problems {
    decode::<Config>(text.as_ref()).expect_err("the text has problems")
}

/// The document of a gateway's config that has none.
pub(crate) fn config(text: &str) -> Config {
    decode::<Config>(text.as_bytes()).unwrap_or_else(|problems| panic!("{text}\n{problems}")).document
}

/// A gateway's config with a bit of everything.
pub(crate) const SAMPLE: &str = include_str!("sample.json");
/// A larger one: escapes, characters of many bytes, tabs, two kinds of line ends, numbers at their limits.
pub(crate) const LARGER: &str = include_str!("larger.json");

/// Decodes any bytes: what is accepted breaks no rule and comes back from its own text; what is refused says why in
/// clean and bounded words.
pub(crate) fn checked(bytes: &[u8]) -> Option<Config> {
    match decode::<Config>(bytes) {
        Ok(decoded) => {
            let mut problems = Problems::none();
            decoded.document.check(&mut problems);
            assert!(problems.is_empty(), "accepted in spite of {problems}");
            let again = encode(&decoded.document).unwrap();
            assert_eq!(config(&again), decoded.document);
            clean(&decoded.warnings);
            Some(decoded.document)
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            clean(&problems);
            clean(problems.warnings());
            let kept = problems.iter().count() + problems.warnings().iter().count();
            assert!(kept <= config_model::MAX_PROBLEMS);
            None
        }
    }
}

/// Fit for a terminal, and short.
pub(crate) fn clean(problems: &Problems) {
    for problem in problems {
        assert!(problem.message().len() <= 1024 && problem.help().unwrap_or_default().len() <= 1024);
        let shown = format!("{problem:?}{problem}").replace('\n', "");
        assert!(shown.len() <= 16 << 10);
        assert!(!problem.to_string().replace("\n  help: ", "").chars().any(char::is_control), "{shown:?}");
    }
}
