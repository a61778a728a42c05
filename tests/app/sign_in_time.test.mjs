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
const TRIES = onPostgresql ? 250 : 1000;
const ROUNDS = 3; // a difference of ours shows in each, the machine's does not
const PAUSE = 12 * 3600 + 1; // what the limiter remembers

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];

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

// Medians of the names, asked by turns.
async function compare(names) {
  const ask = await asker();
  const times = names.map(() => []);
  for (let i = 0; i < TRIES; i++) {
    if (i % 4 === 0) {
      stack.moveTime(PAUSE);
    }
    for (let k = 0; k < names.length; k++) {
      const which = (i + k) % names.length;
      times[which].push(await ask(names[which]));
    }
  }
  return times.map(median);
}

test('a wrong password takes as long for an account that is not there, medians within 1 ms', own, async (t) => {
  const seen = [];
  for (let round = 0; round < ROUNDS; round++) {
    const medians = await compare(['anna', 'anne']);
    seen.push(medians.map((ms) => ms.toFixed(2)).join(' / '));
    if (Math.abs(medians[0] - medians[1]) < 1) {
      t.diagnostic(`ms: ${seen.join(', ')}`);
      return;
    }
  }
  assert.fail(`anna / anne, ms: ${seen.join(', ')}`);
});
