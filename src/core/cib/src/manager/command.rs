//! Carrying a request out.

use super::route::{self, Answered, Route, Words};
use super::{ClientId, Host, Manager, Now, diff_log, messages, messages::Notification, options::Options};
use crate::{
    Access, Answer, CallOptions, Change, Cib, CibError, Operation, Origin, Request, Upgraded, Versioning,
    change::Failure, section,
};
use core_pcmk_ipc::Flags;
use core_types::Level;
use core_xml::{Document, Form, NodeId, cib_digest, names_configuration, patch_versions, patched_digest};

/// Seconds for which patches go without a digest after one that has it.
const DIGEST_EVERY: u64 = 61;

/// A request's words.
struct Asked<'a> {
    request: &'a Document,
    operation: Operation,
    section: Option<&'a str>,
    options: CallOptions,
    /// The host that it came in at.
    origin: &'a str,
    client: &'a str,
    call: &'a str,
    user: &'a str,
}

impl<'a> Asked<'a> {
    fn of(request: &'a Document, operation: Operation) -> Asked<'a> {
        let of_request = |name| request.attribute(request.root(), name);
        Asked {
            request,
            operation,
            section: of_request(messages::SECTION),
            options: messages::call_options(request),
            origin: of_request(messages::ORIGIN).unwrap_or("local"),
            client: of_request(messages::CLIENT_NAME).unwrap_or_default(),
            call: of_request(messages::CALL_ID).unwrap_or("(null)"),
            user: of_request(messages::USER).unwrap_or_default(),
        }
    }
}

/// What came of a request.
struct Outcome {
    result: Result<(), CibError>,
    output: Option<Output>,
    /// Another message answers it.
    answered_later: bool,
}

enum Output {
    Of(Document, NodeId),
    /// An element of the CIB itself.
    Element(NodeId),
}

impl Output {
    fn whole(document: Document) -> Output {
        let root = document.root();
        Output::Of(document, root)
    }
}

impl From<Result<(), CibError>> for Outcome {
    fn from(result: Result<(), CibError>) -> Outcome {
        Outcome { result, output: None, answered_later: false }
    }
}

/// The status section changes often and is checked by no schema: the reference changes it in place, and says so.
fn in_place(asked: &Asked<'_>) -> bool {
    asked.operation.modifies()
        && asked.section.is_some_and(|section| section.eq_ignore_ascii_case("status"))
        && !asked.options.contains(CallOptions::DRY_RUN)
}

/// The options of a request, with this host's word on whether it changes the CIB in place.
fn carried_out_with(asked: &Asked<'_>) -> CallOptions {
    let mut options = asked.options;
    if asked.operation.modifies() {
        options.set(CallOptions::ZERO_COPY, in_place(asked));
    }
    options
}

impl Manager {
    /// Takes a request for the CIB, of a client or, where there is none, of a host.
    pub(super) fn process(&mut self, from: Option<ClientId>, mut request: Document, now: Now<'_>, host: &dyn Host) {
        let root = request.root();
        let name = request.attribute(root, messages::OPERATION);
        let Some(operation) = name.and_then(Operation::named) else {
            let name = name.unwrap_or("(null)");
            self.log(Level::Error, "cib_get_operation_id", format!("Operation {name} is not valid"));
            let why = "Pre-processing of command failed: Invalid argument".to_owned();
            return self.log(Level::Error, "cib_process_request", why);
        };
        let words = Words::of(&request);
        let own = &self.setup.host;
        let route = match from {
            Some(_) => route::of_client(operation, words, own),
            None => route::of_peer(operation, words, own, self.primary),
        };
        match route {
            Route::Ignore => {}
            Route::Forward => {
                self.log_forwarding(&Asked::of(&request, operation), words.host);
                self.forward(request);
            }
            Route::Pong => self.compare(&request),
            Route::PassOn => {
                if let Some(rc) = request.attribute(root, messages::UPGRADE_RC).map(str::to_owned) {
                    request.set_attribute(root, messages::RC, &rc);
                }
                self.answer_client(&request, messages::call_options(&request));
            }
            Route::Legacy => self.refuse_legacy(&Asked::of(&request, operation)),
            Route::Perform(answered) => {
                let asked = Asked::of(&request, operation);
                self.perform(&asked, self.is_privileged(from), answered, now, host);
            }
        }
    }

    /// Whatever comes from another host was asked of it by somebody who may.
    fn is_privileged(&self, from: Option<ClientId>) -> bool {
        from.is_none_or(|id| self.clients.get(&id).is_some_and(|client| client.who.writer))
    }

