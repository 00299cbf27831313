//! What requests to the fencer and its answers look like (`crm/fencing/internal.h`, `st_client.c`).

use crate::{FenceAnswer, FenceRequest};
use core_agents::ExecStatus;
use core_xml::{Document, NodeId};

/// The fencer's socket.
pub const FENCER: &str = "stonith-ng";
/// The fencer is to answer in the reply.
const SYNCHRONOUS: i32 = 0x1000;
const OPERATION: &str = "st_op";
const CLIENT_ID: &str = "st_clientid";
const CALL_ID: &str = "st_callid";

fn command(operation: &str) -> Document {
    let mut document = Document::new("stonith_command");
    let root = document.root();
    document.set_attribute(root, "t", FENCER);
    document.set_attribute(root, OPERATION, operation);
    document
}

/// The first words to the fencer.
#[must_use]
pub fn hello(name: &str) -> Document {
    let mut document = command("register");
    document.set_attribute(document.root(), "st_clientname", name);
    document
}

/// What the fencer calls us, in its reply to [`hello`].
#[must_use]
pub fn token(reply: &Document) -> Option<&str> {
    let root = reply.root();
    reply.attribute(root, CLIENT_ID).filter(|_| reply.attribute(root, OPERATION) == Some("register"))
}

impl FenceRequest {
    /// Whether the reply is the answer; otherwise that comes later, as an event.
    #[must_use]
    pub fn is_synchronous(&self) -> bool {
        !matches!(self, FenceRequest::Monitor { .. })
    }

    /// How long the fencer may take, in seconds.
    #[must_use]
    pub fn seconds(&self) -> i32 {
        match self {
            FenceRequest::Monitor { seconds, .. } => *seconds,
            FenceRequest::Register { .. } | FenceRequest::Remove { .. } => 0,
        }
    }

    /// The request as the fencer takes it.
    #[must_use]
    pub fn document(&self, token: &str, call: i32) -> Document {
        let (operation, origin) = match self {
            FenceRequest::Register { .. } => ("st_device_register", "create_device_registration_xml"),
            FenceRequest::Remove { .. } => ("st_device_remove", "stonith_api_remove_device"),
            FenceRequest::Monitor { .. } => ("st_execute", "stonith_api_call"),
        };
        let mut document = command(operation);
        let root = document.root();
        let options = if self.is_synchronous() { SYNCHRONOUS } else { 0 };
        document.set_attribute(root, "__name__", "stonith_command");
        document.set_attribute(root, "st_async_id", token);
        for (name, number) in [(CALL_ID, call), ("st_callopt", options), ("st_timeout", self.seconds())] {
            document.set_attribute(root, name, &number.to_string());
        }
        let data = document.append_element(root, "st_calldata");
        let device = document.append_element(data, "st_device_id");
        document.set_attribute(device, "st_origin", origin);
        self.describe(&mut document, device);
        document
    }

    fn describe(&self, document: &mut Document, device: NodeId) {
        match self {
            FenceRequest::Register { id, provider, agent, parameters } => {
                document.set_attribute(device, "id", id);
                document.set_attribute(device, "agent", agent);
                let namespace = match provider.as_deref() {
                    Some("redhat" | "stonith-ng") => Some("stonith-ng"),
                    Some(other @ ("heartbeat" | "internal")) => Some(other),
                    _ => None,
                };
                if let Some(namespace) = namespace {
                    document.set_attribute(device, "namespace", namespace);
                }
                let attributes = document.append_element(device, "attributes");
                for (name, value) in parameters {
                    document.set_attribute(attributes, name, value);
                }
            }
            FenceRequest::Remove { id } => document.set_attribute(device, "id", id),
            FenceRequest::Monitor { id, .. } => {
                document.set_attribute(device, "st_device_id", id);
                document.set_attribute(device, "st_device_action", "monitor");
            }
        }
    }
}

/// The call that an event answers, and the answer; `None` for other events.
#[must_use]
pub fn answer_in(event: &Document) -> Option<(i32, FenceAnswer)> {
    let root = event.root();
    let call = event.integer(root, CALL_ID).filter(|_| event.attribute(root, "t") == Some(FENCER))?;
    let number = |name: &str| event.integer(root, name);
    let reason = event.attribute(root, "exit-reason").map(str::to_owned);
    let answer = match (number("rc-code"), number("op-status")) {
        (Some(code), Some(status)) => FenceAnswer { code, status, reason },
        _ => {
            let why = "Fencer reply contained no full result".to_owned();
            FenceAnswer { code: 1, status: ExecStatus::Error as i32, reason: Some(why) }
        }
    };
    Some((call, answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use core_xml::{Form, Limits};

    #[test]
    fn requests_are_as_the_fencer_s_own_library_writes_them() {
        let parameters = [("ip".to_owned(), "1".to_owned())].into();
        let register = FenceRequest::Register { id: "f".into(), provider: None, agent: "fence_x".into(), parameters };
        let document = register.document("token", 3);
        assert_eq!(
            document.text(document.root(), Form::Compact),
            "<stonith_command t=\"stonith-ng\" st_op=\"st_device_register\" __name__=\"stonith_command\" \
             st_async_id=\"token\" st_callid=\"3\" st_callopt=\"4096\" st_timeout=\"0\"><st_calldata><st_device_id \
             st_origin=\"create_device_registration_xml\" id=\"f\" agent=\"fence_x\"><attributes ip=\"1\"/></st_device_id>\
             </st_calldata></stonith_command>"
        );
        let monitor = FenceRequest::Monitor { id: "f".into(), seconds: 20 }.document("token", 4);
        let text = monitor.text(monitor.root(), Form::Compact);
        assert!(text.contains("st_callopt=\"0\" st_timeout=\"20\""), "{text}");
        assert!(text.contains("st_device_id=\"f\" st_device_action=\"monitor\""), "{text}");
    }

    #[test]
    fn answers_name_their_call() {
        let parse = |text: &str| Document::parse(text, Limits::default()).unwrap();
        let reply =
            parse("<st-reply t=\"stonith-ng\" st_callid=\"4\" rc-code=\"1\" op-status=\"2\" exit-reason=\"slow\"/>");
        let answer = FenceAnswer { code: 1, status: 2, reason: Some("slow".to_owned()) };
        assert_eq!(answer_in(&reply), Some((4, answer)));
        assert_eq!(answer_in(&parse("<notify t=\"st_notify\" st_callid=\"4\"/>")), None);
        assert_eq!(answer_in(&parse("<st-reply t=\"stonith-ng\" st_callid=\"4\"/>")).unwrap().1.code, 1);
        assert_eq!(token(&parse("<reply st_op=\"register\" st_clientid=\"x\"/>")), Some("x"));
        assert_eq!(token(&parse("<reply st_op=\"other\" st_clientid=\"x\"/>")), None);
    }
}
