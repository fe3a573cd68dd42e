//! Messages as they are sent.
