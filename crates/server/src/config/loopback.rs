//! An address that only programs on this machine reach.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A loopback address and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(into = "SocketAddr", try_from = "String")]
#[schemars(with = "String", inline)]
pub struct LoopbackAddress(SocketAddr);

/// Why a text is not a loopback address and a port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLoopback {
    /// It is not an address and a port.
    #[error("expected a loopback address and a port, such as 127.0.0.1:9464 or [::1]:9464, found {0}")]
    Malformed(String),
    /// Other machines may reach the address.
    #[error(
        "expected a loopback address, such as 127.0.0.1:{port}, found {address}, which other machines may reach: nobody needs a key there"
    )]
    Open {
        /// The address.
        address: IpAddr,
        /// The port.
        port: u16,
    },
}

impl LoopbackAddress {
    /// The address and the port.
    pub const fn get(self) -> SocketAddr {
        self.0
    }
}

impl From<LoopbackAddress> for SocketAddr {
    fn from(address: LoopbackAddress) -> Self {
        address.0
    }
}

impl FromStr for LoopbackAddress {
    type Err = NotLoopback;

    fn from_str(text: &str) -> Result<Self, NotLoopback> {
        let address: SocketAddr =
            text.trim().parse().map_err(|_| NotLoopback::Malformed(text.chars().take(100).collect()))?;
        let ip = address.ip().to_canonical();
        if ip.is_loopback() {
            Ok(Self(SocketAddr::new(ip, address.port())))
        } else {
            Err(NotLoopback::Open { address: address.ip(), port: address.port() })
        }
    }
}

impl TryFrom<String> for LoopbackAddress {
    type Error = NotLoopback;

    fn try_from(text: String) -> Result<Self, NotLoopback> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_accepted() {
        for (text, address) in [
            ("127.0.0.1:9464", "127.0.0.1:9464"),
            ("127.8.9.1:1", "127.8.9.1:1"),
            ("[::1]:9464", "[::1]:9464"),
            ("[::ffff:127.0.0.1]:9464", "127.0.0.1:9464"),
        ] {
            assert_eq!(text.parse::<LoopbackAddress>().unwrap().get(), address.parse().unwrap());
        }
        for text in ["0.0.0.0:9464", "[::]:9464", "192.0.2.1:9464", "128.0.0.1:1", "[::ffff:192.0.2.1]:1"] {
            assert!(matches!(text.parse::<LoopbackAddress>(), Err(NotLoopback::Open { .. })), "{text}");
        }
        for text in ["", "9464", "localhost:9464", "127.0.0.1", "127.0.0.1:99999", "::1:9464x"] {
            assert!(matches!(text.parse::<LoopbackAddress>(), Err(NotLoopback::Malformed(_))), "{text}");
        }
    }
}
