//! Rendered Markdown as steps.

use super::formula::formula;
use super::{Part, Shown, Told};
use crate::doc::{Block, Inline, List, Math, Prose, Step, Table, TableCell};
use crate::templates::{PLACEHOLDER, grouped};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::borrow::Cow;

/// The parts of a text; what is no text was put aside under its number.
/// `thousands` stands between groups of three digits.
pub(super) fn parts(text: &str, shown: Vec<Shown>, thousands: &str) -> Result<Told, String> {
    let text = without_accidental_lists(text);
    let events = Parser::new_ext(&text, Options::ENABLE_MATH | Options::ENABLE_TABLES);
    // What is shown once, as most things are, need not be copied; a matrix may be large.
    let mut uses = vec![0; shown.len()];
    for number in text.split(PLACEHOLDER[0]).skip(1).filter_map(number_of) {
        if let Some(count) = uses.get_mut(number) {
            *count += 1;
        }
    }
    let mut reader = Reader { events, shown, uses, thousands, told: Told::default() };
    while let Some(event) = reader.events.next() {
        reader.block(event)?;
    }
    Ok(reader.told)
}

/// A sentence that ends with a 1 at the beginning of a line is no list: a list stands behind a blank line.
fn without_accidental_lists(text: &str) -> Cow<'_, str> {
    let is_marked = |line: &str| ["1.", "1)"].iter().any(|mark| line.trim_start().starts_with(mark));
    if !text.lines().any(is_marked) {
        return Cow::Borrowed(text);
    }
    let mut unmarked = String::with_capacity(text.len() + 8);
    let mut is_behind_text = false;
    for line in text.split_inclusive('\n') {
        match line.find('1') {
            Some(at) if is_behind_text && is_marked(line) => {
                unmarked.push_str(&line[..=at]);
                unmarked.push('\\');
                unmarked.push_str(&line[at + 1..]);
            }
            _ => unmarked.push_str(line),
        }
        is_behind_text = !line.trim().is_empty();
    }
    Cow::Owned(unmarked)
}

/// A piece of a paragraph.
enum Piece {
    Inline(Inline),
    /// A fact that is a formula.
    Formula(Math),
    /// What is written between two dollars; on the left of `&` something, on the right the rest.
    Display(Math, Option<Math>),
    Blocks(Vec<Block>),
    Steps(Vec<Step>),
}

struct Reader<'a> {
    events: Parser<'a>,
    shown: Vec<Shown>,
    /// How often each of them is still to come.
    uses: Vec<usize>,
    thousands: &'a str,
    told: Told,
}

/// The number of a placeholder, of which this is what follows its beginning.
fn number_of(piece: &str) -> Option<usize> {
    piece.split_once(PLACEHOLDER[1])?.0.parse().ok()
}

