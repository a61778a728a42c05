// Keys that a merchant's identity provider publishes: fetched by the jobs,
// followed by nginx and the application while both run.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { sql } from '../lib/database.mjs';
import { copyDemo, makeDemo } from '../lib/demo.mjs';
import { startIdp } from '../lib/idp.mjs';
import { claimsFor, handoff, sign } from '../lib/sso.mjs';
import { build, startStack, until } from '../lib/stack.mjs';
import { merchantKey } from '../lib/state.mjs';

const run = promisify(execFile);
const idp = await startIdp();
const stack = await startStack({ options: idp.options });
const own = { skip: stack.skip };
const acme = stack.tenant('acme');

const status = async ({ secret, alg, kid }, tenant = acme, user = 'anna') => {
  const token = await sign(claimsFor(tenant, user), { key: secret, alg, kid });
  return (await stack.get(handoff(tenant, token))).status;
};
const signsIn = (key) => until(`${key.kid} to sign in`, async () => await status(key) === 303);
const isRefused = (key) => until(`${key.kid} to be refused`, async () => await status(key) === 403);
const audit = (action) => stack.sql(`SELECT * FROM audit WHERE action = '${action}'
  AND tenant = 'acme' ORDER BY id`);
const nginxWorkers = () => stack.processes()
  .filter(({ command }) => command.startsWith('nginx: worker')).map(({ pid }) => pid);

// ---- live ----

const [first, second] = [merchantKey('idp-1', 'RS256'), merchantKey('idp-2', 'ES256')];
const bare = ({ jwk: { alg, ...jwk } }) => ({ ...jwk, use: 'sig' });

test('X5: keys behind a URL sign in at nginx and the application, without a reload', own, async () => {
  const workers = nginxWorkers();
  assert.equal(await status(first), 403);
  idp.publish([bare(first), { kid: 'shared', kty: 'oct', alg: 'HS256', k: 'A'.repeat(43) }]);
  assert.match(stack.pforte('tenant', 'jwks', '--tenant', 'acme', '--url', idp.url), /fetch/);
  await signsIn(first);
  const shared = { secret: Buffer.alloc(32), alg: 'HS256', kid: 'shared' };
  assert.equal(await status(shared), 403, 'a shared secret is never taken from a URL');
  assert.equal(await status({ ...acme.sso_key, secret: acme.sso_key, alg: 'EdDSA', kid: acme.sso_key.kid }),
    303, 'registered keys sign on');
  assert.equal(await status(first, stack.tenant('globex'), 'carol'), 403, 'and not for others');
  assert.deepEqual(nginxWorkers(), workers);
  assert.equal(audit('jwks.set')[0].object, idp.url);
  assert.equal(audit('jwks.set')[0].actor, 'system');
  const [changed] = audit('jwks.changed');
  assert.deepEqual(JSON.parse(changed.detail), { added: ['idp-1'], changed: [], removed: [] });
  assert.equal(changed.actor, 'jobs');
});

test('X5: a new key of the set signs in, and one that left it does not', own, async () => {
  const workers = nginxWorkers();
  idp.publish([bare(first), bare(second)]);
  stack.pforte('tenant', 'jwks', '--tenant', 'acme', '--url', idp.url);
  await signsIn(second);
  assert.equal(await status(first), 303);
  idp.publish([bare(second)]);
  stack.pforte('tenant', 'jwks', '--tenant', 'acme', '--url', idp.url);
  await isRefused(first);
  assert.equal(await status(second), 303);
  assert.deepEqual(nginxWorkers(), workers);
  assert.deepEqual(audit('jwks.changed').slice(1).map(({ detail }) => JSON.parse(detail)), [
    { added: ['idp-2'], changed: [], removed: [] }, { added: [], changed: [], removed: ['idp-1'] }]);
});

test('X5: without the URL its keys end', own, async () => {
  stack.pforte('tenant', 'jwks', '--tenant', 'acme', '--url', 'none');
  await isRefused(second);
  assert.equal(audit('jwks.removed').length, 1);
});

// ---- one run of the jobs at a time, on a state of its own ----

const state = mkdtempSync(join(tmpdir(), 'pforte-jwks-'));
after(() => rmSync(state, { recursive: true, force: true }));
const conf = join(state, 'pforte.conf');
makeDemo(state, { database: copyDemo(state) });
const plain = readFileSync(conf, 'utf8');
writeFileSync(conf, plain + readFileSync(idp.options, 'utf8'));

// Not synchronously: the identity provider lives in this process.
const pforte = (...args) => run(join(build, 'pforte'), ['--config', conf, ...args]);
const shown = async () => JSON.parse((await pforte('tenant', 'jwks', '--tenant', 'acme')).stdout);
const kids = () => JSON.parse(readFileSync(join(state, 'edge/acme.json'), 'utf8'))
  .sso_keys.map(({ kid }) => kid).filter((kid) => kid !== 'acme-demo');

async function fetchOnce(url = idp.url) {
  await pforte('tenant', 'jwks', '--tenant', 'acme', '--url', url);
  await pforte('jobs', '--once');
  return shown();
}

