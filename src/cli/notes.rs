//! Talk that goes with a result: what was assumed, and what to know about it. A refusal is not preceded by any.

use super::error::CliError;
use std::fmt;
use std::sync::{Mutex, PoisonError};

static WAITING: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Says something once there is a result.
pub(super) fn note(message: impl fmt::Display) {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner).push(message.to_string());
}

/// There is a result: says what was waiting for it.
pub(super) fn say_all() {
    for message in WAITING.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        CliError::say(format_args!("note: {message}"));
    }
}

/// There was a result that nobody sees.
pub(super) fn forget() {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner).clear();
}
