//! The templates: built in, each replaceable by a file of the same name.

use crate::bounded::{self, Unread};
use crate::wording::printable_path;
use serde::Serialize;
use std::error::Error;
use std::path::Path;
use tera::{Context, Delimiters, Tera};

/// Makes the list of templates from the names of their files.
macro_rules! templates {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("../../templates/", $name)))),*] };
}

/// Name and text of every built-in template.
const BUILT_IN: [(&str, &str); 16] = templates![
    "derivation.tex" "standalone.tex" "derivation.md" "derivation.txt"
    "report.tex" "report.md" "report.txt"
    "step.tex" "step.md" "step.txt"
    "worksheet.tex" "worksheet-article.tex" "worksheet.md" "worksheet.txt"
    "pytorch.py" "scipy.py"
];

/// The longest template that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// The templates a document is placed by.
///
/// The delimiters are `<< value >>`, `<% statement %>` and `<# comment #>`, because braces belong to LaTeX.
#[derive(Debug, Default)]
#[must_use]
pub struct Templates {
    replaced: Vec<(String, String)>,
}

impl Templates {
    /// The built-in templates.
    pub fn built_in() -> Self {
        Self::default()
    }

    /// The built-in templates, except where the folder has a file of the same name.
    ///
    /// # Errors
    /// When the folder cannot be read or holds none of the names.
    pub fn with_overrides(folder: &Path) -> Result<Self, RenderError> {
        let mut replaced = Vec::new();
        std::fs::read_dir(folder).map_err(|error| RenderError::file(folder, Unread::Failed(error)))?;
        for (name, _) in BUILT_IN {
            let path = folder.join(name);
            match bounded::read(&path, LONGEST) {
                Ok(bytes) => {
                    let text = String::from_utf8(bytes).map_err(|error| {
                        let place = error.utf8_error().valid_up_to();
                        RenderError::new(
                            format!("{}: it is not UTF-8 from byte {place} on", printable_path(&path)),
                            error,
                        )
                    })?;
                    replaced.push((name.to_owned(), text));
                }
                Err(why) if why.is_missing() => {}
                Err(why) => return Err(RenderError::file(&path, why)),
            }
        }
        if replaced.is_empty() {
            let names = BUILT_IN.map(|(name, _)| name).join(", ");
            return Err(RenderError { problem: format!("no template there; the names are {names}"), cause: None });
        }
        Ok(Self { replaced })
    }

    /// Name and text of every built-in template, to start from.
    pub fn sources() -> impl Iterator<Item = (&'static str, &'static str)> {
        BUILT_IN.into_iter()
    }

    pub(crate) fn render(&self, name: &'static str, page: &impl Serialize) -> Result<String, RenderError> {
        self.prepare(name)?.render(page)
    }

    /// A template read for many pages.
    pub(crate) fn prepare(&self, name: &'static str) -> Result<Prepared, RenderError> {
        Ok(Prepared { engine: self.engine(name)?, name })
    }

    /// Only the templates that are needed are parsed: those that share the extension of the one asked for.
    fn engine(&self, name: &str) -> Result<Tera, RenderError> {
        let mut tera = Tera::new();
        tera.set_delimiters(Delimiters {
            block_start: "<%".into(),
            block_end: "%>".into(),
            variable_start: "<<".into(),
            variable_end: ">>".into(),
            comment_start: "<#".into(),
            comment_end: "#>".into(),
        })
        .map_err(RenderError::template)?;
        let extension = Path::new(name).extension();
        let needed =
            BUILT_IN.iter().filter(|(name, _)| Path::new(name).extension() == extension).map(|(name, text)| {
                let replaced = self.replaced.iter().find(|(replaced, _)| replaced == name);
                (*name, replaced.map_or(*text, |(_, text)| text.as_str()))
            });
        tera.add_raw_templates(needed).map_err(RenderError::template)?;
        Ok(tera)
    }
}

/// A template that has been read.
pub(crate) struct Prepared {
    engine: Tera,
    name: &'static str,
}

impl Prepared {
    pub(crate) fn render(&self, page: &impl Serialize) -> Result<String, RenderError> {
        let context = Context::from_serialize(page).map_err(RenderError::template)?;
        self.engine.render(self.name, &context).map_err(RenderError::template)
    }
}

/// Why a document could not be rendered.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct RenderError {
    problem: String,
    #[source]
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl RenderError {
    fn new(problem: String, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { problem, cause: Some(Box::new(cause)) }
    }

    fn file(path: &Path, why: Unread) -> Self {
        let path = printable_path(path);
        let problem = match &why {
            Unread::Failed(error) => format!("cannot read {path}: {error}"),
            why => format!("{path}: {why}"),
        };
        Self::new(problem, why)
    }

    fn template(error: tera::Error) -> Self {
        // Tera's messages speak of its default delimiters; here they are others.
        let problem = error.to_string().replace("{%", "<%").replace("%}", "%>").replace("{{", "<<").replace("}}", ">>");
        Self::new(problem, error)
    }
}
