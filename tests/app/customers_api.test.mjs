// The REST API: customers.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const customers = '/customers';

let made = 0;
// Numbers in the tenant's format that no other test has.
const ours = `K7${String(process.pid).padStart(7, '0')}`;
const fields = (more) => ({ company_name: `Firma ${++made}`, email: 'x@example.com', ...more });
const create = async (more) => {
  const answer = await api('POST', customers, fields(more));
  assert.equal(answer.status, 201, answer.text);
  return answer;
};
const errors = (answer) => answer.json.errors.map(({ pointer, code }) => [pointer, code]);
const refused = (answer, status, code) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
};

test('a customer is created with a number of its own, and read again', async () => {
  const body = { number: `${ours}01`, company_name: 'Ölmühle & Söhne', first_name: 'Özlem',
    last_name: 'Yıldız', email: 'o@example.com', language: 'fr', street: 'Weg 1',
    address_extra: 'Hinterhaus', postal_code: '12345', city: 'Köln', country: 'DE', phone: '+49 221 1', vat_id: 'DE1',
    birth_date: '1980-02-29' };
  const answer = await create(body);
  const { created, ...rest } = answer.json;
  assert.deepEqual(rest, { ...body, parent: null, portal_without: [] });
  assert.ok(Math.abs(Date.parse(created) - Date.now()) < 60_000);
  assert.equal(answer.headers.location, `/api/v1/customers/${body.number}`);
  assert.match(answer.headers.etag, /^"[0-9a-f]{24}"$/);
  const read = await api('GET', `${customers}/${body.number}`);
  assert.deepEqual(read.json, answer.json);
  assert.equal(read.headers.etag, answer.headers.etag);
  refused(await api('POST', customers, fields({ number: body.number })), 409, 'customer_exists');
});

test('B24, B25, B28: what else a customer tells can be left out, changed and emptied; a date of birth is one', async () => {
  const { json: { number, ...bare } } = await create();
  assert.deepEqual([bare.address_extra, bare.phone, bare.birth_date], ['', '', null]);
  const change = (body) => api('PATCH', `${customers}/${number}`, body, { 'If-Match': '*' });
  const { json } = await change({ address_extra: 'c/o Kunz', phone: '040 1', birth_date: '1999-12-31' });
  assert.deepEqual([json.address_extra, json.phone, json.birth_date], ['c/o Kunz', '040 1', '1999-12-31']);
  for (const birth_date of ['1899-12-31', new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10)]) {
    const answer = await change({ birth_date });
    refused(answer, 422, 'invalid');
    assert.deepEqual(errors(answer), [['#/birth_date', 'value_birth_date']]);
  }
  assert.deepEqual(errors(await change({ birth_date: '1981-02-29' })), [['#/birth_date', 'value_date']]);
  const emptied = (await change({ address_extra: null, phone: null, birth_date: null })).json;
  assert.deepEqual([emptied.address_extra, emptied.phone, emptied.birth_date], ['', '', null]);
});

test('what cannot be seen in a name is refused and named; what writing needs is not', async () => {
  const hidden = { 'U+202E': '\u202e', 'U+202A': '\u202a', 'U+2066': '\u2066', 'U+2069': '\u2069', 'U+200B': '\u200b',
    'U+2060': '\u2060', 'U+FEFF': '\ufeff', 'U+00AD': '\u00ad', 'U+200E': '\u200e', 'U+200F': '\u200f', 'U+061C': '\u061c',
    'U+3164': '\u3164', 'U+E0041': '\u{e0041}', 'U+FFF9': '\ufff9', 'U+FFFE': '\ufffe' };
  for (const [name, character] of Object.entries(hidden)) {
    const answer = await api('POST', customers, fields({ company_name: `A${character}B` }), { 'Accept-Language': 'en' });
    refused(answer, 422, 'invalid');
    const [{ pointer, code, detail }] = answer.json.errors;
    assert.deepEqual([pointer, code], ['#/company_name', 'value_hidden'], name);
    assert.ok(detail.startsWith(`${name} `), detail);
  }
  refused(await api('POST', customers, fields({ number: 'A\u202eB' })), 422, 'invalid');
  for (const name of ['می\u200cخواهم', 'क्\u200dष', '👩\u200d💻 & Co.', '❤\ufe0f', 'أحمد', 'שלום', 'Müller', '\u0600123']) {
    assert.equal((await create({ company_name: name })).json.company_name, name);
  }
});

