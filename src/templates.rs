//! The templates: pages and texts, built in, each replaceable by a file of the same name.
//!
//! A page (`page/derivation.tex`) places what a writer has written; a text (`text/en/derivation/sizes.md`) says what there
//! is to say, in one language. Delimiters are `<< value >>`, `<% statement %>` and `<# comment #>`, because braces belong to
//! LaTeX.

use crate::bounded::{self, Unread};
use crate::wording::printable_path;
use serde::Serialize;
use std::any::Any;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use tera::{Context, Delimiters, Kwargs, State, Tera};

/// Name and text of every built-in template, in the order of their names.
static BUILT_IN: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// The longest template that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// A language that all texts are there in; its name is that of their folder, such as `en`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(&'static str);

impl Language {
    /// English.
    pub const ENGLISH: Self = Self("en");

    /// Every language there is a folder for, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        let folders = BUILT_IN.iter().filter_map(|(name, _)| name.strip_prefix("text/")?.split_once('/'));
        folders.map(|(language, _)| language).collect::<BTreeSet<_>>().into_iter().map(Self)
    }

    /// Its name: the two letters of ISO 639.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What is printed is placed and said by these.
#[must_use]
pub struct Templates {
    language: Language,
    replaced: BTreeMap<&'static str, String>,
    /// The texts that have been parsed, by what they were asked for by; none before the first.
    parsed: RwLock<Option<Tera>>,
    words: OnceLock<Arc<HashMap<String, String>>>,
    watcher: Option<Arc<Watcher>>,
}

/// Sees every text that is told, by its name, with its facts.
pub(crate) type Watcher = dyn Fn(&str, &dyn Any) + Send + Sync;

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates")
            .field("language", &self.language)
            .field("replaced", &self.replaced)
            .finish_non_exhaustive()
    }
}

impl Default for Templates {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Templates {
    /// The built-in templates, in English.
    pub fn built_in() -> Self {
        Self::new(Language::ENGLISH, BTreeMap::new())
    }

    fn new(language: Language, replaced: BTreeMap<&'static str, String>) -> Self {
        Self { language, replaced, parsed: RwLock::default(), words: OnceLock::new(), watcher: None }
    }

    /// The same in another language.
    pub fn in_language(self, language: Language) -> Self {
        Self { watcher: self.watcher, ..Self::new(language, self.replaced) }
    }

    /// The same, with everything that is told seen by a watcher.
    pub(crate) fn watched(self, watcher: Arc<Watcher>) -> Self {
        Self { watcher: Some(watcher), ..self }
    }

    /// Lets the watcher see what a text is told.
    pub(crate) fn see(&self, name: &str, facts: &dyn Any) {
        if let Some(watcher) = &self.watcher {
            watcher(name, facts);
        }
    }

    /// The names of the templates that a file includes or extends, directly or by others, and its own.
    #[must_use]
    pub fn parts_of(&self, name: &str) -> BTreeSet<String> {
        let folder = folder_of(name);
        let mut parts = BTreeSet::from([name.to_owned()]);
        let mut unread = vec![name.to_owned()];
        while let Some(next) = unread.pop() {
            for other in referred(self.source(&next).unwrap_or_default()) {
                let other = format!("{folder}{other}");
                if parts.insert(other.clone()) {
                    unread.push(other);
                }
            }
        }
        parts
    }

    /// The language of the texts.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The built-in templates in English, except where the folder has a file of the same name.
    ///
    /// # Errors
    /// When the folder cannot be read or holds none of the names.
    pub fn with_overrides(folder: &Path) -> Result<Self, TemplateError> {
        let mut replaced = BTreeMap::new();
        std::fs::read_dir(folder).map_err(|error| TemplateError::file(folder, Unread::Failed(error)))?;
        for (name, _) in BUILT_IN {
            let path = folder.join(name);
            match bounded::read(&path, LONGEST) {
                Ok(bytes) => {
                    let text = String::from_utf8(bytes).map_err(|error| {
                        let place = error.utf8_error().valid_up_to();
                        let problem = format!("{}: it is not UTF-8 from byte {place} on", printable_path(&path));
                        TemplateError::new(problem, error)
                    })?;
                    replaced.insert(*name, text);
                }
                Err(why) if why.is_missing() => {}
                Err(why) => return Err(TemplateError::file(&path, why)),
            }
        }
        if replaced.is_empty() {
            let names: Vec<&str> =
                Self::sources().map(|(name, _)| name).filter(|name| name.starts_with("page/")).collect();
            let problem = format!(
                "no template there; it takes the names of pages ({}) and of texts, such as text/en/derivation/sizes.md",
                names.join(", ")
            );
            return Err(TemplateError { problem, cause: None });
        }
        Ok(Self::new(Language::ENGLISH, replaced))
    }

