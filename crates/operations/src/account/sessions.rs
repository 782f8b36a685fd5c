//! Sessions: logging in and out.

use bailiwick_domain::attempt::ClientNetwork;
use bailiwick_domain::audit::{Event, Outcome};
use bailiwick_domain::id::{SessionId, UserId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::page::Page;
use bailiwick_domain::password::PresentedPassword;
use bailiwick_domain::session::{SESSION_SECONDS, Session, Token};
use bailiwick_domain::user::Email;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Error, Result};
use bailiwick_engine::operation::{Erased, Operation, erase};
use bailiwick_engine::shape::answer::SessionChange;
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use bailiwick_store::logins::Login;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::second_factor;
use crate::ids;
use crate::noun::{self, Noun};

const TAG: &str = "People";
const NOUN: Noun = noun::SESSION;
/// The most characters of a `User-Agent` header that are kept.
const USER_AGENT_MAX: usize = 200;

pub(crate) const OPERATIONS: &[Erased] =
    &[erase::<CreateSession>(), erase::<ListSessions>(), erase::<EndSession>()];

/// Log in.
///
/// The answer sets the cookie that identifies a browser's session; programs use keys. If you have a
/// second factor, send a code too: either from your authenticator or a recovery code; each works for
/// one login. After a failed attempt you must wait, longer each time.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "email": "ada@example.com", "password": "correct horse battery staple" }]))]
struct CreateSession {
    /// The e-mail address.
    email: Email,
    /// The password.
    password: PresentedPassword,
    /// A code of the second factor.
    #[schemars(length(max = 64), extend("writeOnly" = true), example = &"123456")]
    code: Option<second_factor::Code>,
}

/// The result of a login.
#[derive(Debug, Serialize, JsonSchema)]
struct LoggedIn {
    /// The session.
    session: Session,
    #[serde(skip)]
    token: Token,
}

impl Operation for CreateSession {
    const SPEC: Spec =
        Spec::create(ids::SESSIONS_CREATE, "/v1/sessions").tag(TAG).by_proof().answers_secret();
    type Output = LoggedIn;

    async fn run(self, cx: &Cx) -> Result<LoggedIn> {
        let network = ClientNetwork::from(cx.address());
        let login = cx.store().login_of(&self.email).await?;
        let user = login.as_ref().map(|login| login.user);
        // For unknown users too, so that they take the same time.
        let asked_of = user.unwrap_or(UserId::NOBODY);
        let is_familiar = cx.store().is_familiar(asked_of, network).await?;
        let attempts = cx.control().attempts();
        attempts.begin(&self.email, network, is_familiar, cx.now())?;
        match self.log_in(cx, login, network).await {
            Ok(logged_in) => {
                attempts.succeeded(&self.email, network);
                Ok(logged_in)
            }
            Err(Error::LoginFailed) => {
                note_failure(cx, user);
                Err(Error::LoginFailed)
            }
            // Other errors are no failed attempts: the caller must send a code, or try again later.
            Err(error) => {
                attempts.withdrawn(&self.email, network);
                Err(error)
            }
        }
    }

    fn session(output: &LoggedIn) -> SessionChange {
        SessionChange::Begin { token: output.token.clone(), seconds: SESSION_SECONDS }
    }
}

/// Notes in the audit trail that a login failed. Limited per minute, so that nobody can fill the disk
/// this way.
fn note_failure(cx: &Cx, user: Option<UserId>) {
    if !cx.control().may_audit_login() {
        return;
    }
    cx.control().note_refusal(Event {
        at: cx.now(),
        actor: Actor::Anonymous,
        organization_id: None,
        operation: ids::SESSIONS_CREATE.as_str().into(),
        targets: user.map(|user| noun::USER.target(user)).into_iter().collect(),
        outcome: Outcome::Denied,
        reason: Some(Error::LoginFailed.code().to_owned()),
        address: Some(cx.address()),
        request_id: cx.request_id(),
    });
}

impl CreateSession {
    async fn log_in(&self, cx: &Cx, login: Option<Login>, network: ClientNetwork) -> Result<LoggedIn> {
        let hash = login.as_ref().and_then(|login| login.password_hash.as_deref());
        let is_right = cx.verify_password(self.password.reveal(), hash).await?;
        let login = login.filter(|login| is_right && !login.is_disabled).ok_or(Error::LoginFailed)?;
        let mut write = cx.write().await?;
        // The user may have changed since the password was verified.
        let now_is = write.tx().login(login.user).await?.ok_or(Error::LoginFailed)?;
        if now_is.is_disabled || now_is.password_hash != login.password_hash {
            return Err(Error::LoginFailed);
        }
        if let Some(factor) = now_is.second_factor.filter(|factor| factor.is_confirmed) {
            let code = self.code.as_ref().ok_or(Error::SecondFactorRequired)?;
            if !second_factor::use_code(cx, write.tx(), login.user, &factor, code).await? {
                return Err(Error::LoginFailed);
            }
        }
        let (now, token) = (cx.now(), Token::mint(cx.entropy()));
        let session = Session {
            id: SessionId::new(cx.clock(), cx.entropy()),
            user_id: login.user,
            address: cx.address(),
            user_agent: cx.user_agent().map(|agent| agent.chars().take(USER_AGENT_MAX).collect()),
            created_at: now,
            expires_at: now.plus_seconds(SESSION_SECONDS),
        };
        write.tx().begin_session(&session, token.digest()).await?;
        write.tx().note_login(login.user, network, now).await?;
        let targets = vec![noun::USER.target(login.user), NOUN.target(session.id)];
        let write = write.by(Actor::User { id: login.user });
        write.commit_in(None, targets, LoggedIn { session, token }).await
    }
}

/// List your sessions.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListSessions {}

impl Operation for ListSessions {
    const SPEC: Spec = Spec::read(ids::SESSIONS_LIST, "/v1/sessions").tag(TAG).person().columns(&[
        "id",
        "address",
        "user_agent",
        "created_at",
        "expires_at",
    ]);
    type Output = Page<Session>;

    async fn run(self, cx: &Cx) -> Result<Page<Session>> {
        let items = cx.store().sessions_of(cx.person()?.user.id, cx.now()).await?;
        Ok(Page::new(items, None))
    }
}

/// End one of your sessions.
///
/// The session is refused from the next request on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EndSession {
    /// Its id.
    session: SessionId,
}

impl Operation for EndSession {
    const SPEC: Spec = Spec::delete(ids::SESSIONS_END, "/v1/sessions/{session}").tag(TAG).person();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let user = cx.person()?.user.id;
        let is_theirs = cx.control().people().user_of(self.session, cx.now()).is_some_and(|u| u.id == user);
        cx.refusing(is_theirs.then_some(Change::Session(self.session)), self.end(cx)).await
    }
}

impl EndSession {
    async fn end(&self, cx: &Cx) -> Result<Removal> {
        let (user, user_name) = (cx.person()?.user.id, cx.person()?.user.name.clone());
        let mut write = cx.write_rights([Change::Session(self.session)]).await?;
        if !write.tx().end_session(user, self.session).await? {
            return Err(Error::not_found(NOUN.one, self.session));
        }
        let object = Dependant::new(self.session, &user_name);
        let removal = NOUN.removal(cx, object, Vec::new(), false);
        write.commit_in(None, vec![NOUN.target(self.session)], removal).await
    }
}
