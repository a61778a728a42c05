// Sign-in by username and password, cookies, sign-out.
import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { linkFor } from '../lib/sso.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const anna = stack.user('anna');
const bruno = stack.user('bruno');

// A fresh login of a customer, so that tests do not meet in one user.
let made = 0;
async function login(customer = 'K2002') {
  const username = `walker-${process.pid}-${++made}`;
  const password = 'copper-window-orchard-8';
  const answer = await stack.api('acme', 'POST', '/user-logins',
    { customer, email: 'w@example.com', username, password, must_change: false });
  assert.equal(answer.status, 201, answer.text);
  return { username, password };
}

test('F7: username and password open the dashboard of the own account', async () => {
  const browser = stack.browser();
  const answer = await browser.signIn('acme', bruno.username, bruno.password);
  assert.equal(answer.status, 303);
  assert.equal(answer.location, '/acme/');
  const page = await browser.follow(answer);
  assert.equal(page.status, 200);
  assert.match(visible(page.text), /K2002/);
  assert.match(visible(page.text), /Bruno Keller/);
});

test('a username is found whatever its case and form', async () => {
  const browser = stack.browser();
  const answer = await browser.signIn('acme', 'ANNA', anna.password);
  assert.equal(answer.status, 303);
});

test('an e-mail address, or the number of the own account, names the user as well', own, async () => {
  const user = await login();
  stack.sql(`UPDATE users SET email = 'Weg@Example.com', email_key = 'weg@example.com'
    WHERE username = '${user.username}'`);
  for (const name of ['weg@example.com', 'WEG@EXAMPLE.COM', ' weg@example.com ']) {
    assert.equal((await stack.browser().signIn('acme', name, user.password)).status, 303, name);
  }
  const { number } = (await stack.api('acme', 'POST', '/customers',
    { company_name: 'Ein Inhaber', email: 'x@example.com' })).json;
  const sole = await login(number);
  assert.equal((await stack.browser().signIn('acme', number, sole.password)).status, 303);
  assert.equal((await stack.browser().signIn('acme', number, 'wrong-wrong-wrong-1')).status, 422);
  assert.equal((await stack.browser().signIn('globex', number, sole.password)).status, 422);
});

test('what several have names nobody: a shared address, an account with two owners', own, async () => {
  const [first, second] = [await login(), await login()];
  stack.sql(`UPDATE users SET email_key = 'shared@example.com'
    WHERE username IN ('${first.username}', '${second.username}')`);
  for (const { password } of [first, second]) {
    assert.equal((await stack.browser().signIn('acme', 'shared@example.com', password)).status, 422);
    assert.equal((await stack.browser().signIn('acme', 'K2002', password)).status, 422);
  }
});

test('a username goes before what is somebody else\'s address or number', own, async () => {
  const [first, second] = [await login(), await login('K2001')];
  stack.sql(`UPDATE users SET email_key = '${first.username}' WHERE username = '${second.username}'`);
  const browser = stack.browser();
  await browser.signIn('acme', first.username, first.password);
  assert.match(visible((await browser.go('/acme/')).text), /K2002/);
});

test('whoever has no account here is in the way of nobody who has: another tenant shares the pool', own, async () => {
  const { username, password } = await login();
  const email = `${username}@example.com`;
  stack.sql(`UPDATE users SET email = '${email}', email_key = '${email}' WHERE username = '${username}'`);
  const [{ pool }] = stack.sql("SELECT pool FROM tenant WHERE id = 'globex'");
  stack.sql("UPDATE tenant SET pool = 'acme-pool' WHERE id = 'globex'");
  try {
    // a customer there adds a contact of that address, whose name it becomes
    const contact = await stack.api('globex', 'POST', '/customers/G100/members',
      { email, first_name: 'Dora', last_name: 'Vogt', permissions: ['billing.invoices.view'] });
    assert.deepEqual([contact.status, contact.json.user], [201, email]);
    const other = await stack.api('globex', 'POST', '/user-logins', { customer: 'G100', email: 'o@example.com',
      username: `sister-${process.pid}`, password, must_change: false });
    assert.equal(other.status, 201, other.text);
    assert.equal((await stack.browser().signIn('acme', email, password)).location, '/acme/');
    assert.equal((await stack.browser().signIn('acme', `sister-${process.pid}`, password)).status, 403, 'no account here');
  } finally {
    stack.sql(`UPDATE tenant SET pool = '${pool}' WHERE id = 'globex'`);
  }
});

