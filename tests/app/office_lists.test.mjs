// Lists and detail pages of the back office: tables/lists.def.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');

const get = async (path, status = 200) => {
  const answer = await owner.get(`/acme/admin${path}`);
  assert.equal(answer.status, status, `${path}: ${answer.text.slice(0, 300)}`);
  return answer;
};

// The texts of the first column.
const first = (page) => [...page.text.matchAll(/<th scope="row">([\s\S]*?)<\/th>/g)]
  .map(([, cell]) => visible(cell));

const csv = (text) => text.trimEnd().split('\r\n').map((line) =>
  [...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, field]) => field.replaceAll('""', '"')));

test('X10: lists are narrowed, sorted and paged by their address alone', own, async () => {
  const all = first(await get('/customers'));
  assert.deepEqual([...all].sort(), ['K2000', 'K2001', 'K2002']);
  assert.deepEqual(first(await get('/customers?sort=number')), ['K2000', 'K2001', 'K2002']);
  assert.deepEqual(first(await get('/customers?sort=-number')), ['K2002', 'K2001', 'K2000']);
  assert.deepEqual(first(await get('/customers?company_name=SOMMER&sort=number')), ['K2000', 'K2001']);
  assert.deepEqual(first(await get('/customers?name=keller')), ['K2002']);
  assert.deepEqual(first(await get('/customers?name=%25')), [], 'a per cent sign is one');
  assert.deepEqual(first(await get('/customers?name=_')), []);
  assert.deepEqual(first(await get('/contracts?status=cancelled')), ['VT-9BXA-51TC']);
  assert.deepEqual(first(await get('/logins?customer=K2002')), ['bruno']);
  const today = new Date().toISOString().slice(0, 10);
  assert.equal(first(await get(`/customers?created_from=${today}`)).length >= 0, true);
  assert.deepEqual(first(await get('/customers?created_to=2020-01-01')), []);
  assert.equal(first(await get('/customers?created_from=2020-01-01&created_to=2099-12-31')).length, 3);
  assert.equal(first(await get('/invoices?from=2025-01-01&to=2025-01-31')).every((n) => /^RE/.test(n)), true);
});

test('X10: payments go by their day; only the file has their ids', own, async () => {
  const page = await get('/payments?customer=K2000');
  assert.match(first(page)[0], /^\d\d\.\d\d\.\d{4}$/);
  assert.doesNotMatch(visible(page.text), /pay_/);
  const [, ...rows] = csv((await get('/payments?customer=K2000&format=csv')).text);
  assert.ok(rows.length > 0 && rows.every(([id]) => /^pay_/.test(id)));
});

test('pages of a list hold every row once, in either direction of sorting', own, async () => {
  const total = stack.sql("SELECT COUNT(*) AS n FROM invoice WHERE tenant = 'acme'")[0].n;
  for (const sort of ['date', '-date', 'gross', '-gross', 'number', '-number']) {
    const seen = [];
    let path = `/acme/admin/invoices?sort=${sort}`;
    while (path) {
      const page = await owner.get(path);
      assert.equal(page.status, 200, path);
      seen.push(...first(page).map((text) => text.split(' ')[0]));
      path = links(page.text).find((href) => /[?&]at_key=/.test(href) && !/[?&]language=/.test(href));
      assert.ok(!path || path.includes(`sort=${encodeURIComponent(sort)}`), path);
      assert.ok(seen.length <= total, 'a row came twice');
    }
    assert.equal(new Set(seen).size, total, sort);
    assert.equal(seen.length, total, sort);
  }
});

