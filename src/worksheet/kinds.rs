//! The kinds of exercises. A new one is a file here, its `mod` line, and its line in [`ALL`].

mod conv_form;
mod entry;
mod fill;
mod inverse;
mod output;
mod size;

use super::exercise::Kind;

/// Every kind, in the order of a course. A sheet that names no kinds takes them in this order, so a kind that is put
/// between them changes what seeds stand for: see [`FORMAT`](super::FORMAT).
pub static ALL: &[&Kind] = &[&size::KIND, &inverse::KIND, &fill::KIND, &entry::KIND, &output::KIND, &conv_form::KIND];

/// The kind of this name.
#[must_use]
pub fn named(id: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.id == id)
}