    /// Name and text of every built-in template, to start from.
    pub fn sources() -> impl Iterator<Item = (&'static str, &'static str)> {
        BUILT_IN.iter().copied()
    }

    /// The text of a template, replaced or built in; none if there is no such name.
    fn source(&self, name: &str) -> Option<&str> {
        let at = position(name)?;
        Some(self.replaced.get(name).map_or(BUILT_IN[at].1, String::as_str))
    }

    /// What a page makes of its values.
    pub(crate) fn render(&self, name: &'static str, page: &impl Serialize) -> Result<String, TemplateError> {
        self.prepare(name)?.render(page)
    }

    /// A page read to be rendered often.
    pub(crate) fn prepare(&self, name: &'static str) -> Result<Prepared, TemplateError> {
        let mut tera = self.engine()?;
        // Only the pages that share the extension of the one asked for include each other.
        let extension = Path::new(name).extension();
        let pages = BUILT_IN.iter().filter_map(|(full, _)| Some((full.strip_prefix("page/")?, self.source(full)?)));
        let pages = pages.filter(|(name, _)| Path::new(name).extension() == extension);
        tera.add_raw_templates(pages).map_err(TemplateError::template)?;
        Ok(Prepared { engine: tera, name })
    }

    /// What the text of this name makes of the facts, as Markdown. `derivation/sizes` is a whole file, and
    /// `misconceptions#no-flip` what stands under the heading `# no-flip` of one.
    pub(crate) fn text(&self, name: &str, facts: &Context) -> Result<String, TemplateError> {
        let key = format!("{name}.md");
        let parsed = || self.parsed.read().unwrap_or_else(PoisonError::into_inner);
        if !parsed().as_ref().is_some_and(|tera| tera.contains_template(&key)) {
            self.parse_text(name, &key)?;
        }
        let tera = parsed();
        let tera = tera.as_ref().expect("the text has been parsed");
        let full = self.text_name(name);
        if self.replaced.contains_key(full.as_str()) {
            // What is only asked in a condition would be missed in silence.
            let asked = tera.get_template_variables(&key).map_err(TemplateError::template)?;
            let bound = self.bound_in(&full);
            let is_unknown = |name: &&str| !facts.contains_key(name) && !bound.contains(*name);
            let unknown: BTreeSet<&str> = asked.into_iter().filter(is_unknown).collect();
            if let Some(unknown) = unknown.first() {
                let line = self.source(&full).and_then(|text| text.lines().position(|line| line.contains(unknown)));
                let place = line.map_or_else(|| full.clone(), |line| format!("{full}:{}", line + 1));
                return Err(TemplateError::said(format!("{place} asks for `{unknown}`, which is not known there")));
            }
        }
        tera.render(&key, facts).map_err(TemplateError::template)
    }

    /// The names that a file binds itself, by `for` and `set`: what it includes may ask for them.
    fn bound_in(&self, full: &str) -> BTreeSet<String> {
        let parts = self.parts_of(full);
        let sources = parts.iter().filter_map(|part| self.source(part));
        let behind = |text: &str| -> Vec<String> {
            let starts = text.split("<%").skip(1).map(|tag| tag.trim_start_matches('-').trim_start());
            let names = starts.filter_map(|tag| tag.strip_prefix("for ").or_else(|| tag.strip_prefix("set ")));
            names.filter_map(|names| names.split([' ', ',', '=']).next()).map(str::to_owned).collect()
        };
        sources.flat_map(behind).collect()
    }

    /// The full name of the file of a text.
    pub(crate) fn text_name(&self, name: &str) -> String {
        format!("text/{}/{}", self.language, file_of(name))
    }