    /// Results of requests, which hosts sent to each other long ago, say nothing to us.
    fn refuse_legacy(&mut self, asked: &Asked<'_>) {
        let text = format!("Detected legacy {} global update from {}", asked.operation.name(), asked.origin);
        self.log(Level::Info, "parse_peer_options_v2", text);
        if !self.setup.alone {
            self.request_cib();
        }
    }

    fn perform(&mut self, asked: &Asked<'_>, privileged: bool, answered: Answered, now: Now<'_>, host: &dyn Host) {
        if self.options.vary {
            self.options = Options::of(self.cib.document(), &now.local);
        }
        if let Some(broken) = self.broken {
            let why =
                format!("Operation ignored, cluster configuration is invalid. Please repair and restart: {broken}");
            self.log(Level::Error, "cib_process_request", why);
            let output = Some(Output::Element(self.cib.document().root()));
            let outcome = Outcome { output, ..Err(broken).into() };
            return self.answer(asked, &outcome, answered);
        }
        let outcome = self.carry_out(asked, privileged, now, host);
        self.log_completion(asked, outcome.result);
        if !outcome.answered_later {
            self.answer(asked, &outcome, answered);
        }
    }

    fn carry_out(&mut self, asked: &Asked<'_>, privileged: bool, now: Now<'_>, host: &dyn Host) -> Outcome {
        if asked.operation.is_privileged() && !privileged {
            return Err(CibError::Denied).into();
        }
        match asked.operation {
            Operation::Upgrade if newest_schema(asked.request).is_none() => self.decide_upgrade(asked, host),
            Operation::Primary => {
                // whoever decides from now on asks whether all agree
                self.note_change(now);
                self.set_primary(true)
            }
            operation if operation.modifies() => self.change(asked, now, host),
            _ => self.read(asked, host),
        }
    }

    /// An upgrade is tried first by the host that decides. It then asks all hosts, itself too, for an upgrade to the
    /// schema that it came to: in its own name, and with no user's rights.
    fn decide_upgrade(&mut self, asked: &Asked<'_>, host: &dyn Host) -> Outcome {
        let origin = asked.origin;
        let error = match host.upgrade(self.cib.document(), None) {
            Ok(Some(Upgraded { schema: Some(schema), .. })) => {
                let text = format!("Upgrade request from {origin} verified");
                self.log(Level::Notice, "cib_process_upgrade_server", text);
                self.send_to_peers(None, messages::upgrade(asked.request, origin, Ok(&schema)));
                return Outcome { answered_later: true, ..Ok(()).into() };
            }
            Ok(_) => CibError::SchemaUnchanged,
            Err(error) => error,
        };
        let text = format!("Rejecting upgrade request from {origin}: {error} | rc={} peer={origin}", error.rc());
        self.log(Level::Info, "cib_process_upgrade_server", text);
        if !origin.eq_ignore_ascii_case(&self.setup.host) {
            self.send_to_peers(Some(origin), messages::upgrade(asked.request, origin, Err(error)));
        }
        let access = self.access(asked.user, host);
        let rejected = (error == CibError::Schema).then(|| Box::new(self.cib.document().clone()));
        self.refused(Failure { rejected, ..error.into() }, access.as_ref())
    }

    /// The rules for a user, where there are some in force.
    fn access(&self, user: &str, host: &dyn Host) -> Option<Access> {
        let needed = self.options.access_rules && Access::is_needed_by(user);
        needed.then(|| Access::of(self.cib.document(), user, &|group| host.is_in_group(user, group)))
    }

    fn read(&mut self, asked: &Asked<'_>, host: &dyn Host) -> Outcome {
        let readable = match self.access(asked.user, host).map(|access| self.cib.readable_by(&access)).transpose() {
            Err(error) => return Err(error).into(),
            Ok(Some(None)) => return Err(CibError::Denied).into(),
            Ok(readable) => readable.flatten(),
        };
        match asked.operation {
            Operation::Query => {
                let whole = asked.section.is_some_and(|section| section.eq_ignore_ascii_case("all"))
                    && !asked.options.contains(CallOptions::XPATH);
                let section = asked.section.filter(|_| !whole);
                let answer = readable.as_ref().unwrap_or(&self.cib).query(section, asked.options);
                match (answer, readable) {
                    (Err(error), _) => Err(error).into(),
                    (Ok(Answer::Made(made)), _) => Outcome { output: Some(Output::whole(made)), ..Ok(()).into() },
                    (Ok(Answer::Element(node)), None) => {
                        Outcome { output: Some(Output::Element(node)), ..Ok(()).into() }
                    }
                    (Ok(Answer::Element(node)), Some(copy)) => {
                        Outcome { output: Some(Output::Of(copy.document, node)), ..Ok(()).into() }
                    }
                }
            }
            Operation::Ping => self.pong(asked),
            Operation::SyncToAll | Operation::SyncToOne => {
                // whoever has lost track asks all, itself too
                let is_own = asked.operation == Operation::SyncToOne && asked.origin == self.setup.host;
                if is_own && !self.setup.alone {
                    return Ok(()).into();
                }
                self.send_cib(asked.request, asked.operation == Operation::SyncToAll).into()
            }
            Operation::Shutdown => {
                let is_reply = asked.request.attribute(asked.request.root(), messages::REPLY_TO).is_some();
                self.take_leave(asked.origin, is_reply).into()
            }
            Operation::IsPrimary if !self.primary => Err(CibError::NotPrimary).into(),
            Operation::Secondary | Operation::AllSecondary => self.set_primary(false),
            _ => Ok(()).into(),
        }
    }

