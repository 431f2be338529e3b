//! Calls of functions: listed, as they come, and counted.

use clap::Args;
use croft_model::{
    Invalid,
    function::{OutcomeKind, Trigger},
    id::InvocationId,
    name::FunctionName,
};
use croft_ports::{Clock, clock::SystemClock};
use croft_sdk::{
    client::{Client, CountList, InvocationFilter, InvocationList, List},
    invocations::{CountStep, Invocation, InvocationGap},
    page::Page,
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{find::PageArgs, follow::follow, project::InProject};
use crate::{context::Context, failure::Failure, output};

/// Arguments of `croft function logs`.
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// Of one function only
    name: Option<FunctionName>,
    /// Only calls that ended so: returned, threw, exceeded, denied or unavailable
    #[arg(long, value_parser = outcome)]
    outcome: Option<OutcomeKind>,
    /// Only calls answered so: a status like 404, or 5xx for all of a kind
    #[arg(long)]
    status: Option<String>,
    /// Only calls made by this: http, execute or test
    #[arg(long, value_parser = trigger)]
    trigger: Option<Trigger>,
    /// Only calls that came in since then: a time (RFC 3339), or how long ago, like 90s, 15m, 1h, 7d
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// Only calls that came in before then, likewise
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<OffsetDateTime>,
    /// Show new calls as they come, until Ctrl-C; from those after --after on, when it is given
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    project: InProject,
    #[command(flatten)]
    page: PageArgs,
}

/// Arguments of `croft function counts`.
#[derive(Debug, Args)]
pub(crate) struct Counts {
    /// Of one function only
    name: Option<FunctionName>,
    /// From then on: a time (RFC 3339), or how long ago, like 90s, 15m, 1h, 7d; an hour when left out
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// Until then, likewise; now when left out
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<OffsetDateTime>,
    /// By the hour; else by the minute
    #[arg(long)]
    hours: bool,
    #[command(flatten)]
    project: InProject,
}

fn outcome(text: &str) -> Result<OutcomeKind, String> {
    OutcomeKind::parse(text).ok_or_else(|| one_of(&OutcomeKind::ALL.map(OutcomeKind::as_str)))
}

fn trigger(text: &str) -> Result<Trigger, String> {
    Trigger::parse(text).ok_or_else(|| one_of(&Trigger::ALL.map(Trigger::as_str)))
}

fn one_of(words: &[&str]) -> String {
    format!("one of {}", words.join(", "))
}

/// A time, or how long ago it was.
fn moment(text: &str) -> Result<OffsetDateTime, Invalid> {
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(at);
    }
    let wrong =
        || Invalid::new("time", "a time like 2026-01-02T03:04:05Z, or how long ago: 15m, 1h");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = text[..text.len() - unit.len_utf8()].parse::<u32>().map_err(|_| wrong())?;
    let unit = match unit {
        's' => Duration::SECOND,
        'm' => Duration::MINUTE,
        'h' => Duration::HOUR,
        'd' => Duration::DAY,
        _ => return Err(wrong()),
    };
    let ago = unit.checked_mul(i32::try_from(number).unwrap_or(i32::MAX)).ok_or_else(wrong)?;
    SystemClock.now().checked_sub(ago).ok_or_else(wrong)
}

/// To the fraction, as the API reads it.
fn exact(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// Runs `croft function logs`.
pub(super) async fn logs(context: &Context, client: &Client, args: Logs) -> Result<(), Failure> {
    let project = context.project(args.project.project)?;
    let list: List = args.page.into();
    let filter = InvocationFilter {
        function: args.name,
        outcome: args.outcome,
        status: args.status,
        trigger: args.trigger,
        since: args.since.map(exact),
        until: args.until.map(exact),
    };
    if args.follow {
        let after = list.after.as_deref().map(str::parse::<InvocationId>).transpose();
        let after = after.map_err(|e| Failure::usage(format!("--after: {e}")))?;
        return follow(context, client.follow_invocations(&project, filter, after), show).await;
    }
    let page = client.invocations(&project, &InvocationList { list, filter }).await?;
    if context.out.is_json() {
        return context.out.json(&page);
    }
    let next = page.next.map(|id| id.to_string());
    context.out.list(&Page { items: page.items, next })?;
    if page.left_out > 0 {
        let left_out = page.left_out;
        context.out.say(&format!(
            "{left_out} more calls were counted and are not listed: of many that are alike only \
             some are. `croft function counts` has them all."
        ));
    }
    gaps(context, &page.gaps);
    Ok(())
}

/// Runs `croft function counts`.
pub(super) async fn counts(
    context: &Context,
    client: &Client,
    args: Counts,
) -> Result<(), Failure> {
    let project = context.project(args.project.project)?;
    let query = CountList {
        function: args.name,
        since: args.since.map(exact),
        until: args.until.map(exact),
        step: if args.hours { CountStep::Hour } else { CountStep::Minute },
    };
    let counts = client.invocation_counts(&project, &query).await?;
    if context.out.is_json() {
        return context.out.json(&counts);
    }
    context.out.list(&Page { items: counts.items, next: None })?;
    gaps(context, &counts.gaps);
    Ok(())
}

/// Says when calls may be missing.
fn gaps(context: &Context, gaps: &[InvocationGap]) {
    for gap in gaps {
        let (since, until) = (output::time(gap.since), output::time(gap.until));
        context.out.say(&format!(
            "Croft ended without warning after {since} and was there again at {until}: calls that \
             it had not yet written down then, about a second's, are missing."
        ));
    }
}

fn show(context: &Context, call: &Invocation) -> Result<(), Failure> {
    context.out.row(call)?;
    if context.out.is_json() {
        return Ok(());
    }
    let line = |text: &str| context.out.text(&format!("    {}\n", crate::escape::line(text)));
    for logged in &call.log {
        line(&format!("{} {}", logged.level.as_str(), logged.text))?;
    }
    let stack = call.error.iter().flat_map(|error| &error.stack);
    for frame in stack {
        line(&format!("in {}{}", frame.function, place(frame.line, frame.column)))?;
    }
    Ok(())
}

/// ` (line 3, column 5)`, as far as it is known.
pub(super) fn place(line: Option<u32>, column: Option<u32>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!(" (line {line}, column {column})"),
        (Some(line), None) => format!(" (line {line})"),
        (None, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_how_long_ago() {
        assert_eq!(moment("2026-01-02T03:04:05Z").unwrap().unix_timestamp(), 1_767_323_045);
        let ago = |text| SystemClock.now() - moment(text).unwrap();
        let near = |text, seconds: i64| (ago(text) - Duration::seconds(seconds)).abs();
        for (text, seconds) in [("90s", 90), ("15m", 900), ("1h", 3600), ("7d", 604_800)] {
            assert!(near(text, seconds) < Duration::MINUTE, "{text}");
        }
        for bad in ["", "h", "1", "1w", "-1h", "1.5h", "99999999999d", "4294967295d", "1ü"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }
}
