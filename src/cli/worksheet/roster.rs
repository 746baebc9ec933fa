//! The students of a course: a CSV file with their ids and, if wanted, their names.

use crate::cli::error::CliError;
use crate::worksheet::Recipient;
use std::collections::HashMap;
use std::path::Path;

/// The students in the order of the file; a first line that begins with `id` is a heading.
pub(super) fn read(path: &Path) -> Result<Vec<Recipient>, CliError> {
    let problem =
        |problem: String, remedy: &str| CliError::usage(format!("--roster {}: {problem}", path.display()), remedy);
    let text =
        std::fs::read(path).map_err(|error| problem(format!("it cannot be read: {error}"), "name a CSV file"))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(
        // Spreadsheets put a mark before the first byte.
        text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text),
    );
    let mut lines: HashMap<String, u64> = HashMap::new();
    let mut students = Vec::new();
    for (place, record) in reader.records().enumerate() {
        let record = record.map_err(|error| problem(error.to_string(), "save it as CSV in UTF-8"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let (id, name) = (record.get(0).unwrap_or(""), record.get(1).filter(|name| !name.is_empty()));
        if place == 0 && id.eq_ignore_ascii_case("id") {
            continue;
        }
        if id.is_empty() {
            return Err(problem(format!("line {line} has no id"), "put the id first: id,name"));
        }
        if let Some(first) = lines.insert(id.to_owned(), line) {
            return Err(problem(
                format!("the id {id} stands in lines {first} and {line}"),
                "give every student an id of its own",
            ));
        }
        students.push(Recipient::Student { id: id.to_owned(), name: name.map(str::to_owned) });
    }
    if students.is_empty() {
        return Err(problem("there is no student in it".into(), "give one line for each: id,name"));
    }
    Ok(students)
}
