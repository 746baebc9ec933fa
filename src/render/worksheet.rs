//! Worksheets as pages: what the writers make of exercises, and the templates that place it.

mod json;

use super::{
    Latex, Markdown, PageStep, TemplateError, Templates, Unicode, Writer, ZeroStyle, any_strikes, page_step,
    prose_behind,
};
use crate::doc::{Inline, Prose, Step};
use crate::templates::Prepared;
use crate::worksheet::{
    Answer, ChoiceOption, ExerciseText, FORMAT, Filling, MultipleChoice, Posed, Recipient, Sheet, ToldSheet,
};
use serde::Serialize;

/// What a worksheet is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SheetFormat {
    /// LaTeX with the exam class: student sheet and key are one source, `\printanswers` switches.
    Exam,
    /// LaTeX with the article class.
    Article,
    /// Markdown with formulas as GitHub reads them.
    Markdown,
    /// Unicode text.
    Text,
    /// Everything about every exercise, typed, for other programs.
    Json,
}

/// For whom a sheet is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edition {
    /// Questions and space for the answers.
    Student,
    /// Questions and answers.
    Key,
    /// Questions, answers and worked solutions.
    Solutions,
}

/// Whether hints are printed with the questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hints {
    /// No.
    Hidden,
    /// Yes.
    Shown,
}

/// Writes sheets; its template is read once, however many sheets are written.
pub struct SheetWriter<'a> {
    write: Box<Write>,
    templates: &'a Templates,
}

type Write = dyn Fn(&ToldSheet<'_>, &Templates) -> Result<String, TemplateError> + Send + Sync;

/// The points a line has inside the list of questions and inside the frame of a solution.
const LINE_OF_A_QUESTION: f64 = 410.0;

impl<'a> SheetWriter<'a> {
    /// A writer of one format. The JSON has everything in every edition.
    ///
    /// # Errors
    /// When a replaced template does not parse.
    pub fn new(
        format: SheetFormat,
        edition: Edition,
        hints: Hints,
        templates: &'a Templates,
    ) -> Result<Self, TemplateError> {
        let zeros = ZeroStyle::Digit;
        let latex = Latex::for_line(zeros, LINE_OF_A_QUESTION);
        // The exam class hides the solutions itself.
        let content = Content::of(edition, hints, format == SheetFormat::Exam);
        let write = match format {
            SheetFormat::Exam => Self::placed(latex, content, templates.prepare("worksheet.tex")?),
            SheetFormat::Article => Self::placed(latex, content, templates.prepare("worksheet-article.tex")?),
            SheetFormat::Markdown => Self::placed(Markdown::new(zeros), content, templates.prepare("worksheet.md")?),
            SheetFormat::Text => Self::placed(Unicode::new(zeros), content, templates.prepare("worksheet.txt")?),
            SheetFormat::Json => Ok(Box::new(json::written) as Box<Write>),
        };
        Ok(Self { write: write?, templates })
    }

    fn placed<W: Writer + Send + Sync + 'static>(
        writer: W,
        content: Content,
        template: Prepared,
    ) -> Result<Box<Write>, TemplateError> {
        Ok(Box::new(move |sheet, templates| template.render(&page(sheet, &writer, content, templates)?)))
    }

    /// The sheet as text.
    ///
    /// # Errors
    /// When a replaced template does not work.
    pub fn write(&self, sheet: &ToldSheet<'_>) -> Result<String, TemplateError> {
        (self.write)(sheet, self.templates)
    }
}

/// What stands on the pages of an edition.
#[derive(Clone, Copy)]
struct Content {
    hints: Hints,
    /// Whether it is a key.
    key: bool,
    /// Whether answers and solutions are in the source.
    with_key: bool,
    with_solutions: bool,
}

impl Content {
    fn of(edition: Edition, hints: Hints, holds_everything: bool) -> Self {
        let key = edition != Edition::Student;
        let with_solutions = edition == Edition::Solutions || (holds_everything && !key);
        Self { hints, key, with_key: key || holds_everything, with_solutions }
    }
}

fn page<W: Writer>(
    told: &ToldSheet<'_>,
    writer: &W,
    content: Content,
    templates: &Templates,
) -> Result<SheetPage<W::Display>, TemplateError> {
    let plain = |text: &str| writer.plain(text);
    let sheet = told.sheet;
    let exercises = told.exercises().map(|(posed, text)| page_exercise(posed, text, writer, content, templates));
    let exercises = exercises.collect::<Result<Vec<_>, _>>()?;
    let (student, name) = match &sheet.recipient {
        Recipient::Student { id, name } => (plain(id), name.as_deref().map_or_else(String::new, plain)),
        _ => (String::new(), String::new()),
    };
    Ok(SheetPage {
        title: plain(&sheet.title),
        student,
        name,
        drawn_for: match &sheet.recipient {
            Recipient::Variant(number) => plain(&format!("{} {number}", templates.word("variant")?)),
            recipient => plain(&recipient.key()),
        },
        seed: sheet.seed.to_string(),
        format: FORMAT,
        conventions: writer.prose(&Sheet::conventions(templates)?),
        strikes: any_strikes(writer, exercises.iter().flat_map(|exercise| &exercise.solution)),
        key: content.key,
        points: exercises.iter().map(|exercise| exercise.points).sum(),
        exercises,
        version: env!("CARGO_PKG_VERSION"),
    })
}

#[derive(Serialize)]
struct SheetPage<D> {
    title: String,
    student: String,
    name: String,
    /// What the sheet is drawn from besides the seed: the student, or the variant, or nothing.
    drawn_for: String,
    seed: String,
    format: u32,
    conventions: String,
    strikes: bool,
    key: bool,
    points: u32,
    exercises: Vec<PageExercise<D>>,
    version: &'static str,
}

