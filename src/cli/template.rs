//! `template`: the templates there are, what they are told, and whether one's own work.

use super::args::{Cli, TemplateAction, TemplateArgs};
use super::error::CliError;
use super::notes;
use super::output::to_stdout;
use super::texts::{self, language};
use clap::Parser as _;
use convt_matrix::render::{Language, Templates, TextFacts};
use convt_matrix::wording::{counted, printable_path};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Commands that print every sentence of every text, one in a line.
const SPECIMENS: &str = include_str!("specimens.txt");

pub(super) fn run(args: &TemplateArgs) -> Result<(), CliError> {
    if let Some(TemplateAction::Check { folder }) = &args.action {
        return check(folder);
    }
    let Some(name) = &args.name else { return list(language(&args.lang)) };
    let name = full_name(name, language(&args.lang))?;
    if args.context {
        return context(name, &args.command, language(&args.lang));
    }
    if let Some(unused) = args.command.first() {
        return Err(CliError::usage(
            format!("template {name}: {unused} says nothing about a template"),
            "leave it out, or ask for the facts of a command with --context",
        ));
    }
    to_stdout(source(name).as_bytes())
}

/// The names of the pages and of the texts of a language.
fn list(language: Language) -> Result<(), CliError> {
    let mut names = String::new();
    for name in names_in(language) {
        writeln!(names, "{name}").expect("a string takes everything");
    }
    to_stdout(names.as_bytes())
}

fn names_in(language: Language) -> impl Iterator<Item = &'static str> {
    let folder = format!("text/{language}/");
    Templates::sources()
        .map(|(name, _)| name)
        .filter(move |name| name.starts_with("page/") || name.starts_with(&folder))
}

fn source(name: &str) -> &'static str {
    Templates::sources().find(|(known, _)| *known == name).map_or("", |(_, source)| source)
}

/// The template of this name; the end of the name is enough where no other one ends so.
fn full_name(typed: &str, language: Language) -> Result<&'static str, CliError> {
    if let Some((name, _)) = Templates::sources().find(|(name, _)| *name == typed) {
        return Ok(name);
    }
    let ends_so = |name: &&str| name.strip_suffix(typed).is_some_and(|before| before.ends_with('/'));
    let found: Vec<&str> = names_in(language).filter(ends_so).collect();
    match found[..] {
        [name] => Ok(name),
        [] => Err(CliError::usage(
            format!("template {typed}: there is no such template"),
            "'convt-matrix template' lists them",
        )),
        _ => Err(CliError::usage(
            format!("template {typed}: there are several, {}", found.join(", ")),
            "name the folder, too",
        )),
    }
}

/// The facts of a text as JSON: those of a command that was typed, else of the first of the specimens that tells it.
fn context(name: &'static str, command: &[String], language: Language) -> Result<(), CliError> {
    let Some(text) = name.strip_prefix("text/").and_then(|name| name.split_once('/')).map(|(_, text)| text) else {
        return Err(CliError::usage(
            format!("template {name}: it is a page"),
            "the comment at its head says what it places; texts are told facts",
        ));
    };
    let seen: Arc<Mutex<Option<TextFacts>>> = Arc::default();
    let sink = Arc::clone(&seen);
    let wanted = text.to_owned();
    texts::watch(Some(Arc::new(move |facts: TextFacts| {
        let file = facts.name.split('#').next().unwrap_or_default().to_owned() + ".md";
        let parts = Templates::built_in().parts_of(&format!("text/{language}/{file}"));
        let mut seen = sink.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_none() && parts.contains(&format!("text/{language}/{wanted}")) {
            *seen = Some(facts);
        }
    })));
    let found = || seen.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut ended = Ok(());
    let mut facts = None;
    let typed = (!command.is_empty()).then(|| command.to_vec());
    let lines: Vec<Vec<String>> = typed.map_or_else(|| specimens().collect(), |typed| vec![typed]);
    for line in lines {
        ended = printed(&line, &["--lang", language.name()]);
        facts = found();
        if facts.is_some() {
            break;
        }
    }
    texts::watch(None);
    let Some(facts) = facts else {
        ended?;
        return Err(CliError::usage(
            format!("template {name}: that command does not tell it"),
            "leave the command out; then one is taken that does",
        ));
    };
    let mut text = serde_json::to_string_pretty(&facts.facts).expect("plain data");
    text.push('\n');
    to_stdout(text.as_bytes())
}

