//! A process while it belongs to a project: its lanes and what runs in them.

use std::{
    collections::HashSet,
    os::unix::process::ExitStatusExt,
    sync::Arc,
    time::{Duration, Instant},
};

use croft_model::{function::Exceeded, id::VersionId};
use croft_ports::function_invoker::{Call, Done, LogLine, Outcome, ScriptError};
use rustix::process::Signal;

use super::{
    job::Job,
    memory::Reserved,
    process::{End, Process},
};
use crate::{
    alloc::EXIT_MEMORY,
    capabilities::log::{MAX_LOG_BYTES, MAX_LOG_LINE_BYTES, MAX_LOG_LINES},
    engine::MAX_STACK,
    frame::{Answer, FrameError, MAX_LANES, Parts},
    kept::Key,
    text::{self, MAX_MESSAGE, MAX_NAME},
};

/// After its deadline a call has so long to say so itself; then its process is killed.
const PATIENCE: Duration = Duration::from_millis(50);
/// Texts and environments that a process is remembered to have been sent.
const MAX_KNOWN: usize = 1024;
/// What calls may leave behind in a process before it is replaced, in bytes.
const MAX_LEFT_BYTES: u64 = 64 * 1024 * 1024;

/// What a call gets that ran beside one that ended its process.
const BESIDE: &str = "another call of this project ended the executor process it shared with this \
                      one; the call may be tried again";

/// What a call gets whose process does not keep to the bounds of its answer.
const TOO_MUCH: &str = "the executor process answered more than it may";

#[derive(Debug)]
struct Running {
    job: Job,
    deadline: Instant,
    begun: Instant,
    memory: Reserved,
}

/// What a process was sent and may still have.
#[derive(Debug, Default)]
struct Sent {
    versions: HashSet<VersionId>,
    environments: HashSet<Key>,
}

impl Sent {
    /// What a call needs of it that was not sent.
    fn lacks(&self, call: &Call) -> Parts {
        Parts {
            source: !self.versions.contains(&call.version),
            environment: !self.environments.contains(&call.environment.digest),
        }
    }

    fn add(&mut self, call: &Call) {
        if self.versions.len() + self.environments.len() >= MAX_KNOWN {
            *self = Self::default();
        }
        self.versions.insert(call.version);
        self.environments.insert(call.environment.digest);
    }
}

/// A project's process.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) process: Arc<Process>,
    /// Since when the project has it.
    pub(super) since: Instant,
    /// When a call last began or ended.
    pub(super) last: Instant,
    lanes: Vec<Option<Running>>,
    running: usize,
    /// What its calls may hold, and may hold at most unless there is one alone, in bytes.
    memory: u64,
    most_memory: u64,
    sent: Sent,
    left_bytes: u64,
    /// It takes no more calls, and ends with its last one.
    ending: bool,
}

impl Lease {
    pub(super) fn new(process: Arc<Process>, most_memory: u64, now: Instant) -> Self {
        let (sent, lanes) = (Sent::default(), Vec::new());
        Self {
            process,
            since: now,
            last: now,
            lanes,
            running: 0,
            memory: 0,
            most_memory,
            sent,
            left_bytes: 0,
            ending: false,
        }
    }

    /// Calls it runs.
    pub(super) fn running(&self) -> usize {
        self.running
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending
    }

    /// Whether this job may begin now.
    pub(super) fn has_room(&self, job: &Job) -> bool {
        let memory = self.memory.saturating_add(job.memory_bytes());
        !self.ending
            && self.running < job.concurrency().min(usize::from(MAX_LANES))
            && (self.running == 0 || memory <= self.most_memory)
    }

    /// Takes no more calls; ends at once when it runs none.
    pub(super) fn end(&mut self) {
        self.ending = true;
        if self.running == 0 {
            self.process.kill();
        }
    }

    /// Ends now, whatever it runs.
    pub(super) fn kill(&mut self) {
        self.ending = true;
        self.process.kill();
    }

