//! One request and its reply.

use core_types::CsError;
use core_types::mar::ResponseHeader;
use sys_qb::Client;
use zerocopy::FromBytes;

/// Connects to a service of the local daemon, for requests of at most that many bytes.
pub(crate) fn connect(service: &str, request_max: usize) -> Result<Client, CsError> {
    Client::connect(service, request_max).map_err(|errno| CsError::from_errno(errno as i32))
}

/// Sends a request and gives the reply, whatever the daemon's result in it is.
pub(crate) fn ask<'a>(client: &Client, request: &[&[u8]], reply: &'a mut [u8]) -> Result<&'a [u8], CsError> {
    let got = client.call(request, reply, -1).map_err(|errno| CsError::from_errno(errno as i32))?;
    reply.get(..got).ok_or(CsError::Library)
}

/// Sends a request and gives the reply, once the daemon's result in it is CS_OK.
pub(crate) fn call<'a>(client: &Client, request: &[&[u8]], reply: &'a mut [u8]) -> Result<&'a [u8], CsError> {
    let reply = ask(client, request, reply)?;
    CsError::check(result(reply)?).map(|()| reply)
}

/// Sends a request whose reply is a result only.
pub(crate) fn order(client: &Client, request: &[&[u8]]) -> Result<(), CsError> {
    call(client, request, &mut [0; size_of::<ResponseHeader>()]).map(|_| ())
}

/// The daemon's result in a reply.
pub(crate) fn result(reply: &[u8]) -> Result<i32, CsError> {
    ResponseHeader::read_from_prefix(reply).map(|(header, _)| header.error).map_err(|_| CsError::Library)
}
