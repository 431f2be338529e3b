//! Transactions with a scope.

use std::{fmt::Write as _, marker::PhantomData};

use croft_model::id::TeamId;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

use crate::{
    Result,
    outbox::{Hints, Touched},
    vault::Vault,
};

/// What rows a transaction reaches.
pub trait Scope: Send + Sync + 'static {}

/// Only those of named teams.
#[derive(Debug)]
pub struct Team;
/// All of them.
#[derive(Debug)]
pub struct System;

impl Scope for Team {}
impl Scope for System {}

/// Why a transaction crosses teams. Each is a reason one can grep for and read in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Finding out who somebody is, before any team is known.
    Authenticate,
    /// Making, changing or deleting an account.
    Accounts,
    /// Making a team, or joining one by invitation.
    Join,
    /// Telling whether a slug, label or host is taken by anyone.
    Uniqueness,
    /// What the operator of the installation sees and does.
    Operate,
    /// The queue, controllers and clean-up.
    Reconcile,
    /// Building the edge's route table.
    Routes,
    /// Writing invocations down, many projects' at once.
    InvocationLog,
    /// Start-up: the installation's row, keys, the first function.
    Start,
}

/// An open transaction. Dropped without [`Tx::commit`] it leaves nothing.
#[derive(Debug)]
pub struct Tx<S: Scope> {
    inner: Transaction<'static, Postgres>,
    pub(crate) touched: Touched,
    pub(crate) vault: Vault,
    hints: Hints,
    scope: PhantomData<S>,
}

impl Tx<Team> {
    /// BEGIN and the setting in one round trip.
    pub(crate) async fn begin_for(
        pool: &PgPool,
        hints: Hints,
        vault: Vault,
        teams: &[TeamId],
    ) -> Result<Self> {
        let mut array = String::new();
        for team in teams {
            let comma = if array.is_empty() { "" } else { "," };
            // Writing to a String cannot fail.
            let _ = write!(array, "{comma}{}", team.uuid());
        }
        // Only the digits of UUIDs go into the text, so there is nothing to escape.
        let begin = format!("BEGIN; SELECT set_config('croft.teams', '{{{array}}}', true)");
        Self::begin(pool, hints, vault, begin).await
    }
}

impl Tx<System> {
    pub(crate) async fn begin_as(
        pool: &PgPool,
        hints: Hints,
        vault: Vault,
        purpose: Purpose,
    ) -> Result<Self> {
        tracing::trace!(store.purpose = ?purpose, "a transaction crosses teams");
        Self::begin(pool, hints, vault, "BEGIN".to_owned()).await
    }
}

impl<S: Scope> Tx<S> {
    async fn begin(pool: &PgPool, hints: Hints, vault: Vault, begin: String) -> Result<Self> {
        let inner = pool.begin_with(AssertSqlSafe(begin)).await?;
        Ok(Self { inner, touched: Touched::default(), vault, hints, scope: PhantomData })
    }

    /// The connection, for the statements of this crate.
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// Makes it all durable, then tells those who wait for such changes.
    pub async fn commit(mut self) -> Result<()> {
        if self.touched.routes {
            // Last, so that this one row is held for no longer than the commit itself.
            sqlx::query!("UPDATE route_generation SET value = value + 1")
                .execute(self.conn())
                .await?;
        }
        self.inner.commit().await?;
        self.hints.wake(&self.touched);
        Ok(())
    }
}
