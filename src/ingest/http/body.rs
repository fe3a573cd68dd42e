//! The body of an answer, read only as far as it may go.

use reqwest::Response;

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
