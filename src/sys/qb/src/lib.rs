//! libqb IPC on real sockets and shared memory: server and client
