//! temporary
use convt_matrix::{geometry::Operation, sweep::*};
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
    let threads: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let question = Question {
        checks: [Check::Taps, Check::Matrix, Check::ZeroInsertion].into_iter().collect(),
        plant: None,
        seed: 0,
    };
    let sweep = Sweep::new(vec![grid.clone()], Coverage::Exhaustive, question).unwrap();
    let t = std::time::Instant::now();
    for _ in 0..60 {
        let _ = sweep.run(NonZeroUsize::new(threads).unwrap(), &Unwatched);
    }
    let dt = t.elapsed().as_secs_f64() / 60.0;
    println!("{:.4} s {:.0} k combos/s {:.0} k layers/s", dt, 10.8 / dt, 7.042 / dt);
}
