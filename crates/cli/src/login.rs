//! `bailiwick login` and `bailiwick logout`: a session for a person, which other commands then use.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::answer::show_problem;
use crate::client::{AddressArgs, Credential, Reply, Server};
use crate::output::{self, line};
use crate::session::{self, Choice, Session};
use crate::sources::Sources;

const ABOUT: &str = "Log in as a person; other commands then use the session

The command asks for the password, and for a code if the account has a second factor. The session is stored in \
a file that only you can read, and lasts a day. Commands use it if no key is named by --key-file, \
BAILIWICK_KEY, --as or --data; `bailiwick whoami get` shows which of them is used.";

const LOGOUT_ABOUT: &str = "Log out: end the session, and delete its file";

/// How to log in.
#[derive(Args, Debug)]
#[command(about = "Log in as a person; other commands then use the session", long_about = ABOUT)]
pub(crate) struct LoginArgs {
    /// Your e-mail address [default: that of the last session; or the command asks for it]
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,
    /// A file that contains the password; - for standard input [default: the command asks for it]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A file that contains a code of the second factor; - for standard input [default: the command asks for
    /// it if it is needed]
    #[arg(long, value_name = "FILE")]
    code_file: Option<PathBuf>,
    /// The organization that commands name, by id or slug, for people who belong to several and for server
    /// administrators; - for none [default: the one of the last login, or the only one]
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    #[command(flatten)]
    address: AddressArgs,
}

/// How to log out.
#[derive(Args, Debug)]
#[command(about = LOGOUT_ABOUT)]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    address: AddressArgs,
}

fn path(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Asks for the e-mail address at the terminal.
fn ask_email(sources: &Sources) -> anyhow::Result<String> {
    if !sources.is_interactive() {
        bail!("--email is missing: name the e-mail address to log in with");
    }
    let mut error = std::io::stderr();
    let _ = write!(error, "e-mail address: ").and_then(|()| error.flush());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("the terminal cannot be read")?;
    Ok(line.trim().to_owned())
}

/// Logs in, and stores the session.
pub(crate) fn login(args: &LoginArgs) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let destination = args.address.destination()?;
    let server = destination.server;
    let mut sources = Sources::default();
    let remembered = destination.former.as_ref().map(|session| session.email.clone());
    let email = match (args.email.clone(), remembered) {
        (Some(email), _) | (None, Some(email)) => email,
        (None, None) => {
            output::note(&format!("Logging in to {}", server.url()));
            ask_email(&sources)?
        }
    };
    output::note(&format!("Logging in to {} as {email}", server.url()));
    server.warn_of_clear("password");
    let password = match &args.password_file {
        Some(file) => sources.file(file)?,
        None => sources.ask("password")?.context(
            "there is no terminal to ask for the password: name a file with --password-file, or - for standard input",
        )?,
    };
    let reply = runtime.block_on(begin(&server, &email, &password, args, &mut sources))?;
    if !reply.status.is_success() {
        show_problem(&reply.body);
        return Ok(ExitCode::FAILURE);
    }
    let Some(token) = reply.session else {
        bail!("{} did not answer with a session: check that it is a Bailiwick server", server.url());
    };
    let expires_at = output::cell(&reply.body["session"]["expires_at"]);
    let credential = Credential::Session {
        token: token.clone(),
        email: email.clone(),
        expires_at: expires_at.clone(),
        file: destination.file.clone(),
    };
    let server = server.with_credential(credential);
    let of_former = destination.former.as_ref().filter(|session| session.email == email);
    let remembered = of_former.and_then(|session| session.organization.clone());
    let remembered = remembered.or_else(|| Choice::read(&destination.file, server.url(), &email));
    let (me, is_only) = runtime.block_on(choose(&server, args.organization.as_deref(), remembered))?;
    if !me.status.is_success() {
        show_problem(&me.body);
        let ended = runtime.block_on(server.call("DELETE", &path(&["v1", "whoami"]), &[], None))?;
        if !ended.status.is_success() {
            show_problem(&ended.body);
        }
        return Ok(ExitCode::FAILURE);
    }
    let organization = me.body["organization"]["slug"].as_str().map(str::to_owned);
    let session = Session {
        url: server.url().to_string(),
        trust: destination.trust,
        email,
        organization,
        expires_at: expires_at.clone(),
        token,
    };
    session.write(&destination.file)?;
    if let Some(former) = destination.former {
        runtime.block_on(end_former(server, former, &destination.file));
    }
    line(&format!("Logged in as {} until {expires_at}.", session.email));
    if let Some(note) = of_organizations(&me.body, is_only) {
        line(&note);
    }
    Ok(ExitCode::SUCCESS)
}

