// Mail to customers: from the call that causes it to the relay that takes it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, test } from 'node:test';

import { sql } from '../lib/database.mjs';
import { copyDemo, makeDemo } from '../lib/demo.mjs';
import { startRelay } from '../lib/relay.mjs';
import { build, startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
const own = { skip: stack.skip };

after(() => relay.stop());
afterEach(() => {
  relay.refuse = {};
  relay.drop = false;
});

const someone = () => `${randomUUID()}@mail-test.example`;

// A new login by the API; the answer, and its row in the outbox.
async function create(tenant = 'acme', fields = {}) {
  const customer = tenant === 'acme' ? 'K2001' : 'G100';
  const email = someone();
  const answer = await stack.api(tenant, 'POST', '/user-logins',
    { customer, email, username: email.slice(0, 36), ...fields });
  assert.equal(answer.status, 201, answer.text);
  return { email, answer, row: () => row(email) };
}

const row = (email) => stack.sql(`SELECT * FROM mail WHERE recipient = '${email}'`)[0];

const inState = (login, state) => until(`${login.email} to be ${state}`, () => {
  const found = login.row();
  return found.state === state && found.attempts > 0 ? found : undefined;
});

const everythingIsDue = () =>
  stack.sql(`UPDATE mail SET next_at = 0 WHERE state = 'queued'`);

const jobsOnce = (config) => spawn(join(build, 'pforte'),
  ['--config', config, 'jobs', '--once'], { stdio: 'ignore' });

// The files below a directory that hold the text.
function holding(dir, text) {
  try {
    return execFileSync('grep', ['-rlaF', '--', text, dir], { encoding: 'utf8' })
      .split('\n').filter(Boolean);
  } catch (error) {
    assert.equal(error.status, 1); // none
    return [];
  }
}

// ---- what arrives ----

test('F5, F6, F25: generated credentials arrive by mail, and sign in', own, async () => {
  const email = someone();
  const answer = await stack.api('acme', 'POST', '/user-logins', { customer: 'K2002', email });
  assert.equal(answer.status, 201, answer.text);
  assert.equal(answer.json.username, 'K2002');
  assert.equal(answer.json.mail, 'sent');

  const mail = await relay.mailTo(email);
  assert.deepEqual(mail.to, [email]);
  const said = (label) => mail.text.match(new RegExp(`^${label}: (.*)$`, 'm'))?.[1];
  const address = said('Adresse');
  assert.equal(address, `${stack.base}/acme/`);
  assert.equal(said('Benutzername'), 'K2002');
  assert.match(said('Passwort'), /^[0-9A-Za-z]{20}$/);

  const browser = stack.browser();
  const page = await browser.go(new URL(address).pathname);
  const home = await browser.follow(await browser.submit(page,
    { username: said('Benutzername'), password: said('Passwort') }, { action: /\/login$/ }));
  assert.equal(home.status, 200);
  assert.match(home.text, /K2002/);
});

test('F6, F18: a wished password is in the mail as well', own, async () => {
  const password = 'glasfaser für alle & jeden';
  const { email } = await create('acme', { password });
  assert.ok((await relay.mailTo(email)).text.includes(`Passwort: ${password}\n`));
});

test('F31: the text is in the language of the customer, else of the tenant', own, async () => {
  const german = await relay.mailTo((await create()).email);
  assert.equal(german.headers.subject, 'Ihr Zugang bei Acme Telekom');
  assert.equal(german.headers['content-language'], 'de');
  assert.match(german.text, /^Guten Tag Sommer & Söhne KG,\n/);
  assert.match(german.text, /\nHafenstraße 12\n/);

  const english = await relay.mailTo((await create('globex')).email);
  assert.equal(english.headers.subject, 'Your access to Globex Hosting');

  stack.sql(`UPDATE customer SET language = 'fr' WHERE number = 'K2001'`);
  const french = await relay.mailTo((await create()).email);
  stack.sql(`UPDATE customer SET language = '' WHERE number = 'K2001'`);
  assert.equal(french.headers['content-language'], 'fr');
  assert.match(french.text, /\nMot de passe\u00a0: /);
});

test('X4: a mail has what mails must have, and only the name of the tenant', own, async () => {
  const { email, answer, row: stored } = await create();
  const { headers, raw, from } = await relay.mailTo(email);
  assert.equal(headers.from, '"Acme Telekom" <portal@mail.example>');
  assert.equal(from, 'portal@mail.example');
  assert.equal(headers.to, email);
  assert.equal(headers['message-id'], `<${stored().id}@127.0.0.1>`);
  assert.equal(headers['auto-submitted'], 'auto-generated');
  assert.equal(headers['x-request-id'], answer.headers['x-request-id']);
  assert.ok(Math.abs(Date.parse(headers.date) - Date.now()) < 60_000);
  assert.match(headers['content-type'], /^multipart\/alternative; boundary="[^"]{10,70}"$/);
  assert.doesNotMatch(raw, /pforte/i);
  assert.ok(raw.split('\r\n').every((line) => line.length <= 78));
});

test('X4: a name of a tenant or customer cannot make a header', own, async () => {
  stack.sql(`UPDATE tenant SET name = 'Ac"me\r\nBcc: eve@example.com'
    WHERE id = 'globex'`);
  const { email } = await create('globex');
  const { headers, to } = await relay.mailTo(email);
  stack.sql(`UPDATE tenant SET name = 'Globex Hosting' WHERE id = 'globex'`);
  assert.deepEqual(to, [email]);
  assert.equal(headers.bcc, undefined);
  assert.equal(headers.from, '"Ac\\"me Bcc: eve@example.com" <portal@mail.example>');
  assert.equal(headers.subject, 'Your access to Ac"me Bcc: eve@example.com');
});

test('X4: an encrypted connection is used where the relay offers one', own, async () => {
  assert.equal((await relay.mailTo((await create()).email)).secure, true);
});

// ---- what does not go out ----

test('F29, F30: without send_mail nothing goes out, and the row says so', own, async () => {
  const login = await create('acme', { send_mail: false });
  assert.equal(login.answer.json.mail, 'suppressed');
  const { state, body, subject, event, user_id: user } = login.row();
  assert.deepEqual({ state, body, subject, event },
    { state: 'suppressed', body: '', subject: '', event: 'login_created' });
  assert.equal(stack.sql(`SELECT email FROM users WHERE id = '${user}'`)[0].email, login.email);
  await relay.mailTo((await create()).email); // a later one
  assert.deepEqual(relay.to(login.email), []);
});

test('F6: no login, no mail: a refused call leaves no row', own, async () => {
  const email = someone();
  const answer = await stack.api('acme', 'POST', '/user-logins',
    { customer: 'K2001', email, username: 'anna' });
  assert.equal(answer.status, 409);
  assert.equal(row(email), undefined);
});

// ---- a relay that fails ----

test('F6, X4: a relay that is away: none lost, none doubled', own, async () => {
  await relay.stop();
  const logins = [];
  for (let i = 0; i < 6; i++) {
    logins.push(await create());
    assert.equal(logins[i].answer.json.mail, 'sent');
  }
  const { next_at: next, last_error: why } = await inState(logins[0], 'queued');
  assert.match(why, /connect/i);
  assert.ok(Math.abs(next - Date.now() / 1000 - 60) < 10, 'again in about a minute');

  // three at once want to send them
  await relay.start();
  everythingIsDue();
  const more = [1, 2].map(() => once(jobsOnce(join(stack.state, 'pforte.conf')), 'exit'));
  for (const login of logins) {
    await inState(login, 'sent');
  }
  for (const [code] of await Promise.all(more)) {
    assert.equal(code, 0);
  }
  assert.deepEqual(logins.map(({ email }) => relay.to(email).length), [1, 1, 1, 1, 1, 1]);
});

test('X4: a temporary refusal is tried again', own, async () => {
  relay.refuse = { rcpt: 451 };
  const login = await create();
  const { last_error: why, body, attempts } = await inState(login, 'queued');
  assert.match(why, /^451 /);
  assert.notEqual(body, '');
  assert.equal(attempts, 1);
  relay.refuse = {};
  everythingIsDue();
  assert.equal((await inState(login, 'sent')).attempts, 2);
  assert.equal(relay.to(login.email).length, 1);
});

for (const step of ['from', 'rcpt', 'data']) {
  test(`X4: a permanent refusal is final (${step})`, own, async () => {
    const logged = stack.mark('jobs.log');
    relay.refuse = { [step]: 550 };
    const login = await create();
    const { last_error: why, body, id } = await inState(login, 'failed');
    relay.refuse = {};
    assert.match(why, /550/);
    assert.equal(body, '');
    assert.match(logged(), new RegExp(`warn .*${id} failed after try 1: .*550`));
    everythingIsDue();
    await relay.mailTo((await create()).email); // a later one
    assert.deepEqual(relay.to(login.email), []);
  });
}

test('X4: what may have arrived is sent again under the same Message-ID', own, async () => {
  relay.drop = true;
  const login = await create();
  await inState(login, 'queued');
  relay.drop = false;
  everythingIsDue();
  await inState(login, 'sent');
  const ids = relay.to(login.email).map(({ headers }) => headers['message-id']);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
});

// ---- secrets ----

test('F6: the password stands nowhere in clear, and its text goes with the mail', own,
  async () => {
    const password = `wish-${randomUUID()}`;
    relay.refuse = { rcpt: 451 };
    const login = await create('acme', { password });
    const waiting = await inState(login, 'queued');
    assert.deepEqual(holding(stack.state, password), []);
    assert.notEqual(holding(stack.state, waiting.body), []);

    stack.pforte('key', 'rotate'); // a rotation loses no mail
    relay.refuse = {};
    everythingIsDue();
    assert.equal((await inState(login, 'sent')).body, '');
    assert.ok(relay.to(login.email)[0].text.includes(password));
    assert.deepEqual(holding(stack.state, password), []);
  });

// ---- pforte jobs by itself ----

// A demo without servers: its logins are made by `pforte request`.
function state(smtp, more = '') {
  const dir = mkdtempSync(join(tmpdir(), 'pforte-test-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  makeDemo(dir, { database: copyDemo(dir), more: smtp ? ['--smtp', smtp] : [] });
  const config = join(dir, 'pforte.conf');
  appendFileSync(config, more);
  const demo = JSON.parse(readFileSync(join(dir, 'demo.json.new'), 'utf8'));
  return {
    dir,
    config,
    create(email) {
      const body = JSON.stringify({ customer: 'K2001', email, username: email.slice(0, 36) });
      const out = execFileSync(join(build, 'pforte'), ['--config', config, 'request'], {
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'ignore'],
        input: 'POST /api/v1/user-logins HTTP/1.1\n' +
          `Authorization: Bearer ${demo.tenants[0].api_key}\n` +
          `Content-Type: application/json\n\n${body}`,
      });
      assert.match(out, /^Status: 201/);
    },
    row: (email) => sql(dir, `SELECT * FROM mail WHERE recipient = '${email}'`)[0],
  };
}

// Runs a command to its end: its exit status and what it logged.
function run(...args) {
  const child = spawn(join(build, 'pforte'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const log = [];
  child.stderr.on('data', (part) => log.push(part));
  const ended = once(child, 'close')
    .then(([code]) => ({ code, log: Buffer.concat(log).toString() }));
  return { child, ended };
}

test('X4, X11: without a relay mail waits, and one line says so', own, async () => {
  const { config, create: make, row: stored } = state();
  const email = someone();
  make(email);
  const { child, ended } = run('--config', config, 'jobs');
  setTimeout(() => child.kill('SIGTERM'), 2500);
  const { code, log } = await ended;
  assert.equal(code, 0, log);
  assert.equal(log.match(/no smtp/g).length, 1, log);
  assert.equal(stored(email).state, 'queued');
  assert.equal(stored(email).attempts, 0);
});

test('X4: the relay gets user and password; a wrong one fails no mail', own, async () => {
  const strict = await startRelay({ onAuth: ({ username, password }, session, done) =>
    (username === 'portal' && password === 'let me in'
      ? done(null, { user: username })
      : done(Object.assign(new Error('no'), { responseCode: 535 }))) });
  after(() => strict.stop());
  const file = join(mkdtempSync(join(tmpdir(), 'pforte-test-')), 'password');
  const { config, create: make, row: stored } = state(strict.url,
    `smtp_user = "portal"\nsmtp_password_file = "${file}"\n`);
  const email = someone();
  make(email);
  writeFileSync(file, 'wrong\n');
  const first = await run('--config', config, 'jobs', '--once').ended;
  assert.equal(stored(email).state, 'queued', first.log);
  assert.equal(stored(email).attempts, 1);
  assert.doesNotMatch(first.log, /wrong/);

  writeFileSync(file, 'let me in\n');
  sql(dirname(config), 'UPDATE mail SET next_at = 0');
  const second = await run('--config', config, 'jobs', '--once').ended;
  assert.equal(second.code, 0, second.log);
  assert.equal(stored(email).state, 'sent');
  assert.equal(strict.to(email)[0].user, 'portal');
  assert.doesNotMatch(second.log, /let me in/);
});

test('X11: SIGTERM finishes the mail in flight and begins no other', own, async () => {
  const slow = await startRelay();
  after(() => slow.stop());
  slow.slow = 1000;
  const { config, create: make, row: stored } = state(slow.url);
  const emails = [someone(), someone()];
  emails.forEach(make);
  const { child, ended } = run('--config', config, 'jobs');
  await slow.mailTo(emails[0]);
  child.kill('SIGTERM');
  const { code, log } = await ended;
  assert.equal(code, 0, log);
  assert.deepEqual(emails.map((email) => stored(email).state), ['sent', 'queued']);
  assert.equal(slow.to(emails[1]).length, 0);
});

test('a configuration that cannot send mail is refused with its reason', own, async () => {
  const { config } = state();
  const text = readFileSync(config, 'utf8');
  const bad = [
    ['smtp = "http://127.0.0.1"', /smtp must begin with/],
    ['mail_from = "nobody"', /mail_from must be a mail address/],
    ['smtp_user = "x"', /smtp_user needs smtp_password_file/],
  ];
  for (const [line, why] of bad) {
    writeFileSync(config, `${text}${line}\n`);
    const { code, log } = await run('--config', config, 'check').ended;
    assert.equal(code, 1);
    assert.match(log, why);
  }
  writeFileSync(config, `${text.replace(/mail_from.*\n/, '')}smtp = "smtp://127.0.0.1"\n`);
  const { code, log } = await run('--config', config, 'check').ended;
  assert.equal(code, 1);
  assert.match(log, /smtp needs mail_from/);
});
