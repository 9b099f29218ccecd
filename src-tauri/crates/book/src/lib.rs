//! (room book)
