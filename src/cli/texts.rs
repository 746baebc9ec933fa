//! The templates that a command writes with, and what is said where they do not work.

use super::args::TextArgs;
use super::error::CliError;
use convt_matrix::render::{Language, TemplateError, Templates};
use std::ops::Deref;
use std::path::PathBuf;

/// The templates of a language, with those of the user's folder in place of the built-in ones.
pub(super) struct Texts {
    templates: Templates,
    folder: Option<PathBuf>,
}

impl Texts {
    pub(super) fn of(args: &TextArgs) -> Result<Self, CliError> {
        let folder = args.templates.clone();
        let templates = match &folder {
            Some(path) => {
                Templates::with_overrides(path).map_err(|error| CliError::templates(folder.as_deref(), &error))?
            }
            None => Templates::built_in(),
        };
        Ok(Self { templates: templates.in_language(language(&args.lang)), folder })
    }

    /// What came of the templates, with the flag named where they do not work.
    pub(super) fn checked<T>(&self, made: Result<T, TemplateError>) -> Result<T, CliError> {
        made.map_err(|error| CliError::templates(self.folder.as_deref(), &error))
    }
}

impl Deref for Texts {
    type Target = Templates;

    fn deref(&self) -> &Templates {
        &self.templates
    }
}

/// The language of this name, which is one of those there are.
fn language(name: &str) -> Language {
    Language::all().find(|language| language.name() == name).unwrap_or(Language::ENGLISH)
}
