// What a tenant sets: pages, and how far a change reaches without a reload.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { sign } from '../lib/sso.mjs';
import { startStack, until } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');

const page = (tab) => owner.get(`/acme/admin/settings/${tab}`);
const save = async (tab, fields, from) => owner.submit(from ?? await page(tab), fields,
  { action: new RegExp(`settings/${tab}$`) });
const record = (tenant = 'acme') => JSON.parse(readFileSync(join(stack.state, `edge/${tenant}.json`), 'utf8'));

const general = { imprint_url: 'https://acme.example/impressum', accessibility_url: 'https://acme.example/barrierefreiheit', name: 'Acme Telekom', address: 'Acme Telekom GmbH\r\nHafenstraße 12\r\n20457 Hamburg', time_zone: 'Europe/Berlin',
  audience: 'consumers' };
const access = { link_minutes: '60', link_minutes_max: '10080', session_idle: '30', session_absolute: '720', password_min: '15' };

test('X10: a saved name is in the edge record and on the pages, without a reload', own, async () => {
  const nginx = stack.nginx;
  const before = record().revision;
  const answer = await save('general', { ...general, name: 'Acme Neu' });
  assert.equal(answer.location, '/acme/admin/settings/general?saved=1');
  await until('the edge record', () => record().name === 'Acme Neu');
  assert.ok(record().revision > before);
  assert.match((await stack.get('/acme/login')).title, /Acme Neu/);
  assert.equal(stack.nginx, nginx);
  const [row] = stack.sql("SELECT actor, object, before, after FROM audit WHERE action = 'settings.changed' ORDER BY id DESC LIMIT 1");
  assert.match(row.actor, /^staff:/);
  assert.deepEqual([row.before, row.after].map(JSON.parse), [{ name: 'Acme Telekom' }, { name: 'Acme Neu' }]);
  assert.equal((await save('general', general)).status, 303);
  await until('the edge record', () => record().name === 'Acme Telekom');
});

test('languages and cookies of the edge follow within seconds', own, async () => {
  assert.equal((await save('languages', { languages: 'en fr', default_language: 'fr' })).status, 303);
  await until('the language', async () => (await stack.get('/acme/login',
    { headers: { 'Accept-Language': 'de' } })).lang === 'fr');
  for (const bad of [{ languages: 'en xx', default_language: 'en' }, { languages: 'en', default_language: 'de' },
    { languages: 'en en', default_language: 'en' }, { languages: '', default_language: 'en' }]) {
    assert.equal((await save('languages', bad)).status, 422, JSON.stringify(bad));
  }
  assert.equal((await save('languages', { languages: 'de en fr', default_language: 'de' })).status, 303);
  await until('the record', () => record().default_language === 'de');
  assert.equal((await save('frames', { cookie_mode: 'lax', frame_ancestors: 'https://shop.example\r\nhttps://www.shop.example' })).status, 303);
  await until('the record', () => record().frame_ancestors.length === 2);
  await until('the header', async () => /shop\.example/.test(
    (await stack.get('/acme/login')).headers['content-security-policy']));
  assert.equal((await save('frames', { cookie_mode: 'lax', frame_ancestors: 'http://*' })).status, 422);
  assert.equal((await save('frames', { cookie_mode: 'lax', frame_ancestors: '' })).status, 303);
});

test('what is wrong is said at the field, and what was typed stays', own, async () => {
  const answer = await save('general', { name: '', address: 'Straße 1', time_zone: 'Mars/Olympus' });
  assert.equal(answer.status, 422);
  assert.match(answer.title, /^Fehler: |^Error: /);
  assert.match(answer.text, /value="Mars\/Olympus"/);
  assert.match(answer.text, /href="#field-time_zone"|href="#field-name"/);
  assert.equal((await save('access', { ...access, link_minutes: '99999' })).status, 422);
  assert.equal((await save('access', { ...access, session_idle: 'soon' })).status, 422);
  assert.equal((await save('general', { ...general, name: 'x'.repeat(101) })).status, 422);
});

