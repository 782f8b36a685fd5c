//! Networks from which a key may be used.

use std::borrow::Cow;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

use crate::text::text_type::text_type;

/// The most networks in one list.
pub const NETWORKS_MAX: usize = 64;

/// The shortest prefix of an IPv4 network that still counts as one location: no organization has a larger
/// block.
const NARROW_V4: u8 = 8;
/// The same for IPv6: a registry gives no provider a larger block.
const NARROW_V6: u8 = 16;

/// An IPv4 or IPv6 network in CIDR notation (RFC 4632, RFC 4291 section 2.3), or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpNet);

/// Why a text is not a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNetwork {
    /// It is neither an address nor a network.
    #[error("expected an address or a network such as 10.0.0.0/8 or 2001:db8::/32")]
    Form,
    /// It has bits set beyond its prefix.
    #[error("expected no bits beyond the prefix; did you mean {0}?")]
    HostBits(IpNet),
}

impl Network {
    /// Whether `address` is in it. An IPv4 address that came as IPv6 (`::ffff:192.0.2.1`) counts as
    /// the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether this network lies entirely within `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        other.0.contains(&self.0)
    }

    /// Whether the network is too wide to tie a key to a location: wider than an IPv4 /8 or an IPv6 /16.
    pub fn is_wide(&self) -> bool {
        match self.0 {
            IpNet::V4(net) => net.prefix_len() < NARROW_V4,
            IpNet::V6(net) => net.prefix_len() < NARROW_V6,
        }
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.to_string().into()
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(address.to_canonical().into()));
        }
        let net: IpNet = text.parse().map_err(|_| BadNetwork::Form)?;
        if net.trunc() != net {
            return Err(BadNetwork::HostBits(net.trunc()));
        }
        Ok(Self(canonical(net)))
    }
}

text_type!(Network, "maxLength": 64, "examples": ["10.0.0.0/8"]);

/// Turns a network of IPv4-mapped IPv6 addresses (`::ffff:192.0.2.0/120`) into the IPv4 network that it
/// is, since [`Network::contains`] compares such addresses as IPv4.
fn canonical(net: IpNet) -> IpNet {
    let IpAddr::V4(address) = net.addr().to_canonical() else { return net };
    let prefix = if net.addr().is_ipv6() { net.prefix_len().checked_sub(96) } else { Some(net.prefix_len()) };
    prefix.and_then(|prefix| Ipv4Net::new(address, prefix).ok()).map_or(net, IpNet::V4)
}

/// Whether a key's allowed networks tie it to a location: there is at least one, and none is
/// [wide](Network::is_wide).
pub fn are_a_place(allowed: &[Network]) -> bool {
    !allowed.is_empty() && !allowed.iter().any(Network::is_wide)
}

/// Whether a key may be used from `address`: it must be in an allowed network, if there are any, and in
/// no denied one. A client whose address is unknown (`0.0.0.0` or `::`) is in no allowed network, and
/// may be in any denied one.
pub fn admits(allowed: &[Network], denied: &[Network], address: IpAddr) -> bool {
    if address.is_unspecified() {
        return allowed.is_empty() && denied.is_empty();
    }
    (allowed.is_empty() || allowed.iter().any(|n| n.contains(address)))
        && !denied.iter().any(|n| n.contains(address))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nets(texts: &[&str]) -> Vec<Network> {
        texts.iter().map(|t| t.parse().unwrap()).collect()
    }

    #[test]
    fn allowed_and_denied_networks_decide_which_address_is_admitted() {
        let allowed = nets(&["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"]);
        let denied = nets(&["10.1.0.0/16"]);
        for (address, may) in [
            ("10.2.3.4", true),
            ("10.1.3.4", false),
            ("::ffff:10.2.3.4", true),
            ("::ffff:10.1.3.4", false),
            ("2001:db8::1", true),
            ("2001:db9::1", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
        ] {
            assert_eq!(admits(&allowed, &denied, address.parse().unwrap()), may, "{address}");
        }
        assert!(admits(&[], &[], "198.51.100.1".parse().unwrap()));
        assert!(!admits(&[], &denied, "10.1.0.1".parse().unwrap()));
        for unknown in ["0.0.0.0", "::"] {
            let unknown = unknown.parse().unwrap();
            assert!(admits(&[], &[], unknown));
            assert!(!admits(&nets(&["0.0.0.0/0", "::/0"]), &[], unknown), "an unknown address was allowed");
            assert!(!admits(&[], &denied, unknown), "an unknown address must not pass denied networks");
        }
    }

    #[test]
    fn a_network_wider_than_a_slash_8_or_16_is_not_a_place() {
        for wide in ["0.0.0.0/0", "0.0.0.0/1", "10.0.0.0/7", "::/0", "2000::/3", "2000::/15"] {
            assert!(!are_a_place(&nets(&[wide])) && !are_a_place(&nets(&["192.0.2.1", wide])), "{wide}");
        }
        assert!(are_a_place(&nets(&["10.0.0.0/8", "2001::/16", "192.0.2.1"])) && !are_a_place(&[]));
    }

    #[test]
    fn an_invalid_network_is_refused() {
        assert_eq!("::ffff:192.0.2.0/120".parse::<Network>(), "192.0.2.0/24".parse());
        assert_eq!("10.0.0.0/33".parse::<Network>(), Err(BadNetwork::Form));
        assert_eq!("office".parse::<Network>(), Err(BadNetwork::Form));
        let error = "10.0.0.1/8".parse::<Network>().unwrap_err();
        assert_eq!(error.to_string(), "expected no bits beyond the prefix; did you mean 10.0.0.0/8?");
    }

    proptest! {
        #[test]
        fn parsing_a_network_never_panics_and_reads_its_own_text(text in "[0-9a-f.:/]{0,20}") {
            if let Ok(network) = text.parse::<Network>() {
                prop_assert_eq!(network.to_string().parse::<Network>(), Ok(network));
            }
        }
    }
}
