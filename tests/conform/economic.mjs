// @available-dev/e-conomic-mcp: its own check of the connection, and its tools over the Model Context Protocol.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { run, sandbox } from './checks.mjs';

const { credentials, tls } = sandbox;
const program = 'node_modules/@available-dev/e-conomic-mcp/dist/index.js';
const environment = (more = {}) => ({
  PATH: process.env.PATH,
  HOME: process.cwd(),
  NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS,
  ECONOMIC_BASE_URL: tls.bases.economic ?? 'https://127.0.0.1:9',
  ECONOMIC_APP_SECRET_TOKEN: credentials.economic_app_secret ?? '',
  ECONOMIC_AGREEMENT_GRANT_TOKEN: credentials.economic_grant ?? '',
  ECONOMIC_PAGE_SIZE: '20',
  ...more,
});

let connected;
async function call(name, args = {}) {
  if (!connected) {
    const client = new Client({ name: 'conform', version: '1.0.0' });
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [program], env: environment() }));
    connected = client;
  }
  const { content, isError } = await connected.callTool({ name, arguments: args });
  const text = content.map(part => part.text).join('\n');
  if (isError) throw new Error(text);
  return JSON.parse(text);
}

const request = (method, path, more = {}) => call('economic_request', { method, path, ...more });

await run({
  'its doctor finds the connection good': async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'doctor'], { env: environment() });
    assert.match(stdout, /✓ Authenticated\. \d+ resource collections/);
  },
  'its doctor finds a wrong grant': async () => {
    const wrong = promisify(execFile)(process.execPath, [program, 'doctor'], { env: environment({ ECONOMIC_AGREEMENT_GRANT_TOKEN: 'wrong' }) });
    await assert.rejects(wrong, error => /401|403/.test(`${error.stdout}${error.stderr}`));
  },
});
