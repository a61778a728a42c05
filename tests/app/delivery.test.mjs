// Documents on their way to the customer: the mail, its link, its files, and how
// it ended.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { build, startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
after(() => relay.stop());
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);

const someone = () => `${randomUUID().slice(0, 12)}@delivery-test.example`;
const row = (number) => stack.sql(`SELECT * FROM invoice WHERE tenant = 'acme' AND number = '${number}'`)[0];
const numbers = (type, customer) => stack.sql(`SELECT i.number FROM invoice i JOIN customer c
  ON c.tenant = i.tenant AND c.id = i.customer WHERE i.tenant = 'acme' AND i.type = '${type}'
  AND c.number = '${customer}' ORDER BY i.number`).map(({ number }) => number);
const settled = (number, state, ms) => until(`${number} to be ${state}`, () => {
  const now = row(number);
  return now.dispatch === state && now;
}, ms);

// From now on the customer's mail goes to a fresh address.
function readdress(number = 'K2000', address = someone()) {
  stack.sql(`UPDATE customer SET email = '${address}' WHERE tenant = 'acme' AND number = '${number}'`);
  return address;
}

// What a run leaves: documents that wait.
const wait = (...list) => stack.sql(`UPDATE invoice SET dispatch = 'waiting', mail = NULL, dispatch_until = 0,
  dispatch_tries = 0, dispatch_error = ''
  WHERE tenant = 'acme' AND number IN (${list.map((number) => `'${number}'`)})`);

const words = (event, language, subject, text, html = '') => api('PUT',
  `/settings/mail-templates/${event}/${language}`, { subject, text, html });

