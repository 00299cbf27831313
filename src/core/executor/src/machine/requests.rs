//! Clients' requests (`process_lrmd_message()`).

use super::fence::Device;
use super::operation::{Operation, State, unsigned_millis};
use super::{Action, Executor, Now, OperationId, Resource};
use crate::messages::{self, CLIENT_NAME, OPERATION, Registration, Request};
use core_pcmk_ipc::ClientId;
use core_types::Level;
use core_xml::Document;
use std::collections::VecDeque;

/// Replies' codes: 0, a call's number, or minus an errno of Linux.
const OK: i32 = 0;
const NOT_ALLOWED: i32 = -13;
const NO_RESOURCE: i32 = -19;
const INVALID: i32 = -22;
const PROTOCOL: i32 = -71;
const NO_PROXY: i32 = -93;
const UNSUPPORTED: i32 = -95;
const IN_PROGRESS: i32 = -115;

/// Operations that may wait at one resource: more are refused, with "no buffer space".
const PENDING_MAX: usize = 10_000;
const NO_ROOM: i32 = -105;
/// Resources that can be registered.
const RESOURCES_MAX: usize = 100_000;

/// What became of a request.
struct Done {
    code: i32,
    /// `None`: a plain one with the code.
    reply: Option<Document>,
    /// Whether all clients are told that it was carried out.
    notify: bool,
}

impl Done {
    fn with(code: i32) -> Done {
        Done { code, reply: None, notify: false }
    }
}

impl Executor {
    /// A client's request, with the number of its message.
    pub fn receive(&mut self, from: ClientId, message: i32, request: &Document, now: Now) {
        let request = Request::new(request);
        let Some(client) = self.clients.get_mut(&from) else { return };
        let name = client.name.get_or_insert_with(|| {
            request.attribute(CLIENT_NAME).map_or_else(|| client.pid.to_string(), str::to_owned)
        });
        let (name, uuid, allowed) = (name.clone(), client.uuid.clone(), client.privileged);
        self.last_call = self.last_call.checked_add(1).unwrap_or(1);
        let call = self.last_call;
        let operation = request.attribute(OPERATION).unwrap_or_default();
        let done = match operation {
            "register" => self.sign_on(&request, call, &uuid),
            "lrmd_rsc_poke" => Done { notify: true, ..Done::with(OK) },
            "lrmd_rsc_register"
            | "lrmd_rsc_info"
            | "lrmd_rsc_unregister"
            | "lrmd_rsc_exec"
            | "lrmd_rsc_cancel"
            | "lrmd_get_recurring"
            | "lrmd_alert_exec"
            | "lrmd_check"
                if !allowed =>
            {
                Done::with(NOT_ALLOWED)
            }
            "lrmd_rsc_register" => self.register(&request, now),
            "lrmd_rsc_info" => self.information(&request, call),
            "lrmd_rsc_unregister" => self.unregister(&request, now),
            "lrmd_rsc_exec" => Done::with(self.execute(from, call, &request, now)),
            "lrmd_rsc_cancel" => Done::with(self.cancel_requested(&request, now)),
            "lrmd_get_recurring" => self.recurring(&request, call),
            "ipc_fwd" => Done::with(if allowed { NO_PROXY } else { NOT_ALLOWED }),
            "lrmd_alert_exec" => Done::with(self.alert(&uuid, &request)),
            "lrmd_check" => {
                self.actions.push(Action::CheckWatchdog(request.watchdog().map(str::to_owned)));
                Done::with(OK)
            }
            _ => {
                let text = format!("Unknown IPC request '{operation}' from client {name}");
                self.log(Level::Error, "process_lrmd_message", text);
                Done::with(UNSUPPORTED)
            }
        };
        if done.code == NOT_ALLOWED {
            let text = format!("Rejecting IPC request '{operation}' from unprivileged client {name}");
            self.log(Level::Warning, "process_lrmd_message", text);
        }
        // nobody waits for an answer to this one
        let replies = operation != "lrmd_check";
        let (code, notify) = (done.code, done.notify);
        let counts = format!("rc={code}, reply={}, notify={}", u8::from(replies), u8::from(notify));
        let text = format!("Processed {operation} operation from {uuid}: {counts}");
        self.log(Level::Debug, "process_lrmd_message", text);
        if replies {
            let reply = done.reply.unwrap_or_else(|| messages::reply("process_lrmd_message", code, call));
            self.actions.push(Action::Reply(from, message, reply));
        }
        if notify {
            self.carried_out(messages::carried_out(code, call, operation, request.resource_id()), &request);
        }
        self.work(now);
    }

