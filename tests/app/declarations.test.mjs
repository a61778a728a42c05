// Consumers' declarations: to cancel a contract (section 312k BGB) and to withdraw
// from one (section 356a BGB), on public pages of one step, and what staff and
// programs do with them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';

import { forms, links, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { saveSettings } from '../lib/settings.mjs';
import { startStack } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
after(() => relay.stop());
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const CONTRACT = 'VT-7KQ2-ZHXM'; // of K2000
const mark = () => randomBytes(4).toString('hex');
const person = () => ({ name: `Rosa Blum ${mark()}`, email: `rosa-${mark()}@declared.example` });
const cancelling = (more) => ({ notice: 'ordinary', reason: '', customer_number: '', contract: 'Glasfaser', end: '', ...person(), ...more });
const day = (days) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' })
  .format((stack.own ? stack.now() * 1000 : Date.now()) + days * 86400_000);

async function declare(path, fields, { browser = stack.browser(), language = 'en' } = {}) {
  const page = await browser.get(`/acme${path}?language=${language}`);
  assert.equal(page.status, 200, page.text);
  const answer = await browser.submit(page, fields, { action: new RegExp(`${path}$`) });
  return { browser, page, answer };
}
async function received(path, fields, options) {
  const { browser, answer, page } = await declare(path, fields, options);
  assert.equal(answer.status, 303, answer.text);
  assert.match(answer.location, new RegExp(`^/acme${path}/received\\?flow=`));
  return { browser, page, receipt: await browser.get(answer.location), at: answer.location };
}
const found = async (email) => {
  const { json } = await api('GET', '/declarations?limit=200');
  return json.items.filter((one) => one.email === email);
};
const only = async (email) => {
  const list = await found(email);
  assert.equal(list.length, 1, JSON.stringify(list));
  return list[0];
};

test('B6, B107: a cancellation takes one page and no sign-in: receipt at once, with day and time', async () => {
  const fields = cancelling({ contract: 'my fibre line', customer_number: 'K2000', end: day(40) });
  const { page, receipt } = await received('/cancel', fields);
  assert.match(page.text, /<button[^>]*>Cancel now<\/button>/);
  assert.equal(receipt.status, 200);
  const text = visible(receipt.text);
  for (const word of ['Receipt of your cancellation', 'my fibre line', fields.name, fields.email, 'K2000', 'Kind of cancellation: ordinary']) {
    assert.ok(text.includes(word), `${word} in ${text}`);
  }
  assert.match(text, /received your cancellation on .*\d{4}, \d{1,2}:\d\d:\d\d/);
  const { received: at, id, version, ...rest } = await only(fields.email);
  assert.ok(Math.abs(Date.parse(at) - Date.now()) < 120_000 || stack.own);
  assert.match(id, /^dec_/);
  assert.deepEqual(rest, { kind: 'cancellation', notice: 'ordinary', reason: null, name: fields.name,
    customer_number: 'K2000', contract_text: 'my fibre line', end_wanted: day(40), email: fields.email, language: 'en',
    contract: null, customer: null, status: 'open', note: null });
  assert.equal(version, undefined);
});

test('B6: in the language of the page, with the words of the law', async () => {
  for (const [language, button, title, back] of [['de', 'Jetzt kündigen', 'Bestätigung Ihrer Kündigung', 'Widerruf bestätigen'],
    ['en', 'Cancel now', 'Receipt of your cancellation', 'Confirm withdrawal'],
    ['fr', 'Résilier maintenant', 'Accusé de réception de votre résiliation', 'Confirmer la rétractation']]) {
    const { page, receipt } = await received('/cancel', cancelling(), { language });
    assert.ok(visible(page.text).includes(button));
    assert.ok(visible(receipt.text).includes(title));
    assert.ok(visible((await stack.get(`/acme/withdraw?language=${language}`)).text).includes(back));
  }
});

test('B6: every page of the portal has both links, the sign-in too; the back office has not', async () => {
  const anna = await stack.signedIn('acme', 'anna');
  const office = await stack.office('acme');
  const both = ['/acme/cancel', '/acme/withdraw'];
  for (const page of [await stack.get('/acme/login'), await anna.get('/acme/'), await anna.get('/acme/contracts'),
    await stack.get('/acme/reset'), await anna.get('/acme/nothing-here'), await stack.get('/acme/withdraw')]) {
    assert.deepEqual(both.filter((path) => !links(page.text).includes(path)), [], page.url);
  }
  for (const page of [await office.get('/acme/admin'), await stack.get('/acme/admin/login')]) {
    assert.deepEqual(both.filter((path) => links(page.text).includes(path)), [], page.url);
  }
});

test('every page of the portal leads to the merchant\'s imprint and what else the settings name; the back office does not', own, async (t) => {
  const anna = await stack.signedIn('acme', 'anna');
  const foot = (page) => [...(page.text.match(/<nav class="foot-links"[\s\S]*?<\/nav>/)?.[0] ?? '')
    .matchAll(/<a href="([^"]*)">([^<]*)</g)].map(([, url, label]) => [label, url]);
  const two = [['Imprint', 'https://acme.example/impressum'], ['Accessibility', 'https://acme.example/barrierefreiheit']];
  const pages = () => Promise.all([stack.get('/acme/login?language=en'), anna.get('/acme/invoices?language=en'),
    anna.get('/acme/nothing?language=en')]);
  for (const page of await pages()) {
    assert.deepEqual(foot(page), two, page.text.slice(0, 200));
  }
  const owner = await stack.office('acme');
  assert.deepEqual(foot(await owner.get('/acme/admin')), []);
  assert.deepEqual(foot(await stack.get('/globex/login')), [], 'who names none has none');
  const wrong = await saveSettings(owner, 'general', { imprint_url: 'javascript:alert(1)' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /id="error-imprint_url"/);
  t.after(() => saveSettings(owner, 'signup', { terms_url: '' }));
  await saveSettings(owner, 'signup', { terms_url: 'https://acme.example/agb' });
  const [page] = await pages();
  assert.deepEqual(foot(page), [two[0], ['Terms and conditions', 'https://acme.example/agb'], two[1]]);
});

test('B6: a tenant that serves businesses alone has no such links; the pages stay', own, async () => {
  const office = await stack.office('globex');
  const save = async (audience) => office.submit(await office.get('/globex/admin/settings/general'), { name: 'Globex', address: '',
    time_zone: 'Europe/Berlin', accent: '', audience }, { action: /general$/ });
  assert.equal((await save('')).status, 422);
  assert.equal((await save('businesses')).status, 303);
  assert.ok(!links((await stack.get('/globex/login')).text).includes('/globex/cancel'));
  assert.equal((await stack.get('/globex/cancel')).status, 200);
  assert.equal((await save('consumers')).status, 303);
  assert.ok(links((await stack.get('/globex/login')).text).includes('/globex/cancel'));
});

test('B6: what is wrong is said at its field, and nothing that was typed is lost', async () => {
  const cases = [
    [{ name: '' }, 'name'], [{ contract: '' }, 'contract'], [{ email: 'nobody' }, 'email'], [{ email: '' }, 'email'],
    [{ notice: 'extraordinary' }, 'reason'], [{ notice: 'sudden' }, 'notice'], [{ end: day(-1) }, 'end'],
    [{ end: '2026-02-30' }, 'end'], [{ contract: 'x'.repeat(201) }, 'contract'], [{ reason: 'x'.repeat(2001) }, 'reason'],
    [{ name: 'a\u202eb' }, 'name'],
  ];
  for (const [more, field] of cases) {
    const fields = cancelling({ contract: 'kept <b>text</b>', reason: '', ...more });
    const { answer } = await declare('/cancel', fields);
    assert.equal(answer.status, 422, JSON.stringify(more));
    assert.match(answer.text, new RegExp(`id="error-${field}"`), `${field}: ${JSON.stringify(more)}`);
    if (!('contract' in more)) {
      assert.ok(answer.text.includes('value="kept &lt;b&gt;text&lt;/b&gt;"'), 'what was typed stays');
    }
    assert.deepEqual(await found(fields.email), []);
  }
});

test('B6: the same form sent twice is one declaration, with one receipt', own, async () => {
  const browser = stack.browser();
  const fields = cancelling();
  const page = await browser.get('/acme/cancel?language=en');
  const send = () => browser.submit(page, fields, { action: /cancel$/ });
  const answers = [await send(), ...await Promise.all([send(), send(), send()])];
  assert.deepEqual(answers.map(({ status }) => status), [303, 303, 303, 303]);
  await only(fields.email);
  await relay.mailTo(fields.email);
  assert.equal(relay.to(fields.email).length, 1);
  const { receipt } = await received('/cancel', fields, { browser });
  assert.equal(receipt.status, 200);
  assert.equal((await found(fields.email)).length, 2, 'a new form is a new declaration');
});

test('B6: who goes back and corrects the form has declared that as well, with a receipt of its own', own, async () => {
  const browser = stack.browser();
  const fields = cancelling({ contract: 'the wrong one' });
  const page = await browser.get('/acme/cancel?language=en');
  const send = async (more) => visible((await browser.get((await browser.submit(page, { ...fields, ...more },
    { action: /cancel$/ })).location)).text);
  assert.match(await send({}), /the wrong one/);
  const corrected = await send({ contract: 'the right one' });
  assert.match(corrected, /the right one/);
  assert.doesNotMatch(corrected, /the wrong one/);
  assert.match(await send({ contract: 'the right one' }), /the right one/);
  assert.match(await send({}), /the wrong one/, 'and each was received once');
  assert.deepEqual((await found(fields.email)).map((one) => one.contract_text).sort(), ['the right one', 'the wrong one']);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE recipient = '${fields.email}'`)[0].n, 2);
});

test('B6: the receipt is mailed, in the same words, and the merchant is told where it has an address', own, async () => {
  stack.sql(`DELETE FROM setting WHERE tenant = 'acme' AND name = 'support_email';
    INSERT INTO setting (tenant, name, value, changed) VALUES ('acme', 'support_email', 'desk@acme.example', 1)`);
  const fields = cancelling({ notice: 'extraordinary', reason: 'The line is dead\nfor weeks', contract: CONTRACT });
  const { receipt } = await received('/cancel', fields, { language: 'de' });
  const mail = await relay.mailTo(fields.email);
  assert.match(mail.headers.subject, /Bestätigung Ihrer Kündigung/);
  for (const word of [CONTRACT, fields.name, 'The line is dead', 'for weeks', 'Art der Kündigung: außerordentlich']) {
    assert.ok(mail.text.includes(word), word);
    assert.ok(visible(receipt.text).includes(word), word);
  }
  assert.match(mail.text, /\d\d:\d\d:\d\d (MEZ|MESZ|CET|CEST|GMT)/);
  const told = await relay.mailTo('desk@acme.example');
  const { id } = await only(fields.email);
  assert.ok(told.text.includes(`/admin/declarations/${id}`), told.text);
  stack.sql("DELETE FROM setting WHERE tenant = 'acme' AND name = 'support_email'");
});

test('B6: nobody fills a stranger\'s inbox; the declarations stand all the same', own, async () => {
  const fields = cancelling();
  const receipts = [];
  for (let i = 0; i < 8; i++) {
    receipts.push((await received('/cancel', fields)).receipt.text);
  }
  for (const text of receipts) { // true of each, so that none tells how often the address was used
    assert.match(visible(text), /by e-mail, to one address no more than five times in a quarter of an hour/);
  }
  assert.equal((await found(fields.email)).length, 8);
  await relay.mailTo(fields.email);
  const mails = stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE recipient = '${fields.email}'`)[0].n;
  assert.equal(mails, 5);
});

test('B6: the answer does not tell whether there is such a contract; staff see it', async () => {
  const known = cancelling({ contract: CONTRACT }), unknown = cancelling({ contract: 'VT-0000-0000' });
  const one = await received('/cancel', known), other = await received('/cancel', unknown);
  const plain = (text, { name, email, contract }) => visible(text).replace(name, '').replace(email, '').replace(contract, '')
    .replace(/\d{1,2}:\d\d:\d\d/, '');
  assert.equal(plain(one.receipt.text, known), plain(other.receipt.text, unknown));
  const { contract, customer } = await only(known.email);
  assert.deepEqual([contract, customer], [CONTRACT, 'K2000']);
  assert.equal((await only(unknown.email)).contract, null);
  const { json } = await api('GET', `/contracts/${CONTRACT}`);
  assert.equal(json.status, 'active', 'a stranger ends nothing by it');
});

test('B6: who is signed in finds name and number there; the page of cancelling leads to it', async () => {
  const anna = await stack.signedIn('acme', 'anna');
  const path = `/acme/cancel?contract=${CONTRACT}`;
  assert.ok(links((await anna.get(`/acme/contracts/${CONTRACT}/cancel`)).text).includes(path));
  const page = await anna.get(path);
  const { action } = forms(page.text).find((one) => /cancel$/.test(one.action));
  assert.equal(action, '/acme/cancel');
  assert.match(page.text, /name="customer_number"[^>]*value="K2000"/);
  assert.match(page.text, new RegExp(`name="contract"[^>]*value="${CONTRACT}"`));
});

test('a withdrawal asks for name, contract and address, and nothing else', async () => {
  const page = await stack.get('/acme/withdraw?language=en');
  const names = [...page.text.matchAll(/<(?:input|select|textarea)[^>]* name="(\w+)"/g)].map(([, name]) => name);
  assert.deepEqual(names, ['form_token', 'flow', 'name', 'contract', 'email']);
  const fields = { ...person(), contract: CONTRACT };
  const { receipt } = await received('/withdraw', fields);
  assert.match(visible(receipt.text), /Receipt of your withdrawal/);
  const row = await only(fields.email);
  assert.deepEqual([row.kind, row.notice, row.contract, row.status], ['withdrawal', null, CONTRACT, 'open']);
});

test('a form without its token, or from elsewhere, is not taken', async () => {
  const fields = cancelling();
  const browser = stack.browser();
  await browser.get('/acme/cancel');
  for (const [body, headers] of [[fields, {}], [{ ...fields, form_token: 'x' }, {}],
    [fields, { Origin: 'https://evil.example' }]]) {
    const answer = await browser.post('/acme/cancel', body, { headers });
    assert.ok(answer.status >= 400, String(answer.status));
  }
  assert.deepEqual(await found(fields.email), []);
});

test('X7: it has its row in the trail, and endpoints are told', own, async () => {
  const hook = (await api('POST', '/callbacks', { url: 'https://merchant.example/declared', types: 'declaration.received' })).json;
  const fields = cancelling();
  await received('/cancel', fields);
  const { id } = await only(fields.email);
  const [row] = stack.sql(`SELECT action, actor, before, after FROM audit WHERE object = '${id}'`);
  assert.deepEqual([row.action, row.actor, row.before], ['declaration.received', 'nobody', '']);
  assert.equal(JSON.parse(row.after).contract_text, 'Glasfaser');
  const events = stack.sql(`SELECT type, payload FROM callback_event WHERE object = '${id}'`);
  assert.deepEqual(events.map(({ type }) => type), ['declaration.received']);
  await api('DELETE', `/callbacks/${hook.id}`);
});

test('staff find it, say which contract is meant and what was done; nobody saves over another', async () => {
  const fields = cancelling({ contract: 'the fast one' });
  await received('/cancel', fields);
  const { id } = await only(fields.email);
  const office = await stack.office('acme');
  const list = await office.get(`/acme/admin/declarations?email=${encodeURIComponent(fields.email)}`);
  assert.ok(links(list.text).includes(`/acme/admin/declarations/${id}`));
  const path = `/acme/admin/declarations/${id}`;
  const before = await office.get(`${path}/change`), meanwhile = await office.get(`${path}/change`);
  const save = (page, more) => office.submit(page, { contract: '', note: '', status: 'open', ...more }, { action: /change$/ });
  const wrong = await save(before, { contract: 'VT-none', note: 'called back', status: 'done' });
  assert.equal(wrong.status, 422);
  assert.ok(wrong.text.includes('called back'));
  const good = await save(before, { contract: CONTRACT, note: 'called back', status: 'done' });
  assert.equal(good.status, 303, good.text);
  const page = await office.get(path);
  assert.ok(links(page.text).includes(`/acme/admin/contracts/${CONTRACT}/cancel`));
  assert.ok(visible(page.text).includes('called back'));
  const german = visible((await office.get(`${path}?language=de`)).text);
  assert.match(german, /eingegangen jemand ohne Anmeldung Eingegangen: \d\d\.\d\d\.\d{4}, \d\d:\d\d; Art: Kündigung/);
  await office.get(`${path}?language=en`);
  const late = await office.submit(meanwhile, { contract: '', note: 'mine', status: 'open' }, { action: /change$/ });
  assert.equal(late.status, 409);
  const { note, status, contract } = await only(fields.email);
  assert.deepEqual([note, status, contract], ['called back', 'done', CONTRACT]);
});

test('the API changes it by its version; lists are narrowed and have pages', async () => {
  const fields = cancelling();
  await received('/cancel', fields);
  const { id } = await only(fields.email);
  const one = await api('GET', `/declarations/${id}`);
  const patch = (body, headers = { 'If-Match': one.headers.etag }) => api('PATCH', `/declarations/${id}`, body, headers);
  assert.equal((await patch({ status: 'done' }, {})).status, 428);
  assert.equal((await patch({ status: 'over' })).status, 422);
  assert.equal((await patch({ contract: 'VT-none' })).status, 422);
  assert.equal((await patch({ name: 'other' })).status, 400);
  const changed = await patch({ status: 'done', contract: CONTRACT });
  assert.deepEqual([changed.status, changed.json.status, changed.json.contract, changed.json.note], [200, 'done', CONTRACT, null]);
  assert.equal((await patch({ status: 'open' })).status, 412);
  const mine = async (query) => (await api('GET', `/declarations?limit=200&${query}`)).json.items.filter((row) => row.id === id).length;
  assert.deepEqual([await mine('status=done'), await mine('status=open'), await mine('kind=withdrawal'),
    await mine(`contract=${CONTRACT}`), await mine('contract=VT-2MMF-8E4J'), await mine('from=2999-01-01T00:00:00Z')], [1, 0, 0, 1, 0, 0]);
  const pages = [];
  for (let cursor = ''; cursor !== null;) {
    const { json } = await api('GET', `/declarations?limit=2${cursor && `&cursor=${cursor}`}`);
    pages.push(...json.items.map((row) => row.id));
    cursor = json.next;
  }
  assert.equal(new Set(pages).size, pages.length);
  assert.ok(pages.includes(id));
  assert.equal((await stack.api('globex', 'GET', `/declarations/${id}`)).status, 404);
});

test('B6: a receipt is of the browser that sent the form, and for a quarter of an hour', own, async () => {
  const fields = cancelling();
  const { browser, at } = await received('/cancel', fields);
  const stranger = await stack.browser().get(at);
  assert.equal(stranger.status, 410);
  assert.ok(!stranger.text.includes(fields.email));
  stack.moveTime(16 * 60);
  const late = await browser.get(at);
  assert.equal(late.status, 410);
  assert.ok(!late.text.includes(fields.email));
  assert.match(visible(late.text), /e-mail|E-Mail/);
});

test('B6: a form that was read for long is one declaration as well, and so is one that was shown again', own, async () => {
  const browser = stack.browser();
  const fields = cancelling();
  const page = await browser.get('/acme/cancel?language=en');
  stack.moveTime(20 * 60);
  const send = (from) => browser.submit(from, fields, { action: /cancel$/ });
  assert.deepEqual((await Promise.all([send(page), send(page)])).map(({ status }) => status), [303, 303]);
  await only(fields.email);
  const again = await browser.submit(page, { ...fields, name: '' }, { action: /cancel$/ });
  assert.equal(again.status, 422);
  assert.equal((await send(again)).status, 303);
  await only(fields.email);
});

test('many at once from one network wait', own, async () => {
  let status = 303;
  for (let i = 0; i < 90 && status === 303; i++) {
    ({ answer: { status } } = await declare('/cancel', cancelling()));
  }
  assert.equal(status, 429);
  stack.moveTime(3600);
});
