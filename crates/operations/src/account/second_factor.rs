//! Second factor: codes of an authenticator app (TOTP, RFC 6238: SHA-1, 6 digits, 30 s), and recovery
//! codes for when the authenticator is lost.

use std::fmt;

use bailiwick_domain::attempt::ClientNetwork;
use bailiwick_domain::id::UserId;
use bailiwick_domain::outside::Entropy;
use bailiwick_domain::password::PresentedPassword;
use bailiwick_domain::recovery::{self, RECOVERY_CODES};
use bailiwick_engine::cx::{Cx, Write};
use bailiwick_engine::error::{Dependant, Error, Result};
use bailiwick_engine::operation::{Erased, Operation, erase};
use bailiwick_engine::shape::removal::Removal;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Tx;
use bailiwick_store::change::Change;
use bailiwick_store::logins::SecondFactor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use totp_rs::Totp;
use zeroize::Zeroizing;

use crate::account::proof::require_password;
use crate::ids;
use crate::keys::view::Secret;
use crate::noun;

const TAG: &str = "People";
/// The issuer that authenticator apps show beside a code.
const ISSUER: &str = "Bailiwick";
/// The length of a secret in bytes, the same as SHA-1's output (RFC 4226, section 4, R6).
const SECRET_BYTES: usize = 20;
/// The number of digits in a code.
const DIGITS: usize = 6;

pub(crate) const OPERATIONS: &[Erased] = &[
    erase::<BeginSecondFactor>(),
    erase::<ConfirmSecondFactor>(),
    erase::<RenewRecoveryCodes>(),
    erase::<EndSecondFactor>(),
];

/// A code as presented by the user. Never shown in answers or logs.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub(crate) struct Code(#[schemars(with = "String")] Zeroizing<String>);

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The context under which the secret of a user's second factor is sealed.
pub(crate) fn place(user: UserId) -> String {
    format!("user/{user}/second_factor")
}

fn totp(secret: &[u8], account: &str) -> Result<Totp> {
    totp_rs::Builder::new()
        .with_secret(secret.to_vec())
        .with_account_name(account)
        .with_issuer(Some(ISSUER))
        .build()
        .map_err(|error| Error::internal(error.to_string()))
}

/// Checks a code, and marks it as used if it is right. False also if it was used before.
pub(crate) async fn use_code(
    cx: &Cx,
    tx: &mut Tx,
    user: UserId,
    factor: &SecondFactor,
    code: &Code,
) -> Result<bool> {
    let plain: Zeroizing<String> =
        Zeroizing::new(code.0.chars().filter(|c| !c.is_whitespace() && *c != '-').collect());
    if plain.len() != DIGITS || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(tx.use_recovery_code(user, recovery::digest(&plain), cx.now()).await?);
    }
    let secret =
        cx.control().keyring().peppers().open(&place(user), &factor.secret).map_err(Error::internal)?;
    let seconds = u64::try_from(cx.now().as_micros() / 1_000_000).unwrap_or_default();
    match totp(&secret, "user")?.check(&plain, seconds) {
        Some(step) => Ok(tx.use_step(user, i64::try_from(step).map_err(Error::internal)?).await?),
        None => Ok(false),
    }
}

/// Begin to set up a second factor.
///
/// Put the secret into an authenticator app (or show it the URI as a QR code), then confirm it with a
/// code. Until you do, you log in without a second factor.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "password": "correct horse battery staple" }]))]
struct BeginSecondFactor {
    /// Your password.
    password: PresentedPassword,
}

/// The secret from which an authenticator app makes codes. No later answer shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AuthenticatorSecret")]
struct Enrolment {
    /// The secret, in base 32.
    secret: Secret,
    /// The secret as a URI that authenticator apps read from a QR code: `otpauth://totp/…`.
    otpauth_uri: Secret,
}

impl Operation for BeginSecondFactor {
    const SPEC: Spec =
        Spec::act(ids::SECOND_FACTOR_BEGIN, "/v1/me/second_factor").tag(TAG).person().answers_secret();
    type Output = Enrolment;

    async fn run(self, cx: &Cx) -> Result<Enrolment> {
        require_password(cx, &self.password, "password").await?;
        let user = &cx.person()?.user;
        let secret = new_secret(cx.entropy());
        let totp = totp(secret.as_slice(), user.email.as_str())?;
        let uri = totp.to_url().map_err(|error| Error::internal(error.to_string()))?;
        let sealed = cx.control().keyring().peppers().seal(&place(user.id), secret.as_slice(), cx.entropy());
        let mut write = cx.write_rights([Change::User(user.id)]).await?;
        let login = write.tx().login(user.id).await?.ok_or(Error::SessionEnded)?;
        if login.second_factor.is_some_and(|factor| factor.is_confirmed) {
            return Err(Error::invalid("", "you already use a second factor: end it first"));
        }
        write.tx().begin_second_factor(user.id, &sealed.map_err(Error::internal)?).await?;
        let enrolment = Enrolment {
            secret: Secret(Zeroizing::new(totp.secret().to_base32())),
            otpauth_uri: Secret(Zeroizing::new(uri)),
        };
        write.commit_in(None, vec![noun::USER.target(user.id)], enrolment).await
    }
}

fn new_secret(entropy: &dyn Entropy) -> Zeroizing<[u8; SECRET_BYTES]> {
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    entropy.fill(secret.as_mut_slice());
    secret
}

/// Recovery codes, for when the authenticator is lost. No later answer shows them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "NewRecoveryCodes")]
struct RecoveryCodes {
    /// The codes. Each works for one login.
    recovery_codes: Vec<Secret>,
}

