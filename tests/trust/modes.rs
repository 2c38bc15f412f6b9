//! The file's mode.

use acceptance::persona::personas;
use acceptance::place::with_alias;

use crate::support::{accepted, refused, rejected, silent, warned, watching};

#[test]
fn a_file_that_others_may_read_is_served_with_a_loud_warning() {
    for who in personas() {
        for mode in [0o644, 0o640, 0o604, 0o755, 0o610] {
            let place = who.place(&with_alias("fast"));
            place.chmod(mode);
            let told = warned(*who, &place.file(), &format!("has mode {mode:04o}"));
            assert!(told.err.contains("`chmod 600 "), "{}", told.err);
            assert_eq!(place.mode(), mode, "a load never changes a mode");
        }
    }
}

#[test]
fn a_file_that_others_may_write_is_refused_at_start() {
    for who in personas() {
        for mode in [0o620, 0o602, 0o660, 0o666, 0o777] {
            let place = who.place(&with_alias("fast"));
            place.chmod(mode);
            refused(*who, &place.file(), &format!("has mode {mode:04o}"));
            assert_eq!((place.mode(), place.leftovers().len()), (mode, 0));
        }
    }
}

#[test]
fn on_reload_the_last_good_config_stays() {
    for who in personas() {
        let place = who.place(&with_alias("good"));
        let watching = watching(*who, &place.file());
        place.chmod(0o666);
        let said = rejected(&watching);
        assert!(said.contains("has mode 0666") && said.contains("`chmod 600 "), "{said}");
        // What is written there now is not served, however valid.
        place.write(with_alias("planted"));
        place.chmod(0o600);
        assert_eq!(accepted(&watching)["changes"][0]["pointer"], "/models/good");
    }
}

#[test]
fn an_expected_mode_is_silent() {
    for who in personas() {
        for mode in ["0400", "0440", "0640", "0644"] {
            let place = who.place(&with_alias("fast"));
            place.chmod(u32::from_str_radix(mode, 8).expect("octal"));
            silent(*who, &place.file(), &["--expected-mode", mode]);
            // Write permission for others is never expected.
            place.chmod(0o660);
            let done = who.configctl(&place.file(), &["--expected-mode", mode, "show"]);
            assert_eq!(done.code, 5, "{done:?}");
        }
        for wrong in ["0660", "666", "0622", "8", "", "-1", "01777", "rw-r-----"] {
            let done = who.configctl(&who.place("{}").file(), &[&format!("--expected-mode={wrong}"), "show"]);
            assert_eq!(done.code, 2, "{wrong}: {done:?}");
        }
    }
}

#[test]
fn a_mode_is_mended_by_a_write_or_when_asked() {
    for who in personas() {
        let place = who.place(&with_alias("fast"));
        place.chmod(0o644);
        assert_eq!(who.configctl(&place.file(), &["set", "/features/debug", "true"]).code, 0);
        assert_eq!(place.mode(), 0o600);
        for mode in [0o644, 0o666] {
            place.chmod(mode);
            let done = who.configctl(&place.file(), &["doctor", "--fix"]);
            assert_eq!((done.code, place.mode()), (0, 0o600), "{done:?}");
            assert!(done.out.starts_with("mended "), "{}", done.out);
        }
    }
}
