// Ten thousand tenants, each with a host and a key, that change while two workers
// serve them. Nothing here reloads nginx.
import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startEdge } from '../lib/edge.mjs';
import { told as counted, underLoad } from '../lib/load.mjs';
import { claimsFor, sign } from '../lib/sso.mjs';
import { until } from '../lib/stack.mjs';
import { merchantKey, newKey } from '../lib/state.mjs';

const TENANTS = 10_000;
const WORKERS = 2;

const { state, nginx, get, cookie, metric } = await startEdge({
  workers: WORKERS,
  http: 'pforte_zone pforte:1m;',
  more: () => `
    location ~ "/here(/|$)" {
      pforte optional;
      add_header X-Tenant $pforte_tenant always;
      add_header X-Language $pforte_language always;
      add_header X-Verdict $pforte_verdict always;
      empty_gif;
    }
    location = /status { pforte_status prometheus; }
  `,
});

const html = { Accept: 'text/html' };
const id = (i) => `merchant-${i}`;
const host = (i) => `kunden.merchant-${i}.example`;
const some = () => Math.floor(Math.random() * TENANTS);
const shared = merchantKey('shared');

const hosts = {};
for (let i = 0; i < TENANTS; i++) {
  const record = { ...state.records.acme, tenant: id(i), hosts: [host(i)], sso_keys: [shared.jwk] };
  writeFileSync(join(state.dir, 'edge', `${id(i)}.json`), JSON.stringify(record));
  hosts[host(i)] = id(i);
}
state.setHosts(hosts);
await sleep(1200);

const { workers } = nginx;
const untouched = () => assert.deepEqual(nginx.workers, workers, 'no worker was replaced');

// By host or by path, the tenant that answers is the one that was asked.
async function ask(i = some()) {
  const byHost = Math.random() < 0.5;
  const answer = await get(byHost ? '/here' : `/${id(i)}/here`, byHost ? { Host: host(i) } : {});
  if (answer.headers['x-tenant'] !== id(i)) {
    throw new Error(`${id(i)}: ${answer.status} of ${answer.headers['x-tenant']}`);
  }
  return answer;
}

// Many at the same time, so that every worker is met.
const burst = (ready) => Promise.all(Array.from({ length: 12 * WORKERS }, ready));
const everywhere = (what, ready) => until(what,
  async () => (await burst(ready)).every(Boolean), 6000);

const files = (result) => metric(`pforte_files_total{result="${result}"}`);

const handoff = async (i, { secret, kid, alg }) => {
  const token = await sign(claimsFor({ id: id(i) }, 'anna'), { key: secret, kid, alg });
  return (await get(`/${id(i)}/sso?token=${token}`, html)).status;
};
const record = (i, changes) => state.record(id(i), { hosts: [host(i)], sso_keys: [shared.jwk], ...changes });

test('X1, X12: hosts and tenants are added, changed, moved and removed under load', async () => {
  const [added, changed, moved, gone] = [TENANTS, 11, 12, 13];
  const counts = await underLoad(() => ask(14 + some() % (TENANTS - 14)), {}, async () => {
    record(added);
    record(changed, { default_language: 'fr' });
    hosts[host(added)] = id(added);
    hosts['moved.example'] = id(moved);
    state.setHosts(hosts);
    await everywhere('a new host of a new tenant', async () =>
      (await get('/here', { Host: host(added) })).headers['x-tenant'] === id(added));
    await everywhere('a changed record', async () =>
      (await ask(changed)).headers['x-language'] === 'fr');
    await everywhere('a new host', async () =>
      (await get('/here', { Host: 'moved.example' })).headers['x-tenant'] === id(moved));
    hosts['moved.example'] = id(changed);
    delete hosts[host(gone)];
    state.setHosts(hosts);
    state.remove(`edge/${id(gone)}.json`);
    await everywhere('a moved host', async () =>
      (await get('/here', { Host: 'moved.example' })).headers['x-tenant'] === id(changed));
    await everywhere('a tenant that is gone', async () =>
      (await get(`/${id(gone)}/here`)).status === 404);
    assert.equal((await get('/here', { Host: host(gone) })).headers['x-tenant'], undefined);
  });
  assert.deepEqual(counts.lost, [], counted(counts));
  assert.ok(counts.answered > 100, counted(counts));
  untouched();
});

