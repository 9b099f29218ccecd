// @odata/client, a general client for OData 4.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { ConfidentialClientApplication } from '@azure/msal-node';
import odata from '@odata/client';
import { run, sandbox } from './checks.mjs';

const { OData, EdmV4 } = odata;
const { credentials } = sandbox;
const { entra, business_central } = sandbox.tls.bases;
const root = `${business_central}/v2.0/${credentials.tenant}/${credentials.environment}/api/v2.0/`;

const app = new ConfidentialClientApplication({
  auth: {
    clientId: credentials.service_client_id, clientSecret: credentials.service_client_secret,
    authority: `${entra}/${credentials.tenant}`, knownAuthorities: [new URL(entra).host],
  },
});
const { accessToken } = await app.acquireTokenByClientCredential({ scopes: ['https://api.businesscentral.dynamics.com/.default'] });

const client = (path = '', headers = {}) =>
  OData.New4({ serviceEndpoint: `${root}${path}`, commonHeaders: { Authorization: `Bearer ${accessToken}`, ...headers } });
const companies = await client().getEntitySet('companies').query();
const inside = `companies(${companies.find(one => one.displayName === credentials.company).id})/`;
const set = (name, headers) => client(inside, headers).getEntitySet(name);
const guid = id => EdmV4.Guid.from(id);
const options = () => OData.newOptions();
const filter = () => OData.newFilter();