impl Reader<'_> {
    /// What was put aside under a number.
    fn put_aside(&mut self, number: usize) -> Option<Shown> {
        let uses = self.uses.get_mut(number)?;
        *uses = uses.saturating_sub(1);
        let shown = &mut self.shown[number];
        Some(if *uses == 0 { std::mem::replace(shown, Shown::Prose(Prose::new())) } else { shown.clone() })
    }

    /// Something that stands between blank lines.
    fn block(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                let pieces = self.pieces()?;
                let heading = plain(inline(pieces)?)?;
                self.told.parts.push(Part { heading, steps: Vec::new() });
            }
            Event::Start(Tag::Paragraph) => {
                let pieces = self.pieces()?;
                self.paragraph(pieces)?;
            }
            Event::Start(Tag::BlockQuote(_)) => {
                let reason = self.quote()?;
                let step = self.step();
                match &mut step.reason {
                    Some(known) => {
                        known.push(" ".into());
                        known.extend(reason);
                    }
                    None => step.reason = Some(reason),
                }
            }
            Event::Start(Tag::List(first)) => {
                let list = self.list(first.is_some())?;
                self.step().blocks.push(Block::List(list));
            }
            Event::Start(Tag::Table(_)) => {
                let table = self.table()?;
                if !table.rows.is_empty() {
                    self.step().blocks.push(Block::Table(table));
                }
            }
            other => return Err(refused(&other)),
        }
        Ok(())
    }

    fn part(&mut self) -> &mut Part {
        if self.told.parts.is_empty() {
            self.told.parts.push(Part::default());
        }
        self.told.parts.last_mut().expect("there is one now")
    }

    /// The step that is being written.
    fn step(&mut self) -> &mut Step {
        let steps = &mut self.part().steps;
        if steps.is_empty() {
            steps.push(Step::default());
        }
        steps.last_mut().expect("there is one now")
    }

    /// What stands alone is displayed below the claim before it; text is the next claim.
    fn paragraph(&mut self, pieces: Vec<Piece>) -> Result<(), String> {
        let is_space = |piece: &Piece| matches!(piece, Piece::Inline(Inline::Text(text)) if text.trim().is_empty());
        let stands_alone = |piece: &Piece| !matches!(piece, Piece::Inline(_)) || is_space(piece);
        if !pieces.iter().all(stands_alone) {
            let claim = inline(pieces)?;
            self.part().steps.push(Step::text(claim));
            return Ok(());
        }
        let mut aligned: Vec<(Math, Math)> = Vec::new();
        for piece in pieces.into_iter().filter(|piece| !is_space(piece)) {
            if let Piece::Display(left, Some(right)) = piece {
                aligned.push((left, right));
                continue;
            }
            self.align(&mut aligned);
            match piece {
                Piece::Formula(math) | Piece::Display(math, _) => self.step().blocks.push(Block::Formula(math)),
                Piece::Blocks(blocks) => self.step().blocks.extend(blocks),
                Piece::Steps(steps) => self.part().steps.extend(steps),
                Piece::Inline(_) => {}
            }
        }
        self.align(&mut aligned);
        Ok(())
    }

    /// Lines that belong below each other.
    fn align(&mut self, lines: &mut Vec<(Math, Math)>) {
        if !lines.is_empty() {
            let lines = std::mem::take(lines);
            self.step().blocks.push(Block::Formula(Math::Aligned(lines)));
        }
    }

    /// The reason between the start and the end of a quote.
    fn quote(&mut self) -> Result<Prose, String> {
        let mut reason = Prose::new();
        loop {
            match self.events.next() {
                Some(Event::Start(Tag::Paragraph)) => {
                    let pieces = self.pieces()?;
                    if !reason.is_empty() {
                        reason.push(" ".into());
                    }
                    reason.extend(inline(pieces)?);
                }
                Some(Event::End(TagEnd::BlockQuote(_))) | None => return Ok(reason),
                Some(other) => return Err(refused(&other)),
            }
        }
    }

    fn list(&mut self, is_numbered: bool) -> Result<List, String> {
        let mut items: Vec<Prose> = Vec::new();
        loop {
            match self.events.next() {
                Some(Event::Start(Tag::Item)) => {
                    let pieces = self.pieces()?;
                    items.push(inline(pieces)?);
                }
                Some(Event::End(TagEnd::List(_))) | None => return Ok(List { is_numbered, items }),
                Some(other) => return Err(refused(&other)),
            }
        }
    }

    fn table(&mut self) -> Result<Table, String> {
        let mut rows: Vec<Vec<String>> = Vec::new();
        loop {
            match self.events.next() {
                Some(Event::Start(Tag::TableHead | Tag::TableRow)) => rows.push(Vec::new()),
                Some(Event::Start(Tag::TableCell)) => {
                    let pieces = self.pieces()?;
                    let cell = plain(inline(pieces)?)?;
                    rows.last_mut().expect("a cell stands in a row").push(cell);
                }
                Some(Event::End(TagEnd::TableHead | TagEnd::TableRow)) => {}
                Some(Event::End(TagEnd::Table)) | None => break,
                Some(other) => return Err(refused(&other)),
            }
        }
        let mut rows = rows.into_iter();
        let header = rows.next().unwrap_or_default();
        let cells: Vec<Vec<String>> = rows.collect();
        // A column of whole numbers is one of counts.
        let counts: Vec<bool> =
            (0..header.len()).map(|at| cells.iter().all(|row| row[at].parse::<u128>().is_ok())).collect();
        let cell = |(text, &is_count): (String, &bool)| match text.parse() {
            Ok(count) if is_count => TableCell::Count(grouped(count, self.thousands)),
            _ => TableCell::Words(text),
        };
        let rows = cells.into_iter().map(|row| row.into_iter().zip(&counts).map(cell).collect()).collect();
        Ok(Table { header, rows })
    }

    /// The pieces up to the end of what holds them.
    fn pieces(&mut self) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        let mut is_emphasised = false;
        loop {
            match self.events.next() {
                Some(Event::Text(text)) => self.text(&text, is_emphasised, &mut pieces)?,
                Some(Event::SoftBreak | Event::HardBreak) => self.text(" ", is_emphasised, &mut pieces)?,
                Some(Event::Code(code)) => pieces.push(Piece::Inline(Inline::Code(code.into_string()))),
                Some(Event::InlineMath(text)) => {
                    pieces.push(Piece::Inline(Inline::Math(formula(&text, &self.shown)?)));
                }
                Some(Event::DisplayMath(text)) => {
                    let (left, right) =
                        text.split_once('&').map_or((&*text, None), |(left, right)| (left, Some(right)));
                    let right = right.map(|right| formula(right, &self.shown)).transpose()?;
                    pieces.push(Piece::Display(formula(left, &self.shown)?, right));
                }
                Some(Event::Start(Tag::Emphasis | Tag::Strong)) => is_emphasised = true,
                Some(Event::End(TagEnd::Emphasis | TagEnd::Strong)) => is_emphasised = false,
                Some(Event::End(_)) | None => return Ok(pieces),
                Some(other) => return Err(refused(&other)),
            }
        }
    }

    /// Text, with what was put aside in its place.
    fn text(&mut self, text: &str, is_emphasised: bool, pieces: &mut Vec<Piece>) -> Result<(), String> {
        for (place, piece) in text.split(PLACEHOLDER[0]).enumerate() {
            let mut said = piece;
            if place > 0 {
                let shown = number_of(piece).and_then(|number| self.put_aside(number));
                match shown.ok_or("a character of a private area stands in it")? {
                    Shown::Prose(prose) => pieces.extend(prose.into_iter().map(Piece::Inline)),
                    Shown::Formula(math) => pieces.push(Piece::Formula(math)),
                    Shown::Blocks(blocks) => pieces.push(Piece::Blocks(blocks)),
                    Shown::Steps(steps) => pieces.push(Piece::Steps(steps)),
                }
                said = piece.split_once(PLACEHOLDER[1]).map_or("", |(_, rest)| rest);
            }
            if said.is_empty() {
                continue;
            }
            match pieces.last_mut() {
                Some(Piece::Inline(Inline::Text(before))) if !is_emphasised => before.push_str(said),
                Some(Piece::Inline(Inline::Emphasis(before))) if is_emphasised => before.push_str(said),
                _ if is_emphasised => pieces.push(Piece::Inline(Inline::Emphasis(said.to_owned()))),
                _ => pieces.push(Piece::Inline(Inline::Text(said.to_owned()))),
            }
        }
        Ok(())
    }
}