    /// Begins a job for which it [`has_room`](Self::has_room); says what was sent beside the call.
    pub(super) fn begin(
        &mut self,
        job: Job,
        memory: Reserved,
        deadline: Instant,
        now: Instant,
    ) -> Parts {
        let lane = self.lanes.iter().position(Option::is_none).unwrap_or_else(|| {
            self.lanes.push(None);
            self.lanes.len() - 1
        });
        let parts = match &job {
            Job::Run { call, .. } => self.sent.lacks(call),
            Job::Check { .. } => Parts::NONE,
        };
        if let Err(error) = self.write(&job, lane, deadline.duration_since(now), parts) {
            tracing::debug!(%error, "a call is too large for an executor");
            job.fail(Outcome::Exceeded(Exceeded::Size));
            return Parts::NONE;
        }
        if let Job::Run { call, .. } = &job
            && parts != Parts::NONE
        {
            self.sent.add(call);
        }
        self.memory += memory.bytes;
        self.lanes[lane] = Some(Running { job, deadline, begun: now, memory });
        self.running += 1;
        self.last = now;
        parts
    }

    fn write(
        &self,
        job: &Job,
        lane: usize,
        left: Duration,
        parts: Parts,
    ) -> Result<(), FrameError> {
        // There are at most MAX_LANES lanes.
        let lane = u8::try_from(lane).unwrap_or(u8::MAX);
        self.process.send(|buffer| job.write(buffer, lane, left, parts))
    }

    /// Takes what the process said. An error means that it does not keep to the protocol, and is
    /// killed: what it says is not believed beyond what its call may have. Says what was sent to it.
    pub(super) fn answered(&mut self, answer: Answer, now: Instant) -> Result<Parts, String> {
        match answer {
            Answer::Done { lane, outcome, log, duration_us, left_bytes } => {
                let running = self.take(lane, now)?;
                self.left_bytes = self.left_bytes.saturating_add(left_bytes);
                if self.left_bytes > MAX_LEFT_BYTES {
                    self.ending = true;
                }
                if !is_within(&outcome, &log, &running.job) {
                    running.job.fail(Outcome::Unavailable(TOO_MUCH.to_owned()));
                    return Err(TOO_MUCH.to_owned());
                }
                running.job.done(Done { outcome, log, duration_us });
            }
            Answer::Checked { lane, error } => {
                let running = self.take(lane, now)?;
                if !error.as_ref().is_none_or(is_error) {
                    running.job.fail(Outcome::Unavailable(TOO_MUCH.to_owned()));
                    return Err(TOO_MUCH.to_owned());
                }
                running.job.checked(error);
            }
            Answer::Need { lane, parts } => {
                let place = usize::from(lane);
                let running = self.lanes.get(place).and_then(Option::as_ref);
                let running = running.ok_or("it asked for what belongs to no call")?;
                let left = running.deadline.saturating_duration_since(now);
                self.write(&running.job, place, left, parts).map_err(|e| e.to_string())?;
                return Ok(parts);
            }
            Answer::Ready | Answer::Refused(_) => return Err("it began twice".to_owned()),
        }
        if self.ending {
            self.end();
        }
        Ok(Parts::NONE)
    }

