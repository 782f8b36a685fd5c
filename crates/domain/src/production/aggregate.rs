//! Readings of a time, put together.

/// What numbers are divided by before they are added, so that the sum of the largest ones is finite. It is a power of
/// two (2⁶⁴), so nothing is rounded.
const SCALE: f64 = 18_446_744_073_709_551_616.0;

/// What is known of some readings together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aggregate {
    /// How many there are.
    pub count: u64,
    /// The smallest one.
    pub min: f64,
    /// The largest one.
    pub max: f64,
    /// The earliest one.
    pub first: f64,
    /// The latest one.
    pub last: f64,
    /// Their sum, scaled.
    sum: f64,
    /// What the sum has lost by rounding, scaled.
    lost: f64,
}

impl Aggregate {
    /// One reading, which is a finite number.
    pub fn of(value: f64) -> Self {
        Self { count: 1, min: value, max: value, first: value, last: value, sum: value / SCALE, lost: 0.0 }
    }

    /// Adds the next reading in the order of time, which is a finite number.
    pub fn add(&mut self, value: f64) {
        self.count = self.count.saturating_add(1);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.last = value;
        // Neumaier's summation.
        let value = value / SCALE;
        let sum = self.sum + value;
        let (large, small) =
            if self.sum.abs() >= value.abs() { (self.sum, value) } else { (value, self.sum) };
        self.lost += (large - sum) + small;
        self.sum = sum;
    }

    /// The mean of the readings.
    pub fn mean(&self) -> f64 {
        let mean = (self.sum + self.lost) / self.count as f64 * SCALE;
        mean.max(self.min).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f64]) -> Aggregate {
        let (first, others) = values.split_first().unwrap();
        let mut aggregate = Aggregate::of(*first);
        others.iter().for_each(|value| aggregate.add(*value));
        aggregate
    }

    #[test]
    fn a_mean_loses_nothing_beside_large_numbers() {
        assert_eq!(of(&[1e100, 1.0, -1e100]).mean(), 1.0 / 3.0);
        assert_eq!(of(&[f64::MAX; 3]).mean(), f64::MAX);
        assert_eq!(of(&[f64::MAX, f64::MIN]).mean(), 0.0);
        assert_eq!(of(&[0.1; 10]).mean(), 0.1);
        assert_eq!(of(&[1e-7, 3e-7]).mean(), 2e-7);
    }

    proptest! {
        #[test]
        fn an_aggregate_is_what_a_naive_reference_says(
            wholes in prop::collection::vec(-1_000_000_000_i64..1_000_000_000, 1..200),
        ) {
            // Whole numbers of 1/1,024 are exact, and so are their sums as whole numbers.
            let values: Vec<f64> = wholes.iter().map(|whole| *whole as f64 / 1_024.0).collect();
            let found = of(&values);
            prop_assert_eq!(found.count, values.len() as u64);
            prop_assert_eq!(found.min, values.iter().copied().fold(f64::INFINITY, f64::min));
            prop_assert_eq!(found.max, values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            prop_assert_eq!((found.first, found.last), (values[0], values[values.len() - 1]));
            let mean = wholes.iter().sum::<i64>() as f64 / values.len() as f64 / 1_024.0;
            prop_assert!((found.mean() - mean).abs() <= mean.abs() * 1e-15, "{} {}", found.mean(), mean);
        }
    }
}