async fn give_recovery_codes(cx: &Cx, tx: &mut Tx, user: UserId) -> Result<RecoveryCodes> {
    let codes: Vec<_> = (0..RECOVERY_CODES).map(|_| recovery::mint(cx.entropy())).collect();
    let digests: Vec<_> = codes.iter().map(|code| recovery::digest(code)).collect();
    tx.set_recovery_codes(user, &digests).await?;
    Ok(RecoveryCodes { recovery_codes: codes.into_iter().map(Secret).collect() })
}

/// Confirm the second factor with one of its codes.
///
/// From then on, your password alone does not log you in, and your other sessions, which began without
/// the second factor, have ended. The answer contains recovery codes: keep them where you can find them
/// without your authenticator.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "code": "123456" }]))]
struct ConfirmSecondFactor {
    /// A code from your authenticator.
    #[schemars(length(max = 64), extend("writeOnly" = true), example = &"123456")]
    code: Code,
}

impl Operation for ConfirmSecondFactor {
    const SPEC: Spec = Spec::act(ids::SECOND_FACTOR_CONFIRM, "/v1/me/second_factor/confirm")
        .tag(TAG)
        .person()
        .answers_secret();
    type Output = RecoveryCodes;

    async fn run(self, cx: &Cx) -> Result<RecoveryCodes> {
        let visitor = cx.person()?;
        let person = &visitor.user;
        let (user, network) = (person.id, ClientNetwork::from(cx.address()));
        let is_familiar = cx.store().is_familiar(user, network).await?;
        cx.control().attempts().begin(&person.email, network, is_familiar, cx.now())?;
        let mut write = cx.write_rights([Change::User(user)]).await?;
        let login = write.tx().login(user).await?.ok_or(Error::SessionEnded)?;
        let factor = match login.second_factor {
            Some(factor) if !factor.is_confirmed => factor,
            Some(_) => return Err(Error::invalid("", "the second factor is already confirmed")),
            None => return Err(Error::invalid("", "there is no second factor to confirm: begin one first")),
        };
        if !use_code(cx, write.tx(), user, &factor, &self.code).await? {
            let detail = "the code is wrong or has expired; check the clock of your authenticator";
            return Err(Error::invalid("code", detail));
        }
        cx.control().attempts().withdrawn(&person.email, network);
        write.tx().confirm_second_factor(user, cx.now()).await?;
        write.tx().end_sessions_of(user, Some(visitor.session.session.id)).await?;
        let codes = give_recovery_codes(cx, write.tx(), user).await?;
        write.commit_in(None, vec![noun::USER.target(user)], codes).await
    }
}

/// Begins a transaction for a user who has presented both factors.
async fn write_with_both<'a>(cx: &'a Cx, password: &PresentedPassword, code: &Code) -> Result<Write<'a>> {
    require_password(cx, password, "password").await?;
    let user = &cx.person()?.user;
    let network = ClientNetwork::from(cx.address());
    let attempts = cx.control().attempts();
    let is_familiar = cx.store().is_familiar(user.id, network).await?;
    attempts.begin(&user.email, network, is_familiar, cx.now())?;
    let mut write = cx.write_rights([Change::User(user.id)]).await?;
    let login = write.tx().login(user.id).await?.ok_or(Error::SessionEnded)?;
    let factor = login.second_factor.filter(|factor| factor.is_confirmed);
    let factor = factor.ok_or_else(|| Error::invalid("", "you do not use a second factor"))?;
    if !use_code(cx, write.tx(), user.id, &factor, code).await? {
        return Err(Error::invalid("code", "the code is wrong, has expired or was used before"));
    }
    attempts.succeeded(&user.email, network);
    Ok(write)
}

/// Replace your recovery codes by new ones.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "password": "correct horse battery staple", "code": "123456" }]))]
struct RenewRecoveryCodes {
    /// Your password.
    password: PresentedPassword,
    /// A code from your authenticator, or a recovery code.
    #[schemars(length(max = 64), extend("writeOnly" = true), example = &"123456")]
    code: Code,
}

impl Operation for RenewRecoveryCodes {
    const SPEC: Spec =
        Spec::act(ids::SECOND_FACTOR_RENEW_RECOVERY_CODES, "/v1/me/second_factor/recovery_codes")
            .tag(TAG)
            .person()
            .answers_secret();
    type Output = RecoveryCodes;

    async fn run(self, cx: &Cx) -> Result<RecoveryCodes> {
        let user = cx.person()?.user.id;
        let mut write = write_with_both(cx, &self.password, &self.code).await?;
        let codes = give_recovery_codes(cx, write.tx(), user).await?;
        write.commit_in(None, vec![noun::USER.target(user)], codes).await
    }
}

/// Remove your second factor.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "password": "correct horse battery staple", "code": "123456" }]))]
struct EndSecondFactor {
    /// Your password.
    password: PresentedPassword,
    /// A code from your authenticator, or a recovery code.
    #[schemars(length(max = 64), extend("writeOnly" = true), example = &"123456")]
    code: Code,
}

impl Operation for EndSecondFactor {
    const SPEC: Spec = Spec::act(ids::SECOND_FACTOR_END, "/v1/me/second_factor/end").tag(TAG).person();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let (user, name) = (cx.person()?.user.id, cx.person()?.user.name.clone());
        let mut write = write_with_both(cx, &self.password, &self.code).await?;
        write.tx().end_second_factor(user).await?;
        let object = Dependant::new(user, name);
        let removal = noun::SECOND_FACTOR.removal(cx, object, Vec::new(), false);
        write.commit_in(None, vec![noun::USER.target(user)], removal).await
    }
}
