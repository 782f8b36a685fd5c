//! Checks whether a program is ready, by fetching its metrics.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bailiwick_domain::agent::AgentType;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::recipe::METRICS_USER;

/// The most bytes of a response that are read.
const ANSWER_MAX: u64 = 4 << 20;
/// How long one response may take. Some exporters first query what they observe.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);

/// How to fetch the metrics of a program.
pub(super) struct Metrics {
    pub(super) kind: AgentType,
    pub(super) port: u16,
    pub(super) path: &'static str,
    /// The password that the program must demand.
    pub(super) password: Option<Zeroizing<String>>,
}

/// The result of one attempt to fetch the metrics.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Metrics, and the program's version if they contain it.
    Metrics(Option<String>),
    /// No response yet.
    Nothing,
    /// A response without metrics; the text says what is wrong.
    Wrong(String),
    /// Metrics, although the request had no password.
    Unguarded,
}

impl Metrics {
    /// Tries to fetch the metrics once.
    pub(super) async fn ask(&self) -> Asked {
        if self.password.is_some() {
            match self.get(None).await {
                Some((401 | 403, _)) => {}
                Some((200, _)) => return Asked::Unguarded,
                Some((status, _)) => {
                    return Asked::Wrong(format!(
                        "the request for the metrics was answered with status {status}"
                    ));
                }
                None => return Asked::Nothing,
            }
        }
        match self.get(self.password.as_deref().map(String::as_str)).await {
            Some((200, body)) => Asked::Metrics(version(self.kind, &body)),
            Some((status, _)) => {
                Asked::Wrong(format!("the request for the metrics was answered with status {status}"))
            }
            None => Asked::Nothing,
        }
    }

    /// The status and body of the response; `None` if there is no response.
    async fn get(&self, password: Option<&str>) -> Option<(u16, String)> {
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), self.port);
        // In HTTP/1.0, the end of the connection ends the body.
        let mut request = Zeroizing::new(format!(
            "GET {} HTTP/1.0\r\nHost: {address}\r\nUser-Agent: bailiwick-agent\r\n",
            self.path
        ));
        if let Some(password) = password {
            let credential = Zeroizing::new(format!("{METRICS_USER}:{password}"));
            request.push_str(&format!("Authorization: Basic {}\r\n", STANDARD.encode(credential.as_bytes())));
        }
        request.push_str("\r\n");
        let answer = async {
            let mut stream = TcpStream::connect(address).await.ok()?;
            stream.write_all(request.as_bytes()).await.ok()?;
            let mut answer = Vec::new();
            stream.take(ANSWER_MAX).read_to_end(&mut answer).await.ok()?;
            Some(answer)
        };
        let answer = tokio::time::timeout(ANSWER_PATIENCE, answer).await.ok()??;
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
        Some((status, body.to_owned()))
    }
}

/// The exporter's version, from the label `version` of its `_build_info` metric. Labels with similar
/// names, such as `goversion`, do not count.
fn version(kind: AgentType, metrics: &str) -> Option<String> {
    let name = match kind {
        AgentType::ValkeyExporter => "redis_exporter",
        kind => kind.as_str(),
    };
    let labels = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("_build_info{"))?;
    label(labels, "version").filter(|version| !version.is_empty())
}

