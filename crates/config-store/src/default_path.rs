//! Where the file is unless someone says otherwise.

use std::ffi::OsString;
use std::path::PathBuf;

/// The file below the data directory.
const FILE: &str = "copilot-api/config.json";

/// Neither `XDG_DATA_HOME` nor `HOME` is an absolute path.
///
/// ```
/// use config_store::{NoDefaultPath, default_path};
/// match default_path() {
///     Ok(path) => assert!(path.ends_with("copilot-api/config.json")),
///     Err(NoDefaultPath) => println!("{NoDefaultPath}"), // neither variable is set; the text says so
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no default place for the config file: neither XDG_DATA_HOME nor HOME is an absolute path; set one, or give a path"
)]
pub struct NoDefaultPath;

/// `$XDG_DATA_HOME/copilot-api/config.json` when that is absolute, else `~/.local/share/copilot-api/config.json`.
///
/// The XDG Base Directory Specification 0.8 says that a relative `XDG_DATA_HOME` is to be ignored.
pub fn default_path() -> Result<PathBuf, NoDefaultPath> {
    path_in(std::env::var_os("XDG_DATA_HOME"), std::env::var_os("HOME"))
}

fn path_in(data_home: Option<OsString>, home: Option<OsString>) -> Result<PathBuf, NoDefaultPath> {
    let absolute = |value: Option<OsString>| value.map(PathBuf::from).filter(|path| path.is_absolute());
    let data = absolute(data_home).or_else(|| absolute(home).map(|home| home.join(".local/share")));
    data.map(|data| data.join(FILE)).ok_or(NoDefaultPath)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_variables_count() {
        let path =
            |data: Option<&str>, home: Option<&str>| path_in(data.map(Into::into), home.map(Into::into));
        assert_eq!(path(Some("/data"), Some("/home/me")), Ok("/data/copilot-api/config.json".into()));
        let fallback = Ok(PathBuf::from("/home/me/.local/share/copilot-api/config.json"));
        assert_eq!(path(Some("data"), Some("/home/me")), fallback);
        assert_eq!(path(Some(""), Some("/home/me")), fallback);
        assert_eq!(path(None, Some("/home/me")), fallback);
        assert_eq!(path(None, Some("")), Err(NoDefaultPath));
        assert_eq!(path(None, None), Err(NoDefaultPath));
    }
}
