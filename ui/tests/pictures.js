// Takes a picture of each screen and state, at both sizes and in both themes, into target/pictures/.
// `npm run pictures -- review` takes only those whose name holds the word.
import { chromium } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from './serve.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(root, '../target/pictures');
const only = process.argv[2] ?? '';
const quick = process.argv.includes('--quick');
const SIZES = [{ width: 1280, height: 800 }, ...(quick ? [] : [{ width: 1000, height: 700 }])];
const THEMES = quick ? ['light'] : ['light', 'dark'];

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const room = async (page, letter) => press(page, 'g', letter);
const open = async (page) => {
  await page.getByRole('grid').waitFor();
  await page.getByRole('button', { name: 'All months' }).click();
  await page.getByRole('option', { name: 'November' }).click();
  await page.waitForFunction(() => document.activeElement?.role === 'grid');
};

const seek = async (page, which) => {
  const line = page.locator(which).first();
  await press(page, 'Home');
  for (let step = 0; step < 200 && !(await line.count()); step += 1) await press(page, 'j');
  await line.click();
};

/** Name, scene, and what is done before the picture. */
const SCENES = [
  ['introduce', 'first', async (page) => page.getByLabel('Name').fill('Mette Kjærgård')],
  ['doors', 'doors', async () => undefined],
  ['books', 'doors', async (page) => press(page, 'Control+o')],
  ['opening', 'doors', async (page) => { await press(page, 'd'); await page.getByText('Sign in in the window').waitFor(); }],
  ['fetching', 'doors', async (page) => { await press(page, 'd'); await page.getByText('Fetching from Stripe').waitFor({ timeout: 9000 }); }],
  ['connect-key', 'connect', async (page) => { await page.getByLabel('Restricted or secret key').fill('pk_live_1'); await press(page, 'Enter'); await page.getByRole('alert').waitFor(); }],
  ['connect', 'connect', connectStripe],
  ['connect-ledger', 'connect', async (page) => { await connectStripe(page); await press(page, 'Enter'); }],
  ['connect-waiting', 'connect', async (page) => { await connectStripe(page); await press(page, 'Enter'); await page.getByRole('button', { name: 'Sign in with Microsoft' }).last().click(); await page.getByText('by hand').waitFor(); }],
  ['connect-company', 'connect', connectLedger],
  ['connect-choices', 'connect', async (page) => { await connectLedger(page); await page.getByRole('radio', { name: 'Nordlys Keramik ApS' }).click(); await page.getByRole('button', { name: 'Pair' }).click(); }],
  ['connect-platform', 'connect', async (page) => { await page.getByRole('button', { name: 'through a Connect platform' }).click(); }],
  ['connect-device', 'connect', async (page) => { await ledgerWay(page, 'with a code', 'Get a code'); await page.getByText('F7KQ2M9XB').waitFor(); }],
  ['connect-application', 'connect', async (page) => { await ledgerWay(page, 'as an application'); }],
  ['connections', 'book', async (page) => { await open(page); await command(page, 'Connections'); }],
  ['disconnect', 'book', async (page) => { await open(page); await command(page, 'Connections'); await page.getByRole('button', { name: 'Disconnect' }).last().click(); }],
  ['leaves', 'book', async (page) => { await open(page); await command(page, 'What leaves'); await page.getByRole('table').waitFor(); }],
  ['books', 'book', async (page) => { await open(page); await press(page, 'Control+o'); await page.getByText('Old laptop').first().waitFor(); }],
  ['review', 'book', async (page) => { await open(page); await press(page, 'Space'); await page.getByText('you signed 64').waitFor(); }],
  ['review-list', 'book', async (page) => { await open(page); await press(page, 'j'); }],
  ['review-signed', 'book', async (page) => { await open(page); await press(page, 'Enter', 'Enter', 'Enter'); }],
  ['review-new', 'book', async (page) => { await open(page); await press(page, 'j', 'j', 'j', 'j', 'j', 'j', 'Space'); }],
  ['review-picker', 'book', async (page) => { await open(page); await press(page, 'j', 'j', 'j', 'j', 'Enter'); await page.getByText('SF-20389').waitFor(); await press(page, 'j', 'j', 'Space'); }],
  ['review-tie', 'book', async (page) => { await open(page); await press(page, 'j', 'j', 'j', 'j', 'j', 'Enter'); await page.getByText('SF-20391').waitFor(); await press(page, 'Space'); }],
  ['review-decline', 'book', async (page) => { await open(page); await press(page, 'x'); }],
  ['review-all', 'book', async (page) => { await open(page); await press(page, 'Shift+Enter'); await page.getByText('Countersign 198 exact').waitFor(); }],
  ['review-search', 'book', async (page) => { await open(page); await press(page, '/'); await page.keyboard.type('klit'); }],
  ['review-empty', 'book', async (page) => { await open(page); await press(page, '/'); await page.keyboard.type('zzz'); await page.getByText('Nothing here').waitFor(); }],
  ['review-month', 'book', async (page) => { await open(page); await page.getByRole('button', { name: /November/ }).click(); }],
  ['review-states', 'book', async (page) => { await open(page); await press(page, '/'); await page.keyboard.type('NK-04'); await press(page, 'Enter', 'j', 'j', 'x', '2'); }],
  ['drafts', 'book', async (page) => { await drafts(page); await press(page, 'b'); }],
  ['drafts-refused', 'book', async (page) => { await drafts(page); await press(page, 'Home', 'j'); await page.getByText('Mend the cause').waitFor(); }],
  ['drafts-unknown', 'book', async (page) => { await drafts(page); await press(page, 'Home'); await page.getByText('no answer came').waitFor(); }],
  ['basket', 'book', async (page) => { await open(page); await press(page, 'b'); }],
  ['writing', 'book', async (page) => { await open(page); await press(page, 'b', 'Control+Enter'); await page.getByText(/Writing 3/).first().waitFor(); }],
  ['review-640', 'book', async (page) => { await open(page); await page.setViewportSize({ width: 640, height: 600 }); await press(page, 'Space'); }],
  ['review-look-at', 'book', async (page) => { await open(page); await page.getByTestId('bucket-unknown').click(); await press(page, 'j', 'j', 'Space'); }],
  ['drafts-altered', 'book', async (page) => { await drafts(page); await seek(page, '[data-draft][data-state="altered"]'); await page.getByLabel('Reason').fill('Agreed by phone'); }],
  ['drafts-item', 'book', async (page) => { await drafts(page); await seek(page, '[data-draft$=":item"]'); }],
  ['drafts-waits-item', 'book', async (page) => { await drafts(page); await seek(page, '[data-draft$=":item"]'); await press(page, 'j'); }],
  ['settings-products', 'book', async (page) => { await open(page); await room(page, 's'); await page.getByLabel('Any other product').selectOption('V-01'); await page.getByLabel('Any other product').scrollIntoViewIfNeeded(); }],
  ['undo-log', 'book', async (page) => { await open(page); await press(page, 'g', 'z'); await page.getByText('Søren').waitFor(); }],
  ['learned', 'book', async (page) => { await open(page); await room(page, 'l'); await page.getByRole('checkbox').nth(1).check(); await page.getByRole('button', { name: 'Replay' }).click(); await page.getByRole('table').waitFor(); }],
  ['learned-rule', 'book', async (page) => { await open(page); await page.keyboard.press('/'); await page.keyboard.type('Skovbrynets'); await press(page, 'Enter'); await press(page, 'Space'); }],
  ['trail', 'book', async (page) => { await open(page); await room(page, 't'); }],
  ['trail-entry', 'book', async (page) => { await open(page); await room(page, 't'); await page.getByRole('button', { name: 'began to send' }).first().click(); await page.getByRole('button', { name: 'Only this row' }).click(); }],
  ['settings', 'book', async (page) => { await open(page); await room(page, 's'); await page.getByRole('heading', { name: 'Settings' }).waitFor(); }],
  ['payouts', 'book', async (page) => { await open(page); await room(page, 'p'); }],
  ['keys', 'book', async (page) => { await open(page); await press(page, '?'); }],
  ['palette', 'book', async (page) => { await open(page); await press(page, 'Control+k'); await page.getByRole('dialog').waitFor(); }],
];