#[derive(Serialize)]
struct PageExercise<D> {
    number: usize,
    title: String,
    points: u32,
    steps: Vec<PageStep<D>>,
    hints: Vec<String>,
    fields: Vec<Field<D>>,
    /// Nothing where the edition has none.
    solution: Vec<PageStep<D>>,
}

/// One thing to answer: where the answer goes, and the answer.
#[derive(Serialize)]
struct Field<D> {
    /// `a`, `b`, ...; nothing if there is only one field.
    letter: String,
    label: String,
    /// `line`, `lines`, `grid` or `choice`.
    form: &'static str,
    /// The grid with boxes for what is asked; empty for the other forms.
    space: PageStep<D>,
    options: Vec<PageOption<D>>,
    /// Whether every option is one thing displayed, so that several share a line.
    side_by_side: bool,
    /// The answer, behind its letter and label; nothing where the edition has none.
    key: Option<PageStep<D>>,
}

#[derive(Serialize)]
struct PageOption<D> {
    letter: char,
    right: bool,
    shown: PageStep<D>,
    feedback: String,
}

fn page_exercise<W: Writer>(
    posed: &Posed,
    text: &ExerciseText,
    writer: &W,
    content: Content,
    templates: &Templates,
) -> Result<PageExercise<W::Display>, TemplateError> {
    let (why, hint) = (templates.word("Why")?, templates.word("Hint")?);
    let fielded = Fields { text, templates, writer, with_key: content.with_key };
    let written = |steps: Vec<Step>| steps.iter().map(|step| page_step(step, writer, true, &why)).collect();
    let answer = posed.exercise.answer();
    let fields = match &answer {
        Answer::Parts(parts) => parts
            .iter()
            .enumerate()
            .map(|(place, part)| {
                let letter = char::from(b'a' + place as u8).to_string();
                fielded.field(letter, &text.labels.of(part), &part.answer)
            })
            .collect::<Result<_, _>>()?,
        whole => vec![fielded.field(String::new(), &Prose::new(), whole)?],
    };
    Ok(PageExercise {
        number: posed.number,
        title: writer.plain(&text.title),
        points: posed.points,
        steps: written(text.question.clone()),
        hints: match content.hints {
            Hints::Shown => text.hints.iter().map(|said| prose_behind(writer, &hint, said)).collect(),
            Hints::Hidden => Vec::new(),
        },
        fields,
        solution: if content.with_solutions {
            let wrong =
                if let Answer::Choice(choice) = &answer { why_wrong(choice, text, templates)? } else { Vec::new() };
            written([wrong, text.solution.clone()].concat())
        } else {
            Vec::new()
        },
    })
}

/// What is said to somebody who picks a wrong option.
fn why_wrong(choice: &MultipleChoice, text: &ExerciseText, templates: &Templates) -> Result<Vec<Step>, TemplateError> {
    let wrong = choice.options.iter().enumerate().filter(|(place, _)| *place != choice.right);
    let said = wrong.map(|(place, option)| {
        let letter = Inline::Text(format!("{}: ", MultipleChoice::letter(place)));
        let feedback = text.feedback_on(option, templates)?;
        Ok(Step::text(std::iter::once(letter).chain(feedback).collect()))
    });
    said.collect()
}

/// What the fields of an exercise are made of.
struct Fields<'a, W> {
    text: &'a ExerciseText,
    templates: &'a Templates,
    writer: &'a W,
    with_key: bool,
}

impl<W: Writer> Fields<'_, W> {
    /// An answer; there is no reason behind it.
    fn page(&self, answer: &Step) -> PageStep<W::Display> {
        page_step(answer, self.writer, true, "")
    }

    fn field(&self, letter: String, label: &Prose, answer: &Answer) -> Result<Field<W::Display>, TemplateError> {
        let Self { writer, with_key, .. } = *self;
        let step = |answer: &Answer| self.text.answer(answer, self.templates);
        let form = match answer {
            Answer::Grid(_) => "grid",
            Answer::Choice(_) => "choice",
            Answer::FreeText(_) => "lines",
            _ => "line",
        };
        let space = match answer {
            Answer::Grid(grid) => Step::displayed(Prose::new(), grid.displays(Filling::Given)),
            _ => Step::default(),
        };
        let mut is_short = matches!(answer, Answer::Choice(_));
        let mut options = |choice: &MultipleChoice| {
            let option = |(place, option): (usize, &ChoiceOption)| {
                let shown = step(&option.shown)?;
                is_short &= shown.claim.is_empty() && shown.blocks.len() == 1;
                Ok(PageOption {
                    letter: MultipleChoice::letter(place),
                    right: place == choice.right,
                    shown: self.page(&shown),
                    feedback: writer.prose(&self.text.feedback_on(option, self.templates)?),
                })
            };
            choice.options.iter().enumerate().map(option).collect::<Result<Vec<_>, TemplateError>>()
        };
        let options = if let Answer::Choice(choice) = answer { options(choice)? } else { Vec::new() };
        let key = with_key.then(|| step(answer)).transpose()?;
        Ok(Field {
            label: writer.prose(label),
            form,
            space: self.page(&space),
            options,
            side_by_side: is_short,
            key: key.map(|mut key| {
                if !letter.is_empty() {
                    key.claim = [
                        vec![format!("({letter}) ").into()],
                        label.clone(),
                        vec![if key.claim.is_empty() { ":" } else { ": " }.into()],
                        key.claim,
                    ]
                    .concat();
                }
                self.page(&key)
            }),
            letter,
        })
    }
}
