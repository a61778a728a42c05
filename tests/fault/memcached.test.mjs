// memcached stopped, hanging and forgetful: it costs speed, never a session.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { told, underLoad } from '../lib/load.mjs';
import { sleep, startStack } from '../lib/stack.mjs';

const stack = await startStack({ keeper: true });
const own = { skip: stack.skip };
const browsers = own.skip ? [] : await Promise.all(Array.from({ length: 20 },
  (_, i) => stack.signedIn('acme', i % 2 ? 'anna' : 'bruno')));
const paths = ['/acme/', '/acme/invoices', '/acme/contracts'];

let turn = 0;
const ask = () => {
  turn++;
  return browsers[turn % browsers.length].get(paths[turn % paths.length]);
};

// Nobody is signed out: not one answer that is no page, and all go on living.
async function nobodyNotices(t, during, slowest = 3000) {
  const counts = await underLoad(ask, {}, during);
  t.diagnostic(told(counts));
  assert.deepEqual(counts.lost, []);
  assert.ok(counts.answered > 20, told(counts));
  assert.ok(counts.slowest < slowest, told(counts));
  for (const browser of browsers) {
    assert.equal((await browser.get('/acme/')).status, 200);
  }
}

test('memcached gone: everybody stays signed in', own, async (t) => {
  await nobodyNotices(t, async () => {
    stack.stopMemcached();
    await sleep(2500);
  });
});

test('signing in and out works without memcached', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const token = browser.jar.get('pf-acme');
  assert.equal((await browser.get('/acme/')).status, 200);
  assert.equal((await browser.signOut('acme')).status, 303);
  const dead = await stack.get('/acme/', { headers: { Cookie: `pf-acme=${token}` } });
  assert.equal(dead.status, 303);
});

test('memcached back again: everybody stays signed in', own, async (t) => {
  await nobodyNotices(t, async () => {
    await stack.startMemcached();
    await sleep(2500);
  });
});

test('memcached killed and revived over and over', own, async (t) => {
  await nobodyNotices(t, async () => {
    for (let i = 0; i < 6; i++) {
      stack.stopMemcached();
      await sleep(150);
      await stack.startMemcached();
      await sleep(150);
    }
  });
});

test('memcached hanging: pages come a little later, and nobody is out', own, async (t) => {
  const pid = stack.memcached;
  await nobodyNotices(t, async () => {
    process.kill(pid, 'SIGSTOP');
    await sleep(2500);
    process.kill(pid, 'SIGCONT');
    await sleep(500);
  });
});

test('a session that ended while memcached hung does not come back to life', own, async () => {
  const pid = stack.memcached;
  const browser = await stack.signedIn('acme', 'anna');
  const headers = { Cookie: `pf-acme=${browser.jar.get('pf-acme')}` };
  assert.equal((await browser.get('/acme/')).status, 200);
  process.kill(pid, 'SIGSTOP');
  try {
    await browser.signOut('acme');
    assert.equal((await stack.get('/acme/', { headers })).status, 303);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  for (let i = 0; i < 20; i++) { // the copy from before its end is back
    assert.equal((await stack.get('/acme/', { headers })).status, 303);
    await sleep(150); // a node that hung is left alone for two seconds
  }
});

test('memcached full of rubbish under our keys is like an empty one', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  assert.equal((await browser.get('/acme/')).status, 200);
  const { connect } = await import('node:net');
  const say = (text, end) => new Promise((resolve, reject) => {
    const socket = connect(stack.memcachedSocket, () => socket.write(text));
    let heard = '';
    socket.on('data', (part) => {
      heard += part.toString('latin1');
      if (heard.includes(end)) {
        socket.destroy();
        resolve(heard);
      }
    });
    socket.on('error', reject);
  });
  // A worker that just met the hanging node leaves it alone for two seconds.
  let keys = [];
  for (let i = 0; i < 50 && keys.length === 0; i++) {
    await sleep(100);
    assert.equal((await browser.get('/acme/')).status, 200);
    const dump = await say('lru_crawler metadump all\r\n', 'END');
    keys = [...dump.matchAll(/key=(\S+)/g)].map(([, key]) => key);
  }
  assert.ok(keys.length > 0, 'sessions are copied to memcached again');
  assert.ok(keys.every((key) => /^[0-9a-f]{64}$/.test(key)), 'keys tell nothing');
  for (const key of keys) {
    await say(`set ${key} 0 0 20\r\nthis was no session.\r\n`, 'STORED');
  }
  for (const one of [browser, ...browsers.slice(0, 4)]) {
    assert.equal((await one.get('/acme/')).status, 200);
  }
});
