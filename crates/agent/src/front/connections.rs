//! How many connections the front has, together and with one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

/// How many connections there may be.
const CONNECTIONS_MAX: usize = 64;
/// How many connections there may be with one address.
const OF_ADDRESS_MAX: usize = 16;

/// The connections of the front.
#[derive(Clone, Default)]
pub(super) struct Connections(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A place for one connection. It is free again when this is dropped.
pub(super) struct Place {
    connections: Connections,
    address: IpAddr,
}

impl Connections {
    /// A place for a connection with an address; `None` if there is none.
    pub(super) fn place(&self, address: IpAddr) -> Option<Place> {
        let mut counts = self.0.lock();
        let own = counts.get(&address).copied().unwrap_or_default();
        if own >= OF_ADDRESS_MAX || counts.values().sum::<usize>() >= CONNECTIONS_MAX {
            return None;
        }
        counts.insert(address, own + 1);
        Some(Place { connections: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.connections.0.lock();
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_leaves_connections_to_others() {
        let connections = Connections::default();
        let address = |n: u8| IpAddr::from([192, 0, 2, n]);
        let of = |n| std::iter::from_fn(|| connections.place(address(n))).collect::<Vec<Place>>();
        let one = of(1);
        assert_eq!(one.len(), OF_ADDRESS_MAX);
        let others: Vec<_> = (2..=9).flat_map(of).collect();
        assert_eq!(one.len() + others.len(), CONNECTIONS_MAX);
        drop(others);
        assert_eq!(of(2).len(), OF_ADDRESS_MAX);
        drop(one);
        assert!(connections.0.lock().is_empty());
    }
}
