// Relays that fail: nothing is lost, nothing goes out twice, nothing goes out late,
// and nothing is said to a relay that is not proved to be the one.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { sql } from '../lib/database.mjs';
import { copyDemo, makeDemo } from '../lib/demo.mjs';
import { freePort } from '../lib/ports.mjs';
import { startRelay } from '../lib/relay.mjs';
import { build, sleep, until } from '../lib/stack.mjs';

// A demo without servers, whose time can be moved and whose jobs are run by hand.
class Outbox {
  constructor(smtp, more = '') {
    this.dir = mkdtempSync(join(tmpdir(), 'pforte-test-'));
    after(() => rmSync(this.dir, { recursive: true, force: true }));
    makeDemo(this.dir, { database: copyDemo(this.dir), more: ['--smtp', smtp] });
    this.config = join(this.dir, 'pforte.conf');
    appendFileSync(this.config, `test_clock = true\n${more}`);
    const demo = JSON.parse(readFileSync(join(this.dir, 'demo.json.new'), 'utf8'));
    this.key = demo.tenants[0].api_key;
    this.moved = 0;
  }

  request(path, body) {
    const out = execFileSync(join(build, 'pforte'), ['--config', this.config, 'request'], {
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
      input: `POST /api/v1${path} HTTP/1.1\nAuthorization: Bearer ${this.key}\n` +
        `Content-Type: application/json\n\n${JSON.stringify(body)}`,
    });
    assert.match(out, /^Status: 201/, out);
  }

  // A mail that waits; its address.
  mail(to = `${randomUUID()}@relay-test.example`) {
    this.request('/settings/mail-templates/login_created/en/test', { to });
    return to;
  }

  // Rows like that of `to`, each with an address and a sealed text of its own.
  mails(n) {
    return Array.from({ length: n }, () => this.mail());
  }

  row(to) {
    return sql(this.dir, `SELECT * FROM mail WHERE recipient = '${to}'`)[0];
  }

  move(seconds) {
    this.moved += seconds;
    writeFileSync(join(this.dir, 'clock'), `${this.moved}\n`);
  }

  spawn() {
    const child = spawn(join(build, 'pforte'), ['--config', this.config, 'jobs', '--once'],
      { stdio: ['ignore', 'ignore', 'pipe'] });
    const log = [];
    child.stderr.on('data', (part) => log.push(part));
    return { child, ended: once(child, 'close').then(() => Buffer.concat(log).toString()) };
  }

  jobs() {
    return this.spawn().ended;
  }

  // So many minutes, with a run of the jobs at each, or every few of them.
  async minutes(n, step = 1) {
    for (let minute = 0; minute < n; minute += step) {
      await this.jobs();
      this.move(60 * step);
    }
  }
}

const count = (relay, addresses) => addresses.map((to) => relay.to(to).length);

test('X4: a relay is dead for ten minutes: none lost, none doubled', async () => {
  const relay = await startRelay();
  after(() => relay.stop());
  const outbox = new Outbox(relay.url);
  await relay.stop();
  const addresses = outbox.mails(8);
  await outbox.minutes(5);
  addresses.push(...outbox.mails(4)); // while it is dead
  await outbox.minutes(5);
  const before = addresses.map((to) => outbox.row(to));
  assert.ok(before.every(({ state, body }) => state === 'queued' && body), 'all of them wait');
  assert.ok(before.some(({ attempts }) => attempts >= 2));
  assert.ok(before.every(({ attempts }) => attempts <= 4), 'and are not tried every minute');

  await relay.start();
  await outbox.minutes(20, 2);
  assert.deepEqual(count(relay, addresses), addresses.map(() => 1));
  assert.ok(addresses.every((to) => outbox.row(to).state === 'sent' && !outbox.row(to).body));
});

