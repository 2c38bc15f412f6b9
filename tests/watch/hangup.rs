//! SIGHUP looks at once. No interval of the watch can be waited for here: what counts is what is true when the log says
//! that the look is over. `configctl watch` has the same test in `operator.rs`.

use acceptance::logged::Logged;
use acceptance::place::{Place, with_alias};
use acceptance::system::{alone, kill};
use acceptance::time::eventually;

use crate::layout::edit;

#[test]
fn a_hangup_makes_the_gateway_look_without_its_patience() {
    let _turn = alone();
    let place = Place::with(&with_alias("old"));
    let gateway = Logged::start(&place.file());
    // Half a file would be given a second.
    place.write("{");
    kill("-HUP", gateway.pid());
    eventually("the hangup is answered", || gateway.logged("SIGHUP:").into_iter().next());
    let health = gateway.health();
    assert_eq!(health["status"], "degraded", "{health}");
    assert_eq!(gateway.aliases(), ["old"]);
    println!("SIGHUP, half a file: {}", gateway.watch());

    edit(&place.file(), "mended");
    kill("-HUP", gateway.pid());
    eventually("the second one too", || gateway.logged("SIGHUP:").into_iter().nth(1));
    assert_eq!(gateway.aliases(), ["mended"]);
    assert_eq!(gateway.health()["status"], "ok");
    println!("SIGHUP, mended: {}", gateway.watch());
}