test('without a number the next one of the tenant is assigned', async () => {
  const first = (await create()).json.number;
  assert.match(first, /^K\d{4,}$/);
  const number = `K${Number(first.slice(1)) + 1}`;
  assert.equal((await create()).json.number, number);
  await create({ number: `K${Number(number.slice(1)) + 40}` });
  assert.equal((await create()).json.number, `K${Number(number.slice(1)) + 41}`,
    'numbers go on after one that was given');
});

test("a tenant's own format is followed, and numbers that are there passed over", own, async () => {
  const set = (name, value) =>
    stack.sql(`UPDATE setting SET value = '${value}' WHERE tenant = 'globex' AND name = '${name}'`);
  const next = (value) =>
    stack.sql(`UPDATE number_series SET next = ${value} WHERE tenant = 'globex' AND series = 'customer'`);
  set('customer_prefix', 'G-');
  set('customer_digits', 6);
  next(7);
  const ask = (more) => stack.api('globex', 'POST', customers, fields(more));
  assert.equal((await ask()).json.number, 'G-000007');
  await ask({ number: 'G-000009' });
  next(8);
  assert.equal((await ask()).json.number, 'G-000008');
  assert.equal((await ask()).json.number, 'G-000010');
});

test('numbers never collide, however many create at once', async () => {
  const first = Number((await create()).json.number.slice(1));
  // some by hand, just where the counter comes along
  const all = await Promise.all(Array.from({ length: 60 }, (_, i) =>
    api('POST', customers, fields(i % 6 === 0 ? { number: `K${first + 1 + i}` } : {}))));
  assert.deepEqual([...new Set(all.filter((_, i) => i % 6).map(({ status }) => status))], [201]);
  const taken = all.filter(({ status }) => status !== 201);
  taken.forEach((answer) => refused(answer, 409, 'customer_exists'));
  const numbers = all.filter(({ status }) => status === 201).map(({ json }) => json.number);
  assert.equal(new Set(numbers).size, 60 - taken.length);
});

test('what is missing or wrong is named, and nothing is made', async () => {
  const cases = [
    [{}, 422, [['#/email', 'value_missing']]],
    [{ email: 'x@example.com' }, 422,
      [['#/first_name', 'value_missing'], ['#/last_name', 'value_missing']]],
    [{ email: 'x@example.com', first_name: 'A' }, 422, [['#/last_name', 'value_missing']]],
    [fields({ email: 'nobody' }), 422, [['#/email', 'value_email']]],
    [fields({ country: 'de' }), 422, [['#/country', 'value_choice']]],
    [fields({ country: 'D' }), 422, [['#/country', 'value_too_short']]],
    [fields({ country: 'DEU' }), 422, [['#/country', 'value_too_long']]],
    [fields({ language: 'es' }), 422, [['#/language', 'value_choice']]],
    [fields({ number: 'a b' }), 422, [['#/number', 'value_number_format']]],
    [fields({ number: 'a/b' }), 422, [['#/number', 'value_characters']]],
    [fields({ number: '..' }), 422, [['#/number', 'value_characters']]],
    [fields({ number: 'é1' }), 422, [['#/number', 'value_number_format']]],
    [fields({ number: 'new' }), 422, [['#/number', 'value_number_format']]],
    [fields({ number: 'a b', country: 'de', language: 'es', parent: 'K404' }), 422,
      [['#/parent', 'unknown_customer'], ['#/number', 'value_number_format'], ['#/country', 'value_choice'],
        ['#/language', 'value_choice']]],
    [fields({ parent: 'K404' }), 422, [['#/parent', 'unknown_customer']]],
    [fields({ city: 'a\u0007b' }), 422, [['#/city', 'value_characters']]],
    [fields({ city: 'x'.repeat(101) }), 422, [['#/city', 'value_too_long']]],
    [fields({ city: 7 }), 400, [['#/city', 'value_type']]],
    [fields({ city: null }), 400, [['#/city', 'value_type']]],
    [fields({ created: '2026-01-01T00:00:00Z' }), 400, [['#/created', 'value_unknown']]],
  ];
  const count = async () => (await api('GET', `${customers}?limit=200`)).json.items.length;
  const before = await count();
  for (const [body, status, expected] of cases) {
    const answer = await api('POST', customers, body);
    refused(answer, status, 'invalid');
    assert.deepEqual(errors(answer), expected, JSON.stringify(body).slice(0, 80));
  }
  assert.equal(await count(), before);
});

