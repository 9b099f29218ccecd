//! What crosses between the desk and its faces, one file a room. Amounts are decimal text with a
//! currency, dates are `YYYY-MM-DD`, instants RFC 3339 in UTC.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Problem, declare};

/// Declares the types of a room in order and remembers them all for the page.
macro_rules! wire {
    ($($(#[$meta:meta])* $kind:ident $name:ident { $($body:tt)* })*) => {
        $(
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
            #[serde(deny_unknown_fields)]
            $(#[$meta])*
            pub $kind $name { $($body)* }
        )*

        pub(super) fn declarations() -> Vec<String> {
            vec![$(declare::<$name>()),*]
        }
    };
}

mod choices;
mod connect;
mod connections;
mod customers;
mod drafts;
mod frame;
mod learned;
mod leaves;
mod review;
mod trail;
mod values;
mod work;

pub use choices::*;
pub use connect::*;
pub use connections::*;
pub use customers::*;
pub use drafts::*;
pub use frame::*;
pub use learned::*;
pub use leaves::*;
pub use review::*;
pub use trail::*;
pub use values::*;
pub use work::*;

/// Every type, in the order of the rooms.
pub(super) fn declarations() -> Vec<String> {
    [
        values::declarations(),
        frame::declarations(),
        connect::declarations(),
        connections::declarations(),
        leaves::declarations(),
        choices::declarations(),
        customers::declarations(),
        review::declarations(),
        learned::declarations(),
        work::declarations(),
        drafts::declarations(),
        trail::declarations(),
    ]
    .concat()
}
