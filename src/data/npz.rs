//! Archives of NumPy arrays (`.npz`): a zip file with one `.npy` file per array.

use super::error::DataError;
use super::npy::{self, Array, unreadable};
use crate::wording::excerpt;
use std::cell::Cell;
use std::io::{Read, Seek, SeekFrom};
use std::rc::Rc;
use zip::ZipArchive;
use zip::result::ZipError;

/// The most files considered in an archive.
const MOST_FILES: usize = 4096;
/// The most bytes read to find out what is in an archive; this also bounds what the zip reader keeps of it.
const DIRECTORY: u64 = 8 << 20;
/// The names of so many arrays are listed in a message.
const LISTED: usize = 8;

/// The array of this name; without a name, the only one.
pub(super) fn read(mut file: impl Read + Seek, name: Option<&str>) -> Result<Array, DataError> {
    refuse_zip64(&mut file)?;
    let allowance = Rc::new(Cell::new(DIRECTORY));
    let mut archive = ZipArchive::new(Metered { inner: file, left: Rc::clone(&allowance) }).map_err(malformed)?;
    if archive.len() > MOST_FILES {
        return Err(DataError::new(
            format!("the archive has {} files; at most {MOST_FILES} are considered", archive.len()),
            "store the array by itself, with numpy.save",
        ));
    }
    // A name that is no text cannot be asked for either.
    let arrays: Vec<(usize, String)> = archive
        .file_names()
        .enumerate()
        .filter_map(|(index, name)| Some((index, name.ok()?.into_owned())))
        .filter(|(_, name)| name.ends_with(".npy"))
        .collect();
    let (index, chosen) = choose(&arrays, name)?;
    // From here on the reading is bounded by the size of one array.
    allowance.set(u64::MAX);
    let entry = archive.by_index(*index).map_err(malformed)?;
    // The size that the archive announces is nothing to rely on: the array's own header says how much is read.
    npy::read(entry).map_err(|error| error.about(excerpt(chosen)))
}

fn choose<'a>(arrays: &'a [(usize, String)], name: Option<&str>) -> Result<&'a (usize, String), DataError> {
    let Some(name) = name else {
        return match arrays {
            [only] => Ok(only),
            [] => Err(DataError::new("the archive has no array", "store one with numpy.savez")),
            _ => Err(DataError::new(
                format!("the archive has {} arrays: {}", arrays.len(), listed(arrays)),
                format!("name one after a colon, such as file.npz:{}", excerpt(bare(&arrays[0].1))),
            )),
        };
    };
    arrays.iter().find(|(_, array)| bare(array) == name || array == name).ok_or_else(|| {
        DataError::new(
            format!("the archive has no array '{}'", excerpt(name)),
            if arrays.is_empty() { "it has none at all".into() } else { format!("it has {}", listed(arrays)) },
        )
    })
}

fn bare(file: &str) -> &str {
    file.strip_suffix(".npy").unwrap_or(file)
}

fn listed(arrays: &[(usize, String)]) -> String {
    let names: Vec<String> = arrays.iter().take(LISTED).map(|(_, array)| excerpt(bare(array))).collect();
    match arrays.len().saturating_sub(LISTED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

fn malformed(error: ZipError) -> DataError {
    match error {
        ZipError::Io(error) => unreadable(error),
        ZipError::InvalidPassword | ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            DataError::new("the archive is encrypted", "store it without a password")
        }
        error => DataError::new(format!("the archive cannot be read: {error}"), "store it again with numpy.savez")
            .because(error),
    }
}

/// Refuses an archive with a 64-bit directory. It would be needed for more than 65 535 files or 4 GB, which is more
/// than is read; without it, a directory cannot announce more files than that, and nothing large is reserved for it.
fn refuse_zip64(file: &mut (impl Read + Seek)) -> Result<(), DataError> {
    const END: [u8; 4] = *b"PK\x05\x06";
    const LOCATOR: [u8; 4] = *b"PK\x06\x07";
    const LOCATOR_SIZE: usize = 20;
    // The end record is the last thing in the file, but for a comment of up to 65 535 bytes.
    const TAIL: u64 = 66_000;
    let mut tail = Vec::new();
    let length = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).map_err(unreadable)?;
    file.take(TAIL).read_to_end(&mut tail).map_err(unreadable)?;
    let located =
        tail.windows(LOCATOR_SIZE + END.len()).any(|window| window.starts_with(&LOCATOR) && window.ends_with(&END));
    if located {
        return Err(DataError::new(
            "the archive has a 64-bit directory, which only more than 65535 files or 4 GB need",
            "store the array by itself, with numpy.save",
        ));
    }
    Ok(())
}