/** Faults that axe calls serious or critical. */
async function unreadable(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `axe ${id}: ${nodes[0]?.target} ${nodes[0]?.failureSummary?.replaceAll('\n', ' ')}`);
}

async function connectStripe(page) {
  await page.getByLabel('Restricted or secret key').fill('rk_live_0004q7T');
  await press(page, 'Enter');
  await page.getByText('What this key may do').waitFor();
  await page.locator('#kept').focus();
}

async function connectLedger(page) {
  await connectStripe(page);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Sign in with Microsoft' }).last().click();
  await page.getByRole('radio', { name: 'Production' }).click({ timeout: 9000 });
  await page.getByRole('radio', { name: 'Nordlys Keramik ApS' }).waitFor();
}

async function ledgerWay(page, way, begin) {
  await connectStripe(page);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: way }).click();
  if (begin) await page.getByRole('button', { name: begin }).click();
}

async function command(page, name) {
  await press(page, 'Control+k');
  await page.getByRole('listbox', { name: 'Every command' }).waitFor();
  await page.keyboard.type(name);
  await press(page, 'Enter');
  await page.getByRole('dialog').waitFor();
}

async function drafts(page) {
  await open(page);
  await room(page, 'd');
  await page.getByText('Möbelhaus').first().click();
  await page.getByRole('heading', { name: 'Draft sales invoice' }).waitFor();
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const served = await serve(root);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
await mkdir(out, { recursive: true });
const faults = [];
for (const viewport of SIZES) {
  for (const colorScheme of THEMES) {
    const context = await browser.newContext({ viewport, colorScheme, timezoneId: 'Europe/Copenhagen', locale: 'en-GB' });
    for (const [name, scene, act] of SCENES) {
      if (!name.includes(only.startsWith('--') ? '' : only)) continue;
      const page = await context.newPage();
      page.on('pageerror', (error) => faults.push(`${name}: ${error.message}`));
      page.on('console', (message) => ['error', 'warning'].includes(message.type()) && faults.push(`${name}: ${message.text()}`));
      try {
        await page.goto(`${served.url}/?scene=${scene}`);
        await page.getByRole('main').waitFor();
        await page.evaluate(() => document.fonts.ready);
        page.setDefaultTimeout(6000);
        await act(page);
        await page.mouse.move(0, 0);
        await page.waitForTimeout(150);
      } catch (error) {
        faults.push(`${name}: ${String(error).split('\n')[0]}`);
      }
      faults.push(...(await unreadable(page)).map((fault) => `${name}: ${fault}`));
      await page.screenshot({ path: join(out, `${name}-${viewport.width}-${colorScheme}.png`) });
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
served.stop();
for (const fault of new Set(faults)) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
