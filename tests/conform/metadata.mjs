// $metadata, read by SAP's EDMX parser, and the answers held against it.

import assert from 'node:assert/strict';
import { ConfidentialClientApplication } from '@azure/msal-node';
import edmx from '@sap-ux/edmx-parser';
import { run, sandbox } from './checks.mjs';

const { credentials } = sandbox;
const { entra, business_central } = sandbox.tls.bases;
const root = `${business_central}/v2.0/${credentials.tenant}/${credentials.environment}/api/v2.0`;
const app = new ConfidentialClientApplication({
  auth: {
    clientId: credentials.service_client_id, clientSecret: credentials.service_client_secret,
    authority: `${entra}/${credentials.tenant}`, knownAuthorities: [new URL(entra).host],
  },
});
const { accessToken } = await app.acquireTokenByClientCredential({ scopes: ['https://api.businesscentral.dynamics.com/.default'] });
const get = path => fetch(`${root}${path}`, { headers: { authorization: `Bearer ${accessToken}` } });

const { schema } = edmx.parse(await (await get('/$metadata')).text());
const typeOf = set => schema.entityTypes.find(type => type.fullyQualifiedName === set.entityTypeName);

const texts = {
  'Edm.Guid': /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'Edm.Date': /^\d{4}-\d\d-\d\d$/,
  'Edm.DateTimeOffset': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
};
const fits = ({ type, maxLength }, value) => {
  if (texts[type]) return texts[type].test(value);
  if (type === 'Edm.String') return typeof value === 'string' && (!maxLength || [...value].length <= maxLength);
  if (type === 'Edm.Boolean') return typeof value === 'boolean';
  if (/^Edm\.(Decimal|Int\d+|Double)$/.test(type)) return typeof value === 'number';
  if (type === 'Edm.Stream') return false;
  // A name of an enumeration, or of a complex type.
  return typeof value === 'string';
};

await run({
  'it parses, with every set, key and navigation': async () => {
    assert.equal(schema.namespace, 'Microsoft.NAV');
    const document = await (await get('')).json();
    assert.deepEqual(schema.entitySets.map(set => set.name).sort(), document.value.map(one => one.name).sort());
    assert.ok(schema.entitySets.length >= 41, `${schema.entitySets.length} sets`);
    for (const set of schema.entitySets) {
      const type = typeOf(set);
      assert.ok(type, `${set.name} has no type`);
      assert.ok(type.keys.length > 0, `${set.name} has no key`);
      for (const way of type.navigationProperties) {
        assert.ok(schema.entityTypes.some(other => other.fullyQualifiedName === way.targetTypeName), `${set.name} leads to ${way.targetTypeName}`);
      }
    }
    assert.ok(schema.actions.some(action => action.name === 'post' && action.isBound));
  },
  'the answers have the declared properties, each of its type': async () => {
    const { value } = await (await get('/companies')).json();
    const company = value.find(one => one.displayName === credentials.company).id;
    let read = 0;
    for (const set of schema.entitySets) {
      const answer = await get(`/companies(${company})/${set.name}?$top=20`);
      // Sets of lines are read below their documents.
      if (!answer.ok) continue;
      const properties = new Map(typeOf(set).entityProperties.map(property => [property.name, property]));
      for (const row of (await answer.json()).value ?? []) {
        read++;
        const fields = Object.entries(row).filter(([name]) => !name.includes('@'));
        for (const [name, value] of fields) {
          assert.ok(properties.has(name), `${set.name}.${name} is not declared`);
          assert.ok(value === null || fits(properties.get(name), value), `${set.name}.${name} is ${JSON.stringify(value)}`);
        }
        const streams = [...properties.values()].filter(property => property.type === 'Edm.Stream').length;
        assert.equal(fields.length, properties.size - streams, `${set.name} leaves out properties`);
      }
    }
    assert.ok(read > 100, `${read} rows`);
  },
});