/// A reader that stops when its allowance is used up.
struct Metered<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let left = self.left.get().checked_sub(count as u64);
        self.left.set(left.ok_or_else(|| std::io::Error::other("the archive's directory is too large"))?);
        Ok(count)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Cursor, Write as _};
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    fn array(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
    }

    fn archive(method: CompressionMethod, files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            // As NumPy does it: every file could be larger than 4 GB.
            let options = SimpleFileOptions::default().compression_method(method).large_file(true);
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn shape(bytes: &[u8], name: Option<&str>) -> Result<Vec<usize>, String> {
        read(Cursor::new(bytes), name).map(|array| array.shape().to_vec()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_array_is_found_by_its_name_and_alone_without_one() {
        let (weight, bias) = (array("|u1", "(2,)", &[1, 2]), array("|u1", "(3,)", &[1, 2, 3]));
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let both = archive(method, &[("weight.npy", &weight), ("bias.npy", &bias), ("notes.txt", b"x")]);
            assert_eq!(shape(&both, Some("weight")), Ok(vec![2]));
            assert_eq!(shape(&both, Some("bias.npy")), Ok(vec![3]));
            let one = archive(method, &[("w.npy", &weight), ("notes.txt", b"x")]);
            assert_eq!(shape(&one, None), Ok(vec![2]));
        }
    }

    #[test]
    fn several_arrays_without_a_name_are_listed_and_the_list_is_short() {
        let one = array("|u1", "(1,)", &[1]);
        let names: Vec<String> = (0..50).map(|number| format!("layer{number}.npy")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), one.as_slice())).collect();
        let bytes = archive(CompressionMethod::Stored, &files);
        let message = shape(&bytes, None).unwrap_err();
        assert!(message.contains("50 arrays: layer0, ") && message.contains("layer7 and 42 more"), "{message}");
        assert!(message.contains("file.npz:layer0"), "{message}");
        let message = shape(&bytes, Some("conv\u{1b}")).unwrap_err();
        assert!(message.contains("no array 'conv\\u{1b}'; it has layer0"), "{message}");
    }

    #[test]
    fn an_archive_without_arrays_and_no_archive_at_all_are_refused() {
        let empty = archive(CompressionMethod::Stored, &[("notes.txt", b"x")]);
        assert!(shape(&empty, None).unwrap_err().contains("no array"));
        assert!(shape(&empty, Some("x")).unwrap_err().contains("it has none at all"));
        assert!(shape(b"", None).unwrap_err().contains("cannot be read"));
        assert!(shape(&array("|u1", "(1,)", &[1]), None).unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn a_zip_bomb_is_read_no_further_than_its_array() {
        let mut bomb = array("|u1", "(4,)", &[0; 4]);
        bomb.resize(16 << 20, 0);
        let bytes = archive(CompressionMethod::Deflated, &[("w.npy", &bomb)]);
        assert!(bytes.len() < 30_000);
        assert!(shape(&bytes, None).unwrap_err().contains("w.npy: there are more bytes after the 4"));
        let absurd = array("<f8", "(1099511627776,)", &[0; 1000]);
        let bytes = archive(CompressionMethod::Deflated, &[("w.npy", &absurd)]);
        assert!(shape(&bytes, None).unwrap_err().contains("more values than the 16777216"));
    }

    #[test]
    fn too_many_files_and_a_64_bit_directory_are_refused() {
        let names: Vec<String> = (0..=MOST_FILES).map(|number| format!("{number}.npy")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), [].as_slice())).collect();
        assert!(shape(&archive(CompressionMethod::Stored, &files), Some("0")).unwrap_err().contains("4097 files"));
        let names: Vec<String> = (0..70_000).map(|number| format!("{number}.npy")).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), [].as_slice())).collect();
        assert!(
            shape(&archive(CompressionMethod::Stored, &files), Some("0")).unwrap_err().contains("64-bit directory")
        );
    }

    #[test]
    fn an_array_whose_checksum_is_wrong_is_refused() {
        let mut bytes = archive(CompressionMethod::Stored, &[("w.npy", &array("|u1", "(4,)", b"abcd"))]);
        let data = bytes.windows(4).position(|window| window == b"abcd").unwrap();
        bytes[data] = b'x';
        assert!(shape(&bytes, None).unwrap_err().contains("cannot be read"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = shape(&bytes, None);
        }

        #[test]
        fn no_mutation_of_a_valid_archive_panics(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<prop::sample::Index>(),
            deflated in any::<bool>(),
        ) {
            let method = if deflated { CompressionMethod::Deflated } else { CompressionMethod::Stored };
            let mut bytes = archive(method, &[("w.npy", &array("<f4", "(2, 3)", &[7; 24]))]);
            for (place, byte) in changes {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            let _ = shape(&bytes, None);
            let _ = shape(&bytes[..cut.index(bytes.len())], None);
        }
    }
}
