//! The database of observations: its file, its schema, and what happens on a full disk.
