//! State that all connections of the service share, on its one thread.

use crate::hooks::Paces;

/// State of the service.
#[derive(Debug, Default)]
pub struct Shared {
    pub(crate) paces: Paces,
}
