// The page of all parts is for development alone; what is on it is looked at in
// tests/browser/pages.test.mjs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { build, startStack } from '../lib/stack.mjs';

const dir = mkdtempSync(join(tmpdir(), 'pforte-components-'));
after(() => rmSync(dir, { recursive: true, force: true }));
writeFileSync(join(dir, 'options'), 'development = false\n');
const stack = await startStack({ options: join(dir, 'options') });
const own = { skip: stack.skip };

test('/_components is not found outside of development, whoever asks', own, async () => {
  for (const browser of [stack.browser(), await stack.signedIn('acme', 'anna'), await stack.office('acme', 'operator')]) {
    const answer = await browser.get('/acme/_components');
    assert.equal(answer.status, 404);
    assert.doesNotMatch(answer.text, /whsec_|class="figures"/);
  }
});

test('no program starts in development for an https portal', own, () => {
  const file = join(dir, 'pforte.conf');
  writeFileSync(file, readFileSync(join(stack.state, 'pforte.conf'), 'utf8') +
    'base_url = "https://portal.example"\ndevelopment = true\n');
  const { status, stderr } = spawnSync(join(build, 'pforte'), ['--config', file, 'check'], { encoding: 'utf8' });
  assert.notEqual(status, 0);
  assert.match(stderr, /development is for your own machine, and base_url is https/);
});
