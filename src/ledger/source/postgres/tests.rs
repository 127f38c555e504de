//! The source against a real server.
