//! The irc and plain dialects, and what one message costs to render
