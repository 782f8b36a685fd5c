//! Serves the API on bound ports: answers until it is told to stop, then shuts down.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use bailiwick_catalogue::catalogue;
use bailiwick_engine::build::Build;
use bailiwick_engine::spans::spawn_task;
use bailiwick_fleet::Fleet;
use bailiwick_operations::schedules::Scheduler;
use bailiwick_operations::start;
use hyper_util::rt::TokioTimer;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::callers::Callers;
use crate::config::{Config, Tls};
use crate::ground::Ground;
use crate::heads::{HEAD_MAX, Heads};
use crate::installer;
use crate::large_heads::LargeHeads;
use crate::local_metrics;
#[cfg(unix)]
use crate::local_socket::LocalSocket;
use crate::plain::{self, TlsOrAnswer};
use crate::probe::Prober;
use crate::router;
use crate::serve_error::ServeError;
use crate::sockets::{Sockets, url};
use crate::tls::CertificateFiles;
use crate::unread::ReadersOnly;

/// Tells a server to end.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    /// The server will stop soon: its readiness check fails from now on.
    pub announced: CancellationToken,
    /// The server stops.
    pub stop: CancellationToken,
    /// The server has begun to serve. Before that, no load balancer sends it requests, so nothing is gained by
    /// waiting before it stops.
    pub serving: CancellationToken,
}

/// Serves until it is told to stop. Then waits for requests in progress, writes the state in memory to the
/// database, and returns. `started` is called when clients can connect.
pub async fn serve(
    config: &Config,
    ground: Ground,
    sockets: Sockets,
    build: Build,
    ending: Shutdown,
    started: impl FnOnce(&Arc<Fleet>),
) -> Result<(), ServeError> {
    let Shutdown { announced, stop, serving } = ending;
    let Ground { directory, databases, peppers, outside, .. } = ground;
    let clock = Arc::clone(&outside.clock);
    let control = start::open(databases, peppers, outside, build, catalogue()).await?;
    let fleet = Fleet::open(Arc::clone(&control));
    fleet.keep_commands(config.commands.keep_days);
    control.compare_clocks();
    control.forget_keys_after(config.keys.forget_days);
    let app = App::new(Arc::clone(&fleet), config);
    let api = router::require_host(&app, router::api(&app, Callers::All));
    let integration_api = router::require_host(&app, router::api(&app, Callers::Keys));
    let background = TaskTracker::new();
    let stop_background = CancellationToken::new();
    control.start_background(&background, &stop_background);
    start::start_background(&Scheduler::new(Arc::clone(&control)), &background, &stop_background);
    bailiwick_machines::background::start(&control, &background, &stop_background);
    fleet.start_background(&background, &stop_background);
    #[cfg(unix)]
    match LocalSocket::bind(&directory.local_socket()) {
        Ok(socket) => {
            let answering =
                socket.serve(Arc::clone(&control), url(config, sockets.address), stop_background.clone());
            spawn_task(&background, "admin_socket", answering);
        }
        // The path of a socket has at most 107 bytes on Linux (unix(7)).
        Err(error) => tracing::warn!(
            %error, path = %directory.local_socket().display(),
            "there is no socket for `bailiwick admin`, which works only while the server is stopped"
        ),
    }
    if config.probes.enabled {
        match Prober::new(&config.probes) {
            Ok(prober) => {
                spawn_task(&background, "probe", prober.run(Arc::clone(&fleet), stop_background.clone()));
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "external exporters cannot be probed");
            }
        }
    }
    {
        let (app, stop) = (Arc::clone(&app), stop_background.clone());
        spawn_task(&background, "watch_pollers", async move { app.links.watch_pollers(stop).await });
    }
    {
        let (control, ended) = (Arc::clone(&control), stop_background.clone());
        background.spawn(async move {
            if ended.run_until_cancelled(announced.cancelled()).await.is_some() {
                control.announce_stop();
            }
        });
    }
    #[allow(clippy::disallowed_methods, reason = "it is awaited below, before the background tasks end")]
    let links = {
        // While requests in progress end, event streams and connections of agents are closed.
        let (app, stop) = (Arc::clone(&app), stop.clone());
        tokio::spawn(async move {
            stop.cancelled().await;
            app.stop();
            app.end_links().await;
        })
    };

    let mut own_certificate = None;
    let tls = match config.server.tls {
        Tls::Off => None,
        Tls::On => {
            let files = match CertificateFiles::configured(config) {
                Some(files) => files,
                None => CertificateFiles::self_signed(&directory.tls(), &config.server, &*clock)?,
            };
            let tls = files.load()?;
            own_certificate = files.made_here()?;
            files.warn(clock.now());
            if let Some(warning) = files.warning_of_names(&config.server)? {
                tracing::warn!("{warning}");
            }
            let watch = files.watch(tls.clone(), Arc::clone(&clock), stop_background.clone());
            spawn_task(&background, "watch_certificate", watch);
            Some(tls)
        }
    };

    control.hand_out(installer::find(&config.agent.programs, own_certificate.as_ref()));

    let patience = Duration::from_secs(config.server.shutdown_timeout_seconds);
    let header_timeout = Duration::from_secs(config.server.header_timeout_seconds);
    let Sockets {
        main,
        integration,
        http,
        metrics,
        address,
        integration_address,
        http_address: _,
        metrics_address,
    } = sockets;
    let heads = app.heads.clone();
    let http_listener = plain::serve_http(http, plain::router(&app, address.port()), &heads, stop.clone());
    let tls = tls.map(|tls| TlsOrAnswer::new(&app, tls, &heads));
    let limits = Limits { heads: heads.clone(), header_timeout, patience };
    let main_listener = listen(main, tls, api, limits.clone(), stop.clone());
    let integration_listener = async {
        match integration {
            Some(socket) => listen(socket, None, integration_api, limits.clone(), stop.clone()).await,
            None => Ok(()),
        }
    };
    let metrics_listener = async {
        match metrics {
            Some(socket) => {
                listen(socket, None, local_metrics::router(&app), limits.clone(), stop.clone()).await
            }
            None => Ok(()),
        }
    };
    started(&fleet);
    warn_of_plain_http(config);
    serving.cancel();
    tracing::info!(%address, integration = integration_address.map(tracing::field::display), metrics = metrics_address.map(tracing::field::display), keys = control.keyring().len(), "serving");
    // If one port fails, the others stop, too.
    let ended = tokio::try_join!(
        async { stop_on_error(main_listener.await, &stop) },
        async { stop_on_error(integration_listener.await, &stop) },
        async { stop_on_error(http_listener.await, &stop) },
        async { stop_on_error(metrics_listener.await, &stop) }
    );
    stop.cancel();
    if links.await.is_err() {
        tracing::error!("the agents could not be notified that the server stops");
    }
    app.finish_changes().await;
    stop_background.cancel();
    background.close();
    background.wait().await;
    control.observations().close().await;
    control.store().close().await;
    tracing::info!("stopped");
    drop(directory);
    ended.map(|_| ())
}

