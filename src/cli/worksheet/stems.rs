//! The names of the files of a course, without their prefix and extension.

use super::Course;
use crate::cli::error::CliError;
use convt_matrix::wording::excerpt;
use convt_matrix::worksheet::Recipient;
use std::collections::HashMap;

/// What can stand in the name of a file everywhere.
fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_')
}

/// Whether the stem could be of our making: one that is not names files elsewhere.
pub(super) fn is_stem(stem: &str) -> bool {
    !stem.is_empty() && stem.chars().all(is_plain)
}

/// What tells the files of the recipients apart: the number of a variant, with zeros so that they sort, or the id of a
/// student as far as it can stand in the name of a file.
pub(super) fn stems(course: &Course) -> Result<Vec<String>, CliError> {
    let recipients = &course.recipients;
    let largest = |recipient: &Recipient| if let Recipient::Variant(number) = recipient { *number } else { 0 };
    let width = recipients.iter().map(largest).max().unwrap_or(0).to_string().len().max(3);
    let stem = |recipient: &Recipient| match recipient {
        Recipient::Student { id, .. } => {
            id.chars().map(|character| if is_plain(character) { character } else { '_' }).collect()
        }
        Recipient::Variant(number) => format!("{number:0width$}"),
        Recipient::Anybody => "000".to_owned(),
    };
    let stems: Vec<String> = recipients.iter().map(stem).collect();
    // Some file systems do not tell capitals from small letters.
    let mut owners: HashMap<String, usize> = HashMap::new();
    for (place, stem) in stems.iter().enumerate() {
        if let Some(other) = owners.insert(stem.to_lowercase(), place) {
            let (first, second) = (recipients[other].key(), recipients[place].key());
            return Err(CliError::usage(
                format!(
                    "{}: the sheets of {} and {} would have the same name, {}",
                    course.told_by,
                    excerpt(&first),
                    excerpt(&second),
                    excerpt(stem)
                ),
                "use ids that differ in letters and digits",
            ));
        }
    }
    Ok(stems)
}
