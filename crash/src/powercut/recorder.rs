//! The disk: an image that records what is written to it, and can be what a power cut would have left.

use std::collections::VecDeque;

use super::image::Image;
use super::log::{Content, Log, Recorded, Write};
use super::plan::{State, plan};
use super::protocol::{Answer, Ask};

/// A recording, and the states of the disk that follow from it.
#[derive(Clone, Debug, Default)]
struct Recording {
    /// The disk when it began.
    origin: Image,
    log: Log,
    states: Vec<State>,
    /// The origin with the first so many epochs.
    reached: (usize, Image),
    /// The state that was last shown, before anything was written to it.
    shown: Image,
}

/// A disk. Writes go to `now`, and to `log` while it is recorded.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    now: Image,
    log: Option<Log>,
    /// What was recorded; the last is what states are shown of.
    recordings: Vec<Recording>,
    fail: VecDeque<String>,
}

impl Recorder {
    pub(crate) fn read(&self, offset: u64, into: &mut [u8]) {
        self.now.read(offset, into);
    }

    /// False: the write is to fail.
    pub(crate) fn write(&mut self, write: Write) -> bool {
        if let (Some(marker), Content::Bytes(bytes)) = (self.fail.front(), &write.content)
            && bytes.windows(marker.len()).any(|window| window == marker.as_bytes())
        {
            self.fail.pop_front();
            return false;
        }
        self.now.apply(&write);
        if let Some(log) = &mut self.log {
            log.write(write);
        }
        true
    }

    pub(crate) fn flush(&mut self) {
        if let Some(log) = &mut self.log {
            log.flush();
        }
    }

    pub(crate) fn acknowledge(&mut self, what: String) {
        if let Some(log) = &mut self.log {
            log.ack(what);
        }
    }

    pub(crate) fn answer(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Record => {
                self.now.settle();
                self.begin(self.now.clone());
                self.log = Some(Log::default());
                Answer::Done
            }
            Ask::Stop => self.stop(),
            Ask::Plan(wish) => match self.recordings.last_mut() {
                Some(recording) => {
                    let (states, planned) = plan(&recording.log, &wish);
                    recording.states = states;
                    Answer::Planned(planned)
                }
                None => Answer::Error("nothing was recorded".to_owned()),
            },
            Ask::Show(number) => self.show(number),
            Ask::Push => self.push(),
            Ask::Pop => {
                self.recordings.pop();
                self.log = None;
                Answer::Done
            }
            Ask::FailOnce(marker) => {
                self.fail.push_back(marker);
                Answer::Done
            }
        }
    }

    fn begin(&mut self, origin: Image) {
        let reached = (0, origin.clone());
        self.recordings.push(Recording { origin, reached, ..Recording::default() });
    }

    fn stop(&mut self) -> Answer {
        match (self.log.take(), self.recordings.last_mut()) {
            (Some(log), Some(recording)) => {
                let size = Recorded { unfailed: self.fail.len(), ..log.size() };
                self.fail.clear();
                recording.log = log;
                Answer::Recorded(size)
            }
            _ => Answer::Error("nothing is being recorded".to_owned()),
        }
    }

    fn show(&mut self, number: usize) -> Answer {
        let Some(recording) = self.recordings.last_mut() else {
            return Answer::Error("nothing was recorded".to_owned());
        };
        let Some(state) = recording.states.get(number) else {
            return Answer::Error(format!("there is no state {number}"));
        };
        if state.epoch < recording.reached.0 {
            recording.reached = (0, recording.origin.clone());
        }
        while recording.reached.0 < state.epoch {
            let (epoch, image) = &mut recording.reached;
            for write in recording.log.epochs.get(*epoch).iter().flat_map(|epoch| &epoch.writes) {
                image.apply(write);
            }
            *epoch += 1;
        }
        self.now = recording.reached.1.clone();
        if let Some(epoch) = recording.log.epochs.get(state.epoch) {
            state.apply(epoch, &mut self.now);
        }
        recording.shown = self.now.clone();
        self.log = Some(Log::default());
        Answer::Shown { name: state.name(), acknowledged: recording.log.acknowledged(state.epoch) }
    }

    /// The writes since a state was shown become a recording whose origin is that state.
    fn push(&mut self) -> Answer {
        let Some((recording, log)) = self.recordings.last().zip(self.log.take()) else {
            return Answer::Error("no state is shown".to_owned());
        };
        let origin = recording.shown.clone();
        self.begin(origin);
        let size = log.size();
        if let Some(recording) = self.recordings.last_mut() {
            recording.log = log;
        }
        Answer::Recorded(size)
    }
}
