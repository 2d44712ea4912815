//! The terminal client: sans-IO session and model, and the view