// What a relay does for ten minutes, and how often each of six mails then arrives.
const MAILS = 6;
const faults = [
  ['refuses connections', { set: (relay) => relay.stop(), end: (relay) => relay.start() }, 1, 1],
  ['says 421 and nothing else', { set: (relay) => { relay.refuse = { from: 421 }; } }, 1, 1],
  ['says 450 to the recipient', { set: (relay) => { relay.refuse = { rcpt: 450 }; } }, 1, 1],
  ['says 450 to the text', { set: (relay) => { relay.refuse = { data: 450 }; } }, 1, 1],
  ['says 550 to the recipient', { set: (relay) => { relay.refuse = { rcpt: 550 }; } }, 0, 0],
  ['says 550 to the text', { set: (relay) => { relay.refuse = { data: 550 }; } }, 0, 0],
  ['takes no text and breaks the connection', { set: (relay) => { relay.lose = true; } }, 1, 1],
  // It took the mail, and nobody was told: SMTP cannot say so afterwards.
  ['takes the text and breaks the connection', { set: (relay) => { relay.drop = true; } }, 1, 4],
];
for (const [what, { set, end }, least, most] of faults) {
  const often = least === most ? ['never', 'once'][least] : `${least} to ${most} times`;

  test(`X4: for ten minutes a relay ${what}: each of ${MAILS} mails arrives ${often}`,
    async () => {
      const relay = await startRelay();
      after(() => relay.stop());
      const outbox = new Outbox(relay.url);
      await set(relay);
      const addresses = outbox.mails(MAILS);
      await outbox.minutes(10);
      const during = addresses.map((to) => outbox.row(to));
      assert.ok(during.every(({ state }) => state === (least ? 'queued' : 'failed')), 'none lost');
      assert.ok(during.every(({ attempts }) => attempts <= (least ? 4 : 1)));
      assert.ok(during.every(({ last_error: why }) => why), 'each says why');
      Object.assign(relay, { refuse: {}, lose: false, drop: false });
      await end?.(relay);
      await outbox.minutes(30, 3);
      for (const to of addresses) {
        const mails = relay.to(to);
        assert.ok(mails.length >= least && mails.length <= most, `${to}: ${mails.length}`);
        assert.equal(new Set(mails.map(({ headers }) => headers['message-id'])).size, least);
        assert.equal(outbox.row(to).state, least ? 'sent' : 'failed');
      }
    });
}

test('X4: a relay that takes connections and says nothing for ten minutes: none lost, none doubled',
  { timeout: 200_000 }, async () => {
    const relay = await startRelay();
    after(() => relay.stop());
    const outbox = new Outbox(relay.url);
    await relay.stop();
    const sockets = [];
    const mute = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
    });
    mute.listen(relay.port, '127.0.0.1');
    await once(mute, 'listening');
    const addresses = outbox.mails(MAILS);
    for (let round = 0; round < 2; round++) {
      const began = Date.now();
      await outbox.jobs();
      assert.ok(Date.now() - began < 70_000, 'one mail waits for it, not each of them');
      outbox.move(300);
    }
    assert.ok(addresses.every((to) => outbox.row(to).state === 'queued'));
    sockets.forEach((socket) => socket.destroy());
    await new Promise((done) => { mute.close(done); });
    await relay.start();
    await outbox.minutes(20, 2);
    assert.deepEqual(count(relay, addresses), addresses.map(() => 1));
  });