/// The specimens, each as the words of a command.
fn specimens() -> impl Iterator<Item = Vec<String>> {
    let lines = SPECIMENS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(' ').map(|word| word.replace('_', " ")).collect())
}

/// Runs a command, with its result in a file that nobody looks at.
fn printed(line: &[String], further: &[&str]) -> Result<(), CliError> {
    let folder = tempfile::tempdir()
        .map_err(|error| CliError::File(format!("cannot make a folder for what is tried: {error}")))?;
    let file = folder.path().join("printed.txt");
    let file = file.to_string_lossy();
    let words = ["convt-matrix"].into_iter().chain(line.iter().map(String::as_str));
    let words = words.chain(further.iter().copied()).chain(["-o", &*file]);
    let cli = Cli::try_parse_from(words).map_err(|error| CliError::usage(error.to_string(), "see --help"))?;
    let ended = super::dispatch(cli);
    notes::forget();
    ended
}

/// Renders every template of a folder, and says what does not work.
fn check(folder: &Path) -> Result<(), CliError> {
    let known: BTreeSet<&str> = Templates::sources().map(|(name, _)| name).collect();
    let mut report = String::new();
    let mut wrong = 0_usize;
    let mut say = |line: String| {
        writeln!(report, "{line}").expect("a string takes everything");
        wrong += 1;
    };
    let files = files_in(folder).map_err(|error| {
        CliError::File(format!(
            "cannot read {}: {error}\n  help: name the folder that --templates gets",
            printable_path(folder)
        ))
    })?;
    for file in files.iter().filter(|file| !known.contains(file.as_str())) {
        say(format!("{}: it takes the place of no template; 'convt-matrix template' lists the names", file));
    }
    let languages: BTreeSet<&str> =
        files.iter().filter_map(|file| file.strip_prefix("text/")?.split('/').next()).collect();
    let has_page = files.iter().any(|file| file.starts_with("page/"));
    let languages = Language::all()
        .filter(|language| languages.contains(language.name()) || (has_page && *language == Language::ENGLISH));
    let mut told = BTreeSet::new();
    for language in languages {
        let seen: Arc<Mutex<Vec<TextFacts>>> = Arc::default();
        let sink = Arc::clone(&seen);
        texts::watch(Some(Arc::new(move |facts: TextFacts| {
            sink.lock().unwrap_or_else(PoisonError::into_inner).push(facts);
        })));
        for line in specimens() {
            let ended = printed(&line, &["--templates", &folder.to_string_lossy(), "--lang", language.name()]);
            let last = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner)).pop();
            if let Err(CliError::Template { problem, .. }) = ended
                && told.insert(problem.clone())
            {
                let facts = last.map_or_else(String::new, |facts| {
                    let known: Vec<String> =
                        facts.meanings.iter().map(|(name, meaning)| format!("  {name}: {meaning}")).collect();
                    format!("\n{} is told:\n{}", facts.name, known.join("\n"))
                });
                say(format!("{problem}{facts}"));
            }
        }
        texts::watch(None);
    }
    let checked = files.iter().filter(|file| known.contains(file.as_str())).count();
    if wrong == 0 {
        report = format!("{} checked; all work\n", counted(checked, "template", "templates"));
    }
    to_stdout(report.as_bytes())?;
    if wrong == 0 { Ok(()) } else { Err(CliError::WrongTemplates(wrong)) }
}

/// The files below a folder, by their names in it, with slashes on every system.
fn files_in(folder: &Path) -> std::io::Result<BTreeSet<String>> {
    /// Deeper than any template.
    const DEEPEST: usize = 8;
    let mut files = BTreeSet::new();
    let mut unread = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((folder, before, depth)) = unread.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let name = format!("{before}{}", entry.file_name().to_string_lossy());
            if !entry.file_type()?.is_dir() {
                files.insert(name);
            } else if depth < DEEPEST {
                unread.push((entry.path(), format!("{name}/"), depth + 1));
            }
        }
    }
    Ok(files)
}
