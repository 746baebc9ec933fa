//! Lines that LaTeX sets as they are, over the edge of the page if they are long.

/// A line broken between words; all lines but the last have the end.
pub(super) fn broken(line: &str, end: &str) -> String {
    /// Characters of typewriter type in footnote size on a line of the article class.
    const WIDTH: usize = 78;
    let (mut broken, mut length) = (String::new(), 0);
    for word in line.split_inclusive(' ') {
        let wide = word.trim_end().chars().count() + end.len();
        if length + wide > WIDTH && length > 0 {
            broken.truncate(broken.trim_end().len());
            broken += &format!("{end}\n    ");
            length = 4;
        }
        broken += word;
        length += word.chars().count();
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn a_long_line_is_broken_between_words_and_says_the_same() {
        let line = format!("  {}{}", "word ".repeat(40), "l".repeat(100));
        for end in ["", " \\"] {
            let lines: Vec<String> = broken(&line, end).lines().map(ToOwned::to_owned).collect();
            assert!(lines.iter().all(|line| line.len() <= 78 || line.trim_start() == "l".repeat(100)), "{lines:?}");
            assert!(lines.len() == 4, "{lines:?}");
            assert!(lines.iter().take(3).all(|line| line.ends_with(if end.is_empty() { "word" } else { "word \\" })));
            let joined = lines.join("\n").replace(&format!("{end}\n   "), "");
            assert_eq!(joined, line);
        }
        assert_eq!(broken("short", " \\"), "short");
        assert_eq!(broken("", ""), "");
    }
}
