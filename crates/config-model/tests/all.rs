//! What config-model promises, a module for each topic.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic, also in what the tests share"
)]

#[path = "all/bombs.rs"]
mod bombs;
#[path = "corpus/cases.rs"]
mod cases;
#[path = "all/comments.rs"]
mod comments;
#[path = "all/corpus.rs"]
mod corpus;
#[path = "all/damage.rs"]
mod damage;
#[path = "all/decoding.rs"]
mod decoding;
#[path = "all/enums.rs"]
mod enums;
#[path = "all/excerpts.rs"]
mod excerpts;
#[path = "all/folding.rs"]
mod folding;
#[path = "all/gateway.rs"]
mod gateway;
#[path = "all/generate.rs"]
mod generate;
#[path = "all/jsonc.rs"]
mod jsonc;
#[path = "all/laid_out.rs"]
mod laid_out;
#[path = "all/layouts.rs"]
mod layouts;
#[cfg(target_os = "linux")]
#[path = "all/memory.rs"]
mod memory;
#[path = "all/migrations.rs"]
mod migrations;
#[path = "all/odd.rs"]
mod odd;
#[path = "all/oracle.rs"]
mod oracle;
#[path = "all/properties.rs"]
mod properties;
#[path = "all/rewriting.rs"]
mod rewriting;
#[cfg(feature = "schema")]
#[path = "all/schema.rs"]
mod schema;
#[cfg(feature = "schema")]
#[path = "all/schema_cases.rs"]
mod schema_cases;
#[path = "all/secrets.rs"]
mod secrets;
#[path = "all/shown.rs"]
mod shown;
#[path = "all/support.rs"]
mod support;
#[path = "all/syntax.rs"]
mod syntax;
#[path = "all/tokens.rs"]
mod tokens;
#[path = "all/types.rs"]
mod types;
#[path = "all/ways.rs"]
mod ways;
#[path = "all/writing.rs"]
mod writing;