    fn set_primary(&mut self, primary: bool) -> Outcome {
        match (self.primary, primary) {
            (false, true) => self.log(Level::Info, "cib_process_readwrite", "We are now in R/W mode".to_owned()),
            (true, false) => self.log(Level::Info, "cib_process_readwrite", "We are now in R/O mode".to_owned()),
            _ => {}
        }
        self.primary = primary;
        Ok(()).into()
    }

    fn pong(&mut self, asked: &Asked<'_>) -> Outcome {
        let sequence = asked.request.attribute(asked.request.root(), messages::PING_ID);
        let (pong, digest) = messages::pong(&self.cib, sequence);
        let text = format!("Reporting our current digest to {}: {digest} for {}", asked.origin, self.version());
        self.log(Level::Info, "cib_process_ping", text);
        Outcome { output: Some(Output::whole(pong)), ..Ok(()).into() }
    }

    fn change(&mut self, asked: &Asked<'_>, now: Now<'_>, host: &dyn Host) -> Outcome {
        self.note_attempt();
        if asked.operation == Operation::ApplyPatch && self.passes_over_patch() {
            let text = "Not applying diff (sync in progress)".to_owned();
            self.log(Level::Notice, "cib_server_process_diff", text);
            return Err(CibError::DiffResync).into();
        }
        let data = messages::call_data(asked.request);
        let data = if asked.operation == Operation::ApplyPatch {
            data
        } else {
            data.and_then(|data| section::part_of(asked.request, data, asked.section))
        };
        let data = data.map(|node| (asked.request, node));
        let access = self.access(asked.user, host);
        let of_request = |name| asked.request.attribute(asked.request.root(), name);
        let request = Request {
            operation: asked.operation,
            section: asked.section.filter(|_| asked.operation != Operation::ApplyPatch),
            options: carried_out_with(asked),
            data: data.filter(|_| takes_data(asked.operation)),
            digest: of_request(messages::DIGEST),
            origin: Origin {
                host: asked.origin,
                client: of_request(messages::CLIENT_NAME),
                user: of_request(messages::USER),
                time: now.text,
            },
            access: access.as_ref(),
            newest_schema: newest_schema(asked.request),
        };
        let given = asked.options.contains(CallOptions::INHIBIT_BROADCAST)
            || messages::is_true(asked.request, messages::UPDATE);
        let versioning = if given { Versioning::Given } else { Versioning::Managed };
        if asked.options.contains(CallOptions::DRY_RUN) {
            let tried = self.cib.clone().change(&request, versioning, host);
            return match tried {
                Ok(_) => Ok(()).into(),
                Err(failure) => self.refused(failure, access.as_ref()),
            };
        }
        let replaced = (asked.operation == Operation::Replace).then(|| section_digests(&self.cib));
        let before = self.version();
        match self.cib.change(&request, versioning, host) {
            Ok(mut change) => {
                if given && let Some(diff) = change.patch.as_ref().filter(|diff| is_format_1(diff)) {
                    change.configuration = names_configuration(diff);
                }
                let data = request.data;
                if asked.operation == Operation::Replace && data.is_some_and(|(data, top)| is_cib(data, top)) {
                    self.caught_up(asked.request, &before);
                }
                self.note_change(now);
                self.publish(asked, change, replaced, data, now);
                Ok(()).into()
            }
            Err(mut failure) => {
                if failure.error == CibError::DiffResync {
                    failure.error = self.lost_track();
                }
                self.log_failure(&failure);
                self.tell_of_refusal(asked, &failure, request.data, now);
                self.refused(failure, access.as_ref())
            }
        }
    }

