//! (room signin)
