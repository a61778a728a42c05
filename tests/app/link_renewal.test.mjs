// A self-service link that has expired: a new one goes to the address on file, and
// to no other; whoever never had a link gets nobody a mail.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, links, visible } from '../lib/client.mjs';
import { renewalOf } from '../lib/routes.mjs';
import { now } from '../lib/sso.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
const CONTRACT = 'VT-7KQ2-ZHXM'; // of K2000, anna's
const SISTER = 'VT-3WPD-0L9R'; // of K2000, too
const THIRD = 'VT-9BXA-51TC'; // the same
const GUESTS = 'VT-2MMF-8E4J'; // of K2001
const BRUNOS = 'VT-6HSN-P3VD'; // of K2002

const mint = async (ref) => (await stack.api('acme', 'POST', `/contracts/${ref}/self-service-token`)).json;
const revoke = (ref) => stack.api('acme', 'DELETE', `/contracts/${ref}/self-service-token`);
const time = (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

// The path of a link to the contract that has expired a minute ago.
async function expired(ref, change = {}) {
  const claims = stack.inspect('pforte:link:acme', (await mint(ref)).token);
  return `/acme/s/${stack.mint('pforte:link:acme',
    { ...claims, iat: time(now() - 3600), exp: time(now() - 60), ...change })}`;
}
const mails = () => stack.sql("SELECT * FROM mail WHERE tenant = 'acme' AND event = 'link_new' ORDER BY created, id");
const button = (page) => forms(page.text).find(({ action }) => /\/link\//.test(action));
const send = (browser, page) => browser.submit(page, {}, { action: /\/link\// });
const newMails = async (act) => {
  const before = mails().length;
  await act();
  return mails().slice(before);
};

test('B111: an expired link leads to a clear page, without anything of the customer, and to a new one', own, async () => {
  const path = await expired(CONTRACT);
  for (const [language, title, label] of [['de', /abgelaufen/, /Neuen Link/], ['en', /expired/, /new link/], ['fr', /expiré/, /nouveau lien/]]) {
    const page = await stack.get(`${path}?language=${language}`);
    assert.equal(page.status, 410);
    assert.equal(page.lang, language);
    assert.match(page.title, title);
    assert.match(visible(page.text), label);
    assert.doesNotMatch(page.text, /VT-7KQ2|K2000|Sommer|anna|sommer\.example/);
    assert.ok(links(page.text).includes('/acme/login'));
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.equal(page.headers['referrer-policy'], 'no-referrer');
  }
  const browser = stack.browser();
  const [mail, ...more] = await newMails(async () => {
    const answer = await send(browser, await browser.get(path));
    assert.equal(answer.status, 303);
    assert.equal(answer.location, '/acme/link/sent');
    assert.match(visible((await browser.follow(answer)).text), /Adresse/);
  });
  assert.deepEqual(more, []);
  const { email, language } = stack.sql("SELECT email, language FROM customer WHERE tenant = 'acme' AND number = 'K2000'")[0];
  assert.deepEqual([mail.recipient, mail.language], [email, language || 'de']);
  assert.doesNotMatch(JSON.stringify(mail), /\/s\/v4/, 'the link is sealed');
  const [link] = stack.sql('SELECT * FROM self_service_link ORDER BY created DESC, jti DESC LIMIT 1');
  assert.equal(link.expires - link.created, 3600, 'as long as the tenant says');
  assert.equal(mail.expires, link.expires, 'no mail of a dead link');
  const trail = stack.sql(`SELECT action, actor FROM audit WHERE request_id = '${mail.request_id}' ORDER BY id`);
  assert.deepEqual(trail.map(({ action }) => action), ['link.requested', 'link.minted']);
  assert.equal(browser.jar.get('pfc-acme'), undefined, 'the button opens nothing by itself');
});

test('B111, B125: looking sends nothing; nor does a form from elsewhere', own, async () => {
  const path = await expired(SISTER);
  const sent = await newMails(async () => {
    for (const options of [{}, { method: 'HEAD' }, { headers: { 'Sec-Purpose': 'prefetch' } }]) {
      assert.ok((await stack.get(path, options)).status >= 204);
    }
    const page = await stack.get(path);
    const { action, hidden } = button(page);
    assert.equal((await stack.get(action)).status, 200);
    assert.equal((await stack.get(action, { method: 'HEAD' })).status, 200);
    const browser = stack.browser();
    assert.equal((await browser.post(action, hidden)).status, 403, 'another browser\'s token');
    assert.equal((await browser.post(action, {})).status, 403);
    const there = await browser.get(action);
    assert.equal((await browser.submit(there, {}, { action: /\/link\//, headers: { 'Sec-Fetch-Site': 'cross-site' } })).status, 403);
  });
  assert.deepEqual(sent, []);
  const [mail] = await newMails(async () => {
    const browser = stack.browser();
    const form = await browser.get(path);
    await browser.submit(form, { email: 'me@evil.example', recipient: 'me@evil.example' }, { action: /\/link\// });
  });
  assert.doesNotMatch(mail.recipient, /evil/, 'no address is taken from who asks');
});

test('B111, X5: only who had a genuine link to the contract gets a ticket, for an hour, for that alone', own, async () => {
  const page = await stack.get(await expired(GUESTS));
  const { action } = button(page);
  const ticket = action.split('/').pop();
  const { id } = stack.sql(`SELECT id FROM contract WHERE ref = '${GUESTS}'`)[0];
  const flipped = ticket.slice(0, 20) + (ticket[20] === 'A' ? 'B' : 'A') + ticket.slice(21);
  for (const other of ['x', flipped, `${ticket}A`, ticket.slice(1), id, GUESTS, 'v4.local.AAAA']) {
    const refused = await stack.get(`/acme/link/${other}`);
    assert.equal(refused.status, 410, other);
    assert.match(visible(refused.text), /zu alt/);
    assert.equal(button(refused), undefined);
  }
  assert.equal((await stack.get(`/globex/link/${ticket}`)).status, 410, 'another tenant\'s');
  assert.ok([400, 403].includes((await stack.get(`/acme/s/${ticket}`)).status), 'it opens no contract');
  // no link of the contract, no button: forged ones and those of another tenant
  const claims = stack.inspect('pforte:link:acme', (await mint(GUESTS)).token);
  const old = { ...claims, iat: time(now() - 3600), exp: time(now() - 60) };
  for (const token of [stack.mint('pforte:link:globex', old), stack.mint('pforte:link:acme', { ...old, contract: 'con_x' })]) {
    assert.equal(button(await stack.get(`/acme/s/${token}`)), undefined);
  }
  const browser = stack.browser();
  const form = await browser.get(action);
  stack.moveTime(3601);
  const sent = await newMails(async () => {
    assert.equal((await send(browser, form)).status, 410);
  });
  assert.deepEqual(sent, []);
  stack.moveTime(-3601);
});

test('B111: however often it is asked for, the mails are few, and the answer is the same', own, async () => {
  const ask = async () => {
    const browser = stack.browser();
    return send(browser, await browser.get(await renewalOf(stack, BRUNOS)));
  };
  const answers = [];
  let sent = await newMails(async () => {
    for (let i = 0; i < 4; i++) {
      answers.push(await ask());
    }
  });
  assert.equal(sent.length, 1, 'one a minute');
  sent = await newMails(async () => {
    stack.sql("UPDATE customer SET email = '' WHERE tenant = 'acme' AND number = 'K2001'");
    const browser = stack.browser();
    answers.push(await send(browser, await browser.get(await renewalOf(stack, GUESTS))));
  });
  assert.deepEqual(sent, [], 'no address on file');
  const said = answers.map(({ status, location, text, headers }) => [status, location, text, Object.keys(headers).sort()]);
  said.forEach((one) => assert.deepEqual(one, said[0]));
  // of one network there is an end, whatever contract
  const many = [];
  for (let i = 0; i < 40; i++) {
    many.push((await ask()).status);
  }
  assert.ok(many.includes(429) && many.every((status) => [303, 429].includes(status)), many.join());
});

test('B111: who revoked the links of a contract is not asked for new ones, until they make one', own, async () => {
  const path = await expired(THIRD);
  const ticket = button(await stack.get(path)).action;
  const browser = stack.browser();
  const form = await browser.get(ticket);
  assert.equal((await revoke(THIRD)).status, 204);
  const refused = await stack.get(path);
  assert.equal(refused.status, 410);
  assert.match(visible(refused.text), /zurückgezogen/);
  assert.equal(button(refused), undefined);
  stack.sql('DELETE FROM rate'); // of the network, from above
  const sent = await newMails(async () => assert.equal((await send(browser, form)).status, 303));
  assert.deepEqual(sent, [], 'and a page that was open sends none');
  await mint(THIRD);
  assert.ok(button(await stack.get(path)), 'the merchant lets them in again');
});

test('B111: programs get a problem', own, async () => {
  const answer = await stack.get(await expired(CONTRACT), { headers: { Accept: 'application/json' } });
  assert.equal(answer.status, 410);
  assert.equal(answer.json.code, 'link_expired');
});
