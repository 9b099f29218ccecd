//! What sign-in libraries ask before anything else.

use super::fault::Refusal;
use super::{Entra, json};
use bytes::Bytes;
use http::{Response, StatusCode};

impl Entra {
    pub(super) fn configuration(&self, tenant: &str) -> Result<Response<Bytes>, Refusal> {
        let known = self.tenant(tenant)?;
        let issuer_tenant = known.map_or("{tenantid}", |tenant| tenant.id.as_str());
        let base = &self.here;
        let body = serde_json::json!({
            "issuer": format!("{base}/{issuer_tenant}/v2.0"),
            "authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{base}/{tenant}/oauth2/v2.0/token"),
            "device_authorization_endpoint": format!("{base}/{tenant}/oauth2/v2.0/devicecode"),
            "jwks_uri": format!("{base}/{tenant}/discovery/v2.0/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
        });
        Ok(json(StatusCode::OK, body.to_string()))
    }

    /// `/common/discovery/instance`: this host stands for itself.
    pub(super) fn instance(&self) -> Response<Bytes> {
        let host = self.here.split("://").nth(1).unwrap_or_default();
        let body = serde_json::json!({
            "tenant_discovery_endpoint": format!("{}/common/v2.0/.well-known/openid-configuration", self.here),
            "api-version": "1.1",
            "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
        });
        json(StatusCode::OK, body.to_string())
    }
}