test('X4: application and jobs are killed with -9 again and again: what was acknowledged arrives',
  { timeout: 200_000 }, async (t) => {
    const relay = await startRelay();
    after(() => relay.stop());
    const outbox = new Outbox(relay.url);
    const acknowledged = [];
    let killed = 0;
    for (let i = 0; i < 60; i++) {
      const to = `${randomUUID()}@relay-test.example`;
      const child = spawn(join(build, 'pforte'), ['--config', outbox.config, 'request'],
        { stdio: ['pipe', 'pipe', 'ignore'] });
      let out = '';
      child.stdout.on('data', (part) => { out += part; });
      child.stdin.on('error', () => {});
      child.stdin.end('POST /api/v1/settings/mail-templates/login_created/en/test HTTP/1.1\n' +
        `Authorization: Bearer ${outbox.key}\nContent-Type: application/json\n\n` +
        JSON.stringify({ to }));
      const timer = setTimeout(() => child.kill('SIGKILL'), i % 3 ? (i * 7) % 60 : 10_000);
      const [, signal] = await once(child, 'close');
      clearTimeout(timer);
      killed += signal === 'SIGKILL';
      if (out.startsWith('Status: 201')) {
        acknowledged.push(to);
      }
    }
    const rows = sql(outbox.dir, 'SELECT recipient FROM mail').map(({ recipient }) => recipient);
    assert.equal(new Set(rows).size, rows.length);
    assert.ok(acknowledged.every((to) => rows.includes(to)), 'an acknowledged one has its row');
    assert.equal(sql(outbox.dir, `SELECT COUNT(*) AS n FROM audit WHERE action = 'mail.tested'`)[0].n,
      rows.length, 'and each row its row of the audit');

    relay.slow = 100;
    const tries = new Set(); // that ended with their process
    let kills = 0;
    for (; kills < 12; kills++) {
      const { sessions } = relay;
      const jobs = outbox.spawn();
      await until('it to be at work', () => relay.sessions > sessions);
      await sleep((kills * 67) % 300); // with the first mail, or one of the next
      jobs.child.kill('SIGKILL');
      await jobs.ended;
      for (const { recipient, attempts } of sql(outbox.dir,
        `SELECT recipient, attempts FROM mail WHERE state = 'leased'`)) {
        tries.add(`${recipient} ${attempts}`);
      }
      outbox.move(130); // longer than a lease
    }
    assert.ok(tries.size >= 6, 'they died at work');
    relay.slow = 0;
    await outbox.jobs();
    let doubled = 0;
    for (const to of rows) {
      const mails = relay.to(to);
      const unsure = [...tries].filter((one) => one.startsWith(`${to} `)).length;
      assert.ok(mails.length >= 1 && mails.length <= 1 + unsure, `${to}: ${mails.length}`);
      assert.equal(new Set(mails.map(({ headers }) => headers['message-id'])).size, 1);
      doubled += mails.length - 1;
    }
    t.diagnostic(`60 requests, ${killed} killed, ${acknowledged.length} acknowledged, ` +
      `${rows.length} queued; jobs killed ${kills} times, ${tries.size} of them with a mail in their hands; ` +
      `${rows.length} arrived, ${doubled} times too often`);
  });

test('X4: the pauses grow to four hours, and end after two days', async () => {
  const relay = await startRelay();
  after(() => relay.stop());
  relay.refuse = { rcpt: 451 };
  const outbox = new Outbox(relay.url);
  const to = outbox.mail();
  const began = Date.now() / 1000;
  const pauses = [];
  for (let tries = 1; tries <= 16; tries++) {
    await outbox.jobs();
    const { attempts, state, next_at: next } = outbox.row(to);
    assert.equal(attempts, tries);
    const now = Date.now() / 1000 + outbox.moved;
    if (state !== 'queued') {
      assert.equal(tries, 16);
      break;
    }
    pauses.push(next - now);
    outbox.move(Math.ceil(next - now) + 1);
  }
  const wanted = [60, 300, 900, 3600, ...Array(11).fill(14400)];
  assert.equal(pauses.length, wanted.length);
  wanted.forEach((pause, i) => assert.ok(Math.abs(pauses[i] - pause) <= pause / 10 + 5,
    `${i + 1}: ${pauses[i]}`));
  assert.ok(new Set(pauses.slice(4).map(Math.round)).size > 1, 'not all at once');
  const { state, body, html, last_error: why } = outbox.row(to);
  assert.deepEqual([state, body, html], ['failed', '', '']);
  assert.match(why, /^451/);
  assert.ok(Date.now() / 1000 + outbox.moved - began < 48.5 * 3600);
});

test('X4: a mail that ends its process again and again ends as well', async () => {
  const relay = await startRelay();
  after(() => relay.stop());
  const outbox = new Outbox(relay.url);
  const [deadly, other] = outbox.mails(2);
  sql(outbox.dir, `UPDATE mail SET state = 'leased', lease_until = 1, attempts = 16
    WHERE recipient = '${deadly}'`);
  await outbox.jobs();
  const { state, body, last_error: why } = outbox.row(deadly);
  assert.deepEqual([state, body], ['failed', '']);
  assert.match(why, /process/);
  assert.deepEqual(count(relay, [deadly, other]), [0, 1]);
});

