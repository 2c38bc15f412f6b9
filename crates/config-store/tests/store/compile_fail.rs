//! What must not compile.

#[test]
fn a_snapshot_cannot_be_changed() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
