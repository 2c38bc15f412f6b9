//! Whoever opens the page of a type finds an example that compiles: in its own documentation, or in that of one of its methods.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

use super::{Slips, Source};

/// The library crates: those with a `lib.rs` below this directory.
const CRATES: &str = "crates";

pub(crate) fn check(files: &[Source], slips: &mut Slips) {
    let roots = files.iter().filter(|file| file.is_in(CRATES) && file.path.ends_with("src/lib.rs"));
    for root in roots {
        let Some(directory) = root.path.parent() else { continue };
        let Ok(parsed) = syn::parse_file(&root.text) else { continue };
        let mut exports = BTreeSet::new();
        for item in &parsed.items {
            if let syn::Item::Use(item) = item
                && matches!(item.vis, syn::Visibility::Public(_))
            {
                names(&item.tree, &mut exports);
            }
        }
        let mut types = Types::default();
        for file in files.iter().filter(|file| file.path.starts_with(directory)) {
            if let Ok(parsed) = syn::parse_file(&file.text) {
                types.visit_file(&parsed);
            }
        }
        // Another crate's types, exported once more, are not defined in these files.
        for name in types.defined.intersection(&exports).filter(|name| !types.shown.contains(*name)) {
            slips.push(format!("{}: no example on the page of {name}", directory.display()));
        }
    }
}

fn names(tree: &syn::UseTree, found: &mut BTreeSet<String>) {
    match tree {
        syn::UseTree::Path(path) => names(&path.tree, found),
        syn::UseTree::Name(name) => drop(found.insert(name.ident.to_string())),
        syn::UseTree::Rename(rename) => drop(found.insert(rename.ident.to_string())),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| names(tree, found)),
        syn::UseTree::Glob(_) => {}
    }
}

#[derive(Default)]
struct Types {
    defined: BTreeSet<String>,
    shown: BTreeSet<String>,
}

impl Types {
    fn see(&mut self, name: &syn::Ident, attributes: &[syn::Attribute]) {
        if has_example(attributes) {
            self.shown.insert(name.to_string());
        }
    }

    fn define(&mut self, seen_by: &syn::Visibility, name: &syn::Ident, attributes: &[syn::Attribute]) {
        if matches!(seen_by, syn::Visibility::Public(_)) {
            self.defined.insert(name.to_string());
            self.see(name, attributes);
        }
    }
}

impl<'ast> Visit<'ast> for Types {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.define(&item.vis, &item.ident, &item.attrs);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.define(&item.vis, &item.ident, &item.attrs);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.define(&item.vis, &item.ident, &item.attrs);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let syn::Type::Path(path) = &*item.self_ty else { return };
        let Some(name) = path.path.segments.last().filter(|_| item.trait_.is_none()) else { return };
        for function in &item.items {
            if let syn::ImplItem::Fn(function) = function
                && matches!(function.vis, syn::Visibility::Public(_))
            {
                self.see(&name.ident, &function.attrs);
            }
        }
        visit::visit_item_impl(self, item);
    }
}

/// A block of Rust that has to compile.
fn has_example(attributes: &[syn::Attribute]) -> bool {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    // Every second fence ends a block.
    let fences: Vec<_> =
        lines.filter_map(|line| line.trim_start().strip_prefix("```").map(str::to_owned)).collect();
    fences.iter().step_by(2).any(|language| matches!(language.trim(), "" | "rust" | "no_run" | "rust,no_run"))
}
