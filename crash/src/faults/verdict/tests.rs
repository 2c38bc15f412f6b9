//! What a run may say, and what it may not.

use super::*;

const SYNC: Hit<'_> = Hit {
    call: "fsync",
    creates: false,
    is_copy: false,
    is_natural: false,
    part: Part::Save("sync-file"),
    is_after: false,
    fault: Fault::Error { errno: errnos::EIO, ever: false },
};

fn said(saved: &str, step: &str, errno: i64) -> Said {
    Said { saved: Some(saved.to_owned()), step: Some(step.to_owned()), errno: Some(errno) }
}

fn run(code: i32, content: Content, said: Said) -> Run {
    Run { exit: Exit::Code(code), content, said, speech: Speech::Json }
}

fn sorts(hit: &Hit<'_>, run: &Run) -> (Ended, Vec<Sort>) {
    let (ended, wrong) = verdict(hit, run);
    (ended, wrong.iter().map(|wrong| wrong.sort).collect())
}

#[test]
fn a_failed_save_leaves_the_old_content_and_says_why() {
    let honest = run(1, Content::Old, said("no", "sync-file", 5));
    assert_eq!(sorts(&SYNC, &honest), (Ended::NotSaved, vec![]));
    let lies = run(1, Content::New, said("no", "sync-file", 5));
    assert_eq!(sorts(&SYNC, &lies), (Ended::NotSaved, vec![Sort::Outcome]));
    let broken = run(1, Content::Broken, said("no", "sync-file", 5));
    assert_eq!(sorts(&SYNC, &broken), (Ended::NotSaved, vec![Sort::Partial]));
    for wrong in [said("no", "write", 5), said("no", "sync-file", 28), Said::default()] {
        let (_, sorts) = sorts(&SYNC, &run(1, Content::Old, wrong.clone()));
        assert!(!sorts.is_empty() && sorts.iter().all(|sort| *sort == Sort::Report), "{wrong:?}");
    }
}

#[test]
fn a_step_that_failed_is_no_success() {
    let done = run(0, Content::New, Said::default());
    assert_eq!(sorts(&SYNC, &done), (Ended::Saved, vec![Sort::Denied]));
    let elsewhere = Hit { part: Part::Elsewhere, ..SYNC };
    assert_eq!(sorts(&elsewhere, &done), (Ended::Saved, vec![]));
    let unsaved = run(0, Content::Old, Said::default());
    assert_eq!(sorts(&elsewhere, &unsaved), (Ended::Saved, vec![Sort::Outcome]));
}

#[test]
fn what_is_made_again_may_succeed_and_an_fsync_is_not() {
    let done = run(0, Content::New, Said::default());
    let fault = Fault::Error { errno: errnos::EINTR, ever: false };
    let write = Hit { call: "write", part: Part::Save("write"), fault, ..SYNC };
    assert_eq!(sorts(&write, &done), (Ended::Saved, vec![]));
    for call in ["fsync", "renameat", "renameat2"] {
        assert_eq!(sorts(&Hit { call, fault, ..SYNC }, &done).1, [Sort::Denied], "{call}");
    }
    let fault = Fault::Error { errno: errnos::EINVAL, ever: true };
    assert_eq!(sorts(&Hit { call: "renameat2", fault, ..SYNC }, &done).1, []);
    assert_eq!(sorts(&Hit { call: "renameat", fault, ..SYNC }, &done).1, [Sort::Denied]);
    let fault = Fault::Error { errno: errnos::EEXIST, ever: false };
    let create = Hit { call: "openat", creates: true, fault, ..SYNC };
    assert_eq!(sorts(&create, &done).1, []);
    assert_eq!(sorts(&Hit { creates: false, ..create }, &done).1, [Sort::Denied]);
}

#[test]
fn uncertainty_has_a_code_of_its_own() {
    let hit = Hit { part: Part::Save("sync-directory"), ..SYNC };
    let told = run(6, Content::New, said("not-durable", "sync-directory", 5));
    assert_eq!(sorts(&hit, &told), (Ended::NotDurable, vec![]));
    let gone = run(6, Content::Old, said("not-durable", "sync-directory", 5));
    assert_eq!(sorts(&hit, &gone), (Ended::NotDurable, vec![Sort::Outcome]));
    let hit = Hit { part: Part::Save("rename"), ..SYNC };
    for content in [Content::Old, Content::New] {
        let told = run(6, content, said("unknown", "rename", 5));
        assert_eq!(sorts(&hit, &told), (Ended::Unknown, vec![]));
    }
}

#[test]
fn a_kill_leaves_what_the_rename_had_made() {
    for (renamed, content, wrong) in [
        (false, Content::Old, vec![]),
        (true, Content::New, vec![]),
        (false, Content::New, vec![Sort::Outcome]),
        (true, Content::Old, vec![Sort::Outcome]),
        (true, Content::Broken, vec![Sort::Partial]),
    ] {
        let hit = Hit { fault: Fault::Kill { renamed }, ..SYNC };
        let killed = Run { exit: Exit::Signal(9), ..run(0, content, Said::default()) };
        assert_eq!(sorts(&hit, &killed), (Ended::Killed, wrong));
        let went_on = run(0, Content::New, Said::default());
        assert_eq!(sorts(&hit, &went_on).1, [Sort::Denied]);
    }
}

#[test]
fn no_fault_ends_in_a_panic_a_signal_or_never() {
    let old = run(101, Content::Old, said("no", "sync-file", 5));
    for exit in [Exit::Code(101), Exit::Signal(6), Exit::Hung] {
        assert!(sorts(&SYNC, &Run { exit, ..old.clone() }).1.contains(&Sort::Died), "{exit:?}");
    }
}

#[test]
fn what_cannot_be_printed_was_saved_all_the_same() {
    let hit = Hit { call: "write", part: Part::Output, ..SYNC };
    let told = Said { saved: Some("yes".to_owned()), step: None, errno: Some(5) };
    assert_eq!(sorts(&hit, &run(1, Content::New, told)), (Ended::Saved, vec![]));
    assert_eq!(sorts(&hit, &run(0, Content::New, Said::default())).1, [Sort::Denied]);
    let fault = Fault::Error { errno: errnos::EPIPE, ever: false };
    assert_eq!(sorts(&Hit { fault, ..hit }, &run(0, Content::New, Said::default())).1, []);
}
