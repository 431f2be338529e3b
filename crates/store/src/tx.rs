//! Transactions with a scope.

use std::{fmt::Write as _, marker::PhantomData};

use croft_model::id::TeamId;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};
use uuid::Uuid;

use crate::{
    Result,
    outbox::{Hints, Touched, TouchedRoutes},
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

    /// One whose queries all see the same moment, and that changes nothing.
    pub(crate) async fn begin_reading(
        pool: &PgPool,
        hints: Hints,
        vault: Vault,
        purpose: Purpose,
    ) -> Result<Self> {
        tracing::trace!(store.purpose = ?purpose, "a transaction reads across teams");
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned();
        Self::begin(pool, hints, vault, begin).await
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
        if !self.touched.routes.is_empty() {
            // Last, so that the one row is held for no longer than the commit itself.
            self.count_routes().await?;
        }
        self.inner.commit().await?;
        self.hints.wake(&self.touched);
        Ok(())
    }

    /// The same, and waits until the edge routes by it: briefly, and not at all where there is no
    /// edge. For changes that whoever made them tries at once.
    pub async fn commit_in_force(self) -> Result<()> {
        let hints = self.hints.clone();
        self.commit().await?;
        hints.routes_in_force().await;
        Ok(())
    }

    /// Gives what was touched of the routes a new generation.
    async fn count_routes(&mut self) -> Result<()> {
        let generation =
            sqlx::query_scalar!("UPDATE route_generation SET value = value + 1 RETURNING value")
                .fetch_one(self.conn())
                .await?;
        let touched = std::mem::take(&mut self.touched.routes);
        // A statement of its own: holding that row, it sees every project of a team that an earlier
        // generation has told of.
        sqlx::query!(
            "INSERT INTO route_changes (project_id, team_id, generation)
             SELECT id, team_id, $1 FROM projects WHERE id = ANY ($2) OR team_id = ANY ($3)
             ON CONFLICT (project_id) DO UPDATE SET generation = $1, at = DEFAULT",
            generation,
            &touched.projects,
            &touched.teams
        )
        .execute(self.conn())
        .await?;
        let (gone, teams): (Vec<Uuid>, Vec<Uuid>) = touched.gone.iter().copied().unzip();
        if !gone.is_empty() {
            sqlx::query!(
                "INSERT INTO route_changes (project_id, team_id, generation)
                 SELECT project, team, $1 FROM unnest($2::uuid[], $3::uuid[]) AS gone (project, team)
                 ON CONFLICT (project_id) DO UPDATE SET generation = $1, at = DEFAULT",
                generation,
                &gone,
                &teams
            )
            .execute(self.conn())
            .await?;
        }
        self.touched.routes =
            TouchedRoutes { generation: u64::try_from(generation).unwrap_or(0), ..touched };
        Ok(())
    }
}
