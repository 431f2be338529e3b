//! `time`: instants as milliseconds since 1970 (UTC), and `sleep`.

use std::time::Duration as StdDuration;

use croft_model::function::Exceeded;
use croft_ports::{Clock, clock::SystemClock, function_invoker::Outcome};
use rhai::{Engine, Map};
use time::{
    Duration, OffsetDateTime, UtcOffset, format_description,
    format_description::well_known::Rfc3339,
};

use super::Natives;
use crate::meter::{self, Fallible};

/// Bytes of a pattern: each field of it is written in a handful more.
const MAX_PATTERN: usize = 200;

pub(super) fn install(engine: &mut Engine) {
    let mut natives = Natives::default();
    natives.nullary("now", || Fallible::Ok(millis(SystemClock.now())));
    natives.unary("format", |at: i64| -> Fallible<String> {
        instant(at)?.format(&Rfc3339).map_err(|error| error.to_string().into())
    });
    natives.binary("format", |at: i64, pattern: &str| format(instant(at)?, pattern));
    natives.unary("parse", |text: &str| -> Fallible<i64> {
        OffsetDateTime::parse(text, &Rfc3339)
            .map(millis)
            .map_err(|error| format!("this is not a time as in RFC 3339: {error}").into())
    });
    natives.ternary("add", |at: i64, amount: i64, unit: &str| add(at, amount, unit));
    natives.unary("parts", |at: i64| Ok(parts(instant(at)?)));
    natives.install(engine, "time");
    engine
        .register_fn("sleep", |seconds: i64| {
            sleep(StdDuration::from_secs(u64::try_from(seconds).unwrap_or(0)))
        })
        .register_fn("sleep", |seconds: f64| {
            let time = StdDuration::try_from_secs_f64(seconds.max(0.0));
            sleep(time.unwrap_or(StdDuration::MAX))
        });
}

/// Years -9999 to 9999, which fit.
fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).unwrap_or(i64::MAX)
}

fn instant(millis: i64) -> Fallible<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000)
        .map_err(|_| format!("{millis} ms is beyond the year 9999").into())
}

fn format(at: OffsetDateTime, pattern: &str) -> Fallible<String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("a pattern has at most {MAX_PATTERN} bytes").into());
    }
    let parsed = format_description::parse_strftime_borrowed(pattern)
        .map_err(|error| format!("this is not a pattern for times: {error}"))?;
    at.format(&parsed).map_err(|error| error.to_string().into())
}

fn add(at: i64, amount: i64, unit: &str) -> Fallible<i64> {
    let one = match unit.strip_suffix('s').unwrap_or(unit) {
        "millisecond" => Duration::MILLISECOND,
        "second" => Duration::SECOND,
        "minute" => Duration::MINUTE,
        "hour" => Duration::HOUR,
        "day" => Duration::DAY,
        "week" => Duration::WEEK,
        _ => {
            let units = "milliseconds, seconds, minutes, hours, days or weeks";
            return Err(format!("one adds {units}, not `{}`", unit.escape_debug()).into());
        }
    };
    let by = i128::from(amount) * one.whole_milliseconds();
    let sum = i64::try_from(i128::from(at) + by).unwrap_or(i64::MAX);
    instant(sum).map(millis)
}

fn parts(at: OffsetDateTime) -> Map {
    let at = at.to_offset(UtcOffset::UTC);
    let numbers = [
        ("year", i64::from(at.year())),
        ("month", u8::from(at.month()).into()),
        ("day", at.day().into()),
        ("hour", at.hour().into()),
        ("minute", at.minute().into()),
        ("second", at.second().into()),
        ("millisecond", at.millisecond().into()),
        ("weekday", at.weekday().number_from_monday().into()),
    ];
    numbers.into_iter().map(|(name, number)| (name.into(), number.into())).collect()
}

/// Waits, and not beyond the call's time.
fn sleep(time: StdDuration) -> Fallible<()> {
    let left = meter::left();
    std::thread::sleep(time.min(left));
    if time >= left { meter::stop(Outcome::Exceeded(Exceeded::Time)) } else { Ok(()) }
}
