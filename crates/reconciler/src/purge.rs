//! Projects whose grace period has ended: nothing of them is left after.

use std::sync::Arc;

use async_trait::async_trait;
use croft_model::{
    audit::Means,
    due::DueKind,
    event::EventKind,
    id::{Id, ProjectId},
    project::{Project, State},
};
use croft_ports::{Clock, Entropy};
use croft_store::{
    Purpose, Store, System, Tx,
    audit::AuditEntry,
    events::{NewEvent, Stream},
};
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::controller::{Controller, Failure, Next};

/// Purges deleted projects.
pub(crate) struct Purge {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// What to do about a project that is in the queue.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// It was restored: nothing.
    Forget,
    /// Its time has not come.
    Wait(OffsetDateTime),
    /// Its time has come.
    Remove,
}

fn decide(project: &Project, now: OffsetDateTime) -> Step {
    match project.state {
        State::Active => Step::Forget,
        State::Deleted { .. } if project.purge_due(now) => Step::Remove,
        State::Deleted { purge_at, .. } => Step::Wait(purge_at),
    }
}

#[async_trait]
impl Controller for Purge {
    async fn activate(&self, id: Uuid) -> Result<Next, Failure> {
        let now = self.clock.now();
        let project_id: ProjectId = Id::from_uuid(id);
        let mut tx = self.store.system(Purpose::Reconcile).await?;
        // Held, so that it is not restored between the look and the step.
        let project = tx.lock_project(project_id).await?;
        let step = project.as_ref().map_or(Step::Forget, |p| decide(p, now));
        let next = match (step, project) {
            (Step::Wait(at), _) => return Ok(Next::At(at)),
            (Step::Remove, Some(project)) => {
                self.remove(&mut tx, &project, now).await?;
                Next::Done
            }
            (Step::Forget, _) | (Step::Remove, None) => Next::Done,
        };
        // In the transaction that removes it, so that neither is ever without the other.
        tx.clear_due(DueKind::ProjectPurge, id).await?;
        tx.commit().await?;
        Ok(next)
    }
}

impl Purge {
    async fn remove(
        &self,
        tx: &mut Tx<System>,
        project: &Project,
        now: OffsetDateTime,
    ) -> Result<(), Failure> {
        tx.remove_project(project.id).await?;
        let entry = AuditEntry {
            id: self.entropy.id(now),
            team: Some(project.team_id),
            at: now,
            actor: None,
            means: Means::System,
            action: "project.purge".to_owned(),
            subject: project.id.to_string(),
            address: None,
            request: None,
            before: Some(json!({ "name": project.name, "slug": project.slug })),
            after: None,
        };
        tx.add_audit(&entry).await?;
        let event = NewEvent {
            team: project.team_id,
            project: Some(project.id),
            kind: EventKind::ProjectPurged,
            subject: project.id.to_string(),
            actor: None,
            payload: json!({ "name": project.name }),
            at: now,
        };
        tx.add_event(Stream::Team(project.team_id), &event).await?;
        tracing::info!(project.id = %project.id, "a deleted project was purged at the end of its grace period");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use croft_model::{host::HostLabel, project::GRACE};

    use super::*;

    #[test]
    fn only_a_deleted_project_whose_time_has_come_is_removed() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let project = Project {
            id: Id::from_uuid(Uuid::nil()),
            team_id: Id::from_uuid(Uuid::nil()),
            name: "Blog".parse().unwrap(),
            slug: "blog".parse().unwrap(),
            label: HostLabel::from_random([0; 8]),
            state: State::Active,
            created_at: now,
            version: 1,
        };
        assert_eq!(decide(&project, now), Step::Forget);
        let deleted = project.delete(now).unwrap();
        assert_eq!(decide(&deleted, now), Step::Wait(now + GRACE));
        assert_eq!(decide(&deleted, now + GRACE), Step::Remove);
    }
}
