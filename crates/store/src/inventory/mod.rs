//! What an organization has: sites, nodes, services and agents.

pub mod agent_secrets;
pub mod agents;
pub mod front_names;
pub mod fronts;
mod merge;
pub(crate) mod node_filter;
pub(crate) mod node_merges;
mod node_row;
pub mod node_rows;
pub mod nodes;
pub mod presence;
pub mod services;
pub mod sites;
pub mod supervised;
