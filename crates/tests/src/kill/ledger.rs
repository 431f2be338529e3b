//! What was attempted and what was acknowledged: a line each in a file, written before the request
//! and after its answer. All judgement is by what the file says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::Mutex,
};

use serde::{Deserialize, Serialize};

/// One thing to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Who writes, by number.
    pub by: usize,
    /// What kind of thing.
    pub kind: Kind,
    /// The team or project it is in; empty for a team.
    pub within: String,
    /// Its name there.
    pub name: String,
    /// What it holds, to be read back.
    pub value: String,
}

/// The kinds of things that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the API's nouns")]
pub enum Kind {
    Team,
    Project,
    Variable,
    Function,
    Domain,
    Token,
    Invitation,
    Member,
}

/// What a thing is found by, and what is found.
pub type Place = (Kind, String, String);

/// What is looked at together: whose, and of which team or project; of none for teams themselves.
pub type Scope = (usize, String);

/// A thing as it is found: its id, where the API gives it one, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// Its id, or nothing.
    pub id: String,
    /// Its value.
    pub value: String,
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Attempted { number: usize, write: Write },
    Acknowledged { number: usize, id: String },
    Found { number: usize, id: String },
    Absent { number: usize },
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Not known: the answer never came.
    Unknown,
    /// It was promised, with this id.
    Acknowledged(String),
    /// It was not promised, and is there whole, with this id.
    Complete(String),
    /// It was not promised, and is not there.
    Absent,
}

/// The file.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    next: usize,
    acknowledged: usize,
    in_flight: BTreeMap<usize, Write>,
}

impl Ledger {
    /// An empty file there.
    pub fn create(path: &Path) -> Self {
        let file = File::create(path).unwrap();
        let open = Open { file, next: 0, acknowledged: 0, in_flight: BTreeMap::new() };
        Self { path: path.to_owned(), open: Mutex::new(open) }
    }

    /// Notes that a write is about to be asked for; gives its number.
    pub fn attempt(&self, write: &Write) -> usize {
        let mut open = self.open.lock().unwrap();
        let number = open.next;
        open.next += 1;
        open.in_flight.insert(number, write.clone());
        open.note(&Line::Attempted { number, write: write.clone() });
        number
    }

    /// Notes that it was promised.
    pub fn acknowledge(&self, number: usize, id: String) {
        let mut open = self.open.lock().unwrap();
        open.acknowledged += 1;
        open.in_flight.remove(&number);
        open.note(&Line::Acknowledged { number, id });
    }

    /// How many were promised so far.
    pub fn acknowledged(&self) -> usize {
        self.open.lock().unwrap().acknowledged
    }

    /// What is neither promised nor settled.
    pub fn in_flight(&self) -> Vec<Write> {
        self.open.lock().unwrap().in_flight.values().cloned().collect()
    }

    /// All writes by number, with what became of them.
    pub fn entries(&self) -> BTreeMap<usize, (Write, Fate)> {
        let mut entries: BTreeMap<usize, (Write, Fate)> = BTreeMap::new();
        for line in fs::read_to_string(&self.path).unwrap().lines() {
            let (number, fate) = match serde_json::from_str(line).unwrap() {
                Line::Attempted { number, write } => {
                    entries.insert(number, (write, Fate::Unknown));
                    continue;
                }
                Line::Acknowledged { number, id } => (number, Fate::Acknowledged(id)),
                Line::Found { number, id } => (number, Fate::Complete(id)),
                Line::Absent { number } => (number, Fate::Absent),
            };
            entries.get_mut(&number).unwrap().1 = fate;
        }
        entries
    }

    /// Where the writes from a number on went.
    pub fn scopes(&self, from: usize) -> BTreeSet<Scope> {
        self.entries().split_off(&from).into_values().map(|(write, _)| write.scope()).collect()
    }

    /// Holds what was found in some scopes against all that was written there: returns what is
    /// wrong, and notes what became of the writes whose answer never came.
    pub fn judge(
        &self,
        scopes: &BTreeSet<Scope>,
        mut found: BTreeMap<Place, Thing>,
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut places: BTreeMap<Place, Vec<(usize, Write, Fate)>> = BTreeMap::new();
        for (number, (write, fate)) in self.entries() {
            if !scopes.contains(&write.scope()) {
                continue;
            }
            places.entry(write.place()).or_default().push((number, write, fate));
        }
        // What a person joined by is used up, and by it alone.
        let joined: BTreeSet<(String, String)> = found
            .keys()
            .filter(|place| place.0 == Kind::Member)
            .map(|place| (place.1.clone(), place.2.clone()))
            .collect();
        for (place, writes) in places {
            let thing = found.remove(&place);
            let used =
                place.0 == Kind::Invitation && joined.contains(&(place.1.clone(), place.2.clone()));
            if used && thing.is_none() {
                self.settle_used(&writes);
            } else if let Err(why) = self.settle(&writes, thing) {
                wrong.push(format!("{place:?}: {why}"));
            }
        }
        wrong.extend(found.into_iter().map(|(place, thing)| {
            format!("{place:?}: {thing:?} is there and nobody asked for it")
        }));
        wrong
    }

