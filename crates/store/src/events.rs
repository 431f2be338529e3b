//! What happened, in order.

use croft_model::{
    event::EventKind,
    id::{Id, ProjectId, TeamId},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Result,
    outbox::{Hints, StreamHint},
    rows::inconsistent,
    tx::{Scope, Tx},
};

/// The sequence of events of one project or team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// What happens in a project.
    Project(ProjectId),
    /// What happens to a team: its members, and its projects as wholes.
    Team(TeamId),
}

impl Stream {
    fn id(self) -> Uuid {
        match self {
            Self::Project(id) => id.uuid(),
            Self::Team(id) => id.uuid(),
        }
    }
}

impl Hints {
    /// Moves when there are new events in a stream.
    pub fn events(&self, stream: Stream) -> StreamHint {
        self.events_of(stream.id())
    }
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The team.
    pub team: TeamId,
    /// The project, if it is about one.
    pub project: Option<ProjectId>,
    /// What happened.
    pub kind: EventKind,
    /// To what, by id.
    pub subject: String,
    /// Who did it, by name.
    pub actor: Option<String>,
    /// More; never a secret.
    pub payload: serde_json::Value,
    /// When.
    pub at: OffsetDateTime,
}

/// An event in its place.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its place in the stream, from 1.
    pub sequence: i64,
    /// The event.
    pub event: NewEvent,
}

fn kind_name(kind: EventKind) -> String {
    // A unit variant always serializes to its name.
    serde_json::to_value(kind)
        .ok()
        .and_then(|v| v.as_str().map(ToOwned::to_owned))
        .unwrap_or_default()
}

fn parse_kind(text: &str) -> Option<EventKind> {
    serde_json::from_value(serde_json::Value::from(text)).ok()
}

impl<S: Scope> Tx<S> {
    /// Writes an event into a stream. The stream's counter is held until the transaction ends, so
    /// that numbers become visible in order and without gaps.
    pub async fn add_event(&mut self, stream: Stream, new: &NewEvent) -> Result<()> {
        sqlx::query!(
            "WITH next AS (
                 INSERT INTO event_streams (stream_id, team_id, last) VALUES ($1, $2, 1)
                 ON CONFLICT (stream_id) DO UPDATE SET last = event_streams.last + 1 RETURNING last)
             INSERT INTO events (stream_id, sequence, team_id, project_id, kind, subject, actor, payload, at)
             SELECT $1, last, $2, $3, $4, $5, $6, $7, $8 FROM next",
            stream.id(),
            new.team.uuid(),
            new.project.map(Id::uuid),
            kind_name(new.kind),
            new.subject,
            new.actor,
            new.payload,
            new.at
        )
        .execute(self.conn())
        .await?;
        self.touched.events.push(stream.id());
        Ok(())
    }

    /// Events of a stream after a place, oldest first.
    pub async fn events_after(
        &mut self,
        stream: Stream,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Event>> {
        let rows = sqlx::query!(
            "SELECT sequence, team_id, project_id, kind, subject, actor, payload, at FROM events
             WHERE stream_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
            stream.id(),
            after,
            limit
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                let kind = parse_kind(&row.kind)
                    .ok_or_else(|| inconsistent("events", "kind", &row.kind))?;
                Ok(Event {
                    sequence: row.sequence,
                    event: NewEvent {
                        team: Id::from_uuid(row.team_id),
                        project: row.project_id.map(Id::from_uuid),
                        kind,
                        subject: row.subject,
                        actor: row.actor,
                        payload: row.payload,
                        at: row.at,
                    },
                })
            })
            .collect()
    }

    /// The last place of a stream, 0 when nothing has happened.
    pub async fn last_event(&mut self, stream: Stream) -> Result<i64> {
        let last =
            sqlx::query_scalar!("SELECT last FROM event_streams WHERE stream_id = $1", stream.id())
                .fetch_optional(self.conn())
                .await?;
        Ok(last.unwrap_or(0))
    }
}
