//! Prints the figures of several sizes side by side.

use crate::inventory::figure::Figure;
use crate::report::count;

/// The widths of the columns with the figures' names, with the values of a size, and with the growth.
const WHAT: usize = 44;
const SIZE: usize = 16;
const GROWTH: usize = 9;

/// Prints the figures of each size. All columns contain the same figures in the same order.
pub(crate) fn print(sizes: &[u32], columns: &[Vec<Figure>]) {
    let mut line = format!("  {:<WHAT$}", "times: p50 p99");
    for size in sizes {
        line.push_str(&format!("{:>SIZE$}", count(*size as usize)));
    }
    line.push_str(&format!("   {:<4}{:>GROWTH$}   budget", "", "growth"));
    println!("{}", line.trim_end());
    let Some((first, others)) = columns.split_first() else { return };
    for (at, figure) in first.iter().enumerate() {
        let mut line = format!("  {:<WHAT$}{:>SIZE$}", figure.what, figure.text);
        // Shows the verdict of the size that the budget applies to, or else of the largest size.
        let mut verdict = figure.verdict.as_deref();
        let mut growth = String::new();
        for other in others.iter().filter_map(|column| column.get(at)) {
            line.push_str(&format!("{:>SIZE$}", other.text));
            growth = format!("×{:.2}", other.value / figure.value);
            verdict = other.verdict.as_deref().or(verdict);
        }
        line.push_str(&format!(" {:<6}{growth:>GROWTH$}   {}", figure.unit, verdict.unwrap_or_default()));
        println!("{}", line.trim_end());
    }
}
