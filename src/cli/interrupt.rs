//! Ctrl-C and its kin (TERM, HUP): how they end the process, and what they leave behind: nothing but whole results.
//!
//! A thread of its own hears them. Most work has nothing to show before its end: what it has begun is removed, and the
//! process ends. Work with a partial result ([`PartialResult`]) is told by a flag and ends by itself; a second signal
//! does not wait for that.

use super::error::CliError;
use super::scratch;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often work that waits for something looks at the flag.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(50);

static IS_RAISED: AtomicBool = AtomicBool::new(false);
static ENDS_BY_ITSELF: AtomicBool = AtomicBool::new(false);

/// Begins to listen, once there is something to clean up or to tell; until then the signals keep their usual meaning, and
/// so they do where the system grants no thread to listen. A short command pays for no listener.
pub(super) fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        remove_scratch_files_in_panic();
        if std::thread::Builder::new().spawn(|| {}).is_ok() {
            let _ = ctrlc::set_handler(hear);
        }
    });
}

/// Whether a signal asked to stop.
pub(super) fn is_raised() -> bool {
    IS_RAISED.load(Ordering::Relaxed)
}

/// As long as it lives the first signal only raises the flag, because there is a partial result to tell.
#[derive(Debug)]
pub(super) struct PartialResult(());

impl PartialResult {
    pub(super) fn begin() -> Self {
        listen();
        ENDS_BY_ITSELF.store(true, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for PartialResult {
    fn drop(&mut self) {
        ENDS_BY_ITSELF.store(false, Ordering::Relaxed);
    }
}

fn hear() {
    let is_first = !IS_RAISED.swap(true, Ordering::Relaxed);
    if is_first && ENDS_BY_ITSELF.load(Ordering::Relaxed) {
        return;
    }
    let result = match scratch::abandon() {
        scratch::Result::Nothing => "nothing was written",
        scratch::Result::Begun => "what was written is not the whole result",
        scratch::Result::Kept => "what was written is whole",
    };
    // A stderr that takes nothing, because nobody reads it, must not keep the process.
    let (said, is_said) = std::sync::mpsc::channel();
    let speaker = std::thread::Builder::new().spawn(move || {
        CliError::say(format_args!("error: {}", CliError::Interrupted(result.into())));
        let _ = said.send(());
    });
    if speaker.is_ok() {
        let _ = is_said.recv_timeout(Duration::from_secs(1));
    }
    std::process::exit(130);
}

/// A panic may end the process on the spot, without dropping anything.
fn remove_scratch_files_in_panic() {
    let say = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        scratch::remove_in_panic();
        say(panic);
    }));
}
