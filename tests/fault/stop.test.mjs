// SIGTERM to the supervisor in the middle of a rolling restart.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { catalogueThatHangs, ownShare } from '../lib/share.mjs';
import { sleep, startStack, until } from '../lib/stack.mjs';

const busy = await startStack({ mayEnd: true });
const hanging = await startStack({ mayEnd: true });
const own = { skip: busy.skip };

const pids = (stack) => stack.workers().map(({ pid }) => pid);

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a worker that leaves still answers what it holds', own, async () => {
  const old = pids(busy);
  const { supervisor } = busy;
  const { release } = await busy.lock();
  try {
    const answer = busy.api('acme', 'POST', '/user-logins/anna/session-token', {});
    await sleep(300); // a worker has it now, and waits for the lock
    process.kill(supervisor, 'SIGHUP');
    await until('new workers, and one that leaves', () => pids(busy).length === old.length + 1 &&
      old.filter(lives).length === 1);
    const [holds] = old.filter(lives);
    process.kill(supervisor, 'SIGTERM');
    await until('the end of the new workers', () => pids(busy).length <= 1);
    await sleep(300);
    assert.ok(lives(holds) && lives(supervisor), 'the supervisor waits for the answer');
    release();
    assert.equal((await answer).status, 201);
    await until('the end', () => !lives(holds) && !lives(supervisor));
  } finally {
    release();
  }
});

test('a new worker that hangs is not waited for', own, async () => {
  const { supervisor } = hanging;
  const old = pids(hanging);
  const log = hanging.mark('app.log');
  ownShare(hanging.state);
  catalogueThatHangs(hanging.state);
  process.kill(supervisor, 'SIGHUP');
  await until('the new worker', () => pids(hanging).length === old.length + 1);
  await sleep(500);
  const all = pids(hanging);
  assert.deepEqual(old.filter(lives), old);
  process.kill(supervisor, 'SIGTERM');
  await until('the end', () => !lives(supervisor), 3000);
  assert.deepEqual(all.filter(lives), []);
  assert.match(log(), /stopped/);
});
