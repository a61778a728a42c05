// Customers in the back office: created, changed, removed by staff.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const api = (...args) => stack.api('acme', ...args);

const at = (path) => `/acme/admin/customers${path}`;
const get = async (path, status = 200, browser = owner) => {
  const answer = await browser.get(`${at(path)}?language=en`);
  assert.equal(answer.status, status, `${path}: ${answer.text.slice(0, 300)}`);
  return answer;
};
const action = (path) => new RegExp(`/admin/customers${path}$`);
const create = async (fields, from) => owner.submit(from ?? await get('/new'), fields, { action: action('') });
const change = async (number, fields, from) => owner.submit(from ?? await get(`/${number}/change`), fields,
  { action: action(`/${number}/change`) });
const remove = async (number, from) => owner.submit(from ?? await get(`/${number}/remove`), {},
  { action: action(`/${number}/remove`) });

const row = (number) => stack.sql(`SELECT c.*, p.number AS parent_number FROM customer c
  LEFT JOIN customer p ON p.tenant = c.tenant AND p.id = c.parent
  WHERE c.tenant = 'acme' AND c.number = '${number}'`)[0];
const trail = (answer) => stack.sql(`SELECT * FROM audit WHERE request_id = '${answer.headers['x-request-id']}' ORDER BY id`);
const counts = () => stack.sql(`SELECT (SELECT COUNT(*) FROM customer) AS customers,
  (SELECT COUNT(*) FROM audit WHERE action LIKE 'customer.%') AS trail`)[0];

// What the form holds, by the name of each control.
function typed(page, path) {
  const { body } = forms(page.text).find((form) => action(path).test(form.action));
  const values = {};
  for (const [, name, rest] of body.matchAll(/<input type="(?:text|email|date)" id="field-(\w+)"([^>]*)>/g)) {
    values[name] = unescapeHtml(rest.match(/ value="([^"]*)"/)?.[1] ?? '');
  }
  values.language = body.match(/<option value="([^"]*)" selected>/)[1];
  return values;
}
const wrong = (page) => [...page.text.matchAll(/id="error-(\w+)"/g)].map(([, name]) => name);
const saved = (page) => Object.fromEntries([...page.text.matchAll(/id="saved-(\w+)">[\s\S]*?<bdi>([^<]*)</g)]
  .map(([, name, text]) => [name, unescapeHtml(text)]));

const whole = { company_name: 'Öl & Söhne', first_name: 'Özlem', last_name: 'Yıldız', email: 'o@example.com',
  language: 'fr', street: 'Weg 1', address_extra: 'Hinterhaus', postal_code: '12345', city: 'Köln', country: 'DE',
  phone: '+49 221 1', vat_id: 'DE1', birth_date: '1980-02-29', parent: 'K2000' };
let made = 0;
const number = () => `K7${String(++made).padStart(4, '0')}000`; // far apart: a series goes on after each

test('X10, F48: a customer is created with all that was typed, and its audit row', own, async () => {
  assert.ok(links((await get('')).text).includes(at('/new')), 'the list leads there');
  const name = number();
  const answer = await create({ number: name, ...whole });
  assert.equal(answer.location, at(`/${name}`));
  const { id, version, parent_number: parent, ...now } = row(name);
  assert.deepEqual(Object.fromEntries(Object.keys(whole).map((key) => [key, key === 'parent' ? parent : now[key]])), whole);
  assert.equal(version, 1);
  const [told] = trail(answer);
  assert.deepEqual([told.action, told.object, told.before], ['customer.created', id, '']);
  assert.equal(JSON.parse(told.after).parent, 'K2000');
  assert.match(told.actor, /^staff:/);
  const page = await get(`/${name}`);
  assert.match(visible(page.text), /Öl & Söhne.*Customer number of the parent K2000/);
  assert.ok(links(page.text).includes(at(`/${name}/change`)));
  assert.ok(links(page.text).includes(at(`/${name}/remove`)));
  assert.equal((await api('GET', `/customers/${name}`)).json.company_name, whole.company_name, 'the API has the same');
});

test('F47: without a number the next one of the series is taken', own, async () => {
  const next = (await api('POST', '/customers', { company_name: 'A', email: 'a@example.com' })).json.number;
  const answer = await create({ company_name: 'B', email: 'b@example.com' });
  assert.equal(answer.location, at(`/K${Number(next.slice(1)) + 1}`));
});

