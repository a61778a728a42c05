// The order page: what a merchant sets of it, what it shows and costs, and what an
// order makes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';

import { forms, unescapeHtml, visible } from '../lib/client.mjs';
import { onPostgresql } from '../lib/database.mjs';
import { startRelay } from '../lib/relay.mjs';
import { saveSettings, saveWords } from '../lib/settings.mjs';
import { startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
after(() => relay.stop());
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const mark = () => randomBytes(4).toString('hex');
const owner = await stack.office('acme');

const { items: variants } = (await api('GET', '/plan-variants?limit=100')).json;
const { items: components } = (await api('GET', '/components?limit=100')).json;
const VARIANT = variants.find(({ external_id }) => external_id === 'GF1000-24').id;
const FLEX = variants.find(({ external_id }) => external_id === 'GF1000-FLEX').id;
const control = (name) => `component-${components.find((one) => one.name === name).id}`;
const [IP, ROUTER, SEATS] = ['Feste IP-Adresse', 'Router, Miete', 'Nebenstellen'].map(control);

const person = (more) => ({ first_name: 'Rosa', last_name: `Blum ${mark()}`, email: `rosa-${mark()}@orders.example`,
  street: 'Weg 1', postal_code: '20095', city: 'Hamburg', country: 'DE', ...more });
const open = (browser, variant = VARIANT, query = '') => browser.get(`/acme/order/${variant}?language=en${query}`);
const send = (browser, page, fields, step = 'order') =>
  browser.submit(page, { ...fields, step }, { action: /\/order\/var_/ });
async function order(fields, { browser = stack.browser(), variant, query } = {}) {
  const page = await open(browser, variant, query);
  assert.equal(page.status, 200, page.text);
  return { browser, page, answer: await send(browser, page, fields) };
}
async function ordered(fields, options) {
  const { browser, answer, page } = await order(fields, options);
  assert.equal(answer.status, 303, visible(answer.text));
  const done = await browser.get(answer.location);
  const [, ref] = visible(done.text).match(/(VT-[0-9A-Z]{4}-[0-9A-Z]{4})/);
  return { ref, done, page, browser, location: answer.location };
}
const wrong = (answer) => [...answer.text.matchAll(/id="error-([\w-]+)"/g)].map(([, name]) => name);
const summary = (page) => visible(page.text.match(/<section[^>]*id="summary">[\s\S]*?<\/section>/)[0]);
const hidden = (page, name) => page.text.match(new RegExp(`name="${name}" value="([^"]*)"`))?.[1];
const contractOf = async (ref) => (await api('GET', `/contracts/${ref}`)).json;
const customers = () => stack.sql("SELECT COUNT(*) AS n FROM customer WHERE tenant = 'acme'")[0].n;

const set = (changes, tab = 'signup') => saveSettings(owner, tab, changes);
const words = (language, changes) => saveWords(owner, 'signup', language, changes);

// ---- the page ----

test('B1, B9, B96, B97, B102, B105: one link is one variant, its components, usage fees and what it costs', async () => {
  const browser = stack.browser();
  const page = await open(browser);
  assert.equal(page.status, 200);
  const text = visible(page.text);
  for (const word of ['Fibre 1000, 24 months', 'Fixed IP address', 'Rented router', 'Extensions', 'Usage fees', 'Minutes to mobiles',
    'Runs for 24 months at least', 'Notice: 1 month', 'including VAT']) {
    assert.ok(text.includes(word), `${word} in ${text}`);
  }
  assert.doesNotMatch(text, /Nebenstellen|Filialnetz/, 'what staff call it');
  assert.match(page.text, /<meta name="description" content="Fibre 1000, 24 months, €59\.90">/);
  assert.equal(page.text.includes(`name="${control('Minuten ins Mobilnetz')}"`), false, 'what is metered is not ordered');
  assert.match(summary(page), /With your first invoice.*€50\.34.*Setup fee.*€41\.98.*€92\.32.*€17\.54.*€109\.86/);
  assert.match(summary(page), /From then on, monthly.*€59\.90/);
});

test('B92: of a variant that nobody may order there is no page, as of one that is not there', async () => {
  const closed = variants.find(({ self_service }) => !self_service).id;
  for (const id of [closed, 'var_nothing', components[0].id]) {
    const page = await open(stack.browser(), id);
    assert.equal(page.status, 404, id);
    assert.doesNotMatch(page.text, /Filialnetz/);
  }
});

test('B100, B101, B105: quantities and switches change the summary by the server’s word, without JavaScript', async () => {
  const browser = stack.browser();
  const page = await open(browser);
  const shown = await send(browser, page, { [IP]: '2', [ROUTER]: 'on', [SEATS]: '7' }, 'preview');
  assert.equal(shown.status, 200);
  assert.match(summary(shown), /Fixed IP address 2 × €4\.50 €9\.00/);
  assert.match(summary(shown), /Rented router €5\.04/);
  // 5 × 3.90 and 2 × 2.90
  assert.match(summary(shown), /Extensions 5 × €3\.90 €19\.50 Extensions 2 × €2\.90 €5\.80/);
  assert.equal(hidden(shown, IP), '2');
  assert.notEqual(hidden(shown, 'shown'), hidden(page, 'shown'));
  const bad = await send(browser, page, { [IP]: 'two' }, 'preview');
  assert.deepEqual(wrong(bad), [IP]);
  assert.equal(hidden(bad, IP), 'two');
});

test('B1: what an address says is filled in, by its names here and elsewhere, and nothing of it is trusted', async () => {
  const query = `&fname=Ro%22sa&lname=Blum&cname=Blum+AG&email=a%40b.example&street=Weg&hnum=7&pcode=20095&pnum=040&vatid=DE1&${IP}=3`;
  const page = await open(stack.browser(), VARIANT, query);
  assert.equal(page.status, 200);
  const value = (name) => unescapeHtml(page.text.match(new RegExp(`name="${name}"[^>]* value="([^"]*)"`))?.[1] ?? '');
  assert.deepEqual(['first_name', 'last_name', 'company_name', 'email', 'street', 'postal_code', 'phone', 'vat_id', IP].map(value),
    ['Ro"sa', 'Blum', 'Blum AG', 'a@b.example', 'Weg 7', '20095', '040', 'DE1', '3']);
  assert.match(summary(page), /Fixed IP address 3 ×/);
  assert.doesNotMatch(page.text, /There is a problem/);
  const odd = await open(stack.browser(), VARIANT, `&${IP}=-5&price=0&shown=0&step=order&again=on`);
  assert.equal(odd.status, 200);
  assert.match(summary(odd), /€109\.86/);
  const off = await open(stack.browser(), VARIANT, `&${ROUTER}=0`);
  assert.doesNotMatch(off.text, new RegExp(`name="${ROUTER}" checked`));
});

test('B107, B108: the page is in each language, and its button says that it costs money', async () => {
  for (const [language, button] of [['de', 'Zahlungspflichtig bestellen'], ['en', 'Order with obligation to pay'],
    ['fr', 'Commander avec obligation de paiement']]) {
    const page = await stack.browser().get(`/acme/order/${VARIANT}?language=${language}`);
    assert.equal(page.lang, language);
    const [, label] = page.text.match(/<button[^>]*value="order">([^<]*)</);
    assert.equal(label, button);
    assert.ok(page.text.indexOf('id="summary"') < page.text.indexOf('value="order"'));
  }
});

// ---- ordering ----

test('B106: an order makes customer, contract and services, with its proof, mail and callback', own, async () => {
  const hook = (await api('POST', '/callbacks', { url: 'https://merchant.example/orders', types: 'order.placed' })).json;
  const fields = person({ phone: '+49 40 1', company_name: 'Blum AG' });
  const { ref, done } = await ordered({ ...fields, [IP]: '2' }, { query: `&${IP}=2` });
  assert.match(visible(done.text), /Thank you for your order.*Acme Telekom received it on/);
  const contract = await contractOf(ref);
  assert.equal(contract.status, 'active');
  assert.deepEqual(contract.items.map(({ description, quantity, unit_price }) => [description, quantity, unit_price]),
    [['Fibre 1000, 24 months', '1', '50.34'], ['Fixed IP address', '2', '4.5']]);
  assert.deepEqual([contract.term, contract.notice, contract.recurrence], [{ count: 24, unit: 'month' },
    { count: 1, unit: 'month' }, { every: 1, unit: 'month' }]);
  const customer = (await api('GET', `/customers/${contract.customer}`)).json;
  assert.deepEqual({ ...fields, language: 'en' }, Object.fromEntries([...Object.keys(fields), 'language'].map((key) => [key, customer[key]])));
  const { items } = (await api('GET', `/contracts/${ref}/service-entries`)).json;
  assert.deepEqual(items.map(({ description, unit_price, status }) => [description, unit_price, status]), [['Setup fee', '41.98', 'open']]);
  const [row] = stack.sql(`SELECT o.* FROM orders o JOIN contract n ON n.tenant = o.tenant AND n.id = o.contract WHERE n.ref = '${ref}'`);
  assert.equal(row.gross, 12057);
  assert.equal(JSON.parse(row.price).now.gross, 12057);
  assert.match(row.url, new RegExp(`/order/${VARIANT}$`));
  const trail = stack.sql(`SELECT action FROM audit WHERE customer = '${row.customer}' ORDER BY id`).map(({ action }) => action);
  for (const action of ['customer.created', 'contract.created', 'service_entry.created', 'order.placed']) {
    assert.ok(trail.includes(action), `${action} in ${trail}`);
  }
  const told = stack.sql(`SELECT type, object FROM callback_event WHERE object = '${row.id}'`);
  assert.deepEqual(told.map(({ type }) => type), ['order.placed']);
  await api('DELETE', `/callbacks/${hook.id}`);
  const mail = await until('mail', () => relay.to(fields.email)[0]);
  assert.match(mail.text, new RegExp(`contract ${ref}`));
  assert.match(mail.text, /2 × Fixed IP address: €9\.00/);
  assert.match(mail.text, /Net €101\.32, VAT €19\.25, total €120\.57/);
  assert.match(mail.text, /Minimum term: 24 months/);
  const [link] = mail.text.match(/http\S+\/s\/\S+/);
  const visitor = stack.browser();
  const opened = await visitor.follow(await visitor.get(new URL(link).pathname));
  assert.match(visible(opened.text), new RegExp(ref), 'the link opens the contract');
});

test('B106: who orders gets a sign-in where the merchant wants it, and who has one is invited', own, async (t) => {
  const nobody = person();
  await ordered(nobody);
  await set({ signup_login: 'on' });
  t.after(() => set({ signup_login: undefined }));
  const fields = person();
  const mailed = (event) => until(event, () => relay.to(fields.email).find(({ text }) => text.match(/\/invitation\//)));
  const { ref, done } = await ordered(fields);
  assert.match(visible(done.text), /leads you to your sign-in to the portal/);
  const [link] = (await mailed('the link')).text.match(/http\S+\/invitation\/\S+/);
  const browser = stack.browser();
  const page = await browser.get(new URL(link).pathname);
  const chosen = await browser.submit(page, { new_password: 'violet-tractor-museum-12' }, { action: /password$/ });
  assert.equal(chosen.status, 303, visible(chosen.text));
  await browser.signIn('acme', fields.email, 'violet-tractor-museum-12');
  const contracts = await browser.get('/acme/contracts?language=en');
  assert.ok(visible(contracts.text).includes(ref), 'all of the account is theirs');
  const account = (await contractOf(ref)).customer;
  const members = (await api('GET', `/customers/${account}/members`)).json.items;
  assert.deepEqual(members.map(({ kind, status, email }) => [kind, status, email]), [['owner', 'active', fields.email]]);

  const again = await ordered({ ...fields, phone: '+49 40 2' });
  const second = (await contractOf(again.ref)).customer;
  assert.notEqual(second, account, 'a stranger orders as somebody new');
  const [invited] = (await api('GET', `/customers/${second}/members`)).json.items;
  assert.deepEqual([invited.kind, invited.status], ['owner', 'invited'], 'nobody is given an account unasked');
  await until('both mails', () => relay.to(fields.email).filter(({ text }) => /\/invitation\//.test(text)).length === 2);
  assert.equal(relay.to(nobody.email).some(({ text }) => /\/invitation\//.test(text)), false);
});

test('B62: staff find an order with the terms that were accepted, and who may not see contracts does not', own, async () => {
  await set({ signup_term1: 'required' });
  await words('en', { term1: 'I know <b>all</b> of it.' });
  const { ref } = await ordered(person({ 'term-1': 'on' }));
  await words('en', { term1: '' });
  const list = await owner.get('/acme/admin/orders?language=en');
  assert.ok(visible(list.text).includes(ref));
  const [{ id }] = stack.sql(`SELECT o.id FROM orders o JOIN contract n ON n.tenant = o.tenant AND n.id = o.contract WHERE n.ref = '${ref}'`);
  const page = await owner.get(`/acme/admin/orders/${id}?language=en`);
  assert.match(visible(page.text), new RegExp(`Order of ${ref}.*First invoice, gross €109\\.86.*I know <b>all</b> of it\\. .*yes`));
  const globex = await stack.office('globex');
  assert.equal((await globex.get(`/globex/admin/orders/${id}`)).status, 404);
});

test('B106: what was ordered is billed as it was shown', own, async () => {
  const { ref } = await ordered({ ...person(), [ROUTER]: 'on' }, { query: `&${ROUTER}=on` });
  const [{ start_date: date, id }] = stack.sql(`SELECT start_date, id FROM contract WHERE ref = '${ref}'`);
  const [{ gross }] = stack.sql(`SELECT gross FROM orders WHERE contract = '${id}'`);
  const run = (await api('POST', '/invoice-runs', { date }, { 'Idempotency-Key': mark() })).json;
  await until('run', async () => (await api('GET', `/invoice-runs/${run.id}`)).json.status === 'done');
  const [invoice] = stack.sql(`SELECT gross FROM invoice WHERE contract = '${id}'`);
  assert.equal(invoice.gross, gross);
});

test('B29: what is required is asked for, what is hidden is not taken, and what was typed stays', own, async () => {
  assert.equal((await set({ signup_phone: 'required', signup_vat_id: 'hidden' })).status, 303);
  const before = customers();
  const { answer } = await order(person({ email: 'nobody', street: '<b>"', vat_id: 'DE99' }));
  assert.equal(answer.status, 422);
  assert.deepEqual(wrong(answer), ['email', 'phone']);
  assert.ok(answer.text.includes('value="&lt;b&gt;&quot;"'));
  assert.equal(customers(), before);
  const { ref } = await ordered(person({ phone: '1', vat_id: 'DE99' }));
  const { customer } = await contractOf(ref);
  assert.equal((await api('GET', `/customers/${customer}`)).json.vat_id, null);
  await set({ signup_phone: 'optional', signup_vat_id: 'optional' });
});

test('B27: how documents are sent goes to the contract', own, async () => {
  await set({ signup_delivery: 'required' });
  const { ref } = await ordered(person({ delivery_mode: 'post' }));
  assert.equal((await contractOf(ref)).delivery_mode, 'post');
  await set({ signup_delivery: 'hidden' });
  assert.equal((await contractOf((await ordered(person({ delivery_mode: 'post' }))).ref)).delivery_mode, 'email');
});

test('B30: a policy that nobody could order by is refused, with what to do', async () => {
  const email = await set({ signup_email: 'optional' });
  assert.deepEqual([email.status, wrong(email)], [422, ['signup_email']]);
  for (const [fields, at] of [[{ signup_company: 'hidden', signup_name: 'hidden' }, ['signup_company', 'signup_name']],
    [{ signup_company: 'hidden', signup_name: 'optional' }, ['signup_name']],
    [{ signup_company: 'optional', signup_name: 'hidden' }, ['signup_company']]]) {
    const name = await set(fields);
    assert.deepEqual([name.status, wrong(name)], [422, at]);
  }
  const url = await set({ terms_url: 'javascript:alert(1)', signup_success_url: 'nowhere' });
  assert.deepEqual(wrong(url).sort(), ['signup_success_url', 'terms_url']);
});

test('B46–B62: up to five lines of terms, with links and boxes; what was accepted is kept', own, async () => {
  await set({ terms_url: 'https://acme.example/agb?v=2', privacy_url: 'https://acme.example/dp', signup_term1: 'required' });
  await words('en', { term1: 'I accept the {tac} and know the {dpp}.', term2: 'About the {withdrawal}.' });
  await words('de', { term1: 'Ich akzeptiere die {tac}.' });
  const { page, answer, browser } = await order(person());
  assert.match(page.text, /<a href="https:\/\/acme\.example\/agb\?v=2"[^>]*>terms and conditions<\/a>/);
  assert.match(page.text, /About the withdrawal instructions\./, 'without an address the word alone');
  assert.equal(page.text.match(/name="term-\d"/g).length, 1, 'a box where it is required');
  assert.doesNotMatch(page.text, /name="term-1"[^>]* checked/);
  assert.doesNotMatch((await open(stack.browser(), VARIANT, '&term-1=on')).text, /name="term-1"[^>]* checked/, 'nor by a link');
  assert.ok(page.text.indexOf('name="term-1"') < page.text.indexOf('value="order"'));
  assert.equal(answer.status, 422);
  assert.deepEqual(wrong(answer), ['term-1']);
  const fields = person({ 'term-1': 'on' });
  await words('en', { term2: 'Other words about the {withdrawal}.' });
  const changed = await send(browser, answer, fields);
  assert.equal(changed.status, 409, 'words that nobody has seen are not accepted');
  await words('en', { term2: 'About the {withdrawal}.' });
  const done = await send(browser, answer, fields);
  assert.equal(done.status, 303, visible(done.text));
  const [row] = stack.sql(`SELECT o.id, o.language FROM orders o JOIN customer c ON c.tenant = o.tenant AND c.id = o.customer
    WHERE c.email = '${fields.email}'`);
  assert.equal(row.language, 'en');
  const terms = stack.sql(`SELECT position, words, required, hash FROM order_term WHERE orders = '${row.id}' ORDER BY position`);
  assert.deepEqual(terms.map(({ position, words: said, required }) => [position, said, required]),
    [[1, 'I accept the terms and conditions (https://acme.example/agb?v=2) and know the privacy policy (https://acme.example/dp).', 1],
      [2, 'About the withdrawal instructions.', 0]]);
  assert.match(terms[0].hash, /^[0-9a-f]{64}$/);
  const german = await stack.browser().get(`/acme/order/${VARIANT}?language=de`);
  assert.match(visible(german.text), /Ich akzeptiere die Allgemeinen Geschäftsbedingungen ?\./);
  const french = await stack.browser().get(`/acme/order/${VARIANT}?language=fr`);
  assert.match(visible(french.text), /Ich akzeptiere die conditions générales ?\./, 'B41: in the default language');
  assert.match(french.text, /<label for="field-term-1" lang="de">Ich akzeptiere/, 'and says which that is');
  await words('en', { term1: '', term2: '' });
  await words('de', { term1: '' });
  assert.equal(/name="term-/.test((await open(stack.browser())).text), false, 'B58: none is fine');
});

test('B33–B41: the merchant’s words stand on the page, and no markup in them is any', own, async () => {
  assert.equal((await words('en', { title: 'Get <b>fibre</b>', order_heading: 'Your line' })).status, 303);
  const text = (await open(stack.browser())).text;
  assert.match(text, /<h1>Get &lt;b&gt;fibre&lt;\/b&gt;<\/h1>/);
  assert.match(text, />Your line</);
  const [audit] = stack.sql("SELECT object, detail, after FROM audit WHERE action = 'page_text.changed' ORDER BY id DESC LIMIT 1");
  assert.deepEqual([audit.object, audit.detail, JSON.parse(audit.after).order_heading], ['signup', 'en', 'Your line']);
  await words('en', { title: '', order_heading: '' });
  assert.match((await open(stack.browser())).text, /<h1>Your order<\/h1>/);
});

test('who saves words over somebody else’s is told', own, async () => {
  const page = await owner.get('/acme/admin/page-texts/signup/fr');
  const form = forms(page.text).find(({ action }) => action.endsWith('/fr'));
  await words('fr', { title: 'Un' });
  const late = await owner.post(form.action, { ...form.hidden, title: 'Deux' });
  assert.equal(late.status, 409);
  assert.match(late.text, /value="Deux"/);
  await words('fr', { title: '' });
});

test('B31, B105: a coupon lowers the price, says why it does not, and is used up once', own, async () => {
  await set({ signup_coupon: 'on' });
  const browser = stack.browser();
  const page = await open(browser);
  const unknown = await send(browser, page, { coupon: 'NOTHING-1' }, 'preview');
  assert.deepEqual(wrong(unknown), ['coupon']);
  const shown = await send(browser, page, { coupon: 'willkommen-20' }, 'preview');
  assert.match(summary(shown), /20 % off for 6 months -€10\.07/);
  assert.match(summary(shown), /When the discount is over, monthly.*€59\.90/);
  const done = await send(browser, shown, person({ coupon: 'willkommen-20' }));
  assert.equal(done.status, 303, visible(done.text));
  const ref = visible((await browser.get(done.location)).text).match(/VT-\S+/)[0];
  const { items, start: start_date } = await contractOf(ref);
  assert.equal(items[1].unit_price, '-10.07');
  assert.equal(items[1].until, months(start_date, 6), 'the discount ends by itself');
  assert.equal(items[0].until, null);
  await set({ signup_coupon: undefined });
});

// A plan of one variant, with what makes it another than those of the demo.
async function offered(more) {
  const texts = (name) => ['de', 'en'].map((language) => ({ language, name }));
  const family = (await api('POST', '/product-families', { name: 'F', currency: 'EUR', vat_rate: '19', texts: texts('F') })).json;
  const plan = (await api('POST', '/plans', { family: family.id, name: 'P', texts: texts('P') })).json;
  const made = await api('POST', '/plan-variants', { plan: plan.id, name: 'V', price: '10', self_service: true,
    recurrence: { every: 1, unit: 'month' }, texts: texts('V'), ...more });
  assert.equal(made.status, 201, made.text);
  return made.json.id;
}
const months = (date, n) => {
  const [year, month, day] = date.split('-').map(Number);
  const last = new Date(Date.UTC(year, month - 1 + n + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + n, Math.min(day, last))).toISOString().slice(0, 10);
};
const before = (date) => new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10);

test('B106: what ends by itself ends: after its first term, or with its trial; and the page says so', own, async () => {
  const year = await offered({ term: { count: 12, unit: 'month' }, after_first_term: 'end' });
  const first = await ordered(person(), { variant: year });
  assert.match(summary(first.page), /Ends by itself after 12 months/);
  const once = await contractOf(first.ref);
  assert.equal(once.end, before(months(once.start, 12)));
  const trial = await offered({ trial: { count: 1, unit: 'month' }, trial_end: 'end', renewal: { count: 1, unit: 'month' },
    term: { count: 24, unit: 'month' } });
  const second = await ordered(person(), { variant: trial });
  assert.match(summary(second.page), /Free of charge for 1 month first Ends by itself after that/);
  assert.doesNotMatch(summary(second.page), /From then on/);
  const tried = await contractOf(second.ref);
  assert.deepEqual([tried.end, tried.next_billing], [before(months(tried.start, 1)), null]);
  await api('PATCH', `/contracts/${second.ref}`, { name: 'Renamed' }, { 'If-Match': '*' });
  assert.equal((await contractOf(second.ref)).end, tried.end, 'whatever is changed of it');
});

test('B105: a trial takes nothing of the discount', own, async () => {
  const variant = await offered({ trial: { count: 1, unit: 'month' } });
  const discount = (await api('POST', '/discounts', { name: 'D', kind: 'percent', percent: '50', periods: 1,
    texts: [{ language: 'de', name: 'D' }] })).json;
  const code = `TRIAL${mark().toUpperCase()}`;
  await api('POST', '/coupons', { code, discount: discount.id });
  const { ref } = await ordered(person({ coupon: code }), { variant, query: `&coupon=${code}` });
  const { start, items } = await contractOf(ref);
  assert.deepEqual([items[1].unit_price, items[1].until], ['-5', months(start, 2)], 'the period after the trial');
});

test('B106: an address gets the mails of five orders, and then of one in a quarter of an hour', own, async () => {
  const fields = person();
  const statuses = [];
  for (let i = 0; i < 6; i++) {
    statuses.push((await order({ ...fields, last_name: `${i}` })).answer.status);
  }
  assert.deepEqual(statuses, [303, 303, 303, 303, 303, 429]);
});

test('B106: the last coupon goes to one of those who order at once', own, async () => {
  const [{ id: discount }] = (await api('GET', '/discounts')).json.items;
  const code = `LAST${mark().toUpperCase()}`;
  await api('POST', '/coupons', { code, discount, limit_total: 1 });
  const all = await Promise.all(Array.from({ length: 5 }, () => order(person({ coupon: code }), { query: `&coupon=${code}` })));
  const answers = all.map(({ answer }) => answer);
  assert.equal(answers.filter(({ status }) => status === 303).length, 1, answers.map(({ status }) => status).join());
  for (const answer of answers.filter(({ status }) => status !== 303)) {
    assert.deepEqual(wrong(answer), ['coupon'], visible(answer.text).slice(0, 300));
    assert.match(visible(answer.text), /used up/);
  }
});

test('B106: a price that changed meanwhile is shown before anything is ordered', own, async () => {
  const browser = stack.browser();
  const page = await open(browser, FLEX);
  const before = customers();
  await api('PATCH', `/plan-variants/${FLEX}`, { price: '60' }, { 'If-Match': '*' });
  const fields = person();
  const told = await send(browser, page, fields);
  assert.equal(told.status, 409);
  assert.match(visible(told.text), /The summary has changed/);
  assert.match(summary(told), /€60\.00/);
  assert.equal(customers(), before);
  const done = await send(browser, told, fields);
  assert.equal(done.status, 303);
  await api('PATCH', `/plan-variants/${FLEX}`, { price: '58.74' }, { 'If-Match': '*' });
});

test('what was changed and not looked at is shown before it is ordered', own, async () => {
  const browser = stack.browser();
  const page = await open(browser);
  const fields = person({ [IP]: '4' });
  const told = await send(browser, page, fields);
  assert.equal(told.status, 409);
  assert.match(summary(told), /Fixed IP address 4 ×/);
  assert.equal((await send(browser, told, fields)).status, 303);
});

test('B106: sent twice, by going back, or at once, it is one order; the same in another tab is asked for', own, async () => {
  const browser = stack.browser();
  const page = await open(browser);
  const fields = person();
  const before = customers();
  const all = await Promise.all([1, 2, 3].map(() => send(browser, page, fields)));
  assert.deepEqual(all.map(({ status }) => status), [303, 303, 303], all.map(({ text }) => visible(text).slice(0, 200)).join());
  assert.equal((await send(browser, page, fields)).status, 303, 'gone back, and sent again');
  assert.equal(customers(), before + 1);
  const other = await open(browser);
  const asked = await send(browser, other, fields);
  assert.equal(asked.status, 409);
  assert.match(visible(asked.text), /You ordered the same on .* \(contract VT-/);
  assert.equal(customers(), before + 1);
  assert.equal((await send(browser, asked, { ...fields, again: 'on' })).status, 303);
  assert.equal(customers(), before + 2);
  assert.equal((await send(stack.browser(), other, fields)).status, 403, 'of another browser');
  // gone back, changed, and looked at: another order, though the form is the one of before
  const more = await send(browser, page, { ...fields, [SEATS]: '7' }, 'preview');
  const old = await send(browser, more, { ...fields, [SEATS]: '7' });
  assert.equal(old.status, 409, visible(old.text).slice(0, 200));
  assert.equal(customers(), before + 2);
  assert.equal((await send(browser, old, { ...fields, [SEATS]: '7' })).status, 303);
  assert.equal(customers(), before + 3);
  const together = stack.browser();
  const tabs = [await open(together, FLEX), await open(together, FLEX)];
  const both = await Promise.all(tabs.map((tab) => send(together, tab, person())));
  assert.deepEqual(both.map(({ status }) => status).sort(), [303, 409], 'two tabs at once');
});

test('B106: whoever is signed in orders into their account', own, async () => {
  const anna = await stack.signedIn('acme', 'anna');
  const page = await open(anna, FLEX);
  assert.match(visible(page.text), /You order for your account: Bäckerei Sommer GmbH/);
  assert.equal(/name="email"/.test(page.text), false);
  const before = customers();
  const done = await send(anna, page, {});
  assert.equal(done.status, 303, visible(done.text));
  assert.equal(customers(), before);
  const ref = visible((await anna.get(done.location)).text).match(/VT-\S+/)[0];
  assert.equal((await contractOf(ref)).customer, 'K2000');
});

test('B106: it is the owner who orders for an account, and it is the account that was shown', own, async () => {
  const anna = await stack.signedIn('acme', 'anna');
  const page = await open(anna, FLEX);
  const stranger = stack.browser();
  const form = await open(stranger, FLEX);
  const before = stack.sql('SELECT COUNT(*) AS n FROM orders')[0].n;
  await anna.choose(await anna.get('/acme/'), 'K2001'); // whose guest she is
  assert.equal((await send(anna, page, {})).status, 403);
  assert.equal((await open(anna, FLEX)).status, 403);
  // somebody who signs in before the form is sent
  const { username, password } = stack.user('bruno');
  await stranger.signIn('acme', username, password);
  const told = await send(stranger, form, person());
  assert.equal(told.status, 409, visible(told.text).slice(0, 200));
  assert.match(visible(told.text), /You order for your account:/);
  assert.equal(stack.sql('SELECT COUNT(*) AS n FROM orders')[0].n, before);
});

test('B42, B43, B45: the merchant’s page follows, with the contract, wherever its address ends', own, async () => {
  for (const [url, wanted] of [['https://shop.example/thanks', /^https:\/\/shop\.example\/thanks\?contractId=VT-[\w-]+$/],
    ['https://shop.example/thanks?a=b#top', /^https:\/\/shop\.example\/thanks\?a=b&contractId=VT-[\w-]+#top$/]]) {
    await set({ signup_success_url: url });
    const { done, ref } = await ordered(person());
    const leads = unescapeHtml(done.text.match(/http-equiv="refresh" content="0; url=([^"]*)"/)[1]);
    assert.match(leads, wanted);
    assert.ok(leads.includes(ref));
  }
  await set({ signup_success_url: '' });
});

test('B44, B45: what nobody who orders can mend leads to the merchant’s page, or to ours', own, async () => {
  const closed = (now) => stack.sql(`UPDATE plan_variant SET self_service = ${now ? 0 : 1} WHERE id = '${FLEX}'`);
  const leads = (answer) => unescapeHtml(answer.text.match(/http-equiv="refresh" content="0; url=([^"]*)"/)?.[1] ?? '');
  const count = () => stack.sql('SELECT COUNT(*) AS n FROM orders')[0].n;
  const before = count();
  const browser = stack.browser();
  const page = await open(browser, FLEX);
  for (const [url, wanted] of [['', ''], ['https://shop.example/sorry', 'https://shop.example/sorry?error='],
    ['https://shop.example/sorry?a=b#top', 'https://shop.example/sorry?a=b&error=']]) {
    assert.equal((await set({ signup_error_url: url })).status, 303);
    const behind = url.includes('#') ? '#top' : '';
    closed(true);
    for (const step of ['order', 'preview']) {
      const gone = await send(browser, page, person(), step);
      assert.equal(gone.status, 404);
      assert.match(visible(gone.text), /This cannot be ordered any more Nothing was ordered\./);
      assert.equal(leads(gone), url && `${wanted}order_gone${behind}`);
    }
    const strange = await browser.post('/acme/order/var_nothing', forms(page.text)[0].hidden);
    assert.equal(strange.status, 404, 'B92: as what is not there');
    assert.equal(leads(strange), url && `${wanted}order_gone${behind}`);
    const shown = await open(stack.browser(), FLEX);
    assert.equal(shown.status, 404);
    assert.equal(leads(shown), '', 'whoever follows a link is told that there is nothing');
    closed(false);
    const [{ price }] = stack.sql(`SELECT price FROM plan_variant WHERE id = '${FLEX}'`);
    stack.sql(`UPDATE plan_variant SET price = 20000000000000000 WHERE id = '${FLEX}'`);
    for (const failed of [await open(stack.browser(), FLEX), await send(browser, page, person()),
      await send(browser, page, {}, 'preview')]) {
      assert.equal(failed.status, 409, visible(failed.text));
      assert.match(visible(failed.text), /This cannot be ordered at present/);
      assert.equal(leads(failed), url && `${wanted}order_failed${behind}`);
    }
    stack.sql(`UPDATE plan_variant SET price = ${price} WHERE id = '${FLEX}'`);
  }
  assert.equal(count(), before);
  const mended = await send(browser, page, { first_name: '' });
  assert.equal(mended.status, 422);
  assert.equal(leads(mended), '', 'what can be mended stays here');
  assert.deepEqual(wrong(await set({ signup_error_url: 'javascript:alert(1)' })), ['signup_error_url']);
  await set({ signup_error_url: '' });
});

test('B44: what the database refuses leads to the merchant’s page, and nothing is made', own, async () => {
  await set({ signup_error_url: 'https://shop.example/sorry' });
  const browser = stack.browser();
  const page = await open(browser);
  const before = [customers(), stack.sql('SELECT COUNT(*) AS n FROM orders')[0].n];
  if (onPostgresql) {
    stack.sql(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE check_violation; END'`);
    stack.sql('CREATE TRIGGER refused BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse()');
  } else {
    stack.sql(`CREATE TRIGGER refused BEFORE INSERT ON orders BEGIN SELECT RAISE(ABORT, 'refused'); END`);
  }
  const refused = await send(browser, page, person());
  stack.sql(onPostgresql ? 'DROP FUNCTION refuse CASCADE' : 'DROP TRIGGER refused');
  assert.equal(refused.status, 409, visible(refused.text));
  assert.match(visible(refused.text), /This cannot be ordered at present Nothing was ordered/);
  assert.match(refused.text, /http-equiv="refresh" content="0; url=https:\/\/shop\.example\/sorry\?error=order_failed"/);
  assert.deepEqual([customers(), stack.sql('SELECT COUNT(*) AS n FROM orders')[0].n], before);
  assert.equal((await send(browser, page, person())).status, 303, 'the same form orders once it can be kept');
  await set({ signup_error_url: '' });
});

test('B105: a sum that is too large is said where most of it was wished', own, async () => {
  const id = IP.replace('component-', '');
  const [{ price }] = stack.sql(`SELECT price FROM component WHERE id = '${id}'`);
  stack.sql(`UPDATE component SET price = 1000000000000 WHERE id = '${id}'`);
  const browser = stack.browser();
  const page = await open(browser);
  for (const step of ['preview', 'order']) {
    const large = await send(browser, page, person({ [IP]: '1000000', [SEATS]: '7' }), step);
    assert.deepEqual(wrong(large), [IP], step);
    assert.match(large.text, new RegExp(`href="#field-${IP}"`));
    assert.equal(hidden(large, IP), '1000000');
  }
  stack.sql(`UPDATE component SET price = ${price} WHERE id = '${id}'`);
});

test('B59: whoever saves words or addresses is told of links that lead nowhere', own, async () => {
  const told = (page) => [...visible(page.text).matchAll(/The contract terms have (\{\w+\}), but “([^”]*)” is empty/g)]
    .map(([, place, setting]) => [place, setting]);
  await set({ terms_url: '', privacy_url: 'https://acme.example/dp', withdrawal_url: '' });
  const saved = await words('fr', { term1: 'Les {tac} et la {dpp}.', title: 'Sur {withdrawal}' });
  const tac = [['{tac}', 'Address of your terms and conditions']];
  assert.deepEqual(told(await owner.get(`${saved.location}&language=en`)), tac, 'of the terms, not of other words');
  const tab = await set({ terms_url: 'https://acme.example/agb' });
  assert.deepEqual(told(await owner.get(`${tab.location}&language=en`)), []);
  const without = await set({ terms_url: '', privacy_url: '' });
  assert.deepEqual(told(await owner.get(`${without.location}&language=en`)),
    [...tac, ['{dpp}', 'Address of your privacy policy']]);
  await words('fr', { term1: '', title: '' });
  assert.deepEqual(told(await owner.get(`${without.location}&language=en`)), []);
});

test('B32: external ids stand in the summary where the merchant wants them', own, async () => {
  assert.doesNotMatch(summary(await open(stack.browser())), /GF1000-24/);
  await set({ signup_external_id: 'on' });
  assert.match(summary(await open(stack.browser(), VARIANT, `&${IP}=1`)), /GF1000-24.*IP/);
  await set({ signup_external_id: undefined });
});

test('the page of an order is for whose browser placed it, and for a while', own, async () => {
  const { location, browser } = await ordered(person());
  assert.equal((await stack.browser().get(location)).status, 410);
  assert.equal((await browser.get(location)).status, 200);
});

test('a trial costs nothing until it is over, and is billed from then on', own, async () => {
  const globex = (...args) => stack.api('globex', ...args);
  const { items } = (await globex('GET', '/plan-variants')).json;
  const trial = items.find(({ name }) => name === 'M').id;
  const browser = stack.browser();
  const page = await browser.get(`/globex/order/${trial}?language=en`);
  assert.match(visible(page.text), /Free of charge for 14 days first/);
  assert.doesNotMatch(summary(page), /With your first invoice/);
  const done = await browser.submit(page, { ...person(), step: 'order' }, { action: /\/order\/var_/ });
  assert.equal(done.status, 303, visible(done.text));
  const ref = visible((await browser.get(done.location)).text).match(/[A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{4}/)[0];
  const [row] = stack.sql(`SELECT start_date, billed_until, next_billing FROM contract WHERE tenant = 'globex' AND ref = '${ref}'`);
  const day = (date, days) => new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
  assert.deepEqual([row.billed_until, row.next_billing], [day(row.start_date, 13), day(row.start_date, 14)]);
});

// ---- by the merchant's server ----

test('B106: a merchant\'s server orders for a customer, with the terms that were accepted as proof', own, async () => {
  const { number } = (await api('POST', '/customers', { company_name: `Werft ${mark()}`, email: `werft-${mark()}@orders.example` })).json;
  const body = { variant: VARIANT, customer: number, language: 'en', components: [{ component: IP.slice(10), quantity: '2' }],
    gross: { amount: 12057, currency: 'EUR' }, url: 'https://werft.example/order',
    terms: [{ words: 'I have read the terms (https://werft.example/t).', required: true }, { words: 'Prices are net.' }] };
  const old = await api('POST', '/orders', { ...body, gross: { amount: 12056, currency: 'EUR' } });
  assert.deepEqual([old.status, old.json.code], [409, 'order_changed'], old.text);
  assert.equal((await api('GET', `/orders?customer=${number}`)).json.items.length, 0);
  const made = await api('POST', '/orders', body);
  assert.equal(made.status, 201, made.text);
  assert.equal(made.headers.location, `/api/v1/orders/${made.json.id}`);
  assert.deepEqual(made.json.terms.map(({ position, words, required }) => [position, words, required]),
    [[1, body.terms[0].words, true], [2, body.terms[1].words, false]]);
  const contract = await contractOf(made.json.contract);
  assert.equal(contract.customer, number);
  assert.ok(contract.items.some(({ description, quantity }) => description === 'Fixed IP address' && quantity === '2'));
  assert.deepEqual((await api('GET', `/orders/${made.json.id}`)).json, made.json);
  const again = await api('POST', '/orders', body);
  assert.equal(again.status, 201, 'two calls are two orders');
  const of = async (query) => (await api('GET', `/orders?${query}`)).json.items.map(({ id }) => id);
  assert.deepEqual(await of(`customer=${number}`), [again.json.id, made.json.id]);
  assert.deepEqual(await of(`contract=${made.json.contract}`), [made.json.id]);
  assert.deepEqual(await of(`contract=${made.json.contract}&customer=K2000`), []);
  const first = (await api('GET', '/orders?limit=1')).json;
  assert.equal(first.items[0].id, again.json.id);
  assert.equal((await api('GET', `/orders?limit=1&cursor=${first.next}`)).json.items[0].id, made.json.id);
});

test('B106: what cannot be ordered by a server says what is wrong, and nothing is made', own, async () => {
  const before = stack.sql('SELECT COUNT(*) AS n FROM contract')[0].n;
  const wrongs = async (body) => {
    const answer = await api('POST', '/orders', { variant: VARIANT, customer: 'K2000', ...body });
    assert.equal(answer.status, 422, answer.text);
    return answer.json.errors.map(({ pointer, code }) => [pointer, code]);
  };
  assert.deepEqual(await wrongs({ variant: 'var_x', customer: 'K9' }),
    [['#/customer', 'unknown_customer'], ['#/variant', 'unknown_product']]);
  assert.deepEqual(await wrongs({ coupon: 'NOPE' }), [['#/coupon', 'coupon_unknown']]);
  assert.deepEqual(await wrongs({ components: [{ component: 'cmp_x' }] }), [['#/components/0/component', 'unknown_product']]);
  assert.deepEqual(await wrongs({ gross: { amount: 1, currency: 'USD' } }), [['#/gross', 'value_decimal']]);
  const family = components.find(({ id }) => `component-${id}` === IP).family, parts = [];
  for (let i = 0; i < 101; i++) {
    parts.push((await api('POST', '/components', { family, name: `P${i}`, type: 'quantity', price: '1' })).json.id);
  }
  const long = await api('POST', '/orders', { variant: VARIANT, customer: 'K2000', components: parts.map((component) => ({ component })) });
  assert.deepEqual([long.status, long.json.code], [422, 'order_long'], long.text);
  const many = await api('POST', '/orders', { variant: VARIANT, customer: 'K2000', terms: Array(6).fill({ words: 'x' }) });
  assert.equal(many.status, 422);
  assert.equal((await stack.api('globex', 'POST', '/orders', { variant: VARIANT, customer: 'K2000' })).status, 422, 'another tenant');
  assert.equal(stack.sql('SELECT COUNT(*) AS n FROM contract')[0].n, before);
});
