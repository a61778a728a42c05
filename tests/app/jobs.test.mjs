// Jobs: leases, retries, steps, and processes that die in between.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

import { onPostgresql } from '../lib/database.mjs';
import { build, sleep, startStack, until } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const job = (id) => stack.sql(`SELECT * FROM job WHERE id = '${id}'`)[0];
const exportsOf = (tenant) => join(stack.state, 'exports', tenant);

async function ask(filter = {}, tenant = 'acme') {
  const answer = await stack.api(tenant, 'POST', '/audit/exports', filter);
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.json.state, 'queued');
  return answer.json.id;
}

const inState = (id, state, ms) => until(`${id} to be ${state}`, () => {
  const row = job(id);
  return row.state === state ? row : undefined;
}, ms);

// Rows of a trail, all at once and not yet sealed.
function fillTrail(tenant, n, action) {
  stack.sql(`INSERT INTO audit (tenant, id, at, actor, customer, action, object, detail,
      remote_addr, request_id)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n})
    SELECT '${tenant}', 'aud_${action}' || (10000000 + i), 1700000000 + i, 'system', '',
      '${action}', 'thing' || i, '', '', '' FROM n`);
}

// A further process of jobs, as on another host.
function another() {
  const child = spawn(join(build, 'pforte'),
    ['--config', join(stack.state, 'pforte.conf'), 'jobs'], { stdio: 'ignore' });
  return { child, ended: once(child, 'exit') };
}

// The lease of a process that died is over: as if its minute had passed.
const expire = ({ child }) => stack.sql(`UPDATE job SET lease_until = 1
  WHERE state = 'leased' AND lease_owner LIKE '%:${child.pid}'`);

const bothEnd = (list) => Promise.all(list.map(({ child, ended }) => {
  child.kill('SIGKILL');
  return ended;
}));

function addJob(id, { tenant = 'acme', kind = 'audit_csv', args = '{}', attempts = 0 } = {}) {
  stack.sql(`INSERT INTO job (tenant, id, kind, arguments, state, attempts, next_at, lease_until,
    lease_owner, position, done, total, result, last_error, created_by, request_id, created,
    finished) VALUES ('${tenant}', '${id}', '${kind}', '${args}', 'queued', ${attempts}, 0, 0, '',
    '', 0, 0, '', '', 'system', '', 1, 0)`);
  return id;
}

// ---- one job ----

test('X7: the audit trail is exported by a job and fetched through nginx', own, async () => {
  await api('POST', '/user-logins/anna/session-token');
  const id = await ask({ action: 'sso.minted' });
  const row = await inState(id, 'done');
  assert.equal(row.attempts, 1);
  const { json } = await api('GET', `/jobs/${id}`);
  assert.equal(json.state, 'done');
  assert.ok(json.result.rows >= 1 && json.finished && json.next_at === null);
  const file = await api('GET', `/jobs/${id}/file`);
  assert.equal(file.status, 200);
  assert.equal(file.type, 'text/csv');
  assert.match(file.headers['content-disposition'], new RegExp(`${id}\\.csv`));
  const lines = file.text.trimEnd().split('\r\n');
  assert.equal(lines.length, json.result.rows + 1);
  assert.match(lines[0], /^"id","time","actor",/);
  assert.ok(lines.slice(1).every((line) => line.includes('"sso.minted"')));
  assert.equal(Buffer.byteLength(file.text), json.result.bytes);
  const audit = stack.sql(`SELECT action, actor, request_id FROM audit WHERE object = '${id}'`);
  assert.deepEqual(audit.map(({ action }) => action).sort(), ['export.made', 'export.requested']);
  assert.ok(audit.every(({ actor, request_id: request }) => actor.startsWith('key:') && request));
});

test('a file of another tenant is not there, nor one by its name in nginx', own, async () => {
  const id = await ask();
  await inState(id, 'done');
  for (const path of ['', '/file', '/retry']) {
    const answer = await stack.api('globex', path === '/retry' ? 'POST' : 'GET',
      `/jobs/${id}${path}`);
    assert.equal(answer.status, 404, path);
  }
  const [name] = readdirSync(exportsOf('acme'));
  const direct = await stack.get(`/_pforte/exports/acme/${name}`);
  assert.equal(direct.status, 404);
  const list = await stack.api('globex', 'GET', '/jobs');
  assert.ok(!list.json.items.some((item) => item.id === id));
});

