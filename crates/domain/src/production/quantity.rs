//! Sums of the readings of a quantity.

use crate::time::Timestamp;

/// The largest number, in units: values beyond it are cut off.
const UNITS_MAX: f64 = 1e15;
const MICROS_PER_UNIT: f64 = 1e6;

/// A number with six decimals, from -10¹⁵ to 10¹⁵. Its sums are exact, and do not depend on their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed(i128);

impl Fixed {
    /// The number rounded to six decimals, and cut off at ±10¹⁵. `None` for a value that is not a number or
    /// infinite.
    pub fn from_f64(value: f64) -> Option<Self> {
        let micros = (value.clamp(-UNITS_MAX, UNITS_MAX) * MICROS_PER_UNIT).round();
        // At most 10²¹, so the conversion cuts nothing off.
        value.is_finite().then_some(Self(micros as i128))
    }

    /// The number.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / MICROS_PER_UNIT
    }

    /// The number in millionths.
    pub const fn micros(self) -> i128 {
        self.0
    }
}

/// The smallest and largest reading, and the first and last one with their times. Of several readings at the
/// same time, the smallest is the first and the largest is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extremes {
    /// The smallest value.
    pub min: Fixed,
    /// The largest value.
    pub max: Fixed,
    /// The earliest reading.
    pub first: (Timestamp, Fixed),
    /// The latest reading.
    pub last: (Timestamp, Fixed),
}

/// Sums of the readings of one quantity in some stretch of time.
///
/// Adding them is commutative and associative. They saturate at 1.7 · 10³⁸ millionths, which is a value of
/// 10¹⁵ that holds for more than five million years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuantitySums {
    /// The number of readings.
    pub n: i64,
    /// The sum of their values, in millionths of the unit.
    pub sum: i128,
    /// The extremes; `None` without a reading.
    pub extremes: Option<Extremes>,
    /// The sum of each value times the microseconds for which it held and there was data, in millionths of
    /// the unit times microseconds.
    pub weighted: i128,
    /// The microseconds for which a value held and there was data.
    pub known_micros: i64,
}

impl QuantitySums {
    /// Counts a reading.
    pub fn read(&mut self, at: Timestamp, value: Fixed) {
        self.n = self.n.saturating_add(1);
        self.sum = self.sum.saturating_add(value.0);
        let this = (at, value);
        self.extremes =
            Some(self.extremes.map_or(Extremes { min: value, max: value, first: this, last: this }, |own| {
                Extremes {
                    min: own.min.min(value),
                    max: own.max.max(value),
                    first: own.first.min(this),
                    last: own.last.max(this),
                }
            }));
    }

    /// Counts the time for which a value held.
    pub fn hold(&mut self, value: Fixed, micros: i64) {
        self.weighted = self.weighted.saturating_add(value.0.saturating_mul(micros.into()));
        self.known_micros = self.known_micros.saturating_add(micros);
    }

    /// Adds the sums of another stretch of time.
    pub fn add(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.sum = self.sum.saturating_add(other.sum);
        self.weighted = self.weighted.saturating_add(other.weighted);
        self.known_micros = self.known_micros.saturating_add(other.known_micros);
        self.extremes = match (self.extremes, other.extremes) {
            (Some(one), Some(two)) => Some(Extremes {
                min: one.min.min(two.min),
                max: one.max.max(two.max),
                first: one.first.min(two.first),
                last: one.last.max(two.last),
            }),
            (one, two) => one.or(two),
        };
    }

    /// The mean of the readings; `None` without a reading.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum as f64 / MICROS_PER_UNIT / self.n as f64)
    }

    /// The mean over the time for which a value held; `None` without such a time.
    pub fn mean_over_time(&self) -> Option<f64> {
        let is_known = self.known_micros > 0;
        is_known.then(|| self.weighted as f64 / MICROS_PER_UNIT / self.known_micros as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_have_six_decimals_and_are_cut_off() {
        for (value, micros) in [
            (0.1, 100_000),
            (-0.000_000_4, 0),
            (0.000_000_6, 1),
            (1e15, 10_i128.pow(21)),
            (1e300, 10_i128.pow(21)),
            (-1e300, -(10_i128.pow(21))),
        ] {
            assert_eq!(Fixed::from_f64(value).unwrap().micros(), micros, "{value}");
        }
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Fixed::from_f64(value), None);
        }
        assert_eq!(Fixed::from_f64(-269.0133).unwrap().as_f64(), -269.0133);
    }

    #[test]
    fn means_are_divided_last() {
        let (one, three) = (Fixed::from_f64(1.0).unwrap(), Fixed::from_f64(3.0).unwrap());
        let mut sums = QuantitySums::default();
        assert_eq!((sums.mean(), sums.mean_over_time()), (None, None));
        sums.read(Timestamp::from_micros(1), one);
        sums.read(Timestamp::from_micros(2), three);
        sums.hold(one, 30);
        sums.hold(three, 10);
        assert_eq!((sums.mean(), sums.mean_over_time()), (Some(2.0), Some(1.5)));
        let extremes = sums.extremes.unwrap();
        assert_eq!((extremes.min, extremes.last.1), (one, three));
    }

    proptest! {
        #[test]
        fn every_order_of_adding_gives_the_same_sums(
            readings in prop::collection::vec((0_i64..9, -9_i32..9, 0_i64..99), 1..20)
                .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
            cut in any::<prop::sample::Index>(),
        ) {
            let sum = |readings: &[(i64, i32, i64)]| {
                let mut sums = QuantitySums::default();
                for (at, value, micros) in readings {
                    let value = Fixed::from_f64(f64::from(*value) / 3.0).unwrap();
                    sums.read(Timestamp::from_micros(*at), value);
                    sums.hold(value, *micros);
                }
                sums
            };
            let (one, other) = readings;
            let (left, right) = other.split_at(cut.index(other.len()));
            let mut pieces = sum(right);
            pieces.add(&sum(left));
            prop_assert_eq!(pieces, sum(&one));
            pieces.add(&QuantitySums::default());
            prop_assert_eq!(pieces, sum(&one));
        }
    }
}
