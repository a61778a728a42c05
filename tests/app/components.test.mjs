// The page of all parts, and the sandbox for payments, are for development alone; what is
// on it is looked at in tests/browser/pages.test.mjs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { build, startStack } from '../lib/stack.mjs';

const dir = mkdtempSync(join(tmpdir(), 'pforte-components-'));
after(() => rmSync(dir, { recursive: true, force: true }));
writeFileSync(join(dir, 'options'), 'development = false\nsandbox_provider = ""\n');
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

test('B5: without a secret there is no sandbox, also for a tenant that chose it', own, async () => {
  const anna = await stack.signedIn('acme', 'anna');
  assert.doesNotMatch((await anna.get('/acme/payment')).text, /payment\/card/);
  assert.equal((await anna.get('/acme/payment/card')).status, 409);
  assert.equal((await anna.get('/acme/_sandbox/pat_1?return=x&at=1&signature=v1')).status, 404);
  assert.equal((await stack.get('/api/webhooks/sandbox/acme', { method: 'POST', body: '{}' })).status, 404);
  const { items } = (await stack.api('acme', 'GET', '/plan-variants?limit=100')).json;
  const { id } = items.find(({ external_id }) => external_id === 'GF1000-24');
  const page = await stack.get(`/acme/order/${id}`);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /value="card"/);
});

test('no program starts with a secret of the sandbox that can be guessed', own, () => {
  const file = join(dir, 'pforte.conf');
  writeFileSync(file, `${readFileSync(join(stack.state, 'pforte.conf'), 'utf8')}\nsandbox_provider = "short"\n`);
  const { status, stderr } = spawnSync(join(build, 'pforte'), ['--config', file, 'check'], { encoding: 'utf8' });
  assert.notEqual(status, 0);
  assert.match(stderr, /sandbox_provider is a secret of 32 characters or more/);
});
