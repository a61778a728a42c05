// Background jobs in the back office: what they are at, and another try.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { startStack, until } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const get = (path) => owner.get(`/acme/admin${path}${path.includes('?') ? '&' : '?'}language=en`);
const state = (id) => stack.sql(`SELECT state, attempts FROM job WHERE id = '${id}'`)[0];

// A job that was given up after five tries.
let made = 0;
function failed(tenant = 'acme') {
  const id = `job_office${++made}`;
  stack.sql(`INSERT INTO job (tenant, id, kind, arguments, state, attempts, next_at, lease_until,
    lease_owner, position, done, total, result, last_error, created_by, request_id, created, finished)
    VALUES ('${tenant}', '${id}', 'audit_csv', '{}', 'failed', 5, 0, 0, '', '', 0, 0, '',
    'the disk <b>is</b> full', 'key:x', '', 1700000000, 1700000600)`);
  return id;
}

test('X7, X10: a job shows state, tries, next try and why it failed', own, async () => {
  const id = failed();
  const list = await get('/jobs?state=failed');
  assert.equal(list.status, 200);
  assert.match(visible(list.text), /audit csv.*failed.*5.*the disk <b>is<\/b> full/s);
  assert.match(list.text, new RegExp(`href="/acme/admin/jobs/${id}"`));
  assert.match(visible((await get(`/jobs/${id}`)).text), /Tries 5.*the disk <b>is<\/b> full/s);
  stack.sql(`UPDATE job SET state = 'queued', next_at = 4000000000 WHERE id = '${id}'`);
  assert.match(visible((await get(`/jobs/${id}`)).text), /Next try .*2096/s);
  assert.doesNotMatch((await get(`/jobs/${id}`)).text, /\/retry"/, 'what waits comes by itself');
  stack.sql(`UPDATE job SET state = 'done' WHERE id = '${id}'`);
  assert.doesNotMatch(visible((await get(`/jobs/${id}`)).text), /2096/, 'what is done has no next try');
});

test('X7, X10: one click has it tried again, once, with its row in the trail', own, async () => {
  const id = failed();
  const page = await get(`/jobs/${id}`);
  const { hidden } = forms(page.text).find(({ action }) => /retry$/.test(action));
  const send = () => owner.post(`/acme/admin/jobs/${id}/retry`, hidden);
  const answers = await Promise.all([send(), send(), send()]);
  assert.deepEqual(answers.map(({ status, location }) => [status, location]),
    Array(3).fill([303, `/acme/admin/jobs/${id}`]));
  await until('the job', () => state(id).state === 'done');
  const rows = stack.sql(`SELECT * FROM audit WHERE action = 'job.retried' AND object = '${id}'`);
  assert.equal(rows.length, 1);
  assert.match(rows[0].actor, /^staff:/);
  const [before, after] = [rows[0].before, rows[0].after].map(JSON.parse);
  assert.deepEqual([before.state, before.attempts, after.state, after.attempts], ['failed', 5, 'queued', 0]);
});

test('X10: only a failed job is tried again, and only one of the tenant', own, async () => {
  const id = failed(), foreign = failed('globex');
  const { hidden } = forms((await get(`/jobs/${id}`)).text).find(({ action }) => /retry$/.test(action));
  stack.sql(`UPDATE job SET state = 'done' WHERE id = '${id}'`);
  const late = await owner.post(`/acme/admin/jobs/${id}/retry`, hidden);
  assert.equal(late.status, 409);
  assert.equal(state(id).state, 'done');
  for (const [name, status] of [[foreign, 404], ['job_nothing', 404]]) {
    assert.equal((await get(`/jobs/${name}`)).status, status);
    assert.equal((await owner.post(`/acme/admin/jobs/${name}/retry`, hidden)).status, status);
  }
  assert.equal(state(foreign).state, 'failed');
  assert.doesNotMatch((await get('/jobs')).text, new RegExp(foreign));
});

test('X1: who may only look has no button', own, async () => {
  const rita = await stack.office('acme', 'read_only');
  const page = await rita.get(`/acme/admin/jobs/${failed()}`);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /\/retry"/);
});
