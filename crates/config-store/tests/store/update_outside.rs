//! Updates while others save, who take no lock.

use std::thread;

use config_model::Config;
use config_store::{Cause, Rejection, Revision, UpdateError};

use super::support::{
    LONG, Scratch, accepted, days, events_days, eventually, link, put, put_anew, put_by_rename, put_like_vim,
    rename, silent,
};

#[test]
fn an_edit_that_was_not_noticed_yet_is_built_upon() {
    for save in [put::<String>, put_by_rename, put_like_vim, put_anew] {
        let scratch = Scratch::with(days(5));
        let store = scratch.unwatched::<Config>();
        let mut events = store.events();
        save(&scratch.config(), days(7));
        let after = store.update(|config| config.retention.traces_days = 3).unwrap();
        assert_eq!((after.retention.events_days, after.retention.traces_days), (7, 3));
        let change = accepted(&mut events);
        assert_eq!((change.cause(), change.before().retention.events_days), (Cause::Update, 5));
        assert_eq!(change.diff().len(), 2, "{}", change.diff());
        silent(&store, &mut events);
    }
}

#[test]
fn an_update_that_changes_nothing_serves_what_is_on_disk() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let mut events = store.events();
    put(&scratch.config(), "{");
    store.reload().unwrap_err();
    assert!(matches!(events.next(), Some(config_store::Event::Rejected(_))));
    put(&scratch.config(), days(5));
    store.update(|_| {}).unwrap();
    assert!(store.status().rejection.is_none(), "the file is what is served");
    assert!(accepted(&mut events).diff().is_empty());
    put_by_rename(&scratch.config(), days(7));
    let after = store.update(|config| config.retention.events_days = 7).unwrap();
    assert_eq!((after.retention.events_days, events_days(&store)), (7, 7));
    let change = accepted(&mut events);
    assert_eq!((change.cause(), change.after().revision()), (Cause::Edit, Revision::of(days(7).as_bytes())));
    silent(&store, &mut events);
}

#[test]
fn a_save_inside_the_closure_is_not_lost() {
    for save in [put::<String>, put_by_rename, put_like_vim, put_anew] {
        let scratch = Scratch::with(days(5));
        let store = scratch.unwatched::<Config>();
        let mut runs = 0;
        let after = store
            .update(|config| {
                runs += 1;
                if runs == 1 {
                    save(&scratch.config(), days(77));
                }
                config.features.debug = true;
            })
            .unwrap();
        assert_eq!((runs, after.retention.events_days, after.features.debug), (2, 77, true));
        assert_eq!(*scratch.unwatched::<Config>().snapshot(), *after);
    }
}

#[test]
fn a_save_inside_the_closure_counts_for_compare_and_swap() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let revision = store.snapshot().revision();
    let error = store
        .update_if(revision, |config| {
            put_by_rename(&scratch.config(), days(77));
            config.features.debug = true;
        })
        .unwrap_err();
    assert!(matches!(error, UpdateError::Conflict { .. }), "{error:?}");
    assert_eq!(scratch.text(), days(77));
}

#[test]
fn an_editor_that_never_stops_wins() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let mut runs = 0;
    let error = store
        .update(|config| {
            runs += 1;
            put_by_rename(&scratch.config(), days(100 + runs));
            config.features.debug = true;
        })
        .unwrap_err();
    assert!(matches!(error, UpdateError::KeepsChanging { .. }), "{error:?}");
    assert_eq!(scratch.text(), days(100 + runs));
    store.reload().unwrap();
    assert_eq!(events_days(&store), 100 + runs);
}

#[test]
fn what_is_removed_or_broken_inside_the_closure_stays_so() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let error = store
        .update(|config| {
            std::fs::remove_file(scratch.config()).unwrap();
            config.features.debug = true;
        })
        .unwrap_err();
    assert!(matches!(error, UpdateError::OnDisk(Rejection::Missing { .. })), "{error:?}");
    assert!(!scratch.config().exists());
    put(&scratch.config(), days(5));
    let error = store
        .update(|config| {
            put_by_rename(&scratch.config(), "{");
            config.features.debug = true;
        })
        .unwrap_err();
    assert!(matches!(error, UpdateError::OnDisk(Rejection::Invalid { .. })), "{error:?}");
    assert_eq!((scratch.text().as_str(), events_days(&store)), ("{", 5));
}

/// The update read days 6, a look took days 7, and the edit changes nothing: what is served must not go back.
#[test]
fn a_newer_look_is_not_undone_by_an_edit_that_changes_nothing() {
    let scratch = Scratch::with(days(5));
    let store = scratch.unwatched::<Config>();
    let mut events = store.events();
    put_by_rename(&scratch.config(), days(6));
    let mut runs = 0;
    let after = store
        .update(|_| {
            runs += 1;
            if runs == 1 {
                put_by_rename(&scratch.config(), days(7));
                thread::scope(|scope| scope.spawn(|| store.reload().map(drop)).join()).unwrap().unwrap();
            }
        })
        .unwrap();
    assert_eq!((after.retention.events_days, events_days(&store)), (7, 7));
    assert_eq!(accepted(&mut events).after().retention.events_days, 7);
    silent(&store, &mut events);
}

/// The same with a watch: memory and disk must come together whatever the order.
#[test]
fn disk_and_memory_agree_in_the_end() {
    let scratch = Scratch::with(days(5));
    let store = scratch.quick::<Config>();
    for round in 0..100 {
        thread::scope(|scope| {
            scope.spawn(|| put_by_rename(&scratch.config(), days(1000 + round)));
            scope.spawn(|| store.update(|config| config.retention.traces_days = round).ok());
            scope.spawn(|| store.update(|_| {}).ok());
        });
        eventually("the disk is served", LONG, || {
            store.snapshot().revision() == Revision::of(scratch.text().as_bytes())
        });
    }
}

/// What is acknowledged is where the path leads, not where it led when the update began.
#[test]
fn a_directory_or_link_that_is_swapped_inside_the_closure_is_followed() {
    let scratch = Scratch::new();
    for (name, value) in [("old", 5), ("new", 7)] {
        std::fs::create_dir(scratch.join(name)).unwrap();
        put(&scratch.join(name).join("config.json"), days(value));
    }
    link(&scratch.join("data"), "old");
    link(&scratch.config(), "data/config.json");
    let swap_link = || {
        link(&scratch.join("data.new"), "new");
        rename(&scratch.join("data.new"), &scratch.join("data"));
    };
    let swap_directories = || {
        rename(&scratch.join("new"), &scratch.join("aside"));
        rename(&scratch.join("old"), &scratch.join("new"));
    };
    let store = scratch.unwatched::<Config>();
    for (swap, value) in [(&swap_link as &dyn Fn(), 7), (&swap_directories, 5)] {
        let mut runs = 0;
        let after = store
            .update(|config| {
                runs += 1;
                if runs == 1 {
                    swap();
                }
                config.features.debug = true;
            })
            .unwrap();
        assert_eq!((runs, after.retention.events_days), (2, value));
        assert_eq!(after.revision(), Revision::of(scratch.text().as_bytes()));
    }
}
