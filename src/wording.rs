//! Pieces of messages that every part of the crate writes alike.

/// A shape or an index as Python writes it: `(3, 4)`, `(3,)`, `()`.
#[must_use]
pub(crate) fn tuple(numbers: &[usize]) -> String {
    match numbers {
        [only] => format!("({only},)"),
        _ => format!("({})", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// A count and its noun: `1 axis`, `2 axes`.
#[must_use]
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// At most 40 characters of what was written.
#[must_use]
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// What somebody else wrote, fit for a terminal: no control characters, and at most 40 characters of it.
#[must_use]
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown = String::new();
    for character in shortened(text).chars() {
        if character.is_control() { shown.extend(character.escape_default()) } else { shown.push(character) }
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
    }
}
