//! Text with rules: names, labels and selectors, addresses, search terms.

pub(crate) mod reference;
pub(crate) mod shell;
pub(crate) mod text_type;

pub mod address;
pub mod excerpt;
pub mod hidden;
pub mod label;
pub mod name;
pub mod network;
pub mod port;
pub mod reserved;
pub mod search;
pub mod selector;
