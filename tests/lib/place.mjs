// A page of a merchant's own, page.html, and locations that put it behind the gate;
// nginx serves them, the application is never asked.
//
//   const { dir, extra } = merchantPlace((files) =>
//     `location ^~ /acme/own/ { pforte required; alias ${files}/; }`);
//   const stack = await startStack({ extra });
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export function merchantPlace(locations) {
  const dir = mkdtempSync(join(tmpdir(), 'pforte-place-'));
  const extra = join(dir, 'extra.conf');
  after(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, 'page.html'), 'a page of the merchant\n');
  writeFileSync(extra, locations(dir));
  return { dir, extra };
}
