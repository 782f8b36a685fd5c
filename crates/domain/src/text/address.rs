//! Addresses: the host names and IP addresses of nodes and services.

use std::borrow::Cow;
use std::net::Ipv6Addr;
use std::str::FromStr;

use crate::text::port::Port;
use crate::text::text_type::text_type;

/// The most characters of an address; a DNS name has at most 253 (RFC 1035, section 2.3.4).
pub const ADDRESS_MAX: usize = 255;

/// Characters that occur in URLs but in no host name.
const OF_A_URL: [char; 7] = ['/', '?', '#', '@', '[', ']', '\\'];

/// A host name or an IP address, spelled as it was entered: 1 to 255 characters, without a scheme, a
/// port, a path or spaces. It need not resolve.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a host name or an IP address, such as db-1.example.net or 10.0.0.5: 1 to {ADDRESS_MAX} characters, without \
     `http://`, a port, a path or spaces"
)]
pub struct BadAddress;

impl Address {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn as_text(&self) -> Cow<'_, str> {
        self.0.as_str().into()
    }
}

impl Address {
    /// An address from the database, which may hold addresses that are refused today.
    pub fn stored(text: &str) -> Result<Self, BadAddress> {
        let bounded = !text.is_empty() && text.chars().count() <= ADDRESS_MAX;
        if bounded && !text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadAddress)
        }
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        // A zone (`%eth0`) may follow an IPv6 address.
        let ip = text.split_once('%').map_or(text, |(ip, _)| ip);
        if text.contains(OF_A_URL) || text.contains(':') && ip.parse::<Ipv6Addr>().is_err() {
            return Err(BadAddress);
        }
        Self::stored(text)
    }
}

text_type!(
    seen Address,
    "minLength": 1,
    "maxLength": ADDRESS_MAX,
    "pattern": r"^[^\s/?#@\[\]\\]+$",
    "examples": ["db-1.example.net"],
);

/// A host and a port as in a URL: an IPv6 address is in brackets (RFC 3986, section 3.2.2).
pub fn host_and_port(host: &str, port: Port) -> String {
    let port = port.get();
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_is_in_brackets_before_a_port() {
        let port = Port::try_from(9_443).unwrap();
        for (host, written) in [
            ("db-1.example.net", "db-1.example.net:9443"),
            ("10.0.0.5", "10.0.0.5:9443"),
            ("2001:db8::1", "[2001:db8::1]:9443"),
        ] {
            assert_eq!(host_and_port(host, port), written);
        }
    }

    #[test]
    fn an_address_is_one_word_of_bounded_length() {
        for text in [
            "db-1",
            "10.0.0.5",
            "fe80::1%eth0",
            "2001:db8::1",
            "::ffff:10.0.0.1",
            "a.b_c-1",
            "bücher.example",
            "rds_instance",
            &"x".repeat(255),
        ] {
            assert!(text.parse::<Address>().is_ok(), "{text}");
        }
        for text in [
            "http://10.0.0.1",
            "https://db-1/metrics",
            "10.0.0.1:9100",
            "db-1:80",
            "[fe80::1]",
            "[::1]:80",
            "10.0.0.0/24",
            "me@db-1",
            "db-1?x",
            "db-1#x",
            "a\\b",
            ":",
            "fe80:::1",
        ] {
            assert_eq!(text.parse::<Address>(), Err(BadAddress), "{text:?}");
            // An address that is in the database already can still be read.
            assert!(Address::stored(text).is_ok(), "{text:?}");
        }
        for text in ["", " ", "a b", "a\n", "a\0", "\u{a0}a", &"x".repeat(256)] {
            assert_eq!(text.parse::<Address>(), Err(BadAddress), "{text:?}");
        }
    }
}
