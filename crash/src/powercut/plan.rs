//! Which states of the disk are looked at: every prefix of the writes, subsets between two flushes, torn writes.

use std::collections::HashSet;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use super::image::Image;
use super::log::{Epoch, Log};

/// What to look at.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Wish {
    /// The most states.
    pub(crate) states: usize,
    /// Up to this many writes between two flushes, every subset is looked at; of more, samples.
    pub(crate) exhaustive: usize,
    /// The least that the disk writes whole, in bytes.
    pub(crate) sector: usize,
    /// What begins before this byte of the disk is never torn: a superblock of more than one sector, under one checksum.
    pub(crate) superblock: u64,
    pub(crate) seed: u64,
}

/// One state: all epochs before `epoch`, and of that one, what is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) epoch: usize,
    /// Of the epoch's writes, by number, in order.
    kept: Vec<usize>,
    /// One of those kept, of which only some bytes are on the disk.
    torn: Option<Torn>,
}

/// A write, by number, and the parts of it that are on the disk, in bytes from its start.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Torn {
    write: usize,
    parts: Vec<(usize, usize)>,
}

/// How many states there are of each kind.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Planned {
    pub(crate) states: usize,
    pub(crate) prefixes: usize,
    pub(crate) subsets: usize,
    pub(crate) torn: usize,
    /// Was every subset of the writes between any two flushes looked at?
    pub(crate) exhaustive: bool,
}

impl State {
    /// Does what is kept of the epoch, over a disk that has all epochs before.
    pub(crate) fn apply(&self, epoch: &Epoch, image: &mut Image) {
        for number in &self.kept {
            let Some(write) = epoch.writes.get(*number) else { continue };
            match &self.torn {
                Some(torn) if torn.write == *number => {
                    torn.parts.iter().for_each(|(from, to)| image.apply_part(write, *from, *to));
                }
                _ => image.apply(write),
            }
        }
    }

    /// For a person who wants to see it again.
    pub(crate) fn name(&self) -> String {
        let torn = self.torn.as_ref().map(|torn| format!(", of write {} bytes {:?}", torn.write, torn.parts));
        format!("epoch {}, writes {:?}{}", self.epoch, self.kept, torn.unwrap_or_default())
    }
}

/// Where there are more states than wished for, each kind is sampled: prefixes have at most half, subsets two thirds of the
/// rest. No state is there twice, but for tears that happen to leave the same bytes.
pub(crate) fn plan(log: &Log, wish: &Wish) -> (Vec<State>, Planned) {
    let mut rng = Rng::with_seed(wish.seed);
    let mut seen = HashSet::new();
    let mut prefixes = Vec::new();
    let (mut subsets, mut torn) = (Vec::new(), Vec::new());
    let mut exhaustive = true;
    let last = log.epochs.len() - 1;
    for (number, epoch) in log.epochs.iter().enumerate() {
        let writes = epoch.writes.len();
        // All of an epoch is none of the next one, where as much or more has been acknowledged.
        let longest = if number == last { writes } else { writes.saturating_sub(1) };
        let state = |kept: Vec<usize>, torn| State { epoch: number, kept, torn };
        prefixes.extend((0..=longest).map(|end| state((0..end).collect(), None)));
        seen.extend(prefixes.iter().cloned());
        let all = writes <= wish.exhaustive;
        exhaustive &= all;
        let kept = if all { every_subset(writes) } else { some_subsets(writes, &mut rng) };
        let new = kept.into_iter().filter(|kept| kept.len() < writes).map(|kept| state(kept, None));
        subsets.extend(new.filter(|state| seen.insert(state.clone())));
        let new = tears(epoch, wish, &mut rng);
        torn.extend(
            new.into_iter()
                .map(|(kept, torn)| state(kept, Some(torn)))
                .filter(|state| seen.insert(state.clone())),
        );
    }
    let mut planned = Planned {
        states: 0,
        prefixes: prefixes.len(),
        subsets: subsets.len(),
        torn: torn.len(),
        exhaustive: exhaustive && prefixes.len() + subsets.len() <= wish.states,
    };
    rng.shuffle(&mut torn);
    if prefixes.len() + subsets.len() > wish.states {
        rng.shuffle(&mut subsets);
        rng.shuffle(&mut prefixes);
        prefixes.truncate(wish.states / 2);
        subsets.truncate((wish.states - prefixes.len()) * 2 / 3);
    }
    torn.truncate(wish.states.saturating_sub(prefixes.len() + subsets.len()));
    (planned.prefixes, planned.subsets, planned.torn) = (prefixes.len(), subsets.len(), torn.len());
    let mut states = prefixes;
    states.extend(subsets);
    states.extend(torn);
    // In the order of the epochs, so that the disk is only ever written on.
    states.sort_by_key(|state| state.epoch);
    planned.states = states.len();
    (states, planned)
}

