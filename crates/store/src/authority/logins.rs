//! The credentials of people: passwords, second factors (TOTP), recovery codes and invitations.

use bailiwick_domain::attempt::ClientNetwork;
use bailiwick_domain::id::UserId;
use bailiwick_domain::key::{PepperVersion, Sealed};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::session::TokenDigest;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::Email;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::locks::change::Change;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

const TABLE: &str = "users";

/// How many users one statement changes.
const USERS_AT_ONCE: usize = 500;

/// What a login attempt is checked against.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user.
    pub user: UserId,
    /// The password as a PHC string (argon2id); `None` until one is chosen.
    pub password_hash: Option<String>,
    /// Whether the user is disabled and may not log in.
    pub is_disabled: bool,
    /// The second factor, if the user has begun to set one up.
    pub second_factor: Option<SecondFactor>,
}

/// The second factor of a user.
#[derive(Clone, Debug)]
pub struct SecondFactor {
    /// Its secret, encrypted.
    pub secret: Sealed,
    /// Whether the user has entered a code of it, so that it is in use.
    pub is_confirmed: bool,
}

#[derive(sqlx::FromRow)]
struct LoginRow {
    id: Uuid,
    password_hash: Option<String>,
    disabled_at: Option<i64>,
    totp_pepper: Option<i64>,
    totp_secret: Option<Vec<u8>>,
    totp_confirmed_at: Option<i64>,
}

impl TryFrom<LoginRow> for Login {
    type Error = crate::Error;

    fn try_from(row: LoginRow) -> Result<Self> {
        let second_factor = match (row.totp_pepper, row.totp_secret) {
            (Some(pepper), Some(bytes)) => Some(SecondFactor {
                secret: Sealed {
                    pepper: PepperVersion::try_from(pepper).or_corrupt(TABLE, "totp_pepper")?,
                    bytes,
                },
                is_confirmed: row.totp_confirmed_at.is_some(),
            }),
            _ => None,
        };
        Ok(Self {
            user: UserId::from_uuid(row.id),
            password_hash: row.password_hash,
            is_disabled: row.disabled_at.is_some(),
            second_factor,
        })
    }
}

const SELECT: &str = "SELECT id, password_hash, disabled_at, totp_pepper, totp_secret, totp_confirmed_at \
    FROM users WHERE ";

async fn login(name: StatementName, mut run: impl Run, statement: Statement) -> Result<Option<Login>> {
    run.row::<LoginRow>(name, statement).await?.map(Login::try_from).transpose()
}

async fn invited(mut run: impl Run, token: TokenDigest, now: Timestamp) -> Result<Option<UserId>> {
    let statement =
        Statement::new("SELECT id FROM users WHERE invitation_digest = $1 AND invitation_expires_at > $2")
            .bind(token.0.to_vec())
            .bind(now.as_micros());
    Ok(run.row::<(Uuid,)>(StatementName::LoginsInvited, statement).await?.map(|(id,)| UserId::from_uuid(id)))
}

impl Store {
    /// The login of the user with an e-mail address.
    pub async fn login_of(&self, email: &Email) -> Result<Option<Login>> {
        let mut statement = Statement::new(SELECT);
        statement.push("email = ").push_value(email.as_str());
        login(StatementName::LoginsByEmail, self, statement).await
    }

    /// The login of a user.
    pub async fn login(&self, user: UserId) -> Result<Option<Login>> {
        let mut statement = Statement::new(SELECT);
        statement.push("id = ").push_value(user.as_uuid());
        login(StatementName::LoginsGet, self, statement).await
    }