/// Who the person is in the organization that commands will name: the one that is given, or else the one that was chosen
/// before, or else the only one. Also whether it is the only one.
async fn choose(
    server: &Server,
    given: Option<&str>,
    remembered: Option<String>,
) -> anyhow::Result<(Reply, bool)> {
    let whoami = path(&["v1", "whoami"]);
    if given.is_some() {
        return Ok((server.call("GET", &whoami, &server.query(given), None).await?, false));
    }
    if let Some(name) = &remembered {
        let me = server.call("GET", &whoami, &server.query(Some(name)), None).await?;
        if me.status.is_success() {
            return Ok((me, false));
        }
        output::note(&format!("The organization {name} was chosen before, but you cannot use it any more."));
    }
    let me = server.call("GET", &whoami, &[], None).await?;
    if !me.status.is_success() || !me.body["organization"].is_null() {
        return Ok((me, false));
    }
    let Some(only) = only_organization(server, &me.body).await? else { return Ok((me, false)) };
    let of_only = server.call("GET", &whoami, &server.query(Some(&only)), None).await?;
    Ok(if of_only.status.is_success() { (of_only, true) } else { (me, false) })
}

/// The only organization that a person belongs to; for a server administrator who belongs to none, the only one that there
/// is.
async fn only_organization(server: &Server, me: &Value) -> anyhow::Result<Option<String>> {
    let memberships = me["user"]["memberships"].as_array().map(Vec::as_slice).unwrap_or_default();
    match memberships {
        [only] => return Ok(only["organization_id"].as_str().map(str::to_owned)),
        [] if me["user"]["server_administrator"] == true => {}
        _ => return Ok(None),
    }
    let two = [("limit".to_owned(), "2".to_owned())];
    let all = server.call("GET", &path(&["v1", "organizations"]), &two, None).await?;
    let items = all.body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(match items {
        [only] => only["slug"].as_str().map(str::to_owned),
        _ => None,
    })
}

/// Asks for a session, with a code if one is needed.
async fn begin(
    server: &Server,
    email: &str,
    password: &Zeroizing<String>,
    args: &LoginArgs,
    sources: &mut Sources,
) -> anyhow::Result<Reply> {
    let path = path(&["v1", "sessions"]);
    let code = args.code_file.as_ref().map(|file| sources.file(file)).transpose()?;
    let body = |code: Option<&Zeroizing<String>>| {
        let mut body = json!({ "email": email, "password": password.as_str() });
        if let Some(code) = code {
            body["code"] = code.as_str().into();
        }
        body
    };
    let reply = server.call("POST", &path, &[], Some(&body(code.as_ref()))).await?;
    if reply.body["code"] != "second_factor_required" {
        return Ok(reply);
    }
    let code = sources.ask("code of your authenticator, or a recovery code")?.context(
        "the account has a second factor: name a file that contains a code with --code-file, or - for standard input",
    )?;
    server.call("POST", &path, &[], Some(&body(Some(&code)))).await
}

/// Ends the session that a new one replaces. If that fails, it ends by itself within a day.
async fn end_former(server: Server, former: Session, file: &std::path::Path) {
    let Session { token, email, expires_at, .. } = former;
    let server =
        server.with_credential(Credential::Session { token, email, expires_at, file: file.to_owned() });
    let _ = server.call("DELETE", &path(&["v1", "whoami"]), &[], None).await;
}

/// What a person must know about their organizations; nothing if they belong to one.
fn of_organizations(me: &Value, is_only: bool) -> Option<String> {
    if !me["organization"].is_null() {
        let only = if is_only {
            " (the only one; --organization - names none, for the server as a whole)"
        } else {
            ""
        };
        return Some(format!("Organization: {}{only}", text(&me["organization"]["slug"])));
    }
    let memberships = me["user"]["memberships"].as_array().map_or(0, Vec::len);
    let is_administrator = me["user"]["server_administrator"] == true;
    match (memberships, is_administrator) {
        (0 | 1, false) => None,
        _ => Some(
            "Commands need --organization NAME. To choose one for all commands: bailiwick login --organization NAME \
             (`bailiwick organizations list` shows them)"
                .to_owned(),
        ),
    }
}

/// Ends the session, and deletes its file.
pub(crate) fn logout(args: &LogoutArgs) -> anyhow::Result<ExitCode> {
    let file = args.address.session_file()?;
    let Some(server) = args.address.logged_in()? else {
        line("You are not logged in.");
        return Ok(ExitCode::SUCCESS);
    };
    let session = Session::read(&file)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let path = path(&["v1", "whoami"]);
    let reply = runtime.block_on(server.call("DELETE", &path, &[], None)).with_context(|| {
        format!(
            "the session has not ended: try again, or delete {}, and the session ends within a day",
            file.display()
        )
    })?;
    // A session that the server does not know any more has ended.
    if !reply.status.is_success() && reply.status.as_u16() != 401 {
        show_problem(&reply.body);
        return Ok(ExitCode::FAILURE);
    }
    match session {
        Some(session) => session.forget(&file)?,
        None => session::delete(&file)?,
    }
    line(&format!("Logged out of {}.", server.url()));
    Ok(ExitCode::SUCCESS)
}
