//! The HTTP client (to come).
