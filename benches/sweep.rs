//! Speed of sweeps, beside a plain loop that does the same arithmetic on integers and proves nothing.
//!
//! `main_roads` is the grid of the README: 10 800 combinations, 7 042 layers, by the taps identity, the textbook loops
//! against the matrix, and the zero insertion, all symbolic. `growth` draws more and more combinations of one large grid.
//! `taps` verifies single layers with more and more taps. Takes about two minutes.

use convt_matrix::geometry::{AxisSettings, ChannelSettings, Layer, Operation, Padding};
use convt_matrix::sweep::{Check, Checks, Choice, Coverage, Grid, Question, Sweep, Unwatched, Values};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use std::num::NonZeroUsize;

fn main() {
    divan::main();
}

fn grid() -> Grid {
    Grid {
        input: Choice::PerAxis(vec![(1..=5).into(); 2]),
        kernel: Choice::Shared((1..=4).into()),
        stride: Choice::Shared((1..=3).into()),
        padding: Choice::Shared(Values::from(0..=3).into()),
        dilation: Choice::Shared((1..=3).into()),
        output_padding: Choice::Shared((0..=2).into()),
        ..Grid::small(Operation::Transposed, 2)
    }
}

fn main_roads() -> Checks {
    [Check::Taps, Check::Matrix, Check::ZeroInsertion].into_iter().collect()
}

fn sweep(grid: Grid, coverage: Coverage, checks: Checks) -> Sweep {
    Sweep::new(vec![grid], coverage, Question { checks, plant: None, seed: 0 }).expect("a sweep that can be made")
}

fn run(bencher: Bencher<'_, '_>, sweep: &Sweep, threads: usize) {
    let threads = NonZeroUsize::new(threads).expect("a thread at least");
    bencher.counter(ItemsCount::new(sweep.size())).bench(|| {
        let tally = sweep.run(threads, &Unwatched);
        assert!(tally.holds());
        tally
    });
}

#[divan::bench(args = [1, 2])]
fn main_roads_by_threads(bencher: Bencher<'_, '_>, threads: usize) {
    run(bencher, &sweep(grid(), Coverage::Exhaustive, main_roads()), threads);
}

#[divan::bench(args = [1, 2], sample_count = 10)]
fn every_check_by_threads(bencher: Bencher<'_, '_>, threads: usize) {
    run(bencher, &sweep(grid(), Coverage::Exhaustive, Checks::all()), threads);
}

#[divan::bench(args = [1_000, 10_000, 100_000, 1_000_000, 10_000_000], sample_count = 3, sample_size = 1)]
fn growth(bencher: Bencher<'_, '_>, draws: u64) {
    let grid = grid().anisotropic();
    run(bencher, &sweep(grid, Coverage::Sample { draws, seed: 0 }, main_roads()), 2);
}

#[divan::bench(args = [8, 32, 128, 512], sample_count = 5)]
fn taps(bencher: Bencher<'_, '_>, side: usize) {
    let axis = AxisSettings { stride: 2, padding: Padding::both(1), ..AxisSettings::new(side, 4) };
    let layer = Layer::new(Operation::Transposed, vec![axis; 2], ChannelSettings::default()).expect("a layer");
    let taps = layer.geometry().tap_count() as u64;
    let sweep = sweep(Grid::of_layer(&layer), Coverage::Exhaustive, main_roads());
    let one = NonZeroUsize::MIN;
    bencher.counter(ItemsCount::new(taps)).bench(|| sweep.run(one, &Unwatched));
}

/// The floor: scatter and zero-inserted convolution of each layer on integers, in arrays that are there already.
#[divan::bench]
fn floor(bencher: Bencher<'_, '_>) {
    let grid = grid();
    let layers: Vec<[AxisSettings; 2]> = (0..grid.count())
        .map(|index| grid.configuration(index))
        .filter(|configuration| configuration.layer().is_ok())
        .map(|configuration| [configuration.axes[0], configuration.axes[1]])
        .collect();
    let mut arrays = Arrays::default();
    let agreeing = |arrays: &mut Arrays| layers.iter().filter(|axes| arrays.agree(axes)).count();
    assert_eq!(agreeing(&mut arrays), layers.len());
    bencher.counter(ItemsCount::new(grid.count() as u64)).bench_local(|| agreeing(black_box(&mut arrays)));
}

/// Integers for the largest layer of the grid.
struct Arrays {
    x: [i64; 25],
    w: [i64; 16],
    scattered: [[i64; 32]; 32],
    operand: [[i64; 64]; 64],
}

impl Default for Arrays {
    fn default() -> Self {
        Self {
            x: std::array::from_fn(|place| place as i64 * 7 % 19 - 9),
            w: std::array::from_fn(|place| place as i64 * 5 % 17 - 8),
            scattered: [[0; 32]; 32],
            operand: [[0; 64]; 64],
        }
    }
}

impl Arrays {
    /// Whether both rules give the same output.
    fn agree(&mut self, axes: &[AxisSettings; 2]) -> bool {
        let [h, w] = axes;
        let (k, s, d, p, o) = (h.kernel, h.stride, h.dilation, h.padding.begin, h.output_padding);
        let size = |m: usize| (m - 1) * s + d * (k - 1) + 1 + o - 2 * p;
        let (rows, columns) = (size(h.input), size(w.input));
        self.scattered.iter_mut().take(rows + 2 * p).for_each(|row| row[..columns + 2 * p].fill(0));
        let reach = d * (k - 1);
        self.operand.iter_mut().take(rows + reach).for_each(|row| row[..columns + reach].fill(0));
        for i in 0..h.input {
            for j in 0..w.input {
                let x = self.x[i * w.input + j];
                for a in 0..k {
                    for b in 0..k {
                        self.scattered[i * s + a * d][j * s + b * d] += self.w[a * k + b] * x;
                    }
                }
                if let (Some(row), Some(column)) = ((i * s + reach).checked_sub(p), (j * s + reach).checked_sub(p)) {
                    self.operand[row][column] = x;
                }
            }
        }
        (0..rows).all(|i| {
            (0..columns).all(|j| {
                let mut sum = 0;
                for a in 0..k {
                    for b in 0..k {
                        sum += self.w[k * k - 1 - (a * k + b)] * self.operand[i + a * d][j + b * d];
                    }
                }
                sum == self.scattered[i + p][j + p]
            })
        })
    }
}