/// The value of a label in a metric line, after the brace: `NAME="VALUE",…}`. In a value, `\\`, `\"`
/// and `\n` stand for a backslash, a quote and a line break.
fn label(mut labels: &str, wanted: &str) -> Option<String> {
    loop {
        labels = labels.trim_start_matches([',', ' ', '\t']);
        let (name, rest) = labels.split_once('=')?;
        let mut characters = rest.trim_start().strip_prefix('"')?.chars();
        let mut value = String::new();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => match characters.next()? {
                    'n' => value.push('\n'),
                    escaped => value.push(escaped),
                },
                character => value.push(character),
            }
        }
        if name.trim() == wanted {
            return Some(value);
        }
        labels = characters.as_str();
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// Sends the next text as the response to each connection.
    async fn answering(answers: &'static [&'static str]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 1_024];
                let read = stream.read(&mut request).await.unwrap();
                assert!(request[..read].starts_with(b"GET /metrics HTTP/1.0\r\n"));
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        port
    }

    async fn asked(password: Option<&str>, answers: &'static [&'static str]) -> Asked {
        let password = password.map(|password| Zeroizing::new(password.to_owned()));
        let port = answering(answers).await;
        Metrics { kind: AgentType::NodeExporter, port, path: "/metrics", password }.ask().await
    }

    const METRICS: &str = "HTTP/1.0 200 OK\r\n\r\ngo_info{version=\"go1.19\"} 1\n\
        node_exporter_build_info{branch=\"x\",version=\"1.5.0\"} 1\n";
    /// As written by Debian's prometheus-node-exporter and prometheus-postgres-exporter.
    const NODE_EXPORTER: &str = "\
# HELP node_exporter_build_info A metric with a constant '1' value labeled by version, revision, branch, goversion from which node_exporter was built, and the goos and goarch for the build.
# TYPE node_exporter_build_info gauge
node_exporter_build_info{branch=\"debian/sid\",goarch=\"amd64\",goos=\"linux\",goversion=\"go1.19.8\",revision=\"1.5.0-1+b6\",version=\"1.5.0\"} 1
";
    const POSTGRES_EXPORTER: &str = "\
go_info{version=\"go1.19.8\"} 1
postgres_exporter_build_info{branch=\"debian/sid\",goarch=\"amd64\",goos=\"linux\",goversion=\"go1.19.8\",revision=\"0.11.1-3+b5\",version=\"0.11.1\"} 1
";

    #[test]
    fn the_version_is_read_from_the_build_info_of_the_exporter() {
        let of = |kind, metrics: &str| version(kind, metrics);
        let own = |version: &str| Some(version.to_owned());
        assert_eq!(of(AgentType::NodeExporter, NODE_EXPORTER), own("1.5.0"));
        assert_eq!(of(AgentType::PostgresExporter, POSTGRES_EXPORTER), own("0.11.1"));
        assert_eq!(of(AgentType::PostgresExporter, NODE_EXPORTER), None);
        let redis =
            "redis_exporter_build_info{build_date=\"2023\",golang_version=\"go1.2\",version=\"v1.44.0\"} 1";
        assert_eq!(of(AgentType::ValkeyExporter, redis), own("v1.44.0"));
        let mysqld =
            |labels: &str| of(AgentType::MysqldExporter, &format!("mysqld_exporter_build_info{labels} 1"));
        assert_eq!(mysqld("{version=\"0.15\",goversion=\"go1\"}"), own("0.15"));
        // A text inside a value that looks like a label is not one; spaces and a trailing comma are
        // allowed.
        assert_eq!(mysqld("{branch=\"a,version=\\\"9\\\"\", version = \"1.2\\\\3\",}"), own("1.2\\3"));
        for none in
            ["{}", "{goversion=\"go1\"}", "{version=\"\"}", "{version=\"1", "{version}", "{version=1}", ""]
        {
            assert_eq!(mysqld(none), None, "{none}");
        }
    }

    const DENIED: &str = "HTTP/1.0 401 Unauthorized\r\n\r\n";

    #[tokio::test]
    async fn metrics_are_distinguished_from_other_answers() {
        assert_eq!(asked(None, &[METRICS]).await, Asked::Metrics(Some("1.5.0".into())));
        assert_eq!(
            asked(None, &[DENIED]).await,
            Asked::Wrong("the request for the metrics was answered with status 401".into())
        );
        assert_eq!(asked(None, &["SSH-2.0-x\r\n"]).await, Asked::Nothing);
        assert_eq!(asked(Some("x"), &[DENIED, METRICS]).await, Asked::Metrics(Some("1.5.0".into())));
        assert_eq!(asked(Some("x"), &[METRICS]).await, Asked::Unguarded);
        assert_eq!(asked(None, &[]).await, Asked::Nothing);
    }
}
