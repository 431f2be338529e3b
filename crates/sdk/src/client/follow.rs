//! Following events: one stream over as many connections as it takes.

use std::{collections::VecDeque, time::Duration};

use croft_model::id::TeamId;
use reqwest::{Method, Response};
use serde::Serialize;

use super::{Client, Error, ProjectRef, ask, sse::Parser};
use crate::events::Event;

/// Connections tried in a row without an event between them, before giving up.
const FAILURES_MAX: u32 = 60;
/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// What a stream gives.
#[derive(Debug)]
pub enum Followed {
    /// An event.
    Event(Box<Event>),
    /// The connection ended and is made anew after `wait`; nothing is missed.
    Reconnecting {
        /// Why it ended, if it did not just end.
        error: Option<Error>,
        /// How long until the next try.
        wait: Duration,
    },
}

/// A stream of events that goes on where it was when a connection breaks.
#[derive(Debug)]
pub struct EventStream {
    client: Client,
    path: String,
    after: Option<i64>,
    response: Option<Response>,
    parser: Parser,
    ready: VecDeque<Event>,
    failures: u32,
    wait: Option<Duration>,
}

#[derive(Serialize)]
struct Query {
    follow: bool,
    after: Option<i64>,
}

impl Client {
    /// Follows a project's events: those after the sequence number `after`, else from now on.
    pub fn follow_project(&self, project: &ProjectRef, after: Option<i64>) -> EventStream {
        self.follow(format!("/projects/{project}/events"), after)
    }

    /// Follows a team's events, likewise.
    pub fn follow_team(&self, team: TeamId, after: Option<i64>) -> EventStream {
        self.follow(format!("/teams/{team}/events"), after)
    }

    fn follow(&self, path: String, after: Option<i64>) -> EventStream {
        EventStream {
            client: self.clone(),
            path,
            after,
            response: None,
            parser: Parser::default(),
            ready: VecDeque::new(),
            failures: 0,
            wait: None,
        }
    }
}

impl EventStream {
    /// The next thing to know. An error is final: the server refuses, or was away for too long.
    pub async fn next(&mut self) -> Result<Followed, Error> {
        if let Some(wait) = self.wait.take() {
            tokio::time::sleep(wait).await;
        }
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.after = Some(event.sequence);
                self.failures = 0;
                return Ok(Followed::Event(Box::new(event)));
            }
            match self.advance().await {
                Ok(true) => {}
                Ok(false) => return self.reconnect(None),
                Err(error) => return self.reconnect(Some(error)),
            }
        }
    }

    /// Connects or reads on; `false` at the end of a connection.
    async fn advance(&mut self) -> Result<bool, Error> {
        let Some(response) = &mut self.response else {
            self.parser = Parser::default();
            self.response = Some(self.connect().await?);
            return Ok(true);
        };
        let url = response.url().clone();
        let Some(bytes) = response.chunk().await.map_err(|e| Error::network(&url, e))? else {
            return Ok(false);
        };
        let strange = |detail: String| Error::unexpected(&url, detail);
        let messages =
            self.parser.push(&bytes).map_err(|_| strange("sent an event above 1 MiB".into()))?;
        for message in messages {
            let event = serde_json::from_str(&message)
                .map_err(|e| strange(format!("sent an event that cannot be read: {e}")))?;
            self.ready.push_back(event);
        }
        Ok(true)
    }

    async fn connect(&self) -> Result<Response, Error> {
        let query = Query { follow: true, after: self.after };
        let url = ask::url(&self.client.server, &self.path, &query);
        let mut request = self.client.request(Method::GET, url, "text/event-stream");
        if let Some(after) = self.after {
            request = request.header("last-event-id", after);
        }
        self.client.send(request).await
    }

    /// Arranges the next try, unless trying again cannot help.
    fn reconnect(&mut self, error: Option<Error>) -> Result<Followed, Error> {
        self.response = None;
        self.failures += 1;
        let hopeless = match &error {
            Some(Error::Problem(problem)) => problem.status < 500 && problem.status != 429,
            // A proxy says so while the server behind it starts anew.
            Some(Error::Unexpected { status: Some(500..), .. } | Error::Network { .. }) | None => {
                false
            }
            Some(Error::Moved { .. } | Error::Unexpected { .. } | Error::Address(_)) => true,
        };
        match error {
            Some(error) if hopeless || self.failures > FAILURES_MAX => Err(error),
            error => {
                let wait = Duration::from_millis(250 << self.failures.min(8)).min(WAIT_MAX);
                self.wait = Some(wait);
                Ok(Followed::Reconnecting { error, wait })
            }
        }
    }
}
