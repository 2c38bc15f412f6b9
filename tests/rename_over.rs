//! Renaming over the file, what the editors of macOS and `sed -i` do, is seen each time.

use acceptance::configctl::Watching;
use acceptance::place::{Place, with_alias};

#[test]
fn every_rename_over_is_seen() {
    let place = Place::with(&with_alias("alias-0"));
    let (watching, _) = Watching::start(&place.file());
    // A watch of the file itself dies with the first inode; the second and later ones tell.
    for save in 1..=5 {
        place.rename_over(with_alias(&format!("alias-{save}")));
        let accepted = watching.next();
        assert_eq!(
            (&accepted["event"], &accepted["cause"]),
            (&"accepted".into(), &"edit".into()),
            "{accepted}"
        );
        let pointers: Vec<_> =
            accepted["changes"].as_array().into_iter().flatten().map(|change| &change["pointer"]).collect();
        assert_eq!(pointers, [&format!("/models/alias-{}", save - 1), &format!("/models/alias-{save}")]);
    }
}

#[test]
fn a_safe_save_that_keeps_a_backup_is_seen() {
    let place = Place::with(&with_alias("alias-0"));
    let (watching, _) = Watching::start(&place.file());
    for save in 1..=3 {
        // The old one is moved away first: for a moment there is no file.
        std::fs::copy(place.file(), place.directory().join("config.json~")).expect("a copy");
        place.remove();
        place.write(with_alias(&format!("alias-{save}")));
        assert_eq!(watching.next()["event"], "accepted");
    }
}

#[test]
fn a_symlinked_file_stays_a_link_and_its_target_is_watched() {
    let (place, elsewhere) = (Place::empty(), Place::with(&with_alias("alias-0")));
    std::os::unix::fs::symlink(elsewhere.file(), place.file()).expect("a link");
    let (watching, _) = Watching::start(&place.file());
    elsewhere.rename_over(with_alias("alias-1"));
    assert_eq!(watching.next()["event"], "accepted");
    let set = acceptance::configctl::configctl(&place.file(), &["set", "/features/debug", "true"]);
    assert_eq!(set.code, 0, "{}", set.err);
    assert_eq!(watching.next()["changes"][0]["pointer"], "/features/debug");
    assert!(place.file().is_symlink());
    assert!(elsewhere.text().contains("\"debug\": true"));
}
