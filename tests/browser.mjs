// The page in an ordinary browser over the second host: the same job, the rules of
// accessibility, the content policy, and what crosses between page and core.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const need = createRequire(join(root, 'ui/package.json'));
const { chromium } = need('@playwright/test');
const axe = readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = 60_000;

const data = mkdtempSync(join(tmpdir(), 'countersign-'));
const note = join(data, 'sandbox.json');
let host, address, browser, page;
const crossed = [];
const violations = [];
const mistakes = [];

before(async () => {
  host = spawn(join(root, 'target/debug/countersign-cli'), ['--folder', join(data, 'books'), 'host', join(root, 'ui/dist')], {
    env: { ...process.env, COUNTERSIGN_SANDBOX_NOTE: note },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await first(createInterface({ input: host.stdout }), 'line');
  address = new URL(JSON.parse(line).url);
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' });
  const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'da-DK', timezoneId: 'Europe/Copenhagen', viewport: { width: 1280, height: 800 } });
  page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.exposeFunction('violated', (what) => violations.push(what));
  await page.addInitScript(() => addEventListener('securitypolicyviolation', (e) => window.violated(`${e.violatedDirective} ${e.blockedURI}`)));
  page.on('pageerror', (error) => mistakes.push(String(error)));
  page.on('request', (asked) => crossed.push(asked.url(), asked.postData() ?? ''));
  page.on('response', async (answer) => crossed.push(await answer.text().catch(() => '')));
});

after(async () => {
  await browser?.close();
  host?.kill();
  rmSync(data, { recursive: true, force: true });
});

test('strangers are refused', async () => {
  const token = address.searchParams.get('token');
  const origin = address.origin;
  const call = { method: 'POST', path: '/call/overview', body: '{}', headers: { origin, 'x-countersign-token': token } };
  assert.equal(await status(call), 200);
  assert.equal(await status({ ...call, headers: { origin } }), 403, 'no token');
  assert.equal(await status({ ...call, headers: { origin, 'x-countersign-token': `${token}0` } }), 403, 'another token');
  assert.equal(await status({ ...call, headers: { 'x-countersign-token': token } }), 403, 'no origin');
  assert.equal(await status({ ...call, headers: { origin: 'http://evil.example', 'x-countersign-token': token } }), 403, 'another origin');
  assert.equal(await status({ ...call, headers: { ...call.headers, host: 'evil.example' } }), 421, 'another name for this address');
  assert.equal(await status({ method: 'GET', path: '/' }), 403, 'the page without its token');
  assert.equal(await status({ method: 'GET', path: '/../Cargo.toml' }), 404, 'a file that is not of the page');
});

test('the whole job, with every screen readable for everybody', async () => {
  await page.goto(address.href);
  await page.getByLabel('Name').fill('Mette Kjærgård');
  await readable('who signs');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Open the demo' }).waitFor();
  await readable('the doors');

  const begun = page.waitForResponse((answer) => answer.url().endsWith('/call/begin_signin'));
  await page.getByRole('button', { name: 'Open the demo' }).click();
  await signIn((await (await begun).json()).url);
  await page.getByRole('grid').getByRole('row').first().waitFor();
  await until('both sides are fetched', async () => (await call('progress', {})).fetch?.running === false);
  await readable('review');

  const [row] = await rows('new');
  await page.keyboard.press('Space');
  await readable('why');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await until('the row is signed', async () => (await rows('countersigned')).some((signed) => signed.key === row.key));
  await page.keyboard.press('g');
  await page.keyboard.press('z');
  await page.getByRole('dialog', { name: 'Undo log' }).getByText(row.left.number).waitFor();
  await readable('the undo log');
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page.getByRole('listbox', { name: 'Drafts' }).waitFor();
  await readable('drafts');
  await page.keyboard.press('b');
  await page.getByTestId('write').waitFor();
  await readable('the basket');
  await page.getByTestId('write').click();
  await until('it is written', async () => (await call('progress', {})).write?.running === false);
  const { write } = await call('progress', {});
  assert.deepEqual({ ...write, confirmed: write.total }, write, 'everything is confirmed');
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.getByRole('table').waitFor();
  await readable('the trail');
  await page.getByRole('button', { name: 'kept the answer' }).first().click();
  await page.getByRole('button', { name: 'Only this row' }).click();
  await page.getByText(`Only ${row.left.number}`).waitFor();
  await readable('an entry of the trail');
  await page.evaluate(() => (document.documentElement.dataset.theme = 'dark'));
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.getByRole('grid').getByRole('row').first().waitFor();
  await readable('review in the dark');

  const { sales_invoices: invoices, sales_credit_memos: memos } = (await sandbox('state')).business_central;
  const made = [...invoices, ...memos].filter((document) => document.externalDocumentNumber.toUpperCase() === row.left.number.toUpperCase());
  assert.deepEqual(made.map((document) => document.status), ['Draft'], 'the demo company holds exactly one draft of the row');
});

