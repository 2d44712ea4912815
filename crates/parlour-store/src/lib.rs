//! What is kept: SQLite, one writer, readers beside it
