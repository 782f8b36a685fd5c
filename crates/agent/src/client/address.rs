//! The address of the server.

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// The path of the OpAMP endpoint.
const PATH: &str = "/v1/opamp";

/// A server's address: scheme, host and port, and the path before `/v1`, if a proxy adds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    is_tls: bool,
    /// The host, without the brackets of an IPv6 address.
    host: String,
    port: u16,
    prefix: String,
}

/// The error for a text that is not the address of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the address of a server, such as https://bailiwick.example:8443")]
pub struct NotAnAddress;

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let text = text.trim().trim_end_matches('/').trim_end_matches(PATH).trim_end_matches("/v1");
        let uri: Uri = text.parse().map_err(|_| NotAnAddress)?;
        let is_tls = match uri.scheme_str() {
            Some("https" | "wss") => true,
            Some("http" | "ws") => false,
            _ => return Err(NotAnAddress),
        };
        let authority = uri.authority().ok_or(NotAnAddress)?;
        let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
        if host.is_empty() || authority.as_str().contains('@') || uri.query().is_some() {
            return Err(NotAnAddress);
        }
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { is_tls, host, port, prefix })
    }
}

impl Address {
    /// Whether connections use TLS.
    pub const fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// The host: a name or an IP address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The host and port, as in HTTP's `Host` header.
    pub(super) fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    /// The path of the OpAMP endpoint.
    pub(super) fn path(&self) -> String {
        format!("{}{PATH}", self.prefix)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_addresses_are_normalized() {
        for (text, expected) in [
            ("https://bailiwick.example", "https://bailiwick.example:443"),
            ("https://Bailiwick.example:8443/v1/", "https://bailiwick.example:8443"),
            ("wss://h:1/v1/opamp", "https://h:1"),
            ("http://[::1]:80/fleet/", "http://[::1]:80/fleet"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), expected);
            assert_eq!(address.to_string().parse(), Ok(address));
        }
        assert_eq!("http://h/fleet".parse::<Address>().unwrap().path(), "/fleet/v1/opamp");
        for text in ["", "bailiwick.example", "ftp://h", "https://u:p@h", "https://h?x=1", "https://"] {
            assert_eq!(text.parse::<Address>(), Err(NotAnAddress), "{text:?}");
        }
    }
}