/// Warns of ports that speak plain HTTP to the network.
fn warn_of_plain_http(config: &Config) {
    for (setting, warning) in plain_http(config) {
        tracing::warn!(setting, "{warning}");
    }
}

/// The ports that accept keys over plain HTTP at an address that others than this machine can reach, with the
/// setting and a warning for each. A container or a private network may be meant, so it is no error.
pub(crate) fn plain_http(config: &Config) -> Vec<(&'static str, String)> {
    let Config { server, flags, .. } = config;
    let is_open = |address: IpAddr| !address.to_canonical().is_loopback();
    let mut found = Vec::new();
    if server.tls == Tls::Off && is_open(server.address) {
        let at = SocketAddr::new(server.address, server.port);
        found.push((
            "server.tls",
            format!(
                "the server speaks plain HTTP on {at}, so others on the network can read the keys and passwords that are sent there: turn server.tls on, or set server.address to 127.0.0.1 and put a proxy with HTTPS in front; this is as intended if only such a proxy can reach the address"
            ),
        ));
    }
    let address = server.integration_address.unwrap_or(server.address);
    if flags.enable_integration_api && is_open(address) {
        let at = SocketAddr::new(address, server.integration_port);
        found.push((
            "server.integration_port",
            format!(
                "the integration port speaks plain HTTP on {at}, so others on the network can read the keys that are sent there: set server.integration_address to 127.0.0.1, or to the address at which only the proxy reaches it; this is as intended if a firewall or a private network lets only the proxy through"
            ),
        ));
    }
    found
}

fn stop_on_error(result: io::Result<()>, stop: &CancellationToken) -> Result<(), ServeError> {
    if result.is_err() {
        stop.cancel();
    }
    result.map_err(ServeError::Listener)
}

/// The limits of connections.
#[derive(Clone)]
struct Limits {
    /// The memory for heads that are not complete.
    heads: Heads,
    /// How long the head of a request may take to arrive.
    header_timeout: Duration,
    /// How long requests in progress may take when the server stops.
    patience: Duration,
}

async fn listen(
    socket: TcpListener,
    tls: Option<TlsOrAnswer>,
    router: Router,
    limits: Limits,
    stop: CancellationToken,
) -> io::Result<()> {
    let Limits { heads, header_timeout, patience } = limits;
    let handle = Handle::new();
    #[allow(clippy::disallowed_methods, reason = "it is aborted below, when the port is closed")]
    let stopper = {
        let handle = handle.clone();
        tokio::spawn(async move {
            stop.cancelled().await;
            handle.graceful_shutdown(Some(patience));
        })
    };
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    macro_rules! serve {
        ($server:expr) => {{
            // The timeout also holds for a connection that sends nothing at all.
            let mut server = $server.handle(handle).first_request_timeout(header_timeout);
            let http = server.http_builder();
            let mut http1 = http.http1();
            http1.timer(TokioTimer::new()).header_read_timeout(header_timeout).max_buf_size(HEAD_MAX);
            http.http2().timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(20));
            server.serve(service).await
        }};
    }
    let served = match tls {
        Some(tls) => serve!(axum_server::from_tcp(socket)?.acceptor(LargeHeads::new(tls, heads.refusals()))),
        None => serve!(
            axum_server::from_tcp(socket)?
                .acceptor(LargeHeads::new(ReadersOnly::new(&heads), heads.refusals()))
        ),
    };
    stopper.abort();
    served
}
