//! Names as they are shown.

use alloc::sync::Arc;

/// Name as it is shown: shared, never changed.
pub type Name = Arc<str>;