test('connections are shown, mended in place and ended; books are copied and named', async () => {
  await command('Connections');
  await page.getByRole('heading', { name: 'Connections' }).waitFor();
  await readable('connections');
  const stripe = page.getByRole('region', { name: 'Stripe' });
  await stripe.getByRole('button', { name: 'Check now' }).click();
  await stripe.getByText('it holds').waitFor();
  await stripe.getByRole('button', { name: 'Disconnect' }).click();
  await readable('disconnect, asked');
  await stripe.getByRole('button', { name: 'Disconnect' }).click();
  await stripe.getByText('disconnected').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('f');
  await page.getByRole('button', { name: 'Connect it again' }).click();
  await until('Stripe is connected again and fetched', async () => (await call('overview', {})).book.stripe.state === 'connected' && (await call('progress', {})).fetch?.running === false);

  await order('entra', { revoke_sessions: true });
  await order('clock', { move_by_seconds: 7200 });
  await page.keyboard.press('f');
  await page.getByRole('alert').getByRole('button', { name: 'Sign in again' }).click();
  await page.getByRole('heading', { name: 'Sign in to Business Central again' }).waitFor();
  await readable('sign in again');
  const begun = page.waitForResponse((answer) => answer.url().endsWith('/call/begin_signin'));
  await page.getByRole('button', { name: 'Sign in with Microsoft' }).click();
  await signIn((await (await begun).json()).url);
  await page.getByText('Connected again.').waitFor();
  await until('the fetch goes on by itself', async () => {
    const { fetch } = await call('progress', {});
    return fetch?.running === false && fetch.problem === null;
  });

  await command('What leaves this computer');
  await page.getByRole('region', { name: 'The newest requests' }).waitFor();
  await readable('what leaves');
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+o');
  await page.getByRole('heading', { name: 'Books' }).waitFor();
  await readable('books');
  await page.getByRole('button', { name: 'Save a copy' }).click();
  await page.getByText('A whole copy was saved').waitFor();
  await page.keyboard.press('Control+o');
  await page.getByRole('button', { name: 'Save a copy' }).click();
  await page.getByRole('alert').getByText('It was left as it is').waitFor();
  await page.keyboard.press('Escape');
});

