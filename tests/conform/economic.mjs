// @available-dev/e-conomic-mcp: its own check of the connection, and its tools over the Model Context Protocol.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { run, sandbox } from './checks.mjs';
import { departures, plain } from './economic_shapes.mjs';

const { credentials, tls } = sandbox;
const program = 'node_modules/@available-dev/e-conomic-mcp/dist/index.js';
const environment = (more = {}) => ({
  PATH: process.env.PATH,
  HOME: process.cwd(),
  NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS,
  // Nobody listens there when the sandbox has no e-conomic.
  ECONOMIC_BASE_URL: tls.bases.economic_rest ?? 'https://127.0.0.1:9',
  ECONOMIC_APP_SECRET_TOKEN: credentials.economic_secret ?? 'none',
  ECONOMIC_AGREEMENT_GRANT_TOKEN: credentials.economic_grant ?? 'none',
  ...more,
});

async function doctor(more) {
  const { stderr } = await promisify(execFile)(process.execPath, [program, 'doctor'], { env: environment(more) });
  return stderr;
}

let connected;
/** What a tool answers; its refusal is an error with the text of e-conomic's own. */
async function tool(name, args = {}) {
  if (!connected) {
    connected = new Client({ name: 'conform', version: '1.0.0' });
    await connected.connect(new StdioClientTransport({ command: process.execPath, args: [program], env: environment(), stderr: 'ignore' }));
  }
  const { content, isError } = await connected.callTool({ name, arguments: args });
  const text = content.map(part => part.text).join('\n');
  if (isError) throw new Error(text);
  return JSON.parse(text);
}

const request = (method, path, more = {}) => tool('economic_request', { method, path, ...more });
const all = (path, more = {}) => tool('economic_get_collection', { path, pageSize: 1000, fetchAll: true, ...more });
const today = new Date().toISOString().slice(0, 10);

// Sums that nobody needs for bookkeeping.
const NOT_PLAYED = ['/invoices/totals/drafts/customers', '/invoices/totals/drafts/employees'];

/** A draft for a customer at home, as e-conomic itself would begin it. */
async function draft(more = {}) {
  const home = (await all('vat-zones')).items.find(one => one.vatZoneNumber === 1);
  const customer = (await all('customers')).items.find(one => one.vatZone.vatZoneNumber === home.vatZoneNumber && one.currency === 'DKK' && !one.barred);
  const product = (await all('products')).items.find(one => !one.barred && one.productGroup.productGroupNumber === 1);
  const { items: [layout] } = await all('layouts');
  return {
    date: today, currency: 'DKK', layout: { layoutNumber: layout.layoutNumber },
    customer: { customerNumber: customer.customerNumber }, paymentTerms: { paymentTermsNumber: customer.paymentTerms.paymentTermsNumber },
    recipient: { name: customer.name, vatZone: { vatZoneNumber: home.vatZoneNumber } },
    lines: [{ lineNumber: 1, product: { productNumber: product.productNumber }, description: 'Krus', quantity: 2, unitNetPrice: 100 }],
    ...more,
  };
}

