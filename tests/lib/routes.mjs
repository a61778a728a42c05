// The table of routes as the program prints it, and what stands in the demo for
// the names in its paths.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { build } from './stack.mjs';

// Every route: { method, path, door, right, proven, name: "GET /admin/jobs" }. The
// doors of staff are one; proven: behind the password once more.
export const routes = execFileSync(join(build, 'pforte'), ['routes'], { encoding: 'utf8' })
  .split('\n').filter(Boolean).map((line) => line.split(/\s+/))
  .map(([method, path, door, , right]) => ({ method, path, door: /^(?:proven|proof)$/.test(door) ? 'office' : door,
    proven: door === 'proven', right, name: `${method} ${path}` }));

assert.ok(routes.length > 50, 'pforte routes lists all of them');

// The path of an open invitation, whose mail nobody reads: its secret becomes one
// that we know.
export function invitationOf(stack, id) {
  const secret = randomBytes(16).toString('base64url');
  const hash = execFileSync('b2sum', ['-l', '256'], { input: secret, encoding: 'utf8' }).split(' ')[0];
  stack.sql(`UPDATE one_time_token SET hash = '${hash}' WHERE subject = '${id}' AND used = 0 AND revoked = 0`);
  return `/acme/invitation/${secret}`;
}

// Makes one of what the demo has none of: an endpoint of callbacks that is off
// and what was to go there, a job that has failed, a mail, and somebody with a first
// password. What stands for the names of a path is then known.
export async function furnish(stack) {
  const call = async (method, path, body) => {
    const answer = await stack.api('acme', method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.json;
  };
  const endpoint = await call('POST', '/callbacks', { url: 'https://merchant.example/hook', types: 'test' });
  const { event } = await call('POST', `/callbacks/${endpoint.id}/test`);
  const job = await call('POST', '/audit/exports', {});
  const mail = await call('POST', '/settings/mail-templates/login_created/en/test', { to: 'anna@x.example' });
  const key = stack.tenant('acme').api_key.split('_')[2];
  // several files may share one server
  const newcomer = { username: `newcomer-${randomBytes(4).toString('hex')}`, password: 'seven-blue-tulips-in-rain' };
  await call('POST', '/user-logins', { customer: 'K2002', email: `${newcomer.username}@x.example`, ...newcomer });
  const members = await call('GET', '/customers/K2000/members');
  const member = members.items.find(({ user }) => user === 'clara@sommer.example').id;
  const invited = members.items.find(({ status }) => status === 'invited').id;
  const token = stack.own ? invitationOf(stack, invited).split('/').pop() : undefined;
  const { ref: draft } = await call('POST', '/contracts', { customer: 'K2000', name: 'Entwurf', currency: 'EUR',
    status: 'draft', start: '2026-01-01', recurrence: { every: 1, unit: 'month' },
    items: [{ description: 'Anschluss', quantity: '1', unit_price: '10', vat_rate: '19' }] });
  return {
    newcomer,
    endpoint: endpoint.id, delivery: `${event}.${endpoint.id}`, job: job.id, key, member,
    values: {
      '/admin/customers': { number: 'K2000' },
      '/admin/contracts/{ref}/remove': { ref: draft },
      '/admin/members': { id: member, action: 'remove' },
      '/contacts': { id: member, action: 'remove' },
      '/invitation': { token },
      '/admin/invoices': { number: 'RE20001' },
      '/admin/api-keys': { id: key },
      '/admin/callbacks': { id: endpoint.id },
      '/admin/callback-log': { id: `${event}.${endpoint.id}` },
      '/admin/jobs': { id: job.id },
      '/admin/mails': { id: mail.id },
      '/admin/mail-templates': { event: 'login_created', language: 'en' },
      '/admin/staff': { username: 'sam' },
      '': { tab: 'general', ref: 'VT-7KQ2-ZHXM', kid: 'acme-demo', username: 'anna', number: 'RE20001' },
    },
  };
}

// The path of a route with the names in it replaced.
export function filled({ path }, { values }) {
  const own = Object.entries(values).find(([start]) => start && `${path}/`.startsWith(`${start}/`))?.[1];
  return path.replace(/\{(\w+)\}/g, (_, name) => {
    const value = own?.[name] ?? values[''][name];
    assert.ok(value, `nothing is known to stand for {${name}} in ${path}`);
    return encodeURIComponent(value);
  });
}
