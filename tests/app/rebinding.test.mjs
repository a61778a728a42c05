// P30: a name server that answers with a public address first and with one of
// ours later gains nothing: each address is judged where the socket is made.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { build, startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const place = mkdtempSync(join(tmpdir(), 'pforte-names-'));
// A program that was built with a sanitizer needs its library first.
const sanitizer = join(build, 'nginx.preload');
const preload = [...(existsSync(sanitizer) ? [readFileSync(sanitizer, 'utf8').trim()] : []),
  join(build, 'tests/names.so')].join(':');
// The jobs of the stack stand still: here each round is a process of its own.
const jobs = own.skip || stack.process(/pforte.* jobs$/).pid;
before(() => own.skip || process.kill(jobs, 'SIGSTOP'));

async function endpoint(host) {
  const { status, text, json } = await api('POST', '/callbacks', { url: `https://${host}/hook` });
  assert.equal(status, 201, text);
  const { json: { event } } = await api('POST', `/callbacks/${json.id}/test`);
  return event;
}

// What one attempt looked up, where it tried to connect, and what the log says.
async function attempt(event, address = '') {
  const connects = join(place, 'connects');
  writeFileSync(connects, '');
  stack.sql(`UPDATE callback_delivery SET next_at = 0 WHERE event = '${event}'`);
  execFileSync(join(build, 'pforte'),
    ['--config', join(stack.state, 'pforte.conf'), 'jobs', '--once'], {
      env: { ...process.env, LD_PRELOAD: preload,
        PFORTE_CONNECTS: connects, PFORTE_REBIND: address } });
  const [{ error }] = (await api('GET', `/callbacks/logs?event=${event}`)).json.items;
  return { did: readFileSync(connects, 'utf8').trim().split('\n'), error };
}

test('P30: a name that changes from a public address to ours is not followed', own, async (t) => {
  const event = await endpoint('rebind.example');
  for (let round = 0; round < 2; round++) {
    const first = await attempt(event, '8.8.8.8');
    assert.deepEqual(first.did, ['8.8.8.8', 'connect 8.8.8.8']);
    for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254']) {
      const later = await attempt(event, address);
      assert.deepEqual(later.did, [address], 'asked, and not tried');
      assert.notEqual(later.error, first.error);
      t.diagnostic(`${address}: ${later.error}`);
    }
  }
});

test('P30: of a name with two addresses only the public one is tried', own, async () => {
  const { did } = await attempt(await endpoint('both.example'));
  assert.ok(did.includes('127.0.0.1') && did.includes('connect 8.8.8.8'), String(did));
  assert.ok(!did.includes('connect 127.0.0.1'));
});

test('the jobs go on', own, () => {
  process.kill(jobs, 'SIGCONT');
  rmSync(place, { recursive: true });
});
