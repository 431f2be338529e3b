//! Following what happens: one stream over as many connections as it takes.

use std::{collections::VecDeque, time::Duration};

use croft_model::id::{InvocationId, TeamId};
use reqwest::{Method, Response};
use serde::{Serialize, de::DeserializeOwned};

use super::{Client, Error, InvocationFilter, ProjectRef, ask, sse::Parser};
use crate::{events::Event, invocations::Invocation};

/// Connections tried in a row without an event between them, before giving up.
const FAILURES_MAX: u32 = 60;
/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// What a stream gives.
#[derive(Debug)]
pub enum Followed<T> {
    /// Something happened.
    Event(Box<T>),
    /// The connection ended and is made anew after `wait`; nothing is missed.
    Reconnecting {
        /// Why it ended, if it did not just end.
        error: Option<Error>,
        /// How long until the next try.
        wait: Duration,
    },
}

/// A stream that goes on where it was when a connection breaks.
#[derive(Debug)]
pub struct EventStream<T> {
    client: Client,
    path: String,
    query: InvocationFilter,
    /// The last place the server named.
    after: Option<String>,
    response: Option<Response>,
    parser: Parser,
    ready: VecDeque<T>,
    failures: u32,
    wait: Option<Duration>,
}

#[derive(Serialize)]
struct Query<'a> {
    follow: bool,
    after: Option<&'a str>,
    #[serde(flatten)]
    filter: &'a InvocationFilter,
}

impl Client {
    /// Follows a project's events: those after the sequence number `after`, else from now on.
    pub fn follow_project(&self, project: &ProjectRef, after: Option<i64>) -> EventStream<Event> {
        let after = after.map(|after| after.to_string());
        self.follow(format!("/projects/{project}/events"), InvocationFilter::default(), after)
    }

    /// Follows a team's events, likewise.
    pub fn follow_team(&self, team: TeamId, after: Option<i64>) -> EventStream<Event> {
        let after = after.map(|after| after.to_string());
        self.follow(format!("/teams/{team}/events"), InvocationFilter::default(), after)
    }

    /// Follows the calls of a project's functions: those written down after one, else from now on.
    pub fn follow_invocations(
        &self,
        project: &ProjectRef,
        filter: InvocationFilter,
        after: Option<InvocationId>,
    ) -> EventStream<Invocation> {
        let after = after.map(|after| after.to_string());
        self.follow(format!("/projects/{project}/invocations"), filter, after)
    }

    fn follow<T>(
        &self,
        path: String,
        query: InvocationFilter,
        after: Option<String>,
    ) -> EventStream<T> {
        EventStream {
            client: self.clone(),
            path,
            query,
            after,
            response: None,
            parser: Parser::default(),
            ready: VecDeque::new(),
            failures: 0,
            wait: None,
        }
    }
}

impl<T: DeserializeOwned> EventStream<T> {
    /// The next thing to know. An error is final: the server refuses, or was away for too long.
    pub async fn next(&mut self) -> Result<Followed<T>, Error> {
        if let Some(wait) = self.wait.take() {
            tokio::time::sleep(wait).await;
        }
        loop {
            if let Some(event) = self.ready.pop_front() {
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
        let after = self.after.as_deref();
        let query = Query { follow: true, after, filter: &self.query };
        let url = ask::url(&self.client.server, &self.path, &query);
        let mut request = self.client.request(Method::GET, url, "text/event-stream");
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        self.client.send(request).await
    }

    /// Arranges the next try, unless trying again cannot help.
    fn reconnect(&mut self, error: Option<Error>) -> Result<Followed<T>, Error> {
        self.response = None;
        // All that came whole was given on before the connection was found to be broken.
        if let Some(place) = self.parser.place() {
            self.after = Some(place.to_owned());
        }
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
