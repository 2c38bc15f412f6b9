//! Which elements of an array stay when it becomes another one: the longest list that both have, in the order of both.

use std::cmp::Reverse;
use std::hash::RandomState;
use std::ops::Range;

use crate::compare::{hash_of, is_same};
use crate::tree::Node;

/// Of what there is more than once, the first is looked for at the first, the second at the second, and so many beside those.
const REACH: usize = 16;

/// Of more elements, fewer are looked at beside each, so that an array of millions of equals takes no longer than others.
const MOST: usize = 1 << 20;

/// What becomes of the elements of an array.
pub(crate) struct Fate {
    pub(crate) removed: Vec<bool>,
    /// An old one and the new one in its place.
    pub(crate) paired: Vec<(usize, usize)>,
    /// Behind so many of the old ones, the new ones.
    pub(crate) added: Vec<(usize, usize)>,
}

impl Fate {
    /// Between elements that stay, one comes in the place of another, in their order; the rest goes or comes.
    fn gap(&mut self, olds: Range<usize>, news: Range<usize>) {
        let paired = olds.len().min(news.len());
        let removed = self.removed.get_mut(olds.start + paired..olds.end);
        removed.unwrap_or_default().fill(true);
        self.added.extend(news.clone().skip(paired).map(|new| (olds.end, new)));
        self.paired.extend(olds.zip(news));
    }
}

pub(crate) fn align(olds: &[Node<'_, '_>], news: &[Node<'_, '_>]) -> Fate {
    let same = |(old, new): &(&Node<'_, '_>, &Node<'_, '_>)| is_same(**old, **new);
    let head = olds.iter().zip(news).take_while(same).count();
    let least = olds.len().min(news.len()) - head;
    let tail = olds.iter().rev().zip(news.iter().rev()).take(least).take_while(same).count();
    let (olds_end, news_end) = (olds.len() - tail, news.len() - tail);
    let inner = |nodes| <[_]>::get(nodes, head..nodes.len() - tail).unwrap_or_default();
    let mut fate = Fate { removed: vec![false; olds.len()], paired: Vec::new(), added: Vec::new() };
    let (mut old, mut new) = (head, head);
    for (old_stays, new_stays) in in_common(inner(olds), inner(news)) {
        fate.gap(old..head + old_stays, new..head + new_stays);
        (old, new) = (head + old_stays + 1, head + new_stays + 1);
    }
    fate.gap(old..olds_end, new..news_end);
    fate
}

fn in_common(olds: &[Node<'_, '_>], news: &[Node<'_, '_>]) -> Vec<(usize, usize)> {
    // Mostly, something only goes or only comes.
    if olds.is_empty() || news.is_empty() { Vec::new() } else { longest(&twins(olds, news)) }
}

/// Each old one with the new ones that are the same; by the old ones, and of those of one, the last new one first.
fn twins(olds: &[Node<'_, '_>], news: &[Node<'_, '_>]) -> Vec<(usize, usize)> {
    let reach = REACH.min(MOST / olds.len().max(news.len()));
    let state = RandomState::default();
    let sorted = |nodes: &[Node<'_, '_>]| {
        let mut hashes: Vec<_> = nodes.iter().map(|node| hash_of(*node, &state)).zip(0..).collect();
        hashes.sort_unstable();
        hashes
    };
    let (olds_sorted, news_sorted): (Vec<(u64, usize)>, Vec<_>) = (sorted(olds), sorted(news));
    let mut twins = Vec::new();
    for equals in olds_sorted.chunk_by(|(one, _), (other, _)| one == other) {
        for (turn, (hash, old)) in equals.iter().enumerate() {
            let Some(node) = olds.get(*old) else { continue };
            let first = news_sorted.partition_point(|(other, _)| other < hash) + turn.saturating_sub(reach);
            let near = news_sorted.iter().skip(first).take(2 * reach + 1);
            let equal = near.take_while(|(other, _)| other == hash).map(|(_, new)| *new);
            let twin = equal.filter(|new| news.get(*new).is_some_and(|new| is_same(*node, *new)));
            twins.extend(twin.map(|new| (*old, new)));
        }
    }
    twins.sort_unstable_by_key(|(old, new)| (*old, Reverse(*new)));
    twins
}

/// The longest choice of them in which both rise. No two of one old one are in it, as they fall.
fn longest(twins: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let new = |twin: &usize| twins.get(*twin).map(|(_, new)| *new);
    // For each length, the last twin of the choice of that length that leaves most room; for each twin, the one before it.
    let (mut lasts, mut befores) = (Vec::new(), Vec::with_capacity(twins.len()));
    for twin in 0..twins.len() {
        let length = lasts.partition_point(|last| new(last) < new(&twin));
        befores.push(length.checked_sub(1).and_then(|before| lasts.get(before).copied()));
        match lasts.get_mut(length) {
            Some(last) => *last = twin,
            None => lasts.push(twin),
        }
    }
    let before = |twin: &usize| befores.get(*twin).copied().flatten();
    let chosen = std::iter::successors(lasts.last().copied(), before);
    let mut chosen: Vec<_> = chosen.filter_map(|twin| twins.get(twin).copied()).collect();
    chosen.reverse();
    chosen
}
