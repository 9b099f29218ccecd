//! A terminal as the face of the desk.

use desk::{CannotOpen, Face, Place, demo};

pub struct Terminal;

impl Face for Terminal {
    fn open_signin(&self, url: &str, place: Place) -> Result<(), CannotOpen> {
        let url = url.to_owned();
        match place {
            // Nobody sits at this screen: the demo company's page is accepted by itself.
            Place::Popup => drop(tokio::spawn(async move {
                if let Err(error) = demo::accept_in_a_browser(&url).await {
                    eprintln!("{error}");
                }
            })),
            Place::Browser => eprintln!("Open this address to sign in:\n{url}"),
        }
        Ok(())
    }

    fn close_signin(&self) {}

    fn changed(&self) {}
}
