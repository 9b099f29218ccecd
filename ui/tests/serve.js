import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { build } from 'vite';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.woff': 'font/woff', '.svg': 'image/svg+xml' };
const NONCE = 'of-this-test';
// The window's own policy, with the nonce that the host fills in.
const POLICY = `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${NONCE}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Builds the page with the made-up company in it and serves it under the window's policy. */
export async function serve(root) {
  const outDir = join(root, '../target/ui-fixture');
  await build({ root, mode: 'fixture', logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://host').pathname);
    const file = path === '/' ? '/index.html' : path;
    try {
      let body = await readFile(join(outDir, file));
      if (file === '/index.html') body = body.toString().replace('__TAURI_STYLE_NONCE__', NONCE);
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': POLICY });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
