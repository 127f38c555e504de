//! What `fenji serve` answers by HTTP: figures and health. Not here: what they are (`run::serve`).

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};
use tokio::{net::TcpListener, sync::oneshot};

use crate::run::serve::Figures;

/// A listener that is at work until it is dropped.
#[derive(Debug)]
pub struct Listener {
    _stop: oneshot::Sender<()>,
}

/// Answers whoever asks at an address.
///
/// # Errors
/// When the address cannot be had.
pub async fn listen(address: SocketAddr, figures: Arc<Figures>) -> io::Result<Listener> {
    let listener = TcpListener::bind(address).await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/live", get(live))
        .route("/ready", get(ready))
        .with_state(figures);
    tokio::spawn(async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(async {
            let _dropped = stopped.await;
        });
        let _ended = serving.await;
    });
    Ok(Listener { _stop: stop })
}

async fn metrics(State(figures): State<Arc<Figures>>) -> impl IntoResponse {
    match figures.text() {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            (StatusCode::OK, [(CONTENT_TYPE, kind)], text)
        }
        Err(error) => {
            let text = format!("the figures cannot be written: {error}\n");
            (StatusCode::INTERNAL_SERVER_ERROR, [(CONTENT_TYPE, "text/plain; charset=utf-8")], text)
        }
    }
}

async fn live(State(figures): State<Arc<Figures>>) -> impl IntoResponse {
    if figures.is_alive() {
        (StatusCode::OK, "alive\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "what is due was not looked at for two minutes\n")
    }
}

async fn ready(State(figures): State<Arc<Figures>>) -> impl IntoResponse {
    match figures.is_ready() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
    }
}
