//! Host names of servers, resolved without the modules of the C library for that (NSS): a statically linked program
//! cannot load those. DNS and `/etc/hosts` are read here, as `/etc/resolv.conf` says. What they do not know, the
//! program `getent` may: names of mDNS, of containers, or of a directory service.

use std::io;
use std::net::{IpAddr, SocketAddr};

use hickory_resolver::TokioResolver;

/// Where `getent` is. It is not searched in `PATH`, which others may have set.
const GETENT: [&str; 2] = ["/usr/bin/getent", "/bin/getent"];

/// The addresses of a host, which is a name or an address itself, with a port. There is at least one.
pub(crate) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let mut found = Vec::new();
    let why = match by_dns(host).await {
        Ok(addresses) => {
            found = addresses;
            String::new()
        }
        Err(error) => error,
    };
    if found.is_empty() {
        found = by_getent(host).await;
    }
    if found.is_empty() {
        let why = if why.is_empty() { "it has no address".to_owned() } else { why };
        let text = format!("the name {host} cannot be resolved: {why}");
        return Err(io::Error::new(io::ErrorKind::NotFound, text));
    }
    Ok(found.into_iter().map(|address| SocketAddr::new(address, port)).collect())
}

/// The addresses that DNS and `/etc/hosts` have. The configuration is read each time: it changes with the network.
async fn by_dns(host: &str) -> Result<Vec<IpAddr>, String> {
    let resolver = TokioResolver::builder_tokio().and_then(|builder| builder.build());
    let resolver = resolver.map_err(|error| error.to_string())?;
    let found = resolver.lookup_ip(host).await.map_err(|error| error.to_string())?;
    Ok(found.iter().collect())
}

/// The addresses that `getent ahosts` lists: an address at the beginning of each line, once for each kind of socket.
async fn by_getent(host: &str) -> Vec<IpAddr> {
    let Some(program) = GETENT.into_iter().find(|path| std::path::Path::new(path).exists()) else {
        return Vec::new();
    };
    let mut command = tokio::process::Command::new(program);
    command.args(["ahosts", "--", host]).env_clear().stdin(std::process::Stdio::null()).kill_on_drop(true);
    let Ok(output) = command.output().await else { return Vec::new() };
    addresses(&String::from_utf8_lossy(&output.stdout))
}

fn addresses(text: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for address in text.lines().filter_map(|line| line.split_whitespace().next()?.parse().ok()) {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_and_names_of_this_machine_are_resolved() {
        for (host, expected) in [("192.0.2.7", "192.0.2.7:80"), ("2001:db8::7", "[2001:db8::7]:80")] {
            assert_eq!(resolve(host, 80).await.unwrap(), [expected.parse().unwrap()]);
        }
        let found = resolve("localhost", 80).await.unwrap();
        assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
    }

    #[tokio::test]
    async fn a_name_that_is_not_known_is_named_in_the_error() {
        let error = resolve("no-such-host.invalid", 80).await.unwrap_err().to_string();
        assert!(error.contains("the name no-such-host.invalid cannot be resolved"), "{error}");
    }

    #[test]
    fn each_address_of_getent_is_taken_once() {
        let text = "2001:db8::7     STREAM db-1\n2001:db8::7     DGRAM\n192.0.2.7       STREAM\nnonsense\n\n";
        let expected: [IpAddr; 2] = ["2001:db8::7".parse().unwrap(), "192.0.2.7".parse().unwrap()];
        assert_eq!(addresses(text), expected);
    }
}