test('X10: a form sent twice, or a number typed twice, makes one customer', own, async () => {
  const name = number();
  const page = await get('/new');
  const send = () => create({ number: name, ...whole }, page);
  const all = await Promise.all([send(), send(), send()]);
  assert.deepEqual(all.map(({ status, location }) => [status, location]), Array(3).fill([303, at(`/${name}`)]));
  const before = counts();
  const taken = await create({ number: name, ...whole, city: 'Ulm' });
  assert.equal(taken.status, 422);
  assert.deepEqual(wrong(taken), ['number']);
  assert.deepEqual(typed(taken, ''), { number: name, ...whole, city: 'Ulm' });
  assert.deepEqual(counts(), before);
});

test('X10: what is wrong stands at each field, and what was typed stays, in each language', own, async () => {
  const before = counts();
  const bad = { number: 'a b', company_name: '', first_name: '', last_name: 'x'.repeat(101), email: 'nobody',
    language: 'pl', street: '<b>"Weg"&amp;', country: 'de', parent: 'K404', vat_id: 'x'.repeat(21) };
  const titles = new Set();
  for (const language of ['de', 'en', 'fr']) {
    const page = await owner.get(`${at('/new')}?language=${language}`);
    const answer = await create(bad, page);
    assert.equal(answer.status, 422);
    assert.equal(answer.lang, language);
    assert.match(answer.title, /^(Fehler|Error|Erreur)\s?: /);
    assert.deepEqual(wrong(answer).sort(),
      ['country', 'email', 'first_name', 'language', 'last_name', 'number', 'parent', 'vat_id']);
    for (const name of wrong(answer)) {
      assert.ok(answer.text.includes(`href="#field-${name}"`), `${name} is in the summary`);
    }
    const kept = typed(answer, '');
    assert.deepEqual(kept, { ...kept, ...bad }, language);
    titles.add(visible(answer.text.match(/id="error-number"[\s\S]*?<\/p>/)[0]));
  }
  assert.equal(titles.size, 3, [...titles].join());
  for (const fields of [{ email: '' }, { first_name: '', company_name: '' }, { number: 'new' }, { number: '..' },
    { city: 'a\u0007' }, { email: 'x@localhost' }, { country: 'D1' }]) {
    const answer = await create({ number: number(), ...whole, ...fields });
    assert.equal(answer.status, 422, JSON.stringify(fields));
    assert.deepEqual(wrong(answer), [Object.keys(fields)[0]], JSON.stringify(fields));
  }
  const { hidden } = forms((await get('/new')).text).find((form) => action('').test(form.action));
  assert.equal((await owner.post(at(''), { ...hidden, ...whole, street: 'x'.repeat(20_000) })).status, 413);
  const json = { headers: { 'Content-Type': 'application/json' }, body: '{}' };
  assert.equal((await owner.post(at(''), {}, json)).status, 415);
  assert.equal((await owner.post(at(''), {}, { headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: `${new URLSearchParams(hidden)}&company_name=%ff%fe` })).status, 400);
  assert.deepEqual(counts(), before);
});

test('X7, X10: a change has its audit row with what was and is; emptied is empty', own, async () => {
  const name = number();
  await create({ number: name, ...whole });
  assert.deepEqual(typed(await get(`/${name}/change`), `/${name}/change`), whole);
  const answer = await change(name, { ...whole, city: 'Ulm', street: '', parent: '', language: '' });
  assert.equal(answer.location, at(`/${name}`));
  const now = row(name);
  assert.deepEqual([now.city, now.street, now.parent, now.language, now.version], ['Ulm', '', null, '', 2]);
  const [told] = trail(answer);
  assert.equal(told.action, 'customer.changed');
  assert.deepEqual(JSON.parse(told.before), { city: 'Köln', street: 'Weg 1', parent: 'K2000', language: 'fr' });
  assert.deepEqual(JSON.parse(told.after), { city: 'Ulm', street: '', parent: null, language: null });
  const same = await change(name, { ...whole, city: 'Ulm', street: '', parent: '', language: '' });
  assert.equal(same.status, 303);
  assert.deepEqual(trail(same), [], 'saved as it was, nothing changed');
  assert.equal(row(name).version, 2);
  const bad = await change(name, { ...whole, email: '', country: 'xx', parent: name });
  assert.equal(bad.status, 422);
  assert.deepEqual(wrong(bad), ['email', 'country']);
  const loop = await change(name, { ...whole, parent: name });
  assert.equal(loop.status, 422);
  assert.deepEqual(wrong(loop), ['parent']);
  assert.equal(typed(loop, `/${name}/change`).parent, name);
  assert.equal(row(name).version, 2);
});