test('Escape closes a sheet from inside its field too', async () => {
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Every command' }).waitFor();
  await page.keyboard.type('conn');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('a row without a draft leads to where something can be done about it', async () => {
  // Money asks first what it pays: an invoice.
  const row = (await rows('unexplained')).find(({ kind, no_draft }) => kind === 'invoice' && no_draft?.code === 'tax_unsaid');
  await room('r', () => page.getByRole('grid'));
  await page.keyboard.press('/');
  await page.keyboard.type(row.left.number);
  await page.keyboard.press('Enter');
  await until('the row is found', async () => (await page.getByRole('grid').getByRole('row').count()) === 1);
  await page.getByRole('grid').focus();
  await page.keyboard.press('Space');
  await page.getByText('Say once in Settings').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#vat input:focus').waitFor();
  await page.keyboard.press('Escape');

  // What is changed and not saved waits there.
  await page.getByLabel('Other rates at home').fill('6; 12');
  await page.keyboard.press('Escape');
  await room('r', () => page.getByText('They wait there as you left them.'));
  await page.keyboard.press('/');
  await page.keyboard.press('Escape');
  await room('s', () => page.getByRole('heading', { name: 'Settings' }));
  assert.equal(await page.getByLabel('Other rates at home').inputValue(), '6; 12');
  await page.getByLabel('Other rates at home').fill('');
  await page.keyboard.press('Escape');
});

test('settings are tried before they are saved, and a person says who a customer is', async () => {
  await room('s', () => page.getByRole('heading', { name: 'Settings' }));
  await readable('settings');
  const before = await call('choices', {});
  await page.getByLabel('VAT number', { exact: true }).uncheck();
  await page.getByRole('button', { name: 'Test the settings' }).click();
  await page.getByText('Invented invoices').first().waitFor();
  await readable('the test of the settings');
  assert.deepEqual(await call('choices', {}), before, 'a test keeps nothing');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Save and propose anew' }).click();
  await until('they are saved', async () => !(await call('choices', {})).chosen.identify_by.includes('vat_number'));

  await room('c', () => page.getByRole('listbox', { name: 'Customers', exact: true }).getByRole('option').first());
  await readable('customers');
  const customers = () => call('customer_rows', { search: '', unclear_only: false, first: 0, limit: 500 });
  const { unclear, rows: [first] } = await customers();
  assert.ok(unclear > 1 && first.state === 'unclear', 'who waits for a person stands first');
  await page.keyboard.press('Enter');
  await page.getByRole('listbox', { name: 'Customers it could be' }).getByRole('option', { selected: true }).waitFor();
  await readable('who a customer could be');
  await page.keyboard.press('Enter');
  await until('it is linked', async () => (await customers()).unclear === unclear - 1);
  const linked = (await customers()).rows.find((row) => row.key === first.key);
  assert.deepEqual([linked.state, linked.said.who], ['linked', 'Mette Kjærgård']);
});

test('the page keeps to its policy and makes no mistake', () => {
  assert.deepEqual(violations, []);
  assert.deepEqual(mistakes, []);
});

test('no secret crosses to the page, in any form', async () => {
  const secrets = [JSON.parse(readFileSync(note)).credentials.stripe_key, ...(await sandbox('tokens'))];
  assert.ok(secrets.length >= 3 && crossed.length > 50);
  for (const text of crossed) {
    for (const form of secrets.flatMap(forms)) assert.ok(!text.includes(form), `a secret crossed in ${text.slice(0, 200)}`);
  }
});

/** The sign-in page of the demo company, in a tab of its own as in the window's popup. */
async function signIn(url) {
  const tab = await page.context().newPage();
  await tab.goto(url);
  await tab.getByRole('button', { name: 'Accept' }).click();
  await tab.close();
}

/** No fault that would keep somebody out (impact serious or critical). */
async function readable(screen) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const faults = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(faults.map(({ id, nodes }) => `${screen}: ${id} at ${nodes.map(({ target }) => target).join(', ')}`), []);
}

/** Goes to a room by its keys. */
async function room(letter, seen) {
  await page.keyboard.press('g');
  await page.keyboard.press(letter);
  await seen().waitFor();
}

async function rows(bucket) {
  const query = { bucket, month: null, search: '' };
  return (await call('review_rows', { query, anchor: { at: 'start' }, before: 0, after: 1000 })).rows;
}

/** One command of the desk, as the page itself would call it. */
function call(name, body) {
  return page.evaluate(
    async ([name, body]) => {
      const token = document.querySelector('meta[name="countersign-token"]').content;
      const headers = { 'content-type': 'application/json', 'x-countersign-token': token };
      return (await fetch(`/call/${name}`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
    },
    [name, body],
  );
}

/** The demo company, asked directly. */
async function sandbox(what) {
  const { admin, credentials } = JSON.parse(readFileSync(note));
  const answer = await fetch(new URL(`/_sandbox/${what}`, admin), { headers: { 'x-sandbox-token': credentials.token } });
  return answer.json();
}

/** Moves the demo company from outside. */
async function order(what, body) {
  const { admin, credentials } = JSON.parse(readFileSync(note));
  const headers = { 'x-sandbox-token': credentials.token, 'content-type': 'application/json' };
  const answer = await fetch(new URL(`/_sandbox/${what}`, admin), { method: 'POST', headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
}

/** Gives a command by its name, from the palette. */
async function command(name) {
  await page.keyboard.press('Control+k');
  await page.getByRole('listbox', { name: 'Every command' }).waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
}

/** A secret as it could stand in text: plain, percent-encoded, JSON-escaped, and in base 64 at any offset. */
function forms(secret) {
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.from(' '.repeat(offset) + secret).toString('base64url');
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + secret.length) * 8) / 6));
  });
  const standard = base64.map((text) => text.replaceAll('-', '+').replaceAll('_', '/'));
  return [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64, ...standard])];
}

async function until(what, look) {
  const started = Date.now();
  while (!(await look())) {
    if (Date.now() - started > PATIENCE) throw new Error(`waited in vain until ${what}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}

function first(emitter, event) {
  return new Promise((done, fail) => {
    emitter.once(event, (...values) => done(values));
    host.once('exit', (code) => fail(new Error(`the host ended with ${code} before it was ready`)));
  });
}

function status({ method, path, body, headers }) {
  return new Promise((done, fail) => {
    const asked = request({ host: address.hostname, port: address.port, method, path, headers }, (answer) => done(answer.resume().statusCode));
    asked.on('error', fail).end(body);
  });
}
