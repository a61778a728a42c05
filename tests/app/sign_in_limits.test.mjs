// Guessing passwords takes longer and longer, and whom it is about notices nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { sleep, startStack } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
const wrong = 'not-the-password-1';

let made = 0;
async function login() {
  const username = `limit-${process.pid}-${++made}`;
  const password = 'copper-window-orchard-8';
  const answer = await stack.api('acme', 'POST', '/user-logins',
    { customer: 'K2002', email: `${username}@example.com`, username, password, must_change: false });
  assert.equal(answer.status, 201, answer.text);
  return { username, password };
}

// Networks of this machine that nobody has used yet.
let networks = 1;
const network = () => ({ localAddress: `127.0.${Math.floor(++networks / 250)}.${1 + networks % 250}` });

const attempt = (browser, username, password, from) => browser.signIn('acme', username, password, '', from);

// So many failures, each as soon as it may be tried.
async function fail(n, username, from) {
  for (let i = 0; i < n; i++) {
    const answer = await attempt(stack.browser(), username, wrong, from);
    if (answer.status === 429) {
      stack.moveTime(Number(answer.headers['retry-after']));
      i--;
      await sleep(5);
    } else {
      assert.equal(answer.status, 422, answer.text);
    }
  }
}

// Nobody, on the device of that browser.
function known(browser) {
  const other = stack.browser();
  other.jar.set('pforte-device', browser.jar.get('pforte-device'));
  return other;
}

test('after five failures one waits, twice as long each time, and is told how long', own, async () => {
  const user = await login();
  const from = network();
  await fail(5, user.username, from);
  const waits = [];
  for (let i = 0; i < 5; i++) {
    const answer = await attempt(stack.browser(), user.username, user.password, from);
    assert.equal(answer.status, 429, 'the right password waits as well');
    assert.equal(answer.cookie('pf-acme'), undefined);
    assert.match(visible(answer.text), /Bitte warten Sie \d+ (Sekunden?|Minuten),/);
    assert.match(answer.text, new RegExp(`value="${user.username}"`));
    assert.doesNotMatch(answer.text, /copper-window/);
    waits.push(Number(answer.headers['retry-after']));
    await fail(1, user.username, from);
  }
  const expected = [2, 4, 8, 16, 32];
  waits.forEach((wait, i) => assert.ok(wait <= expected[i] && wait >= expected[i] - 1, `${waits}`));
});

test('no wait is longer than a quarter of an hour, and tries meanwhile do not lengthen it', own, async () => {
  const user = await login();
  const from = network();
  await fail(16, user.username, from);
  const first = await attempt(stack.browser(), user.username, user.password, from);
  const wait = Number(first.headers['retry-after']);
  assert.ok(wait > 890 && wait <= 900, `${wait}`);
  assert.match(visible(first.text), /warten Sie 15 Minuten/);
  stack.moveTime(wait - 60);
  const later = await attempt(stack.browser(), user.username, user.password, from);
  assert.equal(later.status, 429);
  assert.ok(Number(later.headers['retry-after']) <= 60);
  stack.moveTime(60);
  assert.equal((await attempt(stack.browser(), user.username, user.password, from)).status, 303);
});

test('a name that nobody has waits the same, in the same words', own, async () => {
  const user = await login();
  const ask = async (name) => {
    const from = network();
    const seen = [];
    for (let i = 0; i < 6; i++) {
      const answer = await attempt(stack.browser(), name, wrong, from);
      seen.push({ status: answer.status, retry: answer.headers['retry-after'] && 'some',
        names: Object.keys(answer.headers).sort(),
        text: visible(answer.text).replaceAll(name, 'NAME').replace(/\d+ Sekunden?/, 'TIME') });
    }
    return seen;
  };
  const known = await ask(user.username);
  assert.deepEqual(known.map(({ status }) => status), [422, 422, 422, 422, 422, 429]);
  assert.deepEqual(await ask('nobody-of-that-name'), known);
});

test('a success forgets the failures of the account', own, async () => {
  const user = await login();
  const from = network();
  for (let i = 0; i < 3; i++) {
    await fail(4, user.username, from);
    const answer = await attempt(stack.browser(), user.username, user.password, from);
    assert.equal(answer.status, 303, `round ${i}`);
  }
});

test('from elsewhere somebody else\'s failures are no matter, up to twenty', own, async () => {
  const user = await login();
  await fail(7, user.username, network());
  assert.equal((await attempt(stack.browser(), user.username, wrong, network())).status, 422);
  for (let i = 0; i < 12; i++) {
    await fail(1, user.username, network());
  }
  const answer = await attempt(stack.browser(), user.username, user.password, network());
  assert.equal(answer.status, 429, 'guessed at from many networks, the account waits everywhere');
});

