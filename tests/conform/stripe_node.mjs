// The official SDK for Node, over TLS.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Stripe from 'stripe';
import { run, sandbox } from './checks.mjs';
import { departures } from './shapes.mjs';

const { credentials, bases } = sandbox;
const base = new URL(sandbox.tls.bases.stripe);
const answers = [];
// As it came: the SDK gives its decimals a type of their own.
const structure = body => JSON.parse(JSON.stringify(body));

function client(key, more = {}) {
  const stripe = new Stripe(key, {
    protocol: 'https', host: base.hostname, port: base.port, emitEventBodies: true, maxNetworkRetries: 0, telemetry: false, ...more,
  });
  stripe.on('response', ({ method, path, body }) => body?.object && answers.push({ of: `${method} ${path}`, body: structure(body) }));
  return stripe;
}

const stripe = client(credentials.platform_key);

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

/** Faults for the next requests. */
async function weather(...rules) {
  const headers = { 'x-sandbox-token': credentials.token, 'content-type': 'application/json' };
  const set = await fetch(`${bases.admin}/_sandbox/weather`, { method: 'POST', headers, body: JSON.stringify({ rules }) });
  assert.equal(set.status, 200, await set.text());
}

const fault = (method, path, fault) => ({ port: 'stripe', method, path, times: 1, fault });
const customers = email => stripe.customers.list({ email });

