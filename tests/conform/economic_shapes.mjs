// Where an answer of e-conomic's departs from the published schemas that the client brings with it.
// Patterns and formats are left out: the service itself departs from those (`lastUpdated` is a time, not a date).

import { readFileSync } from 'node:fs';

const { paths } = JSON.parse(readFileSync('node_modules/@available-dev/e-conomic-mcp/spec/economic-openapi.json', 'utf8'));

/** Paths without a parameter whose answers have a schema. */
export const plain = Object.keys(paths).filter(path => !path.includes('{') && schemaOf(path));

function schemaOf(path) {
  return paths[path]?.get?.responses[200]?.content?.['application/json']?.schema;
}

/** The departures of the answer to a GET of that path, as the schemas write it. */
export function departures(path, body) {
  const schema = schemaOf(path);
  return schema ? compare(schema, body, path) : [`${path} has no schema`];
}

function compare(schema, value, at) {
  const wrong = () => [`${at} is ${JSON.stringify(value)?.slice(0, 80)}`];
  if (schema.oneOf) {
    const each = schema.oneOf.map(one => compare(one, value, at));
    return each.find(found => found.length === 0) ?? each[0];
  }
  switch (schema.type) {
    case 'object': return value === null || typeof value !== 'object' || Array.isArray(value) ? wrong() : ofObject(schema, value, at);
    case 'array': return Array.isArray(value) ? value.flatMap(one => (schema.items ? compare(schema.items, one, `${at}[]`) : [])) : wrong();
    case 'string': return typeof value === 'string' && (!schema.enum || schema.enum.includes(value)) && [...value].length <= (schema.maxLength ?? Infinity) ? [] : wrong();
    case 'integer': return Number.isInteger(value) ? [] : wrong();
    case 'number': return typeof value === 'number' ? [] : wrong();
    case 'boolean': return typeof value === 'boolean' ? [] : wrong();
    default: return [];
  }
}

function ofObject(schema, value, at) {
  const declared = schema.properties ?? {};
  const missing = (schema.required ?? []).filter(name => !(name in value)).map(name => `${at}.${name} is missing`);
  // `metaData` names what can be done with a document; the service has it in more places than its schemas.
  const fields = Object.entries(value).filter(([name]) => name !== 'metaData').flatMap(([name, field]) => {
    if (declared[name]) return compare(declared[name], field, `${at}.${name}`);
    // Objects without any property in the schema are open.
    return Object.keys(declared).length === 0 ? [] : [`${at}.${name} is not declared`];
  });
  return [...missing, ...fields];
}
