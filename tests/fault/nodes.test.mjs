// Several nodes of memcached: nginx and the application look in the same one, and
// a lost one costs its own sessions a question.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { startMemcached } from '../lib/memcached.mjs';
import { merchantPlace } from '../lib/place.mjs';
import { sleep, startStack, until } from '../lib/stack.mjs';

const MANY = 30; // so that each of three nodes gets some

const { extra } = merchantPlace((dir) => `
location ^~ /acme/own/ {
    pforte required;
    pforte_session_check memcached app=/_pforte/session;
    alias ${dir}/;
}
location = /status { pforte off; pforte_status prometheus; }
`);
const stack = await startStack({ extra });
const own = { skip: stack.skip };
const nodes = own.skip ? [] : await Promise.all([1, 2, 3].map(startMemcached));

const replace = (name, from, to) => {
  const path = join(stack.state, name);
  const text = readFileSync(path, 'utf8').replace(from, to);
  assert.ok(text.includes(nodes[0].name), name);
  writeFileSync(path, text);
};

// Both get the list anew; the order is no matter.
async function useNodes() {
  const names = nodes.map(({ name }) => name);
  replace('pforte.conf', /^memcached = .*$/m,
    `memcached = {${names.map((name) => `"${name}"`).join(', ')}}`);
  replace('nginx.conf', /pforte_memcached [^;]+/, `pforte_memcached ${names.reverse().join(' ')}`);
  const workers = stack.workers().map(({ pid }) => pid);
  process.kill(stack.supervisor, 'SIGHUP');
  process.kill(stack.nginx, 'SIGHUP');
  await until('the rolling restart', () =>
    stack.workers().every(({ pid }) => !workers.includes(pid)));
  await sleep(500);
}

async function asked() {
  const { text } = await stack.get('/status');
  const number = (name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)[1]);
  return {
    hits: number('pforte_memcached_lookups_total\\{result="hit"\\}'),
    app: number('pforte_check_seconds_count\\{by="app"\\}'),
  };
}

async function look(browsers) {
  const before = await asked();
  for (const browser of browsers) {
    assert.equal((await browser.get('/acme/own/page.html')).status, 200);
  }
  const now = await asked();
  return { hits: now.hits - before.hits, app: now.app - before.app };
}

// A machine that is busy elsewhere makes one look or two take too long; who looks in
// another node misses two of three.
const found = ({ hits, app }, all) => hits + app === all && app <= 2;

test('X1: nginx finds each session at the node where the application has put it', own, async () => {
  await useNodes();
  const browsers = await Promise.all(Array.from({ length: MANY },
    () => stack.signedIn('acme', 'anna')));
  // the copies that the sign-ins have put there
  const first = await look(browsers);
  assert.ok(found(first, MANY), JSON.stringify(first));
  const used = await Promise.all(nodes.map((node) => node.gets()));
  assert.ok(used.every(({ gets }) => gets > 0), 'every node has some');

  await browsers[0].signOut('acme');
  await nodes[0].stop();
  const alive = browsers.slice(1);
  const lost = await look(alive);
  assert.equal(lost.hits + lost.app, alive.length);
  assert.ok(lost.hits > 0, 'the other nodes answer as before');
  for (const browser of alive) {
    assert.equal((await browser.get('/acme/')).status, 200);
  }
  await nodes[0].start();
  await sleep(2100); // until it is asked again
  const again = await look(alive); // which copies what that node had
  assert.ok(Math.abs(again.app - lost.app) <= 2, JSON.stringify({ lost, again }));
  const last = await look(alive);
  assert.ok(found(last, alive.length), JSON.stringify(last));
});
