// Makes every size the bundler needs from the two drawings. The results are committed;
// run it again after a change: `node icons/make.mjs` (needs rsvg-convert, package librsvg2-bin).
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
// Below 64 px the strokes of the large drawing would fall between pixels.
const drawing = (size) => (size < 64 ? 'icon-32.svg' : 'icon.svg');
const draw = (size) => execFileSync('rsvg-convert', ['-w', size, '-h', size, join(here, drawing(size))].map(String));
const sizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
const pngs = new Map(sizes.map((size) => [size, draw(size)]));
const save = (name, bytes) => writeFileSync(join(here, name), bytes);

for (const size of [16, 32, 64, 128, 256]) save(`${size}x${size}.png`, pngs.get(size));
save('icon.png', pngs.get(512));
save('icon.ico', ico([16, 24, 32, 48, 64, 256]));
save('icon.icns', icns({ icp4: 16, icp5: 32, icp6: 64, ic07: 128, ic08: 256, ic09: 512, ic10: 1024, ic11: 32, ic12: 64, ic13: 256, ic14: 512 }));

/** A Windows icon: a directory of 16-byte entries, then the pictures as PNG. */
function ico(wanted) {
  const head = Buffer.alloc(6 + 16 * wanted.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(wanted.length, 4);
  let offset = head.length;
  wanted.forEach((size, n) => {
    const at = 6 + 16 * n;
    head.writeUInt8(size % 256, at); // 0 stands for 256
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4); // colour planes
    head.writeUInt16LE(32, at + 6); // bits per pixel
    head.writeUInt32LE(pngs.get(size).length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += pngs.get(size).length;
  });
  return Buffer.concat([head, ...wanted.map((size) => pngs.get(size))]);
}

/** A macOS icon: chunks of type, length and PNG. */
function icns(wanted) {
  const chunk = (type, body) => {
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32BE(8 + body.length, 4);
    return Buffer.concat([head, body]);
  };
  return chunk('icns', Buffer.concat(Object.entries(wanted).map(([type, size]) => chunk(type, pngs.get(size)))));
}