    /// Parses a text and those it includes or extends, and nothing else, so that a cold start reads no more than it prints.
    fn parse_text(&self, name: &str, key: &str) -> Result<(), TemplateError> {
        let folder = format!("text/{}/", self.language);
        let mut parsed = self.parsed.write().unwrap_or_else(PoisonError::into_inner);
        let tera = match &mut *parsed {
            Some(tera) => tera,
            none => none.insert(self.text_engine()?),
        };
        let source = |file: &str| {
            let full = format!("{folder}{file}");
            self.source(&full).ok_or_else(|| TemplateError::said(format!("there is no text {full}")))
        };
        let mut needed = vec![(key.to_owned(), Cow::Borrowed(source(&file_of(name))?))];
        if let Some((_, heading)) = name.split_once('#') {
            let part = part(&needed[0].1, heading)
                .ok_or_else(|| TemplateError::said(format!("{folder}{} has no heading # {heading}", file_of(name))))?;
            needed[0].1 = Cow::Owned(part);
        }
        let mut read = 0;
        while read < needed.len() {
            let others: Vec<String> = referred(&needed[read].1).map(str::to_owned).collect();
            read += 1;
            for other in others {
                if needed.iter().all(|(known, _)| *known != other) && !tera.contains_template(&other) {
                    let text = source(&other).map_err(|_| {
                        let by = &needed[read - 1].0;
                        TemplateError::said(format!("{folder}{by} asks for {folder}{other}, which there is not"))
                    })?;
                    needed.push((other, Cow::Borrowed(text)));
                }
            }
        }
        // The line's end of a file is none of the line that it is included in.
        let texts = needed.iter().map(|(name, text)| (name.as_str(), text.trim_end()));
        tera.add_raw_templates(texts).map_err(TemplateError::template)
    }

    /// An engine for the texts of the language.
    fn text_engine(&self) -> Result<Tera, TemplateError> {
        let mut tera = self.engine()?;
        tera.autoescape_on([".md"]);
        tera.set_escape_fn(escape_markdown);
        tera.register_filter("counted", |count: u128, nouns: Kwargs, _: &State| {
            let noun: &str = nouns.must_get(if count == 1 { "one" } else { "many" })?;
            Ok::<String, tera::Error>(format!("{count} {noun}"))
        });
        let between = self.word("thousands")?;
        tera.register_filter("grouped", move |count: u128, _: Kwargs, _: &State| grouped(count, &between));
        Ok(tera)
    }

    /// An engine that knows the delimiters and the words of the language.
    fn engine(&self) -> Result<Tera, TemplateError> {
        let mut tera = Tera::new();
        let delimiters = Delimiters {
            block_start: "<%".into(),
            block_end: "%>".into(),
            variable_start: "<<".into(),
            variable_end: ">>".into(),
            comment_start: "<#".into(),
            comment_end: "#>".into(),
        };
        tera.set_delimiters(delimiters).map_err(TemplateError::template)?;
        let words = self.words()?;
        tera.register_filter("word", move |key: &str, _: Kwargs, _: &State| {
            words.get(key).cloned().ok_or_else(|| tera::Error::message(format!("words.md has no `{key}`")))
        });
        Ok(tera)
    }

    /// The single words of the language, by their names: the items `- name: word` of its `words.md`.
    fn words(&self) -> Result<Arc<HashMap<String, String>>, TemplateError> {
        if let Some(words) = self.words.get() {
            return Ok(Arc::clone(words));
        }
        let name = format!("text/{}/words.md", self.language);
        let text = self.source(&name).ok_or_else(|| TemplateError::said(format!("there is no {name}")))?;
        let items = text.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(": "));
        // What is a blank stands between quotes.
        let unquoted =
            |word: &str| word.strip_prefix('"').and_then(|word| word.strip_suffix('"')).unwrap_or(word).to_owned();
        let words = items.map(|(key, word)| (key.to_owned(), unquoted(word.trim()))).collect();
        Ok(Arc::clone(self.words.get_or_init(|| Arc::new(words))))
    }

    /// A single word of the language, such as the name of an axis, by what the program calls it.
    ///
    /// # Errors
    /// When a replaced `words.md` does not have it.
    pub fn word(&self, key: &str) -> Result<String, TemplateError> {
        let words = self.words()?;
        words
            .get(key)
            .cloned()
            .ok_or_else(|| TemplateError::said(format!("text/{}/words.md has no `{key}`", self.language)))
    }
}

/// A number with a sign between groups of three digits.
pub(crate) fn grouped(count: u128, between: &str) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push_str(between);
        }
        grouped.push(digit);
    }
    grouped
}

