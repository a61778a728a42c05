// Whether there is an account of some name cannot be told by the time that a wrong
// password takes, whatever it is named by.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { forms } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };

const TRIES = 100;
const ROUNDS = 3; // a difference of ours shows in each, the machine's does not
const PAUSE = 12 * 3600 + 1; // what the limiter remembers

// Where the median of differences lies, at 99 in 100 (from the sign test: order
// statistics 1.29 √n beside the middle). A busy machine makes this wide, not wrong.
function between(differences) {
  const list = differences.sort((a, b) => a - b), beside = Math.ceil(1.29 * Math.sqrt(list.length));
  return [list[Math.floor(list.length / 2) - beside], list[Math.floor(list.length / 2) + beside]];
}

// What whoever hashes passwords has computed so far, in ms: nearly all of what a sign-in
// takes, and a busy machine leaves it as it is.
const computed = (pid) => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;

async function asker() {
  const browser = stack.browser();
  const [{ action, hidden }] = forms((await browser.get('/acme/login')).text);
  const [{ pid }, ...others] = stack.workers('passwords');
  assert.deepEqual(others, [], 'one of them');
  return async (username) => {
    const before = computed(pid);
    const { status } = await browser.post(action, { ...hidden, username, password: 'wrong-wrong-wrong-1' });
    assert.equal(status, 422, username);
    return computed(pid) - before;
  };
}

// What the second name takes longer than the first, asked by turns.
async function compare(names) {
  const ask = await asker();
  const differences = [];
  for (let i = 0; i < TRIES; i++) {
    if (i % 4 === 0) {
      stack.moveTime(PAUSE);
    }
    const first = i % 2, times = [];
    times[first] = await ask(names[first]);
    times[1 - first] = await ask(names[1 - first]);
    differences.push(times[1] - times[0]);
  }
  return between(differences);
}

test('a wrong password takes no hash less or more for an account that is not there', own, async (t) => {
  const seen = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [least, most] = await compare(['anna', 'anne']);
    seen.push(`${least.toFixed(2)} to ${most.toFixed(2)}`);
    // a hash takes twenty and more
    if (least < 1 && most > -1 && most - least < 5) {
      t.diagnostic(`anne takes longer by ms: ${seen.join(', ')}`);
      return;
    }
  }
  assert.fail(`anne takes longer by ms: ${seen.join(', ')}`);
});
