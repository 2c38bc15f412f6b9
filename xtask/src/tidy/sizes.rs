//! Files have one subject, functions fit a screen.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::{Slips, Source};

/// Longest file, in lines.
const FILE: usize = 350;
/// Half of the library files are at most this long.
const MEDIAN: usize = 150;
/// Longest function, in lines.
const FUNCTION: usize = 70;

pub(crate) fn check(files: &[Source], slips: &mut Slips) {
    let mut lengths = Vec::new();
    for file in files {
        let lines = file.text.lines().count();
        if file.is_in("crates") && file.path.components().any(|part| part.as_os_str() == "src") {
            lengths.push(lines);
        }
        if lines > FILE {
            slips.push(format!("{}: {lines} lines, at most {FILE}", file.path.display()));
        }
        match syn::parse_file(&file.text) {
            Ok(parsed) => Functions { file, slips }.visit_file(&parsed),
            Err(error) => slips.push(format!("{}: {error}", file.path.display())),
        }
    }
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or_default();
    if median > MEDIAN {
        slips.push(format!("crates: the median file has {median} lines, at most {MEDIAN}"));
    }
}

struct Functions<'a> {
    file: &'a Source,
    slips: &'a mut Slips,
}

impl Functions<'_> {
    fn function(&mut self, signature: &syn::Signature, body: Span) {
        let start = signature.span().start().line;
        let lines = body.end().line + 1 - start;
        if lines > FUNCTION {
            let (path, name) = (self.file.path.display(), &signature.ident);
            self.slips.push(format!("{path}:{start}: {name} has {lines} lines, at most {FUNCTION}"));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, item.block.span());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, item.block.span());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block.span());
        }
        visit::visit_trait_item_fn(self, item);
    }
}