test('errors come in the language that is asked for', async () => {
  const ask = async (language) =>
    (await api('POST', `${customers}?language=${language}`, {})).json.errors[0].detail;
  const texts = [await ask('de'), await ask('en'), await ask('fr')];
  assert.equal(new Set(texts).size, 3, String(texts));
  assert.equal((await api('GET', `${customers}?language=xx`)).status, 200);
});

// ---- changing ----

test('a change needs the version that was seen', async () => {
  const { json, headers } = await create({ first_name: 'Ada' });
  const path = `${customers}/${json.number}`;
  refused(await api('PATCH', path, { city: 'Ulm' }), 428, 'precondition_missing');
  for (const tag of ['"0"', 'W/' + headers.etag, headers.etag.slice(1, -1), 'x']) {
    refused(await api('PATCH', path, { city: 'Ulm' }, { 'If-Match': tag }), 412,
      'precondition_failed');
  }
  const changed = await api('PATCH', path, { city: 'Ulm', company_name: 'Neu' },
    { 'If-Match': headers.etag });
  assert.equal(changed.status, 200, changed.text);
  assert.deepEqual(changed.json, { ...json, city: 'Ulm', company_name: 'Neu' });
  assert.notEqual(changed.headers.etag, headers.etag);
  refused(await api('PATCH', path, { city: 'Bonn' }, { 'If-Match': headers.etag }), 412,
    'precondition_failed');
  const any = await api('PATCH', path, { first_name: null, city: '' }, { 'If-Match': '*' });
  assert.equal(any.json.first_name, '');
  assert.equal(any.json.city, '');
  const several = await api('PATCH', path, {}, { 'If-Match': `"x", ${any.headers.etag}` });
  assert.equal(several.status, 200);
  const bad = await api('PATCH', path, { company_name: null }, { 'If-Match': '*' });
  refused(bad, 422, 'invalid');
  refused(await api('PATCH', path, { number: 'X' }, { 'If-Match': '*' }), 400, 'invalid');
  refused(await api('PATCH', `${customers}/K404`, {}, { 'If-Match': '*' }), 404, 'not_found');
});