test('X5: what is no good answer keeps the last good keys', own, async () => {
  idp.publish([first.jwk, second.jwk]);
  const good = await fetchOnce();
  assert.deepEqual(kids(), ['idp-1', 'idp-2']);
  assert.equal(good.failures, 0);
  assert.equal(good.error, '');
  const reply = (code, body, headers) => (_, response) => response.writeHead(code, headers).end(body);
  const set = JSON.stringify({ keys: [merchantKey('other', 'ES256').jwk] });
  const answers = [
    ['is no JSON object', reply(200, '{"keys":[')],
    ['is no JSON object', reply(200, '[]')],
    ['none of its keys', reply(200, '{"keys":[]}')],
    ['too many keys', reply(200, JSON.stringify({ keys: Array(33).fill(first.jwk) }))],
    ['twice', reply(200, JSON.stringify({ keys: [first.jwk, first.jwk] }))],
    ['is 500', reply(500, set)],
    ['is 404', reply(404, set)],
    ['is 302', reply(302, set, { Location: idp.url })],
    ['too long', reply(200, `${set}${' '.repeat(200_000)}`)],
    ['Empty reply', (request) => request.socket.destroy()],
    ['timed out|Timeout', () => {}],
  ];
  for (const [why, answer] of answers) {
    idp.answer = answer;
    const row = await fetchOnce();
    assert.match(row.error, new RegExp(why), why);
    assert.equal(row.failures, 1, why);
    assert.equal(row.keys, good.keys, why);
    assert.equal(row.fetched, good.fetched, why);
    assert.deepEqual(kids(), ['idp-1', 'idp-2'], why);
  }
});

test('X5: an answer without end costs no more than it may be long', own, async () => {
  idp.publish([first.jwk]);
  await fetchOnce();
  const endless = (start, piece) => (_, { socket }) => {
    const more = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', more).on('error', () => {}).write(start);
    more();
  };
  const line = `X-Header: ${'a'.repeat(1000)}\r\n`;
  const ok = 'HTTP/1.1 200 OK\r\n';
  const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`;
  const answers = {
    body: endless(`${ok}\r\n`, ' '.repeat(10_000)),
    chunks: endless(chunked, `2710\r\n${' '.repeat(10_000)}\r\n`),
    headers: endless(ok, line),
    'interim answers': endless('', 'HTTP/1.1 100 Continue\r\n\r\n'),
    trailers: endless(`${chunked}b\r\n{"keys":[]}\r\n0\r\n`, line),
  };
  for (const [what, answer] of Object.entries(answers)) {
    idp.answer = answer;
    const row = await fetchOnce();
    assert.match(row.error, /too long/, what);
    assert.deepEqual(kids(), ['idp-1'], what);
  }
  idp.answer = (_, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' })
    .end(gzipSync(JSON.stringify({ keys: [second.jwk] })));
  assert.match((await fetchOnce()).error, /no JSON object/, 'nobody asked for gzip');
  idp.publish([first.jwk, second.jwk]);
  assert.equal((await fetchOnce()).error, '');
});

test('X5: a server that cannot show its name is not believed', own, async () => {
  idp.publish([merchantKey('other', 'ES256').jwk]);
  const row = await fetchOnce(`https://127.0.0.1:${idp.port}/keys`);
  assert.match(row.error, /SSL|certificate/i);
  writeFileSync(conf, `${plain}https_private_addresses = true\n`);
  assert.match((await fetchOnce()).error, /SSL|certificate/i);
  writeFileSync(conf, plain + readFileSync(idp.options, 'utf8'));
  assert.deepEqual(kids(), ['idp-1', 'idp-2']);
});

test('X5: an address of a private network is not even connected to', own, async () => {
  writeFileSync(conf, `${plain}https_ca_file = "${idp.ca}"\n`);
  const before = idp.connections;
  for (const host of ['localhost', '127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '[64:ff9b::7f00:1]', '0',
    '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '%31%32%37.0.0.1', '[fe80::1%25lo]', '@localhost']) {
    const row = await fetchOnce(`https://${host}:${idp.port}/keys`);
    assert.match(row.error, /not one of the public Internet/, host);
  }
  assert.equal(idp.connections, before);
  writeFileSync(conf, plain + readFileSync(idp.options, 'utf8'));
});

test('X5: only https addresses of tenants can be named', own, async () => {
  for (const url of ['http://idp.example/', 'https://a:b@idp.example/', 'https://idp.example/#x',
    'file:///etc/passwd', '']) {
    await assert.rejects(pforte('tenant', 'jwks', '--tenant', 'acme', '--url', url), /no https address/);
  }
  await assert.rejects(pforte('tenant', 'jwks', '--tenant', 'nobody', '--url', idp.url),
    /no tenant nobody/);
  await assert.rejects(pforte('tenant', 'jwks', '--tenant', 'globex', '--url', 'none'), /no key set/);
});

test('X5: Cache-Control is honoured between five minutes and a day, failures wait longer', own, async () => {
  const now = () => Math.floor(Date.now() / 1000);
  const rows = [['max-age=7200', 6480, 7200], ['max-age=1', 300, 300], ['no-store', 300, 300],
    ['max-age=999999', 77_760, 86_400], [undefined, 3240, 3600],
    [['max-age=7200', 'public'], 6480, 7200], [['no-store', 'max-age=7200'], 300, 300]];
  for (const [value, least, most] of rows) {
    idp.publish([first.jwk], value && { 'Cache-Control': value });
    const began = now();
    const { next_at: next, failures } = await fetchOnce();
    assert.equal(failures, 0);
    assert.ok(next >= began + least && next <= now() + most, `${value}: ${next - began}`);
  }
  idp.answer = (_, response) => response.writeHead(500).end();
  await pforte('tenant', 'jwks', '--tenant', 'acme', '--url', idp.url);
  for (const [failures, pause] of [[1, 60], [2, 120], [3, 240]]) {
    sql(state, 'UPDATE jwks SET next_at = 0');
    const began = now();
    await pforte('jobs', '--once');
    const row = await shown();
    assert.equal(row.failures, failures);
    assert.ok(row.next_at >= began + pause * 0.9 - 1 && row.next_at <= now() + pause,
      `${failures}: ${row.next_at - began}`);
  }
  const { asked } = idp;
  await pforte('jobs', '--once');
  assert.equal(idp.asked, asked, 'what is not due is not asked');
});
