//! The agent: the program on each machine. It connects to a server, tells what machine it runs on,
//! and does what it is told: at most once, and truthfully told.
//!
//! It knows neither the database nor the operations; what it says and hears is in `link`.
