// What has gone wrong in other gateways, tried with the whole of Pforte;
// tests/edge/pitfalls.test.mjs has those that need the module alone.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { flip, linkFor, tokenFor } from '../lib/sso.mjs';
import { build, startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const acme = stack.tenant('acme');

test('X12: pitfall login CSRF: nobody is signed in over somebody else unasked', own, async () => {
  const bruno = await stack.signedIn('acme', 'bruno');
  const before = bruno.jar.get('pf-acme');
  const page = await bruno.get(await linkFor(acme, 'anna'));
  assert.match(visible(page.text), /bruno/);
  assert.equal(bruno.jar.get('pf-acme'), before);
  const posted = await bruno.follow(await bruno.post('/acme/sso', { token: await tokenFor(acme, 'anna') },
    { headers: { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' } }));
  assert.notEqual(posted.status, 303);
  assert.equal(bruno.jar.get('pf-acme'), before);
  assert.match(visible((await bruno.get('/acme/')).text), /K2002/);
});

test('X12: pitfall session fixation: who signs in has a session that nobody knew', own, async () => {
  const attacker = await stack.signedIn('acme', 'bruno');
  const planted = attacker.jar.get('pf-acme');
  const user = stack.user('anna');
  const victim = stack.browser();
  victim.jar.set('pf-acme', planted);
  const page = await victim.follow(await victim.get(await linkFor(acme, 'anna')));
  await victim.submit(page, {}, { action: /\/sso$/ });
  assert.match(visible((await victim.get('/acme/')).text), /K2000/);
  const sid = (token) => stack.inspect('pforte:session:acme', token).sid;
  assert.notEqual(sid(victim.jar.get('pf-acme')), sid(planted));
  assert.equal((await attacker.get('/acme/')).status, 303, 'the planted session ended');
  const other = stack.browser();
  other.jar.set('pf-acme', 'v4.local.planted');
  await other.signIn('acme', user.username, user.password);
  assert.notEqual(other.jar.get('pf-acme'), 'v4.local.planted');
});

test('X12, F13: pitfall replay of SSO links: once, however many try at once', own, async () => {
  const link = await linkFor(acme, 'anna');
  const answers = await Promise.all(Array.from({ length: 12 }, () => stack.get(link)));
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [303, ...Array(11).fill(410)]);
  assert.equal((await stack.get(link)).status, 410);
});

test('X12, F13: pitfall token in URL: it is gone with the first answer', own, async () => {
  const link = await linkFor(acme, 'anna', { to: '/invoices' });
  const token = new URL(link, stack.base).searchParams.get('token');
  const answer = await stack.get(link);
  assert.equal(answer.headers.location, '/acme/invoices');
  assert.equal(answer.headers['referrer-policy'], 'no-referrer');
  assert.match(answer.headers['cache-control'], /no-store/);
  for (const again of [answer, await stack.get(link), await stack.get(`${link}x`),
    await stack.get(link.replace('acme', 'globex')), await stack.get(link.replace('acme', 'nobody')),
    await stack.get(link.replace('/sso', '/none')), await stack.get(link, { method: 'PUT' })]) {
    assert.ok(!(again.text + again.rawHeaders.join('\n')).includes(token.slice(-30)), again.url);
    assert.ok(again.headers['referrer-policy'] === 'no-referrer' || again.status === 303, again.url);
  }
});

test('X12: pitfall logging secrets', own, async () => {
  const used = await tokenFor(acme, 'anna');
  const browser = stack.browser();
  for (const path of [`/acme/sso?token=${used}`, `/acme/sso?token=${used}`, `/acme/s/${used}`, `/x?token=${used}`]) {
    await browser.get(path, { headers: { Referer: `${stack.base}${path}` } });
  }
  const session = browser.jar.get('pf-acme');
  await browser.get('/acme/');
  const keys = readFileSync(join(stack.state, 'keyring'), 'utf8').split('\n').filter((line) => /^k4/.test(line));
  const secrets = [used.slice(-30), session.slice(-30), acme.api_key.slice(-20), acme.sso_key.d,
    ...keys.map((line) => line.slice(9)), stack.user('anna').password];
  for (const name of readdirSync(join(stack.state, 'log'))) {
    const text = stack.log(name);
    secrets.forEach((one, i) => assert.ok(!text.includes(one), `${name}: secret ${i}`));
  }
});

test('X12: pitfall key handling: keys are files, for two programs alone', own, () => {
  for (const name of ['keyring', 'edge/acme.json']) {
    assert.equal(statSync(join(stack.state, name)).mode & 0o007, 0, name);
  }
  for (const name of ['pages.sock', 'passwords.sock']) {
    assert.equal(statSync(join(stack.state, 'run', name)).mode & 0o777, 0o660, name);
  }
  const conf = readFileSync(join(stack.state, 'nginx.conf'), 'utf8');
  assert.doesNotMatch(conf, /k4\.|"d"|"k"/);
});

test('X12: pitfall short key: no secret of less than 32 bytes verifies anything', () => {
  const secret = randomBytes(32);
  const input = ['{"alg":"HS256","kid":"h"}', '{"sub":"anna"}']
    .map((text) => Buffer.from(text).toString('base64url')).join('.');
  const verified = (bytes) => {
    const key = JSON.stringify({ kty: 'oct', alg: 'HS256', kid: 'h', k: bytes.toString('base64url') });
    const mac = createHmac('sha256', bytes).update(input).digest('base64url');
    return spawnSync(join(build, 'pforte'), ['token', 'inspect', '--key', key, `${input}.${mac}`],
      { encoding: 'utf8' });
  };
  const good = verified(secret);
  assert.equal(good.status, 0, good.stderr);
  assert.match(good.stdout, /anna/);
  for (const size of [0, 1, 16, 31]) {
    const { status, stdout } = verified(secret.subarray(0, size));
    assert.equal(status, 1, String(size));
    assert.equal(stdout, '');
  }
});

// All of what a command says, up to a word at the end of a line.
const ask = (text, last) => new Promise((done, fail) => {
  let said = Buffer.alloc(0);
  const socket = connect(stack.memcachedSocket, () => socket.write(text));
  socket.on('data', (more) => {
    said = Buffer.concat([said, more]);
    if (last.test(said.toString('latin1'))) {
      socket.destroy();
      done(said);
    }
  });
  socket.on('error', fail);
});

async function copies() {
  const dump = (await ask('lru_crawler metadump all\r\n', /END\r\n$/)).toString();
  return [...dump.matchAll(/key=(\S+)/g)].map(([, name]) => decodeURIComponent(name));
}

async function value(name) {
  const said = await ask(`get ${name}\r\n`, /END\r\n$/);
  const head = said.indexOf('\r\n');
  return said.subarray(head + 2, said.length - 7);
}

const put = (name, bytes) => ask(Buffer.concat([Buffer.from(`set ${name} 0 60 ${bytes.length}\r\n`), bytes,
  Buffer.from('\r\n')]), /STORED\r\n/);

test('X12: pitfall memcached trust: what lies there forges, moves and opens nothing', own, async () => {
  const known = await copies();
  const [one, two] = [await stack.signedIn('acme', 'anna'), await stack.signedIn('acme', 'bruno')];
  await one.get('/acme/');
  await two.get('/acme/');
  const fresh = (await copies()).filter((name) => !known.includes(name));
  assert.ok(fresh.length >= 2, `${fresh}`);
  assert.ok(fresh.every((name) => /^[\w:.-]+$/.test(name)), 'names without a space or line end');
  const values = await Promise.all(fresh.map(value));
  for (const session of [one, two]) {
    const { sid } = stack.inspect('pforte:session:acme', session.jar.get('pf-acme'));
    assert.ok(fresh.every((name) => !name.includes(sid)), 'no name shows a session');
    assert.ok(values.every((bytes) => !bytes.includes(sid) && !bytes.includes('anna')), 'no value is to be read');
  }
  const whose = async () => [/K2000/.test(visible((await one.get('/acme/')).text)),
    /K2002/.test(visible((await two.get('/acme/')).text))];
  const garbage = [(at) => values[(at + 1) % values.length], () => Buffer.alloc(0), () => Buffer.from('{}'),
    () => randomBytes(300), (at) => Buffer.from(flip(values[at].toString('latin1'), 20), 'latin1'),
    () => Buffer.alloc(200_000, 'x'), (at) => values[at].subarray(0, -1)];
  for (const make of garbage) {
    for (const at of fresh.keys()) {
      await put(fresh[at], make(at));
    }
    assert.deepEqual(await whose(), [true, true], String(make));
  }
  // an old copy of a living session, put back after its end
  await one.signOut('acme');
  for (const at of fresh.keys()) {
    await put(fresh[at], values[at]);
  }
  const token = stack.browser();
  token.jar = one.jar;
  assert.notEqual((await token.get('/acme/')).status, 200);
  assert.equal((await two.get('/acme/')).status, 200);
  assert.ok(forms((await two.get('/acme/')).text).length > 0);
});
