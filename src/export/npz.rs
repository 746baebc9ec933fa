//! W~ as `scipy.sparse.load_npz` reads it: the arrays of compressed rows in an archive.

use super::matrix::{ExportError, MatrixExport, MatrixFormat, Numbers};
use super::npy::{Element, array};
use crate::matrix::CsrArrays;
use std::io::{Cursor, Write as _};
use std::num::NonZeroUsize;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

impl MatrixExport<'_> {
    pub(super) fn npz(&self) -> Result<Vec<u8>, ExportError> {
        let weights = Numbers::of(self.needed(MatrixFormat::Npz)?)?;
        let matrix =
            CsrArrays::of_taps(&self.taps, &weights.bytes, NonZeroUsize::MIN).map_err(ExportError::OutOfMemory)?;
        let int32 = |numbers: &mut dyn Iterator<Item = u32>| {
            let words: Vec<[u8; 4]> = numbers.map(u32::to_le_bytes).collect();
            array(Element::Int32, &[words.len()], words.as_flattened().iter().copied())
        };
        let (rows, columns) = matrix.shape;
        let shape = [rows, columns].map(|extent| extent as i64);
        let members = [
            ("indices.npy", int32(&mut matrix.indices.iter().copied())),
            ("indptr.npy", int32(&mut matrix.indptr.iter().map(|&start| start as u32))),
            ("format.npy", array(Element::Bytes3, &[], *b"csr")),
            ("shape.npy", array(Element::Int64, &[2], shape.iter().flat_map(|extent| extent.to_le_bytes()))),
            ("data.npy", array(weights.element, &[matrix.values.len()], matrix.values.as_flattened().iter().copied())),
        ];
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, bytes) in members {
            archive.start_file(name, options).expect("a short name, in memory");
            archive.write_all(&bytes).expect("memory takes everything");
        }
        Ok(archive.finish().expect("memory takes everything").into_inner())
    }
}