test('X4: what has expired is not sent late', async () => {
  const relay = await startRelay();
  after(() => relay.stop());
  const outbox = new Outbox(relay.url);
  const [late, early] = outbox.mails(2);
  const soon = Math.floor(Date.now() / 1000) + 600;
  sql(outbox.dir, `UPDATE mail SET expires = ${soon}`);
  await relay.stop();
  await outbox.jobs();
  outbox.move(90);
  await relay.start();
  sql(outbox.dir, `UPDATE mail SET next_at = ${soon + 1} WHERE recipient = '${late}'`);
  await outbox.jobs();
  outbox.move(900);
  await outbox.jobs();
  assert.equal(outbox.row(early).state, 'sent');
  const { state, body, last_error: why } = outbox.row(late);
  assert.deepEqual([state, body], ['failed', '']);
  assert.match(why, /expired/);
  assert.deepEqual(count(relay, [early, late]), [1, 0]);
});

test('X4: one refused address does not hold up the others', async () => {
  const relay = await startRelay({
    onRcptTo: ({ address }, session, done) =>
      done(address.startsWith('bad') ? Object.assign(new Error('no'), { responseCode: 550 }) : null),
  });
  after(() => relay.stop());
  const outbox = new Outbox(relay.url);
  const bad = outbox.mail(`bad-${randomUUID()}@relay-test.example`);
  const fine = outbox.mails(2);
  await outbox.jobs();
  assert.equal(outbox.row(bad).state, 'failed');
  assert.match(outbox.row(bad).last_error, /^550/);
  assert.deepEqual(count(relay, fine), [1, 1]);
});

