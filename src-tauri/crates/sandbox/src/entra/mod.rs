//! Microsoft Entra ID, as far as signing in to Business Central needs it.

/// Who a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub tenant: String,
    pub domain: String,
    /// Object id of the user, or of the application for app-only tokens.
    pub subject: String,
    pub name: String,
    pub client_id: String,
    pub app_only: bool,
}
