// Time that a test moves: what follows it and what does not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { build, startStack } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
const mint = async () =>
  (await stack.api('acme', 'POST', '/user-logins/anna/session-token')).json;

test('workers and commands move with the file, and stay together', own, async () => {
  const anna = await stack.signedIn('acme', 'anna');
  const early = await mint();
  assert.equal((await anna.get('/acme/')).status, 200);
  stack.moveTime(600);
  const late = await mint();
  const moved = Date.parse(late.created) - Date.parse(early.created);
  assert.ok(moved >= 600_000 && moved < 660_000, `${moved}`);
  const link = stack.pforte('sso-link', '--tenant', 'acme', '--user', 'anna').trim();
  const claims = stack.inspect('pforte:sso:acme', new URL(link).searchParams.get('token'));
  assert.ok(Math.abs(Date.parse(claims.iat) / 1000 - stack.now()) < 30, claims.iat);
  // nginx, in the real time, lets the early one pass; the application does not
  const answer = await stack.get(new URL(early.login_url).pathname +
    new URL(early.login_url).search);
  assert.equal(answer.status, 410, answer.text);
});

test('the log keeps the time of the machine', own, async () => {
  stack.moveTime(864000);
  const since = stack.mark('app.log');
  await mint();
  const lines = since().trim().split('\n');
  assert.ok(lines[0], 'no line');
  for (const line of lines) {
    assert.ok(Math.abs(Date.parse(line.slice(0, 24)) - Date.now()) < 60_000, line);
  }
});

test('a program with test_clock does not start for an https portal', own, () => {
  const conf = join(stack.state, 'https.conf');
  const lines = readFileSync(join(stack.state, 'pforte.conf'), 'utf8');
  const run = () => spawnSync(join(build, 'pforte'), ['--config', conf, 'check'],
    { encoding: 'utf8' });
  writeFileSync(conf, lines);
  assert.equal(run().status, 0);
  writeFileSync(conf, lines.replace(/^base_url.*$/m, 'base_url = "https://portal.example"'));
  const refused = run();
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /test_clock is for tests, and base_url is https/);
});
