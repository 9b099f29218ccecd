//! One way out of the program: `http` requests and answers over a seam that is
//! either the network or a simulation. Nothing here knows which service it talks to.

mod transport;

pub use transport::{BoxFuture, Clock, Lost, Transport};