    /// At most `limit` secrets of second factors that are sealed under an older pepper than `current`, of
    /// users with ids after `after`, sorted by id.
    pub async fn second_factors_before(
        &self,
        current: PepperVersion,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<(UserId, Sealed)>> {
        let mut run = self;
        let mut statement = Statement::new(SELECT);
        statement.push("totp_pepper < ").push_value(current);
        if let Some(user) = after {
            statement.push(" AND id > ").push_value(user.as_uuid());
        }
        statement.push(" ORDER BY id LIMIT ").push_value(limit);
        let rows: Vec<LoginRow> = run.rows(StatementName::LoginsSecondFactorsBefore, statement).await?;
        let mut found = Vec::new();
        for row in rows {
            let login = Login::try_from(row)?;
            found.extend(login.second_factor.map(|factor| (login.user, factor.secret)));
        }
        Ok(found)
    }

    /// The user who was invited with this token, if the invitation is valid at `now`.
    pub async fn invited(&self, token: TokenDigest, now: Timestamp) -> Result<Option<UserId>> {
        invited(self, token, now).await
    }

    /// Whether a user has logged in from a network before.
    pub async fn is_familiar(&self, user: UserId, network: ClientNetwork) -> Result<bool> {
        if network.is_nobodys() {
            return Ok(false);
        }
        let mut run = self;
        let statement =
            Statement::new("SELECT seen_at FROM familiar_addresses WHERE user_id = $1 AND address = $2")
                .bind(user.as_uuid())
                .bind(network.to_string());
        Ok(run.row::<(i64,)>(StatementName::LoginsIsFamiliar, statement).await?.is_some())
    }
}

/// The most networks that are remembered for a user.
const FAMILIAR_MAX: i64 = 50;

/// By how many time steps the last used code may be ahead of the one being used. A code further ahead was
/// used while the clock was ahead, and no longer counts.
const STEPS_AHEAD: i64 = 2;

impl Tx {
    /// Like [`Store::login`], but on PostgreSQL it also locks the user's row until this transaction ends.
    pub async fn login(&mut self, user: UserId) -> Result<Option<Login>> {
        let mut statement = Statement::new(SELECT);
        statement.push("id = ").push_value(user.as_uuid());
        self.lock_rows(&mut statement);
        login(StatementName::LoginsGetToWrite, self, statement).await
    }

    /// Like [`Store::invited`].
    pub async fn invited(&mut self, token: TokenDigest, now: Timestamp) -> Result<Option<UserId>> {
        invited(self, token, now).await
    }

    /// Stores an invitation with which a user can choose a password. It replaces an earlier one.
    /// [`Error::Changed`] if the user's revision is another than `seen` by now: the invitation must not give
    /// rights that the user did not have when it was decided.
    pub async fn invite(
        &mut self,
        user: UserId,
        seen: Revision,
        token: TokenDigest,
        until: Timestamp,
    ) -> Result<()> {
        let statement = Statement::new(
            "UPDATE users SET invitation_digest = $1, invitation_expires_at = $2 WHERE id = $3 AND revision = $4",
        )
        .bind(token.0.to_vec())
        .bind(until.as_micros())
        .bind(user.as_uuid())
        .bind(seen.number());
        if self.execute(StatementName::LoginsInvite, statement).await? == 0 {
            return Err(Error::Changed);
        }
        Ok(())
    }

    /// Revokes a user's invitation.
    pub async fn void_invitation(&mut self, user: UserId) -> Result<()> {
        let statement = Statement::new(
            "UPDATE users SET invitation_digest = NULL, invitation_expires_at = NULL WHERE id = $1",
        )
        .bind(user.as_uuid());
        self.execute(StatementName::LoginsVoidInvitation, statement).await?;
        Ok(())
    }

    /// Revokes the invitations of those of these users who are members of no organization any more, and are no
    /// server administrators: nobody would see that they accept.
    pub(crate) async fn void_invitations_of_strangers(&mut self, users: &[UserId]) -> Result<()> {
        for users in users.chunks(USERS_AT_ONCE) {
            let mut statement = Statement::new(
                "UPDATE users SET invitation_digest = NULL, invitation_expires_at = NULL \
                 WHERE invitation_digest IS NOT NULL AND NOT server_administrator \
                 AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.user_id = users.id) AND id IN ",
            );
            statement.push_values(users.iter().map(|user| user.as_uuid()));
            self.execute(StatementName::LoginsVoidInvitationsOfStrangers, statement).await?;
        }
        Ok(())
    }

    /// Sets a user's password. This invalidates an invitation.
    pub async fn set_password(&mut self, user: UserId, hash: &str) -> Result<()> {
        let statement = Statement::new(
            "UPDATE users SET password_hash = $1, invitation_digest = NULL, invitation_expires_at = NULL \
             WHERE id = $2",
        )
        .bind(hash)
        .bind(user.as_uuid());
        self.execute(StatementName::LoginsSetPassword, statement).await?;
        self.changed(Change::User(user));
        Ok(())
    }

    /// Records a user's login, and the network it came from.
    pub async fn note_login(&mut self, user: UserId, network: ClientNetwork, now: Timestamp) -> Result<()> {
        let note = Statement::new("UPDATE users SET last_login_at = $1 WHERE id = $2")
            .bind(now.as_micros())
            .bind(user.as_uuid());
        self.execute(StatementName::LoginsNote, note).await?;
        let familiar = Statement::new(
            "INSERT INTO familiar_addresses (user_id, address, seen_at) VALUES ($1, $2, $3) \
             ON CONFLICT (user_id, address) DO UPDATE SET seen_at = excluded.seen_at",
        )
        .bind(user.as_uuid())
        .bind(network.to_string())
        .bind(now.as_micros());
        self.execute(StatementName::LoginsNoteAddress, familiar).await?;
        let forget = Statement::new(
            "DELETE FROM familiar_addresses WHERE user_id = $1 AND address NOT IN \
             (SELECT address FROM familiar_addresses WHERE user_id = $1 ORDER BY seen_at DESC, address LIMIT $2)",
        )
        .bind(user.as_uuid())
        .bind(FAMILIAR_MAX);
        self.execute(StatementName::LoginsForgetAddresses, forget).await?;
        Ok(())
    }

