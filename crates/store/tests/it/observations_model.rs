//! Observations in any order of arrival, compared with a plain map in memory.