test('X5, X12: keys are added, rotated and retired under load', async () => {
  const [first, second] = [merchantKey('first', 'ES256'), merchantKey('second', 'RS256')];
  const [ring] = state.keys;
  const before = state.session(id(20));
  const counts = await underLoad(() => ask(14 + some() % (TENANTS - 14)), {}, async () => {
    record(20, { sso_keys: [first.jwk] });
    await everywhere('a new key', async () => await handoff(20, first) === 200);
    record(20, { sso_keys: [first.jwk, second.jwk] });
    await everywhere('a key beside it', async () => await handoff(20, second) === 200);
    assert.equal(await handoff(20, first), 200);
    record(20, { sso_keys: [second.jwk] });
    await everywhere('a key that is retired', async () => await handoff(20, first) === 403);
    assert.equal(await handoff(20, second), 200);
    assert.equal(await handoff(21, second), 403, 'another tenant never knew it');

    state.setKeys([newKey(), ring]);
    const fresh = state.session(id(20));
    const valid = async (token) =>
      (await get(`/${id(20)}/here`, cookie(token, id(20)))).headers['x-verdict'] === 'valid';
    await everywhere('a session of the new key', () => valid(fresh));
    await everywhere('a session of the old key', () => valid(before));
  });
  assert.deepEqual(counts.lost, [], counted(counts));
  untouched();
});

test('X12: a broken record or index changes nothing, with a line and a count a worker', async () => {
  const rows = [[`edge/${id(30)}.json`, () => record(30)],
    ['edge/hosts.json', () => state.setHosts(hosts)]];
  const english = async () => (await ask(30)).headers['x-language'] === 'en';
  const read = await files('read');
  record(30, { default_language: 'en' });
  await everywhere('the good one', english);
  await until('each worker to have read it',
    async () => await burst(english) && await files('read') - read === WORKERS);
  for (const [name, mend] of rows) {
    const log = nginx.mark();
    const failed = await files('failed');
    state.write(name, '{"tenant":');
    await until('the lines', async () => {
      assert.ok((await burst(english)).every(Boolean));
      return log().split(name).length - 1 === WORKERS;
    });
    await sleep(2200);
    assert.ok((await burst(english)).every(Boolean));
    const lines = log().split('\n').filter((line) => line.includes(name));
    assert.equal(lines.length, WORKERS, lines.join('\n'));
    assert.ok(lines.every((line) => /the last good one stays/.test(line)));
    assert.equal(await files('failed') - failed, WORKERS);
    mend();
    await sleep(1200);
  }
  untouched();
});

// Every look at a file that has just been replaced is a read, and reads are
// counted. Each second has one look of its own beside the early one.
test('X12: a flood of unknown keys looks early once a second at most', async () => {
  const stranger = merchantKey('stranger');
  const token = await sign(claimsFor({ id: id(40) }, 'anna'), { key: stranger.secret, kid: 'stranger' });
  const flood = async () => get(`/${id(40)}/sso?token=${token}`, html);
  const SECONDS = 3;
  let versions = 0;
  record(40);
  assert.equal((await flood()).status, 403);
  const text = JSON.stringify(state.records[id(40)]);
  const path = join(state.dir, 'edge', `${id(40)}.json`);
  const replace = setInterval(() => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    versions++;
  }, 20);
  const before = await files('read');
  const counts = await underLoad(flood, { good: ({ status }) => status === 403 },
    () => sleep(SECONDS * 1000));
  clearInterval(replace);
  const read = await files('read') - before;
  const most = 2 * WORKERS * (SECONDS + 2); // and the second that began, and the load's own
  assert.deepEqual(counts.lost, []);
  assert.ok(counts.answered > 2 * most, counted(counts));
  assert.ok(versions > 2 * most, `${versions} versions`);
  assert.ok(read >= SECONDS && read <= most, `${read} reads of ${versions} versions`);
  untouched();
});
