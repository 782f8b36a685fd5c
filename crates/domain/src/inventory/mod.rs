//! What an organization has: sites, nodes, services and agents.

pub mod agent;
pub mod facts;
pub mod front;
pub mod front_name;
pub mod node;
pub mod node_filter;
pub mod presence;
pub mod service;
pub mod site;
pub mod targets;
