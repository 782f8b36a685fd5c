//! The address of a request's client, also behind reverse proxies.

use std::net::{IpAddr, Ipv4Addr};

use bailiwick_domain::network::Network;
use http::HeaderMap;

/// The address that stands for an unknown client: 0.0.0.0.
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Whether a request came through a proxy that is not trusted. Then the proxy's address counts as the
/// client's.
pub(crate) fn is_through_stranger(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> bool {
    let peer = peer.to_canonical();
    headers.contains_key("x-forwarded-for") && !trusted.iter().any(|network| network.contains(peer))
}

/// The client's address: the peer's, or if the peer is a trusted proxy, the last address in
/// `X-Forwarded-For` that is not a trusted proxy. The client could have made up anything further left.
///
/// If a trusted proxy has written something else there, such as `unknown` (RFC 7239), the client is
/// unknown. Its address is then 0.0.0.0, which is in no network that a key may be used from.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    if !is_trusted(client) {
        return client;
    }
    let values: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    // Parsed as bytes: a client may put invalid UTF-8 in front, and the address that the proxy adds must
    // still be readable.
    let hops = values.iter().rev().flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops {
        let hop = std::str::from_utf8(hop).ok().map(str::trim);
        let Some(address) = hop.and_then(parse).filter(|address| !address.is_unspecified()) else {
            return NOBODY;
        };
        client = address;
        if !is_trusted(client) {
            break;
        }
    }
    client
}

/// Parses an address, which may have a port or brackets, as some proxies write it.
fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().or_else(|_| hop.parse::<std::net::SocketAddr>().map(|a| a.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, forwarded: &[&'static str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", http::HeaderValue::from_static(value));
        }
        let trusted: Vec<Network> = trusted.iter().map(|t| t.parse().unwrap()).collect();
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn x_forwarded_for_is_used_only_from_trusted_proxies() {
        assert_eq!(found("192.0.2.1", &["203.0.113.9"], &[]), "192.0.2.1");
        assert_eq!(found("192.0.2.1", &["203.0.113.9"], &["192.0.2.0/24"]), "203.0.113.9");
        assert_eq!(found("::ffff:192.0.2.1", &["203.0.113.9"], &["192.0.2.0/24"]), "203.0.113.9");
        assert_eq!(found("192.0.2.1", &["10.0.0.1, 203.0.113.9"], &["192.0.2.1"]), "203.0.113.9");
        assert_eq!(found("192.0.2.1", &["203.0.113.9, 192.0.2.7"], &["192.0.2.0/24"]), "203.0.113.9");
        assert_eq!(found("192.0.2.1", &["203.0.113.9", "192.0.2.7"], &["192.0.2.0/24"]), "203.0.113.9");
        assert_eq!(found("192.0.2.1", &["203.0.113.9, unknown"], &["192.0.2.0/24"]), "0.0.0.0");
        for nobody in ["unknown", "_hidden", "", "203.0.113.9,", "0.0.0.0", "[::]", "unknown, 192.0.2.7"] {
            assert_eq!(found("192.0.2.1", &[nobody], &["192.0.2.0/24"]), "0.0.0.0", "{nobody}");
            assert_eq!(
                found("192.0.2.1", &[nobody], &[]),
                "192.0.2.1",
                "the header of an untrusted proxy was used: {nobody}"
            );
        }
        // If a proxy sends no such header, its own address is used.
        assert_eq!(found("192.0.2.1", &[], &["192.0.2.0/24"]), "192.0.2.1");
        assert_eq!(found("192.0.2.1", &["203.0.113.9:4711"], &["192.0.2.0/24"]), "203.0.113.9");
        assert_eq!(found("192.0.2.1", &["[2001:db8::1]"], &["192.0.2.0/24"]), "2001:db8::1");
    }

    #[test]
    fn an_untrusted_proxy_is_detected() {
        let mut headers = HeaderMap::new();
        let peer = "192.0.2.1".parse().unwrap();
        let trusted: [Network; 1] = ["10.0.0.0/8".parse().unwrap()];
        assert!(!is_through_stranger(peer, &headers, &trusted));
        headers.append("x-forwarded-for", http::HeaderValue::from_static("203.0.113.9"));
        assert!(is_through_stranger(peer, &headers, &trusted));
        assert!(!is_through_stranger("::ffff:10.0.0.1".parse().unwrap(), &headers, &trusted));
    }

    #[test]
    fn a_client_cannot_hide_behind_bytes_that_are_not_text() {
        let mut headers = HeaderMap::new();
        let value = http::HeaderValue::from_bytes(b"\xff, 203.0.113.9").unwrap();
        headers.append("x-forwarded-for", value);
        let trusted = ["192.0.2.0/24".parse().unwrap()];
        assert_eq!(client("192.0.2.1".parse().unwrap(), &headers, &trusted).to_string(), "203.0.113.9");
    }
}
