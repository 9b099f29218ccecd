//! The service's error answers: a code, an HTTP status, a text with a correlation id.
//!
//! Codes: learn.microsoft.com, dev-itpro/webservices/dynamics-error-codes.md.

use super::guid::Guid;
use super::value::{Kind, write_json_text};
use bytes::Bytes;
use http::{Response, StatusCode, header};

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Fault {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
}

impl Fault {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// A business rule of the application said no.
    pub fn dialog(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Application_DialogException", message)
    }

    /// "X must have a value in Y".
    pub fn field(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Application_FieldValidationException", message)
    }

    pub fn relation(field: &str, table: &str, value: &str, related: &str) -> Self {
        let text = format!("The field {field} of table {table} contains a value ({value}) that cannot be found in the related table ({related}).");
        Self::new(StatusCode::BAD_REQUEST, "Internal_InvalidTableRelation", text)
    }

    pub fn same_key(table: &str, key: &str) -> Self {
        let text = format!("The record in table {table} already exists. Identification fields and values: {key}");
        Self::new(StatusCode::BAD_REQUEST, "Internal_EntityWithSameKeyExists", text)
    }

    /// An id in the address that names nothing.
    pub fn no_record(table: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Internal_RecordNotFound", format!("The record in table {table} cannot be found."))
    }

    /// A record that a rule had to read is not there.
    pub fn record_missing(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Internal_RecordNotFound", message)
    }

    pub fn unknown(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Unknown", message)
    }

    pub fn segment(name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "BadRequest_ResourceNotFound", format!("Resource not found for the segment '{name}'."))
    }

    pub fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "BadRequest_NotFound", "Bad Request - Error in query syntax.")
    }

    pub fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "BadRequest_MethodNotAllowed", "Entity does not support the requested operation.")
    }

    pub fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "BadRequest_MethodNotImplemented", message)
    }

    pub fn read_only(control: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest_InvalidOperation", format!("Control '{control}' is read-only."))
    }

    pub fn credentials() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Authentication_InvalidCredentials", "The server has rejected the client credentials.")
    }

    pub fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Internal_TenantUnavailable", "The tenant is being updated. Try again later.")
    }

    pub fn company() -> Self {
        let text = "Cannot find a company with the given name or id, or no company was given.";
        Self::new(StatusCode::NOT_FOUND, "Internal_CompanyNotFound", text)
    }

    pub fn permission(table: &str, action: &str) -> Self {
        let text = format!("Sorry, the current permissions prevented the action. (TableData {table} {action}: Base Application)");
        Self::new(StatusCode::FORBIDDEN, "Internal_ServerError", text)
    }

    pub fn literal(text: &str, kind: &Kind) -> Self {
        Self::bad_request(format!("Cannot convert the literal '{}' to the expected type '{}'.", shortened(text), kind.edm()))
    }

    pub fn too_long(name: &str, length: usize, limit: usize, text: &str) -> Self {
        let message = format!(
            "The length of the string is {length}, but it must be less than or equal to {limit} characters. Field: {name}. Value: {}",
            shortened(text)
        );
        Self::new(StatusCode::BAD_REQUEST, "Application_StringExceededLength", message)
    }

    pub fn property(name: &str, entity: &str) -> Self {
        Self::bad_request(format!("Could not find a property named '{}' on type 'Microsoft.NAV.{entity}'.", shortened(name)))
    }

    /// The same refusal with the status that was seen in the field instead of the documented one.
    pub fn as_seen(&self) -> Self {
        let status = match (self.code, self.status) {
            ("BadRequest_MethodNotImplemented", _) => StatusCode::BAD_REQUEST,
            ("Internal_EntityWithSameKeyExists", _) => StatusCode::CONFLICT,
            ("Internal_RecordNotFound", _) => StatusCode::BAD_REQUEST,
            ("Internal_CompanyNotFound", _) => StatusCode::BAD_REQUEST,
            (_, status) => status,
        };
        Self { status, ..self.clone() }
    }

    /// The body as it goes over the wire; two blanks stand before the correlation id.
    pub fn body(&self, correlation: Guid) -> String {
        let mut out = String::from("{\"error\":{\"code\":");
        write_json_text(&mut out, self.code);
        out.push_str(",\"message\":");
        write_json_text(&mut out, &format!("{}  CorrelationId:  {correlation}.", self.message));
        out.push_str("}}");
        out
    }

    pub fn response(&self, correlation: Guid) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(self.body(correlation)));
        *response.status_mut() = self.status;
        let json = header::HeaderValue::from_static("application/json; charset=utf-8; odata.metadata=minimal");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Long input is not sent back in full.
fn shortened(text: &str) -> String {
    text.chars().take(120).collect()
}
