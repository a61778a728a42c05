// X1: nothing of one tenant opens anything of another.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { forms, links, visible } from '../lib/client.mjs';
import { tables } from '../lib/database.mjs';
import { portalPages } from '../lib/pages.mjs';
import { claimsFor, handoff, linkFor, sign, tokenFor } from '../lib/sso.mjs';
import { build, startStack, until } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const acme = stack.tenant('acme');
const globex = stack.tenant('globex');
const anna = await stack.signedIn('acme', 'anna');
const carol = await stack.signedIn('globex', 'carol');
const token = { acme: anna.jar.get('pf-acme'), globex: carol.jar.get('pf-globex') };

// What belongs to acme and must not show: numbers, names, references.
const secrets = /K200\d|Sommer|Keller|VT-\w{4}|RE20\d{3}|anna|bruno/;

// A letter to anna's account: the demo has an invoice that is overdue.
async function letter() {
  const asked = await stack.api('acme', 'POST', '/reminder-runs', { date: new Date().toISOString().slice(0, 10) },
    { 'Idempotency-Key': randomUUID() });
  assert.equal(asked.status, 202, asked.text);
  return until('a reminder', async () => (await stack.api('acme', 'GET', '/reminders?customer=K2000')).json.items[0]?.number);
}
const reminder = await letter();

// A contract that anna has cancelled: the address of its receipt; and one that she may.
async function receipt(ref) {
  const answer = await anna.submit(await anna.get(`/acme/contracts/${ref}/cancel`), {}, { action: /cancel$/ });
  assert.equal(answer.status, 303, answer.text);
  return new URL(answer.location, stack.base).pathname.replace(/^\/acme/, '');
}
const cancelled = stack.own ? await receipt('VT-3WPD-0L9R') : undefined;
const cancellable = 'VT-7KQ2-ZHXM';

// The way to a mandate for anna's account; one that was given, and the next that waits for its button.
const begun = async () => (await anna.submit(await anna.get('/acme/payment/change'), { account_holder: 'Anna Sommer',
  iban: 'DE89370400440532013000', password: stack.user('anna').password }, { action: /payment\/change$/ })).location;
const mandate = stack.own
  ? { given: (await anna.submit(await anna.get(await begun()), {}, { action: /mandate$/ })).location, next: await begun() } : undefined;

// The portal's routes by GET, with names and numbers of acme filled in.
async function acmePaths() {
  const { invoices, contracts, documents } = await portalPages(anna, 'acme');
  const contacts = links((await anna.get('/acme/contacts')).text).filter((href) => /contacts\/mem_/.test(href));
  const known = ['/acme/', '/acme/invoices', invoices[0], documents[0], '/acme/contracts',
    contracts[0], '/acme/security', '/acme/security/password', '/acme/security/email', '/acme/security/factor',
    '/acme/contacts', '/acme/contacts/new', '/acme/contacts/invite', contacts[1], `${contacts[1]}/remove`];
  const program = join(build, 'pforte');
  if (!existsSync(program)) {
    return known;
  }
  const values = { '{number}': invoices[0].split('/').pop(), '{ref}': contracts[0].split('/').pop(),
    '{id}': contacts[1].split('/').pop(), '{action}': 'remove' };
  const table = execFileSync(program, ['routes'], { encoding: 'utf8' }).split('\n')
    .map((line) => line.split(/\s+/))
    // anna has no first password: she is led away from the form for another
    .filter(([method, path, door]) => method === 'GET' && ['portal', 'contract'].includes(door) &&
      path !== '/password/first' && (stack.own || !/\/(?:cancelled|payment\/(?:mandates?|remove|card|leave|return))(?:\/|$)/.test(path)))
    .map(([, path]) => `/acme${path.replace('/reminders/{number}', `/reminders/${reminder}`)
      .replace('/payment/mandates/{id}', mandate?.given.replace(/^\/acme/, '')).replace(/^\/payment\/mandate$/, mandate?.next.replace(/^\/acme/, ''))
      .replace('/contracts/{ref}/cancelled/{id}', cancelled).replace('/contracts/{ref}/cancel', `/contracts/${cancellable}/cancel`).replace(/\{\w+\}/g, (name) => values[name] ?? name)}`);
  assert.deepEqual(table.filter((path) => path.includes('{')), [], 'a value for each name');
  assert.deepEqual(known.filter((path) => !table.includes(path)), []);
  return table;
}

