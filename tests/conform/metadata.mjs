// $metadata, read by SAP's EDMX parser, and the answers held against it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
const send = (method, path, body) =>
  fetch(`${root}${path}`, { method, headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' }, body: body && JSON.stringify(body) });
const get = path => send('GET', path);

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

/** A type as the facts tell it. */
function told({ type, maxLength }) {
  if (!type.startsWith('Edm.')) return 'enum';
  return type === 'Edm.String' && maxLength ? `${type}:${maxLength}` : type;
}

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
  'its sets, properties, types and lengths are the published ones': () => {
    const published = readFileSync('business-central.facts', 'utf8').split('\n').filter(line => line && !line.startsWith('#'));
    const declared = schema.entitySets.flatMap(set => typeOf(set).entityProperties.map(property => `${set.name} ${property.name} ${told(property)}`));
    assert.deepEqual(declared.sort(), published.sort());
  },
  'the answers have the declared properties, each of its type': async () => {
    const { value } = await (await get('/companies')).json();
    const company = `/companies(${value.find(one => one.displayName === credentials.company).id})`;
    // The company has neither orders nor credit memos.
    const [customer] = (await (await get(`${company}/customers?$top=1`)).json()).value;
    const own = [];
    for (const [set, lines] of [['salesOrders', 'salesOrderLines'], ['salesCreditMemos', 'salesCreditMemoLines']]) {
      const made = await send('POST', `${company}/${set}`, { customerId: customer.id, [lines]: [{ lineType: 'Comment', description: 'Krus' }] });
      assert.equal(made.status, 201, `${set}: ${await made.clone().text()}`);
      own.push(`${company}/${set}(${(await made.json()).id})`);
    }
    const answered = new Set();
    let rows = 0;
    /** Reads rows of a type and holds them against it. */
    async function read(type, path) {
      const answer = await get(path);
      if (!answer.ok) return [];
      answered.add(type.name);
      const body = await answer.json();
      for (const row of body.value ?? [body]) {
        rows++;
        compare(type, row, path);
      }
      return body.value ?? [body];
    }
    for (const set of schema.entitySets) {
      const type = typeOf(set);
      const above = ['companies', 'subscriptions'].includes(set.name) ? '' : company;
      const some = await read(type, `${above}/${set.name}?$top=20`);
      // Lines and other parts are read below what they belong to.
      for (const row of set.name === 'companies' ? [] : some.slice(0, 2)) {
        for (const way of type.navigationProperties) {
          const target = schema.entityTypes.find(other => other.fullyQualifiedName === way.targetTypeName);
          await read(target, `${above}/${set.name}(${row[type.keys[0].name]})/${way.name}`);
        }
      }
    }
    for (const document of own) assert.equal((await send('DELETE', document)).status, 204);
    const silent = schema.entitySets.map(set => typeOf(set).name).filter(name => !answered.has(name));
    assert.deepEqual(silent, [], 'types that answered nowhere');
    assert.ok(rows > 100, `${rows} rows`);
  },
});

function compare(type, row, at) {
  const properties = new Map(type.entityProperties.map(property => [property.name, property]));
  const fields = Object.entries(row).filter(([name]) => !name.includes('@'));
  for (const [name, value] of fields) {
    assert.ok(properties.has(name), `${at}: ${name} is not declared`);
    assert.ok(value === null || fits(properties.get(name), value), `${at}: ${name} is ${JSON.stringify(value)}`);
  }
  const streams = [...properties.values()].filter(property => property.type === 'Edm.Stream').length;
  assert.equal(fields.length, properties.size - streams, `${at} leaves out properties`);
}
