//! Formulas: how metrics follow from sums.

use crate::production::sums::{Sum, Sums};

/// How a metric is worked out from sums. Nothing is capped.
#[derive(Clone, Copy, Debug)]
pub enum Formula {
    /// Sums that are added and subtracted, multiplied by `scale`.
    Total {
        /// The sums.
        terms: Terms,
        /// What the total is multiplied by, to get from the unit of the sums to that of the metric.
        scale: f64,
    },
    /// The product of fractions, multiplied by `scale`. All numerators and all denominators are multiplied
    /// before the division. It has no value if a denominator is zero.
    Ratio {
        /// The fractions.
        fractions: &'static [Fraction],
        /// What the ratio is multiplied by, to get from the units of the sums to that of the metric.
        scale: f64,
    },
}

/// Sums that are added and subtracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The sums that are added.
    pub plus: &'static [Sum],
    /// The sums that are subtracted.
    pub minus: &'static [Sum],
}

impl Terms {
    /// The total of these terms. It saturates at the bounds of `i64`.
    pub fn total(&self, sums: &Sums) -> i64 {
        let of = |list: &[Sum]| list.iter().fold(0_i64, |total, sum| total.saturating_add(sums.get(*sum)));
        of(self.plus).saturating_sub(of(self.minus))
    }
}

/// A fraction of sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// Above the line.
    pub numerator: Terms,
    /// Below the line.
    pub denominator: Terms,
}

impl Formula {
    /// The value, from sums that were added up. `None` if a denominator is zero.
    pub fn evaluate(&self, sums: &Sums) -> Option<f64> {
        let (numerator, denominator, scale) = match self {
            Self::Total { terms, scale } => (terms.total(sums) as f64, 1.0, scale),
            Self::Ratio { fractions, scale } => {
                let product = |part: fn(&Fraction) -> &Terms| {
                    fractions.iter().map(|fraction| part(fraction).total(sums) as f64).product::<f64>()
                };
                (product(|fraction| &fraction.numerator), product(|fraction| &fraction.denominator), scale)
            }
        };
        (denominator != 0.0).then(|| numerator / denominator * scale)
    }
}
