//! Host names, authorities and host patterns: what is read is what it says, and patterns mean what
//! their parts mean.
#![no_main]

use croft_model::{domain::HostPattern, host::Hostname};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let lines: Vec<&str> = text.split('\n').collect();
    let hosts: Vec<Hostname> = lines.iter().filter_map(|line| host(line)).collect();
    let patterns: Vec<HostPattern> = lines.iter().filter_map(|line| pattern(line)).collect();
    for one in &patterns {
        for other in &patterns {
            let alike = one.shape_key() == other.shape_key();
            assert_eq!(alike, one.covers(other) && other.covers(one), "{one} {other}");
            for host in &hosts {
                assert!(!alike || one.matches(host) == other.matches(host), "{one} {other} {host}");
                assert!(
                    !(one.covers(other) && other.matches(host)) || one.matches(host),
                    "{one} covers {other}, not {host}"
                );
            }
        }
        for host in &hosts {
            assert!(!one.matches(host) || host.is_within(one.base()), "{one} {host}");
        }
    }
});

fn host(line: &str) -> Option<Hostname> {
    let host = Hostname::from_authority(line);
    if let Some(host) = &host {
        let text = host.as_str();
        assert!(!text.is_empty() && text.len() <= 253, "{text:?}");
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        assert!(text.chars().all(good), "{text:?}");
        assert!(text.split('.').all(|label| (1..=63).contains(&label.len())), "{text:?}");
        assert!(text.parse::<std::net::IpAddr>().is_err(), "{text:?}");
        assert_eq!(text.parse::<Hostname>().as_ref(), Ok(host));
        assert_eq!(Hostname::from_authority(&format!("{text}:80")).as_ref(), Some(host));
        assert!(host.is_within(host));
        let named = line.rsplit_once(':').map_or(line, |(name, _)| name);
        let named = named.strip_suffix('.').unwrap_or(named);
        assert!(named.eq_ignore_ascii_case(text), "{line:?} became {text:?}");
    }
    host
}

fn pattern(line: &str) -> Option<HostPattern> {
    let pattern: HostPattern = line.parse().ok()?;
    let shown = pattern.to_string();
    assert_eq!(shown.parse::<HostPattern>().as_ref(), Ok(&pattern), "{line:?} {shown:?}");
    assert!(pattern.covers(&pattern), "{shown}");
    Some(pattern)
}
