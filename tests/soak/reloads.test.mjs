// Many reloads under load: nothing is lost, and memory stays where it was.
//
//   SOAK_RELOADS    how many: 200
//   SOAK_VALGRIND   1: in valgrind, which has to find nothing
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const reloads = Number(process.env.SOAK_RELOADS ?? 200);
const logs = mkdtempSync(join(tmpdir(), 'pforte-soak-'));
after(() => rmSync(logs, { recursive: true }));

const suppressions = fileURLToPath(new URL('../lib/valgrind.supp', import.meta.url));
const valgrind = process.env.SOAK_VALGRIND === '1';
if (valgrind) {
  const wrapper = join(logs, 'nginx');
  const nginx = execFileSync('sh', ['-c', 'command -v nginx'], { encoding: 'utf8' }).trim();
  writeFileSync(wrapper, `#!/bin/sh
exec valgrind --quiet --log-file=${logs}/%p.log --leak-check=full --show-leak-kinds=definite \\
    --errors-for-leak-kinds=definite --suppressions=${suppressions} ${nginx} "$@"
`);
  chmodSync(wrapper, 0o755);
  process.env.PFORTE_NGINX = wrapper;
}

const { startEdge } = await import('../lib/edge.mjs');
const { startMemcached } = await import('../lib/memcached.mjs');
const { merchantKey } = await import('../lib/state.mjs');

const node = await startMemcached();
const { state, app, nginx, get, cookie } = await startEdge({
  workers: 2,
  http: `pforte_zone pforte:1m; pforte_memcached ${node.name} timeout=500ms;`,
  more: (address) => `
    location ~ "/seldom(/|$)" {
      pforte required; pforte_session_check zone=1s memcached app=/_pforte/session;
      fastcgi_pass ${address};
    }`,
});
state.record('acme', { sso_keys: [merchantKey('soak').jwk] });

// Of all ages; new ones on the way, as a run in valgrind outlives them.
const fresh = () => Array.from({ length: 4 }, (_, i) => state.session('acme', { age: i * 200 }));
const tokens = fresh();
const rss = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`))[1]);
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

// In valgrind an answer of the application may come too late for nginx.
const expected = [200, 303, 401, 403, 404, ...valgrind ? [504] : []];

// What a client asks, over and over: a new connection each time.
async function load(going) {
  let asked = 0;
  for (; going(); asked++) {
    const token = tokens[asked % tokens.length];
    const path = ['/acme/seldom', '/acme/trust', '/acme/file', '/acme/', `/acme/sso?token=${token}`,
      '/umbra/'][asked % 6];
    const answer = await get(path, asked % 7 ? cookie(token) : {});
    assert.ok(expected.includes(answer.status), `${path}: ${answer.status}`);
  }
  return asked;
}

test(`${reloads} reloads under load${valgrind ? ', in valgrind' : ''}`, async (t) => {
  app.session = { status: 204, headers: {} };
  const master = [];
  const workers = [];
  let going = true;
  const clients = Array.from({ length: 3 }, () => load(() => going));
  for (let i = 0; i < reloads; i++) {
    await nginx.reload();
    if (i % 10 === 0) {
      state.record('acme');
      tokens.splice(0, tokens.length, ...fresh());
      app.asked.length = app.seen.length = 0;
    }
    await get('/acme/trust', cookie(tokens[0]));
    master.push(rss(nginx.child.pid));
    workers.push(Math.max(...nginx.workers.map(rss)));
  }
  going = false;
  const asked = (await Promise.all(clients)).reduce((sum, n) => sum + n, 0);
  t.diagnostic(`${asked} requests`);
  const tenth = Math.max(reloads / 10 | 0, 1);
  for (const [name, list] of Object.entries({ master, workers })) {
    const [first, last] = [median(list.slice(tenth, 2 * tenth)), median(list.slice(-tenth))];
    t.diagnostic(`${name}: ${first} kB in the second tenth, ${last} kB in the last`);
    if (!valgrind) {
      assert.ok(last - first < 512, `${name} grew by ${last - first} kB`);
    }
  }
});

test('valgrind has nothing to say', { skip: !valgrind && 'without SOAK_VALGRIND=1' }, async () => {
  await nginx.stop();
  const said = readdirSync(logs).filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(join(logs, name), 'utf8'));
  assert.ok(said.length > reloads, `${said.length} processes`);
  assert.deepEqual(said.filter((text) => text.trim() !== '').slice(0, 2), []);
});