test('who saves second is told what the first one saved, and keeps what was typed', own, async () => {
  const mine = await page('general');
  assert.equal((await save('general', { ...general, name: 'Acme Zwei' })).status, 303);
  for (const zone of ['Europe/Berlin', 'Mars/Olympus']) {
    const late = await save('general', { ...general, name: 'Acme Drei', time_zone: zone }, mine);
    assert.equal(late.status, 409, zone);
    assert.match(late.text, /value="Acme Drei"/);
    assert.match(visible(late.text), /(gespeichert|meanwhile): Acme Zwei/);
  }
  const access_ = await page('access');
  const { version, ...old } = forms(access_.text).find(({ action }) => /access$/.test(action)).hidden;
  assert.match(version, /^\d+$/);
  assert.equal((await owner.post('/acme/admin/settings/access', { ...old, ...access })).status, 409, 'a form without it');
  const late = await save('general', { ...general, name: 'Acme Drei' }, mine);
  assert.equal(stack.sql("SELECT name FROM tenant WHERE id = 'acme'")[0].name, 'Acme Zwei');
  const again = await owner.submit(late, general, { action: /settings\/general$/ });
  assert.equal(again.status, 303);
  const other = await page('access');
  assert.equal((await save('access', access, other)).status, 303, 'nothing changed, nothing to tell');
});

test('limits of sessions and links hold for what begins from now on', own, async () => {
  assert.equal((await save('access', { link_minutes: '5', link_minutes_max: '10080', session_idle: '6', session_absolute: '20', password_min: '15' })).status, 303);
  await stack.signedIn('acme', 'bruno');
  const [row] = stack.sql(`SELECT idle, expires - created AS life FROM session WHERE method = 'sso' ORDER BY created DESC LIMIT 1`);
  assert.deepEqual(row, { idle: 360, life: 1200 });
  const link = (await stack.api('acme', 'POST', '/contracts/VT-7KQ2-ZHXM/self-service-token', {})).json;
  const life = (Date.parse(link.expiry) - Date.now()) / 1000;
  assert.ok(life > 240 && life <= 301, `${life} s`);
  assert.equal((await save('access', access)).status, 303);
});

test('a host is bound and given up; nobody takes another’s', own, async () => {
  const add = async (browser, tenant, host) => browser.submit(await browser.get(`/${tenant}/admin/hosts`), { host },
    { action: /hosts$/ });
  for (const bad of ['Konto.example', 'konto.example:8080', 'a b', '', '*.example', 'https://x.example',
    'konto', 'konto..example', '-x.example', '10.0.0.1', '127.0.0.1', 'localhost', `${'x'.repeat(64)}.example`]) {
    assert.equal((await add(owner, 'acme', bad)).status, 422, bad);
  }
  assert.equal((await add(owner, 'acme', 'konto.acme.example')).status, 303);
  await until('the host', async () => /Acme/.test((await stack.get('/login', { headers: { Host: 'konto.acme.example' } })).title));
  const gina = await stack.office('globex');
  const taken = await add(gina, 'globex', 'konto.acme.example');
  assert.equal(taken.status, 422);
  assert.match(visible(taken.text), /in use|vergeben/);
  const stolen = forms((await gina.get('/globex/admin')).text)[0].hidden;
  assert.equal((await gina.post('/globex/admin/hosts/remove', { ...stolen, host: 'konto.acme.example' })).status, 404);
  const hosts = await owner.get('/acme/admin/hosts');
  assert.equal((await owner.submit(hosts, {}, { action: /remove$/ })).status, 303);
  await until('the end of it', async () =>
    !/Acme/.test((await stack.get('/login', { headers: { Host: 'konto.acme.example' } })).title));
});

