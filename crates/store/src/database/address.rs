//! Parses PostgreSQL addresses with one host, or with several of which one accepts writes.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use crate::error::{Error, Result};

/// How long connecting to one host may take if the address does not say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest `connect_timeout` in seconds: nothing waits longer than this for a connection.
const CONNECT_TIMEOUT_MAX: u64 = 10;
/// The most hosts in an address.
const HOSTS_MAX: usize = 16;
/// The parameters that are passed to the driver unchanged.
const PASSED_ON: [&str; 14] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// A parsed PostgreSQL address.
#[derive(Clone, Debug)]
pub struct PostgresAddress {
    hosts: Vec<PgConnectOptions>,
    connect_timeout: Duration,
}

impl From<PgConnectOptions> for PostgresAddress {
    fn from(options: PgConnectOptions) -> Self {
        Self { hosts: vec![options], connect_timeout: CONNECT_TIMEOUT }
    }
}

impl PostgresAddress {
    /// The connection options of each host, in the order of the address.
    pub fn hosts(&self) -> &[PgConnectOptions] {
        &self.hosts
    }

    /// How long connecting to one host may take.
    pub const fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// Parses an address. Error messages never contain its password.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.contains('#') {
            return Err(wrong("a `#` must be written as %23"));
        }
        let (scheme, rest) = text.split_once("://").ok_or(Error::Url)?;
        let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let mut places = places(hosts)?;
        let mut connect_timeout = CONNECT_TIMEOUT;
        let (mut host, mut hostaddr, mut ports) = (None, None, None);
        let mut passed_on = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "host" => host = Some(value.into_owned()),
                "hostaddr" => hostaddr = Some(value.into_owned()),
                "port" => ports = Some(value.into_owned()),
                "connect_timeout" => connect_timeout = timeout(&value)?,
                // Bailiwick needs a host that accepts writes, so it looks for one in any case.
                "target_session_attrs" if matches!(&*value, "read-write" | "primary" | "any") => {}
                "target_session_attrs" => {
                    return Err(wrong(
                        "target_session_attrs: expected read-write or primary, because Bailiwick writes",
                    ));
                }
                "statement-cache-capacity" => {
                    value
                        .parse::<usize>()
                        .map_err(|_| wrong("statement-cache-capacity: expected a number"))?;
                    passed_on.append_pair(&name, &value);
                }
                known if PASSED_ON.contains(&known) || is_option(known) => {
                    passed_on.append_pair(&name, &value);
                }
                other if other.starts_with("keepalives") || other == "tcp_user_timeout" => {
                    return Err(wrong(format!(
                        "remove `{other}`: Bailiwick does not use it; it asks the database every second, and closes a connection that does not answer within two seconds"
                    )));
                }
                other => {
                    return Err(wrong(format!(
                        "there is no parameter `{}`; the guide on PostgreSQL lists all parameters",
                        other.chars().take(60).collect::<String>()
                    )));
                }
            }
        }
        match (host, hostaddr) {
            (Some(_), Some(_)) => return Err(wrong("expected `host` or `hostaddr`, not both")),
            (Some(list), None) | (None, Some(list)) => places = self::places(&list)?,
            (None, None) => {}
        }
        match ports {
            // Without a host, the port belongs to the driver's default host.
            Some(port) if places.is_empty() => {
                passed_on.append_pair("port", &port_number(&port)?.to_string());
            }
            Some(ports) => give_ports(&mut places, &ports)?,
            None => {}
        }
        if places.len() > HOSTS_MAX {
            return Err(wrong(format!("expected at most {HOSTS_MAX} hosts")));
        }
        let passed_on = passed_on.finish();
        let options = |place: Option<&HostAddress>| -> Result<PgConnectOptions> {
            let url = match place {
                // `host` is a placeholder that is replaced below: a host may be a socket directory, which
                // cannot stand in a URL.
                Some(_) => format!("{scheme}://{user}host{path}?{passed_on}"),
                None => format!("{scheme}://{user}{path}?{passed_on}"),
            };
            let options: PgConnectOptions = url.parse().map_err(|_| Error::Url)?;
            let Some(HostAddress { host, port }) = place else { return Ok(options) };
            let options = port.iter().fold(options, |options, port| options.port(*port));
            Ok(if host.starts_with('/') { options.socket(host) } else { options.host(host) })
        };
        let hosts = if places.is_empty() {
            vec![options(None)?]
        } else {
            places.iter().map(|place| options(Some(place))).collect::<Result<_>>()?
        };
        Ok(Self { hosts, connect_timeout })
    }
}

/// One host of an address.
struct HostAddress {
    /// A host name, an IP address, or the directory of a Unix socket.
    host: String,
    port: Option<u16>,
}

fn wrong(detail: impl Into<String>) -> Error {
    Error::Address(detail.into())
}

fn is_option(name: &str) -> bool {
    name.strip_prefix("options[").is_some_and(|rest| rest.len() > 1 && rest.ends_with(']'))
}

fn timeout(value: &str) -> Result<Duration> {
    match value.parse() {
        Ok(seconds @ 1..=CONNECT_TIMEOUT_MAX) => Ok(Duration::from_secs(seconds)),
        _ => Err(wrong(format!("connect_timeout: expected 1 to {CONNECT_TIMEOUT_MAX} seconds"))),
    }
}

/// Parses a list of hosts such as `a,b:5433,[::1]:5434,/run/postgresql`.
fn places(list: &str) -> Result<Vec<HostAddress>> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    list.split(',').map(place).collect()
}

