//! The templates that a command writes with, and what is said where they do not work.

use super::args::TextArgs;
use super::error::CliError;
use convt_matrix::render::{Language, TemplateError, Templates, TextFacts, watched};
use std::cell::RefCell;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

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
        let templates = templates.in_language(language(&args.lang));
        let templates = match WATCHER.with_borrow(Clone::clone) {
            Some(see) => watched(templates, move |facts| see(facts)),
            None => templates,
        };
        Ok(Self { templates, folder })
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

type Watcher = Arc<dyn Fn(TextFacts) + Send + Sync>;

thread_local! {
    /// Who sees what the texts of the commands that are tried are told.
    static WATCHER: RefCell<Option<Watcher>> = const { RefCell::new(None) };
}

/// Lets somebody see what texts are told from now on, or nobody.
pub(super) fn watch(watcher: Option<Watcher>) {
    WATCHER.set(watcher);
}

/// The language of this name, which is one of those there are.
pub(super) fn language(name: &str) -> Language {
    Language::all().find(|language| language.name() == name).unwrap_or(Language::ENGLISH)
}