test('a guest\'s or contact\'s account number, or an inactive owner\'s, names nobody', own, async () => {
  const { number } = (await stack.api('acme', 'POST', '/customers',
    { company_name: 'Ohne Inhaber', email: 'x@example.com' })).json;
  const user = await login(number);
  const change = (what) => stack.sql(`UPDATE membership SET ${what} WHERE customer =
    (SELECT id FROM customer WHERE tenant = 'acme' AND number = '${number}')`);
  for (const what of ["kind = 'contact'", "kind = 'owner', status = 'inactive'",
    "status = 'active', home = 0"]) {
    change(what);
    assert.equal((await stack.browser().signIn('acme', number, user.password)).status, 422, what);
  }
  change('home = 1');
  assert.equal((await stack.browser().signIn('acme', number, user.password)).status, 303);
});

test('an unknown user and a wrong password get the same answer', async () => {
  const ask = async (username) => {
    const browser = stack.browser();
    const answer = await browser.signIn('acme', username, 'wrong-wrong-wrong-1');
    const plain = answer.text.replaceAll(username, 'NAME')
      .replace(forms(answer.text)[0].hidden.form_token, 'TOKEN');
    return { status: answer.status, plain, names: Object.keys(answer.headers).sort(),
      cookies: answer.cookies };
  };
  const known = await ask('anna');
  assert.equal(known.status, 422);
  assert.match(known.plain, /role="alert"/);
  assert.deepEqual(await ask('hans'), known);
});

test('what was typed comes back but for the password', async () => {
  const browser = stack.browser();
  const answer = await browser.signIn('acme', 'hans', 'secret-typed-here-99');
  assert.match(answer.text, /value="hans"/);
  assert.doesNotMatch(answer.text, /secret-typed-here-99/);
});

test('an empty form names both fields', async () => {
  const browser = stack.browser();
  const answer = await browser.signIn('acme', '', '');
  assert.equal(answer.status, 422);
  assert.match(answer.text, /id="error-username"/);
  assert.match(answer.text, /id="error-password"/);
  assert.equal(browser.jar.get('pf-acme'), undefined);
});

test('a user of another tenant is unknown here', async () => {
  const carol = stack.user('carol');
  const answer = await stack.browser().signIn('acme', carol.username, carol.password);
  assert.equal(answer.status, 422);
});

// ---- forgery ----

const refused = async (answer) => {
  assert.equal(answer.status, 403, answer.text);
  assert.equal(answer.cookie('pf-acme'), undefined);
};
const credentials = { username: bruno.username, password: bruno.password };

test('sign-in without the form token is refused', async () => {
  const browser = stack.browser();
  await browser.get('/acme/login');
  await refused(await browser.post('/acme/login', credentials));
});

test('sign-in without the form cookie is refused', async () => {
  const page = await stack.get('/acme/login');
  const { form_token } = forms(page.text)[0].hidden;
  await refused(await stack.browser().post('/acme/login', { form_token, ...credentials }));
});

test('sign-in with the form token of another browser or tenant is refused', async () => {
  const browser = stack.browser();
  await browser.get('/acme/login');
  const others = [await stack.get('/acme/login'), await browser.get('/globex/login')];
  for (const page of others) {
    const { form_token } = forms(page.text)[0].hidden;
    await refused(await browser.post('/acme/login', { form_token, ...credentials }));
  }
});

test('a form sent from another site is refused, its token notwithstanding', async () => {
  for (const site of ['cross-site', 'same-site']) {
    const browser = stack.browser();
    const page = await browser.get('/acme/login');
    await refused(await browser.submit(page, credentials,
      { headers: { 'Sec-Fetch-Site': site } }));
  }
});

