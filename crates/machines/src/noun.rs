//! The names of the nouns of this crate. This module imports nothing of any noun.

use bailiwick_engine::noun::Noun;

/// `calendars`.
pub const CALENDAR: Noun = Noun::new("calendar", "calendars");
/// `observations`.
pub const OBSERVATION: Noun = Noun::new("observation", "observations");
/// `series`. One series and several have the same name.
pub const SERIES: Noun = Noun::new("one_series", "series");
