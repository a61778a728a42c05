// The pages of a customer: own invoices and contracts, the tenant's brand.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { HtmlValidate, StaticConfigLoader } from 'html-validate';

import { links, visible } from '../lib/client.mjs';
import { observatory } from '../lib/observatory.mjs';
import { everyPage, portalPages } from '../lib/pages.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const scratch = mkdtempSync(join(tmpdir(), 'pforte-pdf-'));
after(() => rmSync(scratch, { recursive: true }));

const config = JSON.parse(readFileSync(new URL('../lib/htmlvalidate.json', import.meta.url)));
const validator = new HtmlValidate(new StaticConfigLoader(config));
const anna = await stack.signedIn('acme', 'anna');
const pages = {};
for (const language of ['de', 'en', 'fr']) {
  pages[language] = await everyPage(stack, language);
}
const everywhere = Object.entries(pages).flatMap(([language, all]) =>
  Object.entries(all).map(([name, answer]) => ({ language, name, answer,
    title: `${language}: ${name}` })));

// Text and metadata of a PDF.
function pdf(bytes) {
  const file = join(scratch, 'document.pdf');
  writeFileSync(file, bytes);
  return {
    text: execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' }),
    info: execFileSync('pdfinfo', [file], { encoding: 'utf8' }),
  };
}

// ---- every page ----

test('F1: no page carries the product\'s name, in no language', () => {
  for (const { answer, title } of everywhere) {
    assert.doesNotMatch(answer.text, /pforte/i, title);
    assert.doesNotMatch(answer.title, /pforte/i, title);
    const names = Object.keys(answer.headers).filter((name) => name.includes('pforte'));
    assert.deepEqual(names, [], title);
    assert.doesNotMatch(answer.headers.server ?? '', /pforte|\d/i, title);
  }
});

test('F1: every page carries the tenant\'s name', () => {
  for (const { answer, title, name } of everywhere) {
    if (name !== 'not found for strangers') {
      assert.match(answer.title, / – Acme Telekom$/, title);
      assert.doesNotMatch(answer.text, /Globex/, title);
    }
  }
});

test('F1: no PDF carries the product\'s name', async () => {
  for (const path of (await portalPages(anna, 'acme')).documents.slice(0, 3)) {
    const { text, info } = pdf((await anna.get(path)).bytes);
    assert.doesNotMatch(text + info, /pforte/i, path);
    assert.match(text, /Acme Telekom/, path);
  }
});

test('X2: every page is in the language asked for', () => {
  for (const { answer, title, language, name } of everywhere) {
    if (name === 'not found for strangers') {
      continue; // no tenant, no languages
    }
    assert.equal(answer.lang, language, title);
    assert.equal(answer.headers['content-language'], language, title);
  }
});

test('every page has the status of what it says', () => {
  const statuses = Object.fromEntries(Object.entries(pages.de)
    .map(([name, answer]) => [name, answer.status])
    .filter(([name, status]) => !name.startsWith('office') || status !== 200));
  assert.deepEqual(statuses, {
    'login': 200, 'login signed out': 200, 'login with next': 200, 'login empty': 422,
    'login refused': 422, 'not found for strangers': 404, 'link used': 410, 'link broken': 400,
    'link empty': 400, 'frame': 401, 'window of its own': 401, 'form too old': 403,
    'dashboard': 200, 'invoices': 200,
    'invoices, older': 200, 'invoice': 200, 'credit note': 200, 'contracts': 200,
    'contract': 200, 'not found': 404, 'no such invoice': 404, 'method': 405,
    'dashboard of a guest': 200, 'accounts': 200, 'of another account': 200, 'forbidden': 403, 'confirmation': 200,
    'contract by a link': 200, 'invoice by a link': 200, 'forbidden for a link': 403,
    'login beside a link': 200, 'link revoked': 410, 'new link, sent': 200, ...stack.own && { 'new link': 200, 'new link, too old': 410 }, 'link while signed in': 200,
    'reset': 200, 'reset code': 200, 'reset done': 200, 'reset link used': 410, 'email link used': 410,
    'email done': 200, 'security': 200, 'security password': 200, 'security email': 200, 'security factor': 200,
    'payment': 200, 'payment, begun anew': 200, 'payment refused': 422, 'payment on account?': 200, 'mandate': 200, 'mandate given': 200,
    ...stack.own && { 'payment by card': 200, 'to the provider': 200, 'sandbox': 200, 'card refused': 200, 'back in another browser': 200 },
    'contacts': 200, 'contact active': 200, 'contact inactive': 200, 'contact pending': 200, 'contact invited': 200,
    'contact rejected': 200, 'contacts /new': 200, 'contacts /invite': 200, 'contacts /new?preset=owner': 200,
    'contacts /…/withdraw': 200, 'contacts /…/deactivate': 200, 'contacts /…/remove': 200, 'contact refused': 422,
    'invitation unknown': 404,
    ...(stack.own && { 'invitation for strangers': 200, 'invitation of somebody else': 200, 'first password': 200 }),
    'dashboard in a customer’s name': 200, 'office /customers?created_from=x': 422,
    'office /nothing': 404, 'office settings wrong': 422, 'office key without scopes': 422,
    'office code wrong': 422, 'office forbidden': 403,
    ...(stack.own && { 'office form too late': 403, 'office proof wrong': 422 }),
  });
});

