// Merchants' own words for mails, and the log of mail, by the REST API.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { send } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { root, startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
const own = { skip: stack.skip };

after(() => relay.stop());

const events = [...readFileSync(join(root, 'fcgi_app/tables/events.def'), 'utf8').matchAll(/^EVENT\((\w+)/gm)]
  .map(([, name]) => name);
const at = (language, more = '') =>
  `/settings/mail-templates/login_created/${language}${more}`;
const call = (method, path, body, tenant = 'acme') => stack.api(tenant, method, path, body);

// Saves words for the time of a test.
async function save(t, language, words, tenant = 'acme') {
  const answer = await call('PUT', at(language), words, tenant);
  assert.equal(answer.status, 200, answer.text);
  t.after(() => call('DELETE', at(language), undefined, tenant));
  return answer;
}

async function loginMail(tenant = 'acme', language = '') {
  const customer = tenant === 'acme' ? 'K2001' : 'G100';
  const email = `${randomUUID()}@template-test.example`;
  stack.sql(`UPDATE customer SET language = '${language}' WHERE number = '${customer}'`);
  const answer = await call('POST', '/user-logins',
    { customer, email, username: email.slice(0, 36) }, tenant);
  stack.sql(`UPDATE customer SET language = '' WHERE number = '${customer}'`);
  assert.equal(answer.status, 201, answer.text);
  return relay.mailTo(email);
}

const problem = async (method, path, body) => {
  const { status, json, text } = await call(method, path, body);
  assert.ok(json, text);
  return [status, json.code, ...(json.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`)];
};

test('F31, X8: the list goes on from page to page, each mail in each language once', own, async (t) => {
  await save(t, 'en', { subject: 'S', text: 'T' });
  const list = (query) => call('GET', `/settings/mail-templates?${query}`);
  const whole = (await list('limit=200')).json;
  assert.equal(whole.next, null);
  assert.equal(whole.items.length, 3 * events.length);
  for (const limit of [1, 2, 3, 7, whole.items.length, 200]) {
    const items = [];
    let cursor = '';
    do {
      const page = await list(`limit=${limit}${cursor && `&cursor=${cursor}`}`);
      assert.equal(page.status, 200, page.text);
      assert.ok(page.json.items.length > 0 && page.json.items.length <= limit);
      items.push(...page.json.items);
      assert.equal(page.headers.link?.includes(`cursor=${page.json.next}`) ?? null, page.json.next && true);
      cursor = page.json.next;
    } while (cursor && items.length < 200);
    assert.deepEqual(items, whole.items, `limit ${limit}`);
  }
  const { next } = (await list('limit=2')).json; // behind login_created in English
  const [{ position }] = stack.sql("SELECT position FROM tenant_language WHERE tenant = 'acme' AND language = 'en'");
  stack.sql("DELETE FROM tenant_language WHERE tenant = 'acme' AND language = 'en'");
  const after_ = (await list(`limit=1&cursor=${next}`)).json.items;
  stack.sql(`INSERT INTO tenant_language (tenant, language, position) VALUES ('acme', 'en', ${position})`);
  assert.deepEqual(after_.map(({ event, language }) => [event, language]), [[events[1], 'de']],
    'what the cursor names is gone: it goes on behind it');
  for (const [query, status] of [['limit=0', 422], ['limit=201', 422], ['cursor=x', 400], [`cursor=${next}x`, 400],
    ['event=login_created', 400]]) {
    assert.equal((await list(query)).status, status, query);
  }
  assert.equal((await call('GET', `/settings/mail-templates?cursor=${next}`, undefined, 'globex')).status, 400);
});

test('F31: without own words, the platform\'s are told as one could have written them', own,
  async () => {
    const { status, json } = await call('GET', '/settings/mail-templates?limit=200');
    assert.equal(status, 200);
    assert.deepEqual(json.items.map(({ event, language, own: o }) => [event, language, o]),
      events.flatMap((event) =>
        ['de', 'en', 'fr'].map((language) => [event, language, false])));
    for (const words of json.items.filter(({ event }) => event === 'login_created')) {
      for (const part of ['text', 'html']) {
        for (const name of ['CustomerName', 'Username', 'Password', 'SelfServicePortalUrl',
          'TenantAddress']) {
          assert.ok(words[part].includes(`{${name}}`), `${words.language} ${part} ${name}`);
        }
      }
      assert.ok(words.subject.includes('{TenantName}'));
      assert.deepEqual(Object.keys(words.placeholders).sort(), ['{CustomerName}', '{Password}',
        '{SelfServicePortalUrl}', '{TenantAddress}', '{TenantName}', '{Username}']);
      // and they can be saved as they are
      const { subject, text, html } = words;
      const saved = await call('PUT', at(words.language), { subject, text, html });
      assert.equal(saved.status, 200, saved.text);
      assert.equal((await call('DELETE', at(words.language))).status, 204);
    }
  });

test('F31: own words go out: in the customer\'s language, else the default\'s, else ours', own,
  async (t) => {
    await save(t, 'de', { subject: 'Hallo {CustomerName}', text: 'Konto {Username} & <so>',
      html: '<p>Konto <b>{Username}</b> von {CustomerName}</p>' });
    const german = await loginMail();
    assert.equal(german.headers.subject, 'Hallo Sommer & Söhne KG');
    assert.match(german.text, /^Konto [0-9a-f-]{36} & <so>\n$/);
    assert.match(german.html, /^<p>Konto <b>[0-9a-f-]{36}<\/b> von Sommer &amp; Söhne KG<\/p>\n$/);

    const french = await loginMail('acme', 'fr'); // no French ones: the default's
    assert.equal(french.headers.subject, 'Hallo Sommer & Söhne KG');
    assert.equal(french.headers['content-language'], 'de');

    await save(t, 'fr', { subject: 'Bonjour', text: 'Compte {Username}' });
    const ours = await loginMail('acme', 'fr');
    assert.equal(ours.headers.subject, 'Bonjour');
    assert.equal(ours.html, undefined); // text only
    assert.equal(ours.headers['content-type'], 'text/plain; charset=UTF-8');

    // another tenant is not touched
    assert.match((await loginMail('globex')).headers.subject, /^Your access to Globex/);
    await call('DELETE', at('de'));
    assert.match((await loginMail()).headers.subject, /^Ihr Zugang/);
  });

test('F31: the portal\'s address is kept whole, with a query behind it', own, async (t) => {
  await save(t, 'de', { subject: 'x', text: 'Los: {SelfServicePortalUrl}?language=en\nEnde',
    html: '<a href="{SelfServicePortalUrl}?language=en&amp;a=1">Los</a>{{}}' });
  const mail = await loginMail();
  assert.ok(mail.text.includes(`Los: ${stack.base}/acme/?language=en\nEnde`), mail.text);
  assert.ok(mail.html.includes(`<a href="${stack.base}/acme/?language=en&amp;a=1">Los</a>{}`));
});

test('F31: what a value says is no placeholder and no HTML', own, async (t) => {
  const name = stack.sql(`SELECT company_name FROM customer WHERE number = 'K2001'`)[0].company_name;
  t.after(() => stack.sql(`UPDATE customer SET company_name = '${name}' WHERE number = 'K2001'`));
  stack.sql(`UPDATE customer SET company_name = '{Password}<script>"&' WHERE number = 'K2001'`);
  await save(t, 'de', { subject: '{CustomerName}', text: '{CustomerName}',
    html: '<p title="{CustomerName}">' });
  const { headers, text, html } = await loginMail();
  assert.equal(headers.subject, '{Password}<script>"&');
  assert.equal(text, '{Password}<script>"&\n');
  assert.equal(html, '<p title="{Password}&lt;script&gt;&quot;&amp;">\n');
});

const good = { subject: 'S', text: 'T' };
const bad = [
  [{ ...good, text: 'Hallo {CustomerNmae}!' }, '#/text value_placeholder', /\{CustomerNmae\} .* 7 /],
  [{ ...good, subject: 'Ä {Link}' }, '#/subject value_placeholder', /\{Link\} .* 3 /],
  [{ ...good, html: '<style>p{color:red}</style>' }, '#/html value_brace', / 9 /],
  [{ ...good, text: 'offen {' }, '#/text value_brace', / 7 /],
  [{ ...good, text: 'zu }' }, '#/text value_brace', / 4 /],
  [{ ...good, text: '{Customer Name}' }, '#/text value_brace', / 1 /],
  [{ ...good, subject: '{Password}' }, '#/subject value_secret_place', /\{Password\} .* 1 /],
];
for (const [words, wrong, where] of bad) {
  test(`F31, X4: refused at save, preview and test: ${JSON.stringify(words)}`, own, async () => {
    const before = stack.sql('SELECT COUNT(*) AS n FROM mail')[0].n;
    for (const [method, more, body] of [['PUT', '', words], ['POST', '/preview', words],
      ['POST', '/test', { ...words, to: 'nobody@template-test.example' }]]) {
      const { status, json, text } = await call(method, at('en', more), body);
      assert.equal(status, 422, text);
      assert.deepEqual(json.errors.map(({ pointer, code }) => `${pointer} ${code}`), [wrong]);
      assert.match(json.errors[0].detail, where);
    }
    assert.deepEqual(stack.sql('SELECT * FROM mail_template'), []);
    assert.equal(stack.sql('SELECT COUNT(*) AS n FROM mail')[0].n, before);
  });
}

test('X4: what is no template is refused, and says why', own, async () => {
  const long = (n) => 'x'.repeat(n);
  const lines = (n) => 'x'.repeat(99).concat('\n').repeat(n);
  assert.deepEqual(await problem('PUT', at('de'), {}),
    [422, 'invalid', '#/subject value_missing', '#/text value_missing']);
  assert.deepEqual(await problem('PUT', at('de'), { ...good, subject: long(201) }),
    [422, 'invalid', '#/subject value_too_long']);
  assert.deepEqual(await problem('PUT', at('de'), { ...good, text: lines(201) }),
    [422, 'invalid', '#/text value_too_long']);
  assert.deepEqual(await problem('PUT', at('de'), { ...good, html: lines(601) }),
    [422, 'invalid', '#/html value_too_long']);
  assert.deepEqual(await problem('PUT', at('de'), { ...good, subject: 'a\r\nBcc: eve@x.example' }),
    [422, 'invalid', '#/subject value_characters']);
  assert.deepEqual(await problem('PUT', at('de'), { ...good, text: 'a\u0007b' }),
    [422, 'invalid', '#/text value_characters']);
  assert.deepEqual(await problem('PUT', at('de'), { ...good, footer: 'x' }),
    [400, 'invalid', '#/footer value_unknown']);
  assert.deepEqual(await problem('PUT', at('de'), { ...good, text: 1 }),
    [400, 'invalid', '#/text value_type']);
  assert.deepEqual(await problem('PUT', '/settings/mail-templates/nothing/de', good),
    [404, 'unknown_event']);
  assert.deepEqual(await problem('PUT', at('pl'), good), [404, 'not_found']);
  assert.deepEqual(await problem('DELETE', at('de')), [404, 'not_found']);
  assert.equal((await problem('PUT', at('de'), { ...good, text: long(300000) }))[0], 413);
  assert.deepEqual(await problem('POST', at('de', '/test'), { ...good, to: 'nobody@münchen.example' }),
    [422, 'invalid', '#/to value_email']);
  assert.deepEqual(stack.sql('SELECT * FROM mail_template'), []);
});

test('X4: each change of words has its audit row with before and after', own, async () => {
  await call('PUT', at('en'), good);
  await call('PUT', at('en'), { ...good, text: 'T2' });
  await call('DELETE', at('en'));
  const rows = stack.sql(`SELECT tenant, action, object, before, after FROM audit
    WHERE object = 'login_created/en' ORDER BY id DESC LIMIT 3`).reverse();
  assert.deepEqual(rows.map(({ tenant, action, before, after: now }) =>
    [tenant, action, before && JSON.parse(before).text, now && JSON.parse(now).text]), [
    ['acme', 'mail_template.changed', '', 'T'],
    ['acme', 'mail_template.changed', 'T', 'T2'],
    ['acme', 'mail_template.deleted', 'T2', ''],
  ]);
});

test('F31: a preview shows example values, and keeps nothing', own, async () => {
  const { status, json } = await call('POST', at('en', '/preview'), {
    subject: 'For {CustomerName}', text: '{Username} {Password}\n{TenantAddress}',
    html: '<p>{TenantAddress}</p>' });
  assert.equal(status, 200);
  assert.deepEqual(json, { language: 'en', subject: 'For Sommer GmbH',
    text: 'K2000 ********\nAcme Telekom GmbH\nHafenstraße 12\n20457 Hamburg',
    html: '<p>Acme Telekom GmbH<br>\nHafenstraße 12<br>\n20457 Hamburg</p>' });
  const ours = await call('POST', at('fr', '/preview'), {});
  assert.equal(ours.json.language, 'fr');
  assert.doesNotMatch(JSON.stringify(ours.json), /\{[A-Z]/);
  assert.deepEqual(stack.sql('SELECT * FROM mail_template'), []);
});

test('F31: a test goes out to the address that was given, and stands in the log', own, async () => {
  const to = `${randomUUID()}@template-test.example`;
  const { status, json } = await call('POST', at('en', '/test'),
    { to, subject: 'Try {TenantName}', text: 'x {Username}' });
  assert.equal(status, 201);
  assert.equal(json.state, 'queued');
  const mail = await relay.mailTo(to);
  assert.equal(mail.headers.subject, 'Try Acme Telekom');
  assert.equal(mail.text, 'x K2000\n');
  assert.equal(stack.sql(`SELECT action FROM audit WHERE object = '${json.id}'`)[0].action,
    'mail.tested');
  const sent = await until('sent', async () => {
    const row = (await call('GET', `/mails/${json.id}`)).json;
    return row.state === 'sent' ? row : undefined;
  });
  assert.equal(sent.recipient, to);
  assert.equal(sent.attempts, 1);
  assert.equal(sent.reason, null);
});

test('X4: for a key of test mode, a test is written down and not sent', own, async () => {
  const { json: { key } } = await call('POST', '/api-keys',
    { name: 'test mode', scopes: ['settings:write'], mode: 'test' });
  const to = `${randomUUID()}@template-test.example`;
  const { status, json } = await send(`${stack.base}/api/v1${at('en', '/test')}`, { method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ to }) });
  assert.equal(status, 201);
  assert.equal(json.state, 'suppressed');
  assert.deepEqual(stack.sql(`SELECT body, html FROM mail WHERE recipient = '${to}'`), [{ body: '', html: '' }]);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE object = '${json.id}'`)[0].n, 1);
});

