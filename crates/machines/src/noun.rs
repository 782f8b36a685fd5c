//! The names of the nouns of this crate. This module imports nothing of any noun.

use bailiwick_engine::noun::Noun;

/// `observations`.
pub const OBSERVATION: Noun = Noun::new("observation", "observations");
/// `series`. One series and several have the same name.
pub const SERIES: Noun = Noun::new("one_series", "series");
/// `reports`.
pub const REPORT: Noun = Noun::new("report", "reports");