test('F12: a form whose Origin is not the portal\'s is refused; "null" leaves it to Sec-Fetch-Site', async () => {
  const own = new URL(stack.base).origin;
  const rows = [
    [{ Origin: 'https://www.merchant.example' }, false],
    [{ Origin: 'https://www.merchant.example', 'Sec-Fetch-Site': 'same-origin' }, false],
    [{ Origin: own.replace('http:', 'https:') }, false],
    [{ Origin: `${own}.mallory.example` }, false],
    [{ Origin: own, 'Sec-Fetch-Site': 'cross-site' }, false],
    [{ Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }, false],
    [{ 'Sec-Fetch-Site': 'anything' }, false],
    [{ Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }, true],
    [{ Origin: own, 'Sec-Fetch-Site': 'same-origin' }, true],
    [{ Origin: own }, true],
  ];
  for (const [headers, good] of rows) {
    const browser = stack.browser();
    const page = await browser.get('/acme/login');
    const answer = await browser.submit(page, credentials, { headers });
    if (good) {
      assert.equal(answer.status, 303, JSON.stringify(headers));
    } else {
      await refused(answer);
    }
    const anna = await stack.signedIn('acme', 'anna');
    const out = await anna.submit(await anna.get('/acme/'), {}, { action: /logout$/, headers });
    assert.equal(out.status, good ? 303 : 403, JSON.stringify(headers));
    assert.equal((await anna.get('/acme/')).status, good ? 303 : 200);
  }
});

test('F12: a merchant\'s Origin is no matter to the API, whose keys no browser sends', async () => {
  const answer = await stack.api('acme', 'POST', '/user-logins/anna/session-token', {},
    { Origin: 'https://www.merchant.example', 'Sec-Fetch-Site': 'cross-site' });
  assert.equal(answer.status, 201);
});

test('sign-out without or with a foreign token is refused and changes nothing', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const other = await stack.signedIn('acme', 'bruno');
  const { csrf } = forms((await other.get('/acme/')).text)[0].hidden;
  for (const fields of [{}, { csrf: '' }, { csrf }]) {
    await refused(await browser.post('/acme/logout', fields));
  }
  assert.equal((await browser.get('/acme/')).status, 200);
});

test('sign-out by GET does nothing', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const answer = await browser.get('/acme/logout');
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.allow, 'POST');
  assert.equal((await browser.get('/acme/')).status, 200);
});

// ---- cookies ----

test('before sign-in only the form sets a cookie, and only its own', async () => {
  const login = await stack.get('/acme/login');
  assert.equal(login.cookies.length, 1);
  assert.match(login.cookies[0].line,
    /^pforte-form=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax$/);
  for (const path of ['/acme/', '/acme/invoices', '/acme/none', '/acme/sso', '/healthz']) {
    assert.deepEqual((await stack.get(path)).cookies, [], path);
  }
});

test('the form cookie stays what it is while the browser has it', async () => {
  const browser = stack.browser();
  await browser.get('/acme/login');
  assert.deepEqual((await browser.get('/acme/login')).cookies, []);
});

test('sign-in sets the session cookie, with exactly its attributes, and marks the device', async () => {
  const browser = stack.browser();
  const answer = await browser.signIn('acme', anna.username, anna.password);
  assert.equal(answer.cookies.length, 2);
  assert.match(answer.cookies[1].line,
    /^pforte-device=usr_\w+\.[\w-]{22}\.[0-9a-f]{64}; Path=\/; Max-Age=15552000; HttpOnly; SameSite=Lax$/);
  assert.match(answer.cookies[0].line,
    /^pf-acme=v4\.local\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Lax$/);
  const { value } = answer.cookies[0];
  const page = await browser.get('/acme/');
  assert.deepEqual(page.cookies, [], 'a fresh token is not replaced');
  assert.doesNotMatch(page.text, new RegExp(value.slice(-40)));
});

