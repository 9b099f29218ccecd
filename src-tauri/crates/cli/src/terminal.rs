//! A terminal as the face of the desk.

use desk::{CannotOpen, Face, Place};

pub struct Terminal;

impl Face for Terminal {
    fn open_signin(&self, url: &str, place: Place) -> Result<(), CannotOpen> {
        // The demo company's page is accepted by whoever began the sign-in.
        if place == Place::Browser {
            eprintln!("Open this address to sign in:\n{url}");
        }
        Ok(())
    }

    fn close_signin(&self) {}

    fn changed(&self) {}
}
