//! The listeners of the REST server: TLS for who comes as to the real Discord, and a plain twin; both can be cut.
//! The proxy before the real Bluesky listens so, too.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto};

/// A connection that can be torn in the middle of an answer.
#[derive(Clone, Default)]
pub(crate) struct Scissors(Arc<AtomicBool>);

impl Scissors {
    /// Nothing more goes over this connection.
    pub(crate) fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A stream with its scissors.
pub(crate) struct Torn {
    stream: Box<dyn Wire>,
    scissors: Scissors,
}

impl Torn {
    fn check(&self) -> io::Result<()> {
        if self.scissors.0.load(Ordering::SeqCst) {
            Err(io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(())
        }
    }
}

impl AsyncRead for Torn {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Torn {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Hands connections over that are ready to be spoken on.
pub(crate) struct Door {
    ready: mpsc::Receiver<Torn>,
    address: SocketAddr,
}

impl Listener for Door {
    type Io = Torn;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Torn, SocketAddr) {
        match self.ready.recv().await {
            Some(stream) => (stream, self.address),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, Door>> for Scissors {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().scissors.clone()
    }
}

/// Listens on loopback; with a certificate it speaks TLS.
pub(crate) async fn listen(tasks: &mut JoinSet<()>, tls: Option<TlsAcceptor>) -> (Door, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
    let address = listener.local_addr().expect("bound");
    let (give, ready) = mpsc::channel(16);
    tasks.spawn(async move {
        let mut greetings = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let (give, tls) = (give.clone(), tls.clone());
            greetings.spawn(greet(stream, tls, give));
            while greetings.try_join_next().is_some() {}
        }
    });
    (Door { ready, address }, address)
}

async fn greet(stream: TcpStream, tls: Option<TlsAcceptor>, give: mpsc::Sender<Torn>) {
    // It only makes answers faster.
    stream.set_nodelay(true).ok();
    let stream: Box<dyn Wire> = match tls {
        None => Box::new(stream),
        // A client that does not trust us has said so already; there is nothing to serve.
        Some(tls) => match tls.accept(stream).await {
            Ok(stream) => Box::new(stream),
            Err(_) => return,
        },
    };
    // Nobody takes it when the server is on its way out.
    give.send(Torn { stream, scissors: Scissors::default() }).await.ok();
}

/// A certificate for Discord's names that only this process knows, and what serves it.
pub(super) fn certificate() -> (String, TlsAcceptor) {
    let names = ["discord.com", "cdn.discordapp.com", "localhost", "127.0.0.1"].map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("the key fits");
    (made.cert.pem(), TlsAcceptor::from(Arc::new(config)))
}
