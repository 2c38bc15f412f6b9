//! What the documents say that a command prints is what it prints.

use std::path::Path;

use acceptance::transcript::check;

#[test]
fn configctl_prints_what_its_page_says() {
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/configctl.md"));
}
