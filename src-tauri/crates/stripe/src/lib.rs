//! (room stripe)
