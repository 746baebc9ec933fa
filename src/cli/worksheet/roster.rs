//! The students of a course: a CSV file with their ids and, if wanted, their names.

mod heading;
mod lines;

use crate::cli::error::CliError;
use convt_matrix::bounded;
use convt_matrix::wording::{counted, excerpt, printable_path};
use convt_matrix::worksheet::Recipient;
use heading::Columns;
use std::collections::HashMap;
use std::path::Path;

/// What may stand between two columns, and its name; German spreadsheets write semicolons.
const SEPARATORS: [(u8, &str); 3] = [(b',', "commas"), (b';', "semicolons"), (b'\t', "tabs")];

/// The longest roster that is read, in bytes.
const LONGEST: u64 = 16 << 20;

/// As many sheets as there can be variants.
const MOST_STUDENTS: usize = 10_000;

/// The longest id, in bytes: it becomes a part of file names, of which systems take 255.
const LONGEST_ID: usize = 200;

/// The students in the order of the file. A first line with the names of columns says where ids and names stand;
/// without one the id comes first.
pub(super) fn read(path: &Path) -> Result<Vec<Recipient>, CliError> {
    let problem = |problem: String, remedy: &str| {
        CliError::usage(format!("--roster {}: {problem}", printable_path(path)), remedy)
    };
    let bytes = bounded::read(path, LONGEST).map_err(|why| problem(why.to_string(), "name a CSV file"))?;
    // Spreadsheets put a mark before the first byte.
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes))
        .map_err(|error| problem(format!("it is not UTF-8: {error}"), "save it as CSV in UTF-8"))?;
    let separator = separator(text).map_err(|line| {
        problem(
            format!("line {line} has several of commas, semicolons and tabs; which of them separates cannot be told"),
            "put a heading such as id;name above, or quotes around what belongs together",
        )
    })?;
    let mut columns = None;
    let mut width = None;
    let mut lines: HashMap<String, usize> = HashMap::new();
    let mut students = Vec::new();
    for (line, text) in lines::filled(text) {
        let read = lines::cells(text, char::from(separator)).map_err(|wrong| {
            problem(
                format!("line {line} {wrong}: {}", excerpt(text)),
                "close the quote in the same line, write a quote inside quotes twice, or leave the quotes out",
            )
        })?;
        if let Some(cell) = read.iter().find(|cell| cell.contains(char::is_control)) {
            return Err(problem(
                format!("line {line} has a control character in it: {}", excerpt(cell)),
                "take it out",
            ));
        }
        let cells: Vec<&str> = read.iter().map(String::as_str).collect();
        let filled = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        if let Some(width) = width.filter(|&width| filled > width) {
            return Err(problem(
                format!("line {line} has {filled} columns, where {} expected", counted(width, "is", "are")),
                "put quotes around what belongs together: id,\"Lee, Ann\"",
            ));
        }
        let columns = match &columns {
            Some(columns) => columns,
            None => {
                let read = Columns::of_heading(&cells).map_err(|wrong| {
                    problem(format!("the heading in line {line} {wrong}"), "write a heading such as id,name")
                })?;
                if let Some(read) = read {
                    columns = Some(read);
                    width = Some(cells.len());
                    continue;
                }
                if filled > 2 {
                    return Err(problem(
                        format!("line {line} has {} columns, and no heading says which has the ids", cells.len()),
                        "write a heading such as id,name, or leave the other columns out",
                    ));
                }
                width = Some(2);
                columns.insert(Columns::without_heading())
            }
        };
        let id = columns.id(&cells);
        if id.is_empty() {
            return Err(problem(format!("line {line} has no id"), "put the id first: id,name"));
        }
        if id.len() > LONGEST_ID {
            return Err(problem(
                format!(
                    "the id '{}' in line {line} has {} bytes; at most {LONGEST_ID} name a file",
                    excerpt(id),
                    id.len()
                ),
                "give shorter ids",
            ));
        }
        let is_other = |(byte, _): &&(u8, &str)| *byte != separator && id.contains(char::from(*byte));
        if let Some((_, other)) = SEPARATORS.iter().find(is_other) {
            let own = SEPARATORS.iter().find(|(byte, _)| *byte == separator).map_or("", |(_, name)| name);
            return Err(problem(
                format!("the id '{}' in line {line} has {other} in it, while {own} separate the columns", excerpt(id)),
                "separate all lines alike",
            ));
        }
        if let Some(first) = lines.insert(id.to_owned(), line) {
            return Err(problem(
                format!("the id {} stands in lines {first} and {line}", excerpt(id)),
                "give every student an id of its own",
            ));
        }
        if students.len() == MOST_STUDENTS {
            return Err(problem(
                format!("it has more than {MOST_STUDENTS} students"),
                "make the sheets of a part of them at a time",
            ));
        }
        students.push(Recipient::Student { id: id.to_owned(), name: columns.name(&cells) });
    }
    if students.is_empty() {
        return Err(problem("there is no student in it".into(), "give one line for each: id,name"));
    }
    Ok(students)
}

/// What separates the columns: the only separator in the first line that has any; of several the one that makes the
/// line a heading. The number of the line where it cannot be told.
fn separator(text: &str) -> Result<u8, usize> {
    for (number, line) in lines::filled(text) {
        let unquoted: String = line.split('"').step_by(2).collect();
        let has = |byte: u8| unquoted.contains(char::from(byte));
        let found: Vec<u8> = SEPARATORS.iter().map(|(byte, _)| *byte).filter(|byte| has(*byte)).collect();
        let is_heading = |byte: &&u8| {
            let cells: Vec<&str> = line.split(char::from(**byte)).collect();
            matches!(Columns::of_heading(&cells), Ok(Some(_)))
        };
        match found[..] {
            [] => {}
            [only] => return Ok(only),
            _ => {
                let mut headings = found.iter().filter(is_heading);
                return match (headings.next(), headings.next()) {
                    (Some(only), None) => Ok(*only),
                    _ => Err(number),
                };
            }
        }
    }
    Ok(b',')
}
