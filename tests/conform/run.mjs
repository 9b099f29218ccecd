// Starts the sandbox, runs every client against it, and counts.
//   node run.mjs <sandbox program> <python>

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [program, python] = process.argv.slice(2);
const clients = [
  { name: 'stripe for Node', command: 'node', script: 'stripe_node.mjs' },
  { name: 'stripe for Python', command: python, script: 'stripe_python.py' },
  { name: '@azure/msal-node', command: 'node', script: 'signin_node.mjs' },
  { name: 'msal for Python', command: python, script: 'signin_python.py' },
  { name: 'pybusinesscentral', command: python, script: 'ledger_python.py' },
  { name: '@odata/client', command: 'node', script: 'ledger_odata.mjs' },
  { name: '$metadata', command: 'node', script: 'metadata.mjs' },
  { name: '@available-dev/e-conomic-mcp', command: 'node', script: 'economic.mjs' },
];
const READY_WITHIN_MS = 60_000;
const LONGEST_CLIENT_MS = 300_000;

let passed = 0;
let failed = 0;

function tell(good, text) {
  good ? passed++ : failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${passed + failed} - ${text}`);
}

/** The program, and the line it prints when it is ready. */
async function start() {
  const child = spawn(program, ['--tls', '--without-rate-limits'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const first = once(createInterface({ input: child.stdout }), 'line', { signal: AbortSignal.timeout(READY_WITHIN_MS) });
  const gone = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the sandbox ended with ${code}`)));
  gone.catch(() => {});
  const [line] = await Promise.race([first, gone]);
  return { child, ready: JSON.parse(line) };
}

/** Tells each check of a client, and each that it promised and did not reach. */
async function meet({ name, command, script }, ready) {
  const env = {
    ...process.env,
    SANDBOX: JSON.stringify(ready),
    NODE_EXTRA_CA_CERTS: 'sandbox.pem',
    REQUESTS_CA_BUNDLE: 'sandbox.pem',
    SSL_CERT_FILE: 'sandbox.pem',
    NO_PROXY: '127.0.0.1,localhost',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONWARNINGS: 'ignore',
  };
  const child = spawn(command, [script], { env, stdio: ['ignore', 'pipe', 'inherit'], timeout: LONGEST_CLIENT_MS, killSignal: 'SIGKILL' });
  const ended = Promise.race([once(child, 'close'), once(child, 'error')]);
  let planned = 1;
  let told = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [, plan] = /^1\.\.(\d+)$/.exec(line) ?? [];
    const [, verdict, text] = /^(ok|not ok) - (.*)$/.exec(line) ?? [];
    if (plan) {
      planned = Number(plan);
    } else if (verdict) {
      told++;
      tell(verdict === 'ok', `${name}: ${text}`);
    } else {
      console.log(line);
    }
  }
  const [how] = await ended;
  for (let left = told; left < planned; left++) {
    tell(false, `${name}: a check that was not reached, the client ended with ${how}`);
  }
}

async function stop(child) {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  const [code] = await ended;
  clearTimeout(late);
  tell(code === 0, 'the sandbox: stops cleanly');
}

const { child, ready } = await start();
writeFileSync('sandbox.pem', ready.tls.certificate);
try {
  for (const client of clients) {
    await meet(client, ready);
  }
} finally {
  await stop(child);
}
console.log(`1..${passed + failed}\n# pass ${passed}\n# fail ${failed}`);
process.exitCode = failed === 0 ? 0 : 1;