/// Pieces in a line, without spaces at its ends and without two in a row.
fn inline(pieces: Vec<Piece>) -> Result<Prose, String> {
    let mut prose = Prose::new();
    for piece in pieces {
        prose.push(match piece {
            Piece::Inline(inline) => inline,
            Piece::Formula(math) => Inline::Math(math),
            Piece::Display(..) => {
                return Err("a displayed formula stands in a line of text; set it between blank lines".into());
            }
            Piece::Blocks(_) | Piece::Steps(_) => {
                return Err("what is displayed by itself stands in a line of text; set it between blank lines".into());
            }
        });
    }
    let last = prose.len().saturating_sub(1);
    for (place, piece) in prose.iter_mut().enumerate() {
        if let Inline::Text(text) = piece {
            let mut single = String::with_capacity(text.len());
            for character in text.chars() {
                if character != ' ' || !single.ends_with(' ') {
                    single.push(character);
                }
            }
            if place == 0 {
                single.drain(..single.len() - single.trim_start_matches(' ').len());
            }
            if place == last {
                single.truncate(single.trim_end_matches(' ').len());
            }
            *text = single;
        }
    }
    prose.retain(|piece| !matches!(piece, Inline::Text(text) if text.is_empty()));
    Ok(prose)
}

/// What is text alone.
fn plain(prose: Prose) -> Result<String, String> {
    let piece = |piece| match piece {
        Inline::Text(text) | Inline::Emphasis(text) | Inline::Code(text) => Ok(text),
        Inline::Math(_) => Err("a formula stands in a heading or in a table".to_owned()),
    };
    prose.into_iter().map(piece).collect()
}