test('X10: who saves second loses nothing, and overwrites only what they were shown', own, async () => {
  const name = number();
  await create({ number: name, ...whole });
  const mine = await get(`/${name}/change`);
  const theirs = await api('PATCH', `/customers/${name}`, { city: 'Bonn', street: null, language: 'de' }, { 'If-Match': '*' });
  assert.equal(theirs.status, 200);
  const state = row(name);
  // with something wrong in it, too: else the next try would be of the new state
  for (const more of [{}, { email: 'nobody' }]) {
    const late = await change(name, { ...whole, vat_id: 'ATU99', ...more }, mine);
    assert.equal(late.status, 409);
    assert.match(late.title, /^Error: /);
    assert.match(visible(late.text), /Somebody else saved meanwhile/);
    assert.deepEqual(typed(late, `/${name}/change`), { ...whole, vat_id: 'ATU99', ...more });
    const { email, ...rest } = saved(late);
    assert.deepEqual(rest, { city: 'Bonn', street: 'nothing', language: 'Deutsch', vat_id: 'DE1' });
    assert.equal(email, more.email && whole.email);
    assert.deepEqual(row(name), state, 'nothing is overwritten');
    assert.deepEqual(trail(late), []);
  }
  const shown = await change(name, { ...whole, vat_id: 'ATU99' }, mine);
  const again = await change(name, { ...whole, city: 'Bonn', vat_id: 'ATU99' }, shown);
  assert.equal(again.status, 303, 'what was shown may be saved over');
  assert.deepEqual([row(name).city, row(name).street, row(name).vat_id], ['Bonn', 'Weg 1', 'ATU99']);
  const { hidden } = forms((await get(`/${name}/change`)).text).find((form) => action(`/${name}/change`).test(form.action));
  for (const version of ['', '0', '-1', 'x', `${hidden.version} `, undefined]) {
    const { version: _, ...rest } = hidden;
    const answer = await owner.post(at(`/${name}/change`), { ...rest, ...whole, ...version !== undefined && { version } });
    assert.equal(answer.status, 409, `version ${version}`);
  }
  assert.equal(row(name).vat_id, 'ATU99');
});

test('X10: of many who save the same state at once, one does', own, async () => {
  const name = number();
  await create({ number: name, ...whole });
  const pages = await Promise.all(Array.from({ length: 12 }, () => get(`/${name}/change`)));
  const all = await Promise.all(pages.map((page, i) => change(name, { ...whole, city: `Ort ${i}` }, page)));
  assert.deepEqual(all.map(({ status }) => status).sort(), [303, ...Array(11).fill(409)]);
  assert.equal(row(name).version, 2);
  assert.equal(row(name).city, `Ort ${all.findIndex(({ status }) => status === 303)}`);
});

test('X7, X10: a customer goes after a question, and only while nothing hangs on it', own, async () => {
  const [top, child] = [number(), number()];
  await create({ number: top, ...whole, parent: '' });
  await create({ number: child, ...whole, parent: top });
  const kept = await get(`/${top}/remove`);
  assert.match(visible(kept.text), new RegExp(`Something hangs on this customer, so it stays: Customers below this one.*${child}`));
  assert.ok(!forms(kept.text).some((form) => action(`/${top}/remove`).test(form.action)), 'no button');
  const question = await get(`/${child}/remove`);
  assert.match(visible(question.text), /Remove this customer\?.*Öl & Söhne/s);
  const { hidden } = forms(question.text).find((form) => action(`/${child}/remove`).test(form.action));
  const refused = await owner.post(at(`/${top}/remove`), { ...hidden, version: `${row(top).version}` });
  assert.equal(refused.status, 409);
  assert.match(visible(refused.text), /Something hangs on this customer It has contracts, invoices, logins or customers below it/);
  assert.ok(row(top));

  await change(child, { ...whole, parent: top, city: 'Trier' });
  const late = await remove(child, question);
  assert.equal(late.status, 409, 'it is not what was asked about');
  assert.match(visible(late.text), /Somebody else saved meanwhile.*Trier/s);
  assert.ok(row(child));
  const { id } = row(child);
  const gone = await remove(child, late);
  assert.equal(gone.location, at(''));
  assert.equal(row(child), undefined);
  const [told] = trail(gone);
  assert.deepEqual([told.action, told.object, told.after], ['customer.removed', id, '']);
  assert.equal(JSON.parse(told.before).city, 'Trier');
  assert.equal((await owner.submit(late, {}, { action: action(`/${child}/remove`) })).location, at(''), 'sent twice');
  await get(`/${child}`, 404);
  assert.equal((await remove(top)).status, 303, 'now nothing does');

  const used = await get('/K2000/remove');
  assert.match(visible(used.text), /so it stays:.*Logins.*Contracts.*Invoices/s);
});