const linkIn = (text) => text.match(/https?:\/\/\S+\/s\/[^\s"?]+/)?.[0];
const inside = (url) => url.slice(stack.base.length);

const [first, second, third, ...others] = stack.own ? numbers('invoice', 'K2000') : [];

test('F32, B127: an invoice that waits goes out by itself, with its PDF and XML', own, async () => {
  const to = readdress();
  wait(first);
  const mail = await relay.mailTo(to);
  const sent = await settled(first, 'sent');
  assert.match(mail.headers.subject, new RegExp(`Rechnung ${first} von Acme Telekom`));
  assert.match(mail.text, /Bäckerei Sommer GmbH/);
  assert.match(mail.text, /Kundennummer: K2000/);
  assert.match(mail.text, /Vertrag: VT-/);
  assert.match(mail.text, /Betrag: [\d.]+,\d\d\s€/);
  assert.deepEqual(mail.files.map(({ name, type }) => [name, type]),
    [[`${first}.pdf`, 'application/pdf'], [`${first}.xml`, 'application/xml']]);
  const anna = await stack.signedIn('acme', 'anna');
  const download = await anna.get(`/acme/invoices/${first}.pdf`);
  assert.ok(mail.files[0].bytes.equals(download.bytes), 'the same bytes as in the portal');
  assert.equal(sent.dispatch_reason, '');
  assert.match(visible((await anna.get(`/acme/invoices/${first}?language=en`)).text), /By e-mail · Sent/);
  const [logged] = stack.sql(`SELECT * FROM mail WHERE id = '${sent.mail}'`);
  assert.equal(logged.event, 'invoice_mail');
  assert.equal(logged.about, '', 'its end was taken note of');
});

test('B117, B121, B122: the mail has a link of its own, minted when it is sent', own, async () => {
  const to = readdress();
  const before = stack.sql('SELECT COUNT(*) AS n FROM self_service_link')[0].n;
  wait(second, third);
  await until('both', () => relay.to(to).length === 2);
  const links = relay.to(to).map(({ text }) => linkIn(text));
  assert.equal(new Set(links).size, 2, 'each its own');
  assert.ok(relay.to(to).every(({ headers }) => !headers.subject.includes('/s/')));
  assert.equal(stack.sql('SELECT COUNT(*) AS n FROM self_service_link')[0].n, before + 2);
  const browser = stack.browser();
  const page = await browser.go(inside(links[0]));
  assert.equal(page.status, 200);
  const contract = stack.sql(`SELECT c.ref FROM contract c JOIN invoice i ON i.tenant = c.tenant
    AND i.contract = c.id WHERE i.number = '${second}'`)[0].ref;
  assert.match(visible(page.text), new RegExp(contract));
  assert.equal((await browser.get('/acme/invoices')).status, 403, 'and nothing beside it');
});

test('B109, B122: once links are revoked mails bring none, until somebody makes one again', own, async () => {
  const [{ ref, id }] = stack.sql(`SELECT c.ref, c.id FROM contract c JOIN invoice i ON i.tenant = c.tenant
    AND i.contract = c.id WHERE i.tenant = 'acme' AND i.number = '${second}'`);
  const made = () => Number(stack.sql(`SELECT COUNT(*) AS n FROM self_service_link WHERE contract = '${id}'`)[0].n);
  const mailed = async () => {
    const to = readdress();
    wait(second);
    const { text } = await relay.mailTo(to);
    await settled(second, 'sent');
    return text;
  };
  assert.equal((await api('DELETE', `/contracts/${ref}/self-service-token`)).status, 204);
  const before = made();
  const without = await mailed();
  assert.equal(linkIn(without), undefined);
  assert.match(without, new RegExp(`${stack.base}/acme`), 'the way to sign in stays');
  assert.equal(made(), before, 'nor is one left behind that nobody has');
  assert.equal((await api('POST', `/contracts/${ref}/self-service-token`, {})).status, 201);
  const link = linkIn(await mailed());
  assert.equal((await stack.browser().go(inside(link))).status, 200);
});

test('B125: link scanners and second clicks do no harm', own, async () => {
  const to = readdress();
  wait(first);
  const link = inside(linkIn((await relay.mailTo(to)).text));
  for (let i = 0; i < 3; i++) {
    await stack.browser().get(link);
    await stack.get(link, { method: 'HEAD' });
  }
  assert.equal((await stack.browser().go(link)).status, 200);
});

test('B120, B121, B123: the merchant\'s words, the place anywhere, and a language behind it', own, async () => {
  const text = 'A {SelfServicePortalUrl}\nEnglish: {SelfServicePortalUrl}?language=en\n' +
    'Français : {SelfServicePortalUrl}?language=fr.\nOf {DocumentNumber}, {Amount}, {DueDate}';
  assert.equal((await words('invoice_mail', 'de', '{DocumentNumber} {SelfServicePortalUrl}', text,
    '<a href="{SelfServicePortalUrl}?language=en">x</a>')).status, 200);
  const to = readdress();
  wait(first);
  const mail = await relay.mailTo(to);
  await settled(first, 'sent');
  const urls = mail.text.match(/https?:\/\/\S+\/s\/\S+/g);
  assert.equal(urls.length, 3);
  assert.equal(urls[1], `${urls[0]}?language=en`);
  assert.match(mail.html, /\/s\/[^"]+\?language=en"/);
  assert.doesNotMatch(mail.headers.subject, /\/s\//, 'a subject stands in the log');
  for (const [language, pattern] of [['en', /lang="en"/], ['fr', /lang="fr"/]]) {
    const page = await stack.browser().go(`${inside(urls[0])}?language=${language}`);
    assert.match(page.text, pattern, language);
  }
  assert.equal((await api('DELETE', '/settings/mail-templates/invoice_mail/de')).status, 204);
});

test('B124: a language that nobody speaks falls back to the tenant\'s', own, async () => {
  const to = readdress();
  wait(first);
  const link = inside(linkIn((await relay.mailTo(to)).text));
  const page = await stack.browser().go(`${link}?language=xx`, { headers: { 'Accept-Language': 'zz' } });
  assert.equal(page.status, 200);
  assert.match(page.text, /lang="de"/);
});

test('B118: a credit note has a mail of its own', own, async () => {
  const to = readdress();
  const [number] = numbers('credit_note', 'K2000');
  wait(number);
  const mail = await relay.mailTo(to);
  await settled(number, 'sent');
  assert.match(mail.headers.subject, new RegExp(`Gutschrift ${number}`));
  assert.match(mail.text, /Betrag: \d/, 'what the customer gets is positive');
  assert.ok(linkIn(mail.text));
  assert.equal(stack.sql(`SELECT event FROM mail WHERE recipient = '${to}'`)[0].event, 'credit_note_mail');
});

test('F32, F35, F36: what is not e-mailed stays in the portal', own, async () => {
  const to = readdress();
  const [number] = stack.sql(`SELECT number FROM invoice WHERE tenant = 'acme' AND delivery_mode = 'none'
    AND customer = (SELECT id FROM customer WHERE tenant = 'acme' AND number = 'K2000') ORDER BY number`)
    .map((one) => one.number);
  assert.equal(row(number).dispatch, 'none');
  stack.sql(`UPDATE contract SET delivery_mode = 'email' WHERE id = '${row(number).contract}'`);
  wait(first);
  await relay.mailTo(to);
  assert.deepEqual(relay.to(to).length, 1, 'nothing else goes out');
  assert.equal(row(number).delivery_mode, 'none', 'as it was issued');
  const anna = await stack.signedIn('acme', 'anna');
  const page = await anna.get(`/acme/invoices/${number}?language=en`);
  assert.match(visible(page.text), /In the portal only/);
  assert.doesNotMatch(visible(page.text), /Being sent|Could not/);
  assert.equal((await anna.get(`/acme/invoices/${number}.pdf`)).type, 'application/pdf');
});

test('X4: a customer without an address: failed, with the reason', own, async () => {
  readdress('K2000', '');
  wait(first);
  const failed = await settled(first, 'failed');
  assert.equal(failed.mail, null);
  const owner = await stack.office('acme', 'owner');
  const page = await owner.get(`/acme/admin/invoices/${first}?language=en`);
  assert.match(visible(page.text), /The customer has no e-mail address/);
  readdress();
});

test('X4: what the relay refuses fails, and says so in office and portal', own, async () => {
  const to = readdress();
  relay.refuse = { rcpt: 550 };
  wait(first);
  const failed = await settled(first, 'failed');
  relay.refuse = {};
  assert.match(failed.dispatch_reason, /refused by the test/);
  assert.equal(relay.to(to).length, 0);
  const owner = await stack.office('acme', 'owner');
  assert.match(visible((await owner.get(`/acme/admin/invoices/${first}?language=en`)).text),
    /refused by the test/);
  const anna = await stack.signedIn('acme', 'anna');
  const page = await anna.get(`/acme/invoices/${first}?language=en`);
  assert.match(visible(page.text), /Could not be sent/);
  assert.doesNotMatch(page.text, /refused by the test/, 'customers need not know why');
});

test('X4: while the relay is away it waits, once, and then goes out', own, async () => {
  const to = readdress();
  relay.refuse = { data: 451 };
  wait(first);
  const waiting = await until('a try', () => {
    const now = row(first);
    return now.mail && stack.sql(`SELECT attempts FROM mail WHERE id = '${now.mail}'`)[0].attempts > 0 && now;
  });
  assert.equal(waiting.dispatch, 'waiting');
  const again = await api('POST', `/invoices/${first}/send`, {});
  assert.equal(again.status, 409);
  assert.equal(again.json.code, 'document_waiting');
  relay.refuse = {};
  stack.sql(`UPDATE mail SET next_at = 0 WHERE id = '${waiting.mail}'`);
  await settled(first, 'sent');
  assert.equal(relay.to(to).length, 1);
});

test('X4: staff send it once more, to another address too', own, async () => {
  const to = someone();
  const owner = await stack.office('acme', 'owner');
  const path = `/acme/admin/invoices/${second}/send`;
  const page = await owner.get(path);
  assert.equal(page.status, 200);
  const bad = await owner.submit(page, { to: 'no address' }, { action: /send$/ });
  assert.equal(bad.status, 422);
  assert.match(bad.text, /value="no address"/);
  const none = await owner.submit(page, { to: '' }, { action: /send$/ });
  assert.equal(none.status, 422);
  const answer = await owner.submit(await owner.get(path), { to }, { action: /send$/ });
  assert.equal(answer.status, 303, answer.text);
  const mail = await relay.mailTo(to);
  assert.equal(mail.files[0].name, `${second}.pdf`);
  assert.equal(linkIn(mail.text), undefined, 'the customer\'s contract opens to the customer');
  const sent = await settled(second, 'sent');
  const [trail] = stack.sql(`SELECT * FROM audit WHERE action = 'invoice.sent' AND detail = '${sent.mail}'`);
  assert.match(trail.actor, /^staff:/);
  const reader = await stack.office('acme', 'read_only');
  assert.equal((await reader.get(path)).status, 403);
});

test('X4: by the API; a key of test mode sends nothing', own, async () => {
  const to = someone();
  const answer = await api('POST', `/invoices/${third}/send`, { to });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.dispatch, 'waiting');
  const mail = await relay.mailTo(to);
  assert.equal(linkIn(mail.text), undefined, 'a key without links:write gets none');
  await settled(third, 'sent');
  const own_ = readdress();
  assert.equal((await api('POST', `/invoices/${third}/send`, { to: own_.toUpperCase() })).status, 200);
  assert.ok(linkIn((await relay.mailTo(own_.toUpperCase())).text));
  await settled(third, 'sent');
  const made = await api('POST', '/api-keys', { name: 'T', scopes: ['invoices:write'], mode: 'test' });
  const test_ = await api('POST', `/invoices/${third}/send`, { to: someone() },
    { Authorization: `Bearer ${made.json.key}` });
  assert.equal(test_.json.dispatch, 'suppressed', test_.text);
  assert.equal(row(third).dispatch, 'sent', 'and changes nothing of the document');
  stack.sql(`UPDATE invoice SET dispatch = 'waiting', mail = NULL, dispatch_until = 0 WHERE number = '${third}'`);
  assert.equal((await api('POST', `/invoices/${third}/send`, { to: someone() },
    { Authorization: `Bearer ${made.json.key}` })).json.dispatch, 'suppressed');
  await settled(third, 'sent');
  assert.equal((await api('POST', '/invoices/NONE-1/send', {})).status, 404);
  assert.equal((await api('POST', `/invoices/${third}/send`, { to: 'x' })).status, 422);
  const theirs = await stack.api('globex', 'POST', `/invoices/${third}/send`, {});
  assert.equal(theirs.status, 404, 'another tenant');
});

test('X4: several hosts at once, some of them killed: each goes out once', own, async () => {
  const to = readdress();
  const list = others.slice(0, 12);
  const jobs = () => spawn(join(build, 'pforte'), ['--config', join(stack.state, 'pforte.conf'), 'jobs'],
    { stdio: 'ignore' });
  wait(...list);
  const hosts = [jobs(), jobs(), jobs()];
  await until('some to be on their way', () => relay.to(to).length > 1);
  hosts[0].kill('SIGKILL');
  hosts[1].kill('SIGKILL');
  stack.sql('UPDATE mail SET lease_until = 0 WHERE state = \'leased\' AND lease_until > 0');
  stack.sql('UPDATE invoice SET dispatch_until = 0');
  for (const number of list) {
    await settled(number, 'sent', 90_000);
  }
  hosts[2].kill('SIGTERM');
  await Promise.all(hosts.map((host) => host.exitCode ?? host.signalCode ?? once(host, 'exit')));
  const made = stack.sql(`SELECT id FROM mail WHERE recipient = '${to}'`);
  assert.equal(made.length, list.length, 'a mail each');
  const ids = new Set(relay.to(to).map(({ headers }) => headers['message-id']));
  assert.equal(ids.size, list.length);
});
