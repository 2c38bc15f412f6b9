//! What it costs to find a model by its alias, and a key among those that may use it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hint::black_box;
use std::sync::Arc;

use anyhow::Result;
use config_model::{AllowedKeys, ApiKey, Model};

use crate::rounds::{Effort, contender, run as run_rounds, table};
use crate::samples::{alias, config, key};
use crate::table::{Entry, Group, Reach, Report, Side};

pub(crate) fn run(quick: bool, report: &mut Report) -> Result<()> {
    let effort = if quick {
        Effort { rounds: 3, operations: 50_000 }
    } else {
        Effort { rounds: 15, operations: 1_000_000 }
    };
    for aliases in [10, 1_000, 100_000] {
        by_alias(aliases, effort, report)?;
    }
    for keys in [1, 4, 16, 1_000] {
        by_key(keys, effort, report)?;
    }
    keys_at_any_size(effort, report)
}

/// Asks for one alias after the other, in an order that no cache foresees, with the key that may use it.
fn asked<T: Send + Sync + 'static, F: Fn(&T, &str, &str) -> bool + Send + 'static>(
    shared: &Arc<T>,
    aliases: usize,
    find: F,
) -> impl FnMut() -> u64 + Send + use<T, F> {
    let asked: Vec<_> = shuffled(aliases).map(|number| (alias(number), key(number))).collect();
    let (shared, mut at) = (Arc::clone(shared), 0);
    move || {
        at = if at + 1 < asked.len() { at + 1 } else { 0 };
        u64::from(asked.get(at).is_some_and(|(alias, key)| find(black_box(&shared), alias, key)))
    }
}

/// Every number below `count` once: steps of a length that has no factor in common with it.
fn shuffled(count: usize) -> impl Iterator<Item = usize> {
    const STEP: usize = 7_368_787;
    (0..count).map(move |number| number.wrapping_mul(STEP) % count)
}

fn by_alias(aliases: usize, effort: Effort, report: &mut Report) -> Result<()> {
    let config = Arc::new(config(aliases));
    let all = || config.models.iter().map(|(alias, model)| (alias.clone(), model.clone()));
    let (hashed, ordered) =
        (Arc::new(all().collect::<HashMap<_, _>>()), Arc::new(all().collect::<BTreeMap<_, _>>()));
    let ways = [
        contender("models.get", Side::Ours, Arc::clone(&config), move |shared| {
            asked(shared, aliases, |config, alias, _| config.models.get(alias).is_some_and(is_open))
        }),
        contender("std HashMap", Side::Peer, hashed, move |shared| {
            asked(shared, aliases, |models, alias, _| models.get(alias).is_some_and(is_open))
        }),
        contender("std BTreeMap", Side::Peer, ordered, move |shared| {
            asked(shared, aliases, |models, alias, _| models.get(alias).is_some_and(is_open))
        }),
        contender("look-up and key check alone", Side::Limit, Arc::clone(&config), move |shared| {
            asked(shared, aliases, |config, alias, key| {
                config.models.get(alias).is_some_and(|model| model.allowed_keys.allows(key))
            })
        }),
        contender("Config::route", Side::Ours, config, move |shared| {
            asked(shared, aliases, |config, alias, key| config.route(alias, Some(key)).is_ok())
        }),
    ];
    let mut group = table(format!("an alias of {aliases}"), &ways, &run_rounds(&ways, 1, effort, 1)?);
    let mut route = Group::new(format!("a route among {aliases} aliases"), group.unit);
    route.entries = group.entries.split_off(3);
    if aliases >= 1_000 {
        let what = |other: &str| format!("an alias of {aliases}, x {other}");
        report.rows.extend([
            group.row(what("std HashMap"), "models.get", "std HashMap", Reach::AtMost(0.7)),
            group.row(what("std BTreeMap"), "models.get", "std BTreeMap", Reach::AtMost(0.25)),
        ]);
    }
    let what = format!("Config::route, {aliases} aliases, x look-up and key check alone");
    report.rows.push(route.row(what, "Config::route", "look-up and key check alone", Reach::AtMost(1.3)));
    report.groups.extend([group, route]);
    Ok(())
}

/// What a look-up alone takes.
pub(crate) fn by_alias_alone(aliases: usize, effort: Effort) -> Result<f64> {
    let ways = [contender("models.get", Side::Ours, Arc::new(config(aliases)), move |shared| {
        asked(shared, aliases, |config, alias, _| config.models.get(alias).is_some_and(is_open))
    })];
    let group = table("", &ways, &run_rounds(&ways, 1, effort, 1)?);
    Ok(group.entries.first().map_or(f64::NAN, Entry::median))
}

fn is_open(model: &Model) -> bool {
    model.enabled
}

/// Asks for one of the keys after the other.
fn checked<T: Send + Sync + 'static, F: Fn(&T, &str) -> bool + Send + 'static>(
    shared: &Arc<T>,
    keys: usize,
    is_allowed: F,
) -> impl FnMut() -> u64 + Send + use<T, F> {
    let names: Vec<String> = shuffled(keys).map(key).collect();
    let (shared, mut at) = (Arc::clone(shared), 0);
    move || {
        at = if at + 1 < names.len() { at + 1 } else { 0 };
        u64::from(names.get(at).is_some_and(|name| is_allowed(black_box(&shared), name)))
    }
}

fn allowed(keys: usize) -> Arc<AllowedKeys> {
    Arc::new(AllowedKeys::only((0..keys).map(|number| ApiKey::new(key(number)))))
}

fn by_key(keys: usize, effort: Effort, report: &mut Report) -> Result<()> {
    let listed: Arc<Vec<String>> = Arc::new((0..keys).map(key).collect());
    let set: Arc<HashSet<String>> = Arc::new(listed.iter().cloned().collect());
    let ways = [
        contender("AllowedKeys::allows", Side::Ours, allowed(keys), move |shared| {
            checked(shared, keys, AllowedKeys::allows)
        }),
        contender("a scan", Side::Peer, listed, move |shared| {
            checked(shared, keys, |listed, key| listed.iter().any(|listed| listed == key))
        }),
        contender("std HashSet", Side::Peer, set, move |shared| checked(shared, keys, HashSet::contains)),
    ];
    let group = table(format!("a key of {keys}"), &ways, &run_rounds(&ways, 1, effort, 1)?);
    report.groups.push(group);
    Ok(())
}

/// However many keys a model has, a check costs about the same.
fn keys_at_any_size(effort: Effort, report: &mut Report) -> Result<()> {
    let sizes =
        [("4 keys", 4), ("5 keys", 5), ("16 keys", 16), ("1000 keys", 1_000), ("100000 keys", 100_000)];
    let ways = sizes.map(|(name, keys)| {
        contender(name, Side::Ours, allowed(keys), move |shared| checked(shared, keys, AllowedKeys::allows))
    });
    let group = table("AllowedKeys::allows", &ways, &run_rounds(&ways, 1, effort, 1)?);
    for (name, _) in sizes.iter().skip(1) {
        let what = format!("AllowedKeys::allows, {name}, x 4 keys");
        report.rows.push(group.row(what, name, "4 keys", Reach::AtMost(1.5)));
    }
    report.groups.push(group);
    Ok(())
}
