//! One content of a history, and its name.

use std::ffi::{OsStr, OsString};
use std::time::{Duration, SystemTime};

/// Digits of a SHA-256.
const HASH: usize = 64;
const LONGEST_CAUSE: usize = 16;

/// One content of a [`History`](crate::History), by its name alone.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// let file = config_fs::ConfigFile::locate(directory.path().join("config.json"))?;
/// for entry in file.history()?.map_or(Ok(Vec::new()), |history| history.entries())? {
///     println!("{} {:?}", entry.cause(), entry.time());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEntry {
    /// `SECONDS.NANOS-HASH.CAUSE`.
    name: String,
    time: SystemTime,
    /// Where in the name the hash begins.
    hash: usize,
}

impl KeptEntry {
    /// Of another name than any other entry's, if no other has this time and content.
    pub(crate) fn new(time: SystemTime, hash: &str, cause: &str) -> Option<Self> {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let name = format!("{:010}.{:09}-{hash}.{cause}", since.as_secs(), since.subsec_nanos());
        Self::parse(name.into()).ok()
    }

    /// # Errors
    /// The name, which is that of something else.
    pub(crate) fn parse(name: OsString) -> Result<Self, OsString> {
        let name = name.into_string()?;
        match Self::places(&name) {
            Some((time, hash)) => Ok(Self { name, time, hash }),
            None => Err(name.into()),
        }
    }

    /// Is this an entry's name?
    pub(crate) fn is_named(name: &OsStr) -> bool {
        name.to_str().and_then(Self::places).is_some()
    }

    /// The time that a name says, and where its hash begins.
    fn places(name: &str) -> Option<(SystemTime, usize)> {
        let (time, rest) = name.split_once('-')?;
        let (seconds, nanos) = time.split_once('.')?;
        let (hash, cause) = rest.split_once('.')?;
        let are = |text: &str, digit: fn(&u8) -> bool| text.as_bytes().iter().all(digit);
        let is_named = are(seconds, u8::is_ascii_digit)
            && seconds.len() >= 10
            && nanos.len() == 9
            && are(nanos, u8::is_ascii_digit)
            && hash.len() == HASH
            && are(hash, |digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
            && (1..=LONGEST_CAUSE).contains(&cause.len())
            && are(cause, u8::is_ascii_lowercase);
        let since = Duration::new(seconds.parse().ok()?, nanos.parse().ok()?);
        let time = SystemTime::UNIX_EPOCH.checked_add(since)?;
        is_named.then_some((time, name.len() - rest.len()))
    }

    pub(crate) fn name(&self) -> &OsStr {
        OsStr::new(&self.name)
    }

    /// When it was kept, by the clock of whoever did; no earlier than the entry before it.
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// What its bytes should hash to: 64 hexadecimal digits.
    pub fn hash(&self) -> &str {
        self.name.get(self.hash..self.hash + HASH).unwrap_or_default()
    }

    /// Why it was accepted, in a word of whoever kept it.
    pub fn cause(&self) -> &str {
        self.name.get(self.hash + HASH + 1..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    #[test]
    fn a_name_says_what_it_was_made_of() {
        for seconds in [0, 1_764_170_460, 99_999_999_999] {
            let time = SystemTime::UNIX_EPOCH + Duration::new(seconds, 7);
            let entry = KeptEntry::new(time, HEX, "edit").unwrap();
            assert_eq!((entry.time(), entry.hash(), entry.cause()), (time, HEX, "edit"));
            assert_eq!(KeptEntry::parse(entry.name().to_owned()), Ok(entry));
        }
        assert!(KeptEntry::new(SystemTime::UNIX_EPOCH - Duration::from_secs(1), HEX, "edit").is_some());
    }

    #[test]
    fn other_names_are_no_entries() {
        let fine = format!("1764170460.000000007-{HEX}.edit");
        assert!(KeptEntry::parse(fine.clone().into()).is_ok());
        for other in [
            fine.to_uppercase(),
            format!("{fine}1"),
            format!("x{fine}"),
            fine.replace(".edit", ""),
            fine.replace(".edit", "."),
            fine.replace(".edit", ".a/b"),
            fine.replace("000000007", "7"),
            fine.replacen("4413", "", 1),
            "1764170460".repeat(9) + &fine,
            ".config.json.0123456789abcdef.tmp".to_owned(),
            "bound".to_owned(),
        ] {
            assert_eq!(KeptEntry::parse(other.clone().into()), Err(other.into()));
        }
    }
}
