// PostgreSQL hanging, restarted, crashed, and with its connections cut: what was
// answered is there, what was not is said, and nothing happens twice.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { newDatabase } from '../lib/database.mjs';
import { startLoad, told } from '../lib/load.mjs';
import { startServer } from '../lib/postgresql.mjs';
import { linkFor } from '../lib/sso.mjs';
import { sleep, startStack, until } from '../lib/stack.mjs';

const server = await startServer({ durable: true });
const stack = await startStack({ database: newDatabase(server.dir) });
after(() => server.remove()); // the stack stops first
const own = { skip: stack.skip };
const anna = await stack.signedIn('acme', 'anna');
const acme = stack.tenant('acme');

// Signing in by a merchant's link writes a session, its use and the trail. One
// that was answered with a session counts; every other has to say that it did not
// work, and its link may be tried again.
const signIns = { done: 0, users: [] };
async function signIn() {
  const link = await linkFor(acme, 'bruno');
  const answer = await stack.browser().get(link);
  if (answer.status === 303 && answer.cookie('pf-acme')) {
    signIns.done++;
  }
  return answer;
}

const good = ({ status }) => [303, 503].includes(status);
const stored = () => stack.sql(`SELECT
  (SELECT COUNT(*) FROM session s JOIN users u ON u.id = s.user_id AND u.username = 'bruno') AS sessions,
  (SELECT COUNT(*) FROM sso_use) AS uses`)[0];

async function answersAgain() {
  await until('a page', async () => (await anna.get('/acme/')).status === 200);
}

// Under sign-ins that go on while harm is done, each that was answered left one
// session and one use of its link. A commit that nobody answered may have left
// one, too: there are not fewer.
async function survives(t, harm) {
  signIns.done = 0;
  const before = stored();
  const load = startLoad(signIn, { good, parallel: 4 });
  await sleep(500);
  await harm();
  await answersAgain();
  await sleep(500);
  const counts = await load.stop();
  const now = stored();
  const made = { sessions: now.sessions - before.sessions, uses: now.uses - before.uses };
  t.diagnostic(`${told(counts)}; ${signIns.done} signed in, ${made.sessions} sessions`);
  assert.deepEqual(counts.lost, []);
  assert.ok(signIns.done > 0);
  assert.equal(made.sessions, made.uses, 'session and use are one transaction');
  assert.ok(made.sessions >= signIns.done, 'what was answered is there');
  const unknown = counts.answered - signIns.done;
  assert.ok(made.sessions - signIns.done <= unknown, 'nothing twice');
}

test('connections that are cut, over and over', own, async (t) => {
  await survives(t, async () => {
    for (let i = 0; i < 15; i++) {
      stack.sql(`SELECT pg_terminate_backend(pid)::text AS ended FROM pg_stat_activity
        WHERE application_name = 'pforte'`);
      await sleep(100);
    }
  });
});

test('a restart of the server', own, async (t) => {
  await survives(t, async () => {
    await server.stop('SIGINT');
    await sleep(1000);
    await server.start();
  });
});

// Each job may say once a second that it could not work, and why; no more, or an
// outage fills the disk.
test('jobs ask a server that is away once in a while, and go on when it is back', own, async (t) => {
  const log = () => readFileSync(join(stack.state, 'log/jobs.log'), 'utf8').split('\n').length;
  const SECONDS = 4, A_SECOND = 100;
  await server.stop('SIGINT');
  const before = log();
  await sleep(SECONDS * 1000);
  const said = log() - before;
  await server.start();
  t.diagnostic(`${said} lines in ${SECONDS} s`);
  assert.ok(said > 0, 'it is told');
  assert.ok(said < SECONDS * A_SECOND, `${said} lines in ${SECONDS} s`);
  const [{ now }] = stack.sql('SELECT COALESCE(MAX(last_start), 0) AS now FROM job_period');
  await until('a job that runs again', () =>
    Number(stack.sql('SELECT MAX(last_start) AS at FROM job_period')[0].at) > Number(now));
});

test('a crash of the server', own, async (t) => {
  await survives(t, async () => {
    await server.stop('SIGQUIT');
    await server.start();
  });
});

test('a server that hangs is told of within seconds, and holds up nothing afterwards', own,
  async () => {
    server.signal('SIGSTOP');
    try {
      const began = Date.now();
      const answer = await anna.get('/acme/invoices');
      assert.equal(answer.status, 503);
      assert.ok(Date.now() - began < 15_000, String(Date.now() - began));
      assert.match(answer.text, /<h1>/);
    } finally {
      server.signal('SIGCONT');
    }
    await answersAgain();
    assert.equal((await anna.get('/acme/invoices')).status, 200);
  });

test('who was signed in still is', own, async () => {
  assert.equal((await anna.get('/acme/')).status, 200);
});