/// The folder that names in a template are relative to: `page/`, `text/en/`.
fn folder_of(name: &str) -> &str {
    let slashes = if name.starts_with("text/") { 2 } else { 1 };
    name.match_indices('/').nth(slashes - 1).map_or("", |(at, _)| &name[..=at])
}

/// Where a built-in template stands in their list.
fn position(name: &str) -> Option<usize> {
    BUILT_IN.binary_search_by_key(&name, |(name, _)| name).ok()
}

/// The file of a text, below the folder of its language.
fn file_of(name: &str) -> String {
    format!("{}.md", name.split('#').next().unwrap_or(name))
}

/// The heading in a line that is one of the first rank.
fn heading_of(line: &str) -> Option<&str> {
    line.strip_prefix("# ").map(str::trim)
}

/// What stands under a heading `# heading`, in the lines where it stands in the file.
fn part(text: &str, heading: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| heading_of(line) == Some(heading))?;
    let end =
        lines[start + 1..].iter().position(|line| heading_of(line).is_some()).map_or(lines.len(), |at| start + 1 + at);
    Some("\n".repeat(start + 1) + &lines[start + 1..end].join("\n"))
}

/// The names behind `include` and `extends` in a template.
fn referred(text: &str) -> impl Iterator<Item = &str> {
    let behind = |word| text.split(word).skip(1);
    behind("include ")
        .chain(behind("extends "))
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
}

/// Marks the place of something that is no text in what a text template renders; see [`placeholder`].
pub(crate) const PLACEHOLDER: [char; 2] = ['\u{E000}', '\u{E001}'];

/// What stands for the thing of this number in rendered text; no text that is put in has these characters.
pub(crate) fn placeholder(number: usize) -> String {
    format!("{}{number}{}", PLACEHOLDER[0], PLACEHOLDER[1])
}

/// What is put in is text, whatever it looks like.
fn escape_markdown(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            _ if PLACEHOLDER.contains(&character) => escaped.push(char::REPLACEMENT_CHARACTER),
            '\n' | '\r' => escaped.push(' '),
            _ => {
                if character.is_ascii_punctuation() {
                    escaped.push('\\');
                }
                escaped.push(character);
            }
        }
    }
    out.write_all(escaped.as_bytes())
}

/// A page that has been read.
pub(crate) struct Prepared {
    engine: Tera,
    name: &'static str,
}

impl Prepared {
    pub(crate) fn render(&self, page: &impl Serialize) -> Result<String, TemplateError> {
        let context = Context::from_serialize(page).map_err(TemplateError::template)?;
        self.engine.render(self.name, &context).map_err(TemplateError::template)
    }
}

/// Why a template does not work.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct TemplateError {
    problem: String,
    #[source]
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl TemplateError {
    fn new(problem: String, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { problem, cause: Some(Box::new(cause)) }
    }

    /// A problem that nothing else was the cause of.
    pub(crate) fn said(problem: String) -> Self {
        Self { problem, cause: None }
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
        /// Who reads of so many mistakes mends these first.
        const MOST: usize = 3;
        let said = error.to_string();
        let mistakes: Vec<&str> = said.split("\n\nerror: ").collect();
        let more = mistakes.len().saturating_sub(MOST);
        let mut problem = mistakes[..mistakes.len() - more].join("\n\nerror: ");
        if more > 0 {
            problem.push_str(&format!("\n\nand {more} more"));
        }
        // Tera's messages speak of its default delimiters; here they are others.
        let problem = problem.replace("{%", "<%").replace("%}", "%>").replace("{{", "<<").replace("}}", ">>");
        Self::new(problem, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_groups_of_digits() {
        let shown = [0, 999, 1000, 10_u128.pow(9)].map(|count| grouped(count, ","));
        assert_eq!(shown, ["0", "999", "1,000", "1,000,000,000"]);
    }

    #[test]
    fn a_part_of_a_file_stands_in_its_own_lines() {
        let text = "<# x #>\n# one\n\na\n## b\n# two\nc\n";
        assert_eq!(part(text, "one").as_deref(), Some("\n\n\na\n## b"));
        assert_eq!(part(text, "two").as_deref(), Some("\n\n\n\n\n\nc"));
        assert_eq!((part(text, "b"), part(text, "x")), (None, None));
    }
}
