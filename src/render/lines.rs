//! Where a long formula may go on in the next line.

use crate::doc::{Math, Relation};

/// Takes a formula apart into pieces before each of which the line may end: at equals signs and before a plus of a sum.
pub(super) fn breakable(math: &Math) -> Vec<Vec<Math>> {
    let mut segments = vec![Vec::new()];
    let pieces = match math {
        Math::Row(pieces) => pieces.as_slice(),
        other => std::slice::from_ref(other),
    };
    for piece in pieces {
        match piece {
            Math::Relation(Relation::Equals | Relation::Approximately) => segments.push(vec![piece.clone()]),
            Math::Sum(terms) if !terms.is_empty() => {
                for (place, term) in terms.iter().enumerate() {
                    if place > 0 {
                        segments.push(vec![Relation::Plus.into()]);
                    }
                    last(&mut segments).push(term.clone());
                }
            }
            _ => last(&mut segments).push(piece.clone()),
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

fn last(segments: &mut [Vec<Math>]) -> &mut Vec<Math> {
    segments.last_mut().expect("there is always a segment")
}
