//! What reached the disk, in order, and what of it a power cut may leave.

use serde::{Deserialize, Serialize};

/// Where a write is cut when it is torn: disks write sectors whole.
pub(crate) const SECTOR: usize = 512;

/// One write to the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    /// Bytes from the start of the disk.
    pub(crate) offset: u64,
    pub(crate) content: Content,
}

/// What is written: most zeros are long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    Zeros(u64),
}

impl Content {
    /// Bytes.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Zeros(length) => *length,
        }
    }
}

/// Everything between two flushes. The disk may bring these writes to the platter in any order, and until the flush is
/// answered, any of them and none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Epoch {
    pub(crate) writes: Vec<Write>,
    /// What was acknowledged to the user of the file system meanwhile. A power cut at the end of the epoch may lose any
    /// of its writes, so that an acknowledgement holds for every state of the epoch that it was made in.
    pub(crate) acks: Vec<String>,
}

/// All that happened since the recording began. There is always a last epoch, which no flush has ended yet.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) epochs: Vec<Epoch>,
}

/// How much was recorded.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) writes: usize,
    pub(crate) flushes: usize,
    /// Writes that were to fail and never came.
    pub(crate) unfailed: usize,
    /// The most writes between two flushes.
    pub(crate) widest: usize,
}

impl Default for Log {
    fn default() -> Self {
        Self { epochs: vec![Epoch::default()] }
    }
}

impl Log {
    pub(crate) fn write(&mut self, write: Write) {
        if let Some(epoch) = self.epochs.last_mut() {
            epoch.writes.push(write);
        }
    }

    pub(crate) fn ack(&mut self, what: String) {
        if let Some(epoch) = self.epochs.last_mut() {
            epoch.acks.push(what);
        }
    }

    pub(crate) fn flush(&mut self) {
        // A flush after nothing changes nothing.
        if self.epochs.last().is_some_and(|epoch| !epoch.writes.is_empty()) {
            self.epochs.push(Epoch::default());
        }
    }

    /// What had been acknowledged when `epoch` ended.
    pub(crate) fn acknowledged(&self, epoch: usize) -> Vec<String> {
        self.epochs.iter().take(epoch + 1).flat_map(|epoch| epoch.acks.iter().cloned()).collect()
    }

    pub(crate) fn size(&self) -> Recorded {
        Recorded {
            writes: self.epochs.iter().map(|epoch| epoch.writes.len()).sum(),
            flushes: self.epochs.len() - 1,
            unfailed: 0,
            widest: self.epochs.iter().map(|epoch| epoch.writes.len()).max().unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_holds_from_the_epoch_it_was_made_in() {
        let mut log = Log::default();
        let write = Write { offset: 0, content: Content::Zeros(4096) };
        log.write(write.clone());
        log.flush();
        log.flush();
        log.ack("1".to_owned());
        log.write(write);
        assert_eq!(log.epochs.len(), 2);
        assert_eq!(log.acknowledged(0), Vec::<String>::new());
        assert_eq!(log.acknowledged(1), ["1"]);
    }
}