fn every_subset(writes: usize) -> Vec<Vec<usize>> {
    let subset = |bits: u32| (0..writes).filter(|write| bits >> write & 1 == 1).collect();
    (0..1_u32 << writes).map(subset).collect()
}

/// Each write lost alone, each kept alone, and as many subsets drawn by chance.
fn some_subsets(writes: usize, rng: &mut Rng) -> Vec<Vec<usize>> {
    let without = |lost: usize| (0..writes).filter(|write| *write != lost).collect();
    let mut subsets: Vec<Vec<usize>> = (0..writes).map(without).collect();
    subsets.extend((0..writes).map(|alone| vec![alone]));
    for _ in 0..128 {
        let density = rng.f32();
        subsets.push((0..writes).filter(|_| rng.f32() < density).collect());
    }
    subsets
}

/// In how many places a write is cut: at every sector, unless it is a long one.
const MOST_CUTS: usize = 64;

/// How many sets of its sectors are tried of a write.
const SECTOR_SETS: usize = 16;

/// Of each write that is longer than a sector: every first part and every last one, and some sets of its sectors, with
/// those before it; and a part with a subset of the others.
fn tears(epoch: &Epoch, wish: &Wish, rng: &mut Rng) -> Vec<(Vec<usize>, Torn)> {
    let (mut tears, sector) = (Vec::new(), wish.sector);
    let may_tear = epoch.writes.iter().enumerate().filter(|(_, write)| write.offset >= wish.superblock);
    for (number, write) in may_tear {
        let length = usize::try_from(write.content.len()).unwrap_or(usize::MAX);
        let sectors = length / sector;
        for cut in (1..sectors).take(MOST_CUTS).map(|cut| cut * sector) {
            for part in [(0, cut), (length - cut, length)] {
                tears.push(((0..=number).collect(), Torn { write: number, parts: vec![part] }));
            }
        }
        for _ in 0..if sectors > 2 { SECTOR_SETS } else { 0 } {
            let kept = (0..sectors.min(MOST_CUTS)).filter(|_| rng.bool());
            let parts: Vec<_> = kept.map(|at| (at * sector, (at + 1) * sector)).collect();
            // None of them is a prefix, and all of them too.
            if !parts.is_empty() && parts.len() < sectors {
                tears.push(((0..=number).collect(), Torn { write: number, parts }));
            }
        }
        if sectors > 1 && epoch.writes.len() > 1 {
            let cut = rng.usize(1..sectors) * sector;
            let kept = (0..epoch.writes.len()).filter(|write| *write == number || rng.bool()).collect();
            tears.push((kept, Torn { write: number, parts: vec![(0, cut)] }));
        }
    }
    tears
}

#[cfg(test)]
mod tests {
    use super::super::log::{Content, Write};
    use super::*;

    fn log(epochs: &[usize]) -> Log {
        let mut log = Log::default();
        for (number, writes) in epochs.iter().enumerate() {
            if number > 0 {
                log.flush();
            }
            for write in 0..*writes {
                log.write(Write { offset: write as u64 * 4096, content: Content::Bytes(vec![1; 4096]) });
            }
        }
        log
    }

    const WISH: Wish = Wish { states: 10_000, exhaustive: 8, sector: 512, superblock: 0, seed: 1 };

    #[test]
    fn every_subset_between_two_flushes_once() {
        let (states, planned) = plan(&log(&[3, 2]), &WISH);
        // All of the first epoch is none of the second: 2^3 - 1 and 2^2.
        assert_eq!((planned.prefixes + planned.subsets, planned.exhaustive), (7 + 4, true));
        assert_eq!(states.len(), states.iter().collect::<HashSet<_>>().len());
        assert_eq!(planned.states, states.len());
        assert!(planned.torn > 0);
    }

    #[test]
    fn many_writes_are_sampled_and_it_is_said() {
        let (states, planned) = plan(&log(&[40]), &Wish { states: 50, ..WISH });
        assert!(!planned.exhaustive);
        assert_eq!(states.len(), 50);
        assert!(planned.prefixes > 0 && planned.subsets > 0 && planned.torn > 0, "{planned:?}");
    }

    #[test]
    fn a_superblock_is_not_torn() {
        let (_, planned) = plan(&log(&[1]), &Wish { superblock: 4096, ..WISH });
        assert_eq!(planned.torn, 0);
    }

    #[test]
    fn what_is_not_kept_is_not_on_the_disk() {
        let log = log(&[2]);
        let state =
            State { epoch: 0, kept: vec![1], torn: Some(Torn { write: 1, parts: vec![(512, 1024)] }) };
        let mut image = Image::default();
        state.apply(&log.epochs[0], &mut image);
        let mut disk = vec![9; 8192];
        image.read(0, &mut disk);
        let written: Vec<usize> = (0..8192).filter(|at| disk[*at] == 1).collect();
        assert_eq!((written.first(), written.last()), (Some(&(4096 + 512)), Some(&(4096 + 1023))));
    }
}
