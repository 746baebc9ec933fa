//! What a document can have: the kinds of documents, and of each its sections in order.

use super::{Document, Fact, Facts, Outline, Passage, Subject, Volume, facts};
use crate::templates::{TemplateError, Templates};

/// A kind of document about a subject. `Q` is what else it takes to ask for one: an entry, the evidence; often nothing.
#[derive(Debug)]
pub struct DocumentKind<Q: ?Sized + 'static = ()> {
    /// What stands above its sections: a heading, and the claims below it.
    pub(super) opening: fn(&Subject<'_>, &Q) -> Passage,
    /// Its sections, in order.
    pub sections: &'static [SectionKind<Q>],
}

/// A section that a kind of document can have.
#[derive(Clone, Copy, Debug)]
pub struct SectionKind<Q: ?Sized = ()> {
    /// The name it is asked for by.
    pub id: &'static str,
    /// The name of its text.
    pub(super) text: &'static str,
    /// What the text is told about.
    pub(super) facts: fn(&Subject<'_>, &Q) -> Facts,
    /// Whether there is anything to say.
    pub(super) applies: fn(&Subject<'_>, &Q) -> bool,
    /// How much its formulas write; an upper bound.
    pub(super) volume: fn(&Outline<'_>) -> Volume,
    /// Which numbers it shows.
    pub(super) numbers: NumbersShown,
    /// Whether it speaks of products of weights and inputs. What does not needs no road to confirm it.
    pub(super) takes_products: bool,
}

/// Which of the numbers are shown; each shows what those before it show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NumbersShown {
    /// None.
    None,
    /// The weight.
    Weight,
    /// Everything that is given.
    Given,
    /// What the given numbers lead to, too.
    Computed,
}

impl<Q: ?Sized> SectionKind<Q> {
    /// A section that shows all numbers, always has something to say, and is short: a text, and what it is told.
    pub(super) const fn of(id: &'static str, text: &'static str, facts: fn(&Subject<'_>, &Q) -> Facts) -> Self {
        let (numbers, takes_products) = (NumbersShown::Computed, true);
        Self { id, text, facts, applies: |_, _| true, volume: |_| Volume::from([]), numbers, takes_products }
    }

    /// What the section says about a subject.
    pub(super) fn passage(&self, subject: &Subject<'_>, question: &Q) -> Passage {
        Passage::new(self.text, (self.facts)(subject, question))
    }

    /// The same, writing formulas of this volume.
    pub(super) const fn of_volume(self, volume: fn(&Outline<'_>) -> Volume) -> Self {
        Self { volume, ..self }
    }

    /// The same, showing no more numbers than these.
    pub(super) const fn showing(self, numbers: NumbersShown) -> Self {
        Self { numbers, ..self }
    }

    /// The same, made of sums and names alone.
    pub(super) const fn without_products(self) -> Self {
        Self { takes_products: false, ..self }
    }

    /// The same, where there is anything to say.
    pub(super) const fn if_so(self, applies: fn(&Subject<'_>, &Q) -> bool) -> Self {
        Self { applies, ..self }
    }
}

/// A section that no document of a kind has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no section {asked:?}; there are {}", known.join(", "))]
#[non_exhaustive]
pub struct UnknownSection {
    /// What was asked for.
    pub asked: String,
    /// What there is.
    pub known: Vec<&'static str>,
}

impl<Q: ?Sized> DocumentKind<Q> {
    /// The names of the sections, in order.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> + use<Q> {
        self.sections.iter().map(|section| section.id)
    }

    /// The document with all of its sections.
    pub fn whole(&'static self) -> Chosen<Q> {
        Chosen { kind: self, sections: self.sections.iter().collect() }
    }

    /// The document with some of its sections, in their own order.
    ///
    /// # Errors
    /// When there is no section of a name.
    pub fn only(&'static self, ids: &[impl AsRef<str>]) -> Result<Chosen<Q>, UnknownSection> {
        if let Some(unknown) = ids.iter().find(|id| !self.ids().any(|known| known == id.as_ref())) {
            return Err(UnknownSection { asked: unknown.as_ref().to_owned(), known: self.ids().collect() });
        }
        let is_asked_for = |section: &&SectionKind<Q>| ids.iter().any(|id| id.as_ref() == section.id);
        Ok(Chosen { kind: self, sections: self.sections.iter().filter(is_asked_for).collect() })
    }
}

/// A document that is asked for: its kind and the sections it shall have.
#[derive(Debug)]
#[must_use]
pub struct Chosen<Q: ?Sized + 'static = ()> {
    kind: &'static DocumentKind<Q>,
    sections: Vec<&'static SectionKind<Q>>,
}

impl<Q: ?Sized> Chosen<Q> {
    /// How much its formulas write, before any of them is made; an upper bound.
    pub fn volume(&self, outline: &Outline<'_>) -> Volume {
        self.sections.iter().map(|section| (section.volume)(outline)).sum()
    }

    /// Which numbers it shows.
    #[must_use]
    pub fn numbers(&self) -> NumbersShown {
        self.sections.iter().map(|section| section.numbers).max().unwrap_or(NumbersShown::None)
    }

    /// Whether any of it speaks of products of weights and inputs.
    #[must_use]
    pub fn takes_products(&self) -> bool {
        self.sections.iter().any(|section| section.takes_products)
    }

    /// The document about a subject, with those of the sections that have something to say about it.
    ///
    /// What was proved is read from the witness that the subject was made of.
    ///
    /// # Errors
    /// When a replaced template does not work; the built-in ones do.
    pub fn document(
        &self,
        subject: &Subject<'_>,
        question: &Q,
        templates: &Templates,
    ) -> Result<Document, TemplateError> {
        let opening = (self.kind.opening)(subject, question).opening(templates)?;
        let sections = self.sections.iter().filter(|section| (section.applies)(subject, question));
        let mut before = Vec::new();
        let sections = sections.map(|section| {
            let mut passage = section.passage(subject, question);
            passage.facts = passage.facts.and(facts! {
                /// The names of the sections that stand before this one.
                sections_before: Fact::list(before.iter().copied()),
            });
            before.push(section.id);
            passage.section(section.id, templates)
        });
        Ok(Document { sections: sections.collect::<Result<_, _>>()?, ..opening })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::{backward::GRADIENTS, derivation::DERIVATION, explanation};
    use std::collections::BTreeSet;

    #[test]
    fn the_sections_of_a_document_have_names_of_their_own() {
        let kinds = [
            DERIVATION.ids().collect::<Vec<_>>(),
            explanation::ENTRY.ids().collect(),
            explanation::OUTPUT.ids().collect(),
            explanation::BUFFERS.ids().collect(),
            GRADIENTS.ids().collect(),
        ];
        for ids in kinds {
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
            assert!(ids.iter().all(|id| !id.is_empty()), "{ids:?}");
        }
    }

    #[test]
    fn sections_come_in_their_own_order_whatever_the_order_they_are_asked_for_in() {
        let chosen = DERIVATION.only(&["proof", "sizes", "proof"]).unwrap();
        assert_eq!(chosen.sections.iter().map(|section| section.id).collect::<Vec<_>>(), ["sizes", "proof"]);
    }

    #[test]
    fn a_section_that_is_not_there_is_refused_with_those_that_are() {
        let refused = explanation::BUFFERS.only(&["sum", "row"]).unwrap_err();
        assert_eq!(refused.to_string(), "there is no section \"row\"; there are copies, sum");
    }

    #[test]
    fn a_document_shows_what_the_most_demanding_of_its_sections_shows() {
        let asked = |ids: &[&str]| {
            let chosen = DERIVATION.only(ids).unwrap();
            (chosen.numbers(), chosen.takes_products())
        };
        assert_eq!(asked(&["sizes"]), (NumbersShown::None, false));
        assert_eq!(asked(&["sizes", "symbols"]), (NumbersShown::Given, false));
        assert_eq!(asked(&["symbols", "matrix"]), (NumbersShown::Given, true));
        assert_eq!(asked(&["transpose", "entries"]), (NumbersShown::Computed, true));
        assert_eq!(asked(&[]), (NumbersShown::None, false));
    }
}
