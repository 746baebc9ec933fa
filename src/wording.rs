//! Pieces of messages that every part of the crate writes alike.

use std::path::Path;

/// A shape or an index as Python writes it: `(3, 4)`, `(3,)`, `()`.
#[must_use]
pub fn tuple(numbers: &[usize]) -> String {
    match numbers {
        [only] => format!("({only},)"),
        _ => format!("({})", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// Values with an `x` between; one for every axis, since their number tells the dimensions.
#[must_use]
pub fn per_axis<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
}

/// A count and its noun: `1 axis`, `2 axes`.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// At most 40 characters of what was written.
#[must_use]
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// What somebody else wrote, fit for a terminal: no control characters, and at most 40 characters of it.
#[must_use]
pub fn excerpt(text: &str) -> String {
    printable(&shortened(text))
}

/// What somebody else wrote, fit for a terminal and for one line: control characters as their escapes.
#[must_use]
pub fn printable(text: &str) -> String {
    escaped(text, char::is_control)
}

/// A path as messages name it.
#[must_use]
pub fn printable_path(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// The longest line of a message, in characters, and as much of a message as anybody reads.
const LONGEST_LINE: usize = 800;
const MOST_LINES: usize = 200;

/// A whole message, fit for a terminal: its own lines stay, and of an endless line its beginning.
#[must_use]
pub fn printable_lines(text: &str) -> String {
    let escaped = escaped(text, |character| character.is_control() && character != '\n');
    let lines = escaped.split('\n').take(MOST_LINES).map(|line| match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_escaped(character) { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_written_as_python_writes_them() {
        assert_eq!(tuple(&[]), "()");
        assert_eq!(tuple(&[3]), "(3,)");
        assert_eq!(tuple(&[3, 4]), "(3, 4)");
    }

    #[test]
    fn an_excerpt_is_short_and_cannot_command_a_terminal() {
        assert_eq!(excerpt("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(excerpt(&"x".repeat(1_000_000)).len(), 43);
        assert_eq!(printable_lines(&"ä\n".repeat(3)), "ä\n".repeat(3));
        assert_eq!(printable_lines(&"ä".repeat(1_000_000)).len(), 1603);
    }
}