fn place(text: &str) -> Result<HostAddress> {
    let decoded = decoded(text)?;
    if decoded.starts_with('/') {
        return Ok(HostAddress { host: decoded, port: None });
    }
    let (host, port) = match decoded.strip_prefix('[') {
        Some(rest) => {
            let (host, after) =
                rest.split_once(']').ok_or_else(|| wrong("a host has a `[` without a `]`"))?;
            (host, after.strip_prefix(':').or(if after.is_empty() { None } else { Some(after) }))
        }
        // A host with several colons is an IPv6 address without brackets.
        None => match decoded.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (decoded.as_str(), None),
        },
    };
    if host.is_empty() || host.contains(['@', ' ', '?']) {
        return Err(wrong("expected hosts such as a.example.com,b.example.com:5433"));
    }
    let port = port.map(port_number).transpose()?;
    Ok(HostAddress { host: host.to_owned(), port })
}

fn port_number(text: &str) -> Result<u16> {
    text.parse().ok().filter(|port| *port != 0).ok_or_else(|| wrong("expected ports from 1 to 65535"))
}

/// Decodes the percent-encoding of a URL.
pub(crate) fn decoded(text: &str) -> Result<String> {
    // Form decoding would turn `+` into a space; in a host it is a plus sign.
    let text = text.replace('+', "%2B");
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    match (pairs.next(), pairs.next()) {
        (Some((host, rest)), None) if rest.is_empty() => Ok(host.into_owned()),
        _ => Err(wrong("expected hosts such as a.example.com,b.example.com:5433")),
    }
}

/// Assigns the ports of a list to the hosts in order, or a single port to all of them.
fn give_ports(places: &mut [HostAddress], list: &str) -> Result<()> {
    let ports = list.split(',').map(port_number).collect::<Result<Vec<_>>>()?;
    if ports.len() != 1 && ports.len() != places.len() {
        return Err(wrong("expected one port for all hosts, or one for each"));
    }
    for (place, port) in places.iter_mut().zip(ports.iter().cycle()) {
        place.port = Some(*port);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(text: &str) -> Vec<String> {
        let address = PostgresAddress::parse(text).unwrap();
        let each = address.hosts().iter().map(|options| {
            let host =
                options.get_socket().map_or(options.get_host().to_owned(), |s| s.display().to_string());
            format!("{host}:{}", options.get_port())
        });
        each.collect()
    }

    fn refusal(text: &str) -> String {
        PostgresAddress::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn several_hosts_are_read_from_the_authority_or_the_parameters() {
        assert_eq!(hosts("postgres://u:p@a/db"), ["a:5432"]);
        assert_eq!(hosts("postgres://u:p@a,b:5433/db"), ["a:5432", "b:5433"]);
        assert_eq!(hosts("postgresql://u:p@[::1]:5434,10.0.0.2/db"), ["::1:5434", "10.0.0.2:5432"]);
        assert_eq!(hosts("postgres://u@x/db?host=a,b&port=1,2"), ["a:1", "b:2"]);
        assert_eq!(hosts("postgres:///db?host=a:1,b:2"), ["a:1", "b:2"]);
        assert_eq!(hosts("postgres://u@a,b/db?port=6000"), ["a:6000", "b:6000"]);
        assert_eq!(hosts("postgres://u@%2Frun%2Fpg/db"), ["/run/pg:5432"]);
        assert_eq!(hosts("postgres://u@x/db?host=/run/pg&port=5433"), ["/run/pg:5433"]);
        assert_eq!(hosts("postgres://u@x/db?hostaddr=10.0.0.1,10.0.0.2"), ["10.0.0.1:5432", "10.0.0.2:5432"]);
        let address = PostgresAddress::parse(
            "postgres://u:p%23%40%2F@a,b/db?target_session_attrs=read-write&connect_timeout=2&sslmode=require",
        )
        .unwrap();
        assert_eq!(address.connect_timeout(), Duration::from_secs(2));
        for options in address.hosts() {
            assert_eq!((options.get_username(), options.get_database()), ("u", Some("db")));
            assert!(matches!(options.get_ssl_mode(), sqlx::postgres::PgSslMode::Require));
        }
    }

    #[test]
    fn an_unsupported_url_parameter_is_refused_by_name() {
        for (text, expected) in [
            ("postgres://u@a/db?keepalives_idle=10", "`keepalives_idle`"),
            ("postgres://u@a/db?keepalives=1", "`keepalives`"),
            ("postgres://u@a/db?tcp_user_timeout=10", "`tcp_user_timeout`"),
            ("postgres://u@a/db?load_balance_hosts=random", "`load_balance_hosts`"),
            ("postgres://u@a/db?channel_binding=require", "`channel_binding`"),
            ("postgres://u@a/db?target_session_attrs=standby", "target_session_attrs"),
            ("postgres://u@a/db?connect_timeout=0", "connect_timeout"),
            ("postgres://u@a/db?host=a&hostaddr=10.0.0.1", "not both"),
            ("postgres://u@a,b/db?port=1,2,3", "one port"),
            ("postgres://u@a,,b/db", "expected hosts"),
            ("postgres://u@a:0/db", "ports"),
            ("postgres://u:pw77#x@a/db", "%23"),
        ] {
            let refusal = refusal(text);
            assert!(refusal.contains(expected), "{text}: {refusal}");
            assert!(!refusal.contains("pw77"), "{refusal}");
        }
    }
}
