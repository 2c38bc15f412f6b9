#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access;
mod access_de;
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
mod failure;
mod lex;
mod migrate;
mod name;
mod passes;
mod pointer;
mod problem;
mod record;
mod render;
mod rules;
mod secret;
mod session;
mod syntax;
mod tree;
mod value;
mod writer;

pub use access::{AllowedKeys, ApiKey, Refusal};
pub use config::{Config, Features, Model, Models, Retention};
pub use decode::{DEFAULT_MAX_BYTES, Decoded, Limits, Migrated, decode, decode_with, span_of};
pub use diff::{Change, ChangeKind, MASK, diff, masked};
pub use document::Document;
pub use encode::{EncodeError, effective, encode, masked_document, rewrite, rewrite_value};
pub use migrate::{Fields, Migrations, Step};
pub use pointer::{Pointer, PointerError};
pub use problem::{MAX_PROBLEMS, Place, Problem, ProblemKind, Problems};
pub use value::parse_value;