    /// The answer to what was refused: what could not be created, or as much as its user may read of the CIB that would
    /// have come of it.
    fn refused(&self, failure: Failure, access: Option<&Access>) -> Outcome {
        let rejected = failure.rejected.and_then(|rejected| match access {
            None => Some(*rejected),
            Some(access) => Cib::new(*rejected).ok()?.readable_by(access).ok()?.map(|cib| cib.document().clone()),
        });
        let output = failure.answer.map(|answer| *answer).or(rejected).map(Output::whole);
        Outcome { output, ..Err(failure.error).into() }
    }

    /// Subscribers hear of what was refused for what would have come of it.
    fn tell_of_refusal(
        &mut self,
        asked: &Asked<'_>,
        failure: &Failure,
        data: Option<(&Document, NodeId)>,
        now: Now<'_>,
    ) {
        let Some(patch) = &failure.patch else { return };
        let mut diff = (**patch).clone();
        if let Some(rejected) = &failure.rejected {
            sign(&mut diff, rejected, &mut self.digest_due, now);
        }
        for line in diff_log::lines(&diff) {
            self.log(Level::Info, "cib_perform_op", line);
        }
        if failure.error == CibError::Schema {
            let schema = failure.rejected.as_ref().and_then(|cib| cib.attribute(cib.root(), "validate-with"));
            let schema = schema.unwrap_or("unspecified");
            let text = format!("Updated CIB does not validate against {schema} schema");
            self.log(Level::Warning, "cib_perform_op", text);
        }
        if !asked.options.contains(CallOptions::INHIBIT_NOTIFY) {
            let rc = failure.error.rc();
            let message = messages::change(&self.cib, asked.operation.name(), rc, data, &diff);
            self.notify(Notification::Diff, &message);
        }
    }

    /// What could not be created is named, with what was tried.
    fn log_failure(&mut self, failure: &Failure) {
        let Some(answer) = &failure.answer else { return };
        let text = format!("Action cib_create failed: {} (cde={})", failure.error, failure.error.rc());
        self.log(Level::Warning, "update_results", text);
        for line in answer.text(answer.root(), Form::Formatted).lines() {
            self.log(Level::Error, "cib_process_create", format!("CIB Update failures   {line}"));
        }
    }

    /// Tells of a change that was made: the log, the disk, whoever wants to know.
    fn publish(
        &mut self,
        asked: &Asked<'_>,
        change: Change,
        replaced: Option<[Option<String>; 3]>,
        data: Option<(&Document, NodeId)>,
        now: Now<'_>,
    ) {
        let mut patch = change.patch;
        if let Some(diff) = &mut patch {
            if !in_place(asked) {
                sign(diff, self.cib.document(), &mut self.digest_due, now);
            }
            for line in diff_log::lines(diff) {
                self.log(Level::Info, "cib_perform_op", line);
            }
        }
        if (change.configuration || replaced.is_some()) && !in_place(asked) {
            self.actions.push(super::Action::Write(asked.operation.name()));
        }
        if change.configuration || replaced.is_some() {
            self.options = Options::of(self.cib.document(), &now.local);
        }
        let Some(diff) = patch else { return };
        if !asked.options.contains(CallOptions::INHIBIT_NOTIFY) {
            let message = messages::change(&self.cib, asked.operation.name(), 0, data, &diff);
            self.notify(Notification::Diff, &message);
        }
        let sections = match (asked.operation, replaced) {
            (Operation::Erase, _) => messages::SECTIONS.iter().map(|section| section.1).sum(),
            (_, Some(before)) => changed_sections(&before, &section_digests(&self.cib)),
            _ => 0,
        };
        if sections != 0 {
            self.notify_replacement(&diff, sections, asked.origin);
        }
    }

    fn notify_replacement(&mut self, diff: &Document, sections: u32, origin: &str) {
        let (from, to) = patch_versions(diff);
        let text = if from.num_updates == to.num_updates {
            format!("Local-only Replace: {} from {origin}", to)
        } else {
            format!("Replaced: {} -> {} from {origin}", from, to)
        };
        self.log(Level::Info, "cib_replace_notify", text);
        let message = messages::replaced(&self.cib, 0, sections);
        self.notify(Notification::Replace, &message);
    }