    /// Stores the secret of a second factor, which is not in use until it is confirmed.
    pub async fn begin_second_factor(&mut self, user: UserId, secret: &Sealed) -> Result<()> {
        let statement = Statement::new(
            "UPDATE users SET totp_pepper = $1, totp_secret = $2, totp_confirmed_at = NULL, \
             totp_last_step = NULL WHERE id = $3",
        )
        .bind(secret.pepper)
        .bind(secret.bytes.clone())
        .bind(user.as_uuid());
        self.execute(StatementName::LoginsBeginSecondFactor, statement).await?;
        Ok(())
    }

    /// Replaces the secret of a second factor by the same one sealed under another pepper. Does nothing if
    /// it was changed since it was read.
    pub async fn reseal_second_factor(&mut self, user: UserId, read: &Sealed, sealed: &Sealed) -> Result<()> {
        let statement = Statement::new(
            "UPDATE users SET totp_pepper = $1, totp_secret = $2 WHERE id = $3 AND totp_secret = $4",
        )
        .bind(sealed.pepper)
        .bind(sealed.bytes.clone())
        .bind(user.as_uuid())
        .bind(read.bytes.clone());
        self.execute(StatementName::LoginsResealSecondFactor, statement).await?;
        Ok(())
    }

    /// Confirms a second factor, which puts it to use.
    pub async fn confirm_second_factor(&mut self, user: UserId, now: Timestamp) -> Result<()> {
        let statement = Statement::new("UPDATE users SET totp_confirmed_at = $1 WHERE id = $2")
            .bind(now.as_micros())
            .bind(user.as_uuid());
        self.execute(StatementName::LoginsConfirmSecondFactor, statement).await?;
        self.changed(Change::User(user));
        Ok(())
    }

    /// Deletes a user's second factor and recovery codes.
    pub async fn end_second_factor(&mut self, user: UserId) -> Result<()> {
        let statement = Statement::new(
            "UPDATE users SET totp_pepper = NULL, totp_secret = NULL, totp_confirmed_at = NULL, \
             totp_last_step = NULL WHERE id = $1",
        )
        .bind(user.as_uuid());
        self.execute(StatementName::LoginsEndSecondFactor, statement).await?;
        self.set_recovery_codes(user, &[]).await?;
        self.changed(Change::User(user));
        Ok(())
    }

    /// Uses up the code of a time step: this step and earlier ones are not accepted again (RFC 6238, section
    /// 5.2). Returns false if it was used up before. A last used step that lies in the future was used while
    /// the clock was ahead, and is ignored, so that nobody is locked out.
    pub async fn use_step(&mut self, user: UserId, step: i64) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE users SET totp_last_step = $1 \
             WHERE id = $2 AND (totp_last_step IS NULL OR totp_last_step < $1 OR totp_last_step > $3)",
        )
        .bind(step)
        .bind(user.as_uuid())
        .bind(step.saturating_add(STEPS_AHEAD));
        Ok(self.execute(StatementName::LoginsUseStep, statement).await? > 0)
    }

    /// Replaces a user's recovery codes.
    pub async fn set_recovery_codes(&mut self, user: UserId, codes: &[[u8; 32]]) -> Result<()> {
        let clear = Statement::new("DELETE FROM recovery_codes WHERE user_id = $1").bind(user.as_uuid());
        self.execute(StatementName::LoginsClearRecoveryCodes, clear).await?;
        for code in codes {
            let statement = Statement::new("INSERT INTO recovery_codes (user_id, digest) VALUES ($1, $2)")
                .bind(user.as_uuid())
                .bind(code.to_vec());
            self.execute(StatementName::LoginsAddRecoveryCode, statement).await?;
        }
        Ok(())
    }

    /// Uses up a recovery code. Returns false if there is no such code, or it was used before.
    pub async fn use_recovery_code(&mut self, user: UserId, code: [u8; 32], now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND digest = $3 AND used_at IS NULL",
        )
        .bind(now.as_micros())
        .bind(user.as_uuid())
        .bind(code.to_vec());
        Ok(self.execute(StatementName::LoginsUseRecoveryCode, statement).await? > 0)
    }
}
