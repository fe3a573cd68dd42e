//! Zip archives, read from front to back: no index is needed, so pipes will do, and nothing is held in memory.

use std::io::{self, BufRead, Read};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

/// What a file within the archive begins with.
pub(super) const LOCAL_HEADER: [u8; 4] = *b"PK\x03\x04";

/// An archive at the border between two files.
pub(super) struct Zip<R> {
    inner: R,
}

/// What stands before a file.
struct Header {
    name: String,
    encrypted: bool,
    /// Its size and checksum stand behind it.
    told_behind: bool,
    method: u16,
    crc: u32,
    packed_size: u64,
}

/// A file within the archive, to be read to its end.
pub(super) struct Part<'a> {
    /// Its name as written.
    pub(super) name: String,
    data: Box<dyn Read + 'a>,
    crc: Crc,
}

impl<R: BufRead> Zip<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner }
    }

    /// Hands each file to `read`, one after the other. What `read` leaves of a file is passed over.
    pub(super) fn each(&mut self, mut read: impl FnMut(&mut Part<'_>) -> io::Result<()>) -> io::Result<()> {
        while let Some(header) = self.header()? {
            if header.encrypted {
                return Err(bad(format!("`{}` in it is encrypted", header.name)));
            }
            let (name, crc) = {
                let data: Box<dyn Read + '_> = match header.method {
                    0 if !header.told_behind => Box::new((&mut self.inner).take(header.packed_size)),
                    8 => Box::new(DeflateDecoder::new(&mut self.inner)),
                    _ => {
                        let why =
                            format!("`{}` in it is packed in a way that is not known here", header.name);
                        return Err(bad(why));
                    }
                };
                let mut part = Part { name: header.name, data, crc: Crc::new() };
                // Folders are empty files; what macOS adds speaks of the files only.
                if !part.name.ends_with('/') && !part.name.starts_with("__MACOSX/") {
                    read(&mut part)?;
                }
                io::copy(&mut part, &mut io::sink())?;
                (std::mem::take(&mut part.name), std::mem::take(&mut part.crc))
            };
            let told = if header.told_behind { self.behind(crc.amount())? } else { header.crc };
            if crc.sum() != told {
                return Err(bad(format!("`{name}` in it is damaged or cut off")));
            }
        }
        Ok(())
    }

    /// The next file's header; none where the files end and the index begins.
    fn header(&mut self) -> io::Result<Option<Header>> {
        let mut start = [0; 4];
        self.inner.read_exact(&mut start)?;
        if start != LOCAL_HEADER {
            return if start.starts_with(b"PK") {
                Ok(None)
            } else {
                Err(bad("what follows a file in it is no zip".to_owned()))
            };
        }
        let mut fixed = [0; 26];
        self.inner.read_exact(&mut fixed)?;
        let two = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let four = |at: usize| u32::from(two(at)) | u32::from(two(at + 2)) << 16;
        let name = self.bytes(two(22))?;
        let extra = self.bytes(two(24))?;
        let packed_size = match four(14) {
            u32::MAX => long_size(&extra).ok_or_else(|| bad("a size in it is missing".to_owned()))?,
            size => u64::from(size),
        };
        Ok(Some(Header {
            name: String::from_utf8_lossy(&name).into_owned(),
            encrypted: two(2) & 1 != 0,
            told_behind: two(2) & 8 != 0,
            method: two(4),
            crc: four(10),
            packed_size,
        }))
    }

    /// The checksum behind a file of `size` bytes. A mark may stand before it; behind it stand the packed size and the size,
    /// of four bytes each or of eight. An empty file's look alike, and what follows is no zero.
    fn behind(&mut self, size: u32) -> io::Result<u32> {
        let mut word = [0; 4];
        self.inner.read_exact(&mut word)?;
        if word == *b"PK\x07\x08" {
            self.inner.read_exact(&mut word)?;
        }
        let sizes = self.bytes(8)?;
        if !sizes.ends_with(&size.to_le_bytes()) || !self.inner.fill_buf()?.starts_with(b"P") {
            self.bytes(8)?;
        }
        Ok(u32::from_le_bytes(word))
    }

    fn bytes(&mut self, length: u16) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::from(length)];
        self.inner.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Read for Part<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.data.read(into)?;
        self.crc.update(into.get(..n).unwrap_or_default());
        Ok(n)
    }
}

/// The packed size in the extra field of a large file: behind the size of what it unpacks to.
fn long_size(mut extra: &[u8]) -> Option<u64> {
    while let Some((head, rest)) = extra.split_at_checked(4) {
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let (field, rest) = rest.split_at_checked(length)?;
        if head.starts_with(&[1, 0]) {
            return Some(u64::from_le_bytes(field.get(8..16)?.try_into().ok()?));
        }
        extra = rest;
    }
    None
}

fn bad(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
