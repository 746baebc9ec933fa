//! The lines of a roster and their cells. Every line is a student or is refused: a field that goes on over the end of its
//! line, as CSV allows it, is a quote that was forgotten, and would swallow the students below.

/// The lines that have something in them, with their numbers from 1, whichever way they end.
pub(super) fn filled(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = Some(text);
    let lines = std::iter::from_fn(move || {
        let text = rest?;
        let (line, after) = match text.find(['\n', '\r']) {
            Some(end) if text[end..].starts_with("\r\n") => (&text[..end], Some(&text[end + 2..])),
            Some(end) => (&text[..end], Some(&text[end + 1..])),
            None => (text, None),
        };
        rest = after;
        Some(line)
    });
    (1..).zip(lines).filter(|(_, line)| !line.trim().is_empty())
}

/// The cells of a line, without the spaces around them and the quotes.
///
/// # Errors
/// When a quote is not closed, or something stands behind it; the words follow the number of the line.
pub(super) fn cells(line: &str, separator: char) -> Result<Vec<String>, &'static str> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        // A tab may be a separator, and then it is no space.
        let start = rest.trim_start_matches(|space: char| space.is_whitespace() && space != separator);
        let (cell, after) = match start.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = start.find(separator).unwrap_or(start.len());
                (start[..end].trim().to_owned(), &start[end..])
            }
        };
        cells.push(cell);
        let after = after.trim_start_matches(|space: char| space.is_whitespace() && space != separator);
        match after.strip_prefix(separator) {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(cells),
            None => return Err("has something behind a closing quote"),
        }
    }
}

/// What stands before the closing quote, and what after; two quotes are one that is meant.
fn unquoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut cell = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"').ok_or("has a quote that is not closed in it")?;
        cell.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        let Some(after) = rest.strip_prefix('"') else { return Ok((cell.trim().to_owned(), rest)) };
        cell.push('"');
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_every_way_and_keep_their_numbers() {
        let found: Vec<_> = filled("a\r\n\r\nb\rc\n \nd").collect();
        assert_eq!(found, [(1, "a"), (3, "b"), (4, "c"), (6, "d")]);
        assert_eq!(filled("").count(), 0);
    }

    #[test]
    fn cells_lose_their_quotes_and_the_spaces_around() {
        let read = |line| cells(line, ',').unwrap();
        assert_eq!(read("u1, Ann Lee "), ["u1", "Ann Lee"]);
        assert_eq!(read(" \"Lee, Ann\" , u1"), ["Lee, Ann", "u1"]);
        assert_eq!(read("\"say \"\"A\"\"\",,"), ["say \"A\"", "", ""]);
        assert_eq!(read("Ann \"A\" Lee"), ["Ann \"A\" Lee"]);
        assert_eq!(cells("u1\t\tAnn", '\t').unwrap(), ["u1", "", "Ann"]);
    }

    #[test]
    fn a_quote_that_is_not_closed_or_has_something_behind_it_is_refused() {
        assert_eq!(cells("u1,\"Ann", ','), Err("has a quote that is not closed in it"));
        assert_eq!(cells("u1,\"Ann\"\"", ','), Err("has a quote that is not closed in it"));
        assert_eq!(cells("u1,\"Ann\" Lee", ','), Err("has something behind a closing quote"));
    }
}
