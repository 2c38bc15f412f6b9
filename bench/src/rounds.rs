//! Contenders that take turns: what disturbs one round disturbs all of them alike.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use nix::time::{ClockId, clock_gettime};

use crate::table::{Group, Side, Unit};

/// Does an operation this many times, and returns the sum of what the operations found.
pub(crate) type Worker = Box<dyn FnMut(u32) -> u64 + Send>;

/// One way of doing it.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) side: Side,
    /// What one thread works with.
    pub(crate) worker: Box<dyn Fn() -> Worker>,
}

/// How long it goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    /// Of each thread in a round.
    pub(crate) operations: u32,
}

/// What one contender took in one round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Nanoseconds of CPU time for one operation, in the mean of the threads.
    pub(crate) cpu: f64,
    /// Operations in a nanosecond, of all threads together.
    pub(crate) rate: f64,
}

/// Something that each thread does one operation of after the other.
pub(crate) fn contender<S: 'static, R: FnMut() -> u64 + Send + 'static>(
    name: &'static str,
    side: Side,
    shared: S,
    worker: impl Fn(&S) -> R + 'static,
) -> Contender {
    let worker = move || {
        let mut work = worker(&shared);
        Box::new(move |operations: u32| (0..operations).fold(0_u64, |sum, _| sum.wrapping_add(work())))
            as Worker
    };
    Contender { name, side, worker: Box::new(worker) }
}

/// The CPU time of an operation in each round.
pub(crate) fn table(what: impl Into<String>, all: &[Contender], samples: &[Vec<Sample>]) -> Group {
    let mut group = Group::new(what, Unit::Nanoseconds);
    for (contender, samples) in all.iter().zip(samples) {
        group.add(contender.name, contender.side, samples.iter().map(|sample| sample.cpu).collect());
    }
    group
}

/// For each contender, a sample of each round. What an operation finds must be `found`, or it did other work.
pub(crate) fn run(all: &[Contender], threads: u32, effort: Effort, found: u64) -> Result<Vec<Vec<Sample>>> {
    let mut samples = vec![Vec::new(); all.len()];
    // The first one warms up.
    for round in 0..=effort.rounds {
        for (contender, samples) in all.iter().zip(&mut samples) {
            let sample = one(contender, threads, effort.operations, found)
                .with_context(|| format!("{} with {threads} threads", contender.name))?;
            if round > 0 {
                samples.push(sample);
            }
        }
    }
    Ok(samples)
}

fn one(contender: &Contender, threads: u32, operations: u32, found: u64) -> Result<Sample> {
    let barrier = Barrier::new(usize::try_from(threads)?);
    let workers: Vec<Worker> = (0..threads).map(|_| (contender.worker)()).collect();
    let took: Result<Vec<_>> = thread::scope(|scope| {
        let running: Vec<_> =
            workers.into_iter().map(|worker| scope.spawn(|| timed(worker, operations, &barrier))).collect();
        running.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a panic"))?).collect()
    });
    let took = took?;
    for (.., sum) in &took {
        ensure!(*sum == u64::from(operations).wrapping_mul(found), "it did not do the same work");
    }
    let operations = f64::from(operations);
    let cpu: f64 = took.iter().map(|(cpu, ..)| cpu.as_secs_f64()).sum();
    let wall = took.iter().map(|(_, wall, _)| wall.as_secs_f64()).fold(0.0, f64::max);
    let all = operations * f64::from(threads);
    Ok(Sample { cpu: cpu * 1e9 / all, rate: all / (wall * 1e9) })
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn timed(mut worker: Worker, operations: u32, barrier: &Barrier) -> Result<(Duration, Duration, u64)> {
    barrier.wait();
    let (cpu, wall) = (thread_time()?, Instant::now());
    let sum = worker(operations);
    Ok((thread_time()?.saturating_sub(cpu), wall.elapsed(), sum))
}

/// The CPU time of this thread, which others do not disturb.
pub(crate) fn thread_time() -> Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}