test('a session cookie sent twice counts for nothing', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const cookie = `pf-acme=${browser.jar.get('pf-acme')}`;
  for (const headers of [{ Cookie: `${cookie}; ${cookie}` }, { Cookie: [cookie, cookie] }]) {
    assert.equal((await stack.get('/acme/', { headers })).status, 303);
  }
});

test('signing in again ends the session that was there', async () => {
  const user = await login();
  const browser = stack.browser();
  const page = await browser.get('/acme/login');
  await browser.submit(page, user, { action: /login$/ });
  const old = browser.jar.get('pf-acme');
  const answer = await browser.submit(page, user, { action: /login$/ });
  assert.equal(answer.status, 303);
  assert.notEqual(browser.jar.get('pf-acme'), old);
  const dead = await stack.get('/acme/', { headers: { Cookie: `pf-acme=${old}` } });
  assert.equal(dead.status, 303);
  assert.equal((await browser.get('/acme/')).status, 200);
});

// ---- sign-out ----

// Empties memcached, so that nothing is left of what was known.
function forget() {
  return new Promise((resolve, reject) => {
    const socket = createConnection(join(stack.state, 'run/memcached.sock'));
    socket.on('error', reject);
    socket.on('data', () => { socket.end(); resolve(); });
    socket.write('flush_all\r\n');
  });
}

test('sign-out ends the session: the cookie goes, and a copy of it is dead', async () => {
  const user = await login();
  const browser = stack.browser();
  await browser.signIn('acme', user.username, user.password);
  const old = browser.jar.get('pf-acme');
  const answer = await browser.signOut('acme');
  assert.equal(answer.status, 303);
  assert.equal(answer.location, '/acme/login?signed-out=1');
  assert.equal(answer.cookies.length, 1);
  assert.equal(answer.cookies[0].line, 'pf-acme=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax');
  assert.equal((await browser.follow(answer)).status, 200);

  const headers = { Cookie: `pf-acme=${old}` };
  const dead = async () => {
    const page = await stack.get('/acme/', { headers });
    assert.equal(page.status, 303);
    const image = await stack.get('/acme/invoices',
      { headers: { ...headers, 'Sec-Fetch-Mode': 'cors' } });
    assert.equal(image.status, 401);
    assert.equal(image.type, 'application/problem+json');
  };
  await dead();
  if (stack.own) {
    await forget();
    await dead();
  }
});

test('a form sent after the session ended is answered with 401', async () => {
  const browser = await stack.signedIn('acme', 'bruno');
  const page = await browser.get('/acme/');
  const cookie = browser.jar.get('pf-acme');
  await browser.submit(page, {}, { action: /logout$/ });
  browser.jar.set('pf-acme', cookie);
  const answer = await browser.submit(page, {}, { action: /logout$/ });
  assert.equal(answer.status, 401);
});

test('sign-in, failure and sign-out are in the audit trail', { skip: stack.skip }, async () => {
  const user = await login();
  const browser = stack.browser();
  await browser.signIn('acme', user.username, 'not-the-password-1');
  await browser.signIn('acme', user.username, user.password);
  await browser.signOut('acme');
  const [{ id }] = stack.sql(`SELECT id FROM users WHERE username = '${user.username}'`);
  const rows = stack.sql(`SELECT action, actor, detail, remote_addr FROM audit
    WHERE object = '${id}' OR actor = 'user:${id}'
      OR object IN (SELECT id FROM session WHERE user_id = '${id}')
    ORDER BY id`);
  assert.deepEqual(rows.map(({ action }) => action).filter((word) => word.startsWith('session')),
    ['session.refused', 'session.started', 'session.ended']);
  assert.ok(rows.every((row) => row.remote_addr === '127.0.0.1'));
  await stack.browser().signIn('acme', 'my-Password-in-the-wrong-field', 'x');
  const typed = stack.sql("SELECT * FROM audit WHERE detail LIKE '%wrong-field%' OR object LIKE '%wrong-field%'");
  assert.deepEqual(typed, [], 'what was typed is not kept');
});

