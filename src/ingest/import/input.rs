//! What is imported: a file or standard input, plain, gzip, zstd or zip by what its first bytes say.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::ImportError;
use super::zip::{LOCAL_HEADER, Zip};

/// Dumps of large communities are packed with windows of up to 2 GiB (`zstd --long=31`).
const ZSTD_WINDOW_LOG_MAX: u32 = 31;

/// Bytes read from the file at a time.
const BUFFER: usize = 256 * 1024;

/// An input of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportInput {
    /// Standard input, written `-`.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl From<PathBuf> for ImportInput {
    /// `-` is standard input.
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Stdin } else { Self::File(path) }
    }
}

impl fmt::Display for ImportInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl ImportInput {
    /// Whether it is there and can be opened.
    pub(super) fn check(&self) -> Result<(), ImportError> {
        match self {
            Self::Stdin => Ok(()),
            Self::File(_) => self.open().map(drop),
        }
    }

    pub(super) fn open(&self) -> Result<Opened, ImportError> {
        let path = match self {
            Self::Stdin => return Ok(Opened::new(Box::new(io::stdin()), None)),
            Self::File(path) => path,
        };
        let unreadable =
            |err: &io::Error| ImportError::Unreadable { input: self.to_string(), why: err.to_string() };
        let file = File::open(path).map_err(|err| match err.kind() {
            io::ErrorKind::NotFound => ImportError::NotFound { path: path.clone() },
            _ => unreadable(&err),
        })?;
        let about = file.metadata().map_err(|err| unreadable(&err))?;
        if about.is_dir() {
            return Err(ImportError::IsFolder { path: path.clone() });
        }
        // A pipe has no length that means anything.
        Ok(Opened::new(Box::new(file), about.is_file().then_some(about.len())))
    }
}

/// An input that is open and still compressed.
pub(super) struct Opened {
    raw: Counting<Box<dyn Read + Send>>,
    /// Its length in bytes, if it has one.
    pub(super) length: Option<u64>,
}

impl Opened {
    pub(super) fn new(raw: Box<dyn Read + Send>, length: Option<u64>) -> Self {
        Self { raw: Counting { inner: raw, read: ByteCounter::default() }, length }
    }

    pub(super) fn counter(&self) -> ByteCounter {
        self.raw.read.clone()
    }

    /// Hands the unpacked bytes to `read`: all of them at once, or those of each file of a zip archive.
    pub(super) fn each_part(
        self,
        mut read: impl FnMut(&mut dyn BufRead) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut whole = BufReader::with_capacity(BUFFER, self.raw);
        let (magic, end) = head_of(&mut whole, 4);
        end?;
        let mut whole = Cursor::new(magic.clone()).chain(whole);
        if magic == LOCAL_HEADER {
            return Zip::new(whole).each(|part| {
                let mut inner = BufReader::with_capacity(BUFFER, part);
                let (magic, end) = head_of(&mut inner, 4);
                end?;
                let mut inner = Cursor::new(magic.clone()).chain(inner);
                unpack(&magic, &mut inner, &mut read)
            });
        }
        unpack(&magic, &mut whole, &mut read)
    }
}

/// The first bytes, at most `length`, and how reading them ended: what came before a break is worth as much as ever.
pub(super) fn head_of(from: &mut dyn BufRead, length: u64) -> (Vec<u8>, io::Result<()>) {
    let mut head = Vec::new();
    let end = from.take(length).read_to_end(&mut head).map(drop);
    (head, end)
}

/// Unpacks what begins with `magic`. The name says nothing: archives are renamed, and standard input has none.
fn unpack(
    magic: &[u8],
    packed: &mut dyn BufRead,
    read: &mut dyn FnMut(&mut dyn BufRead) -> io::Result<()>,
) -> io::Result<()> {
    match magic {
        // A frame of zstd, or one that it skips.
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
            let mut decoder = zstd::Decoder::with_buffer(packed)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            read(&mut BufReader::with_capacity(BUFFER, decoder))
        }
        [0x1f, 0x8b, _, _] => {
            let decoder = flate2::bufread::MultiGzDecoder::new(packed);
            read(&mut BufReader::with_capacity(BUFFER, decoder))
        }
        _ => read(packed),
    }
}

/// How many bytes were read, readable from elsewhere.
#[derive(Clone, Debug, Default)]
pub(super) struct ByteCounter(Arc<AtomicU64>);

impl ByteCounter {
    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Counting<R> {
    inner: R,
    read: ByteCounter,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        self.read.0.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