test('but the owner gets in on a device where they were before', own, async () => {
  const user = await login();
  const other = await login();
  const browser = stack.browser();
  assert.equal((await attempt(browser, user.username, user.password, network())).status, 303);
  for (let i = 0; i < 22; i++) {
    await fail(1, user.username, network());
  }
  const enter = (who, name = user.username) => attempt(who, name, user.password, network());
  assert.equal((await enter(stack.browser())).status, 429);
  assert.equal((await enter(known(browser))).status, 303);
  // the others' pause has not ended by that
  assert.equal((await enter(stack.browser())).status, 429);

  // a cookie that was made up, or is another user's, is worth nothing
  const cookie = browser.jar.get('pforte-device');
  const theirs = stack.browser();
  await attempt(theirs, other.username, other.password, network());
  for (const value of [cookie.replace(/.$/, (c) => (c === '0' ? '1' : '0')), `${cookie}x`, 'x', '.',
    cookie.split('.')[0], theirs.jar.get('pforte-device'), 'x'.repeat(3000)]) {
    const forged = stack.browser();
    forged.jar.set('pforte-device', value);
    assert.equal((await enter(forged)).status, 429, value.slice(0, 80));
  }

  // with a stolen one the guessing slows down as well
  const thief = stack.browser();
  thief.jar.set('pforte-device', cookie);
  const seen = [];
  for (let i = 0; i < 6; i++) {
    seen.push((await attempt(thief, user.username, wrong, network())).status);
  }
  assert.deepEqual(seen, [422, 422, 422, 422, 422, 429]);
});

test('a network that guesses at many accounts waits at each of them, others do not', own, async () => {
  const from = network();
  const user = await login();
  for (let i = 0; i < 50; i++) {
    assert.equal((await attempt(stack.browser(), `spray-${i}`, wrong, from)).status, 422, `${i}`);
  }
  assert.equal((await attempt(stack.browser(), 'spray-51', wrong, from)).status, 429);
  assert.equal((await attempt(stack.browser(), user.username, user.password, from)).status, 429);
  assert.equal((await attempt(stack.browser(), 'spray-51', wrong, network())).status, 422);
  assert.equal((await attempt(stack.browser(), user.username, user.password, network())).status, 303);
});

test('who has an account cannot clear their network by signing in to it', own, async () => {
  const from = network();
  const user = await login();
  for (let i = 0; i < 49; i++) {
    await fail(1, `own-${i}`, from);
  }
  const browser = stack.browser();
  assert.equal((await attempt(browser, user.username, user.password, from)).status, 303);
  assert.equal((await attempt(known(browser), user.username, user.password, from)).status, 303);
  assert.equal((await attempt(stack.browser(), 'own-50', wrong, from)).status, 422);
  assert.equal((await attempt(stack.browser(), 'own-51', wrong, from)).status, 429);
});

test('tries at the same time are all counted', own, async () => {
  const user = await login();
  const from = network();
  const page = await stack.browser().get('/acme/login');
  const [{ hidden }] = forms(page.text);
  const cookie = page.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const answers = await Promise.all(Array.from({ length: 20 }, () => stack.browser().post('/acme/login',
    { ...hidden, username: user.username, password: wrong }, { ...from, headers: { Cookie: cookie } })));
  const statuses = answers.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 422).length, 5, `${statuses}`);
  assert.equal(statuses.filter((status) => status === 429).length, 15, `${statuses}`);
});

test('what was tried is nowhere to be read, and forgotten after half a day', own, async () => {
  const user = await login();
  const from = network();
  await fail(6, user.username, from);
  const rows = stack.sql("SELECT id FROM sign_in_try WHERE tenant = 'acme'");
  assert.ok(rows.length >= 3);
  assert.ok(rows.every(({ id }) => /^[0-9a-f]{64}$/.test(id)));
  assert.equal((await attempt(stack.browser(), user.username, wrong, from)).status, 429);
  stack.moveTime(12 * 3600 + 1);
  await fail(4, user.username, from);
  assert.equal((await attempt(stack.browser(), user.username, user.password, from)).status, 303);
});

test('sign-ins queue up to 256, the next are told to come back; pages notice nothing', own, async () => {
  const browser = stack.browser(); // its time has not moved: for the pages' form
  const [login] = forms((await browser.get('/acme/login')).text);
  const workers = stack.workers('passwords').map(({ pid }) => pid);
  assert.ok(workers.length > 0);
  const priority = (pid) => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ')[16]);
  const [page] = stack.workers('pages');
  assert.ok(workers.every((pid) => priority(pid) > priority(page.pid) || priority(pid) === 19), 'pages come first');
  workers.forEach((pid) => process.kill(pid, 'SIGSTOP'));
  const asked = Array.from({ length: 300 }, () => browser.post('/acme/login', {},
    { timeout: 60_000 }).then((answer) => ({ answer, stopped })));
  let stopped = true;
  await sleep(1000);
  const began = Date.now();
  const answer = await browser.post('/acme/login', login.hidden);
  assert.equal(answer.status, 503);
  assert.match(answer.headers['retry-after'], /^\d+$/);
  assert.ok(Date.now() - began < 10_000, 'before anybody has waited for nothing');
  for (let i = 0; i < 20; i++) {
    const pageBegan = Date.now();
    assert.equal((await stack.get('/acme/login')).status, 200);
    assert.ok(Date.now() - pageBegan < 10_000);
  }
  stopped = false;
  workers.forEach((pid) => process.kill(pid, 'SIGCONT'));
  const all = await Promise.all(asked);
  const refused = all.filter(({ answer: { status } }) => status === 503);
  const served = all.filter(({ answer: { status } }) => status === 403);
  assert.equal(refused.length + served.length, 300);
  assert.ok(refused.every((one) => one.stopped) && served.every((one) => !one.stopped));
  assert.ok(served.length >= 256 && served.length <= 257 + 2 * workers.length, `${served.length}`);
});
