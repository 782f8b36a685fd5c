//! The addresses that the server may probe for an exporter: not those that trust a request because of the
//! machine that it comes from, such as a cloud's metadata service, and not the server's own machine unless
//! the configuration allows that.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bailiwick_fleet::Probe;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Metadata services of clouds outside of the link-local networks.
const METADATA: [IpAddr; 6] = [
    // Amazon's, Google's and Scaleway's, by IPv6.
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42)),
    // Azure's, Alibaba's, Oracle's.
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
];

/// The rules for addresses of exporters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) allow_loopback: bool,
}

impl Rules {
    /// Whether an exporter may be at an address.
    fn allow(self, ip: IpAddr) -> bool {
        match ip {
            // A translator on the way may forward to any of the embedded addresses.
            IpAddr::V6(v6) => {
                self.allow_plain(ip) && embedded(v6).all(|inner| self.allow_plain(IpAddr::V4(inner)))
            }
            IpAddr::V4(_) => self.allow_plain(ip),
        }
    }

    /// Whether an exporter may be at an address, without regard to embedded addresses.
    fn allow_plain(self, ip: IpAddr) -> bool {
        if ip.is_loopback() {
            return self.allow_loopback;
        }
        let is_host = match ip {
            IpAddr::V4(v4) => is_host(v4),
            IpAddr::V6(v6) => is_host_v6(v6),
        };
        is_host && !METADATA.contains(&ip)
    }

    /// The URL of an exporter's metrics, or why it must not be requested.
    pub(super) fn url(self, probe: &Probe) -> Result<Url, String> {
        let invalid = || "the node has no address that the server can connect to".to_owned();
        let mut url: Url = match probe.scheme.as_str() {
            "https" => "https://exporter/",
            _ => "http://exporter/",
        }
        .parse()
        .map_err(|_| invalid())?;
        let host = match probe.address.parse::<Ipv6Addr>() {
            Ok(v6) => format!("[{v6}]"),
            // Anything after a colon would be dropped silently.
            Err(_) if probe.address.contains(':') => return Err(invalid()),
            Err(_) => probe.address.clone(),
        };
        url.set_host(Some(&host)).map_err(|_| invalid())?;
        url.set_port(Some(probe.port.get())).map_err(|()| invalid())?;
        // Kept from before queries were refused: with one, some exporters send their passwords elsewhere.
        if probe.path.contains(['?', '#']) {
            return Err("metrics_path contains a query: set a path without one".to_owned());
        }
        url.set_path(&probe.path);
        // Checked as it is in the URL, which normalizes addresses such as `0x7f.1`.
        let ip =
            url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>());
        match ip {
            Some(Ok(ip)) if !self.allow(ip) => Err(REFUSED.to_owned()),
            Some(_) => Ok(url),
            None => Err(invalid()),
        }
    }
}

const REFUSED: &str = "the server does not connect to addresses of this kind";

/// Whether an IPv4 address is that of one host beyond the next router: not of this network (`0.0.0.0/8`),
/// link-local, multicast, reserved (`240.0.0.0/4`) or the broadcast address.
const fn is_host(v4: Ipv4Addr) -> bool {
    let first = v4.octets()[0];
    first != 0 && first < 224 && !v4.is_link_local()
}

/// Whether an IPv6 address is that of one host beyond the next router: a global or a unique local one, or one
/// that embeds an IPv4 address. All others are reserved, multicast, link-local or site-local (RFC 3879).
fn is_host_v6(v6: Ipv6Addr) -> bool {
    let first = v6.segments()[0];
    let is_assigned = first & 0xe000 == 0x2000 || first & 0xfe00 == 0xfc00;
    is_assigned || first & 0xff00 == 0 && embedded(v6).next().is_some()
}

/// The IPv4 addresses that are, or may be, embedded in an IPv6 address: mapped, or translated on the way.
fn embedded(v6: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    let last = v4(g, h);
    let found: [Option<Ipv4Addr>; 5] = match (a, b, c, d, e, f) {
        // `::1` and `::` contain no IPv4 address.
        (0, 0, 0, 0, 0, 0) if g == 0 => [None; 5],
        // IPv4-compatible (RFC 4291), mapped, translated (RFC 2765), and NAT64 (RFC 6052).
        (0, 0, 0, 0, 0, 0 | 0xffff) | (0, 0, 0, 0, 0xffff, 0) | (0x64, 0xff9b, 0, 0, 0, 0) => {
            [Some(last), None, None, None, None]
        }
        // NAT64 with a local prefix (RFC 8215). It may have any length that RFC 6052 allows: the IPv4
        // address is at the end, or is split around the eight bits that are always zero.
        (0x64, 0xff9b, 1, ..) => [
            Some(last),
            Some(v4(d, (e & 0xff) << 8 | f >> 8)),
            Some(v4((d & 0xff) << 8 | e & 0xff, f)),
            Some(v4((e & 0xff) << 8 | f >> 8, (f & 0xff) << 8 | g >> 8)),
            None,
        ],
        // 6to4 (RFC 3056).
        (0x2002, ..) => [Some(v4(b, c)), None, None, None, None],
        // Teredo (RFC 4380): the server's address, and the client's with all bits inverted.
        (0x2001, 0, ..) => [Some(v4(c, d)), Some(v4(!g, !h)), None, None, None],
        // ISATAP (RFC 5214).
        (_, _, _, _, 0 | 0x200, 0x5efe) => [Some(last), None, None, None, None],
        _ => [None; 5],
    };
    found.into_iter().flatten()
}

