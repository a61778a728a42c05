// Services in the back office and in the portal: recorded, changed, removed, read
// from files.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const api = (...args) => stack.api('acme', ...args);
const suffix = randomBytes(4).toString('hex');
const CONTRACT = 'VT-7KQ2-ZHXM'; // of K2000
const OTHER = 'VT-2MMF-8E4J'; // of K2001
const day = (days = 0) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' })
  .format(new Date(Date.now() + days * 86_400_000));

const at = (path) => `/acme/admin${path}`;
const get = async (path, status = 200, language = 'en', browser = owner) => {
  const answer = await browser.get(`${at(path)}${path.includes('?') ? '&' : '?'}language=${language}`);
  assert.equal(answer.status, status, `${path}: ${answer.text.slice(0, 300)}`);
  return answer;
};
const action = (path) => new RegExp(`/admin/services${path}$`);
const save = async (fields, page, path = '') => owner.submit(page ?? await get(path ? `/services${path}` : '/services/new'),
  fields, { action: action(path) });
let made = 0;
const fields = (more) => ({ contract: CONTRACT, description: `Einsatz ${suffix} ${++made}`, quantity: '1,5', unit_price: '80',
  vat_rate: '19', performance_date: day(), bill_from: '', external_id: '', ...more });
const found = async (description) => {
  const all = [];
  for (let next = '/service-entries?limit=200'; next;) {
    const { json } = await api('GET', next);
    all.push(...json.items.filter((one) => one.description === description));
    next = json.next && `/service-entries?limit=200&cursor=${json.next}`;
  }
  return all;
};
const wrong = (page) => [...page.text.matchAll(/id="error-(\w+)"/g)].map(([, name]) => name);
const typed = (page) => Object.fromEntries([...page.text.matchAll(/<input type="(?:text|date)" id="field-(\w+)"([^>]*)>/g)]
  .map(([, name, rest]) => [name, unescapeHtml(rest.match(/ value="([^"]*)"/)?.[1] ?? '')]));
const asksToConfirm = (page) => /id="field-confirm"/.test(page.text);

test('F37: staff record a service on a contract, from its page', own, async () => {
  assert.ok(links((await get(`/contracts/${CONTRACT}`)).text).includes(at(`/contracts/${CONTRACT}/services`)));
  const list = await get(`/contracts/${CONTRACT}/services`);
  assert.ok(links(list.text).includes(at(`/services/new?contract=${CONTRACT}`)));
  const form = await get(`/services/new?contract=${CONTRACT}`);
  assert.deepEqual([typed(form).contract, typed(form).performance_date], [CONTRACT, day()]);
  assert.ok(!asksToConfirm(form));
  assert.match(visible(form.text), /the next run of the contract bills it, also where the performance date lies ahead/);
  const body = fields({ external_id: `o-${suffix}`, bill_from: day(7) });
  const answer = await save(body, form);
  const [entry] = await found(body.description);
  assert.equal(answer.location, at(`/services/${entry.id}`));
  assert.deepEqual([entry.contract, entry.quantity, entry.unit_price, entry.vat_rate, entry.bill_from, entry.external_id],
    [CONTRACT, '1.5', '80', '19', day(7), body.external_id]);
  const [row] = stack.sql(`SELECT actor, action FROM audit WHERE object = '${entry.id}'`);
  assert.match(row.actor, /^staff:/);
  assert.equal(row.action, 'service_entry.created');
  const page = await get(`/services/${entry.id}`);
  assert.match(visible(page.text), /K2000.*€120\.00/);
  assert.ok(links((await get(`/contracts/${CONTRACT}/services`)).text).includes(at(`/services/${entry.id}`)));
  assert.ok(!links((await get(`/contracts/${OTHER}/services`)).text).includes(at(`/services/${entry.id}`)));
  await get('/contracts/VT-0000-0000/services', 404);
});

test('F43: a day ahead without a day to bill from comes back once with a warning, before it is saved', async () => {
  const body = fields({ performance_date: day(3) });
  for (const [language, words] of [['en', /billed in the next run/], ['de', /im nächsten Rechnungslauf abgerechnet/],
    ['fr', /prochaine facturation/]]) {
    const asked = await save(body, await get('/services/new', 200, language));
    assert.equal(asked.status, 422);
    assert.deepEqual(wrong(asked), ['confirm']);
    assert.match(visible(asked.text), words);
    const { confirm, ...kept } = typed(asked);
    assert.deepEqual(kept, body);
  }
  assert.deepEqual(await found(body.description), []);
  const asked = await save(body);
  const answer = await save({ ...body, confirm: 'on' }, asked);
  assert.equal(answer.status, 303);
  const [entry] = await found(body.description);
  assert.deepEqual(entry.warnings, ['future_without_bill_from']);
  assert.match(visible((await get(`/services/${entry.id}`)).text), /the next run of the contract bills it/);
});

test('F43, F44: other days are saved at once; billed before performed is hinted at', async () => {
  for (const [performance_date, bill_from, hint] of [[day(), '', false], [day(-9), '', false], [day(9), day(9), false],
    [day(9), day(10), false], [day(9), day(8), true], [day(9), day(-1), true]]) {
    const body = fields({ performance_date, bill_from });
    const answer = await save(body);
    assert.equal(answer.status, 303, `${performance_date} ${bill_from}`);
    const page = await owner.get(`${answer.location}?language=en`);
    assert.equal(/may be billed before its performance date/.test(visible(page.text)), hint, `${performance_date} ${bill_from}`);
  }
});

test('F37: what is wrong stands at its field, and what was typed stays', own, async () => {
  const bad = { contract: 'VT-0000', description: 'x'.repeat(501), quantity: '1.000,5', unit_price: 'viel', vat_rate: '101',
    performance_date: day(4000), bill_from: '2026-02-30', external_id: '<b>"&amp;' };
  const answer = await save(bad);
  assert.equal(answer.status, 422);
  assert.deepEqual(wrong(answer).sort(), ['bill_from', 'contract', 'description', 'performance_date', 'quantity', 'unit_price',
    'vat_rate']);
  assert.deepEqual(typed(answer), bad);
  const empty = await save(fields({ contract: '', description: '', quantity: '' }));
  assert.deepEqual(wrong(empty), ['contract', 'description', 'quantity']);
  const external_id = `twice-${suffix}`;
  assert.equal((await save(fields({ external_id }))).status, 303);
  assert.deepEqual(wrong(await save(fields({ external_id }))), ['external_id']);
  stack.sql("UPDATE contract SET status = 'ended' WHERE ref = 'VT-9BXA-51TC'");
  assert.deepEqual(wrong(await save(fields({ contract: 'VT-9BXA-51TC' }))), ['contract']);
  const page = await get('/services/new');
  const body = fields();
  const all = await Promise.all([save(body, page), save(body, page), save(body, page)]);
  assert.equal(new Set(all.map(({ location }) => location)).size, 1);
  assert.equal((await found(body.description)).length, 1, 'sent three times, recorded once');
});

test('F45: what is open is changed and removed; the page keeps its history', own, async () => {
  const body = fields();
  const { location } = await save(body);
  const id = location.split('/').pop();
  const path = `/${id}/change`;
  const [form, older, oldest] = [await get(`/services${path}`), await get(`/services${path}`), await get(`/services${path}`)];
  const { contract, external_id, ...own } = body;
  assert.deepEqual(typed(form), { ...own, quantity: '1.5' });
  const answer = await save({ ...own, quantity: '2', bill_from: day(3) }, form, path);
  assert.equal(answer.location, location);
  const stale = await save({ ...own, quantity: '7' }, older, path);
  assert.equal(stale.status, 409);
  assert.match(visible(stale.text), /Saved meanwhile: 2/);
  assert.equal((await api('GET', `/service-entries/${id}`)).json.quantity, '2');
  const asked = await save({ ...own, performance_date: day(3), bill_from: '' }, undefined, path);
  assert.deepEqual(wrong(asked), ['confirm']);
  const question = await get(`/services/${id}/remove`);
  assert.match(visible(question.text), /Remove this service\?.*No run bills it then/);
  assert.equal((await owner.submit(question, {}, { action: /remove$/ })).location, location);
  const page = await get(`/services/${id}`);
  assert.match(visible(page.text), /deleted.*History.*removed.*changed.*Quantity: 1\.5 → 2; Bill from: – → .*created/);
  assert.ok(!links(page.text).some((href) => /change$|remove$/.test(href)));
  await get(`/services/${id}/change`, 409);
  await get(`/services/${id}/remove`, 409);
  assert.equal((await owner.submit(oldest, own, { action: action(path) })).status, 409);
});

test('F45: what a run billed meanwhile is neither changed nor removed by a form that is open', own, async () => {
  const { location } = await save(fields());
  const id = location.split('/').pop();
  const [form, question] = [await get(`/services/${id}/change`), await get(`/services/${id}/remove`)];
  stack.sql(`UPDATE service_entry SET status = 'billed', version = version + 1,
    invoice = (SELECT id FROM invoice WHERE tenant = 'acme' AND number = 'RE20001') WHERE id = '${id}'`);
  for (const [page, end] of [[form, /change$/], [question, /remove$/]]) {
    const answer = await owner.submit(page, fields(), { action: end });
    assert.equal(answer.status, 409);
    assert.match(visible(answer.text), /This service is billed|Leistung ist abgerechnet/);
  }
  assert.match(visible((await get(`/services/${id}`)).text), /RE20001/);
  assert.equal((await api('GET', `/service-entries/${id}`)).json.status, 'billed');
});

test('X10: the list of all is narrowed and comes as CSV; who may only look, only looks', own, async () => {
  const body = fields({ contract: OTHER, performance_date: day(20), bill_from: day(21) });
  const { location } = await save(body);
  const query = `?customer=K2001&status=open&performance_date_from=${day(20)}&performance_date_to=${day(20)}`;
  assert.ok(links((await get(`/services${query}`)).text).includes(location));
  assert.ok(!links((await get(`/services${query.replace('K2001', 'K2000')}`)).text).includes(location));
  const csv = await owner.get(`${at('/services')}${query}&format=csv`);
  assert.equal(csv.type, 'text/csv');
  assert.match(csv.text, new RegExp(`"${body.description}","${OTHER}","Sommer & Söhne KG","K2001","${day(20)}","${day(21)}","open","120.00","EUR","1.5","80","19",""`));
  const support = await stack.office('acme', 'support');
  const page = await get(location.replace('/acme/admin', ''), 200, 'en', support);
  assert.ok(!links(page.text).some((href) => /change$|remove$|audit/.test(href)));
  assert.match(visible(page.text), /History.*created/);
  await get('/services/new', 403, 'en', support);
  await get('/services/import', 403, 'en', support);
});

// ---- files ----

const importPath = at('/services/import');
const importForm = () => get('/services/import');
const head = 'contract;description;quantity;unit_price;vat_rate;performance_date;bill_from;external_id';
const file = (name, content, more = {}) => {
  const body = new FormData();
  Object.entries(more).forEach(([key, value]) => body.set(key, value));
  body.set('file', new Blob([content], { type: 'text/csv' }), name);
  body.set('text', '');
  return body;
};
// As a browser sends it, in parts.
const sendParts = async (content, more = {}, page = undefined) => {
  const { hidden } = forms((page ?? await importForm()).text).find((form) => action('/import').test(form.action));
  const request = new Request('http://x/', { method: 'POST', body: file('leistungen.csv', content, { ...hidden, ...more }) });
  return owner.post(importPath, {}, { headers: { 'Content-Type': request.headers.get('content-type') },
    body: Buffer.from(await request.arrayBuffer()) });
};
const pasted = (text, more = {}, page = undefined) => (page ? Promise.resolve(page) : importForm())
  .then((form) => owner.submit(form, { text, step: 'check', ...more }, { action: action('/import') }));
const counts = (page) => [...page.text.matchAll(/<dt>[^<]*<\/dt>\s*<dd>(\d+)<\/dd>/g)].map(([, n]) => Number(n));
const remarks = (page) => [...page.text.matchAll(/<th scope="row">(\d+)<\/th>\s*<td[^>]*>([\s\S]*?)<\/td>/g)]
  .map(([, number, text]) => [Number(number), visible(text)]);
const area = (page) => unescapeHtml(page.text.match(/<textarea[^>]*>\n?([\s\S]*?)<\/textarea>/)[1]).replace(/\r\n/g, '\n');

test('F37: a file is looked through first, then its good lines are recorded, and the others stay to be put right', own, async () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => `f-${suffix}-${name}`);
  const text = `\ufeff${head}\r\n${CONTRACT};"Wartung; ""groß""";1,5;95,5;19 %;24.11.2026;;${a}\r\n`
    + `${OTHER};Ahead;1;10;19;${day(5)};;${b}\r\n\r\nVT-0000-0000;Nowhere;1;10;19;1.2.2026;;\r\n`
    + `${CONTRACT};Bad;0;zehn;19;31.2.2026;;${c}\r\n${CONTRACT};"two\nlines";1;1;0;2026-11-24;;;more\r\n`;
  const checked = await sendParts(text);
  assert.equal(checked.status, 200, checked.text.slice(0, 500));
  assert.match(visible(checked.text), /Nothing is recorded yet/);
  assert.deepEqual(counts(checked), [2, 0, 3]);
  const said = remarks(checked);
  assert.deepEqual(said.map(([number]) => number), [3, 5, 6, 7]);
  assert.match(said[0][1], /^The performance date lies ahead/);
  assert.match(said[1][1], /^Refused: Contract: There is no such contract/);
  assert.match(said[2][1], /^Refused: Quantity: .*Unit price: .*Performance date: This is not a date/);
  assert.match(said[3][1], /^Refused: .*more fields/);
  assert.equal(area(checked), text.replace(/\r\n/g, '\n'));
  assert.deepEqual(await found('Wartung; "groß"'), []);
  const done = await pasted(area(checked), { step: 'import' }, checked);
  assert.equal(done.status, 200);
  assert.deepEqual(counts(done), [2, 0, 3]);
  assert.match(visible(done.text), /What was done/);
  const { json: { items: [entry] } } = await api('GET', `/service-entries?external_id=${a}`);
  assert.deepEqual([entry.description, entry.quantity, entry.unit_price, entry.vat_rate, entry.performance_date, entry.contract],
    ['Wartung; "groß"', '1.5', '95.5', '19', '2026-11-24', CONTRACT]);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE object = '${entry.id}'`)[0].n, 1);
  // what was refused, to be put right
  const rest = area(done);
  assert.equal(rest.split('\n')[0].replace('\ufeff', ''), head);
  assert.ok(!rest.includes(a) && rest.includes(c) && rest.includes('Nowhere') && rest.includes('"two\nlines"'), rest);
  const fixed = `${head}\n${CONTRACT};Bad;1;10;19;28.2.2026;;${c}\n${CONTRACT};Again;1;1;0;2026-11-24;;${a}\n`;
  const second = await pasted(fixed, { step: 'import' }, done);
  assert.deepEqual(counts(second), [1, 1, 0]);
  assert.match(remarks(second)[0][1], /^It is there already with other values/);
});

test('F37: a form of lines sent twice is recorded once, and checked as often as one likes', own, async () => {
  const description = `Zweimal ${suffix}`;
  const text = `${head}\n${CONTRACT};${description};1;10;19;2026-11-24;;`;
  const form = await importForm();
  for (let i = 0; i < 3; i++) {
    const checked = await pasted(text, {}, form);
    assert.deepEqual([checked.status, counts(checked)], [200, [1, 0, 0]]);
  }
  const all = await Promise.all([1, 2, 3].map(() => pasted(text, { step: 'import' }, form)));
  assert.deepEqual(all.map(({ status }) => status).sort(), [200, 303, 303]);
  assert.equal((await found(description)).length, 1);
});

test('F37: columns go by the names of the API or of the pages, whatever separates them', own, async () => {
  const rows = [
    `Vertrag,Beschreibung,Menge,Einzelpreis,Umsatzsteuersatz in Prozent,Leistungsdatum,Farbe\n${CONTRACT},S1 ${suffix},"1,5",10.5,19,3.4.2026,rot\n`,
    `CONTRACT\tDescription\tQuantity\tUnit price\tVAT rate in percent\tPerformance date\n${CONTRACT}\tS2 ${suffix}\t1,5\t10,5\t19%\t03.04.2026`,
    `external_id;performance_date;vat_rate;unit_price;quantity;description;contract\n;2026-04-03;19,0;10,50;1.50;S3 ${suffix};${CONTRACT}\r`,
  ];
  for (const [i, text] of rows.entries()) {
    const done = await pasted(text, { step: 'import' });
    assert.deepEqual(counts(done), [1, 0, 0], visible(done.text));
    const [entry] = await found(`S${i + 1} ${suffix}`);
    assert.deepEqual([entry.quantity, entry.unit_price, entry.vat_rate, entry.performance_date], ['1.5', '10.5', '19', '2026-04-03']);
    assert.equal(/Farbe/.test(visible(done.text.match(/<dl[\s\S]*?<\/dl>/)[0])), i === 0, 'what is not read is named');
  }
});

test('F37: what is no such file is refused with a reason, and nothing typed is lost', own, async () => {
  const cases = [
    ['', /There are no lines/],
    [head, /There are no lines/],
    ['contract;description\nx;y', /Not there: quantity, unit_price, vat_rate, performance_date/],
    [`${head};Vertrag\n`, /names it twice: Vertrag/],
    [`${head}\n${CONTRACT};"open;1;1;19;2026-11-24\n\n`, /not closed.*line 2/],
    [`${head}\n${`${CONTRACT};x;1;1;19;2026-11-24\n`.repeat(5001)}`, /too many lines.*5000/],
  ];
  for (const [text, words] of cases) {
    const answer = await pasted(text, { step: 'import' });
    assert.equal(answer.status, 422, visible(answer.text).slice(0, 300));
    assert.match(visible(answer.text), words);
    assert.equal(area(answer), text);
  }
  const latin = await sendParts(Buffer.from(`${head}\nM\xfcller`, 'latin1'), { step: 'import' });
  assert.equal(latin.status, 422);
  assert.match(visible(latin.text), /no text in UTF-8/);
  const { hidden } = forms((await importForm()).text).find((form) => action('/import').test(form.action));
  const parts = (body, type = 'multipart/form-data; boundary=x') =>
    owner.post(importPath, {}, { headers: { 'Content-Type': type }, body });
  assert.equal((await parts('--x\r\n')).status, 400);
  assert.equal((await parts('{}', 'application/json')).status, 415);
  assert.equal((await parts(`--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\nwrong\r\n--x--`)).status, 403);
  assert.equal((await sendParts('x'.repeat(2_200_000))).status, 413);
  const other = forms((await get('/services/new')).text).find((form) => action('').test(form.action));
  const all = { ...other.hidden, ...fields() };
  const body = `${Object.entries(all).map(([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')}--x--`;
  assert.equal((await owner.post(at('/services'), {}, { headers: { 'Content-Type': 'multipart/form-data; boundary=x' }, body })).status,
    415, 'forms without files do not come in parts');
  assert.ok(hidden.csrf);
});

