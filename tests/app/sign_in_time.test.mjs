// Whether there is an account of some name cannot be told by the time that a wrong
// password takes, whatever it is named by.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms } from '../lib/client.mjs';
import { onPostgresql } from '../lib/database.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };

// Nearly all of the time is Argon2id's, whatever the database: fewer do there.
const TRIES = onPostgresql ? 200 : 400;
const ROUNDS = 3; // a difference of ours shows in each, the machine's does not
const PAUSE = 12 * 3600 + 1; // what the limiter remembers

// Where the median of differences lies, at 99 in 100 (from the sign test: order
// statistics 1.29 √n beside the middle). A busy machine makes this wide, not wrong.
function between(differences) {
  const list = differences.sort((a, b) => a - b), beside = Math.ceil(1.29 * Math.sqrt(list.length));
  return [list[Math.floor(list.length / 2) - beside], list[Math.floor(list.length / 2) + beside]];
}

async function asker() {
  const browser = stack.browser();
  const [{ action, hidden }] = forms((await browser.get('/acme/login')).text);
  return async (username) => {
    const began = process.hrtime.bigint();
    const { status } = await browser.post(action, { ...hidden, username, password: 'wrong-wrong-wrong-1' });
    const ms = Number(process.hrtime.bigint() - began) / 1e6;
    assert.equal(status, 422, username);
    return ms;
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
    // half of what a hash takes: one that is left out is seen on any machine
    if (least < 1 && most > -1 && most - least < 20) {
      t.diagnostic(`anne takes longer by ms: ${seen.join(', ')}`);
      return;
    }
  }
  assert.fail(`anne takes longer by ms: ${seen.join(', ')}`);
});