test('X4: a relay that says a byte a second is given up in its time, and tried again',
  { timeout: 120_000 }, async () => {
    const port = await freePort();
    const text = '220 slow.example ESMTP and a greeting that takes its time\r\n'.repeat(3);
    const server = createServer((socket) => {
      let at = 0;
      const timer = setInterval(() => socket.write(text[at++ % text.length]), 1000);
      socket.on('close', () => clearInterval(timer));
      socket.on('error', () => {});
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    after(() => server.close());
    const outbox = new Outbox(`smtp://127.0.0.1:${port}`);
    const to = outbox.mail();
    const began = Date.now();
    await outbox.jobs();
    assert.ok(Date.now() - began < 70_000);
    const { state, last_error: why, attempts } = outbox.row(to);
    assert.deepEqual([state, attempts], ['queued', 1]);
    assert.match(why, /time/i);
  });

// ---- who the relay is ----

const required = 'smtp_tls = "required"\n';

test('X4: required TLS: a relay whose certificate nobody vouches for gets nothing', async () => {
  const relay = await startRelay(); // smtp-server's own self-signed certificate
  after(() => relay.stop());
  const outbox = new Outbox(relay.url, required);
  const to = outbox.mail();
  const log = await outbox.jobs();
  assert.equal(outbox.row(to).state, 'queued');
  assert.match(outbox.row(to).last_error, /certificate|SSL/i);
  assert.deepEqual(relay.mails, [], log);
});

test('X4: required TLS: a relay that offers none gets nothing', async () => {
  const relay = await startRelay({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
  after(() => relay.stop());
  const strict = new Outbox(relay.url, required);
  const to = strict.mail();
  await strict.jobs();
  assert.equal(strict.row(to).state, 'queued');
  assert.deepEqual(relay.mails, []);
  const lax = new Outbox(relay.url, 'smtp_tls = "opportunistic"\n');
  const other = lax.mail();
  await lax.jobs();
  assert.equal(relay.to(other)[0].secure, false);
});

function certificate(name) {
  const dir = mkdtempSync(join(tmpdir(), 'pforte-test-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=${name}`,
    '-keyout', join(dir, 'key'), '-out', join(dir, 'cert')], { stdio: 'ignore' });
  return { ca: join(dir, 'cert'), key: readFileSync(join(dir, 'key')),
    cert: readFileSync(join(dir, 'cert')) };
}

for (const secure of [false, true]) {
  test(`X4: required TLS: the right name by a trusted CA (${secure ? 'smtps' : 'STARTTLS'})`,
    async () => {
      const { ca, key, cert } = certificate('IP:127.0.0.1');
      const relay = await startRelay({ key, cert, secure });
      after(() => relay.stop());
      const outbox = new Outbox(secure ? relay.url.replace('smtp:', 'smtps:') : relay.url,
        `${required}smtp_ca_file = "${ca}"\n`);
      const to = outbox.mail();
      const log = await outbox.jobs();
      assert.equal(relay.to(to)[0]?.secure, true, log);
    });
}

test('X4: required TLS: a certificate of another name is refused', async () => {
  const { ca, key, cert } = certificate('DNS:other.example');
  const relay = await startRelay({ key, cert });
  after(() => relay.stop());
  const outbox = new Outbox(relay.url, `${required}smtp_ca_file = "${ca}"\n`);
  const to = outbox.mail();
  await outbox.jobs();
  assert.equal(outbox.row(to).state, 'queued');
  assert.deepEqual(relay.mails, []);
});

for (const method of ['PLAIN', 'LOGIN']) {
  test(`X4: AUTH ${method}, and no other`, async () => {
    const seen = [];
    const relay = await startRelay({ authMethods: ['PLAIN', 'LOGIN'],
      onAuth: (auth, session, done) => {
        seen.push(auth.method);
        done(null, { user: auth.username });
      } });
    after(() => relay.stop());
    const outbox = new Outbox(relay.url);
    const file = join(outbox.dir, 'password');
    writeFileSync(file, 'let me in\n', { mode: 0o600 });
    appendFileSync(outbox.config,
      `smtp_user = "portal"\nsmtp_password_file = "${file}"\nsmtp_auth = "${method}"\n`);
    const to = outbox.mail();
    const log = await outbox.jobs();
    assert.equal(relay.to(to)[0]?.user, 'portal', log);
    assert.deepEqual(seen, [method]);
    assert.doesNotMatch(log, /let me in/);
  });
}

test('X4: a mail is refused for its size before it is sent, and for good', async () => {
  const relay = await startRelay({ size: 300 });
  after(() => relay.stop());
  const outbox = new Outbox(relay.url);
  const to = outbox.mail();
  await outbox.jobs();
  assert.equal(outbox.row(to).state, 'failed');
  assert.match(outbox.row(to).last_error, /552/);
  assert.deepEqual(relay.mails, []);
});

// ---- what others read of it ----

const parser = `
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
print(json.dumps({
  "defects": [str(d) for p in m.walk() for d in p.defects]
    + [str(d) for h in m.values() for d in h.defects],
  "type": m.get_content_type(), "subject": m["subject"], "to": m["to"], "from": m["from"],
  "parts": [[p.get_content_type(), p.get_content().replace("\\r\\n", "\\n")] for p in m.walk()
    if not p.is_multipart()]}))`;

const parsed = (raw) => JSON.parse(execFileSync('python3', ['-c', parser],
  { input: Buffer.from(raw, 'latin1'), encoding: 'utf8' }));

test('X4: another parser reads the same, without a fault', async () => {
  const relay = await startRelay();
  after(() => relay.stop());
  const outbox = new Outbox(relay.url);
  const to = `${randomUUID()}@relay-test.example`;
  const subject = `Grüße – ${'ein langer Betreff über vieles 😀 '.repeat(5)}`.trim();
  const text = `Zeile mit Blank am Ende \n.\n..\nFrom here\n${'ä'.repeat(300)}\n=3D=\n\ttab`;
  const html = `<p>${'Größe '.repeat(200)}</p>\n.\n--=_alternative_\n<p>😀</p>`;
  outbox.request('/settings/mail-templates/login_created/en/test', { to, subject, text, html });
  await outbox.jobs();
  const [{ raw }] = relay.to(to);
  assert.ok(raw.split('\r\n').every((line) => line.length <= 78));
  assert.deepEqual(parsed(raw), {
    defects: [], type: 'multipart/alternative', subject, to,
    from: 'Acme Telekom <portal@mail.example>',
    parts: [['text/plain', text], ['text/html', html]],
  });
});
