//! The heading of a roster: which column has the ids, and which have the names.

/// The columns that are read.
pub(super) struct Columns {
    id: usize,
    /// One column, or the given name and the family name.
    names: Vec<usize>,
}

/// What a column of ids is called, without spaces, capitals and signs.
const IDS: &str = "id studentid studentno studentnumber idnumber matrikel matrikelnr matrikelno matrikelnummer matnr \
                   matriculationno matriculationnumber studierendenid studentennummer";
const NAMES: &str = "name fullname studentname student names";
const GIVEN_NAMES: &str = "firstname givenname vorname forename";
const FAMILY_NAMES: &str = "lastname familyname surname nachname familienname";

impl Columns {
    /// The id, then the name.
    pub(super) fn without_heading() -> Self {
        Self { id: 0, names: vec![1] }
    }

    /// What a heading says; nothing if the line is none.
    ///
    /// # Errors
    /// When it has not exactly one column of ids, or several of names; the words follow `the heading`.
    pub(super) fn of_heading(cells: &[&str]) -> Result<Option<Self>, String> {
        let plain = |cell: &&str| -> String {
            cell.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let cells: Vec<String> = cells.iter().map(plain).collect();
        let called = |names: &str| -> Vec<usize> {
            (0..cells.len()).filter(|&place| names.split(' ').any(|name| name == cells[place])).collect()
        };
        let (ids, whole) = (called(IDS), called(NAMES));
        let (given, family) = (called(GIVEN_NAMES), called(FAMILY_NAMES));
        let id = match ids[..] {
            [id] => id,
            [] if [&whole, &given, &family].into_iter().all(Vec::is_empty) => return Ok(None),
            [] => return Err("names no column of ids".to_owned()),
            _ => return Err("names several columns of ids".to_owned()),
        };
        if whole.len() > 1 || given.len() > 1 || family.len() > 1 {
            return Err("names several columns of names".to_owned());
        }
        let names = if whole.is_empty() { [given, family].concat() } else { whole };
        Ok(Some(Self { id, names }))
    }

    /// The id in a line; empty if it has none.
    pub(super) fn id<'a>(&self, cells: &[&'a str]) -> &'a str {
        cells.get(self.id).copied().unwrap_or("")
    }

    /// The name in a line.
    pub(super) fn name(&self, cells: &[&str]) -> Option<String> {
        let parts = self.names.iter().filter_map(|&place| cells.get(place)).filter(|part| !part.is_empty());
        let name = parts.copied().collect::<Vec<_>>().join(" ");
        (!name.is_empty()).then_some(name)
    }
}
