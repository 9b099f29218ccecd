//! What the API says about itself: service document, CSDL, entity definitions.

use super::facts::{Entity, facts};
use super::value::{Kind, plain, write_json_text};
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// The Windows language of captions.
const ENGLISH: u32 = 1033;

pub fn service_document(root: &str) -> String {
    let mut out = String::from("{\"@odata.context\":");
    write_json_text(&mut out, &format!("{root}/$metadata"));
    out.push_str(",\"value\":[");
    for (at, entity) in facts().entities.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let _ = write!(out, "{comma}{{\"name\":\"{0}\",\"kind\":\"EntitySet\",\"url\":\"{0}\"}}", entity.set);
    }
    out.push_str("]}");
    out
}

/// CSDL 4.0. docs: OASIS OData CSDL XML 4.01.
pub fn csdl() -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n<edmx:DataServices>\n<Schema Namespace=\"Microsoft.NAV\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n",
    );
    for of in &facts().enums {
        let _ = writeln!(out, "<EnumType Name=\"{}\">", of.name);
        for (value, member) in of.members.iter().enumerate() {
            let _ = writeln!(out, "<Member Name=\"{member}\" Value=\"{value}\" />");
        }
        out.push_str("</EnumType>\n");
    }
    for entity in &facts().entities {
        entity_type(&mut out, entity);
    }
    for entity in &facts().entities {
        for action in &entity.actions {
            let _ = writeln!(
                out,
                "<Action Name=\"{action}\" IsBound=\"true\"><Parameter Name=\"bindingParameter\" Type=\"Microsoft.NAV.{}\" /></Action>",
                entity.name
            );
        }
    }
    out.push_str("<EntityContainer Name=\"default\">\n");
    for entity in &facts().entities {
        container_set(&mut out, entity);
    }
    out.push_str("</EntityContainer>\n</Schema>\n</edmx:DataServices>\n</edmx:Edmx>\n");
    out
}

fn entity_type(out: &mut String, entity: &Entity) {
    let key = key_of(entity);
    let _ = writeln!(out, "<EntityType Name=\"{}\">\n<Key><PropertyRef Name=\"{key}\" /></Key>", entity.name);
    for property in &entity.properties {
        let limit = match property.kind {
            Kind::Text(Some(limit)) | Kind::Code(limit) => format!(" MaxLength=\"{limit}\""),
            Kind::Decimal => " Scale=\"Variable\"".into(),
            _ => String::new(),
        };
        let nullable = if property.name == key { " Nullable=\"false\"" } else { "" };
        let _ = writeln!(out, "<Property Name=\"{}\" Type=\"{}\"{nullable}{limit} />", property.name, property.kind.edm());
    }
    if entity.set == "companies" {
        for set in company_sets() {
            let _ =
                writeln!(out, "<NavigationProperty Name=\"{}\" Type=\"Collection(Microsoft.NAV.{})\" ContainsTarget=\"true\" />", set.set, set.name);
        }
    }
    for navigation in &entity.navigation {
        let Some(target) = facts().entity(navigation.set) else { continue };
        let kind = if navigation.many { format!("Collection(Microsoft.NAV.{})", target.name) } else { format!("Microsoft.NAV.{}", target.name) };
        let contains = if navigation.many { " ContainsTarget=\"true\"" } else { "" };
        let _ = writeln!(out, "<NavigationProperty Name=\"{}\" Type=\"{kind}\"{contains} />", navigation.name);
    }
    out.push_str("</EntityType>\n");
}

fn container_set(out: &mut String, entity: &Entity) {
    let _ = writeln!(out, "<EntitySet Name=\"{}\" EntityType=\"Microsoft.NAV.{}\">", entity.set, entity.name);
    for navigation in entity.navigation.iter().filter(|navigation| !navigation.many) {
        let _ = writeln!(out, "<NavigationPropertyBinding Path=\"{}\" Target=\"{}\" />", navigation.name, navigation.set);
    }
    out.push_str("</EntitySet>\n");
}

/// `entityDefinitions`: names of everything in words, for clients that build forms. The shape as recorded by
/// amp-labs/connectors, providers/dynamicsbusiness/test/metadata/customers.json; of enum members nobody recorded it.
pub fn definitions(root: &str) -> String {
    let named = |name: &str| json!({ "name": name, "captions": captions(name) });
    let value: Vec<Json> = facts()
        .entities
        .iter()
        .map(|entity| {
            let names = entity.properties.iter().map(|property| property.name).chain(entity.navigation.iter().map(|navigation| navigation.name));
            let members = entity.properties.iter().filter_map(|property| match property.kind {
                Kind::Enum(of) => Some(json!({
                    "fieldName": property.name,
                    "enumMembers": of.members.iter().map(|member| json!({ "name": member, "captions": captions_of(&plain(member)) })).collect::<Vec<_>>(),
                })),
                _ => None,
            });
            json!({
                "entityName": entity.name, "entitySetName": entity.set,
                "entityCaptions": captions(entity.name), "entitySetCaptions": captions(entity.set),
                "properties": names.map(named).collect::<Vec<_>>(),
                "actions": entity.actions.iter().map(|action| named(action)).collect::<Vec<_>>(),
                "enumMembers": members.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "@odata.context": format!("{root}/$metadata#entityDefinitions"), "value": value }).to_string()
}

/// By language; the sandbox speaks English only. "displayName" is captioned "Display Name", "number" "No.".
fn captions(name: &str) -> Json {
    let mut caption = String::new();
    for (at, c) in name.chars().enumerate() {
        if at == 0 {
            caption.extend(c.to_uppercase());
        } else {
            if c.is_uppercase() {
                caption.push(' ');
            }
            caption.push(c);
        }
    }
    captions_of(&caption.strip_suffix("Number").map_or_else(|| caption.clone(), |start| format!("{start}No.")))
}

fn captions_of(caption: &str) -> Json {
    json!([{ "languageCode": ENGLISH, "caption": caption }])
}

fn company_sets() -> impl Iterator<Item = &'static Entity> {
    facts().entities.iter().filter(|entity| !matches!(entity.set, "companies" | "subscriptions"))
}

fn key_of(entity: &Entity) -> &'static str {
    entity.properties.first().map_or("id", |property| property.name)
}
