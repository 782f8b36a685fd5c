//! Tests of the client.

use super::*;

#[test]
fn a_key_is_sent_in_clear_only_to_another_machine_over_http() {
    let in_clear = |url: &str| is_in_clear(&url.parse().unwrap());
    for url in ["http://10.0.0.1:8080", "http://b.example.com", "http://[2001:db8::1]"] {
        assert!(in_clear(url), "{url}");
    }
    for url in ["https://b.example.com", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"] {
        assert!(!in_clear(url), "{url}");
    }
}

/// Answers each connection with the next of these redirects, and then with `{}`. Returns the address,
/// and the first lines of the requests that came.
fn redirecting(to: &'static [&'static str]) -> (String, std::thread::JoinHandle<Vec<String>>) {
    use std::io::{BufRead as _, BufReader, Write as _};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let thread = std::thread::spawn(move || {
        let mut requests = Vec::new();
        for n in 0..=to.len() {
            let (mut stream, _) = listener.accept().unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            if line.starts_with("END") {
                break;
            }
            requests.push(line.trim().to_owned());
            let head = match to.get(n) {
                Some(to) => format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {to}\r\n"),
                None => "HTTP/1.1 200 OK\r\n".to_owned(),
            };
            let rest = "connection: close\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(format!("{head}{rest}").as_bytes()).unwrap();
        }
        requests
    });
    (address, thread)
}

async fn called(address: &str) -> anyhow::Result<Reply> {
    let url = format!("http://{address}").parse().unwrap();
    let server = Server::new(&Trust::System, url, Credential::None).unwrap();
    let body = json!({ "password": "hunter2" });
    server.call("POST", &["v1".to_owned(), "sessions".to_owned()], &[], Some(&body)).await
}

/// Answers one request with this, and returns the address.
fn answering(answer: &'static str) -> String {
    use std::io::{BufRead as _, BufReader, Write as _};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(&stream).lines();
        assert!(lines.any(|line| line.unwrap().is_empty()), "the head has no end");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    address
}

#[tokio::test]
async fn an_error_without_a_problem_says_what_answered_and_what_to_do() {
    for (answer, status, hint) in [
        (
            "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
            "502 Bad Gateway",
            "check that the server runs",
        ),
        (
            "HTTP/1.1 504 Gateway Timeout\r\ncontent-length: 6\r\n\r\n<html>",
            "504 Gateway Timeout",
            "proxy's log",
        ),
        (
            "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n",
            "413 Payload Too Large",
            "raise its limit",
        ),
        ("HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnull", "404 Not Found", "check the address"),
    ] {
        let address = answering(answer);
        let reply = called(&address).await.unwrap();
        assert_eq!(reply.body["detail"], format!("{status} from http://{address}/"));
        let said = reply.body["hints"][0]["text"].as_str().unwrap();
        assert!(said.contains(hint), "{status}: {said}");
    }
    // What the server says itself is kept.
    let own = r#"{"detail":"there is no node x","status":404}"#;
    let head = format!("HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n{own}", own.len());
    let reply = called(&answering(head.leak())).await.unwrap();
    assert_eq!(reply.body["detail"], "there is no node x");
}

#[tokio::test]
async fn redirects_are_followed_only_within_the_server() {
    let (address, requests) = redirecting(&["/a", "/b?c=d"]);
    assert_eq!(called(&address).await.unwrap().status, 200);
    let expected = ["POST /v1/sessions HTTP/1.1", "POST /a HTTP/1.1", "POST /b?c=d HTTP/1.1"];
    assert_eq!(requests.join().unwrap(), expected);

    for to in [
        &["http://192.0.2.2:19142/body?x=secret"][..],
        &["https://127.0.0.1:1/body"],
        &["http://127.0.0.1:1/body"],
        &["//user:pass@localhost/body"],
    ] {
        let (address, requests) = redirecting(to);
        let error = called(&address).await.err().unwrap().to_string();
        assert!(error.contains("redirects to ") && error.contains("/body, which is another"), "{error}");
        assert!(!error.contains("secret") && !error.contains("pass"), "{error}");
        std::io::Write::write_all(&mut std::net::TcpStream::connect(&address).unwrap(), b"END\n").unwrap();
        assert_eq!(requests.join().unwrap().len(), 1);
    }

    let (address, requests) = redirecting(&["/1", "/2", "/3", "/4"]);
    let error = called(&address).await.err().unwrap().to_string();
    assert!(error.contains("again and again") && error.ends_with("/4"), "{error}");
    std::io::Write::write_all(&mut std::net::TcpStream::connect(&address).unwrap(), b"END\n").unwrap();
    assert_eq!(requests.join().unwrap().len(), 4);
}

#[tokio::test]
async fn a_session_is_sent_as_a_cookie_and_its_end_says_to_log_in_again() {
    use std::io::{BufRead as _, BufReader, Write as _};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(&stream).lines().map(Result::unwrap);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let body = r#"{"detail":"the session has ended","code":"session_ended"}"#;
        let length = body.len();
        let answer = format!("HTTP/1.1 401 Unauthorized\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).unwrap();
        head
    });
    let credential = Credential::Session {
        token: Zeroizing::new("abc".to_owned()),
        email: "ada@example.com".to_owned(),
        expires_at: String::new(),
        file: "session.json".into(),
    };
    let server = Server::new(&Trust::System, url, credential).unwrap();
    let reply = server.call("GET", &["v1".to_owned(), "whoami".to_owned()], &[], None).await.unwrap();
    assert_eq!(reply.body["hints"][0]["text"], "log in again: bailiwick login");
    let head = thread.join().unwrap();
    let expected = format!("cookie: {SESSION_COOKIE}=abc");
    assert!(head.iter().any(|line| line.to_lowercase() == expected.to_lowercase()), "{head:?}");
}

#[test]
fn the_token_of_a_new_session_is_taken_from_its_cookie() {
    let mut headers = HeaderMap::new();
    assert!(begun_session(&headers).is_none());
    headers.append(SET_COOKIE, "other=1; Path=/".parse().unwrap());
    headers.append(SET_COOKIE, format!("{SESSION_COOKIE}=abc; Path=/; Secure").parse().unwrap());
    assert_eq!(*begun_session(&headers).unwrap(), "abc");
    let ended = format!("{SESSION_COOKIE}=; Max-Age=0").parse().unwrap();
    assert!(begun_session(&HeaderMap::from_iter([(SET_COOKIE, ended)])).is_none());
}
