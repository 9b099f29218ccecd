//! The account that a key belongs to.

use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    pub id: String,
    pub country: Option<String>,
    pub default_currency: Option<String>,
    pub email: Option<String>,
    pub business_profile: Option<BusinessProfile>,
    pub settings: Option<Settings>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BusinessProfile {
    pub name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Settings {
    pub dashboard: Option<Dashboard>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Dashboard {
    pub display_name: Option<String>,
    pub timezone: Option<String>,
}
