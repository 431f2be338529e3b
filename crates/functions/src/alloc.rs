//! A global allocator that knows what the call on this thread holds.
//!
//! Scripts can keep memory where the engine does not count it (what a closure captured, for
//! one), so the bytes are counted where all of them pass. A call runs on one thread from start to
//! end, so a counter per thread is a counter per call, and costs an addition without a lock.
//!
//! Two walls: the engine looks at [`held`] before each step and ends a call over its budget; a
//! single native step that goes over the ceiling set with [`limit`] ends the process with an exit
//! code that names the call's lane, since an allocator has no way to fail one call alone. Threads
//! that set no ceiling (all of Croft's other roles) only pay for the addition.
#![allow(unsafe_code)] // `GlobalAlloc` is an unsafe trait; this file is its one implementation.

use std::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
};

/// Exit codes from here on say: the call in lane `code - EXIT_MEMORY` went over its ceiling.
/// Above Rust's own 101 and below what shells make of signals with real numbers.
pub(crate) const EXIT_MEMORY: i32 = 128;

struct Meter {
    /// Bytes allocated minus bytes freed on this thread since [`begin`]; negative when the
    /// thread frees what another one allocated.
    held: Cell<i64>,
    /// No allocation may lift `held` above this.
    ceiling: Cell<i64>,
    /// Named in the exit code.
    lane: Cell<u8>,
}

thread_local! {
    // Constant and without a destructor: reading it neither allocates nor can fail, at any time.
    static METER: Meter = const {
        Meter { held: Cell::new(0), ceiling: Cell::new(i64::MAX), lane: Cell::new(0) }
    };
}

/// Starts counting at nothing, without a ceiling.
pub(crate) fn begin() {
    METER.with(|m| {
        m.held.set(0);
        m.ceiling.set(i64::MAX);
    });
}

/// From now on an allocation that lifts this thread above `ceiling` bytes ends the process.
pub(crate) fn limit(lane: u8, ceiling: u64) {
    METER.with(|m| {
        m.lane.set(lane);
        m.ceiling.set(i64::try_from(ceiling).unwrap_or(i64::MAX));
    });
}

/// Bytes this thread holds since [`begin`].
pub(crate) fn held() -> i64 {
    METER.with(|m| m.held.get())
}

/// Says that `bytes` are held; for leaving out what outlives the call, such as compiled scripts.
pub(crate) fn set_held(bytes: i64) {
    METER.with(|m| m.held.set(bytes));
}

/// An allocator that counts per thread and leaves the work to `A`.
#[derive(Debug, Default)]
pub struct CountingAllocator<A>(A);

impl<A> CountingAllocator<A> {
    /// Counts what `inner` allocates.
    pub const fn new(inner: A) -> Self {
        Self(inner)
    }
}

/// A layout's size fits an `isize`, so nothing is lost.
#[inline]
const fn signed(bytes: usize) -> i64 {
    bytes.cast_signed() as i64
}

#[inline]
fn charge(bytes: usize) {
    METER.with(|m| {
        let held = m.held.get().wrapping_add(signed(bytes));
        m.held.set(held);
        if held > m.ceiling.get() {
            end_process(m.lane.get());
        }
    });
}

#[inline]
fn release(bytes: usize) {
    METER.with(|m| m.held.set(m.held.get().wrapping_sub(signed(bytes))));
}

#[cold]
fn end_process(lane: u8) -> ! {
    // SAFETY: `_exit` takes no pointer and does not return. Exit handlers are left out on purpose:
    // they may allocate, and we are inside the allocator.
    unsafe { libc::_exit(EXIT_MEMORY + i32::from(lane)) }
}

// SAFETY: every method passes its arguments on unchanged to `A`, which keeps the contract; the
// counting touches only this thread's cells and never unwinds.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        charge(layout.size());
        // SAFETY: the caller's promises are `A`'s.
        unsafe { self.0.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        charge(layout.size());
        // SAFETY: the caller's promises are `A`'s.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        release(layout.size());
        // SAFETY: the caller's promises are `A`'s.
        unsafe { self.0.dealloc(ptr, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        charge(new_size);
        release(layout.size());
        // SAFETY: the caller's promises are `A`'s.
        unsafe { self.0.realloc(ptr, layout, new_size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_thread_holds_is_what_it_did_not_free() {
        begin();
        let kept = vec![0_u8; 10_000];
        drop(vec![1_u8; 50_000]);
        let mut grown = Vec::<u8>::with_capacity(10);
        grown.reserve_exact(20_000);
        let held = held();
        assert!((30_000..31_000).contains(&held), "{held}");
        drop((kept, grown));
        assert_eq!(super::held(), 0);
    }

    #[test]
    fn threads_do_not_share_a_counter() {
        begin();
        let kept = std::thread::spawn(|| {
            begin();
            let kept = vec![0_u8; 100_000];
            assert!(held() >= 100_000);
            kept
        })
        .join()
        .unwrap();
        assert!(held() < 10_000, "{}", held());
        drop(kept);
    }
}
