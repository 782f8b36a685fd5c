//! The bound ports of a server, and its address.

use std::net::{IpAddr, SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

use crate::config::{Config, Tls};
use crate::serve_error::ServeError;

/// Ports that are bound, but do not answer yet.
pub struct Sockets {
    pub(crate) main: TcpListener,
    pub(crate) integration: Option<TcpListener>,
    pub(crate) http: Option<TcpListener>,
    pub(crate) metrics: Option<TcpListener>,
    /// The address of the main port.
    pub address: SocketAddr,
    /// The address of the integration port, if it is enabled.
    pub integration_address: Option<SocketAddr>,
    /// The address of the port that redirects to HTTPS, if there is one.
    pub http_address: Option<SocketAddr>,
    /// The address at which metrics are read without a key, if there is one.
    pub metrics_address: Option<SocketAddr>,
}

/// How many new connections wait to be accepted. The standard library allows 128: a client that is one too many connects
/// only a second later, when it tries again. Linux caps this at `net.core.somaxconn`, 4,096 by default.
const BACKLOG: i32 = 4_096;

/// Binds an address. `setting` is the setting to name in errors.
fn bind(address: SocketAddr, setting: &'static str) -> Result<(TcpListener, SocketAddr), ServeError> {
    let attempt = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        // So that the port can be bound again while closed connections linger, as the standard library does.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from(socket);
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    attempt().map_err(|error| ServeError::Listen { address, setting, error })
}

impl Sockets {
    /// Binds the addresses in the configuration. Port 0 stands for any free port.
    pub fn bind(config: &Config) -> Result<Self, ServeError> {
        let server = &config.server;
        let (main, address) = bind(SocketAddr::new(server.address, server.port), "--listen")?;
        let integration = if config.flags.enable_integration_api {
            let at = server.integration_address.unwrap_or(server.address);
            Some(bind(SocketAddr::new(at, server.integration_port), "server.integration_port")?)
        } else {
            None
        };
        let (integration, integration_address) = integration.unzip();
        let http =
            server.http_port.map(|port| bind(SocketAddr::new(server.address, port), "server.http_port"));
        let (http, http_address) = http.transpose()?.unzip();
        let metrics = server.metrics_address.map(|at| bind(at.get(), "server.metrics_address"));
        let (metrics, metrics_address) = metrics.transpose()?.unzip();
        Ok(Self {
            main,
            integration,
            http,
            metrics,
            address,
            integration_address,
            http_address,
            metrics_address,
        })
    }
}

/// The URL at which programs on this machine reach a server that listens on `address`.
pub fn url(config: &Config, address: SocketAddr) -> String {
    let scheme = if config.server.tls == Tls::On { "https" } else { "http" };
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
    };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}