test('every page is valid HTML', async () => {
  const found = [];
  for (const { answer, title } of everywhere) {
    const report = await validator.validateString(answer.text, `${title}.html`);
    for (const { messages } of report.results) {
      found.push(...messages.map((one) => `${title}:${one.line}: ${one.ruleId}: ${one.message}`));
    }
  }
  assert.deepEqual([...new Set(found)], []);
});

test('every page has the headers that keep it safe, each once', () => {
  const wanted = {
    'content-security-policy': /^default-src 'none'; .*frame-ancestors /,
    'x-content-type-options': /^nosniff$/,
    'referrer-policy': /^no-referrer$/,
    'cache-control': /^no-store$/,
    'x-request-id': /^[0-9a-f]{32}$/,
    'content-type': /^text\/html; charset=utf-8$/,
    'cross-origin-opener-policy': /^same-origin$/,
    'cross-origin-resource-policy': /^same-origin$/,
  };
  for (const { answer, title } of everywhere) {
    for (const [name, value] of Object.entries(wanted)) {
      assert.match(answer.headers[name] ?? '', value, `${title}: ${name}`);
      const times = name === 'content-security-policy' ? 2 : 1; // framing is nginx's
      assert.equal(answer.count(name), times, `${title}: ${name}`);
    }
    assert.doesNotMatch(answer.headers['content-security-policy'], /unsafe|\*/, title);
  }
});

// Observed at a host as conf/nginx.conf makes it: development has no https.
test('every page would get A+ of MDN\'s HTTP Observatory', () => {
  const shipped = readFileSync(new URL('../../conf/nginx.conf', import.meta.url), 'utf8');
  const site = {
    transport: /^ *add_header Strict-Transport-Security "(.*)" always;/m.exec(shipped)?.[1] ?? '',
    redirects: /^ *return 301 https:/m.test(shipped),
  };
  for (const { answer, title } of everywhere) {
    const secure = answer.cookies.map((one) => ({ ...one, line: `${one.line}; Secure` }));
    const { score, grade, parts } = observatory({ headers: answer.headers, text: answer.text,
      cookies: secure }, site);
    assert.equal(grade, 'A+', `${title}: ${score} ${JSON.stringify(parts)}`);
    assert.ok(score >= 120, `${title}: ${score} ${JSON.stringify(parts)}`);
  }
});