/// What no text may have.
fn refused(event: &Event<'_>) -> String {
    let what = match event {
        Event::Start(Tag::CodeBlock(_)) => "a block of code (are lines indented by four spaces?)",
        Event::Start(Tag::HtmlBlock) | Event::Html(_) | Event::InlineHtml(_) => "HTML",
        Event::Start(Tag::Link { .. }) => "a link",
        Event::Start(Tag::Image { .. }) => "a picture",
        Event::Rule => "a rule",
        Event::Start(_) => "a list in a list, or several paragraphs in an item",
        _ => "something that is no text",
    };
    format!("{what} stands in it; a text has headings, paragraphs, formulas, quotes, lists and tables")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::{Relation, row};
    use crate::templates::placeholder;

    fn told(text: &str) -> Vec<Part> {
        let shown = [
            Shown::Formula('q'.into()),
            Shown::Prose(vec![Inline::Code("Conv1d(1)".into()), " and".into()]),
            Shown::Blocks(vec!['a'.into(), 'b'.into()].into_iter().map(Block::Formula).collect()),
            Shown::Steps(vec![Step::text(vec!["One.".into()]), Step::text(vec!["Two.".into()])]),
        ];
        parts(text, shown.to_vec(), ",").unwrap().parts
    }

    fn steps(text: &str) -> Vec<Step> {
        let [part] = &told(text)[..] else { panic!("one part") };
        part.steps.clone()
    }

    #[test]
    fn a_heading_begins_a_part_and_a_paragraph_a_step() {
        let read = told("# One *thing*\n\nInput $i$\nis `here`.\n\n## Another\n\nA.\n\nB.\n");
        assert_eq!(read.iter().map(|part| &*part.heading).collect::<Vec<_>>(), ["One thing", "Another"]);
        let claim =
            vec!["Input ".into(), Inline::Math('i'.into()), " is ".into(), Inline::Code("here".into()), ".".into()];
        assert_eq!(read[0].steps, [Step::text(claim)]);
        assert_eq!(read[1].steps.len(), 2);
    }

    #[test]
    fn what_stands_alone_is_displayed_below_its_claim_and_a_quote_is_the_reason() {
        let [formula, prose, blocks, _] = [0, 1, 2, 3].map(placeholder);
        let read = steps(&format!("Here, {formula}, {prose}:\n\n{formula}\n\n{blocks}\n\n> As $k$\n> is.\n"));
        let [step] = &read[..] else { panic!("one step: {read:?}") };
        assert_eq!(step.blocks, ['q', 'a', 'b'].map(|letter| Block::Formula(letter.into())));
        assert_eq!(step.reason, Some(vec!["As ".into(), Inline::Math('k'.into()), " is.".into()]));
        assert_eq!(step.claim[1], Inline::Math('q'.into()));
        assert_eq!(step.claim[3..], [Inline::Code("Conv1d(1)".into()), " and:".into()]);
    }

    #[test]
    fn lines_with_an_ampersand_are_aligned_and_others_displayed_by_themselves() {
        let read = steps("So:\n\n$$a & = b$$\n$$\"no\" & = 3$$\n\n$$k$$\n");
        let lines = vec![('a'.into(), row![Relation::Equals, 'b']), ("no".into(), row![Relation::Equals, 3_usize])];
        assert_eq!(read[0].blocks, [Block::Formula(Math::Aligned(lines)), Block::Formula('k'.into())]);
    }

    #[test]
    fn steps_tables_and_lists_take_their_places() {
        let read = steps(&format!("Zero.\n\n{}\n\n| a | b |\n|-|-|\n| x | 1200 |\n\n- *one*\n- two\n", placeholder(3)));
        assert_eq!(read.len(), 3);
        let table = Table {
            header: vec!["a".into(), "b".into()],
            rows: vec![vec!["x".into(), TableCell::Count("1,200".into())]],
        };
        let items = vec![vec![Inline::Emphasis("one".into())], vec!["two".into()]];
        assert_eq!(read[2].blocks, [Block::Table(table), Block::List(List { is_numbered: false, items })]);
    }

    #[test]
    fn a_sentence_that_ends_with_a_one_begins_no_list() {
        assert_eq!(
            steps("The stride is\n1. It is small.\n"),
            [Step::text(vec!["The stride is 1. It is small.".into()])]
        );
        let items = vec![vec!["a".into()], vec!["b".into()]];
        assert_eq!(steps("So:\n\n1. a\n2. b\n")[0].blocks, [Block::List(List { is_numbered: true, items })]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let [_, _, blocks, _] = [0, 1, 2, 3].map(placeholder);
        for wrong in
            ["    code", "<b>x</b>", "[a](b)", "![a](b)", "---", "- a\n\n  b", "in $$k$$ line", "# $k$", "\u{E000}"]
        {
            assert!(parts(wrong, Vec::new(), ",").is_err(), "{wrong:?}");
        }
        assert!(parts(&format!("a {blocks}"), Vec::new(), ",").is_err());
    }
}