test('an optional field is emptied once; the second time nothing changes', own, async () => {
  const { json: { number } } = await create({ city: 'Ulm', parent: 'K2000' });
  const [{ id }] = stack.sql(`SELECT id FROM customer WHERE number = '${number}'`);
  const rows = () => stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE object = '${id}'`)[0].n;
  for (const body of [{ city: '' }, { parent: null }]) {
    const before = rows();
    const [first, second, third] = [await api('PATCH', `${customers}/${number}`, body, { 'If-Match': '*' }),
      await api('PATCH', `${customers}/${number}`, body, { 'If-Match': '*' }),
      await api('GET', `${customers}/${number}`)];
    assert.ok(['', null].includes(first.json[Object.keys(body)[0]]), first.text);
    assert.deepEqual([second.headers.etag, third.headers.etag], [first.headers.etag, first.headers.etag]);
    assert.equal(rows(), before + 1);
  }
  // an address for mail is no optional field
  refused(await api('PATCH', `${customers}/${number}`, { email: '' }, { 'If-Match': '*' }), 422, 'invalid');
  refused(await api('PATCH', `${customers}/${number}`, { email: null }, { 'If-Match': '*' }), 400, 'invalid');
});

test('of many changes of one version one is made', async () => {
  const { json, headers } = await create();
  const all = await Promise.all(Array.from({ length: 20 }, (_, i) =>
    api('PATCH', `${customers}/${json.number}`, { city: `Ort ${i}` }, { 'If-Match': headers.etag })));
  const found = all.map(({ status }) => status).sort();
  assert.deepEqual(found, [200, ...Array(19).fill(412)]);
});

test('a customer is below another, never below itself', async () => {
  const top = (await create()).json.number;
  const middle = (await create({ parent: top })).json;
  assert.equal(middle.parent, top);
  const low = (await create({ parent: middle.number })).json.number;
  const move = (number, parent) =>
    api('PATCH', `${customers}/${number}`, { parent }, { 'If-Match': '*' });
  for (const [number, parent] of [[top, top], [top, middle.number], [top, low]]) {
    const answer = await move(number, parent);
    refused(answer, 422, 'invalid');
    assert.deepEqual(errors(answer), [['#/parent', 'parent_loop']]);
  }
  assert.equal((await move(low, top)).json.parent, top);
  assert.equal((await move(low, null)).json.parent, null);
  const below = (await api('GET', `${customers}?parent=${top}`)).json.items;
  assert.deepEqual(below.map(({ number }) => number), [middle.number]);
});

test('a customer goes while nothing hangs on it', async () => {
  refused(await api('DELETE', `${customers}/K2000`), 409, 'customer_in_use');
  const { json: { number }, headers: { etag } } = await create();
  const child = (await create({ parent: number })).json.number;
  refused(await api('DELETE', `${customers}/${number}`), 409, 'customer_in_use');
  assert.equal((await api('DELETE', `${customers}/${child}`)).status, 204);
  refused(await api('DELETE', `${customers}/${number}`, undefined, { 'If-Match': '"x"' }), 412,
    'precondition_failed');
  assert.equal((await api('DELETE', `${customers}/${number}`, undefined,
    { 'If-Match': etag })).status, 204);
  refused(await api('DELETE', `${customers}/${number}`), 404, 'not_found');
});

test('each change leaves its audit row', own, async () => {
  const { json: { number } } = await create();
  await api('PATCH', `${customers}/${number}`, { city: 'Ulm' }, { 'If-Match': '*' });
  const [{ id }] = stack.sql(`SELECT id FROM customer WHERE number = '${number}'`);
  const { headers } = await api('DELETE', `${customers}/${number}`);
  const rows = stack.sql(`SELECT action, actor, request_id FROM audit WHERE object = '${id}'
    ORDER BY id`);
  assert.deepEqual(rows.map(({ action }) => action),
    ['customer.created', 'customer.changed', 'customer.removed']);
  assert.equal(rows[2].request_id, headers['x-request-id']);
  assert.match(rows[0].actor, /^key:\w{12}$/);
});

// ---- the list ----

async function all(query, limit = 3) {
  const items = [];
  let path = `${customers}?${query}&limit=${limit}`;
  while (path) {
    const answer = await api('GET', path);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(answer.json.items.length <= limit);
    items.push(...answer.json.items);
    const link = answer.headers.link?.match(/^<(\/api\/v1)([^>]*)>; rel="next"$/);
    assert.equal(Boolean(link), answer.json.next !== null);
    path = link?.[2];
    if (path) {
      assert.ok(path.includes(`cursor=${answer.json.next}`), 'the link and next are one');
    }
  }
  return items;
}

test('lists go on from page to page in each order, everybody once', async () => {
  for (let i = 0; i < 8; i++) {
    await create({ number: `${ours}2${i}`, city: 'Seite' });
  }
  const prefix = `number=${ours}2`;
  const numbers = Array.from({ length: 8 }, (_, i) => `${ours}2${i}`);
  const found = async (query) => (await all(query)).map(({ number }) => number);
  assert.deepEqual(await found(prefix), numbers);
  assert.deepEqual(await found(`${prefix}&sort=number`), numbers);
  assert.deepEqual(await found(`${prefix}&sort=-number`), [...numbers].reverse());
  assert.deepEqual(await found(`${prefix}&sort=created`), numbers);
  assert.deepEqual(await found(`${prefix}&sort=-created`), [...numbers].reverse());
  assert.equal((await all('sort=created', 7)).length, (await all('sort=-number', 200)).length);
});

test('filters', async () => {
  const n = `${ours}3`;
  await create({ number: `${n}1`, company_name: 'Ärzte_100% GmbH', email: 'Praxis@Example.com' });
  await create({ number: `${n}2`, company_name: 'Bäcker', first_name: 'Zoë', city: 'Würzburg' });
  const found = async (query) => (await api('GET', `${customers}?${encodeURI(query)}`)).json.items
    .map(({ number }) => number).filter((number) => number.startsWith(n));
  assert.deepEqual(await found('text=ärzte'), [`${n}1`]);
  assert.deepEqual(await found('text=ÄRZTE'), [`${n}1`]);
  assert.deepEqual(await found(`text=_100%`), [`${n}1`]);
  assert.deepEqual(await found(`text=1%`), [], '% is a character');
  assert.deepEqual(await found('text=zoë'), [`${n}2`]);
  assert.deepEqual(await found(`text='; --`), []);
  assert.deepEqual(await found('text=würzburg'), [`${n}2`]);
  assert.deepEqual(await found('email=praxis@example.com'), [`${n}1`]);
  assert.deepEqual(await found(`number=${n}1`), [`${n}1`]);
  assert.deepEqual(await found(`number=${n}&created_from=2000-01-01T00:00:00Z`),
    [`${n}1`, `${n}2`]);
  assert.deepEqual(await found(`number=${n}&created_before=2000-01-01T00:00:00Z`), []);
  assert.deepEqual(await found(`number=${n}&created_before=1970-01-01T00:00:00Z`), [], 'a time like others');
  assert.deepEqual(await found(`number=${n}&created_before=1969-12-31T23:59:59Z`), []);
  for (const [query, code] of [['created_from=yesterday', 'value_date'], ['sort=name', 'value_choice'],
    ['email=x', 'value_email'], ['parent=', 'value_missing'], ['text=', 'value_missing']]) {
    const answer = await api('GET', `${customers}?${query}`);
    refused(answer, 422, 'invalid');
    assert.deepEqual(errors(answer), [[`#/${query.split('=')[0]}`, code]]);
  }
});

test('a cursor is good for its own list only', async () => {
  const { next } = (await api('GET', `${customers}?limit=1`)).json;
  assert.doesNotMatch(Buffer.from(next, 'base64url').toString('latin1'), /K\d/, 'it tells nothing');
  assert.equal((await api('GET', `${customers}?limit=5&cursor=${next}`)).status, 200);
  const changed = (next[5] === 'A' ? 'B' : 'A');
  const bad = [`sort=-number&cursor=${next}`, `text=a&cursor=${next}`, 'cursor=x',
    `cursor=${next.slice(0, 5)}${changed}${next.slice(6)}`, `cursor=${next.slice(1)}`];
  for (const query of bad) {
    const answer = await api('GET', `${customers}?${query}`);
    refused(answer, 400, 'invalid');
    assert.deepEqual(errors(answer), [['#/cursor', 'value_cursor']], query);
  }
  refused(await api('GET', `/user-logins?cursor=${next}`), 400, 'invalid');
  refused(await stack.api('globex', 'GET', `${customers}?cursor=${next}`), 400, 'invalid');
});
