//! The one way out of the simulated week: it reads for which host a request is, and hands it to the server that plays it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::host::{Host, Kind};
use super::place::{Place, kind_of};

/// A request's head is looked at until its host is known.
const LONGEST_HEAD: usize = 8 * 1024;

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, hosts: BTreeMap<Kind, Arc<Host>>, places: Arc<Vec<Place>>) {
    let mut guests = JoinSet::new();
    loop {
        let Ok((guest, _)) = listener.accept().await else { continue };
        guests.spawn(hand_on(guest, hosts.clone(), Arc::clone(&places)));
    }
}

async fn hand_on(mut guest: TcpStream, hosts: BTreeMap<Kind, Arc<Host>>, places: Arc<Vec<Place>>) {
    let Some(host) = host_of(&guest).await else { return };
    let Ok(mut server) = TcpStream::connect(&hosts[&kind_of(&host, &places)].address).await else { return };
    // Whoever hangs up first, it is over for both.
    drop(copy_bidirectional(&mut guest, &mut server).await);
}

/// The host that a request is for; the request stays to be read.
async fn host_of(guest: &TcpStream) -> Option<String> {
    let mut head = vec![0; LONGEST_HEAD];
    loop {
        let length = guest.peek(&mut head).await.ok().filter(|length| *length > 0)?;
        let text = String::from_utf8_lossy(&head[..length]).to_ascii_lowercase();
        let host = text.split("\r\nhost:").nth(1).and_then(|rest| rest.split_once("\r\n"));
        if let Some((host, _)) = host {
            return Some(host.trim().to_owned());
        }
        if length == LONGEST_HEAD {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