test('X7: what is in a file needs a scope of its own', own, async () => {
  const trail = await ask();
  const [{ number }] = stack.sql("SELECT number FROM invoice WHERE tenant = 'acme' ORDER BY number LIMIT 1");
  const zip = addJob(`job_zip${Date.now()}`, { kind: 'invoices_zip', args: `{"numbers":["${number}"]}` });
  const keyOf = async (...scopes) => ({ Authorization:
    `Bearer ${(await api('POST', '/api-keys', { name: scopes.join(' '), scopes })).json.key}` });
  const alone = await keyOf('jobs:read');
  for (const [id, scope] of [[trail, 'audit:read'], [zip, 'invoices:read']]) {
    await inState(id, 'done');
    assert.equal((await api('GET', `/jobs/${id}`, undefined, alone)).status, 200);
    const refused = await api('GET', `/jobs/${id}/file`, undefined, alone);
    assert.deepEqual([refused.status, refused.json?.code], [403, 'api_scope'], id);
    assert.equal((await api('GET', `/jobs/${id}/file`, undefined, await keyOf('jobs:read', scope))).status, 200, id);
  }
});

test('cells that a spreadsheet would run are made text', own, async () => {
  stack.sql(`INSERT INTO audit (tenant, id, at, actor, customer, action, object, detail,
    remote_addr, request_id) VALUES ('acme', 'aud_formula', 1, 'system', '', 'formula',
    '=1+1', '"quoted", +x', '', '')`);
  const id = await ask({ action: 'formula' });
  await inState(id, 'done');
  const { text } = await api('GET', `/jobs/${id}/file`);
  assert.match(text, /"'=1\+1"/);
  assert.match(text, /"""quoted"", \+x"/);
});

test('an exported file is kept for seven days', own, async () => {
  const id = await ask({ action: 'nothing.like.this' });
  await inState(id, 'done');
  const file = join(exportsOf('acme'), JSON.parse(job(id).result).file);
  assert.ok(existsSync(file));
  stack.moveTime(7 * 86400 + 3700);
  const gone = await api('GET', `/jobs/${id}/file`);
  assert.equal(gone.status, 410);
  assert.equal(gone.json.code, 'export_expired');
  await until('the file to go', () => !existsSync(file));
});

// ---- what goes wrong ----

test('a failing job is tried again later and later, then failed with its reason; retry', own,
  async () => {
    rmSync(exportsOf('acme'), { recursive: true, force: true });
    writeFileSync(exportsOf('acme'), 'a file where a directory belongs');
    const id = await ask();
    const pauses = [];
    for (let n = 1; n < 5; n++) {
      const row = await until(`try ${n}`, () => {
        const now = job(id);
        return now.state === 'queued' && now.attempts === n ? now : undefined;
      });
      assert.match(row.last_error, /cannot be written/);
      pauses.push(row.next_at - stack.now());
      await sleep(1200);
      assert.equal(job(id).attempts, n, 'tried before its time');
      stack.moveTime(row.next_at - stack.now() + 1);
    }
    const row = await inState(id, 'failed');
    assert.equal(row.attempts, 5);
    assert.match(row.last_error, /cannot be written/);
    assert.ok(row.finished > 0);
    pauses.forEach((pause, i) =>
      assert.ok(pause > 25 * 2 ** i && pause < 36 * 2 ** i, pauses.join()));

    assert.match(stack.pforte('jobs', 'list', '--tenant', 'acme'),
      new RegExp(`${id} audit_csv +failed +tries 5.*cannot be written`));
    rmSync(exportsOf('acme'));
    const again = await api('POST', `/jobs/${id}/retry`);
    assert.equal(again.status, 200, again.text);
    assert.equal((await inState(id, 'done')).attempts, 1);
    const refused = await api('POST', `/jobs/${id}/retry`);
    assert.equal(refused.status, 409);
    assert.equal(refused.json.code, 'job_not_failed');
    assert.equal(stack.sql(`SELECT id FROM audit WHERE object = '${id}'
      AND action = 'job.retried'`).length, 1);
  });

test('what no handler can do fails at once, and is retried from the command line', own,
  async () => {
    const unknown = await inState(addJob('job_unknown', { kind: 'nonsense' }), 'failed');
    assert.match(unknown.last_error, /no such kind/);
    const list = await inState(addJob('job_list', { args: '[]' }), 'failed');
    assert.match(list.last_error, /no JSON object/);
    const poison = await inState(addJob('job_poison', { attempts: 5 }), 'failed');
    assert.match(poison.last_error, /never ended/);
    assert.match(stack.pforte('jobs', 'retry', '--tenant', 'acme', 'job_poison'), /is queued/);
    await inState('job_poison', 'done');
    assert.throws(() => stack.pforte('jobs', 'retry', '--tenant', 'globex', 'job_unknown'));
    assert.equal(job('job_unknown').state, 'failed');
  });

// ---- processes that end ----

test('kill -9 at random: each job has its effect once, others take over', own, async () => {
  fillTrail('globex', 3000, 'bulk');
  const ids = [];
  await stack.withoutJobs(async () => {
    for (let i = 0; i < 12; i++) {
      ids.push(await ask({ action: 'bulk' }, 'globex'));
    }
    const open = () => ids.filter((id) => job(id).state !== 'done').length;
    let processes = [another(), another()];
    for (let kills = 0; kills < 12; kills++) {
      await sleep(60 + Math.random() * 240);
      const [victim] = processes.splice(Math.floor(Math.random() * 2), 1);
      victim.child.kill('SIGKILL');
      await victim.ended;
      expire(victim);
      processes.push(another());
    }
    await until('the rest', () => open() === 0, 90_000).finally(() => bothEnd(processes));
  });
  for (const id of ids) {
    assert.equal(stack.sql(`SELECT id FROM audit WHERE tenant = 'globex' AND object = '${id}'
      AND action = 'export.made'`).length, 1, id);
    const { file, rows } = JSON.parse(job(id).result);
    assert.equal(rows, 3000);
    const text = readFileSync(join(exportsOf('globex'), file), 'utf8');
    assert.equal(new Set(text.trimEnd().split('\r\n')).size, 3001);
  }
});

test('a task of a process that died waits for its lease, then goes on where it was', own,
  async () => {
    fillTrail('globex', 40_000, 'more');
    await stack.withoutJobs(async () => {
      const id = await ask({ action: 'more' }, 'globex');
      let pause = 20;
      const { done } = await until('a step', async () => {
        const first = another();
        await sleep(pause += onPostgresql ? 100 : 20); // the first step is nearer each time
        await bothEnd([first]);
        const row = job(id);
        assert.notEqual(row.state, 'done', 'too quick to be killed');
        if (row.done === 0) {
          expire(first);
        }
        return row.state === 'leased' && row.done > 0 ? row : undefined;
      }, 60_000);
      const second = another();
      await sleep(1500);
      assert.equal(job(id).done, done, 'the lease was not respected');
      stack.moveTime(61);
      const seen = [];
      await until('the end', () => {
        seen.push(job(id).done);
        return job(id).state === 'done';
      }, 90_000);
      await bothEnd([second]);
      assert.ok(Math.min(...seen) >= done, `begun anew: ${seen} after ${done}`);
      assert.ok(job(id).attempts >= 2);
      const { file } = JSON.parse(job(id).result);
      const text = readFileSync(join(exportsOf('globex'), file), 'utf8');
      assert.equal(new Set(text.trimEnd().split('\r\n')).size, 40_001);
    });
  });

test('SIGTERM hands a task back between two steps; it counts as no try', own, async () => {
  fillTrail('acme', 60_000, 'long');
  await stack.withoutJobs(async () => {
    const id = await ask({ action: 'long' });
    const first = another();
    await until('a step', () => job(id).done > 0);
    first.child.kill('SIGTERM');
    const [code] = await first.ended;
    assert.equal(code, 0);
    const row = job(id);
    assert.equal(row.state, 'queued', JSON.stringify(row));
    assert.equal(row.attempts, 0);
    assert.ok(row.done > 0 && row.done < 60_000, `${row.done}`);
    assert.equal(row.lease_owner, '');
    const second = another();
    const end = await inState(id, 'done', 90_000);
    assert.equal(end.attempts, 1);
    assert.equal(JSON.parse(end.result).rows, 60_000);
    await bothEnd([second]);
  });
});

test('a tenant with one job does not wait for the many of another', own, async () => {
  await stack.withoutJobs(async () => {
    const many = Array.from({ length: 6 }, (_, i) =>
      addJob(`job_many_${i}`, { args: '{"action":"long"}' }));
    const id = await ask({}, 'globex');
    const runner = another();
    await inState(id, 'done', 90_000);
    assert.ok(many.filter((one) => job(one).state !== 'done').length >= 4);
    await bothEnd([runner]);
    stack.sql(`UPDATE job SET state = 'failed' WHERE id LIKE 'job_many_%'`);
  });
});

// ---- periodic work ----

test('periodic work records its run, and one host at a time does it', own, async () => {
  const rows = () => Object.fromEntries(
    stack.sql('SELECT * FROM job_period').map((row) => [row.name, row]));
  await until('all to have run', () => rows().sso?.last_start && rows().mail?.last_start);
  const { sso, mail } = rows();
  assert.equal(sso.host, '');
  assert.notEqual(mail.host, '');
  assert.equal(sso.next_at - sso.last_start, 600);
  assert.match(stack.pforte('jobs', 'list'), /^sso .* ok/m);

  stack.sql(`UPDATE job_period SET lease_owner = 'elsewhere:1', lease_until = ${stack.now() + 1000}
    WHERE name = 'sso'`);
  stack.moveTime(700);
  await sleep(2500);
  assert.equal(rows().sso.last_start, sso.last_start, 'the turn was another host\'s');
  stack.moveTime(400);
  await until('its lease to end', () => rows().sso.last_start > sso.last_start);
});

test('a clock moved back lets periodic work go on', own, async () => {
  const [{ last_start: before }] = stack.sql(`SELECT last_start FROM job_period
    WHERE name = 'mail'`);
  stack.moveTime(-86400); // after that it may run at once
  await until('mail to run', () => stack.sql(`SELECT last_start FROM job_period
    WHERE name = 'mail'`)[0].last_start < before);
  stack.moveTime(86400);
});
