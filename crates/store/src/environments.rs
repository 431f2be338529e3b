//! What functions see of their projects' variables and secrets, for many projects at once.

use std::{collections::HashMap, sync::Arc};

use croft_model::id::Id;
use croft_ports::function_invoker::FunctionEnvironment;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    Result, SealError, Sealed,
    rows::inconsistent,
    seal::DataKey,
    tx::{Scope, Tx},
    variables::{key_place, place},
};

/// An environment of these values, with the digest that is the same wherever they are read.
fn digested(mut values: Vec<(String, Zeroizing<String>)>) -> FunctionEnvironment {
    if values.is_empty() {
        return FunctionEnvironment::default();
    }
    values.sort_by(|one, other| one.0.cmp(&other.0));
    let mut hash = Sha256::new();
    for (name, value) in &values {
        for text in [name.as_str(), value.as_str()] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&hash.finalize()[..16]);
    FunctionEnvironment { digest, values }
}

/// Environments by project; an error where one cannot be opened.
pub type Environments = HashMap<Uuid, Result<Arc<FunctionEnvironment>>>;

struct Row {
    id: Uuid,
    team_id: Uuid,
    key: String,
    plain: Option<String>,
    sealed: Option<Vec<u8>>,
    version: i64,
}

/// Teams' data keys, each unwrapped once.
type DataKeys = HashMap<Uuid, std::result::Result<DataKey, SealError>>;

impl<S: Scope> Tx<S> {
    /// Production's variables with its secrets opened, of these projects: for the processes that run
    /// in it and nobody else. A project without values is left out.
    pub async fn production(&mut self, projects: &[Uuid]) -> Result<Environments> {
        let rows = sqlx::query!(
            "SELECT id, team_id, project_id, key, plain, sealed, version FROM variables
             WHERE project_id = ANY ($1) AND environment = 'production'",
            projects
        )
        .fetch_all(self.conn())
        .await?;
        let mut by_project: HashMap<Uuid, Vec<Row>> = HashMap::new();
        for row in rows {
            let own = by_project.entry(row.project_id).or_default();
            let (id, team_id, key) = (row.id, row.team_id, row.key);
            let (plain, sealed, version) = (row.plain, row.sealed, row.version);
            own.push(Row { id, team_id, key, plain, sealed, version });
        }
        let sealed = by_project.values().flatten().filter(|row| row.sealed.is_some());
        let teams: Vec<Uuid> = sealed.map(|row| row.team_id).collect();
        let keys = self.data_keys(&teams).await?;
        Ok(by_project.into_iter().map(|(id, rows)| (id, opened(rows, &keys))).collect())
    }

    async fn data_keys(&mut self, teams: &[Uuid]) -> Result<DataKeys> {
        if teams.is_empty() {
            return Ok(DataKeys::new());
        }
        let rows = sqlx::query!(
            "SELECT team_id, master_key, wrapped FROM team_keys WHERE team_id = ANY ($1)",
            teams
        )
        .fetch_all(self.conn())
        .await?;
        let unwrap = |team, name: &str, wrapped: &[u8]| {
            self.vault.unwrap(name, wrapped, &key_place(Id::from_uuid(team)))
        };
        Ok(rows
            .iter()
            .map(|row| (row.team_id, unwrap(row.team_id, &row.master_key, &row.wrapped)))
            .collect())
    }
}

fn opened(rows: Vec<Row>, keys: &DataKeys) -> Result<Arc<FunctionEnvironment>> {
    let open = |row: Row| {
        let value = match (row.plain, row.sealed) {
            (Some(plain), _) => Zeroizing::new(plain),
            (None, Some(sealed)) => {
                let key = keys.get(&row.team_id);
                let key = key.ok_or_else(|| inconsistent("team_keys", "wrapped", row.team_id))?;
                let key = key.as_ref().map_err(Clone::clone)?;
                let place = place(Id::from_uuid(row.team_id), Id::from_uuid(row.id), row.version);
                key.open(&Sealed(sealed), &place)?
            }
            (None, None) => return Err(inconsistent("variables", "sealed", row.id)),
        };
        Ok((row.key, value))
    };
    Ok(Arc::new(digested(rows.into_iter().map(open).collect::<Result<_>>()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_environments_apart_and_not_orders() {
        let digest = |values: &[(&str, &str)]| {
            let values = values.iter().map(|(n, v)| ((*n).into(), Zeroizing::new((*v).into())));
            digested(values.collect()).digest
        };
        assert_eq!(digest(&[("A", "1"), ("B", "2")]), digest(&[("B", "2"), ("A", "1")]));
        for other in [&[("A", "12")][..], &[("A1", "2")], &[("A", "1"), ("2", "")], &[]] {
            assert_ne!(digest(&[("A", "1"), ("B", "2")]), digest(other));
        }
        assert_ne!(digest(&[("AB", "C")]), digest(&[("A", "BC")]));
    }
}
