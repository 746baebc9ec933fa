//! The first door: runs of lines, as many as have already arrived, none longer than memory allows.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read};

/// The longest line that is read.
pub(super) const MOST_BYTES: usize = 64 << 20;
/// A run has at most so many lines,
const RUN_LINES: usize = 64;
/// and ends with the line that reaches so many bytes.
const RUN_BYTES: usize = 1 << 16;

/// A line that is not blank, without its line break.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Text(Vec<u8>),
    /// Longer than [`MOST_BYTES`]: only its beginning is kept.
    TooLong {
        bytes: Vec<u8>,
        length: u64,
    },
}

pub(super) struct Lines<R> {
    input: BufReader<R>,
    first: bool,
    most_bytes: usize,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: BufReader<R>) -> Self {
        Self { input, first: true, most_bytes: MOST_BYTES }
    }

    /// Waits for one line, then takes those that are there already; empty at the end of the input.
    pub(super) fn arrived(&mut self) -> io::Result<Vec<Line>> {
        let mut run = Vec::new();
        let mut bytes = 0;
        loop {
            let Some(line) = self.line()? else { return Ok(run) };
            let text = match &line {
                Line::Text(text) | Line::TooLong { bytes: text, .. } => text,
            };
            bytes += text.len();
            if !text.iter().all(u8::is_ascii_whitespace) {
                run.push(line);
            }
            // What would have to be waited for is not part of the run, unless the run is still empty.
            let more_is_here = self.input.buffer().contains(&b'\n');
            if !run.is_empty() && (!more_is_here || run.len() >= RUN_LINES || bytes >= RUN_BYTES) {
                return Ok(run);
            }
        }
    }

    /// The next line; `None` at the end of the input.
    fn line(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let mut length = 0_u64;
        loop {
            let arrived = match self.input.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            };
            if arrived.is_empty() && length == 0 {
                return Ok(None);
            }
            let end = arrived.iter().position(|&byte| byte == b'\n');
            let taken = &arrived[..end.unwrap_or(arrived.len())];
            length += taken.len() as u64;
            let room = self.most_bytes - bytes.len();
            bytes.extend_from_slice(&taken[..taken.len().min(room)]);
            let (at_end, consumed) = (end.is_some() || arrived.is_empty(), taken.len() + usize::from(end.is_some()));
            self.input.consume(consumed);
            if at_end {
                break;
            }
        }
        // What some editors put before the first line of a file.
        if std::mem::take(&mut self.first) && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
            length -= 3;
        }
        Ok(Some(if length > bytes.len() as u64 { Line::TooLong { bytes, length } } else { Line::Text(bytes) }))
    }
}

/// The part of the bytes that is text, and what follows it.
pub(super) fn text(bytes: &[u8]) -> (&str, &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text, &[]),
        Err(error) => {
            let (text, rest) = bytes.split_at(error.valid_up_to());
            (std::str::from_utf8(text).unwrap_or_default(), rest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one piece for every read, as a pipe does.
    struct Pieces(Vec<&'static [u8]>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn runs(pieces: &[&'static [u8]], most_bytes: usize) -> Vec<Vec<Line>> {
        let mut lines = Lines { most_bytes, ..Lines::new(BufReader::new(Pieces(pieces.to_vec()))) };
        std::iter::from_fn(|| Some(lines.arrived().unwrap()).filter(|run| !run.is_empty())).collect()
    }

    fn line(text: &str) -> Line {
        Line::Text(text.into())
    }

    #[test]
    fn a_run_is_what_has_arrived_and_waits_for_nothing() {
        let found = runs(&[b"a\nb\nc", b"d\n", b"e"], 100);
        assert_eq!(found, [vec![line("a"), line("b")], vec![line("cd")], vec![line("e")]]);
    }

    #[test]
    fn blank_lines_are_skipped_and_do_not_end_a_run() {
        let found = runs(&[b"\n \t\r\n", b"\n", b"a\r\n\n\nb\n"], 100);
        assert_eq!(found, [vec![line("a\r"), line("b")]]);
        assert_eq!(runs(&[b"\n\n"], 100), Vec::<Vec<Line>>::new());
        assert_eq!(runs(&[], 100), Vec::<Vec<Line>>::new());
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_one_read() {
        let found = runs(&[b"abc", b"defgh", b"ij\nk\n"], 4);
        assert_eq!(found, [vec![Line::TooLong { bytes: b"abcd".to_vec(), length: 10 }, line("k")]]);
        assert_eq!(runs(&[b"abcd\n"], 4), [vec![line("abcd")]]);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        assert_eq!(runs(&[b"\xef\xbb\xbfa\n"], 100), [vec![line("a")]]);
    }

    #[test]
    fn a_run_ends_after_so_many_lines() {
        let found = runs(&[b"a\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\n"], 100);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [64, 2]);
    }

    #[test]
    fn text_ends_where_it_is_no_text() {
        assert_eq!(text(b"abc"), ("abc", &b""[..]));
        assert_eq!(text(b"ab\xffc"), ("ab", &b"\xffc"[..]));
    }
}
