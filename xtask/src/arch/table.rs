//! The house as data: which crate may know which, and who owns what.

/// A crate (its folder below `crates/`) and the crates of ours that it may depend on.
pub(super) const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("sdk", &["model"]),
    ("ports", &["model"]),
    ("guest", &["model"]),
    ("store", &["model", "ports"]),
    ("app", &["model", "ports", "store"]),
    ("reconciler", &["model", "ports", "store"]),
    ("edge", &["model", "ports"]),
    ("functions", &["model", "ports"]),
    ("agents", &["model", "ports"]),
    ("gateway", &["model", "ports"]),
    ("providers", &["model", "ports", "guest"]),
    ("api", &["model", "sdk", "app"]),
    (
        "croft",
        &[
            "model",
            "sdk",
            "ports",
            "guest",
            "store",
            "app",
            "reconciler",
            "edge",
            "functions",
            "agents",
            "gateway",
            "providers",
            "api",
        ],
    ),
    (
        "tests",
        &[
            "model",
            "sdk",
            "ports",
            "guest",
            "store",
            "app",
            "reconciler",
            "edge",
            "functions",
            "agents",
            "gateway",
            "providers",
            "api",
            "croft",
        ],
    ),
];

/// A library and the only places that may use it. A place that is a whole crate is checked by the
/// manifest, a place inside a crate by its source as well.
pub(super) const LIBRARIES: &[(&[&str], &[&str])] = &[
    (&["sqlx"], &["crates/store"]),
    (&["tokio-postgres"], &["crates/providers/src/postgres"]),
    (&["axum", "utoipa-axum"], &["crates/api"]),
    (&["rmcp"], &["crates/api/src/mcp"]),
    (&["hyper"], &["crates/edge", "crates/gateway", "crates/guest"]),
    (&["rhai"], &["crates/functions"]),
    (&["bollard"], &["crates/providers/src/docker"]),
    (&["kube", "k8s-openapi"], &["crates/providers/src/kubernetes"]),
    (
        &["reqwest"],
        &[
            "crates/sdk/src/client",
            "crates/gateway",
            "crates/providers",
            "crates/reconciler/src/jobs",
            "crates/croft/src/serve/telemetry",
        ],
    ),
    (&["clap"], &["crates/croft"]),
];

/// Something that may be written only in named places.
pub(super) struct Only {
    /// The tokens, one after the other.
    pub(super) tokens: &'static [&'static str],
    /// Where the rule holds.
    pub(super) inside: &'static [&'static str],
    /// The places in there that may.
    pub(super) owners: &'static [&'static str],
    /// Whether the rule holds in test code too.
    pub(super) in_tests: bool,
    /// What to do instead.
    pub(super) instead: &'static str,
}

/// Where `unsafe` may stand.
pub(super) const UNSAFE_FILES: &[&str] = &[
    "crates/providers/src/oci/sys.rs",
    "crates/functions/src/alloc.rs",
    "crates/guest/src/sys.rs",
];

const SPAWNERS: &[&str] = &[
    "crates/providers",
    "crates/functions/src/pool",
    "crates/guest",
    "crates/croft",
    "crates/tests",
    "xtask",
];

/// `error` writes problems, `assets` sends the dashboard that was compiled in, `service` takes
/// requests in: no tenant's bytes go out there.
const RAW_BODIES: &[&str] = &[
    "crates/api/src/tenant_body",
    "crates/api/src/error",
    "crates/api/src/assets",
    "crates/api/src/service",
];
const RAW_BODY: &str = "bytes that a tenant chose leave the control host through \
    crates/api/src/tenant_body.rs alone; answer with Json, or call it";

/// What is not a library but has an owner all the same.
pub(super) const ONLY: &[Only] = &[
    Only {
        tokens: &["unsafe"],
        inside: &["crates", "xtask"],
        owners: UNSAFE_FILES,
        in_tests: true,
        instead: "unsafe code is in three named files (xtask/src/arch/table.rs); use rustix or std",
    },
    Only {
        tokens: &["Command", "::", "new"],
        inside: &["crates", "xtask"],
        owners: SPAWNERS,
        in_tests: true,
        instead: "processes are spawned in providers, functions' pool, guest and croft; take a port",
    },
    raw_body(&["Body", "::", "from"]),
    raw_body(&["Body", "::", "from_stream"]),
    raw_body(&["Body", "::", "new"]),
];

const fn raw_body(tokens: &'static [&'static str]) -> Only {
    let inside = &["crates/api/src"];
    Only { tokens, inside, owners: RAW_BODIES, in_tests: false, instead: RAW_BODY }
}