test('who signs in over somebody else acts in their own name, and ends the other', { skip: stack.skip },
  async () => {
    const [first, second] = [await login(), await login()];
    const browser = stack.browser();
    await browser.signIn('acme', first.username, first.password);
    const rows = stack.sql('SELECT actor, action, detail FROM audit ORDER BY id DESC LIMIT 1');
    const [{ id }] = stack.sql(`SELECT id FROM users WHERE username = '${first.username}'`);
    assert.deepEqual(rows[0], { actor: `user:${id}`, action: 'session.started', detail: 'password' });
    const page = await browser.get(await linkFor(stack.tenant('acme'), second.username));
    const { hidden } = forms(page.text).find((form) => form.hidden.confirm);
    assert.equal((await browser.post('/acme/sso', hidden)).status, 303);
    const [started, ended] = stack.sql(`SELECT actor, action, detail FROM audit
      WHERE action LIKE 'session.%' ORDER BY id DESC LIMIT 2`);
    const [{ id: other }] = stack.sql(`SELECT id FROM users WHERE username = '${second.username}'`);
    assert.deepEqual(started, { actor: `user:${other}`, action: 'session.started', detail: 'sso' });
    assert.deepEqual([ended.action, ended.detail], ['session.ended', 'replaced']);
  });

test('passwords and session tokens are in no log', { skip: stack.skip }, async () => {
  const browser = stack.browser();
  await browser.signIn('acme', bruno.username, bruno.password);
  const token = browser.jar.get('pf-acme');
  await browser.get('/acme/');
  for (const name of ['app.log', 'access.log', 'nginx.log']) {
    const log = stack.log(name);
    assert.ok(!log.includes(bruno.password), name);
    assert.ok(!log.includes(token), name);
    assert.ok(!log.includes(token.slice(9, 60)), name);
  }
});

// ---- where to go ----

test('who is not signed in comes to the form, and from there where they wanted', async () => {
  const browser = stack.browser();
  const answer = await browser.get('/acme/invoices?after=2026-01-01~RE1');
  assert.equal(answer.status, 303);
  const url = new URL(answer.location, stack.base);
  assert.equal(url.pathname, '/acme/login');
  assert.equal(url.searchParams.get('next'), '/invoices?after=2026-01-01~RE1');
  const page = await browser.follow(answer);
  const signedIn = await browser.submit(page, credentials, { action: /login$/ });
  assert.equal(signedIn.location, '/acme/invoices?after=2026-01-01~RE1');
});

test('a return path that leads elsewhere is ignored', async () => {
  const bad = ['//evil.example', 'https://evil.example/', '/\\evil.example', '\\evil',
    '/%2f/evil.example', '/a/../../globex/', '/./', 'invoices', '/invoices#x', '/a b', '/a\tb',
    '/invoices?x=<script>', 'javascript:alert(1)', `/${'a'.repeat(300)}`];
  const browser = stack.browser();
  for (const next of bad) {
    const page = await browser.get(`/acme/login?next=${encodeURIComponent(next)}`);
    assert.equal(page.status, 200, next);
    assert.equal(forms(page.text)[0].hidden.next, undefined, next);
  }
  const page = await browser.get('/acme/login');
  for (const next of bad.slice(0, 3)) {
    const answer = await browser.submit(page, { ...credentials, next }, { action: /login$/ });
    assert.ok(answer.status === 422 || answer.location === '/acme/', next);
  }
});

test('the form sends who is signed in on to the dashboard', async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const answer = await browser.get('/acme/login');
  assert.equal(answer.status, 303);
  assert.equal(answer.location, '/acme/');
});