    /// Tells all of a request that was carried out: of a resource that goes once what ran for it has ended.
    fn carried_out(&mut self, notice: Document, request: &Request<'_>) {
        let running = request.resource_id().and_then(|name| self.lanes.get(name)).and_then(|lane| lane.running);
        let operation = running.and_then(|id| self.operations.get_mut(&id));
        match operation.filter(|operation| operation.cancelled) {
            Some(operation) => operation.afterwards.push(notice),
            None => self.notify_all(notice),
        }
    }

    fn sign_on(&mut self, request: &Request<'_>, call: i32, uuid: &str) -> Done {
        let mut code = OK;
        if !request.is_compatible() {
            let theirs = request.attribute("lrmd_protocol_version").unwrap_or("(null)");
            let text = format!("Cluster API version must be greater than or equal to 1.0, not {theirs}");
            self.log(Level::Error, "process_lrmd_signon", text);
            code = PROTOCOL;
        }
        if request.is_provider() {
            code = NO_PROXY;
        }
        Done { code, reply: Some(messages::signed_on(code, call, uuid)), notify: false }
    }

    fn register(&mut self, request: &Request<'_>, now: Now) -> Done {
        let Some(name) = request.resource_id() else { return Done::with(INVALID) };
        let same = |one: Option<&str>, other: Option<&str>| match (one, other) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            (one, other) => one == other,
        };
        let there = self.resources.get(name);
        if there.is_some_and(|there| {
            same(there.class.as_deref(), request.class())
                && same(there.provider.as_deref(), request.provider())
                && same(there.kind.as_deref(), request.kind())
        }) {
            let text = format!("Ignoring duplicate registration of '{name}'");
            self.log(Level::Notice, "process_lrmd_rsc_register", text);
            return Done { notify: true, ..Done::with(OK) };
        }
        if there.is_none() && self.resources.len() >= RESOURCES_MAX {
            return Done::with(NO_ROOM);
        }
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let resource = Resource {
            class: owned(request.class()),
            provider: owned(request.provider()),
            kind: owned(request.kind()),
            options: request.options(),
            device: Device::default(),
            active: None,
            pending: VecDeque::new(),
            recurring: Vec::new(),
        };
        if let Some(old) = self.resources.insert(name.to_owned(), resource) {
            self.drop_resource(old, now);
        }
        self.log(Level::Info, "process_lrmd_rsc_register", format!("Cached agent information for '{name}'"));
        Done { notify: true, ..Done::with(OK) }
    }

    fn information(&mut self, request: &Request<'_>, call: i32) -> Done {
        let found = request.resource_id().and_then(|id| Some((id, self.resources.get(id)?)));
        let code = if found.is_some() { OK } else { NO_RESOURCE };
        let registration = found.map(|(id, resource)| Registration {
            id,
            class: resource.class.as_deref(),
            provider: resource.provider.as_deref(),
            kind: resource.kind.as_deref(),
        });
        let reply = messages::information(code, call, registration);
        if let Some(id) = request.resource_id().filter(|_| code != OK) {
            let text = format!("Agent information for '{id}' not in cache");
            self.log(Level::Info, "process_lrmd_get_rsc_info", text);
        }
        Done { reply: Some(reply), ..Done::with(OK) }
    }

    fn unregister(&mut self, request: &Request<'_>, now: Now) -> Done {
        let Some(name) = request.resource_id() else { return Done::with(NO_RESOURCE) };
        let Some(resource) = self.resources.remove(name) else {
            let text = format!("Ignoring unregistration of resource '{name}', which is not registered");
            self.log(Level::Info, "process_lrmd_rsc_unregister", text);
            return Done { notify: true, ..Done::with(OK) };
        };
        let code = if resource.active.is_some() { IN_PROGRESS } else { OK };
        self.drop_resource(resource, now);
        Done { notify: true, ..Done::with(code) }
    }

    /// The daemon ends: nobody is told any more, and of what runs only what recurs is killed.
    pub fn shut_down(&mut self, now: Now) {
        self.clients.clear();
        self.draining = true;
        for (_, resource) in std::mem::take(&mut self.resources) {
            self.drop_resource(resource, now);
        }
    }

    /// Ends what waits and what recurs of a resource that is gone; what runs once runs to its end.
    fn drop_resource(&mut self, resource: Resource, now: Now) {
        for id in resource.pending {
            self.cancel_pending(id, now, true);
        }
        for id in resource.recurring {
            match self.operations.get(&id) {
                Some(operation) if operation.state == State::Dormant => {
                    self.operations.remove(&id);
                }
                _ => drop(self.cancel_recurring(id, now)),
            }
        }
    }

    fn missing(&mut self, function: &'static str, name: &str) {
        let text = format!("Resource '{name}' not found ({} active resources)", self.resources.len());
        self.log(Level::Info, function, text);
    }

    /// The call's number, or why not.
    fn execute(&mut self, from: ClientId, call: i32, request: &Request<'_>, now: Now) -> i32 {
        let Some(name) = request.resource_id() else { return INVALID };
        let Some(resource) = self.resources.get(name) else {
            self.missing("process_lrmd_rsc_exec", name);
            return NO_RESOURCE;
        };
        if resource.pending.len() >= PENDING_MAX {
            return NO_ROOM;
        }
        let operation = Operation::new(from, call, request, name, now.monotonic);
        if operation.recurs()
            && let Some(id) = self.find_recurring(name, &operation)
        {
            self.merge(id, operation, now);
            return call;
        }
        if operation.action.eq_ignore_ascii_case("stop") {
            self.cancel_all_recurring(name, None, now);
        }
        let id = self.new_id();
        let delay = operation.start_delay;
        self.operations.insert(id, operation);
        if let Some(resource) = self.resources.get_mut(name) {
            resource.pending.push_back(id);
        }
        if delay != 0 {
            self.arm(id, Some(now.monotonic + unsigned_millis(delay)));
        }
        self.look_at(name);
        call
    }

    /// The same recurring operation, if there is one.
    fn find_recurring(&self, name: &str, operation: &Operation) -> Option<OperationId> {
        let resource = self.resources.get(name)?;
        resource.pending.iter().chain(&resource.recurring).copied().find(|id| {
            let there = self.operations.get(id);
            there.is_some_and(|there| !there.cancelled && there.is(&operation.action, operation.interval))
        })
    }

    /// Lets an operation that is there stand for a new request of the same, and runs it at once if it pauses.
    fn merge(&mut self, id: OperationId, new: Operation, now: Now) {
        let Some(there) = self.operations.get_mut(&id) else { return };
        (there.told, there.user_data, there.call) = (None, new.user_data, new.call);
        let waits = there.state == State::Waiting;
        let text = format!("Duplicate recurring op entry detected ({}), merging with previous op entry", there.key());
        self.log(Level::Warning, "merge_recurring_duplicate", text);
        if waits {
            self.run_again(id, now);
        }
    }

    fn cancel_requested(&mut self, request: &Request<'_>, now: Now) -> i32 {
        let (Some(name), Some(action)) = (request.resource_id(), request.action()) else { return INVALID };
        self.cancel(name, action, request.interval(), now)
    }

    fn cancel(&mut self, name: &str, action: &str, interval: u32, now: Now) -> i32 {
        let Some(resource) = self.resources.get(name) else { return NO_RESOURCE };
        let fits = |id: &&OperationId| {
            self.operations.get(id).is_some_and(|operation| !operation.cancelled && operation.is(action, interval))
        };
        if let Some(id) = resource.pending.iter().find(fits).copied() {
            self.cancel_pending(id, now, false);
            return OK;
        }
        let found = resource.recurring.iter().find(fits).copied();
        if found.is_some_and(|id| self.cancel_recurring(id, now)) { OK } else { UNSUPPORTED }
    }

    /// Cancels a resource's recurring operations, all or one client's.
    pub(super) fn cancel_all_recurring(&mut self, name: &str, client: Option<ClientId>, now: Now) {
        let Some(resource) = self.resources.get(name) else { return };
        let all: Vec<(String, u32)> = resource
            .recurring
            .iter()
            .chain(&resource.pending)
            .filter_map(|id| self.operations.get(id))
            .filter(|operation| operation.recurs() && client.is_none_or(|client| client == operation.client))
            .map(|operation| (operation.action.clone(), operation.interval))
            .collect();
        for (action, interval) in all {
            let _none_any_more = self.cancel(name, &action, interval, now);
        }
    }

    fn recurring(&mut self, request: &Request<'_>, call: i32) -> Done {
        let wanted = request.recurring_of();
        let code = match wanted {
            Some(name) if !self.resources.contains_key(name) => {
                self.missing("process_lrmd_get_recurring", name);
                NO_RESOURCE
            }
            _ => OK,
        };
        let mut reply = messages::reply("process_lrmd_get_recurring", code, call);
        for (name, resource) in self.resources.iter().filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name)) {
            let operations = resource.recurring.iter().filter_map(|id| self.operations.get(id));
            let operations = operations.filter(|operation| !operation.cancelled);
            let rows = operations.map(|operation| (operation.action.as_str(), operation.interval, operation.timeout));
            messages::list_recurring(&mut reply, name, rows);
        }
        Done { reply: Some(reply), ..Done::with(OK) }
    }
}
