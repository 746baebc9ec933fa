//! Speed of building W~ as compressed sparse rows, beside the cost of writing arrays of the same lengths once.
//!
//! `fresh` arrays are new: the large ones come from the system, on large pages if it has them, so that their first
//! touch is paid for, by the builder as by the floor; `warm` ones have been written before. `transposing` has W~^T
//! built directly and by transposition of W~. Takes two to four minutes and up to 2.6 GB. A virtual machine may first
//! have to be given its memory by its host: single samples of `fresh`, of builder or floor, then take ten times as long.

use bytemuck::cast_slice_mut;
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
    fn plane(side: usize, kernel: usize, stride: usize) -> Self {
        Self { side, kernel, stride, channels: 1, reading: Reading::Convolution }
    }

    fn channels(kernel: usize) -> Self {
        Self { channels: 16, ..Self::plane(64, kernel, 1) }
    }

    fn transposed(self) -> Self {
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

/// Everything that is built.
fn cases() -> impl Iterator<Item = Case> {
    let planes = [128, 512, 1024, 2048].into_iter().flat_map(|side| {
        [3, 5, 7].into_iter().flat_map(move |kernel| [1, 2].map(|stride| Case::plane(side, kernel, stride)))
    });
    planes.chain(transposes()).chain([3, 5].map(Case::channels))
}

/// The matrices that are built in both ways.
fn transposes() -> impl Iterator<Item = Case> {
    let planes = [(128, 3, 1), (128, 3, 2), (1024, 3, 2), (1024, 5, 1), (1024, 5, 2)];
    let planes = planes.map(|(side, kernel, stride)| Case::plane(side, kernel, stride));
    planes.into_iter().chain([3, 5].map(Case::channels)).map(Case::transposed)
}

const THREADS: [usize; 2] = [1, 2];

/// One line of a table.
#[derive(Clone, Copy)]
struct Line(Case, Work);

#[derive(Clone, Copy)]
enum Work {
    Floor,
    Build,
    Transpose,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = match self.1 {
            Work::Floor => "floor",
            Work::Build => "built",
            Work::Transpose => "by transposition",
        };
        write!(f, "{}, {work}", self.0)
    }
}

/// Every case, its floor first.
fn lines() -> impl Iterator<Item = Line> {
    cases().flat_map(|case| [Work::Floor, Work::Build].map(|work| Line(case, work)))
}

/// Into new arrays; divan frees them outside of the time it takes.
#[divan::bench(args = lines(), consts = THREADS, sample_count = 10, sample_size = 1)]
fn fresh<const THREADS: usize>(bencher: Bencher<'_, '_>, Line(case, work): Line) {
    let taps = case.taps();
    let weights = weights(&taps);
    bencher.counter(ItemsCount::new(taps.count())).bench_local(|| match work {
        Work::Floor => write_fresh(&taps, THREADS),
        _ => CsrArrays::of_taps(&taps, &weights, threads::<THREADS>()).expect("fits"),
    });
}

/// Into the same arrays again.
#[divan::bench(args = lines(), consts = THREADS, sample_count = 10, sample_size = 1, max_time = 1)]
fn warm<const THREADS: usize>(bencher: Bencher<'_, '_>, Line(case, work): Line) {
    let taps = case.taps();
    let weights = weights(&taps);
    let mut arrays = CsrArrays::of_taps(&taps, &weights, threads::<THREADS>()).expect("fits");
    bencher.counter(ItemsCount::new(taps.count())).bench_local(|| {
        match work {
            Work::Floor => write_once(&mut arrays, THREADS),
            _ => arrays.refill(&taps, &weights, threads::<THREADS>()).expect("fits"),
        }
        black_box(&mut arrays);
    });
}

/// Every transpose, its floor first, then the two ways to it.
fn ways() -> impl Iterator<Item = Line> {
    transposes().flat_map(|case| [Work::Floor, Work::Build, Work::Transpose].map(|work| Line(case, work)))
}

/// W~^T into new arrays with one thread; the transposition (by sprs) finds W~ already built.
#[divan::bench(args = ways(), sample_count = 10, sample_size = 1, max_time = 1)]
fn transposing(bencher: Bencher<'_, '_>, Line(case, work): Line) {
    let taps = case.taps();
    let weights = weights(&taps);
    let bencher = bencher.counter(ItemsCount::new(taps.count()));
    match work {
        Work::Floor => bencher.bench_local(|| write_fresh(&taps, 1)),
        Work::Build => bencher.bench_local(|| CsrArrays::of_taps(&taps, &weights, threads::<1>()).expect("fits")),
        Work::Transpose => {
            let untransposed = taps.transposed();
            let matrix = CsrArrays::of_taps(&untransposed, &weights, threads::<1>()).expect("fits").into_sprs();
            bencher.bench_local(|| matrix.transpose_view().to_csr());
        }
    }
}

fn weights(taps: &Taps) -> Vec<f64> {
    (1..=taps.weights() as u32).map(f64::from).collect()
}

fn threads<const THREADS: usize>() -> NonZeroUsize {
    NonZeroUsize::new(THREADS).expect("at least one")
}

/// New arrays of the lengths of the matrix, written once.
fn write_fresh(taps: &Taps, threads: usize) -> CsrArrays<f64> {
    let mut arrays = CsrArrays::zeroed(taps).expect("fits");
    write_once(&mut arrays, threads);
    arrays
}

/// Writes the arrays once, each thread an equal share, as bytes: nothing that the system's library has is faster.
fn write_once(arrays: &mut CsrArrays<f64>, threads: usize) {
    let share = |length: usize| length.div_ceil(threads);
    let (starts, entries) = (share(arrays.indptr.len()), share(arrays.indices.len()));
    let shares =
        arrays.indptr.chunks_mut(starts).zip(arrays.indices.chunks_mut(entries)).zip(arrays.values.chunks_mut(entries));
    std::thread::scope(|scope| {
        for (place, ((indptr, indices), values)) in shares.enumerate() {
            let mut write = move || {
                for bytes in [cast_slice_mut(indptr), cast_slice_mut(indices), cast_slice_mut(values)] {
                    bytes.fill(black_box(1_u8));
                }
            };
            if place + 1 == threads { write() } else { drop(scope.spawn(write)) }
        }
    });
}
