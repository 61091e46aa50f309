//! Directives on `__typename`. async-graphql's validation ignores that field: it would accept any directive on it, and
//! reject a variable as unused if only such a directive uses it.

use async_graphql::{
    Positioned,
    parser::types::{DocumentOperations, ExecutableDocument, InlineFragment, Selection, SelectionSet},
};

/// Rewrites `__typename @skip(if: $a)` to `... @skip(if: $a) { __typename }`, which means the same and is validated.
pub fn wrap(document: &mut ExecutableDocument) {
    match &mut document.operations {
        DocumentOperations::Single(only) => wrap_in(&mut only.node.selection_set.node),
        DocumentOperations::Multiple(several) => {
            several.values_mut().for_each(|one| wrap_in(&mut one.node.selection_set.node));
        }
    }
    document.fragments.values_mut().for_each(|fragment| wrap_in(&mut fragment.node.selection_set.node));
}

/// Recursion is safe: the nesting was limited before the document was parsed.
fn wrap_in(set: &mut SelectionSet) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) if field.node.name.node == "__typename" => {
                let directives = std::mem::take(&mut field.node.directives);
                if !directives.is_empty() {
                    let bare = Positioned::new(Selection::Field(field.clone()), selection.pos);
                    let selection_set = Positioned::new(SelectionSet { items: vec![bare] }, selection.pos);
                    let wrapped = InlineFragment { type_condition: None, directives, selection_set };
                    selection.node = Selection::InlineFragment(Positioned::new(wrapped, selection.pos));
                }
            }
            Selection::Field(field) => wrap_in(&mut field.node.selection_set.node),
            Selection::InlineFragment(fragment) => wrap_in(&mut fragment.node.selection_set.node),
            Selection::FragmentSpread(_) => {}
        }
    }
}