test('what is no filter is said at the field, and hurts nothing', own, async () => {
  const page = await get('/customers?created_from=yesterday', 422);
  assert.match(visible(page.text), /2026-11-24/);
  assert.equal(unescapeHtml(page.text.match(/id="field-created_from"[^>]*value="([^"]*)"/)[1]), 'yesterday');
  await get('/customers?sort=password_hash');
  await get("/customers?sort=number'--");
  await get('/customers?at=x&at_key=%27%3B--&sort=-created');
  await get('/contracts?status=nonsense', 422);
  await get(`/customers?number=${'x'.repeat(101)}`, 422);
  await get('/customers?unknown=1');
  await get('/customers?number=%3Cscript%3E');
  assert.doesNotMatch((await get('/customers?number=%3Cscript%3E')).text, /<script>/);
});

test('CSV has the rows of the filter, plain values, and no formulas', own, async () => {
  stack.sql(`UPDATE customer SET company_name = '=HYPERLINK("http://evil.example")', first_name = ' +1', last_name = '@x'
    WHERE tenant = 'acme' AND number = 'K2001'`);
  const answer = await get('/customers?format=csv&sort=number&number=K200');
  assert.equal(answer.type, 'text/csv');
  assert.match(answer.headers['content-disposition'], /attachment; filename="customers\.csv"/);
  const [head, ...rows] = csv(answer.text);
  assert.deepEqual(head, ['number', 'company_name', 'name', 'email', 'city', 'created']);
  assert.deepEqual(rows.map(([number]) => number), ['K2000', 'K2001', 'K2002']);
  assert.equal(rows[1][1], '\'=HYPERLINK("http://evil.example")');
  assert.equal(rows[1][2], "'+1 @x");
  assert.match(rows[0][5], /^\d{4}-\d\d-\d\dT[\d:]+Z$/);
  stack.sql("UPDATE customer SET company_name = 'Sommer & Söhne KG', first_name = 'Jonas', last_name = 'Sommer' WHERE tenant = 'acme' AND number = 'K2001'");
  const invoices = csv((await get('/invoices?format=csv&type=credit_note')).text);
  assert.deepEqual(invoices[0].slice(-2), ['gross', 'currency']);
  assert.match(invoices[1].at(-2), /^-\d+\.\d\d$/, 'a negative amount is a number, not a formula');
  const all = csv((await get('/invoices?format=csv')).text);
  const total = stack.sql("SELECT COUNT(*) AS n FROM invoice WHERE tenant = 'acme'")[0].n;
  assert.equal(all.length, total + 1);
});

test('a customer’s page has logins, contracts and invoices, each to whoever may see them', own, async () => {
  const page = await get('/customers/K2000');
  const text = visible(page.text);
  for (const what of [/Bäckerei Sommer GmbH/, /anna/, /VT-7KQ2-ZHXM/, /RE20\d{3}/]) {
    assert.match(text, what);
  }
  assert.ok(links(page.text).includes('/acme/admin/invoices?customer=K2000'), 'the way to all of them');
  await get('/customers/K9999', 404);
  await get('/customers/G100', 404);
  for (const path of ['/logins/anna', '/contracts/VT-7KQ2-ZHXM', '/invoices/RE20001']) {
    await get(path);
  }
});

test('F34, X10: lists say whose a record is by name and number, and parts of a customer\u2019s page do not', own, async () => {
  for (const path of ['/invoices?customer=K2000', '/contracts?customer=K2000', '/payments?customer=K2000']) {
    const rows = [...(await get(path)).text.matchAll(/<tr>\s*(?:<td class="pick">[\s\S]*?<\/td>\s*)?<th scope="row"[\s\S]*?<\/tr>/g)];
    assert.ok(rows.length > 0, path);
    for (const [row] of rows) {
      assert.match(visible(row), /Bäckerei Sommer GmbH/, path);
      assert.match(visible(row), /K2000/, path);
    }
  }
  assert.deepEqual(first(await get('/contracts?customer_name=SOMMER+%26')), first(await get('/contracts?customer=K2001')));
  const page = await get('/customers/K2000');
  const sections = [...page.text.matchAll(/<section>[\s\S]*?<\/section>/g)].map(([text]) => text);
  const contracts = sections.find((text) => text.includes('VT-7KQ2-ZHXM'));
  assert.doesNotMatch(visible(contracts), /K2000|Bäckerei/);
});

test('X10: a list without rows says what it is, what to do next, or which filters leave nothing', own, async () => {
  const empty = (page) => visible(page.text.match(/<div class="panel empty">[\s\S]*?<\/div>/)?.[0] ?? '');
  const gina = await stack.office('globex', 'owner');
  for (const path of ['/invoices', '/payments', '/services', '/reminders', '/invoice-runs', '/invoice-schedules', '/reminder-runs']) {
    const page = await gina.get(`/globex/admin${path}?language=en`);
    assert.equal(page.status, 200);
    if (/<tbody>/.test(page.text)) {
      continue;
    }
    assert.match(empty(page), /^(?:There|No) [^.]+\. [A-Z][^.]*[.:]/, `${path}: ${empty(page)}`);
    assert.doesNotMatch(empty(page), /filter/);
  }
  for (const [path, clear] of [['/customers?name=nobody', '/customers'], ['/contracts?name=nothing', '/contracts'],
    ['/payments?customer=K9', '/payments'], ['/invoices?customer=K9', '/invoices'], ['/services?description=x9', '/services']]) {
    const page = await get(`${path}&language=en`);
    assert.match(empty(page), /^Nothing fits the filters/, path);
    assert.ok(links(page.text).includes(`/acme/admin${clear}`), path);
  }
});

test('F36: everything about a customer is on one page, each part with the way to the whole of it', own, async () => {
  const once = () => ({ 'Idempotency-Key': Math.random().toString(36).slice(2).padEnd(12, 'x') });
  const call = async (...args) => {
    const answer = await stack.api('acme', 'POST', ...args);
    assert.ok(answer.status < 300, answer.text);
    return answer.json;
  };
  const service = (n) => call('/contracts/VT-2MMF-8E4J/service-entries', { description: `Teil ${n} `, quantity: '1', unit_price: '10',
    vat_rate: '19', performance_date: '2026-11-01' });
  for (let i = 1; i <= 11; i++) {
    await service(i);
  }
  await call('/payments', { customer: 'K2001', amount: { amount: 12345, currency: 'EUR' } }, once());
  await call('/contracts/VT-2MMF-8E4J/self-service-token', {});
  const page = await get('/customers/K2001?language=en');
  const sections = Object.fromEntries([...page.text.matchAll(/<section>[\s\S]*?<h2>([^<]*)<\/h2>([\s\S]*?)<\/section>/g)]
    .map(([, title, text]) => [title, text]));
  assert.deepEqual(Object.keys(sections), ['Balance', 'Contracts', 'Services still to be billed', 'Invoices', 'Payments', 'Reminders',
    'Logins', 'Contacts', 'Mail log', 'Valid self-service links', 'Timeline'].filter((title) => title in sections));
  for (const title of ['Balance', 'Contracts', 'Services still to be billed', 'Invoices', 'Payments', 'Reminders', 'Logins', 'Mail log',
    'Valid self-service links', 'Timeline']) {
    assert.ok(title in sections, title);
  }
  assert.match(visible(sections.Balance), /EUR/);
  assert.ok(links(sections.Balance).includes('/acme/admin/customers/K2001/ledger'));
  assert.match(visible(sections.Payments), /€123\.45/);
  assert.match(visible(sections['Valid self-service links']), /VT-2MMF-8E4J/);
  assert.ok(links(sections['Valid self-service links']).includes('/acme/admin/contracts/VT-2MMF-8E4J/self-service'));
  const services = sections['Services still to be billed'];
  assert.equal((services.match(/<th scope="row"/g) ?? []).length, 10);
  const all = links(services).find((href) => href.includes('/admin/services?'));
  assert.equal(all, '/acme/admin/services?customer=K2001&status=open');
  assert.match(visible((await owner.get(all)).text), /Teil 11/);
  assert.match(visible(sections.Timeline), /A service was entered/);
  const billing = await stack.office('acme', 'billing');
  assert.doesNotMatch((await billing.get('/acme/admin/customers/K2001?language=en')).text, /Valid self-service links/,
    'for who may act for customers');
  assert.doesNotMatch(visible((await get('/customers/K2002?language=en')).text), /Teil 1 |VT-2MMF-8E4J/, 'those of nobody else');
});

test('languages: the back office speaks de, en and fr', own, async () => {
  for (const [language, word] of [['de', 'Kunden'], ['en', 'Customers'], ['fr', 'Clients']]) {
    const page = await get(`/customers?language=${language}`);
    assert.equal(page.lang, language);
    assert.match(page.title, new RegExp(word));
  }
});

test('a login is blocked and activated with one click, and its sessions end', own, async () => {
  const anna = await stack.signedIn('acme', 'anna');
  const page = await get('/logins/anna');
  const blocked = await owner.submit(page, {}, { action: /anna\/block$/ });
  assert.equal(blocked.location, '/acme/admin/logins/anna');
  assert.equal((await anna.get('/acme/')).status, 303);
  assert.equal(stack.sql("SELECT status FROM users WHERE username = 'anna'")[0].status, 'blocked');
  const [row] = stack.sql("SELECT actor FROM audit WHERE action = 'login.blocked' ORDER BY id DESC LIMIT 1");
  assert.match(row.actor, /^staff:stf_/);
  assert.equal((await owner.submit(await get('/logins/anna'), {}, { action: /anna\/activate$/ })).status, 303);
  assert.equal(stack.sql("SELECT status FROM users WHERE username = 'anna'")[0].status, 'active');
});

test('a form that is sent twice has one effect, also at the same time', own, async () => {
  const page = await get('/api-keys/new');
  const { hidden } = forms(page.text).find(({ action }) => /api-keys$/.test(action));
  const send = () => owner.post('/acme/admin/api-keys',
    { ...hidden, name: 'twice', 'customers:read': 'on' });
  const answers = await Promise.all([send(), send(), send()]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 303, 303]);
  assert.ok(answers.filter(({ status }) => status === 303)
    .every(({ location }) => location === '/acme/admin/api-keys'));
  assert.equal(stack.sql("SELECT COUNT(*) AS n FROM api_key WHERE name = 'twice'")[0].n, 1);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE action = 'api_key.created'
    AND object = (SELECT id FROM api_key WHERE name = 'twice')`)[0].n, 1);
  const failed = forms((await get('/api-keys/new')).text).find(({ action }) => /api-keys$/.test(action)).hidden;
  assert.equal((await owner.post('/acme/admin/api-keys', { ...failed, name: '' })).status, 422);
  assert.equal((await owner.post('/acme/admin/api-keys',
    { ...failed, name: 'second try', 'customers:read': 'on' })).status, 200,
  'one that was refused has had no effect');
});

test('an API key works until it is revoked', own, async () => {
  const page = await get('/api-keys/new');
  const none = await owner.submit(page, { name: 'shop' }, { action: /api-keys$/ });
  assert.equal(none.status, 422);
  assert.match(none.text, /value="shop"/, 'what was typed is still there');
  const made = await owner.submit(await get('/api-keys/new'),
    { name: 'shop', 'customers:read': 'on', 'staff:all': 'on' }, { action: /api-keys$/ });
  const key = made.text.match(/pf_live_\w+/)[0];
  const call = () => stack.get('/api/v1/customers/K2000', { headers: { Authorization: `Bearer ${key}` } });
  assert.equal((await call()).status, 200);
  assert.equal((await stack.get('/api/v1/user-logins', { headers: { Authorization: `Bearer ${key}` } })).status, 403);
  const [{ id, scopes }] = stack.sql("SELECT id, scopes FROM api_key WHERE name = 'shop'");
  assert.equal(scopes, 'customers:read');
  assert.doesNotMatch((await get('/api-keys')).text, new RegExp(key));
  const detail = await get(`/api-keys/${id}`);
  assert.equal((await owner.submit(detail, {}, { action: /revoke$/ })).status, 303);
  assert.equal((await call()).status, 401);
  assert.match(visible((await get('/api-keys?name=shop&language=en')).text), /revoked/);
});

test('an API key of the office: networks, a last day, test mode, and a new secret', own, async () => {
  const form = async (values) => owner.submit(await get('/api-keys/new'),
    { name: 'till', 'customers:read': 'on', ...values }, { action: /api-keys$/ });
  const wrong = await form({ networks: '127.0.0.1\n10.0.0.0/33', expires: '2001-01-01' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /10\.0\.0\.0\/33/, 'what was typed is still there');
  assert.match(wrong.text, /href="#field-networks"/);
  assert.match(wrong.text, /href="#field-expires"/);
  const made = await form({ networks: '127.0.0.1\n2001:DB8::/32', mode: 'test', expires: '2090-12-31' });
  const [key] = made.text.match(/pf_test_\w+/);
  const call = async (bearer) => (await stack.get('/api/v1/customers/K2000',
    { headers: { Authorization: `Bearer ${bearer}` } })).status;
  assert.equal(await call(key), 200);
  const [row] = stack.sql("SELECT * FROM api_key WHERE name = 'till'");
  assert.equal(row.networks, '127.0.0.1/32 2001:db8::/32');
  assert.equal(new Date(row.expires * 1000).toISOString(), '2090-12-31T23:00:00.000Z', 'Berlin');
  const detail = await get(`/api-keys/${row.id}`);
  assert.match(visible(detail.text), /2001:db8::\/32/);
  const rotated = await owner.submit(detail, {}, { action: /rotate$/ });
  const [fresh] = rotated.text.match(/pf_test_\w+/);
  assert.notEqual(fresh, key);
  assert.deepEqual([await call(key), await call(fresh)], [200, 200], 'both, for a day');
  const elsewhere = (await form({ name: 'away', networks: '192.0.2.0/24' })).text.match(/pf_live_\w+/)[0];
  assert.equal(await call(elsewhere), 403);
});

test('in a customer’s name: a reason, a banner, nothing changes, and one click back', own, async () => {
  const sam = await stack.office('acme', 'support');
  const page = await sam.get('/acme/admin/logins/anna/act');
  assert.equal((await sam.submit(page, { reason: '' }, { action: /act$/ })).status, 422);
  const opened = await sam.submit(await sam.get('/acme/admin/logins/anna/act'),
    { reason: 'Ticket 4711: invoice unclear' }, { action: /act$/ });
  assert.equal(opened.location, '/acme/');
  for (const path of ['/acme/', '/acme/invoices', '/acme/contracts']) {
    const shown = await sam.get(path);
    assert.equal(shown.status, 200);
    assert.match(shown.text, /class="behalf"/, path);
    assert.match(visible(shown.text), /sam.*anna/);
  }
  assert.equal((await sam.get('/acme/admin')).status, 303, 'the office is closed meanwhile');
  const declared = () => stack.sql('SELECT COUNT(*) AS n FROM declaration')[0].n;
  const before = declared();
  for (const [path, more] of [['cancel', { notice: 'ordinary' }], ['withdraw', {}]]) {
    const refused = await sam.submit(await sam.get(`/acme/${path}`), { name: 'Anna', contract: 'VT-7KQ2-ZHXM',
      email: 'anna@named.example', ...more }, { action: new RegExp(`${path}$`) });
    assert.equal(refused.status, 403, `${path}: ${refused.text}`);
  }
  assert.equal(declared(), before, 'nor by a form that is for anybody');
  const [variant] = stack.sql("SELECT id FROM plan_variant WHERE tenant = 'acme' ORDER BY id");
  const order = await sam.get(`/acme/order/${variant.id}`);
  assert.equal((await sam.submit(order, {}, { action: new RegExp(`${variant.id}$`) })).status, 403);
  const reset = await sam.get('/acme/reset');
  assert.equal((await sam.submit(reset, { username: 'nobody' }, { action: /reset$/ })).status, 303, 'the way in is');
  const [session] = stack.sql(`SELECT scope, method, expires - created AS life, staff FROM session
    WHERE method = 'staff' ORDER BY created DESC LIMIT 1`);
  assert.equal(session.scope, 'portal');
  assert.equal(session.life, 1800);
  const [started] = stack.sql(`SELECT actor, on_behalf_of, detail FROM audit WHERE action = 'session.started'
    ORDER BY id DESC LIMIT 1`);
  assert.match(started.actor, /^staff:stf_\w+$/);
  assert.match(started.on_behalf_of, /^user:usr_\w+$/);
  assert.equal(started.detail, 'Ticket 4711: invoice unclear');
  assert.equal(stack.sql("SELECT last_sign_in FROM users WHERE username = 'anna'")[0].last_sign_in > 0, true);
  const back = await sam.submit(await sam.get('/acme/'), {}, { action: /leave$/ });
  assert.equal(back.location, '/acme/admin/customers/K2000');
  assert.equal((await sam.get(back.location)).status, 200);
  assert.equal((await sam.get('/acme/')).status, 303, 'and the portal is closed again');
  const plain = await stack.signedIn('acme', 'bruno');
  assert.doesNotMatch((await plain.get('/acme/')).text, /behalf/);
});

test('in a customer’s name no longer than the customer and the colleague may', own, async () => {
  const sam = await stack.office('acme', 'support');
  await sam.submit(await sam.get('/acme/admin/logins/bruno/act'), { reason: 'Ticket 4712' }, { action: /act$/ });
  assert.equal((await sam.get('/acme/')).status, 200);
  stack.sql("UPDATE staff SET status = 'blocked' WHERE user_id IN (SELECT id FROM users WHERE username = 'sam')");
  assert.equal((await sam.get('/acme/')).status, 303);
  stack.sql("UPDATE staff SET status = 'active' WHERE user_id IN (SELECT id FROM users WHERE username = 'sam')");
});