test('refusals fit who asks: problem, frame, page', async () => {
  const ask = (headers, method = 'GET') => stack.get('/acme/invoices', { headers, method });
  for (const headers of [{ Accept: 'application/json' }, { 'Sec-Fetch-Mode': 'cors' }]) {
    const answer = await ask(headers);
    assert.equal(answer.status, 401);
    assert.equal(answer.type, 'application/problem+json');
    assert.equal(answer.json.status, 401);
    assert.ok(answer.json.request_id);
  }
  const frame = await ask({ 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' });
  assert.equal(frame.status, 401);
  assert.equal(frame.type, 'text/html');
  assert.match(frame.text, /target="_blank"/);
  const page = await ask({ 'Content-Type': 'application/x-www-form-urlencoded' }, 'POST');
  assert.ok([401, 405].includes(page.status));
  assert.equal(page.type, 'text/html');
});

test('X12: what a browser calls itself cannot break its session', own, async () => {
  for (const name of ['\xff\xfe "quoted"', 'x'.repeat(5000), '']) {
    const { username, password } = await login();
    const browser = stack.browser({ 'User-Agent': name });
    const answer = await browser.signIn('acme', username, password);
    assert.equal(answer.status, 303);
    assert.equal((await browser.get('/acme/')).status, 200);
    const [row] = stack.sql(`SELECT s.user_agent FROM session s JOIN users u ON u.id = s.user_id
      WHERE u.username = '${username}'`);
    assert.equal(row.user_agent, name.replace(/[^ -~]/g, '?').slice(0, 255));
  }
});

test('X12: a token ends no later than its session', own, async () => {
  const { username, password } = await login();
  const browser = stack.browser();
  await browser.signIn('acme', username, password);
  const sid = stack.sql(`SELECT s.id FROM session s JOIN users u ON u.id = s.user_id
    WHERE u.username = '${username}'`)[0].id;
  const end = Math.floor(Date.now() / 1000) + 100;
  stack.sql(`UPDATE session SET expires = ${end}, version = 2 WHERE id = '${sid}'`);
  const fresh = (await browser.get('/acme/')).cookie('pf-acme');
  assert.equal(Date.parse(stack.inspect('pforte:session:acme', fresh.value).exp) / 1000, end);
});

// One line to memcached; its answer.
const memcached = (line) => new Promise((done, fail) => {
  const socket = createConnection(join(stack.state, 'run/memcached.sock'))
    .once('error', fail).once('data', (data) => done(socket.end() && String(data)));
  socket.write(`${line}\r\n`);
});

test('X12: nobody acts in the name of a session that has ended', own, async () => {
  const { username, password } = await login();
  const browser = stack.browser();
  await browser.signIn('acme', username, password);
  const [{ id, user_id: user }] = stack.sql(`SELECT s.id, s.user_id FROM session s
    JOIN users u ON u.id = s.user_id WHERE u.username = '${username}'`);
  assert.equal((await browser.get('/acme/')).status, 200);
  const headers = { Cookie: `pf-acme=${browser.jar.get('pf-acme')}` };
  const stranger = stack.browser();
  const form = await stranger.get('/acme/login');
  stack.sql(`UPDATE session SET ended = 1 WHERE id = '${id}'`);
  stranger.jar.set('pf-acme', browser.jar.get('pf-acme'));
  const refused = await stranger.submit(form, { username, password: 'not-the-password-1' });
  assert.notEqual(refused.status, 303);
  const [row] = stack.sql("SELECT actor, object FROM audit WHERE action = 'session.refused' ORDER BY id DESC LIMIT 1");
  assert.deepEqual([row.object, row.actor === `user:${user}`], [user, false]);
  assert.equal((await stack.get('/acme/', { headers })).status, 303);
});

test('X12: the copy of a session that has ended meanwhile opens no page', own, async () => {
  const { username, password } = await login();
  const browser = stack.browser();
  await browser.signIn('acme', username, password);
  const sid = stack.sql(`SELECT s.id FROM session s JOIN users u ON u.id = s.user_id
    WHERE u.username = '${username}'`)[0].id;
  assert.equal((await browser.get('/acme/')).status, 200);
  stack.sql(`UPDATE session SET ended = 1 WHERE id = '${sid}'`);
  assert.match(await memcached(`mg ${sid} c`), /^HD c\d+/, 'nobody has told memcached');
  for (let i = 0; i < 3; i++) {
    assert.equal((await browser.get('/acme/')).status, 303);
  }
});