await run({
  'lists page by page to the end, newest first': async () => {
    for (const resource of ['invoices', 'charges', 'customers', 'balanceTransactions', 'events', 'payouts']) {
      const small = await all(stripe[resource].list({ limit: 7 }));
      const large = await all(stripe[resource].list({ limit: 100 }));
      assert.ok(small.length > 7, `${resource}: ${small.length}`);
      assert.equal(new Set(small.map(one => one.id)).size, small.length);
      assert.deepEqual(small.map(one => one.id), large.map(one => one.id));
      assert.ok(small.every((one, n) => n === 0 || small[n - 1].created >= one.created), resource);
    }
  },
  'lists backwards from the oldest': async () => {
    const forwards = await all(stripe.invoices.list({ limit: 100 }));
    const backwards = await all(stripe.invoices.list({ limit: 9, ending_before: forwards.at(-1).id }));
    assert.deepEqual(backwards.map(one => one.id).reverse(), forwards.slice(0, -1).map(one => one.id));
  },
  'filters lists': async () => {
    const everything = await all(stripe.invoices.list({ limit: 100 }));
    const paid = await all(stripe.invoices.list({ limit: 100, status: 'paid' }));
    assert.deepEqual(paid.map(one => one.id), everything.filter(one => one.status === 'paid').map(one => one.id));
    const middle = everything[Math.floor(everything.length / 2)].created;
    const old = await all(stripe.invoices.list({ limit: 100, created: { lte: middle } }));
    assert.equal(old.length, everything.filter(one => one.created <= middle).length);
  },
  'expands to four levels': async () => {
    const page = await stripe.invoices.list({
      status: 'paid', limit: 5, expand: ['data.customer', 'data.payments.data.payment.payment_intent'],
    });
    for (const invoice of page.data) {
      assert.equal(invoice.customer.object, 'customer');
      assert.equal(invoice.payments.object, 'list');
    }
    const intents = page.data.flatMap(invoice => invoice.payments.data).map(one => one.payment.payment_intent);
    assert.ok(intents.some(intent => intent?.object === 'payment_intent'));
    const charge = (await stripe.charges.list({ limit: 1, expand: ['data.balance_transaction'] })).data[0];
    assert.equal(charge.balance_transaction.object, 'balance_transaction');
    const plain = await stripe.invoices.retrieve(page.data[0].id);
    assert.equal(typeof plain.customer, 'string');
    assert.equal(plain.payments, undefined);
  },
  'follows an embedded list and the lines of an invoice': async () => {
    const [invoice] = (await stripe.invoices.list({ limit: 1, status: 'paid' })).data;
    const lines = await all(stripe.invoices.listLineItems(invoice.id, { limit: 1 }));
    assert.equal(lines.reduce((sum, line) => sum + line.subtotal, 0), lines.reduce((sum, line) => sum + line.amount, 0));
    assert.deepEqual(lines.slice(0, invoice.lines.data.length).map(line => line.id), invoice.lines.data.map(line => line.id));
  },
  'itemises a payout to its sum': async () => {
    const payouts = await all(stripe.payouts.list({ status: 'paid', limit: 100 }));
    const payout = payouts.find(one => one.automatic && one.reconciliation_status === 'completed');
    const rows = await all(stripe.balanceTransactions.list({ payout: payout.id, limit: 10, expand: ['data.source'] }));
    assert.equal(rows.filter(row => row.type !== 'payout').reduce((sum, row) => sum + row.net, 0), payout.amount);
  },
  'creates, reads, updates and deletes a customer': async () => {
    const made = await stripe.customers.create({
      name: 'Ærø Bådværft', email: 'post@aero.example', address: { line1: 'Havnen 1', country: 'DK' }, metadata: { a: '1', b: '2' },
      tax_id_data: [{ type: 'eu_vat', value: 'DK13585628' }],
    });
    assert.deepEqual([made.name, made.address.line1, made.metadata], ['Ærø Bådværft', 'Havnen 1', { a: '1', b: '2' }]);
    const changed = await stripe.customers.update(made.id, { metadata: { a: '', c: '3' }, name: 'Ærø Værft' });
    assert.deepEqual([changed.name, changed.metadata], ['Ærø Værft', { b: '2', c: '3' }]);
    assert.deepEqual((await stripe.customers.update(made.id, { metadata: '' })).metadata, {});
    const read = await stripe.customers.retrieve(made.id, { expand: ['tax_ids'] });
    assert.deepEqual([read.name, read.tax_ids.data[0].value], ['Ærø Værft', 'DK13585628']);
    assert.equal((await stripe.customers.del(made.id)).deleted, true);
    assert.equal((await stripe.customers.retrieve(made.id)).deleted, true);
  },
  'takes an invoice through its life': async () => {
    const customer = await stripe.customers.create({ name: 'Conform', email: 'life@conform.example' });
    const rate = await stripe.taxRates.create({ display_name: 'Moms', percentage: 25, inclusive: false, country: 'DK' });
    const draft = await stripe.invoices.create({
      customer: customer.id, currency: 'dkk', collection_method: 'send_invoice', days_until_due: 14, auto_advance: false,
      pending_invoice_items_behavior: 'exclude', metadata: { from: 'conform' },
    });
    assert.deepEqual([draft.status, draft.number, draft.total], ['draft', null, 0]);
    await stripe.invoiceItems.create({ customer: customer.id, invoice: draft.id, amount: 10000, currency: 'dkk', description: 'Krus', tax_rates: [rate.id] });
    await stripe.invoices.addLines(draft.id, { lines: [{ amount: 5000, description: 'Fragt', tax_rates: [rate.id] }] });
    const open = await stripe.invoices.finalizeInvoice(draft.id);
    assert.deepEqual([open.status, open.subtotal, open.total, open.total_taxes[0].amount], ['open', 15000, 18750, 3750]);
    assert.match(open.number, /\w+-\d+/);
    const paid = await stripe.invoices.pay(draft.id, { paid_out_of_band: true });
    assert.deepEqual([paid.status, paid.amount_remaining], ['paid', 0]);
    const found = await all(stripe.events.list({ type: 'invoice.paid', limit: 5 }));
    assert.ok(found.some(event => event.data.object.id === draft.id));
  },
  'deletes a draft, voids an open invoice': async () => {
    const customer = await stripe.customers.create({ name: 'Conform' });
    const common = { customer: customer.id, currency: 'dkk', collection_method: 'send_invoice', days_until_due: 8 };
    const draft = await stripe.invoices.create(common);
    assert.equal((await stripe.invoices.del(draft.id)).deleted, true);
    const other = await stripe.invoices.create(common);
    await stripe.invoiceItems.create({ customer: customer.id, invoice: other.id, amount: 100, currency: 'dkk' });
    await stripe.invoices.finalizeInvoice(other.id);
    assert.equal((await stripe.invoices.voidInvoice(other.id)).status, 'void');
    await assert.rejects(stripe.invoices.del(other.id), stripe.errors.StripeInvalidRequestError);
  },
  'gives decimals as exact values': async () => {
    const product = await stripe.products.create({ name: 'Ler' });
    const price = await stripe.prices.create({ product: product.id, currency: 'dkk', unit_amount_decimal: Stripe.Decimal?.from?.('12.345') ?? '12.345' });
    assert.equal(String(price.unit_amount_decimal), '12.345');
    assert.equal(price.unit_amount, null);
  },
  'replays a request with the same idempotency key': async () => {
    const params = { name: 'Once', email: 'once@conform.example' };
    const first = await stripe.customers.create(params, { idempotencyKey: 'conform-node-1' });
    const second = await stripe.customers.create(params, { idempotencyKey: 'conform-node-1' });
    assert.equal(second.id, first.id);
    assert.equal(second.lastResponse.headers['idempotent-replayed'], 'true');
    assert.equal(second.lastResponse.idempotencyKey, 'conform-node-1');
    assert.equal((await customers(params.email)).data.length, 1);
    const other = stripe.customers.create({ ...params, name: 'Twice' }, { idempotencyKey: 'conform-node-1' });
    await assert.rejects(other, stripe.errors.StripeIdempotencyError);
  },
  'retries by itself after a lost answer, and writes once': async () => {
    const retrying = client(credentials.platform_key, { maxNetworkRetries: 2 });
    await weather(fault('POST', '/v1/customers', 'lose_after'));
    const made = await retrying.customers.create({ name: 'Lost', email: 'lost@conform.example' });
    assert.deepEqual((await customers('lost@conform.example')).data.map(one => one.id), [made.id]);
    await weather(fault('GET', '/v1/customers', { reply: { status: 503 } }));
    assert.equal((await retrying.customers.list({ email: 'lost@conform.example' })).data.length, 1);
  },
  'gives errors as their own types': async () => {
    const { errors } = stripe;
    const refused = async (work, kind, expected) => {
      const error = await work.then(() => assert.fail(`expected ${kind.name}`), error => error);
      assert.ok(error instanceof kind, `${error.constructor.name}: ${error.message}`);
      for (const [name, value] of Object.entries(expected)) assert.equal(error[name], value, `${name} of ${error.message}`);
      assert.match(error.requestId ?? 'req_', /^req_/);
    };
    await refused(client('sk_test_wrong').balance.retrieve(), errors.StripeAuthenticationError, { statusCode: 401 });
    await refused(client(credentials.stripe_key_without_disputes).disputes.list(), errors.StripePermissionError, { statusCode: 403 });
    await refused(stripe.invoices.retrieve('in_missing'), errors.StripeInvalidRequestError, { statusCode: 404, code: 'resource_missing', param: 'invoice' });
    await refused(stripe.customers.create({ colour: 'red' }), errors.StripeInvalidRequestError, { statusCode: 400, code: 'parameter_unknown', param: 'colour' });
    await refused(stripe.customers.list({ limit: 101 }), errors.StripeInvalidRequestError, { statusCode: 400, param: 'limit' });
    await refused(stripe.rawRequest('GET', '/v1/nothing'), errors.StripeInvalidRequestError, { statusCode: 404 });
    const declined = { amount: 5000, currency: 'dkk', payment_method: 'pm_card_chargeDeclined', confirm: true };
    await refused(stripe.paymentIntents.create(declined), errors.StripeCardError, { statusCode: 402, code: 'card_declined' });
    await weather(fault('GET', '/v1/balance', { reply: { status: 429, body: '{"error":{"type":"invalid_request_error","message":"slow"}}' } }));
    await refused(stripe.balance.retrieve(), errors.StripeRateLimitError, { statusCode: 429 });
    await weather(fault('POST', '/v1/customers', 'break_inside'));
    await refused(stripe.customers.create({ name: 'Broken' }), errors.StripeAPIError, { statusCode: 500 });
  },
  'keeps a failure of its own under the idempotency key': async () => {
    await weather(fault('POST', '/v1/customers', 'break_inside'));
    const create = () => stripe.customers.create({ name: 'Broken', email: 'kept@conform.example' }, { idempotencyKey: 'conform-node-2' });
    await assert.rejects(create(), stripe.errors.StripeAPIError);
    await assert.rejects(create(), stripe.errors.StripeAPIError);
  },
  'tells a cut and a lost answer as connection errors': async () => {
    // The SDK itself tries once more when a connection was closed.
    const rule = { ...fault('GET', '/v1/balance', 'lose_before'), times: 2 };
    await weather(rule);
    await assert.rejects(stripe.balance.retrieve(), stripe.errors.StripeConnectionError);
    await weather({ ...fault('GET', '/v1/invoices', { cut: { at: 40 } }), times: 2 });
    await assert.rejects(stripe.invoices.list(), stripe.errors.StripeConnectionError);
    await weather();
  },
  'searches': async () => {
    // What is new can be searched only after some time.
    const invoice = (await all(stripe.invoices.list({ limit: 100, status: 'paid' }))).at(-1);
    const found = await all(stripe.invoices.search({ query: `number:'${invoice.number}'` }));
    assert.deepEqual(found.map(one => one.id), [invoice.id]);
    await assert.rejects(stripe.invoices.search({ query: 'number=1' }), stripe.errors.StripeInvalidRequestError);
  },
  'refunds and credits': async () => {
    const intent = await stripe.paymentIntents.create({ amount: 20000, currency: 'dkk', payment_method: 'pm_card_visa', confirm: true });
    assert.equal(intent.status, 'succeeded');
    const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 5000 });
    assert.deepEqual([refund.amount, refund.currency], [5000, 'dkk']);
    const charge = await stripe.charges.retrieve(intent.latest_charge, { expand: ['balance_transaction', 'refunds'] });
    assert.deepEqual([charge.amount_refunded, charge.refunds.data[0].id], [5000, refund.id]);
    assert.equal(charge.balance_transaction.net, charge.balance_transaction.amount - charge.balance_transaction.fee);
    await assert.rejects(stripe.refunds.create({ payment_intent: intent.id, amount: 20000 }), stripe.errors.StripeInvalidRequestError);
  },
  'sells by subscription, payment link and checkout': async () => {
    const customer = await stripe.customers.create({ name: 'Conform', email: 'sells@conform.example' });
    const product = await stripe.products.create({ name: 'Lerklub' });
    const monthly = await stripe.prices.create({ product: product.id, currency: 'dkk', unit_amount: 9900, recurring: { interval: 'month' } });
    const once = await stripe.prices.create({ product: product.id, currency: 'dkk', unit_amount: 25000 });
    const subscription = await stripe.subscriptions.create({
      customer: customer.id, items: [{ price: monthly.id, quantity: 2 }], collection_method: 'send_invoice', days_until_due: 14, expand: ['latest_invoice'],
    });
    assert.equal(subscription.latest_invoice.billing_reason, 'subscription_create');
    assert.equal(subscription.latest_invoice.total, 19800);
    assert.equal(subscription.items.data[0].price.id, monthly.id);
    assert.equal((await stripe.subscriptions.cancel(subscription.id)).status, 'canceled');
    const link = await stripe.paymentLinks.create({ line_items: [{ price: once.id, quantity: 1 }] });
    assert.equal((await stripe.paymentLinks.listLineItems(link.id)).data[0].price.id, once.id);
    assert.equal((await stripe.paymentLinks.update(link.id, { active: false })).active, false);
    const session = await stripe.checkout.sessions.create({ mode: 'payment', line_items: [{ price: once.id, quantity: 2 }], success_url: 'https://example.com/thanks' });
    assert.deepEqual([session.status, session.payment_status, session.amount_total], ['open', 'unpaid', 50000]);
    assert.equal((await stripe.checkout.sessions.expire(session.id)).status, 'expired');
  },
  'previews an invoice and a credit note without a trace': async () => {
    const customer = await stripe.customers.create({ name: 'Conform', tax_exempt: 'reverse' });
    const taxId = await stripe.customers.createTaxId(customer.id, { type: 'eu_vat', value: 'SE123456789701' });
    assert.equal((await stripe.customers.listTaxIds(customer.id)).data[0].id, taxId.id);
    assert.equal((await stripe.customers.deleteTaxId(customer.id, taxId.id)).deleted, true);
    assert.equal((await stripe.customers.listTaxIds(customer.id)).data.length, 0);
    const coupon = await stripe.coupons.create({ percent_off: 12.5, duration: 'once' });
    const preview = await stripe.invoices.createPreview({
      customer: customer.id, currency: 'sek', discounts: [{ coupon: coupon.id }], invoice_items: [{ amount: 8000, currency: 'sek', description: 'Fat' }],
    });
    assert.deepEqual([preview.subtotal, preview.total], [8000, 7000]);
    assert.equal((await stripe.invoices.list({ customer: customer.id })).data.length, 0);
    const open = (await all(stripe.invoices.list({ status: 'open', limit: 100 }))).find(one => one.amount_remaining > 100);
    const note = await stripe.creditNotes.preview({ invoice: open.id, amount: 100 });
    assert.equal(note.total, 100);
    assert.equal((await stripe.invoices.retrieve(open.id)).amount_remaining, open.amount_remaining);
  },
  'verifies the signature of a webhook': async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = await stripe.webhookEndpoints.create({ url: `http://127.0.0.1:${server.address().port}/hook`, enabled_events: ['customer.created'] });
    const arrived = once(server, 'request');
    const made = await stripe.customers.create({ name: 'Hook' });
    const [request, response] = await arrived;
    let body = '';
    for await (const part of request) body += part;
    response.end();
    server.close();
    await stripe.webhookEndpoints.del(endpoint.id);
    const header = request.headers['stripe-signature'];
    const event = stripe.webhooks.constructEvent(body, header, endpoint.secret);
    assert.deepEqual([event.type, event.data.object.id], ['customer.created', made.id]);
    const wrong = stripe.errors.StripeSignatureVerificationError;
    assert.throws(() => stripe.webhooks.constructEvent(body, header, 'whsec_other'), wrong);
    assert.throws(() => stripe.webhooks.constructEvent(`${body} `, header, endpoint.secret), wrong);
  },
  'connects an account by OAuth, once': async () => {
    const url = new URL(stripe.oauth.authorizeUrl({ client_id: credentials.connect_client_id, scope: 'read_write', state: 'a b' }));
    const consent = action => fetch(`${bases.stripe}${url.pathname}${url.search}`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ action }) });
    const back = async action => new URL((await consent(action)).headers.get('location')).searchParams;
    assert.equal((await back('cancel')).get('error'), 'access_denied');
    const answer = await back('connect');
    assert.equal(answer.get('state'), 'a b');
    const redeem = () => stripe.oauth.token({ grant_type: 'authorization_code', code: answer.get('code') });
    const token = await redeem();
    assert.match(token.stripe_user_id, /^acct_/);
    assert.equal((await client(token.access_token).accounts.retrieveCurrent()).id, token.stripe_user_id);
    await assert.rejects(redeem(), stripe.errors.StripeInvalidGrantError);
    await assert.rejects(client(token.access_token).balance.retrieve(), stripe.errors.StripeAuthenticationError);
    await assert.rejects(stripe.oauth.token({ grant_type: 'magic' }), stripe.errors.StripeUnsupportedGrantTypeError);
    const gone = stripe.oauth.deauthorize({ client_id: credentials.connect_client_id, stripe_user_id: token.stripe_user_id });
    await assert.rejects(gone, stripe.errors.StripeInvalidClientError);
  },
  'every answer of this run has the declared shape': async () => {
    await stripe.accounts.retrieveCurrent();
    await stripe.balance.retrieve();
    for (const resource of ['coupons', 'creditNotes', 'disputes', 'invoiceItems', 'invoicePayments', 'paymentIntents', 'prices', 'products', 'refunds', 'subscriptions', 'taxRates', 'paymentLinks', 'topups', 'transfers']) {
      await all(stripe[resource].list({ limit: 100 }));
    }
    await all(stripe.checkout.sessions.list({ limit: 100 }));
    const found = new Set(answers.flatMap(({ of, body }) => departures(body).map(one => `${of}: ${one}`)));
    assert.deepEqual([...found].slice(0, 20), []);
    assert.ok(answers.length > 100, `${answers.length} answers`);
  },
});
