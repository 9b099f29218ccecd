//! (room ledgers)