await run({
  'its doctor finds the connection good': async () => {
    const [, resources] = /✓ Authenticated\. (\d+) resource collections/.exec(await doctor());
    assert.ok(Number(resources) > 20, `${resources} resources`);
  },
  'its doctor finds a wrong grant': async () => {
    await assert.rejects(doctor({ ECONOMIC_AGREEMENT_GRANT_TOKEN: 'wrong' }), error => /HTTP 401/.test(error.stderr));
  },
  'reads collections page by page': async () => {
    for (const path of ['customers', 'products', 'accounts', 'invoices/booked']) {
      const whole = await all(path);
      const pageSize = Math.max(1, Math.floor(whole.count / 3));
      const paged = await all(path, { pageSize });
      assert.deepEqual(paged.items, whole.items, path);
      assert.ok(whole.count > 1 && paged.pages === Math.ceil(whole.count / pageSize), `${path}: ${whole.count} in ${paged.pages} pages`);
    }
  },
  'filters and sorts': async () => {
    const customers = (await all('customers')).items;
    const sorted = await tool('economic_list_customers', { sort: '-customerNumber', fetchAll: true });
    assert.deepEqual(sorted.items.map(one => one.customerNumber), customers.map(one => one.customerNumber).sort((a, b) => b - a));
    const above = await tool('economic_list_customers', { filter: `customerNumber$gt:${customers[2].customerNumber}$and:barred$eq:false`, fetchAll: true });
    assert.equal(above.count, customers.filter(one => one.customerNumber > customers[2].customerNumber && !one.barred).length);
    const part = customers[0].name.slice(1, 5);
    const like = await tool('economic_list_customers', { filter: `name$like:${part}`, fetchAll: true });
    assert.deepEqual(like.items, customers.filter(one => one.name.toLowerCase().includes(part.toLowerCase())));
    await assert.rejects(tool('economic_list_customers', { filter: 'colour$eq:red' }), /400/);
  },
  'creates, replaces and deletes a customer': async () => {
    const pattern = (await all('customers')).items[0];
    const { customerGroup, paymentTerms, vatZone } = pattern;
    const customer = { name: 'Ærø Bådværft', currency: 'DKK', city: 'Marstal', customerGroup, paymentTerms, vatZone };
    const made = await tool('economic_create_customer', { customer });
    assert.deepEqual([made.name, made.city], ['Ærø Bådværft', 'Marstal']);
    const { city, ...less } = customer;
    const replaced = await tool('economic_update_customer', { id: made.customerNumber, customer: { ...less, name: 'Ærø Værft' } });
    assert.deepEqual([replaced.customerNumber, replaced.name, replaced.city], [made.customerNumber, 'Ærø Værft', undefined]);
    assert.equal((await request('DELETE', `customers/${made.customerNumber}`)).status, 204);
    await assert.rejects(tool('economic_get_customer', { id: made.customerNumber }), /404/);
    await assert.rejects(tool('economic_create_customer', { customer: { name: 'Nobody' } }), /400/);
  },
  'drafts an invoice, finds, replaces and deletes it': async () => {
    const invoice = await draft({ references: { other: 'conform-1' } });
    const made = await tool('economic_create_draft_invoice', { invoice });
    assert.deepEqual([made.netAmount, made.vatAmount, made.grossAmount], [200, 50, 250]);
    const found = await tool('economic_list_draft_invoices', { filter: 'references.other$eq:conform-1' });
    assert.deepEqual(found.items.map(one => [one.draftInvoiceNumber, one.lines]), [[made.draftInvoiceNumber, undefined]]);
    const id = made.draftInvoiceNumber;
    const { data } = await request('PUT', `invoices/drafts/${id}`, { body: { ...invoice, lines: [{ ...invoice.lines[0], quantity: 3 }] } });
    assert.equal(data.grossAmount, 375);
    assert.equal((await tool('economic_get_draft_invoice', { id })).lines.length, 1);
    const gone = await request('DELETE', `invoices/drafts/${id}`);
    assert.deepEqual([gone.status, gone.data.deletedCount], [200, 1]);
    await assert.rejects(tool('economic_get_draft_invoice', { id }), /404/);
  },
  'attaches a PDF to a draft': async () => {
    const { draftInvoiceNumber: id } = await tool('economic_create_draft_invoice', { invoice: await draft() });
    const content = Buffer.from('%PDF-1.4\n%%EOF\n').toString('base64');
    const sent = await tool('economic_upload_draft_invoice_attachment', { id, content, fileName: 'bilag.pdf' });
    assert.ok(sent.status < 300, `${sent.status}`);
    await request('DELETE', `invoices/drafts/${id}`);
  },
  'cannot book: that is left to people': async () => {
    const { draftInvoiceNumber } = await tool('economic_create_draft_invoice', { invoice: await draft() });
    await assert.rejects(tool('economic_book_draft_invoice', { draftInvoiceNumber }), /403/);
    assert.equal((await tool('economic_get_draft_invoice', { id: draftInvoiceNumber })).grossAmount, 250);
    const { items: [booked] } = await all('invoices/booked');
    await assert.rejects(request('DELETE', `invoices/booked/${booked.bookedInvoiceNumber}`), /405/);
  },
  'drafts a voucher in a journal': async () => {
    const { items: [journal] } = await all('journals');
    const accounts = (await all('accounts')).items.filter(one => ['profitAndLoss', 'status'].includes(one.accountType) && !one.blockDirectEntries && !one.barred);
    const [account, contraAccount] = accounts.map(one => ({ accountNumber: one.accountNumber }));
    const year = (await all('accounting-years')).items.find(one => one.fromDate <= today && today <= one.toDate).year;
    const entry = { account, contraAccount, amount: 12.5, date: today, text: 'Prøve', currency: { code: 'DKK' } };
    const { status, data } = await request('POST', `journals/${journal.journalNumber}/vouchers`, { body: { accountingYear: { year }, entries: { financeVouchers: [entry] } } });
    assert.equal(status, 201);
    assert.ok(Array.isArray(data), 'an array of vouchers');
    const { voucherNumber } = data[0];
    const entries = await all(`journals/${journal.journalNumber}/entries`);
    assert.ok(entries.items.some(one => one.voucher.voucherNumber === voucherNumber && one.amount === 12.5));
  },
  'keeps a supplier, and a delivery location of a customer': async () => {
    const { items: [pattern] } = await all('customers');
    const { paymentTerms, vatZone, customerNumber } = pattern;
    const body = { name: 'Lerværket', currency: 'DKK', supplierGroup: { supplierGroupNumber: 1 }, paymentTerms, vatZone };
    const { status, data: supplier } = await request('POST', 'suppliers', { body });
    assert.deepEqual([status, supplier.name, supplier.barred], [201, 'Lerværket', false]);
    departures('/suppliers/{supplierNumber}', (await request('GET', `suppliers/${supplier.supplierNumber}`)).data).forEach(one => assert.fail(one));
    assert.equal((await request('DELETE', `suppliers/${supplier.supplierNumber}`)).status, 204);
    const made = await request('POST', `customers/${customerNumber}/delivery-locations`, { body: { address: 'Lager 1', postalCode: '8000' } });
    assert.equal(made.status, 201);
    const places = await all(`customers/${customerNumber}/delivery-locations`);
    assert.deepEqual(places.items.map(one => one.address), ['Lager 1']);
    assert.equal((await request('DELETE', `customers/${customerNumber}/delivery-locations/${made.data.deliveryLocationNumber}`)).status, 204);
  },
  'every collection that its root leads to has the published shape': async () => {
    const { resources } = (await request('GET', '/')).data;
    const roots = Object.values(resources).flatMap(Object.keys);
    const found = new Set();
    let read = 0;
    for (const path of plain.filter(path => roots.includes(path.split('/')[1]) && !NOT_PLAYED.includes(path))) {
      const answer = await request('GET', path).catch(error => error);
      if (answer instanceof Error) {
        found.add(`${path}: ${answer.message.slice(0, 120)}`);
        continue;
      }
      read++;
      departures(path, answer.data).forEach(one => found.add(one));
    }
    assert.deepEqual([...found], [], `${found.size} departures in ${read} answers`);
  },
  'every single document has the published shape': async () => {
    const singles = [
      ['customers', '/customers/{customerNumber}', 'customerNumber'], ['products', '/products/{productNumber}', 'productNumber'],
      ['accounts', '/accounts/{accountNumber}', 'accountNumber'], ['journals', '/journals/{journalNumber}', 'journalNumber'],
      ['invoices/drafts', '/invoices/drafts/{draftInvoiceNumber}', 'draftInvoiceNumber'],
      ['invoices/booked', '/invoices/booked/{bookedInvoiceNumber}', 'bookedInvoiceNumber'],
      ['payment-terms', '/payment-terms/{paymentTermsNumber}', 'paymentTermsNumber'], ['vat-zones', '/vat-zones/{vatZoneNumber}', 'vatZoneNumber'],
      ['units', '/units/{unitNumber}', 'unitNumber'], ['product-groups', '/product-groups/{productGroupNumber}', 'productGroupNumber'],
      ['customer-groups', '/customer-groups/{customerGroupNumber}', 'customerGroupNumber'], ['orders/drafts', '/orders/drafts/{orderNumber}', 'orderNumber'],
    ];
    const found = new Set();
    for (const [collection, path, key] of singles) {
      for (const item of (await all(collection)).items.slice(0, 5)) {
        const { data } = await request('GET', `${collection}/${encodeURIComponent(item[key])}`);
        departures(path, data).forEach(one => found.add(one));
      }
    }
    assert.deepEqual([...found], []);
  },
});
