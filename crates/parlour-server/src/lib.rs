//! Sockets, shards, the core's thread, configuration
