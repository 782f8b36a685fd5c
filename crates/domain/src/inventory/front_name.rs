//! The names and addresses that a certificate of a front can have.

use std::fmt;
use std::net::IpAddr;

use uuid::Uuid;

/// The most characters of a host name (RFC 1035, section 2.3.4).
const HOST_MAX: usize = 253;
/// The most characters of one part of a host name.
const PART_MAX: usize = 63;

/// A host name or an address, as names are compared: two texts that mean the same host are the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FrontName {
    /// An IP address. One of IPv4 that is written as IPv6 is one of IPv4.
    Address(IpAddr),
    /// A host name, in small letters and without a dot at the end. One with other letters than those of ASCII is in the form
    /// that certificates have (RFC 5891, section 4.4: `xn--…`).
    Host(String),
}

impl FrontName {
    /// The name that a text means; `None` if it is neither a host name nor the address of one host.
    pub fn of(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse::<IpAddr>() {
            let address = address.to_canonical();
            return is_of_one_host(address).then_some(Self::Address(address));
        }
        let host = text.strip_suffix('.').unwrap_or(text);
        let host =
            if host.is_ascii() { host.to_ascii_lowercase() } else { idna::domain_to_ascii(host).ok()? };
        let is_host = host.len() <= HOST_MAX && host.split('.').all(is_part);
        // What ends in a number is read as an address by some programs, such as 10.1 for 10.0.0.1.
        let ends_in_number =
            host.rsplit('.').next().is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        (is_host && !ends_in_number).then_some(Self::Host(host))
    }

    /// The id of an object, if it has the form of one.
    pub fn as_id(&self) -> Option<Uuid> {
        match self {
            Self::Host(host) => host.parse().ok(),
            Self::Address(_) => None,
        }
    }

    /// How the address of a node may be written, in small letters, if it means this name. Addresses of IPv6 can be written in
    /// more ways, and international host names too.
    pub fn spellings(&self) -> Vec<String> {
        match self {
            Self::Host(host) => vec![host.clone(), format!("{host}.")],
            Self::Address(IpAddr::V4(address)) => {
                vec![address.to_string(), address.to_ipv6_mapped().to_string()]
            }
            Self::Address(IpAddr::V6(address)) => vec![address.to_string()],
        }
    }

    /// Whether it can also be written with other letters than those of ASCII, in many ways.
    pub fn is_international(&self) -> bool {
        matches!(self, Self::Host(host) if host.split('.').any(|part| part.starts_with("xn--")))
    }

    /// Whether it is an address of IPv6.
    pub const fn is_ipv6(&self) -> bool {
        matches!(self, Self::Address(IpAddr::V6(_)))
    }
}

impl fmt::Display for FrontName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Host(host) => f.write_str(host),
        }
    }
}

/// Whether an address can be that of one host. A loopback address is, where Prometheus runs on the machine of the node.
fn is_of_one_host(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !(is_link_local || address.is_unspecified() || address.is_multicast())
}

fn is_part(part: &str) -> bool {
    (1..=PART_MAX).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        && !part.starts_with('-')
        && !part.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_mean_the_same_host_are_the_same_name() {
        for (one, other) in [
            ("DB-1.Example", "db-1.example."),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("::ffff:10.0.0.1", "10.0.0.1"),
            ("::ffff:a00:1", "10.0.0.1"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.Example.", "XN--bcher-KVA.example"),
            ("bu\u{308}cher.example", "bücher.example"),
        ] {
            let name = FrontName::of(one).unwrap();
            assert_eq!(Some(&name), FrontName::of(other).as_ref(), "{one}");
            assert_eq!(Some(&name), FrontName::of(&name.to_string()).as_ref(), "{one}");
        }
        for spelling in FrontName::of("10.0.0.1").unwrap().spellings() {
            assert_eq!(FrontName::of(&spelling), FrontName::of("10.0.0.1"), "{spelling}");
        }
        assert!(FrontName::of("bücher.example").unwrap().is_international());
        assert!(!FrontName::of("axn--b.example").unwrap().is_international());
        let id = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
        assert_eq!(FrontName::of(id).unwrap().as_id(), id.parse().ok());
        assert_eq!(FrontName::of("db-1").unwrap().as_id(), None);
    }

    #[test]
    fn what_is_no_host_or_no_single_host_is_no_name() {
        for text in [
            "Rack 7",
            "Büro 7",
            "-a",
            "a-",
            "a..b",
            "",
            ".",
            "fe80::1%eth0",
            "0.0.0.0",
            "::",
            "169.254.1.1",
            "fe80::1",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
            "10.1",
            "7",
            "1.2.3.4.",
        ] {
            assert_eq!(FrontName::of(text), None, "{text}");
        }
    }
}
