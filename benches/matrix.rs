//! Speed of building W~ as compressed sparse rows, beside the cost of writing arrays of the same lengths once.
//!
//! `fresh` arrays come from the allocator, and from 32 MB on from the system, so that their first touch is paid for;
//! `warm` ones have been written before. On Linux with glibc, `GLIBC_TUNABLES=glibc.malloc.hugetlb=1` asks for large
//! pages, for the builder and for the floor.

use convt_matrix::geometry::{AxisSettings, ChannelSettings, Layer, Operation};
use convt_matrix::matrix::CsrArrays;
use convt_matrix::taps::Taps;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use std::fmt;
use std::num::NonZeroUsize;

fn main() {
    divan::main();
}

/// A layer on a square input; displayed as what is measured.
#[derive(Clone, Copy)]
struct Case {
    side: usize,
    kernel: usize,
    stride: usize,
    channels: usize,
    reading: Reading,
}

/// Which matrix the taps are read as.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    Convolution,
    Transposed,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { side, kernel, stride, channels, .. } = self;
        write!(f, "{side}x{side} k{kernel} s{stride}")?;
        if *channels > 1 {
            write!(f, " {channels}x{channels} channels")?;
        }
        f.write_str(if self.reading == Reading::Transposed { " transposed" } else { "" })
    }
}

impl Case {
    const fn plane(side: usize, kernel: usize, stride: usize) -> Self {
        Self { side, kernel, stride, channels: 1, reading: Reading::Convolution }
    }

    const fn transposed(self) -> Self {
        Self { reading: Reading::Transposed, ..self }
    }

    fn taps(self) -> Taps {
        let axis = AxisSettings { stride: self.stride, ..AxisSettings::new(self.side, self.kernel) };
        let channels = ChannelSettings { input: self.channels, output: self.channels, groups: 1 };
        let layer = Layer::new(Operation::Convolution, vec![axis; 2], channels).expect("legal");
        let taps = Taps::of(layer.geometry()).expect("indices fit");
        if self.reading == Reading::Transposed { taps.transposed() } else { taps }
    }
}

const CASES: [Case; 14] = [
    Case::plane(128, 3, 1),
    Case::plane(128, 5, 1),
    Case::plane(256, 5, 1),
    Case::plane(512, 5, 1),
    Case::plane(1024, 3, 1),
    Case::plane(1024, 3, 2),
    Case::plane(1024, 5, 1),
    Case::plane(1024, 5, 2),
    Case::plane(128, 3, 1).transposed(),
    Case::plane(1024, 3, 2).transposed(),
    Case::plane(1024, 5, 1).transposed(),
    Case::plane(1024, 5, 2).transposed(),
    Case { channels: 16, ..Case::plane(64, 3, 1) },
    Case { channels: 16, ..Case::plane(64, 3, 1) }.transposed(),
];

const THREADS: [usize; 2] = [1, 2];

/// One line of a table.
#[derive(Clone, Copy)]
struct Line(Case, Work);

#[derive(Clone, Copy)]
enum Work {
    Floor,
    Build,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.0, if matches!(self.1, Work::Floor) { "floor" } else { "built" })
    }
}

/// Every case, its floor first.
fn lines() -> impl Iterator<Item = Line> {
    CASES.into_iter().flat_map(|case| [Line(case, Work::Floor), Line(case, Work::Build)])
}

/// Into new arrays; divan frees them outside of the time it takes.
#[divan::bench(args = lines(), consts = THREADS, sample_count = 10, sample_size = 1)]
fn fresh<const THREADS: usize>(bencher: Bencher<'_, '_>, Line(case, work): Line) {
    let taps = case.taps();
    let weights = weights(&taps);
    bencher.counter(ItemsCount::new(taps.count())).bench_local(|| match work {
        Work::Floor => {
            let mut arrays = untouched(&taps);
            write_once(&mut arrays, THREADS);
            arrays
        }
        Work::Build => CsrArrays::of_taps(&taps, &weights, threads::<THREADS>()),
    });
}

/// Into the same arrays again.
#[divan::bench(args = lines(), consts = THREADS, sample_count = 10, sample_size = 1)]
fn warm<const THREADS: usize>(bencher: Bencher<'_, '_>, Line(case, work): Line) {
    let taps = case.taps();
    let weights = weights(&taps);
    let mut arrays = CsrArrays::of_taps(&taps, &weights, threads::<THREADS>());
    bencher.counter(ItemsCount::new(taps.count())).bench_local(|| {
        match work {
            Work::Floor => write_once(&mut arrays, THREADS),
            Work::Build => arrays.refill(&taps, &weights, threads::<THREADS>()),
        }
        black_box(&mut arrays);
    });
}

fn weights(taps: &Taps) -> Vec<f64> {
    (1..=taps.weights() as u32).map(f64::from).collect()
}

fn threads<const THREADS: usize>() -> NonZeroUsize {
    NonZeroUsize::new(THREADS).expect("at least one")
}

/// Arrays of the lengths of the matrix, untouched: zero pages.
fn untouched(taps: &Taps) -> CsrArrays<f64> {
    CsrArrays {
        shape: (taps.rows(), taps.columns()),
        indptr: vec![0; taps.rows() + 1],
        indices: vec![0; taps.count()],
        values: vec![0.0; taps.count()],
    }
}

/// Writes every element of the arrays once, each thread an equal share.
fn write_once(arrays: &mut CsrArrays<f64>, threads: usize) {
    let share = |length: usize| length.div_ceil(threads);
    let (starts, entries) = (share(arrays.indptr.len()), share(arrays.indices.len()));
    let shares =
        arrays.indptr.chunks_mut(starts).zip(arrays.indices.chunks_mut(entries)).zip(arrays.values.chunks_mut(entries));
    std::thread::scope(|scope| {
        for (place, ((indptr, indices), values)) in shares.enumerate() {
            let mut write = move || {
                indptr.fill(black_box(1));
                indices.fill(black_box(1));
                values.fill(black_box(1.0));
            };
            if place + 1 == threads { write() } else { drop(scope.spawn(write)) }
        }
    });
}
