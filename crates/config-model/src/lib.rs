#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access;
mod access_de;
mod align;
mod children;
mod clean;
mod compare;
mod config;
mod de;
mod decode;
mod diff;
mod document;
mod duplicates;
mod edit;
mod encode;
mod escape;
mod excerpt;
mod failure;
mod fast;
mod fast_access;
mod fast_de;
mod fast_enum;
mod fold;
mod gap;
mod jsonc;
mod known;
mod lex;
mod migrate;
mod name;
mod passes;
mod placed;
mod pointer;
mod problem;
mod problem_kind;
mod record;
mod recorded_names;
mod render;
mod rules;
#[cfg(feature = "schema")]
mod schema;
mod secret;
mod session;
mod syntax;
mod tree;
mod value;
mod version;
mod writer;

pub use access::{AllowedKeys, ApiKey, Refusal};
pub use config::{Config, Features, Model, Models, Retention};
pub use decode::{DEFAULT_MAX_BYTES, Decoded, Limits, Migrated, decode, decode_with, span_of};
pub use diff::{Change, ChangeKind, MASK, diff, masked};
pub use document::Document;
pub use encode::{
    EncodeError, effective, encode, masked_document, rewrite, rewrite_accepted, rewrite_value, seed_text,
};
pub use excerpt::Excerpt;
pub use jsonc::Syntax;
pub use migrate::{Fields, Migrations, Step};
pub use placed::placed;
pub use pointer::{Pointer, PointerError};
pub use problem::{MAX_PROBLEMS, Place, Problem, ProblemKind, Problems};
#[cfg(feature = "schema")]
pub use schema::schema;
pub use value::parse_value;

/// The two ways of a text apart, for the tests and fuzz targets that hold one against the other. No part of the API.
#[doc(hidden)]
pub mod ways {
    use crate::{Decoded, Document, Limits, Problems};

    /// The document of a text that nothing is wrong or odd with; or nothing, whatever the text.
    pub fn fast<D: Document>(bytes: &[u8], limits: Limits) -> Option<D> {
        crate::fast::read(bytes, limits)
    }

    /// As `decode_with`, without the fast way.
    pub fn thorough<D: Document>(bytes: &[u8], limits: Limits) -> Result<Decoded<D>, Problems> {
        crate::decode::thorough(bytes, limits)
    }
}