test('an SSO key signs from when it is registered until it is retired', own, async () => {
  const { generateKeyPairSync } = await import('node:crypto');
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const jwk = { ...publicKey.export({ format: 'jwk' }), alg: 'EdDSA', kid: 'office-1' };
  const secret = { ...privateKey.export({ format: 'jwk' }), alg: 'EdDSA', kid: 'office-1' };
  const register = async (material, more = {}) => owner.submit(await owner.get('/acme/admin/sso-keys/new'),
    { material, ...more }, { action: /sso-keys$/ });
  for (const bad of ['', 'hello', '{', '[]', '{"kty":"OKP"}', JSON.stringify(secret), 'k4.public.AAAA']) {
    assert.equal((await register(bad)).status, 422, bad);
  }
  assert.equal((await register(JSON.stringify(jwk, null, 2))).status, 303);
  assert.equal((await register(JSON.stringify(jwk))).status, 422, 'twice');
  await until('the record', () => record().sso_keys.some(({ kid }) => kid === 'office-1'));
  const now = Math.floor(Date.now() / 1000);
  const token = (jti) => sign({ aud: 'pforte:acme', sub: 'bruno', iat: now - 5, exp: now + 250, jti },
    { key: secret, kid: 'office-1' });
  await until('a sign-in', async () =>
    (await stack.browser().get(`/acme/sso?token=${await token(`a${Math.random()}`)}`)).status === 303);
  const detail = await owner.get('/acme/admin/sso-keys/office-1');
  assert.equal((await owner.submit(detail, {}, { action: /retire$/ })).status, 303);
  await until('the refusal', async () =>
    (await stack.browser().get(`/acme/sso?token=${await token(`b${Math.random()}`)}`)).status !== 303, 60_000);
  assert.equal((await owner.get('/acme/admin/sso-keys/nothing')).status, 404);
  const jwks = await owner.get('/acme/admin/jwks');
  assert.equal((await owner.submit(jwks, { url: 'ftp://x' }, { action: /jwks$/ })).status, 422);
});

test('the address of the key set is not saved over one that nobody has seen', own, async () => {
  const owner = await stack.office('acme', 'owner', { 'Accept-Language': 'en' });
  const open = () => owner.get('/acme/admin/jwks');
  const save = (page, url) => owner.submit(page, { url }, { action: /jwks$/ });
  const address = () => stack.sql("SELECT url FROM jwks WHERE tenant = 'acme'")[0]?.url;
  const before = await open();
  assert.equal((await save(await open(), 'https://one.example/keys')).status, 303);
  const late = await save(before, 'https://two.example/keys');
  assert.equal(late.status, 409);
  assert.match(visible(late.text), /Saved meanwhile: https:\/\/one\.example\/keys/);
  assert.equal(address(), 'https://one.example/keys');
  assert.equal((await save(late, '')).status, 303);
  assert.equal(address(), undefined);
});

test('a tenant is made by page and by command, with its first owner, while nginx runs on', own, async () => {
  const nginx = stack.nginx;
  const otto = await stack.office('acme', 'operator');
  const make = async (fields) => otto.submit(await otto.get('/acme/admin/tenants'), fields, { action: /tenants$/ });
  const good = { id: 'umbrella', name: 'Umbrella', languages: 'en de', username: 'wesker', email: 'w@umbrella.example' };
  for (const bad of [{ id: 'Umbrella' }, { id: 'api' }, { id: 'admin' }, { id: 'acme' }, { name: '' },
    { languages: 'xx' }, { email: 'x' }]) {
    assert.equal((await make({ ...good, ...bad })).status, 422, JSON.stringify(bad));
  }
  assert.deepEqual(stack.sql("SELECT id FROM tenant WHERE id = 'umbrella'"), []);
  const made = await make(good);
  assert.equal(made.status, 200, visible(made.text));
  const password = made.text.match(/class="secret"><bdi>([^<]+)/)[1];
  await until('the portal, at every worker of nginx', async () => (await Promise.all(
    Array.from({ length: 12 }, () => stack.get('/umbrella/admin/login'))))
    .every(({ status }) => status === 200));
  const wesker = stack.browser();
  const signedIn = await wesker.submit(await wesker.get('/umbrella/admin/login'), { username: 'wesker', password },
    { action: /admin\/login$/ });
  assert.equal(signedIn.status, 303);
  assert.equal((await wesker.get('/umbrella/admin')).location, '/umbrella/admin/security', 'a second factor first');
  assert.equal(stack.sql("SELECT organisation FROM tenant WHERE id = 'umbrella'")[0].organisation, 'acme-group');
  stack.pforte('tenant', 'add', '--tenant', 'hooli', '--name', 'Hooli', '--languages', 'en');
  await until('the portal', async () => /Hooli/.test((await stack.get('/hooli/login')).title));
  assert.throws(() => stack.pforte('tenant', 'add', '--tenant', 'hooli', '--name', 'Hooli'));
  assert.throws(() => stack.pforte('tenant', 'add', '--tenant', 'admin', '--name', 'x'));
  assert.equal(stack.nginx, nginx);
});

test('pforte check finds all of it good', own, () => {
  assert.match(stack.pforte('check'), /tables are good/);
});