    /// The writes to one place, in order, against what is there: the last that was promised, or
    /// one that was asked for after it.
    fn settle(&self, writes: &[(usize, Write, Fate)], thing: Option<Thing>) -> Result<(), String> {
        let promised = writes.iter().rposition(|(_, _, fate)| fate.stands());
        let Some(thing) = thing else {
            if let Some(at) = promised {
                return Err(format!("lost: {:?}", writes[at]));
            }
            for (number, _, fate) in writes {
                self.conclude(*number, fate, None);
            }
            return Ok(());
        };
        let since = promised.unwrap_or(0);
        let holds = |(_, write, fate): &&(usize, Write, Fate)| {
            write.value == thing.value && fate.id().is_none_or(|id| id == thing.id)
        };
        let Some((which, ..)) = writes[since..].iter().rev().find(holds) else {
            return Err(format!("{thing:?} is there, neither of {:?}", &writes[since..]));
        };
        for (number, _, fate) in writes {
            let there = (number == which).then(|| thing.id.clone());
            self.conclude(*number, fate, there);
        }
        Ok(())
    }

    fn settle_used(&self, writes: &[(usize, Write, Fate)]) {
        for (number, _, fate) in writes {
            self.conclude(*number, fate, Some(String::new()));
        }
    }

    fn conclude(&self, number: usize, fate: &Fate, there: Option<String>) {
        if *fate == Fate::Unknown {
            let mut open = self.open.lock().unwrap();
            open.in_flight.remove(&number);
            open.note(&match there {
                Some(id) => Line::Found { number, id },
                None => Line::Absent { number },
            });
        }
    }
}

impl Open {
    fn note(&mut self, line: &Line) {
        let mut text = serde_json::to_string(line).unwrap();
        text.push('\n');
        self.file.write_all(text.as_bytes()).unwrap();
    }
}

impl Write {
    /// Where it is found.
    pub fn place(&self) -> Place {
        (self.kind, self.within.clone(), self.name.clone())
    }

    /// What it is looked at with.
    pub fn scope(&self) -> Scope {
        (self.by, self.within.clone())
    }
}

impl Fate {
    /// Whether the write has to be there.
    pub fn stands(&self) -> bool {
        matches!(self, Self::Acknowledged(_) | Self::Complete(_))
    }

    /// Its id, once it is known.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Acknowledged(id) | Self::Complete(id) => Some(id),
            Self::Unknown | Self::Absent => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(name: &str, value: &str) -> Write {
        let kind = Kind::Variable;
        Write { by: 0, kind, within: "prj_1".into(), name: name.into(), value: value.into() }
    }

    fn judged(found: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::create(&folder.path().join("ledger"));
        for value in ["1", "2"] {
            let number = ledger.attempt(&write("A", value));
            ledger.acknowledge(number, String::new());
        }
        ledger.attempt(&write("A", "3"));
        ledger.attempt(&write("B", "1"));
        let found = found.iter().map(|(name, value)| {
            (write(name, "").place(), Thing { id: String::new(), value: (*value).into() })
        });
        let wrong = ledger.judge(&ledger.scopes(0), found.collect());
        assert!(!wrong.is_empty() || ledger.in_flight().is_empty());
        wrong
    }

    #[test]
    fn what_was_promised_or_asked_for_later_may_be_there() {
        assert_eq!(judged(&[("A", "2")]), [""; 0]);
        assert_eq!(judged(&[("A", "3")]), [""; 0]);
        assert_eq!(judged(&[("A", "2"), ("B", "1")]), [""; 0]);
    }

    #[test]
    fn what_is_lost_stale_partial_or_uncalled_for_is_wrong() {
        for found in [&[][..], &[("A", "1")], &[("A", "2"), ("B", "")], &[("A", "2"), ("C", "1")]] {
            assert_eq!(judged(found).len(), 1, "{found:?}");
        }
    }
}