// ---- the log ----

test('X4: the log is filtered, paged, of the tenant alone, and never says what was said', own,
  async () => {
    const tag = randomUUID();
    const to = (i) => `${i}-${tag}@template-test.example`;
    for (let i = 0; i < 5; i++) {
      const { status } = await call('POST', at('en', '/test'),
        { to: to(i), subject: 'S', text: `the-words-${tag}` });
      assert.equal(status, 201);
    }
    await loginMail();
    const seen = [];
    let cursor = '';
    do {
      const { json, text } = await call('GET', `/mails?event=login_created&limit=2${cursor}`);
      assert.ok(json.items.length <= 2);
      assert.ok(!text.includes(`the-words-${tag}`) && !text.includes('"body"'));
      seen.push(...json.items);
      cursor = json.next && `&cursor=${json.next}`;
    } while (cursor);
    assert.deepEqual(seen.map(({ recipient }) => recipient).filter((r) => r.includes(tag)),
      [4, 3, 2, 1, 0].map(to));

    const one = await call('GET', `/mails?recipient=${to(3)}`);
    assert.deepEqual(one.json.items.map(({ recipient }) => recipient), [to(3)]);
    const customer = await call('GET', '/mails?customer=K2001');
    assert.ok(customer.json.items.length > 0);
    assert.ok(customer.json.items.every((row) => row.customer === 'K2001'));
    assert.deepEqual((await call('GET', '/mails?to=2020-01-01T00:00:00Z')).json.items, []);
    assert.deepEqual((await call('GET', '/mails?from=2100-01-01T00:00:00Z')).json.items, []);
    assert.ok((await call('GET', '/mails?state=suppressed')).json.items
      .every(({ state, reason }) => state === 'suppressed' && reason));
    assert.equal((await call('GET', '/mails?state=gone')).status, 422);
    assert.equal((await call('GET', '/mails?body=x')).status, 400);

    const { id } = one.json.items[0];
    assert.equal((await call('GET', `/mails/${id}`, undefined, 'globex')).status, 404);
    assert.equal((await call('POST', `/mails/${id}/resend`, {}, 'globex')).status, 404);
    assert.ok((await call('GET', '/mails', undefined, 'globex')).json.items
      .every(({ recipient }) => !recipient.includes(tag)));
  });

