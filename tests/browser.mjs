// The page in an ordinary browser over the second host: the same job, the rules of
// accessibility, the content policy, and what crosses between page and core.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
  const context = await browser.newContext({ locale: 'da-DK', timezoneId: 'Europe/Copenhagen', viewport: { width: 1280, height: 800 } });
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

test('the page keeps to its policy and makes no mistake', () => {
  assert.deepEqual(violations, []);
  assert.deepEqual(mistakes, []);
});

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