/// Resolves names, and drops addresses that the rules do not allow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver(pub(super) Rules);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| rules.allow(address.ip())).collect();
            if allowed.is_empty() {
                return Err(io::Error::other(REFUSED).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::port::Port;

    use super::*;

    fn url(rules: Rules, address: &str, path: &str) -> Result<String, String> {
        let probe = Probe {
            agent: "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f".parse().unwrap(),
            scheme: "https".into(),
            address: address.into(),
            port: Port::try_from(9_100).unwrap(),
            path: path.into(),
            skips_verification: false,
            credential: None,
            withheld: None,
        };
        rules.url(&probe).map(String::from)
    }

    #[test]
    fn a_probe_url_has_only_the_configured_address_and_path() {
        let rules = Rules { allow_loopback: false };
        assert_eq!(url(rules, "db-1", "/metrics").unwrap(), "https://db-1:9100/metrics");
        assert_eq!(url(rules, "2001:db8::1", "/a").unwrap(), "https://[2001:db8::1]:9100/a");
        for path in ["/scrape?target=redis://x", "/a#b"] {
            assert!(url(rules, "2001:db8::1", path).unwrap_err().contains("contains a query"), "{path}");
        }
        for address in ["me@db-1", "db-1/x", "db-1?x", "db-1#x", "[", "db-1:80"] {
            assert!(url(rules, address, "/").is_err(), "{address}");
        }
    }

    #[test]
    fn probes_of_link_local_own_and_reserved_addresses_are_refused() {
        let rules = Rules { allow_loopback: false };
        for address in [
            "169.254.169.254",
            "0xa9.254.169.254",
            "2852039166",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fd00:42::42",
            "::169.254.169.254",
            "::127.0.0.1",
            "::ffff:0:169.254.169.254",
            "64:ff9b:1::a9fe:a9fe",
            "64:ff9b:1:a9fe:a9:fe00::",
            "64:ff9b:1:a9:fe:a9fe::",
            "64:ff9b:1:0:a9:fea9:fe00:0",
            "2001:0:a9fe:a9fe::1",
            "2001:0:102:304:0:0:5601:5601",
            "fd00::5efe:169.254.169.254",
            "2001:db8::200:5efe:169.254.169.254",
            "fe80::1",
            "168.63.129.16",
            "100.100.100.200",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "239.255.255.255",
            "240.0.0.1",
            "254.1.2.3",
            "::ffff:240.0.0.1",
            "64:ff9b::240.0.0.1",
            "2002:f000:1::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "4000::1",
            "::1:0:0:0:1",
            "64:ff9b:2::1",
            "127.0.0.1",
            "127.1",
            "::1",
            "::ffff:127.0.0.1",
        ] {
            assert_eq!(url(rules, address, "/"), Err(REFUSED.to_owned()), "{address}");
        }
        let at_home = Rules { allow_loopback: true };
        assert!(url(at_home, "127.0.0.1", "/").is_ok() && url(at_home, "::1", "/").is_ok());
        assert!(url(at_home, "169.254.169.254", "/").is_err());
        for address in [
            "1.0.0.1",
            "10.0.0.1",
            "192.168.1.1",
            "223.255.255.254",
            "fd00::1",
            "fc00::1",
            "8.8.8.8",
            "2001:db8::1",
            "3fff::1",
            "64:ff9b::808:808",
            "::ffff:8.8.8.8",
        ] {
            assert!(url(rules, address, "/").is_ok(), "{address}");
        }
    }

    #[tokio::test]
    async fn a_host_name_that_resolves_to_loopback_is_refused() {
        let name = || "localhost".parse().unwrap();
        assert!(Resolver(Rules { allow_loopback: false }).resolve(name()).await.is_err());
        assert!(Resolver(Rules { allow_loopback: true }).resolve(name()).await.unwrap().count() > 0);
    }
}