test('X1, X10: nothing of another tenant is seen, named or touched', own, async () => {
  const { csrf, form_id } = forms((await get('')).text)[0].hidden;
  for (const path of ['/G100', '/G100/change', '/G100/remove']) {
    await get(path, 404);
  }
  for (const path of ['/G100/change', '/G100/remove']) {
    assert.equal((await owner.post(at(path), { csrf, form_id, version: '1', ...whole })).status, 404, path);
  }
  const answer = await create({ number: number(), ...whole, parent: 'G100' });
  assert.equal(answer.status, 422);
  assert.deepEqual(wrong(answer), ['parent']);
  const same = number();
  stack.sql("UPDATE setting SET value = 'K' WHERE tenant = 'globex' AND name = 'customer_prefix'");
  assert.equal((await stack.api('globex', 'POST', '/customers', { number: same, company_name: 'Ltd', email: 'l@example.com' })).status, 201);
  stack.sql("UPDATE setting SET value = 'G' WHERE tenant = 'globex' AND name = 'customer_prefix'");
  assert.equal((await create({ number: same, ...whole })).status, 303, 'their numbers are free here');
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM customer WHERE number = '${same}'`)[0].n, 2);
});

test('X1: who may only look finds no way to change', own, async () => {
  const reader = await stack.office('acme', 'read_only');
  const page = await get('/K2000', 200, reader);
  assert.ok(!links(page.text).some((href) => /\/(change|remove)$/.test(href)));
  assert.ok(!links((await get('', 200, reader)).text).includes(at('/new')));
  const { csrf, form_id } = forms(page.text)[0].hidden;
  const before = counts();
  for (const path of ['', '/K2000/change', '/K2000/remove']) {
    assert.equal((await reader.post(at(path), { csrf, form_id, version: '1', ...whole })).status, 403, path);
  }
  assert.deepEqual(counts(), before);
  const support = await stack.office('acme', 'support');
  await get('/new', 200, support);
});

test('a language that the tenant gave up stays until another is chosen', own, async () => {
  const name = number();
  await create({ number: name, ...whole });
  stack.sql(`UPDATE customer SET language = 'pl' WHERE tenant = 'acme' AND number = '${name}'`);
  const page = await get(`/${name}/change`);
  assert.equal(typed(page, `/${name}/change`).language, 'pl');
  const kept = await change(name, { ...whole, language: 'pl' }, page);
  assert.equal(kept.status, 303, kept.text);
  assert.equal(row(name).language, 'pl');
  const other = await change(name, { ...whole, language: 'cs' });
  assert.equal(other.status, 422);
  assert.deepEqual(wrong(other), ['language']);
  assert.equal((await change(name, { ...whole, language: 'en' })).status, 303);
  assert.equal(row(name).language, 'en');
});

// ---- what happened ----

const events = (page) => [...page.text.matchAll(/<li>\s*<p><b>([\s\S]*?)<\/b><\/p>([\s\S]*?)<p class="note">([\s\S]*?)<\/p>/g)]
  .map(([, what, changes, note]) => ({ what: unescapeHtml(what), changes: visible(changes), note: visible(note) }));

// All of it, part by part.
async function timeline(name) {
  const parts = [];
  let path = `${at(`/${name}/timeline`)}?language=en`;
  while (path) {
    const page = await owner.get(path);
    assert.equal(page.status, 200);
    parts.push(events(page));
    path = links(page.text).find((href) => /timeline\?before=/.test(href));
    assert.ok(parts.length < 9);
  }
  return parts;
}

test('X7: the page of a customer tells what happened, in words, with who and when', own, async () => {
  const name = number();
  await create({ number: name, ...whole });
  await change(name, { ...whole, city: 'Ulm', language: '' });
  const { json } = await api('POST', '/contracts/VT-6HSN-P3VD/self-service-token');
  assert.ok(json.url);
  const page = await get(`/${name}`);
  const [newest, oldest, ...more] = events(page);
  assert.deepEqual(more, []);
  assert.equal(newest.what, 'The customer\'s data were changed');
  assert.match(newest.changes, /Town: Köln → Ulm/);
  assert.match(newest.changes, /Language: Français → –/);
  assert.match(newest.note, /\d.* · olga$/);
  assert.equal(oldest.what, 'The customer was created');
  assert.match(oldest.changes, new RegExp(`Customer number: ${name}`));
  assert.ok(!page.text.includes('127.0.0.1'), 'addresses are for the trail');
  assert.ok(links(page.text).includes(at(`/${name}/timeline`)));
  for (const language of ['de', 'fr']) {
    const other = await owner.get(`${at(`/${name}`)}?language=${language}`);
    assert.doesNotMatch(other.text, /The customer was created/);
  }
  const bruno = events(await get('/K2002/timeline'));
  const made = bruno.find(({ what }) => what === 'A self-service link was made');
  assert.match(made.changes, /Contract: VT-6HSN-P3VD/);
  assert.match(made.note, /API key /, 'by whom');
  const { json: { items } } = await api('GET', '/customers/K2000/members');
  assert.ok(items.length > 4, 'with invitations in every state');
  assert.ok((await timeline('K2000')).flat().every(({ what, changes }) =>
    !/^[a-z_]+\.[a-z_]+$/.test(what) && !/\dT\d\d:/.test(changes)), 'words, and times as people write them');
  assert.ok(bruno.every(({ what }) => !/^[a-z_]+\.[a-z_]+$/.test(what)), JSON.stringify(bruno.map(({ what }) => what)));
  await get('/G100/timeline', 404);
});

test('X7: a long timeline comes in parts, each event once, newest first', own, async () => {
  const name = number();
  await create({ number: name, ...whole });
  const { id } = row(name);
  stack.sql(`INSERT INTO audit (tenant, id, at, actor, customer, action, object, detail, remote_addr, request_id)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
    SELECT 'acme', 'aud_0' || (1000 + i), 1700000000 + i, 'system', '${id}', 'thing.no_' || i, 'x', '', '', '' FROM n`);
  const parts = await timeline(name);
  assert.equal(parts.length, 3);
  const seen = parts.flat().map(({ what }) => what);
  assert.equal(seen.length, 121);
  assert.deepEqual(seen.slice(1), Array.from({ length: 120 }, (_, i) => `thing.no_${120 - i}`));
  for (const before of ['x', "' OR 1=1 --", '']) {
    assert.equal((await owner.get(`${at(`/${name}/timeline`)}?before=${encodeURIComponent(before)}`)).status, 200);
  }
});

test('one page has all of a customer: members, contracts, invoices, mails, who is below', own, async () => {
  const child = number();
  await create({ number: child, ...whole, parent: 'K2000' });
  const page = await get('/K2000');
  const titles = [...page.text.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, title]) => title);
  assert.deepEqual(titles,
    ['Customers below this one', 'Balance', 'Contracts', 'Services still to be billed', 'Invoices', 'Payments', 'Reminders', 'Logins',
      'Contacts', 'Mail log', 'Access list', 'Valid self-service links', 'Timeline']);
  const reader = await stack.office('acme', 'read_only');
  assert.equal((await get('/K2000/timeline', 200, reader)).status, 200);
});

test('customers are found by the beginning of the number, words of the name, the address', own, async () => {
  const name = number();
  await create({ number: name, ...whole, company_name: 'Suchbar Werke', email: 'such@find.example' });
  for (const query of [`number=${name.slice(0, -1)}`, `number=${name}`, 'company_name=suchbar', 'company_name=werke',
    'email=SUCH@find', 'name=Özlem&company_name=Suchbar']) {
    const page = await owner.get(`${at('')}?${encodeURI(query)}`);
    assert.ok(links(page.text).includes(at(`/${name}`)), query);
  }
  assert.ok(!links((await owner.get(`${at('')}?company_name=%25`)).text).includes(at(`/${name}`)), '% is a character');
});