// Those that name something of acme.
const named = (path) => /\/[^/?]*\d[^/?]*$/.test(path);

test('X1: a session of globex opens no page of acme, whatever the cookie is called', async () => {
  for (const path of await acmePaths()) {
    assert.equal((await anna.get(path)).status, 200, path);
    const cookies = [
      `pf-globex=${token.globex}`, `pf-acme=${token.globex}`,
      `pf-acme=${token.globex}; pf-globex=${token.globex}`,
    ];
    for (const Cookie of cookies) {
      const answer = await stack.get(path, { headers: { Cookie } });
      assert.equal(answer.status, 303, `${path} with ${Cookie.slice(0, 30)}`);
      assert.match(answer.location, /^\/acme\/login/);
      assert.doesNotMatch(answer.text, secrets);
      const program = await stack.get(path, { headers: { Cookie, Accept: 'application/json' } });
      assert.equal(program.status, 401);
    }
  }
});

test('X1: numbers and references of acme do not exist at globex', async () => {
  for (const path of (await acmePaths()).filter(named)) {
    const answer = await carol.get(path.replace('/acme/', '/globex/'));
    assert.equal(answer.status, 404, path);
    assert.doesNotMatch(visible(answer.text), /Sommer|Keller|Glasfaser/);
  }
});

test('X1: both sessions live side by side in one browser', async () => {
  const browser = stack.browser();
  await browser.get(await linkFor(acme, 'anna'));
  await browser.get(await linkFor(globex, 'carol'));
  assert.match(visible((await browser.get('/acme/')).text), /K2000/);
  assert.match(visible((await browser.get('/globex/')).text), /G100/);
  await browser.signOut('acme');
  assert.equal((await browser.get('/acme/')).status, 303);
  assert.equal((await browser.get('/globex/')).status, 200);
});

test('X1: a link for one tenant opens nothing at another', async () => {
  const tokens = [
    await tokenFor(acme, 'anna'),
    await tokenFor(acme, 'carol'),
    await sign(claimsFor(globex, 'carol'), { key: acme.sso_key, kid: acme.sso_key.kid }),
    await sign(claimsFor(globex, 'carol'), { key: acme.sso_key, kid: globex.sso_key.kid }),
    await sign(claimsFor(acme, 'carol'), { key: globex.sso_key, kid: globex.sso_key.kid }),
    (await stack.api('acme', 'POST', '/user-logins/anna/session-token')).json.session_token,
  ];
  for (const one of tokens) {
    const answer = await stack.get(handoff(globex, one));
    assert.equal(answer.status, 403, one);
    assert.deepEqual(answer.cookies, []);
  }
});

test('X1: a user of one tenant is nobody at another', async () => {
  const answer = await stack.get(await linkFor(globex, 'anna'));
  assert.equal(answer.status, 403);
  const named = await stack.get(await linkFor(globex, 'carol', { customer: 'K2000' }));
  assert.equal(named.status, 403);
});

test('X1: an API key sees its own tenant only', async () => {
  const ask = (method, path, body) => stack.api('globex', method, path, body);
  for (const [method, path] of [
    ['GET', '/user-logins/anna'], ['GET', '/customers/K2000'],
    ['POST', '/user-logins/anna/block'], ['POST', '/user-logins/anna/activate'],
    ['POST', '/user-logins/anna/session-token'],
  ]) {
    const answer = await ask(method, path);
    assert.equal(answer.status, 404, `${method} ${path}`);
    assert.doesNotMatch(answer.text, /Sommer|K2000/);
  }
  assert.equal((await anna.get('/acme/')).status, 200, 'anna was not blocked');
  const list = await ask('GET', '/user-logins?limit=200');
  assert.doesNotMatch(list.text, secrets);
  assert.deepEqual((await ask('GET', '/user-logins?customer=K2000')).json.items, []);
  const foreign = await ask('POST', '/user-logins',
    { customer: 'K2000', email: 'x@example.com', username: 'intruder' });
  assert.equal(foreign.status, 422);
  const customer = await ask('POST', '/user-logins/carol/session-token', { customer: 'K2000' });
  assert.equal(customer.status, 409);
});

