//! What a user may do inside Business Central; a token carries its user's rights.
//!
//! Sets: github.com/microsoft/BCApps, src/Layers/W1/BaseApp/Permissions/d365*.permissionset.al

use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PermissionSet {
    D365Basic,
    D365Read,
    D365SalesDocEdit,
    D365SalesDocPost,
    D365JournalsEdit,
    D365JournalsPost,
    D365CustomerView,
    D365CustomerEdit,
    D365ItemView,
    D365ItemEdit,
    D365Setup,
}

impl PermissionSet {
    pub fn all() -> Vec<Self> {
        use PermissionSet::*;
        vec![
            D365Basic,
            D365Read,
            D365SalesDocEdit,
            D365SalesDocPost,
            D365JournalsEdit,
            D365JournalsPost,
            D365CustomerView,
            D365CustomerEdit,
            D365ItemView,
            D365ItemEdit,
            D365Setup,
        ]
    }

    /// The sets recommended for a user whose drafts must stay drafts.
    pub fn drafts_only() -> Vec<Self> {
        use PermissionSet::*;
        vec![D365Basic, D365Read, D365SalesDocEdit, D365JournalsEdit, D365CustomerEdit, D365ItemEdit]
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights(BTreeSet<PermissionSet>);

impl Rights {
    pub fn new(sets: impl IntoIterator<Item = PermissionSet>) -> Self {
        Self(sets.into_iter().collect())
    }

    pub fn all() -> Self {
        Self::new(PermissionSet::all())
    }

    fn any(&self, sets: &[PermissionSet]) -> bool {
        sets.iter().any(|set| self.0.contains(set))
    }

    /// Whether rows of a table can be read. Without it, some sets come back empty in silence.
    pub fn reads(&self, table: &str) -> bool {
        use PermissionSet::*;
        match table {
            "salesInvoices" | "salesInvoiceLines" | "salesCreditMemos" | "salesCreditMemoLines" | "salesOrders" | "salesOrderLines" => {
                self.any(&[D365Read, D365SalesDocEdit, D365SalesDocPost])
            }
            "journalBatches" | "journalLines" => self.any(&[D365Read, D365JournalsEdit, D365JournalsPost]),
            "generalLedgerEntries" => self.any(&[D365Read, D365JournalsEdit, D365JournalsPost]),
            "customers" => self.any(&[D365Read, D365CustomerView, D365CustomerEdit, D365SalesDocEdit, D365SalesDocPost]),
            "items" => self.any(&[D365Read, D365ItemView, D365ItemEdit, D365SalesDocEdit, D365SalesDocPost]),
            _ => true,
        }
    }

    pub fn writes(&self, table: &str) -> bool {
        use PermissionSet::*;
        match table {
            "salesInvoices" | "salesInvoiceLines" | "salesCreditMemos" | "salesCreditMemoLines" | "salesOrders" | "salesOrderLines" => {
                self.any(&[D365SalesDocEdit, D365SalesDocPost])
            }
            "journalBatches" | "journalLines" => self.any(&[D365JournalsEdit, D365JournalsPost]),
            "customers" | "contacts" => self.any(&[D365CustomerEdit]),
            "items" | "itemCategories" | "unitsOfMeasure" => self.any(&[D365ItemEdit]),
            "attachments" | "documentAttachments" | "dimensionSetLines" | "defaultDimensions" | "subscriptions" => true,
            _ => self.any(&[D365Setup]),
        }
    }

    pub fn posts(&self, table: &str) -> bool {
        use PermissionSet::*;
        match table {
            "journalBatches" => self.any(&[D365JournalsPost]),
            _ => self.any(&[D365SalesDocPost]),
        }
    }
}