test('X4: what waits can be tried at once; what is over cannot', own, async () => {
  relay.refuse = { rcpt: 451 };
  const to = `${randomUUID()}@template-test.example`;
  const { json: { id } } = await call('POST', at('en', '/test'), { to });
  const state = async () => (await call('GET', `/mails/${id}`)).json;
  const waits = await until('a first try', async () => {
    const row = await state();
    return row.attempts === 1 && row.state === 'queued' ? row : undefined;
  });
  assert.match(waits.reason, /^451/);
  assert.ok(Date.parse(waits.next_try) > Date.now() + 30_000);
  relay.refuse = {};
  assert.equal((await call('POST', `/mails/${id}/resend`, {})).status, 200);
  await relay.mailTo(to);
  await until('sent', async () => ((await state()).state === 'sent' ? true : undefined));
  const again = await call('POST', `/mails/${id}/resend`, {});
  assert.deepEqual([again.status, again.json.code], [409, 'mail_over']);
  assert.deepEqual(stack.sql(`SELECT action FROM audit WHERE object = '${id}' ORDER BY id`)
    .map(({ action }) => action), ['mail.tested', 'mail.resent']);
});

test('X4: each call needs its scope', own, async (t) => {
  const [{ scopes }] = stack.sql(`SELECT scopes FROM api_key WHERE tenant = 'acme'`);
  const set = (words) => stack.sql(`UPDATE api_key SET scopes = '${words}' WHERE tenant = 'acme'`);
  t.after(() => set(scopes));
  const calls = [
    ['settings:read', 'GET', '/settings/mail-templates'],
    ['settings:read', 'GET', at('de')],
    ['settings:read', 'POST', at('de', '/preview'), {}],
    ['settings:write', 'PUT', at('de'), good],
    ['settings:write', 'DELETE', at('de')],
    ['settings:write', 'POST', at('de', '/test'), { to: 'a@template-test.example' }],
    ['mails:read', 'GET', '/mails'],
    ['mails:read', 'GET', '/mails/mail_x'],
    ['mails:write', 'POST', '/mails/mail_x/resend', {}],
  ];
  for (const [scope, ...args] of calls) {
    set(scopes.split(' ').filter((word) => word !== scope).join(' '));
    assert.deepEqual((await problem(...args)).slice(0, 2), [403, 'api_scope'], args.join(' '));
    set(scope);
    assert.notEqual((await call(...args)).status, 403, args.join(' '));
  }
});