    fn answer(&mut self, asked: &Asked<'_>, outcome: &Outcome, answered: Answered) {
        if asked.options.contains(CallOptions::DISCARD_REPLY) || answered == Answered::default() {
            return;
        }
        let output = outcome.output.as_ref().map(|output| match output {
            Output::Of(document, node) => (document, *node),
            Output::Element(node) => (self.cib.document(), *node),
        });
        let rc = outcome.result.map_or_else(CibError::rc, |()| 0);
        let mut reply =
            messages::Reply { request: asked.request, options: carried_out_with(asked), rc, output }.document();
        if answered.client {
            self.answer_client(&reply, asked.options);
        }
        if answered.peer {
            reply.set_attribute(reply.root(), messages::REPLY_TO, asked.origin);
            self.send_to_peers(Some(asked.origin), reply);
        }
    }

    /// Gives a client of ours its reply; a message says itself whose it is.
    fn answer_client(&mut self, reply: &Document, options: CallOptions) {
        let uuid = reply.attribute(reply.root(), messages::CLIENT_ID).unwrap_or_default();
        if options.contains(CallOptions::DISCARD_REPLY) {
            return;
        }
        let Some(to) = self.by_uuid.get(uuid).copied() else {
            if !uuid.is_empty() {
                let call = reply.attribute(reply.root(), messages::CALL_ID).unwrap_or("0");
                let text = format!("Could not send response {call}: client {uuid} not found");
                self.log(Level::Debug, "do_local_notify", text);
            }
            return;
        };
        let sync = options.contains(CallOptions::SYNC_CALL);
        let id = match self.clients.get_mut(&to) {
            Some(client) if sync => std::mem::take(&mut client.request),
            _ => 0,
        };
        self.send(to, id, reply, if sync { Flags::empty() } else { Flags::SERVER_EVENT });
    }

    fn log_forwarding(&mut self, asked: &Asked<'_>, to: Option<&str>) {
        let text = format!(
            "Forwarding {} operation for section {} to {} (origin=local/{}/{})",
            asked.operation.name(),
            asked.section.unwrap_or("'all'"),
            to.unwrap_or("all"),
            asked.client,
            asked.call
        );
        let level = if asked.operation == Operation::Noop { Level::Debug } else { Level::Info };
        self.log(level, "cib_process_request", text);
    }

    fn log_completion(&mut self, asked: &Asked<'_>, result: Result<(), CibError>) {
        let level = match result {
            _ if !asked.operation.modifies() => Level::Trace,
            Ok(()) => Level::Info,
            Err(_) => Level::Warning,
        };
        let text = format!(
            "Completed {} operation for section {}: {} (rc={}, origin={}/{}/{}, version={})",
            asked.operation.name(),
            asked.section.unwrap_or("'all'"),
            result.map_or_else(|error| error.to_string(), |()| "OK".to_owned()),
            result.map_or_else(CibError::rc, |()| 0),
            asked.origin,
            asked.client,
            asked.call,
            self.version()
        );
        self.log(level, "cib_process_request", text);
    }

    pub(super) fn version(&self) -> String {
        let cib = self.cib.document();
        let part = |name| cib.attribute(cib.root(), name).unwrap_or("(null)");
        format!("{}.{}.{}", part("admin_epoch"), part("epoch"), part("num_updates"))
    }
}

fn is_format_1(diff: &Document) -> bool {
    diff.attribute(diff.root(), "format") == Some("1")
}

/// Puts a CIB's digest into its patch, where one is due.
fn sign(diff: &mut Document, cib: &Document, due: &mut u64, now: Now<'_>) {
    if now.seconds >= *due {
        *due = now.seconds + DIGEST_EVERY;
        diff.set_attribute(diff.root(), "digest", &patched_digest(cib));
    }
}

/// The schema that all hosts are to upgrade to, once one of them decided it.
fn newest_schema(request: &Document) -> Option<&str> {
    request.attribute(request.root(), messages::NEWEST_SCHEMA)
}

fn is_cib(data: &Document, top: NodeId) -> bool {
    data.name(top).is_some_and(|name| name.eq_ignore_ascii_case("cib"))
}

fn takes_data(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::Modify | Operation::ApplyPatch | Operation::Replace | Operation::Create | Operation::Delete
    )
}

/// Digests of the sections that are told of when they were replaced.
fn section_digests(cib: &Cib) -> [Option<String>; 3] {
    let document = cib.document();
    messages::SECTIONS.map(|(name, _)| section::find(document, Some(name)).map(|node| cib_digest(document, node)))
}

fn changed_sections(before: &[Option<String>; 3], after: &[Option<String>; 3]) -> u32 {
    let pairs = messages::SECTIONS.iter().zip(before.iter().zip(after));
    pairs.filter(|(_, (before, after))| before != after).map(|((_, bit), _)| bit).sum()
}
