//! temporary
use convt_matrix::{geometry::Operation, proof::Fault, sweep::*};
use std::num::NonZeroUsize;
fn main() {
    let v = |r: std::ops::RangeInclusive<usize>| Values::from(r);
    let grid = Grid {
        operation: Operation::Transposed,
        dimensions: 2,
        input: Choice::PerAxis(vec![v(1..=5); 2]),
        kernel: Choice::Shared(v(1..=4)),
        stride: Choice::Shared(v(1..=3)),
        padding: Choice::Shared(v(0..=3).into()),
        dilation: Choice::Shared(v(1..=3)),
        output_padding: Choice::Shared(v(0..=2)),
        in_channels: Values::one(1),
        out_channels: Values::one(1),
        groups: Values::one(1),
    };
    for (name, checks) in [
        ("main", vec![Check::Taps, Check::Matrix, Check::ZeroInsertion]),
        ("taps", vec![Check::Taps]),
        ("matrix", vec![Check::Matrix]),
        ("zi", vec![Check::ZeroInsertion]),
        ("sizes", vec![Check::Sizes]),
        ("im2col", vec![Check::Im2col]),
        ("kron", vec![Check::Kronecker]),
        ("adjoint", vec![Check::Adjoint]),
        ("sample", vec![Check::Sample]),
    ] {
        let question = Question { checks: checks.into_iter().collect(), plant: None, seed: 0 };
        let sweep = Sweep::new(vec![grid.clone()], Coverage::Exhaustive, question).unwrap();
        for threads in [1, 2] {
            let reps = if name == "sample" || name == "im2col" { 1 } else { 20 };
            let t = std::time::Instant::now();
            let mut tally = Tally::default();
            for _ in 0..reps {
                tally = sweep.run(NonZeroUsize::new(threads).unwrap(), &Unwatched);
            }
            let dt = t.elapsed().as_secs_f64() / reps as f64;
            println!(
                "{name} {threads}: {:.3} s {:.0} k combos/s {:.0} k layers/s  {} {} {} {:?}",
                dt,
                10.8 / dt,
                7.042 / dt,
                tally.combinations,
                tally.layers,
                tally.taps,
                tally.holds()
            );
        }
    }
    for fault in Fault::ALL {
        let question = Question {
            checks: [Check::Taps, Check::Matrix, Check::ZeroInsertion].into_iter().collect(),
            plant: Some(fault),
            seed: 0,
        };
        let sweep = Sweep::new(vec![grid.clone()], Coverage::Exhaustive, question).unwrap();
        let tally = sweep.run(NonZeroUsize::new(2).unwrap(), &Unwatched);
        println!(
            "{fault:?} {:?} {:#?}",
            tally.exposure(),
            sweep.failure(&tally).map(|f| (f.shrunk, f.failed, f.counterexample.map(|c| c.to_string())))
        );
    }
}
