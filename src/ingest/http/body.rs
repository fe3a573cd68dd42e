//! The body of an answer, read only as far as it may go.

use reqwest::{Response, header};
use url::Url;

use super::client::chain;
use super::error::HttpError;

/// Why a body was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// The connection ended, or was too slow.
    BrokeOff,
    /// It is longer than it may be.
    TooLarge,
}

/// The whole body if it has at most so many bytes; nothing beyond them is read.
pub(crate) async fn read_up_to(mut answer: Response, most: usize) -> Result<Vec<u8>, BodyFault> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| BodyFault::BrokeOff)? {
        if bytes.len() + chunk.len() > most {
            return Err(BodyFault::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads a body up to `max_bytes`, counted after decompression, so that neither an endless body nor a small one that
/// unpacks to a huge one costs more memory than that.
pub(super) async fn read(
    mut answer: Response,
    url: &Url,
    host: &str,
    max_bytes: usize,
) -> Result<Vec<u8>, HttpError> {
    let too_large = || HttpError::TooLarge { url: url.to_string(), max_bytes };
    // What was decoded carries this header no more.
    let codings =
        answer.headers().get_all(header::CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    if let Some(coding) =
        codings.flat_map(|value| value.split(',')).map(str::trim).find(|name| is_packed(name))
    {
        let why = format!("it is packed as `{coding}`, which was not asked for");
        return Err(HttpError::BrokenBody { host: host.to_owned(), why });
    }
    if answer.content_length().is_some_and(|length| length > max_bytes as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    loop {
        let chunk = answer
            .chunk()
            .await
            .map_err(|err| HttpError::BrokenBody { host: host.to_owned(), why: chain(&err) })?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len() + chunk.len() > max_bytes {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
}

/// Whether a `Content-Encoding` means packed bytes. Others, such as `utf-8` or `none`, are mistakes without effect.
fn is_packed(coding: &str) -> bool {
    ["gzip", "x-gzip", "deflate", "compress", "br", "zstd"]
        .iter()
        .any(|name| coding.eq_ignore_ascii_case(name))
}
