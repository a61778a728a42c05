// How long one worker is busy with its files, of 10,000 tenants: CPU time from
// /proc/<pid>/schedstat, in a second in which nothing else happens.
//   node tests/bench/files.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { send } from '../lib/client.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { makeState, merchantKey } from '../lib/state.mjs';

const TENANTS = 10_000;
const ROUNDS = 7;
const id = (i) => `merchant-${i}`;
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

const state = makeState();
const hosts = (suffix) => Object.fromEntries(Array.from({ length: TENANTS },
  (_, i) => [`kunden-${i}.merchant-${i}.${suffix}.example`, id(i)]));
const one = merchantKey('first').jwk;
const many = (make) => Array.from({ length: 64 }, (_, i) => ({ ...make, kid: `key-${i}` }));

const nginx = await startNginx({
  http: `pforte_state ${state.dir};`,
  server: 'location / { pforte optional; empty_gif; }',
});
const pid = () => nginx.workers[0];
const cpu = () => Number(readFileSync(`/proc/${pid()}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
const memory = () => Number(readFileSync(`/proc/${pid()}/smaps_rollup`, 'utf8').match(/^Pss: +(\d+)/m)[1]);
const ask = (i) => send(`${nginx.base}/${id(i)}/x`);

// CPU milliseconds of the worker in the second and a bit after change().
async function after(change) {
  const seen = [];
  for (let round = 0; round < ROUNDS; round++) {
    change(round);
    const before = cpu();
    await sleep(1200);
    seen.push(cpu() - before);
  }
  return median(seen);
}

const print = (what, value) => console.log(`${what.padEnd(52)} ${value}`);
const ms = (value) => `${value.toFixed(2).padStart(8)} ms`;

test('files', async () => {
  for (let i = 0; i < TENANTS; i++) {
    const record = { ...state.records.acme, tenant: id(i), sso_keys: [one] };
    writeFileSync(join(state.dir, `edge/${id(i)}.json`), JSON.stringify(record));
  }
  state.setHosts(hosts('a'));
  await sleep(2500);
  const idle = await after(() => {});
  print('nothing happens', ms(idle));
  const index = await after((round) => state.setHosts(hosts(`r${round}`)));
  print(`host index of ${TENANTS} hosts changes`, ms(index - idle));

  const [start, small] = [cpu(), memory()];
  for (let i = 0; i < TENANTS; i += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, k) => ask(i + k)));
  }
  const [first, large] = [cpu() - start, memory()];
  const again = cpu();
  for (let i = 0; i < TENANTS; i += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, k) => ask(i + k)));
  }
  print('a record is read, beside its request', ms((first - (cpu() - again)) / TENANTS));
  print(`memory of ${TENANTS} records`, `${((large - small) / 1024).toFixed(1).padStart(8)} MB`);

  const kinds = { 'one Ed25519 key': [one], '64 Ed25519 keys': many(one),
    '64 keys of P-256': many(merchantKey('x', 'ES256').jwk),
    '64 RSA keys of 4096 bits': many(merchantKey('x', 'RS256', 4096).jwk) };
  for (const [what, keys] of Object.entries(kinds)) {
    const seen = [];
    for (let round = 0; round < ROUNDS; round++) {
      await ask(0);
      state.record(id(0), { revision: round, sso_keys: keys });
      await sleep(1100);
      const before = cpu();
      await ask(0);
      const changed = cpu() - before;
      const unchanged = cpu();
      await ask(0);
      seen.push(changed - (cpu() - unchanged));
    }
    print(`record with ${what} changes`, ms(median(seen)));
  }
});
