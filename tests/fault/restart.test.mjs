// Workers killed, ended and replaced, nginx reloaded: under load, and counted.
// Every request has a connection of its own.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { told, underLoad } from '../lib/load.mjs';
import { catalogueThatHangs, ownShare } from '../lib/share.mjs';
import { linkFor } from '../lib/sso.mjs';
import { sleep, startStack, until } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const browsers = own.skip ? [] : await Promise.all(Array.from({ length: 10 },
  (_, i) => stack.signedIn('acme', i % 2 ? 'anna' : 'bruno')));
const paths = ['/acme/', '/acme/invoices', '/acme/contracts'];

let turn = 0;
const page = () => {
  turn++;
  return browsers[turn % browsers.length].get(paths[turn % paths.length]);
};
// What nginx never repeats by itself.
const post = () => stack.api('acme', 'POST', '/user-logins/anna/session-token', {});
const created = { good: ({ status }) => status === 201 };
// A link, from the merchant's hand to the portal.
const link = async () => stack.get(await linkFor(stack.tenant('acme'), 'anna'));
const seeOther = { good: ({ status }) => status === 303, parallel: 4 };

const pids = (pool) => stack.workers(pool).map(({ pid }) => pid);

// Until other workers than these are there, as many as before.
const replaced = (old) => until('new workers', () => {
  const now = pids();
  return now.length === old.length && now.every((pid) => !old.includes(pid));
});

async function nothingLost(t, during, loads = [[page, {}], [post, created], [link, seeOther]]) {
  const fault = once(during);
  const [first, ...others] = await Promise.all(loads.map(([ask, options]) =>
    underLoad(ask, { parallel: 4, ...options }, fault)));
  for (const counts of [first, ...others]) {
    t.diagnostic(told(counts));
  }
  for (const counts of [first, ...others]) {
    assert.deepEqual(counts.lost, []);
    assert.ok(counts.answered > 5, told(counts)); // enough to have met the fault
  }
}

// Several loads share one fault.
function once(action) {
  let running;
  return () => running ??= action();
}

test('kill -9 of workers: at most the requests they held are lost', own, async (t) => {
  let kills = 0;
  const during = once(async () => {
    for (let i = 0; i < 6; i++) {
      const [pid] = pids('pages');
      process.kill(pid, 'SIGKILL');
      kills++;
      await until('a new worker', () => pids('pages').length === 2 && !pids('pages').includes(pid));
      await sleep(100);
    }
  });
  const pages = underLoad(page, { parallel: 6 }, during);
  const posts = underLoad(post, { parallel: 4, ...created }, during);
  const counts = [await pages, await posts];
  t.diagnostic(`${kills} workers killed; pages: ${told(counts[0])}; posts: ${told(counts[1])}`);
  const lost = counts[0].lost.length + counts[1].lost.length;
  assert.ok(lost <= kills, `${lost} lost with ${kills} workers of one request each`);
  assert.ok(counts[0].answered > 20 && counts[1].answered > 20);
});

test('SIGTERM of workers: nothing is lost', own, async (t) => {
  await nothingLost(t, async () => {
    for (let i = 0; i < 4; i++) {
      const [pid] = pids('pages');
      process.kill(pid, 'SIGTERM');
      await until('a new worker', () => pids('pages').length === 2 && !pids('pages').includes(pid));
    }
  });
});

test('rolling restart by SIGHUP: nothing is lost', own, async (t) => {
  await nothingLost(t, async () => {
    for (let i = 0; i < 2; i++) {
      const old = pids();
      process.kill(stack.supervisor, 'SIGHUP');
      await replaced(old);
    }
  });
});

test('rolling restart while people sign in by password: nobody is lost', own, async (t) => {
  const { username, password } = stack.user('bruno');
  await nothingLost(t, async () => {
    const old = pids();
    process.kill(stack.supervisor, 'SIGHUP');
    await replaced(old);
  }, [[() => stack.browser().signIn('acme', username, password), { ...seeOther, parallel: 2 }]]);
});

test('nginx reloads by HUP: nothing is lost', own, async (t) => {
  await nothingLost(t, async () => {
    const { nginx } = stack;
    for (let i = 0; i < 4; i++) {
      process.kill(nginx, 'SIGHUP');
      await sleep(400);
    }
  });
});

test('new keys in the ring: nothing is lost', own, async (t) => {
  await nothingLost(t, async () => {
    for (let i = 0; i < 4; i++) {
      stack.pforte('key', 'rotate');
      await sleep(300);
    }
  });
});

test('after all of it everybody is still signed in', own, async () => {
  for (const browser of browsers) {
    assert.equal((await browser.get('/acme/')).status, 200);
  }
});

test('SIGHUP to what can no longer start: the old workers stay', own, async () => {
  const ring = join(stack.state, 'keyring');
  const good = readFileSync(ring);
  const old = pids();
  writeFileSync(ring, 'no key\n');
  try {
    process.kill(stack.supervisor, 'SIGHUP');
    await until('the refusal', () => /the old ones stay/.test(stack.log('app.log')));
    await sleep(1500);
    assert.deepEqual(pids(), old);
    assert.equal((await page()).status, 200);
  } finally {
    writeFileSync(ring, good);
  }
  process.kill(stack.supervisor, 'SIGHUP');
  await replaced(old);
  assert.equal((await page()).status, 200);
});

test('SIGHUP to what fails late: the old workers stay until then and after', own, async () => {
  ownShare(stack.state);
  const old = pids();
  const log = stack.mark('app.log');
  const catalogue = catalogueThatHangs(stack.state);
  try {
    process.kill(stack.supervisor, 'SIGHUP');
    await until('the new worker', () => pids().length === old.length + 1);
    await catalogue.reached(pids().find((pid) => !old.includes(pid)));
    await sleep(300); // longer than a worker that starts needs
    assert.doesNotMatch(log(), /the old ones stay/);
    assert.deepEqual(pids().filter((pid) => old.includes(pid)), old);
    assert.equal((await page()).status, 200);
    catalogue.fill('no catalogue');
    await until('the refusal', () => /the old ones stay/.test(log()));
    await until('the end of the new worker', () => pids().length === old.length);
    assert.deepEqual(pids(), old);
    assert.equal((await page()).status, 200);
  } finally {
    catalogue.repair();
  }
});

test('SIGHUP to what hangs: the old workers stay, a dead one is replaced', own, async () => {
  ownShare(stack.state);
  const old = pids();
  const log = stack.mark('app.log');
  const catalogue = catalogueThatHangs(stack.state);
  try {
    process.kill(stack.supervisor, 'SIGHUP');
    await until('the new worker', () => pids().length === old.length + 1);
    await catalogue.reached(pids().find((pid) => !old.includes(pid)));
    catalogue.repair(); // for the others; the one that waits still waits
    const dead = pids('passwords')[0];
    process.kill(dead, 'SIGKILL');
    await until('a worker for the dead one', () =>
      pids('passwords').some((pid) => pid !== dead) && !pids().includes(dead));
    assert.doesNotMatch(log(), /the old ones stay/);
    await until('the refusal', () => /the old ones stay/.test(log()));
    await until('the end of the new worker', () => pids().length === old.length);
    assert.deepEqual(pids('pages'), old.filter((pid) => pid !== dead));
    assert.equal((await page()).status, 200);
  } finally {
    catalogue.repair();
  }
  const before = pids();
  process.kill(stack.supervisor, 'SIGHUP');
  await replaced(before);
});
