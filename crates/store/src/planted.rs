//! A fault planted on purpose: only in builds with the feature `planted`.

use std::sync::atomic::{AtomicBool, Ordering};

static NO_WALL: AtomicBool = AtomicBool::new(false);

/// Opens transactions of teams without row-level security, for the whole process.
pub fn take_wall_down(down: bool) {
    NO_WALL.store(down, Ordering::SeqCst);
}

pub(crate) fn is_wall_down() -> bool {
    NO_WALL.load(Ordering::SeqCst)
}
