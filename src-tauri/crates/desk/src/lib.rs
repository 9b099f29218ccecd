//! (room desk)
