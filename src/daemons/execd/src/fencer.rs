//! The connection to the fencer: made when the first fence device needs it, lost when the fencer goes.
//!
//! Calls block, so that they are made on a thread of their own; answers that take longer come as events.

use crate::daemon::Daemon;
use core_executor::{FENCER, FenceAnswer, FenceRequest, OperationId, answer_in, hello, token};
use core_pcmk_ipc::{Flags, TEXT_MAX, decode, encode};
use core_types::Level;
use core_xml::{Document, Form, Limits};
use nix::errno::Errno;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use sys_pcmk::Service;
use sys_poll::Readable;
use sys_qb::Client;
use tokio::sync::Mutex;
use tokio::task::{spawn_blocking, spawn_local};

/// How often to dial, and how long to wait between: the fencer may be starting.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_secs(2);
/// How long the fencer may take over a reply beside its work, in milliseconds.
const PATIENCE: i32 = 60_000;

/// See the module.
#[derive(Default)]
pub(crate) struct Fencer {
    link: Mutex<Option<Rc<Link>>>,
}

/// A connection.
struct Link {
    client: Arc<Client>,
    token: String,
    last_call: Cell<i32>,
    /// Calls whose answers come as events.
    waiting: RefCell<HashMap<i32, OperationId>>,
}

/// Asks the fencer and tells the executor its answer.
pub(crate) async fn ask(daemon: Rc<Daemon>, id: OperationId, request: FenceRequest) {
    let Some(link) = link(&daemon).await else { return daemon.fenced(id, FenceAnswer::unconnected()) };
    link.last_call.set(link.last_call.get().checked_add(1).unwrap_or(1));
    let call = link.last_call.get();
    let limit = link.client.max_message();
    let document = request.document(&link.token, call);
    let flags = if request.is_synchronous() { Flags::CLIENT_RESPONSE } else { Flags::empty() };
    let message = match encode(&document.text(document.root(), Form::Compact), call, flags, limit) {
        Ok(message) => message,
        Err(error) => {
            daemon.log(Level::Error, "pcmk__ipc_prepare_iov", &error.to_string());
            return daemon.fenced(id, FenceAnswer::unconnected());
        }
    };
    if request.is_synchronous() {
        let reply = exchange(link.client.clone(), message).await;
        let answer = reply.and_then(|reply| answer_in(&reply)).filter(|(answered, _)| *answered == call);
        daemon.fenced(id, answer.map_or_else(FenceAnswer::unconnected, |(_, answer)| answer));
    } else {
        link.waiting.borrow_mut().insert(call, id);
        let client = link.client.clone();
        let sent = spawn_blocking(move || client.send(&[&message])).await;
        if !matches!(sent, Ok(Ok(()))) && link.waiting.borrow_mut().remove(&call).is_some() {
            daemon.fenced(id, FenceAnswer::unconnected());
        }
    }
}

/// The connection, made now where there is none.
async fn link(daemon: &Rc<Daemon>) -> Option<Rc<Link>> {
    let mut kept = daemon.fencer.link.lock().await;
    if kept.is_none() {
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            if let Some(link) = connect(daemon.environment().buffer as usize).await {
                let link = Rc::new(link);
                spawn_local(listen(daemon.clone(), link.clone()));
                *kept = Some(link);
                break;
            }
        }
        if kept.is_none() {
            let text = format!("Could not connect to fencer in {ATTEMPTS} attempts");
            daemon.log(Level::Error, "get_stonith_connection", &text);
        }
    }
    kept.clone()
}

async fn connect(buffer: usize) -> Option<Link> {
    let client = spawn_blocking(move || Client::connect(FENCER, buffer)).await.ok()?.ok()?;
    let client = Arc::new(client);
    let hello = hello("pacemaker-execd");
    let text = hello.text(hello.root(), Form::Compact);
    let message = encode(&text, 1, Flags::CLIENT_RESPONSE, client.max_message()).ok()?;
    let reply = exchange(client.clone(), message).await?;
    let token = token(&reply)?.to_owned();
    Some(Link { client, token, last_call: Cell::new(1), waiting: RefCell::default() })
}

/// A request and its reply.
async fn exchange(client: Arc<Client>, message: Vec<u8>) -> Option<Document> {
    let call = move || {
        let mut reply = vec![0; client.max_message()];
        let length = client.call(&[&message], &mut reply, PATIENCE).ok()?;
        reply.truncate(length);
        Some(reply)
    };
    document_in(&spawn_blocking(call).await.ok()??)
}

fn document_in(bytes: &[u8]) -> Option<Document> {
    let message = decode(bytes, TEXT_MAX).ok()?;
    Document::parse(&message.text, Limits::default()).ok()
}

/// Hears the fencer until it goes.
async fn listen(daemon: Rc<Daemon>, link: Rc<Link>) {
    if let Ok(readable) = Readable::of(&*link.client) {
        let mut bytes = vec![0; link.client.max_message()];
        while let Ok(mut ready) = readable.ready().await {
            match link.client.event(&mut bytes, 0) {
                Ok(length) => {
                    let answer = document_in(&bytes[..length]).and_then(|event| answer_in(&event));
                    let waiting =
                        answer.and_then(|(call, answer)| Some((link.waiting.borrow_mut().remove(&call)?, answer)));
                    if let Some((id, answer)) = waiting {
                        daemon.fenced(id, answer);
                    }
                }
                Err(Errno::EAGAIN) => match link.client.settle() {
                    Ok(()) => ready.clear_ready(),
                    Err(_) => break,
                },
                Err(_) => break,
            }
        }
    }
    *daemon.fencer.link.lock().await = None;
    daemon.fencer_lost();
}
