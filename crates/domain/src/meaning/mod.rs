//! What people and other systems say about machines, as it is kept: when work is scheduled, why machines were down,
//! which jobs ran, who operated them, and what became of the parts.
//!
//! What follows from it for the time of a node is in [`history`](crate::history).

pub mod area;
pub mod calendar;
pub mod downtime;
pub mod goal;
pub mod job;
pub mod millionths;
pub mod operator;
pub mod part;