test('X1: the same username may live at both tenants', async () => {
  const made = await stack.api('globex', 'POST', '/user-logins',
    { customer: 'G100', email: 'x@example.com', username: 'bruno',
      password: 'copper-window-orchard-8', must_change: false });
  assert.equal(made.status, 201, made.text);
  const there = await stack.browser().signIn('globex', 'bruno', 'copper-window-orchard-8');
  assert.equal(there.status, 303);
  const here = await stack.browser().signIn('acme', 'bruno', 'copper-window-orchard-8');
  assert.equal(here.status, 422);
  await stack.api('globex', 'POST', '/user-logins/bruno/block');
  assert.equal((await stack.get(await linkFor(acme, 'bruno'))).status, 303);
  assert.equal((await stack.get(await linkFor(globex, 'bruno'))).status, 403);
});

test('X1: the form token and the csrf token of one tenant are worth nothing at another',
  async () => {
    const browser = stack.browser();
    await browser.get(await linkFor(acme, 'anna'));
    await browser.get(await linkFor(globex, 'carol'));
    const { csrf } = forms((await browser.get('/acme/')).text)[0].hidden;
    assert.equal((await browser.post('/globex/logout', { csrf })).status, 403);
    assert.equal((await browser.get('/globex/')).status, 200);
  });

test('X1: paths that climb from one tenant to another are not followed', async () => {
  for (const path of ['/globex/../acme/invoices', '/globex/%2e%2e/acme/invoices',
    '/globex/..%2facme/invoices', '/globex//acme/invoices', '//acme/invoices',
    '/globex/invoices/..%2f..%2facme%2finvoices', '/globex/%2facme/invoices']) {
    const answer = await carol.get(path);
    assert.doesNotMatch(visible(answer.text), /Sommer|K2000/, path);
    assert.ok([303, 400, 404].includes(answer.status), `${path}: ${answer.status}`);
  }
});

test('X1: names that are no tenant are 404, and like nobody', async () => {
  for (const name of ['nobody', 'acme2', 'ACME', 'Acme', 'acme%00', 'api', 'static', 'brand',
    '_pforte', 'edge', '..', 'a', 'x'.repeat(100)]) {
    const answer = await anna.get(`/${name}/invoices`);
    assert.ok([400, 404].includes(answer.status), `${name}: ${answer.status}`);
    assert.doesNotMatch(visible(answer.text), /Sommer|K2000/, name);
  }
});

test('X1: a host header does not choose what a path names', async () => {
  for (const host of ['globex', 'evil.example', 'globex.example:80', '127.0.0.1:1']) {
    const answer = await anna.get('/acme/', { headers: { Host: host } });
    assert.equal(answer.status, 200, host);
    assert.match(visible(answer.text), /K2000/);
    const login = await stack.get('/acme/invoices', { headers: { Host: host } });
    assert.ok(!(login.headers.location ?? '').includes('evil'), 'links come from configuration');
  }
  const minted = await stack.api('acme', 'POST', '/user-logins/anna/session-token', {},
    { Host: 'evil.example' });
  assert.doesNotMatch(minted.json.login_url, /evil/);
});

test('X1: a token sealed for one tenant or purpose does not open for another', own, async () => {
  const claims = stack.inspect('pforte:session:acme', token.acme);
  const as = async (assertion, tenant = 'acme') => {
    const Cookie = `pf-${tenant}=${stack.mint(assertion, claims)}`;
    return (await stack.get(`/${tenant}/`, { headers: { Cookie } })).status;
  };
  assert.equal(await as('pforte:session:acme'), 200, 'the tool makes good ones');
  for (const assertion of ['pforte:session:globex', 'pforte:sso:acme', 'pforte:link:acme', '']) {
    assert.equal(await as(assertion), 303, assertion);
  }
  assert.equal(await as('pforte:session:globex', 'globex'), 303, 'the session is not of globex');
});

test('X1: every row of the database that a tenant has names it', own, () => {
  const above = ['organisation', 'user_pool', 'users', 'user_recovery', 'tenant', 'job_period'];
  const below = tables(stack.state).filter((name) => !above.includes(name));
  assert.ok(below.length > 10);
  for (const table of below) {
    const [{ n }] = stack.sql(`SELECT COUNT(*) AS n FROM ${table}
      WHERE tenant NOT IN ('acme', 'globex')`);
    assert.equal(n, 0, table);
  }
});
