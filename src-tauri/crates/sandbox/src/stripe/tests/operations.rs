//! Every operation of the API description is played: none is answered with a stub.

use super::super::facts::{self, Field, Fields, Type};
use super::*;

/// The least that a field may be given.
fn least(name: &str, of: &Type, into: &mut Vec<String>) {
    match of {
        Type::Object(fields, _) => required(fields, name, into),
        Type::List(inner) => least(&format!("{name}[0]"), inner, into),
        Type::Map(inner) => least(&format!("{name}[a]"), inner, into),
        Type::Integer => into.push(format!("{name}=1")),
        Type::Boolean => into.push(format!("{name}=true")),
        Type::Number | Type::Decimal => into.push(format!("{name}=1")),
        Type::OneOf(names) => into.push(format!("{name}={}", names.first().map_or("x", String::as_str))),
        _ => into.push(format!("{name}=x")),
    }
}

fn required(fields: &Fields, at: &str, into: &mut Vec<String>) {
    for (name, Field { of, .. }) in fields.iter().filter(|(_, field)| field.required) {
        least(&if at.is_empty() { name.clone() } else { format!("{at}[{name}]") }, of, into);
    }
}

#[test]
fn every_operation_of_the_description_is_played() {
    let (stripe, key) = stripe();
    let mut seen = 0;
    for operation in facts::every_operation() {
        let mut one = stripe.clone();
        // A real object for the first hole, where the list has any.
        let list = operation.template.split("/{").next().unwrap_or_default();
        let some = match facts::operation("GET", list).map(|(of, _)| of.params.values().any(|field| field.required)) {
            Some(false) => ids_of(&mut one, &key, list).first().cloned(),
            _ => None,
        };
        let id = some.unwrap_or_else(|| "none_1".into());
        let parts = operation.template.split('/').map(|part| if part.starts_with('{') { id.as_str() } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        let mut params = Vec::new();
        required(&operation.params, "", &mut params);
        let form = params.join("&");
        let (target, body) = if operation.method == "POST" { (path, form) } else { (format!("{path}?{form}"), String::new()) };
        let (status, _, answer) = send(&mut one, &key, &operation.method, &target, &body, &[]);
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(!message.contains("does not play") && !message.contains("Unrecognized request URL"), "{} {target}: {message}", operation.method);
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{} {target} {body}", operation.method);
        if status == StatusCode::OK {
            assert_eq!(answer_departures(&answer), Vec::<String>::new(), "{} {target}", operation.method);
        }
        seen += 1;
    }
    assert!(seen >= 146, "{seen} operations");
}

fn ids_of(stripe: &mut Stripe, key: &str, list: &str) -> Vec<String> {
    let (_, _, page) = send(stripe, key, "GET", list, "", &[]);
    page["data"].as_array().into_iter().flatten().filter_map(|object| Some(object["id"].as_str()?.to_owned())).collect()
}
