//! What is promised within a time.
#![forbid(unsafe_code)]

mod slow_writer;
mod vi_edit;