test('F37: thousands of lines are looked through and recorded in one go', own, async () => {
  const many = 5000;
  const lines = Array.from({ length: many }, (_, i) =>
    `${i % 2 ? CONTRACT : OTHER};Masse ${i};1,5;10;19;24.11.2026;;m-${suffix}-${i}`);
  const began = Date.now();
  const checked = await sendParts(`${head}\n${lines.join('\n')}\n`);
  const looked = Date.now() - began;
  assert.deepEqual(counts(checked), [many, 0, 0]);
  const done = await pasted(area(checked), { step: 'import' }, checked);
  assert.equal(done.status, 200);
  assert.deepEqual(counts(done), [many, 0, 0]);
  const [{ n, trail }] = stack.sql(`SELECT COUNT(*) AS n, (SELECT COUNT(*) FROM audit a WHERE a.object IN
    (SELECT id FROM service_entry WHERE external_id LIKE 'm-${suffix}-%')) AS trail
    FROM service_entry WHERE external_id LIKE 'm-${suffix}-%'`);
  assert.deepEqual([n, trail], [many, many]);
  console.log(`# ${many} lines: looked through in ${looked} ms, recorded in ${Date.now() - began - looked} ms`);
  const again = await sendParts(`${head}\n${lines.join('\n')}\n`, { step: 'import' });
  assert.deepEqual(counts(again), [0, many, 0]);
});