    fn take(&mut self, lane: u8, now: Instant) -> Result<Running, &'static str> {
        let running = self.lanes.get_mut(usize::from(lane)).and_then(Option::take);
        let running = running.ok_or("it answered a call it was not given")?;
        self.running -= 1;
        self.memory -= running.memory.bytes;
        self.last = now;
        Ok(running)
    }

    /// Ends calls that are late, and the process with them; says whether there were any.
    pub(super) fn end_late(&mut self, now: Instant) -> bool {
        let mut late = false;
        for lane in &mut self.lanes {
            if lane.as_ref().is_some_and(|running| running.deadline + PATIENCE <= now)
                && let Some(running) = lane.take()
            {
                late = true;
                self.running -= 1;
                self.memory -= running.memory.bytes;
                let ran = now.duration_since(running.begun);
                running.job.fail_after(Outcome::Exceeded(Exceeded::Time), ran);
            }
        }
        if late {
            self.kill();
        }
        late
    }

    /// Ends what ran when the process ended, by how it ended.
    pub(super) fn ended(self, end: End, now: Instant) {
        let (alone, status) = (self.running == 1, end.status);
        let culprit = status
            .and_then(|s| s.code())
            .and_then(|code| usize::try_from(code.checked_sub(EXIT_MEMORY)?).ok());
        let signal = status.and_then(|s| s.signal());
        let overflowed =
            [Signal::ABORT, Signal::SEGV, Signal::BUS].iter().any(|s| signal == Some(s.as_raw()));
        for (lane, running) in self.lanes.into_iter().enumerate() {
            let Some(running) = running else { continue };
            let outcome = if culprit == Some(lane) || alone && end.out_of_memory {
                Outcome::Exceeded(Exceeded::Memory)
            } else if alone && overflowed {
                // A stack has no other end: values nested deeper than the engine can walk.
                Outcome::Exceeded(Exceeded::Depth)
            } else if alone {
                Outcome::Unavailable(format!(
                    "the executor process ended while it ran this call ({})",
                    status.map_or("unknown status".to_owned(), |s| s.to_string())
                ))
            } else {
                Outcome::Unavailable(BESIDE.to_owned())
            };
            running.job.fail_after(outcome, now.duration_since(running.begun));
        }
    }
}

/// Whether an answer keeps to what its call may answer.
fn is_within(outcome: &Outcome, log: &[LogLine], job: &Job) -> bool {
    let Job::Run { call, .. } = job else { return false };
    let fits = match outcome {
        Outcome::Returned(response) => {
            (200..=599).contains(&response.status)
                && response.body.len() as u64 <= call.budget.response_bytes
        }
        Outcome::Threw(error) => is_error(error),
        Outcome::Denied(what) => is_text(what, MAX_MESSAGE),
        Outcome::Exceeded(_) => true,
        Outcome::Unavailable(_) => false,
    };
    fits && is_log(log)
}

fn is_error(error: &ScriptError) -> bool {
    is_text(&error.message, MAX_MESSAGE)
        && error.stack.len() <= MAX_STACK
        && error.stack.iter().all(|frame| is_text(&frame.function, MAX_NAME))
}

/// The lines of a call, and one that says how many more there were.
fn is_log(log: &[LogLine]) -> bool {
    log.len() <= MAX_LOG_LINES + 1
        && log.iter().all(|line| is_text(&line.text, MAX_LOG_LINE_BYTES))
        && log.iter().map(|line| line.text.len()).sum::<usize>()
            <= MAX_LOG_BYTES + MAX_LOG_LINE_BYTES
}

fn is_text(text: &str, most: usize) -> bool {
    text.len() <= most && text::is_clean(text)
}

#[cfg(test)]
mod tests {
    use croft_ports::function_invoker::LogLevel;

    use super::*;

    #[test]
    fn a_process_is_not_believed_to_have_cleaned_its_texts() {
        let lines = |count, text: &str| -> Vec<_> {
            let line = LogLine { level: LogLevel::Info, text: text.to_owned() };
            std::iter::repeat_n(line, count).collect()
        };
        assert!(is_log(&lines(101, "fine\n")) && is_log(&lines(9, &"x".repeat(1024))));
        for (count, text) in [(102, ""), (1, "\0"), (1, "\x1b[2J"), (9, &"x".repeat(1025))] {
            assert!(!is_log(&lines(count, text)), "{count} {text:?}");
        }
        assert!(!is_log(&lines(10, &"x".repeat(1024))));
        assert!(!is_text(&"x".repeat(2001), MAX_MESSAGE) && !is_text("a\0", MAX_MESSAGE));
    }
}
