//! Markdown as GitHub reads it: formulas in fenced `math` blocks, where the Markdown parser leaves them alone.

use super::{Display, Latex, Writer, ZeroStyle, table};
use crate::doc::{Block, Inline, Math, Table};

/// Writes Markdown.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Markdown {
    latex: Latex,
}

impl Markdown {
    /// A writer.
    pub fn new(zeros: ZeroStyle) -> Self {
        Self { latex: Latex::for_mathjax(zeros) }
    }

    /// A formula without its fence.
    #[must_use]
    pub fn math(&self, math: &Math) -> String {
        let body = self.latex.math(math);
        match math {
            Math::Aligned(_) => format!("\\begin{{aligned}}\n{body}\n\\end{{aligned}}"),
            _ => body,
        }
    }
}

impl Writer for Markdown {
    type Display = Display;

    fn prose(&self, prose: &[Inline]) -> String {
        let mut out = String::new();
        for piece in prose {
            match piece {
                Inline::Text(text) => escape_to(text, &mut out),
                // $`...`$ is GitHub's spelling for formulas that Markdown must not touch.
                Inline::Math(math) => out.push_str(&format!("$`{}`$", self.latex.math(math))),
                Inline::Emphasis(text) => out.push_str(&format!("*{text}*")),
                Inline::Code(text) => out.push_str(&format!("`{text}`")),
            }
        }
        out
    }

    fn table(&self, table: &Table) -> String {
        table::markdown(table, |words| self.plain(words))
    }

    fn display(&self, block: &Block) -> Display {
        Display::of(self, block, |math| self.math(math))
    }
}

fn escape_to(text: &str, out: &mut String) {
    for character in text.chars() {
        if matches!(character, '*' | '_' | '`' | '<' | '>' | '\\' | '[' | ']' | '$' | '~' | '|') {
            out.push('\\');
        }
        out.push(character);
    }
}