await run({
  'reads a set in an order, page by page': async () => {
    const customers = set('customers');
    const all = await customers.query(options().orderby('displayName', 'asc'));
    const paged = [];
    for (let skip = 0; skip < all.length; skip += 8) paged.push(...(await customers.query(options().orderby('displayName', 'asc').top(8).skip(skip))));
    assert.deepEqual(paged.map(one => one.id), all.map(one => one.id));
    assert.equal(await customers.count(), all.length);
    const few = await customers.query(options().top(2).select(['number', 'displayName']));
    assert.deepEqual(Object.keys(few[0]).filter(name => !name.startsWith('@')).sort(), ['displayName', 'number']);
  },
  'reads one by its key': async () => {
    const customers = set('customers');
    const [first] = await customers.query(options().top(1));
    assert.equal((await customers.retrieve(guid(first.id))).number, first.number);
    await assert.rejects(customers.retrieve(guid('00000000-0000-0000-0000-000000000001')), /CorrelationId/);
    // A quoted key is refused, as the service refuses it.
    await assert.rejects(customers.retrieve(first.id), /CorrelationId/);
  },
  'filters': async () => {
    const customers = set('customers');
    const all = await customers.query();
    const [one, other] = [all[1], all[4]];
    assert.deepEqual((await customers.find({ number: one.number })).map(found => found.id), [one.id]);
    const either = filter().property('number').eq(one.number).property('number').eq(other.number);
    assert.equal((await customers.query(either)).length, 2);
    const middle = await customers.query(filter().property('displayName').between('F', 'M'));
    assert.deepEqual(middle.map(found => found.id).sort(), all.filter(({ displayName: name }) => name >= 'F' && name <= 'M').map(found => found.id).sort());
    const dated = await set('salesInvoices').find({ status: 'Open' });
    const day = dated.map(one => one.invoiceDate).sort()[Math.floor(dated.length / 2)];
    const since = await set('salesInvoices').query(filter().property('invoiceDate').ge(EdmV4.Date.from(new Date(day))).property('status').eq('Open'));
    assert.deepEqual(since.map(one => one.id).sort(), dated.filter(one => one.invoiceDate >= day).map(one => one.id).sort());
    assert.equal(await set('salesInvoices').count(filter().property('status').eq('Open')), (await set('salesInvoices').find({ status: 'Open' })).length);
    await assert.rejects(customers.query(filter().property('colour').eq('red')), /Could not find a property named 'colour'/);
  },
  'expands lines and their parents': async () => {
    const [invoice] = await set('salesInvoices').query(options().top(1).expand('salesInvoiceLines').expand('customer'));
    assert.ok(invoice.salesInvoiceLines.length > 0);
    assert.equal(invoice.customer.id, invoice.customerId);
    assert.ok(invoice.salesInvoiceLines.every(line => line.documentId === invoice.id));
  },
  'creates, changes and deletes under a tag': async () => {
    const customers = set('customers');
    const made = await customers.create({ displayName: 'Odder Æbler', type: 'Company' });
    assert.equal(made.displayName, 'Odder Æbler');
    await assert.rejects(customers.update(guid(made.id), { city: 'Odder' }), 'a change without a tag');
    const tagged = set('customers', { 'If-Match': made['@odata.etag'] });
    await tagged.update(guid(made.id), { city: 'Odder' });
    const changed = await customers.retrieve(guid(made.id));
    assert.equal(changed.city, 'Odder');
    assert.notEqual(changed['@odata.etag'], made['@odata.etag']);
    await assert.rejects(tagged.update(guid(made.id), { city: 'Hou' }), /Another user has already changed the record/);
    await customers.delete(guid(made.id));
    await assert.rejects(customers.retrieve(guid(made.id)));
  },
  'creates a draft with its lines in one request': async () => {
    const [payer] = await set('customers').query(options().top(1));
    const [account] = await set('accounts').find({ category: 'Income', accountType: 'Posting' });
    const lines = [
      { lineType: 'Account', accountId: account.id, description: 'Krus', quantity: 2, unitPrice: 100 },
      { lineType: 'Comment', description: 'Tak for handlen' },
    ];
    const invoices = set('salesInvoices');
    const made = await invoices.create({ customerId: payer.id, externalDocumentNumber: 'odata-1', salesInvoiceLines: lines });
    const whole = await invoices.retrieve(guid(made.id), options().expand('salesInvoiceLines'));
    const read = whole.salesInvoiceLines ?? (await client(`${inside}salesInvoices(${made.id})/`).getEntitySet('salesInvoiceLines').query());
    assert.deepEqual(read.map(line => [line.lineType, line.quantity]), [['Account', 2], ['Comment', 0]]);
    assert.deepEqual((await invoices.find({ externalDocumentNumber: 'ODATA-1' })).map(one => one.id), [made.id]);
    await invoices.delete(guid(made.id));
  },
  'batches in JSON, and as multipart': async () => {
    const whole = client();
    const ask = () => [
      whole.newBatchRequest({ collection: `${inside}customers`, params: options().top(2) }),
      whole.newBatchRequest({ collection: `${inside}items`, params: options().top(1) }),
    ];
    for (const answers of [await whole.execBatchRequestsJson(ask()), await whole.execBatchRequests(ask())]) {
      assert.deepEqual(answers.map(answer => answer.status), [200, 200]);
      assert.equal((await answers[0].json()).value.length, 2);
      assert.equal((await answers[1].json()).value.length, 1);
    }
  },
  'writes in a batch, and nothing of it stays under Isolation when a part fails': async () => {
    const count = async name => (await set('customers').query(options().filter(filter().field('displayName').eq(name)))).length;
    const make = (to, name) => to.newBatchRequest({ collection: `${inside}customers`, method: 'POST', entity: { displayName: name } });
    const whole = client();
    const [made] = await whole.execBatchRequestsJson([make(whole, 'Flok')]);
    assert.equal(made.status, 201);
    assert.equal(await count('Flok'), 1);
    await set('customers').delete(guid((await made.json()).id));
    const one = client('', { Isolation: 'snapshot' });
    const answers = await one.execBatchRequestsJson([make(one, 'Spøgelse'), make(one, '')]);
    assert.deepEqual(answers.map(answer => answer.status), [201, 400], 'the first still says that it was made');
    assert.equal(await count('Spøgelse'), 0);
  },
  'subscribes with a handshake, and is told of a change': async () => {
    const heard = [];
    const listener = createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      const token = new URL(request.url, 'http://x').searchParams.get('validationToken');
      if (!token) heard.push(...JSON.parse(body).value);
      response.end(token ?? '');
    });
    await new Promise(done => listener.listen(0, '127.0.0.1', done));
    const notificationUrl = `http://127.0.0.1:${listener.address().port}/hook`;
    const subscriptions = client().getEntitySet('subscriptions');
    const wanted = { notificationUrl, resource: `/api/v2.0/${inside}items`, clientState: 'conform' };
    await assert.rejects(subscriptions.create({ ...wanted, notificationUrl: 'http://127.0.0.1:9/nobody' }));
    const made = await subscriptions.create(wanted);
    const item = await set('items').create({ displayName: 'Nyhed' });
    const headers = { 'x-sandbox-token': credentials.token, 'content-type': 'application/json' };
    await fetch(`${sandbox.tls.bases.admin}/_sandbox/clock`, { method: 'POST', headers, body: JSON.stringify({ move_by_seconds: 31 }) });
    for (let waited = 0; heard.length === 0 && waited < 5_000; waited += 50) await new Promise(done => setTimeout(done, 50));
    listener.close();
    assert.deepEqual(heard.map(one => [one.changeType, one.clientState, one.subscriptionId]), [['created', 'conform', made.subscriptionId]]);
    await set('items').delete(guid(item.id));
  },
});