// ---- the portal ----

test('F37: the customer sees on the contract what is recorded and not billed yet, also by a link', own, async () => {
  const ref = 'VT-3WPD-0L9R';
  const shown = async (browser, path = `/acme/contracts/${ref}`) => visible((await browser.get(`${path}?language=en`)).text);
  const anna = await stack.signedIn('acme', 'anna');
  assert.doesNotMatch(await shown(anna), /not yet billed/);
  const mine = fields({ contract: ref, description: `Kasse <b>${suffix}</b>`, quantity: '2', performance_date: day(2), bill_from: day(2) });
  const { location } = await save(mine);
  const others = fields({ contract: OTHER });
  await save(others);
  assert.match(await shown(anna), new RegExp(`Recorded, not yet billed.*Kasse <b>${suffix}</b> .*€160\\.00`));
  assert.doesNotMatch(await shown(anna, `/acme/contracts/${CONTRACT}`), new RegExp(`Kasse.*${suffix}|${others.description}`));
  const link = (await api('POST', `/contracts/${ref}/self-service-token`)).json.url;
  const visitor = stack.browser();
  const opened = await visitor.follow(await visitor.get(new URL(link).pathname));
  assert.match(visible(opened.text), new RegExp(`Kasse <b>${suffix}</b>`));
  const id = location.split('/').pop();
  stack.sql(`UPDATE service_entry SET status = 'billed', version = version + 1 WHERE id = '${id}'`);
  assert.doesNotMatch(await shown(anna), /Kasse <b>/);
});