test('no page has a script, a style of its own or anything from elsewhere', () => {
  for (const { answer, title } of everywhere) {
    assert.doesNotMatch(answer.text, /<script|<style| style=| on\w+=/i, title);
    const ours = answer.text.replace(/<nav class="foot-links"[^]*?<\/nav>/, ''); // but the merchant's
    for (const [, url] of ours.matchAll(/(?:src|href|action)="([^"]*)"/g)) {
      assert.match(url, /^([/#]|otpauth:|https?:\/\/[^/]+\/acme\/_sandbox\/)/, title); // a provider is elsewhere
      assert.doesNotMatch(url, /^\/\//, title);
    }
  }
});

test('the style sheet is there, may be kept, and is what the pages name', async () => {
  const [, path] = pages.de.login.text.match(/<link rel="stylesheet" href="([^"]*)"/);
  const answer = await stack.get(path);
  assert.equal(answer.status, 200);
  assert.equal(answer.type, 'text/css');
  assert.match(answer.headers['cache-control'], /immutable/);
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.doesNotMatch(answer.text, /@import|url\(["']?(https?:)?\/\//);
  assert.equal((await stack.get('/static/none/none.css')).status, 404);
  assert.equal((await stack.get(path.replace(/[^/]*$/, '..%2ftemplates%2flogin.html'))).status, 404);
});

test('every internal link of every page leads somewhere', async () => {
  const operator = await stack.office('acme', 'operator');
  const seen = new Set();
  for (const { answer, name } of everywhere) {
    if (!/^(login|link|new link|reset|email|frame|form|not found for|dashboard of|forbidden|confirm|invitation (for|unknown)|office .*=x$|office from)/.test(name)) {
      links(answer.text).filter((href) => href.startsWith('/')).forEach((href) => seen.add(href));
    }
  }
  for (const href of seen) {
    if (!/language=/.test(href)) {
      const browser = href.startsWith('/acme/admin') ? operator : anna;
      assert.equal((await browser.get(href)).status, 200, href);
    }
  }
  assert.ok(seen.size > 50, `${seen.size} links`);
});

// ---- invoices ----

test('F2: the list has every invoice of the own account, newest first, each once', async () => {
  const numbers = [];
  const dates = [];
  let next = '/acme/invoices';
  for (let page = 0; next && page < 20; page++) {
    const { text } = await anna.get(next);
    const rows = text.match(/<tbody>([\s\S]*?)<\/tbody>/)[1].split('</tr>').slice(0, -1);
    for (const row of rows) {
      numbers.push(row.match(/<bdi>([^<]*)<\/bdi>/)[1]);
      dates.push(row.match(/datetime="([^"]*)"/)[1]);
    }
    next = links(text).find((href) => /\?at=/.test(href));
  }
  assert.equal(new Set(numbers).size, numbers.length);
  assert.deepEqual(dates, [...dates].sort().reverse());
  if (stack.own) {
    const rows = stack.sql(`SELECT i.number FROM invoice i JOIN customer c
      ON c.tenant = i.tenant AND c.id = i.customer WHERE c.number = 'K2000'`);
    assert.deepEqual([...numbers].sort(), rows.map(({ number }) => number).sort());
  }
  assert.ok(numbers.length > 25, `${numbers.length} invoices`);
});

test('F2: an invoice shows number, recipient, lines and sums that add up', async () => {
  const { invoices } = await portalPages(anna, 'acme');
  const page = await anna.get(`${invoices[0]}?language=de`);
  const text = visible(page.text);
  assert.match(text, new RegExp(`Rechnung ${invoices[0].split('/').pop()}`));
  assert.match(text, /Bäckerei Sommer GmbH/);
  assert.match(text, /Mühlenweg 4/);
  assert.match(text, /K2000/);
  assert.match(text, /\d,\d\d\s€/);
  if (stack.own) {
    const [row] = stack.sql(`SELECT * FROM invoice WHERE tenant = 'acme'
      AND number = '${invoices[0].split('/').pop()}'`);
    assert.equal(row.gross, row.net + row.vat);
    assert.ok(page.text.includes(`<data value="${row.gross}">`),
      page.text.match(/<data[^>]*>/)[0]);
  }
});

test('F2, X3: the PDF of an own invoice has what the page has', async () => {
  const { invoices, documents } = await portalPages(anna, 'acme');
  const number = invoices[0].split('/').pop();
  const path = documents.find((href) => href.endsWith(`/${number}.pdf`));
  const answer = await anna.get(path);
  assert.equal(answer.status, 200);
  assert.equal(answer.type, 'application/pdf');
  assert.match(answer.headers['content-disposition'], new RegExp(`filename="${number}.pdf"`));
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.bytes.subarray(0, 5).toString(), '%PDF-');
  const { text } = pdf(answer.bytes);
  for (const word of [number, 'Bäckerei Sommer GmbH', 'K2000', 'Acme Telekom GmbH', '€']) {
    assert.ok(text.includes(word), `${word} is not in\n${text}`);
  }
  const total = visible((await anna.get(`${invoices[0]}?language=de`)).text)
    .match(/(\d[\d.]*,\d\d)\s€(?!.*\d,\d\d)/)[1];
  assert.ok(text.includes(total), `${total} is not in\n${text}`);
});

test('F2: HEAD of a PDF has its length and no body', async () => {
  const [path] = (await portalPages(anna, 'acme')).documents;
  const head = await anna.send(path, { method: 'HEAD' });
  const whole = await anna.get(path);
  assert.equal(head.status, 200);
  assert.equal(head.bytes.length, 0);
  assert.equal(head.headers['content-length'], String(whole.bytes.length));
});

test('F2: invoices of others are not there', async () => {
  const bruno = await stack.signedIn('acme', 'bruno');
  for (const path of (await portalPages(bruno, 'acme')).invoices.slice(0, 3)) {
    assert.equal((await bruno.get(path)).status, 200);
    assert.equal((await anna.get(path)).status, 404);
    assert.equal((await anna.get(`${path}.pdf`)).status, 404);
  }
  const guest = await stack.signedIn('acme', 'anna', { customer: 'K2001' });
  const [theirs] = (await portalPages(guest, 'acme')).invoices;
  const [hers] = (await portalPages(anna, 'acme')).invoices;
  assert.equal((await guest.get(theirs)).status, 200);
  const program = { headers: { Accept: 'application/json' } };
  assert.equal((await guest.get(hers, program)).status, 404, 'the session is for one account');
  assert.match((await guest.get(hers)).title, /^Das gehört zu einem anderen Konto/);
});

test('F2: a mistyped cursor or number is no error of ours', async () => {
  for (const query of ["after=x", "at=x&at_key=y", "at=2026-01-01", "at=%ff&at_key=x", "at=a&at=b",
    "at=2026-01-01&at_key='--", "at=9999-99-99&at_key=RE1", "sort=-due", "status=late", "from=x", "x=y"]) {
    assert.equal((await anna.get(`/acme/invoices?${query}`)).status, /late|from/.test(query) ? 422 : 200, query);
  }
  for (const number of ['x', "'", '%27%20OR%201=1--', 'RE1%00', '..', 'RE20001.pdf.pdf', '%ff']) {
    const { status } = await anna.get(`/acme/invoices/${number}`);
    assert.ok([400, 404, 200].includes(status), `${number}: ${status}`);
    assert.ok(status !== 200 || number === '..', number);
  }
});

// ---- contracts ----

test('F3: the list has the contracts of the own account, and each opens', async () => {
  const { contracts } = await portalPages(anna, 'acme');
  assert.deepEqual(contracts.map((href) => href.split('/').pop()).sort(),
    ['VT-3WPD-0L9R', 'VT-7KQ2-ZHXM', 'VT-9BXA-51TC']);
  for (const path of contracts) {
    const page = await anna.get(path);
    assert.equal(page.status, 200);
    assert.ok(visible(page.text).includes(path.split('/').pop()), 'its reference code');
  }
});

test('F3: the list is newest first, each contract once with the sum of its items', async () => {
  const page = await anna.get('/acme/contracts?language=de');
  const cards = page.text.matchAll(/contracts\/([\w-]+)"[\s\S]*?card-price">([^<]+)</g);
  assert.deepEqual([...cards].map(([, ref, price]) => [ref, price.trim().replace(/\s/g, ' ')]),
    [['VT-9BXA-51TC', '9,99 €'], ['VT-7KQ2-ZHXM', '68,90 €'], ['VT-3WPD-0L9R', '36,00 €']]);
});

test('F3: a contract without items stays in the list', own, async () => {
  const bruno = await stack.signedIn('acme', 'bruno');
  const price = async () => /card-price">([^<]+)</.exec((await bruno.get('/acme/contracts?language=de')).text)[1];
  assert.match(await price(), /9,99\s€/);
  stack.sql(`DELETE FROM contract_item WHERE tenant = 'acme'
    AND contract = (SELECT id FROM contract WHERE tenant = 'acme' AND ref = 'VT-6HSN-P3VD')`);
  assert.match(await price(), /0,00\s€/);
});

test('F3: a contract shows items, price, and its invoices', async () => {
  const page = await anna.get('/acme/contracts/VT-7KQ2-ZHXM?language=de');
  const text = visible(page.text);
  assert.match(text, /Glasfaser Filiale Mühlenweg/);
  assert.match(text, /Feste IP-Adresse/);
  assert.match(text, /68,90\s€/);
  assert.match(text, /monatlich/);
  assert.ok(links(page.text).some((href) => /\/invoices\/RE\d+$/.test(href)));
});

test('F3: contracts of others are not there', async () => {
  for (const ref of ['VT-6HSN-P3VD', 'VT-2MMF-8E4J', 'CT-4RTY-QQ21', 'x', '%00', "'"]) {
    const { status } = await anna.get(`/acme/contracts/${ref}`);
    assert.ok([400, 404].includes(status), `${ref}: ${status}`);
  }
});

// ---- areas ----

const menu = (page) => [...page.text.match(/<nav class="nav[^>]*>([\s\S]*?)<\/nav>/)[1]
  .matchAll(/href="([^"]*)"/g)].map(([, href]) => href);

test('F4: the menu comes from the table of areas, as far as the rights go', async () => {
  const table = readFileSync(new URL('../../fcgi_app/tables/areas.def', import.meta.url), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '');
  const areas = [...table.matchAll(/^AREA\("([^"]*)", "([^"]*)"/gm)]
    .map(([, path, permission]) => ({ path, permission }));
  assert.ok(areas.length >= 3);
  assert.deepEqual(menu(await anna.get('/acme/')), areas.map(({ path }) => `/acme${path}`));
  const bruno = await stack.signedIn('acme', 'bruno');
  assert.deepEqual(menu(await bruno.get('/acme/')), areas.map(({ path }) => `/acme${path}`));

  const guest = await stack.signedIn('acme', 'anna', { customer: 'K2001' });
  const rights = ['-', 'own', 'billing.invoices.view'];
  const open = areas.filter(({ permission }) => rights.includes(permission));
  const dashboard = await guest.get('/acme/');
  assert.deepEqual(menu(dashboard), open.map(({ path }) => `/acme${path}`));
  assert.doesNotMatch(dashboard.text, /\/contracts/, 'no other way there either');
  for (const { path, permission } of areas) {
    assert.equal((await guest.get(`/acme${path}`)).status,
      rights.includes(permission) ? 200 : 403, path);
  }
});

test('F4: rights that are taken away count from the next request on', own, async () => {
  const guest = await stack.signedIn('acme', 'anna', { customer: 'K2001' });
  assert.equal((await guest.get('/acme/invoices')).status, 200);
  const [{ membership }] = stack.sql(`SELECT membership FROM membership_permission LIMIT 1`);
  try {
    stack.sql(`DELETE FROM membership_permission WHERE membership = '${membership}'`);
    const page = await guest.get('/acme/invoices');
    assert.equal(page.status, 403);
    assert.deepEqual(menu(page), ['/acme/', '/acme/security']);
  } finally {
    stack.sql(`INSERT INTO membership_permission
      VALUES ('acme', '${membership}', 'billing.invoices.view', '')`);
  }
});

// ---- methods ----

test('HEAD is GET without the body, on every page', async () => {
  const { invoices, contracts } = await portalPages(anna, 'acme');
  for (const path of ['/acme/', '/acme/invoices', invoices[0], '/acme/contracts', contracts[0]]) {
    const get = await anna.get(path);
    const head = await anna.send(path, { method: 'HEAD' });
    assert.equal(head.status, get.status, path);
    assert.equal(head.bytes.length, 0, path);
    assert.equal(head.headers['content-length'], String(get.bytes.length), path);
    assert.equal(head.headers['content-type'], get.headers['content-type'], path);
  }
  assert.equal((await stack.get('/acme/login', { method: 'HEAD' })).status, 200);
});

test('a method that an address does not have is 405 with Allow', async () => {
  for (const method of ['OPTIONS', 'PUT', 'DELETE', 'PATCH', 'PROPFIND']) {
    const answer = await anna.send('/acme/invoices', { method });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers.allow, 'GET, HEAD', method);
  }
  const login = await stack.get('/acme/login', { method: 'DELETE' });
  assert.equal(login.status, 405);
  assert.equal(login.headers.allow, 'GET, HEAD, POST');
  assert.equal((await anna.send('/acme/', { method: 'TRACE' })).status, 405);
});

test('health is told, and nothing else', async () => {
  const answer = await stack.get('/healthz');
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.json, { status: 'ok' });
});

// ---- filters of the list of invoices ----

const shownNumbers = (page) => [...(page.text.match(/<tbody>([\s\S]*?)<\/tbody>/)?.[1] ?? '')
  .matchAll(/<th scope="row">[\s\S]*?<bdi>([^<]*)<\/bdi>/g)].map(([, number]) => number);

async function filtered(query) {
  const found = [];
  for (let next = `/acme/invoices?${query}`; next;) {
    const page = await anna.get(next);
    assert.equal(page.status, 200, next);
    found.push(...shownNumbers(page));
    next = links(page.text).find((href) => /[?&]at=/.test(href) && !/[?&]language=/.test(href));
  }
  return found;
}

test('F33, F34: the list of the account is narrowed by delivery mode and others, all of them together', { skip: stack.skip }, async () => {
  const rows = stack.sql(`SELECT i.number, i.date, i.status, i.type, i.delivery_mode, k.ref FROM invoice i JOIN customer c
    ON c.tenant = i.tenant AND c.id = i.customer LEFT JOIN contract k ON k.tenant = i.tenant AND k.id = i.contract
    WHERE c.number = 'K2000' AND i.tenant = 'acme' ORDER BY i.date DESC, i.number DESC`);
  const modes = new Set(rows.map((row) => row.delivery_mode));
  assert.ok(modes.size > 1, 'the demo has several modes');
  const half = rows[rows.length >> 1].date;
  const cases = { status: ['open', 'paid'], type: ['invoice', 'credit_note', 'correction'], delivery_mode: ['email', 'none', 'post'],
    contract: ['VT-7KQ2-ZHXM', 'VT-9BXA-51TC'], from: [half], to: [half] };
  const holds = { from: (row, day) => row.date >= day, to: (row, day) => row.date <= day, contract: (row, ref) => row.ref === ref };
  const all = Object.entries(cases).flatMap(([name, list]) => list.map((value) => [name, value]));
  for (const a of all) {
    for (const b of all.filter(([name]) => name >= a[0])) {
      const asked = Object.fromEntries([a, b]);
      const wanted = rows.filter((row) => Object.entries(asked).every(([name, value]) =>
        (holds[name] ? holds[name](row, value) : row[name] === value)));
      assert.deepEqual(await filtered(new URLSearchParams(asked)), wanted.map(({ number }) => number), JSON.stringify(asked));
    }
  }
});

test('F36: invoices that are not e-mailed are in the list of the portal and downloaded like others', async () => {
  for (const mode of ['none', 'post']) {
    const page = await anna.get(`/acme/invoices?delivery_mode=${mode}`);
    for (const href of links(page.text).filter((one) => /\.pdf$/.test(one)).slice(0, 2)) {
      const answer = await anna.get(href);
      assert.equal(answer.type, 'application/pdf', href);
      assert.ok(answer.text.startsWith('%PDF-'), href);
    }
  }
  assert.ok((await filtered('delivery_mode=none')).length > 0, 'the demo has some');
});

test('F34: a filter of the portal shows nothing of other accounts', async () => {
  for (const query of ['contract=VT-3PLD-8RWE', 'contract=CT-4RTY-QQ21', 'customer=K2002', 'text=Keller']) {
    const numbers = await filtered(query);
    const mine = await filtered('');
    assert.ok(numbers.every((number) => mine.includes(number)), query);
  }
});
