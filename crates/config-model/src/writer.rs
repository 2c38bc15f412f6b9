//! Who is writing: a secret lets itself be serialized only by the writer of the config file.
//!
//! Serde gives a value no way to ask who serializes it, so the writer says so for its own thread, for as long as it writes.

use std::cell::Cell;

thread_local! {
    static IS_WRITING: Cell<bool> = const { Cell::new(false) };
}

/// Does the writer serialize on this thread?
pub(crate) fn is_writing() -> bool {
    IS_WRITING.get()
}

/// Serializes as the writer.
pub(crate) fn writing<T>(serialize: impl FnOnce() -> T) -> T {
    /// Also when the schema's own code panics.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            IS_WRITING.set(self.0);
        }
    }
    let _restore = Restore(IS_WRITING.replace(true));
    serialize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_the_writing_however_that_ends() {
        assert!(!is_writing());
        assert!(writing(|| writing(|| true) && is_writing()));
        assert!(!is_writing());
        std::panic::catch_unwind(|| writing(|| panic!("the schema's"))).unwrap_err();
        assert!(!is_writing());
    }
}
