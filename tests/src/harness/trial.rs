//! One test run: an error fails it with its whole chain, a panic with its place.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use libtest_mimic::Failed;
use tokio::sync::oneshot;

thread_local! {
    static RUNNING: Cell<bool> = const { Cell::new(false) };
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the panics of tests for the list of failures, instead of printing them between the results of other tests.
/// Panics on other threads are printed at once, as nobody may ever ask for them.
pub(super) fn keep_panic_messages() {
    let standard = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if RUNNING.get() {
            PANIC.set(Some(info.to_string()));
        } else {
            standard(info);
        }
    }));
}

static TIMES: Mutex<Vec<(Duration, String)>> = Mutex::new(Vec::new());

pub(super) fn run(name: String, body: impl FnOnce() -> Result<()>) -> Result<(), Failed> {
    let started = Instant::now();
    RUNNING.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(body));
    RUNNING.set(false);
    TIMES.lock().unwrap_or_else(PoisonError::into_inner).push((started.elapsed(), name));
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("{error:?}").into()),
        Err(_) => Err(PANIC.take().unwrap_or_else(|| "the test panicked".to_owned()).into()),
    }
}

/// The tests that ran, slowest first.
pub(super) fn slowest() -> Vec<(Duration, String)> {
    let mut times = std::mem::take(&mut *TIMES.lock().unwrap_or_else(PoisonError::into_inner));
    times.sort_unstable_by(|a, b| b.cmp(a));
    times
}

/// Runs the body on this thread, and what it spawns on a second one: a body may block on the command while a server that
/// it spawned answers. Without tokio's own worker threads, as the feature would reach the command under test and have
/// half of the dependencies built twice.
pub(super) fn block_on<F: Future<Output = Result<()>>>(body: F) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let (done, wait_until_done) = oneshot::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || runtime.block_on(wait_until_done));
        // Dropped also by a panic of the body, which ends the wait.
        let _done = done;
        handle.block_on(body)
    })
}
