//! Addresses of mail: whose mail box, whose domain.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::lookup::Quick;

/// An address as it is compared, if it is one: lower case, without blanks about it.
pub(crate) fn address(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let (mailbox, domain) = address.split_once('@')?;
    (!mailbox.is_empty() && domain.contains('.')).then_some(address)
}

/// Mail boxes that many share: such an address tells the company at best.
pub(crate) fn shared_mailbox(email: &str) -> bool {
    const BOXES: &[&str] = &[
        "account",
        "accounting",
        "accounts",
        "admin",
        "administration",
        "ap",
        "billing",
        "bogholderi",
        "buchhaltung",
        "comptabilite",
        "contabilidad",
        "contact",
        "ekonomi",
        "faktura",
        "facturas",
        "facturation",
        "finance",
        "hello",
        "info",
        "invoice",
        "invoices",
        "kontakt",
        "kontor",
        "mail",
        "office",
        "okonomi",
        "post",
        "rechnung",
        "regnskab",
        "sales",
    ];
    email.split_once('@').is_some_and(|(mailbox, _)| BOXES.contains(&mailbox))
}

static PROVIDERS: LazyLock<HashSet<&str, Quick>> =
    LazyLock::new(|| include_str!("mail_providers.txt").lines().filter(|line| !line.starts_with('#')).collect());

/// The domain of an address, if it is not a mail provider's.
pub(crate) fn own_domain(email: &str) -> Option<&str> {
    let (_, domain) = email.split_once('@')?;
    (!domain.is_empty() && !PROVIDERS.contains(domain)).then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_nobodys_own_domain() {
        let lines: Vec<&str> = include_str!("mail_providers.txt").lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.windows(2).all(|two| two[0] < two[1]), "in order of the alphabet, each once");
        assert!(lines.iter().all(|line| line.contains('.') && line.trim() == *line && line.to_lowercase() == *line));
        for shared in
            ["gmail.com", "yahoo.co.uk", "hotmail.de", "gmx.at", "live.se", "stofanet.dk", "telia.com", "wanadoo.fr", "libero.it", "bluewin.ch"]
        {
            assert_eq!(own_domain(&format!("ole@{shared}")), None, "{shared}");
        }
        assert_eq!(own_domain("ole@firma.dk"), Some("firma.dk"));
        assert!(shared_mailbox("faktura@x.dk") && !shared_mailbox("ole@x.dk"));
    }

    #[test]
    fn what_is_no_address_is_none() {
        assert_eq!(address(" Ole@Firma.DK "), Some("ole@firma.dk".to_owned()));
        for none in ["", "-", "N/A", "ole", "@", "ole@", "@firma.dk", "none@none"] {
            assert_eq!(address(none), None, "{none}");
        }
    }
}
