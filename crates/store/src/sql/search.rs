//! Free-text search as conditions of a query.

use bailiwick_domain::search::Search;

use crate::sql::statement::Statement;

/// Adds the condition that every word occurs in the column `search` to a statement that ends inside its
/// `WHERE` clause.
pub(crate) fn push_search(statement: &mut Statement, search: &Search) {
    for word in search.words() {
        statement.push(" AND search LIKE ").push_value(containing(&word)).push(" ESCAPE '!'");
    }
}

/// The `LIKE` pattern that matches texts containing a word.
fn containing(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for c in word.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
