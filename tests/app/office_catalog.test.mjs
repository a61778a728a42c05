// The catalogue in the back office: lists, pages and forms of product families,
// plans, variants, components, discounts and coupons.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { forms, links, unescapeHtml, visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const suffix = () => randomBytes(4).toString('hex');
const month = { every: 1, unit: 'month' };
const kinds = ['product-families', 'plans', 'plan-variants', 'components', 'discounts', 'coupons'];

const at = (path) => `/acme/admin${path}`;
const get = async (path, status = 200, browser = owner, language = 'en') => {
  const answer = await browser.get(`${at(path)}${path.includes('?') ? '&' : '?'}language=${language}`);
  assert.equal(answer.status, status, `${path}: ${answer.text.slice(0, 400)}`);
  return answer;
};
const submit = (page, path, fields, browser = owner) =>
  browser.submit(page, fields, { action: new RegExp(`/admin${path}$`) });
async function call(method, path, body) {
  const answer = await stack.api('acme', method, path, body, method === 'POST' ? {} : { 'If-Match': '*' });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
  return answer.text ? answer.json : null;
}
const read = (path) => call('GET', path);

// What the form holds, by the name of each control.
function typed(page) {
  const values = {};
  const all = forms(page.text).filter(({ method }) => method === 'post').map((form) => form.body).join('');
  for (const [, name, rest] of all.matchAll(/<input type="(?:text|number|date)" id="field-([\w.-]+)"([^>]*)>/g)) {
    values[name] = unescapeHtml(rest.match(/ value="([^"]*)"/)?.[1] ?? '');
  }
  for (const [, name, text] of all.matchAll(/<textarea id="field-([\w.-]+)"[^>]*>\n?([\s\S]*?)<\/textarea>/g)) {
    values[name] = unescapeHtml(text);
  }
  for (const [, name, inside] of all.matchAll(/<select id="field-([\w.-]+)"[^>]*>([\s\S]*?)<\/select>/g)) {
    values[name] = (inside.match(/value="([^"]*)" selected/) ?? inside.match(/value="([^"]*)"/))[1];
  }
  for (const [, name, rest] of all.matchAll(/<input type="checkbox" id="field-([\w.-]+)"([^>]*)>/g)) {
    if (rest.includes(' checked')) {
      values[name] = 'on';
    }
  }
  return values;
}
const wrong = (page) => [...page.text.matchAll(/id="error-([\w.-]+)"/g)].map(([, name]) => name);
const holds = (page, fields) => {
  const found = typed(page);
  assert.deepEqual(found, { ...found, ...fields });
};
const has = (page, control) => page.text.includes(`id="field-${control}"`);
const idOf = (answer) => {
  assert.equal(answer.status, 303, visible(answer.text).slice(0, 600));
  return answer.location.split('/').pop();
};

// By the API, to begin with.
async function shop(more = {}) {
  const name = `Büro ${suffix()}`;
  const texts = [{ language: 'de', name }];
  const family = await call('POST', '/product-families', { name, currency: 'EUR', vat_rate: '19', texts, ...more.family });
  const plan = await call('POST', '/plans', { family: family.id, name: `Tarif ${name}`, texts, ...more.plan });
  const variant = await call('POST', '/plan-variants', { plan: plan.id, name: `Flex ${name}`, price: '10', recurrence: month,
    self_service: true, texts, ...more.variant });
  return { family, plan, variant };
}
const component = (family, more) => call('POST', '/components', { family: family.id, name: `Teil ${suffix()}`, type: 'quantity',
  price: '5', ...more });

test('B93, B103, B104: the catalogue is made by forms, from the family down to the coupon, with its audit rows', async () => {
  const word = suffix();
  const family = idOf(await submit(await get('/product-families/new'), '/product-families', {
    name: `Netz ${word}`, external_id: `N-${word}`, currency: 'EUR', vat_rate: '19', 'texts.de.name': 'Netz', 'texts.fr.name': 'Réseau',
    'texts.de.description': 'Zwei\r\nZeilen' }));
  const familyPage = await get(`/product-families/${family}`);
  assert.ok(links(familyPage.text).includes(at(`/plans/new?family=${family}`)));
  const plan = idOf(await submit(await get(`/plans/new?family=${family}`), '/plans', { name: `Faser ${word}`, 'texts.de.name': 'Faser' }));
  const form = await get(`/plan-variants/new?plan=${plan}`);
  holds(form, { 'recurrence.every': '1', 'recurrence.unit': 'month', in_advance: 'on', trial_end: 'continue', after_first_term: 'renew',
    next_variant: '' });
  assert.match(visible(form.text), /Prices are net, in EUR\..*Price.*Trial and terms.*Sign-up settings.*Allow self-service sign-up for this variant/);
  const variant = idOf(await submit(form, '/plan-variants', { ...typed(form), name: '24 Monate', price: '49,90', setup_fee: '29',
    'trial.count': '14', 'trial.unit': 'day', 'term.count': '24', 'renewal.count': '1', 'notice.count': '1', self_service: 'on',
    vat_rate: '7', external_id: `V-${word}`, 'texts.de.name': 'Faser, 24 Monate' }));
  const { id, created, ...now } = await read(`/plan-variants/${variant}`);
  assert.deepEqual(now, { plan, family, name: '24 Monate', external_id: `V-${word}`, self_service: true, price: '49.9', setup_fee: '29',
    vat_rate: '7', recurrence: month, in_advance: true, trial: { count: 14, unit: 'day' }, trial_end: 'continue',
    term: { count: 24, unit: 'month' }, renewal: { count: 1, unit: 'month' }, notice: { count: 1, unit: 'month' },
    after_first_term: 'renew', next_variant: null, status: 'active', currency: 'EUR', orderable: true,
    texts: [{ language: 'de', name: 'Faser, 24 Monate', description: null }] });
  assert.ok(id && created);
  const parts = await get(`/components/new?family=${family}&type=quantity`);
  const part = idOf(await submit(parts, '/components', { ...typed(parts), name: `Adresse ${word}`, price_model: 'interval', 'steps.0.up_to': '5',
    'steps.0.price': '3,90', 'steps.2.price': '2', self_service: 'on', 'texts.de.name': 'Adresse' }));
  const made = await read(`/components/${part}`);
  assert.deepEqual([made.type, made.price, made.steps, made.self_service, made.recurrence],
    ['quantity', '0', [{ up_to: '5', price: '3.9' }, { up_to: null, price: '2' }], true, month]);
  const discount = idOf(await submit(await get('/discounts/new'), '/discounts', { name: `Rabatt ${word}`, kind: 'amount', amount: '12,5',
    'amount.currency': 'EUR', applies_to: 'recurring', periods: '3', 'texts.de.name': 'Rabatt' }));
  assert.deepEqual((await read(`/discounts/${discount}`)).amount, { amount: 1250, currency: 'EUR' });
  const couponForm = await get(`/coupons/new?discount=${discount}`);
  holds(couponForm, { discount });
  const coupon = idOf(await submit(couponForm, '/coupons', { ...typed(couponForm), code: `sommer-${word} 1`, valid_from: '2026-01-01',
    limit_total: '5', [`plans.${plan}`]: 'on' }));
  const code = await read(`/coupons/${coupon}`);
  assert.deepEqual([code.code, code.plans, code.limit_total, code.limit_customer, code.valid_from, code.valid_until],
    [`SOMMER${word}1`.toUpperCase(), [plan], 5, null, '2026-01-01', null]);
  if (stack.own) {
    for (const [object, noun] of [[family, 'product_family'], [plan, 'plan'], [variant, 'plan_variant'], [part, 'component'],
      [discount, 'discount'], [coupon, 'coupon']]) {
      const rows = stack.sql(`SELECT actor, action FROM audit WHERE object = '${object}'`);
      assert.deepEqual(rows.map(({ actor, action }) => [actor.split(':')[0], action]), [['staff', `${noun}.created`]]);
    }
  }
  // each stands in its list and on the page of what it belongs to
  for (const [path, id_, list] of [['/product-families', family, `/product-families?name=${word}`], ['/plans', plan, `/plans?name=${word}`],
    ['/plan-variants', variant, `/plan-variants?external_id=${word}`], ['/components', part, `/components?name=${word}`],
    ['/discounts', discount, `/discounts?name=${word}`], ['/coupons', coupon, `/coupons?code=${word}`]]) {
    assert.ok(links((await get(list)).text).includes(at(`${path}/${id_}`)), list);
  }
  const below = links((await get(`/product-families/${family}`)).text);
  assert.ok(below.includes(at(`/plans/${plan}`)) && below.includes(at(`/components/${part}`)));
  assert.ok(links((await get(`/plans/${plan}`)).text).includes(at(`/plan-variants/${variant}`)));
  assert.ok(links((await get(`/discounts/${discount}`)).text).includes(at(`/coupons/${coupon}`)));
});

test('B93: staff go from products to plans to a variant, and change its sign-up settings there', async () => {
  const { family, plan, variant } = await shop({ variant: { self_service: false } });
  assert.ok(links((await get('')).text).includes(at('/product-families')), 'the menu leads to the products');
  const plans = await get(`/plans?name=${encodeURIComponent(family.name)}`);
  assert.ok(links(plans.text).includes(at(`/plan-variants/${variant.id}`)), 'the list of plans has the variants below each');
  const page = await get(`/plan-variants/${variant.id}`);
  assert.match(visible(page.text), /Allow self-service sign-up for this variant no/);
  const form = await get(`/plan-variants/${variant.id}/change`);
  assert.match(form.text, /<legend>Sign-up settings<\/legend>\s*<div class="field field-check">\s*<label for="field-self_service"/);
  const answer = await submit(form, `/plan-variants/${variant.id}/change`, { ...typed(form), self_service: 'on' });
  assert.equal(answer.location, at(`/plan-variants/${variant.id}`), visible(answer.text));
  const { self_service: released, orderable } = await read(`/plan-variants/${variant.id}`);
  assert.deepEqual([released, orderable], [true, true]);
  const after = await get(`/plan-variants/${variant.id}`);
  assert.match(visible(after.text), /Allow self-service sign-up for this variant yes/);
  assert.match(visible(after.text), /History.*changed.*Allow self-service sign-up for this variant: no → yes/);
  // saved as it stands, nothing happens
  const again = await get(`/plan-variants/${variant.id}/change`);
  assert.equal((await submit(again, `/plan-variants/${variant.id}/change`, typed(again))).status, 303);
  assert.equal(visible((await get(`/plan-variants/${variant.id}`)).text).match(/ changed /g).length, 1);
  assert.ok(plan);
});

test('B94, B95: a variant leads to its order page only while it has one', async () => {
  const { family, plan, variant } = await shop();
  const page = `/acme/order/${variant.id}`;
  const there = (await stack.get(page)).status === 200;
  const places = [`/plans?name=${encodeURIComponent(family.name)}`, `/plan-variants/${variant.id}`];
  for (const place of places) {
    assert.equal(links((await get(place)).text).includes(page), there, place);
  }
  await call('PATCH', `/plan-variants/${variant.id}`, { self_service: false });
  for (const place of places) {
    assert.ok(!links((await get(place)).text).some((href) => href.includes('/order/')), place);
  }
  assert.ok(plan);
});

test('B98, B99, B102: the sign-up options of a component are those of its type', async () => {
  const { family } = await shop();
  const chooser = await get(`/components/new?family=${family.id}`);
  assert.ok(has(chooser, 'type') && has(chooser, 'family'));
  for (const [type, shown, hidden] of [['quantity', 'self_service', 'price_information'], ['on_off', 'self_service', 'price_information'],
    ['metered', 'price_information', 'self_service']]) {
    const form = await get(`/components/new?family=${family.id}&type=${type}`);
    assert.ok(has(form, shown) && !has(form, hidden), type);
    assert.equal(has(form, 'steps.0.price'), type !== 'on_off', type);
    assert.equal(has(form, 'price_model'), type !== 'on_off', type);
    // what the form does not have is not taken from it
    const id = idOf(await submit(form, '/components', { ...typed(form), name: `${type} ${suffix()}`, price: '2', [shown]: 'on', [hidden]: 'on' }));
    const now = await read(`/components/${id}`);
    assert.deepEqual([now.type, now[shown], now[hidden]], [type, true, false]);
    const change = await get(`/components/${id}/change`);
    assert.ok(has(change, shown) && !has(change, hidden) && !has(change, 'type'));
    const words = { self_service: 'Show in self-service sign-up', price_information: 'Show as price information in self-service' };
    const page = visible((await get(`/components/${id}`)).text).split('History')[0];
    assert.ok(page.includes(`${words[shown]} yes`), page);
    assert.ok(!page.includes(words[hidden]), page);
  }
  await get(`/components/new?family=fam_x&type=quantity`, 404);
  const form = await get(`/components/new?family=${family.id}&type=quantity`);
  assert.equal((await submit(form, '/components', { ...typed(form), type: 'nothing', name: 'x', price: '1' })).status, 404);
});

test('B104: what is wrong stands at its control, and everything that was typed stays, in each language', async () => {
  const { family, plan, variant } = await shop();
  const form = await get(`/plan-variants/new?plan=${plan.id}`);
  const bad = { ...typed(form), name: '', price: 'viel', setup_fee: '-1', vat_rate: '101', 'recurrence.every': '', 'trial.count': '0',
    'term.count': '12', 'renewal.count': '', 'notice.count': '3', 'notice.unit': 'week', self_service: 'on',
    'texts.de.name': '', 'texts.en.name': 'x'.repeat(201), 'texts.fr.description': '<b>"&amp;' };
  delete bad.in_advance;
  const titles = new Set();
  for (const language of ['de', 'en', 'fr']) {
    const answer = await submit(await get(`/plan-variants/new?plan=${plan.id}`, 200, owner, language), '/plan-variants', bad);
    assert.equal(answer.status, 422);
    assert.match(answer.title, /^(Fehler|Error|Erreur)\s?: /);
    assert.deepEqual(wrong(answer).sort(), ['name', 'price', 'recurrence.every', 'renewal.count', 'setup_fee', 'texts.en.name', 'trial.count',
      'vat_rate']);
    for (const name of wrong(answer)) {
      assert.ok(answer.text.includes(`href="#field-${name}"`), `${name} is in the summary`);
    }
    assert.deepEqual(typed(answer), bad);
    titles.add(answer.title);
  }
  assert.equal(titles.size, 3);
  const parts = await get(`/components/new?family=${family.id}&type=quantity`);
  for (const [fields, places] of [[{ price: '' }, ['price']], [{ price_model: 'scale' }, ['steps.0.up_to']],
    [{ price: '1', 'steps.0.price': '1' }, ['steps.0.up_to']],
    [{ price_model: 'scale', 'steps.1.up_to': 'x', 'steps.1.price': '1' }, ['steps.0.up_to']],
    [{ price_model: 'scale', 'steps.0.up_to': '10', 'steps.1.price': '1' }, ['steps.0.price']],
    [{ price_model: 'interval', 'steps.0.up_to': '10', 'steps.0.price': '1' }, ['steps.0.up_to']]]) {
    const answer = await submit(parts, '/components', { ...typed(parts), name: 'x', ...fields });
    assert.equal(answer.status, 422);
    assert.deepEqual(wrong(answer), places, JSON.stringify(fields));
  }
  for (const [fields, places] of [[{ kind: 'percent' }, ['percent']], [{ kind: 'amount', amount: '5', 'amount.currency': 'XXY' }, ['amount.currency']],
    [{ kind: 'amount', amount: '5,001', 'amount.currency': 'EUR' }, ['amount']], [{ kind: 'amount', amount: '5', 'amount.currency': 'EUR',
      applies_to: 'all' }, ['applies_to']], [{ kind: 'percent', percent: '5', amount: '1', 'amount.currency': 'EUR' }, ['amount']]]) {
    const page = await get('/discounts/new');
    assert.deepEqual(wrong(await submit(page, '/discounts', { ...typed(page), name: 'x', ...fields })), places, JSON.stringify(fields));
  }
  const change = await get(`/plan-variants/${variant.id}/change`);
  const misfit = await submit(change, `/plan-variants/${variant.id}/change`, { ...typed(change), after_first_term: 'change', 'term.count': '3' });
  assert.deepEqual(wrong(misfit), ['next_variant']);
  assert.ok(!typed(misfit).next_variant);
});

test('B104: rows of steps come without JavaScript, and lose nothing', async () => {
  const { family } = await shop();
  const form = await get(`/components/new?family=${family.id}&type=metered`);
  const fields = { ...typed(form), name: 'Minuten', price_model: 'scale', 'steps.0.up_to': '1', 'steps.0.price': '0,5', 'steps.4.price': '0,25',
    price_information: 'on' };
  const more = await submit(form, '/components', { ...fields, more: '1' });
  assert.equal(more.status, 422);
  assert.deepEqual(wrong(more), []);
  assert.doesNotMatch(more.title, /Error/);
  assert.ok(has(more, 'steps.9.price'));
  holds(more, { name: 'Minuten', price_model: 'scale', 'steps.1.price': '0,25', price_information: 'on' });
  const id = idOf(await submit(more, '/components', typed(more)));
  assert.deepEqual((await read(`/components/${id}`)).steps, [{ up_to: '1', price: '0.5' }, { up_to: null, price: '0.25' }]);
  const change = await get(`/components/${id}/change`);
  holds(change, { 'steps.0.up_to': '1', 'steps.0.price': '0.5', 'steps.1.up_to': '', 'steps.1.price': '0.25' });
  const simple = await submit(change, `/components/${id}/change`, { ...typed(change), price_model: 'simple', price: '3', 'steps.0.up_to': '',
    'steps.0.price': '', 'steps.1.price': '' });
  assert.equal(idOf(simple), id);
  const now = await read(`/components/${id}`);
  assert.deepEqual([now.price_model, now.price, now.steps], ['simple', '3', null]);
  assert.match(visible((await get(`/components/${id}`)).text), /Unit price €3\.00/);
});

test('B108: a text for each language of the tenant, with what people read where there is none', async () => {
  const { plan } = await shop({ plan: { texts: [{ language: 'de', name: 'Glasfaser', description: 'Schnell' }, { language: 'en', name: 'Fibre' }] } });
  const form = await get(`/plans/${plan.id}/change`);
  holds(form, { 'texts.de.name': 'Glasfaser', 'texts.de.description': 'Schnell', 'texts.en.name': 'Fibre', 'texts.en.description': '',
    'texts.fr.name': '', 'texts.fr.description': '' });
  assert.match(visible(form.text), /Description \(English\) Left empty, they read: Schnell.*Name \(français\) Left empty, they read: Glasfaser/i);
  assert.match(visible((await get(`/plans/${plan.id}`)).text), /English Fibre Schnell \(as in Deutsch\).*Glasfaser \(as in Deutsch\)/);
  await submit(form, `/plans/${plan.id}/change`, { ...typed(form), 'texts.de.description': '', 'texts.en.name': ' ', 'texts.fr.name': 'Fibre optique' });
  assert.deepEqual((await read(`/plans/${plan.id}`)).texts, [{ language: 'de', name: 'Glasfaser', description: null },
    { language: 'fr', name: 'Fibre optique', description: null }]);
});

test('B91, B41: staff see what keeps a variant that is released from having an order page', async () => {
  const { family, plan, variant } = await shop();
  const part = await component(family, { self_service: true });
  const page = await get(`/plan-variants/${variant.id}`);
  assert.match(visible(page.text), /released for sign-up and has no order page yet.*Without a name in the default language/);
  assert.ok(links(page.text).includes(at(`/components/${part.id}`)));
  assert.ok(!links(page.text).includes(at(`/plans/${plan.id}`)) || !visible(page.text).includes('plan Tarif'));
  assert.ok(links((await get(`/product-families/${family.id}`)).text).includes(at(`/components/${part.id}`)));
  await call('PATCH', `/components/${part.id}`, { texts: [{ language: 'de', name: 'Teil' }] });
  assert.doesNotMatch(visible((await get(`/plan-variants/${variant.id}`)).text), /no order page yet|Without a name/);
});

test('B104: each kind is archived and offered again, and removed while nothing belongs to it', async () => {
  const { family, plan, variant } = await shop();
  const part = await component(family);
  const discount = await call('POST', '/discounts', { name: `R ${suffix()}`, kind: 'percent', percent: '5' });
  const coupon = await call('POST', '/coupons', { code: `R${suffix()}`, discount: discount.id, plans: [plan.id] });
  const all = [['coupons', coupon], ['discounts', discount], ['components', part], ['plan-variants', variant], ['plans', plan],
    ['product-families', family]];
  for (const [segment, { id }] of all) {
    const path = `/${segment}/${id}`;
    assert.equal((await submit(await get(path), `${path}/archive`, {})).location, at(path));
    assert.equal((await read(path)).status, 'archived', path);
    const page = await get(path);
    assert.match(visible(page.text), /It is archived/);
    assert.equal((await submit(page, `${path}/activate`, {})).location, at(path));
    assert.equal((await read(path)).status, 'active', path);
  }
  for (const [path, leaf] of [[`/product-families/${family.id}`, `/plans/${plan.id}`], [`/plans/${plan.id}`, `/plan-variants/${variant.id}`],
    [`/discounts/${discount.id}`, `/coupons/${coupon.id}`]]) {
    const question = await get(`${path}/remove`);
    assert.match(visible(question.text), /Something belongs to it, so it stays/);
    assert.ok(links(question.text).includes(at(leaf)), path);
    assert.ok(!forms(question.text).some(({ action }) => action.endsWith('/remove')));
  }
  // the plan that only a coupon names, and whoever has an old question
  const lone = await call('POST', '/plans', { family: family.id, name: 'Nur im Gutschein' });
  const question = await get(`/plans/${lone.id}/remove`);
  await call('PATCH', `/coupons/${coupon.id}`, { plans: [lone.id] });
  const refused = await submit(question, `/plans/${lone.id}/remove`, {});
  assert.equal(refused.status, 409);
  assert.match(visible(refused.text), /It is in use, so it stays/);
  for (const [segment, { id }] of [...all.slice(0, 4), ['plans', lone], ...all.slice(4)]) {
    const path = `/${segment}/${id}`;
    assert.ok(links((await get(path)).text).includes(at(`${path}/remove`)));
    const answer = await submit(await get(`${path}/remove`), `${path}/remove`, {});
    assert.equal(answer.location, at(`/${segment}`), visible(answer.text));
    await get(path, 404);
    await get(`${path}/change`, 404);
  }
});

test('B104: what was ordered is not removed by the pages either', own, async () => {
  const { variant } = await shop();
  const question = await get(`/plan-variants/${variant.id}/remove`);
  stack.sql(`UPDATE plan_variant SET used = 1700000000 WHERE id = '${variant.id}'`);
  assert.ok(!links((await get(`/plan-variants/${variant.id}`)).text).some((href) => href.endsWith('/remove')));
  await get(`/plan-variants/${variant.id}/remove`, 409);
  assert.equal((await submit(question, `/plan-variants/${variant.id}/remove`, {})).status, 409);
  assert.equal((await read(`/plan-variants/${variant.id}`)).status, 'active');
});

test('B104: nobody saves over what they have not seen, and a form has its effect once', async () => {
  const { plan, variant } = await shop();
  const path = `/plan-variants/${variant.id}/change`;
  const old = await get(path);
  await call('PATCH', `/plan-variants/${variant.id}`, { price: '12', notice: { count: 2, unit: 'week' } });
  const stale = await submit(old, path, { ...typed(old), price: '99', name: 'Getippt' });
  assert.equal(stale.status, 409);
  assert.match(visible(stale.text), /Saved meanwhile: 12.*Saved meanwhile: 2.*Saved meanwhile: week/);
  holds(stale, { price: '99', name: 'Getippt' });
  assert.equal((await read(`/plan-variants/${variant.id}`)).price, '12');
  assert.equal((await submit(stale, path, typed(stale))).status, 303);
  assert.equal((await read(`/plan-variants/${variant.id}`)).price, '99');
  const question = await get(`/plan-variants/${variant.id}/remove`);
  await call('PATCH', `/plan-variants/${variant.id}`, { price: '13' });
  assert.equal((await submit(question, `/plan-variants/${variant.id}/remove`, {})).status, 409);
  const form = await get(`/plan-variants/new?plan=${plan.id}`);
  const fields = { ...typed(form), name: `Einmal ${suffix()}`, price: '1' };
  const answers = await Promise.all([1, 2, 3].map(() => submit(form, '/plan-variants', fields)));
  assert.equal(new Set(answers.map(({ location }) => location)).size, 1);
  assert.equal((await read(`/plan-variants?plan=${plan.id}`)).items.filter(({ name }) => name === fields.name).length, 1);
});

test('B104: a code is there once, and the page of a coupon says how often it was used, and by whom', async () => {
  const word = suffix();
  const discount = await call('POST', '/discounts', { name: `Treue ${word}`, kind: 'percent', percent: '10' });
  const form = await get('/coupons/new');
  const coupon = idOf(await submit(form, '/coupons', { ...typed(form), code: `treue ${word}`, discount: discount.id, limit_total: '3' }));
  const twice = await get('/coupons/new');
  const again = await submit(twice, '/coupons', { ...typed(twice), code: `TREUE-${word}`, discount: discount.id });
  assert.equal(again.status, 422);
  assert.deepEqual(wrong(again), ['code']);
  assert.deepEqual(wrong(await submit(twice, '/coupons', { ...typed(twice), code: 'Ä', discount: '' })).sort(), ['code', 'discount']);
  const number = (await call('POST', '/customers', { company_name: `Käufer ${word}`, email: 'k@example.com' })).number;
  for (const reference of ['VT-1', 'VT-2']) {
    await call('POST', `/coupons/${coupon}/uses`, { customer: number, reference });
  }
  const page = await get(`/coupons/${coupon}`);
  assert.match(visible(page.text), new RegExp(`How often it was used 2 How often in total 3.*Uses of coupons.*${number} Käufer ${word}.*VT-`));
  assert.ok(links(page.text).includes(at(`/customers/${number}`)));
  assert.ok(!links(page.text).some((href) => href.endsWith('/remove')), 'it was used');
  const list = await get(`/coupon-uses?coupon=${coupon}`);
  assert.equal(links(list.text).filter((href) => href === at(`/customers/${number}`)).length, 2);
  const csv = await owner.get(at(`/coupon-uses?code=${word.toUpperCase()}&format=csv`));
  assert.match(csv.text, new RegExp(`"${number}","Käufer ${word}","TREUE${word.toUpperCase()}","VT-1"`));
  const change = await get(`/coupons/${coupon}/change`);
  assert.ok(!has(change, 'code'), 'a code stays');
  assert.deepEqual(wrong(await submit(change, `/coupons/${coupon}/change`, { ...typed(change), limit_total: '1' })), ['limit_total']);
});

test('B104: the page of a variant says what an order of it costs, with components and a coupon', async () => {
  const { family, variant } = await shop({ variant: { setup_fee: '20' } });
  const many = await component(family, { price: '2', name: `Stück ${suffix()}` });
  const onoff = await component(family, { type: 'on_off', price: '3' });
  const metered = await component(family, { type: 'metered', name: `Gemessen ${suffix()}` });
  const discount = await call('POST', '/discounts', { name: 'Hälfte', kind: 'percent', percent: '50', periods: 1 });
  const { code } = await call('POST', '/coupons', { code: `H${suffix()}`, discount: discount.id });
  const at_ = `/plan-variants/${variant.id}`;
  const plain = await get(at_);
  assert.match(visible(plain.text), /What an order costs.*A billing period, the first one.*€10\.00.*19% VAT on €10\.00 €1\.90.*Once.*€20\.00.*Billed with the order.*€30\.00/);
  assert.ok(has(plain, `quantity.${many.id}`) && has(plain, `quantity.${onoff.id}`) && !has(plain, `quantity.${metered.id}`));
  const form = forms(plain.text).find(({ method }) => method === 'get');
  assert.equal(form.action, `${at(at_)}#price`);
  const asked = await get(`${at_}?quantity.${many.id}=2,5&quantity.${onoff.id}=on&coupon=${code}`);
  const same = await call('POST', `/plan-variants/${variant.id}/preview`, { components: [{ component: many.id, quantity: '2.5' },
    { component: onoff.id, quantity: '1' }], coupon: code });
  const euro = ({ amount }) => `€${(amount / 100).toFixed(2)}`;
  assert.equal(same.recurring.net.amount, 900);
  for (const part of ['recurring', 'later', 'one_off', 'now']) {
    assert.ok(visible(asked.text).includes(`Total ${euro(same[part].gross)}`), `${part}: ${visible(asked.text)}`);
  }
  assert.match(visible(asked.text), /A billing period without the discount/);
  for (const [query, places] of [[`quantity.${many.id}=x`, [`quantity.${many.id}`]], ['coupon=NICHTS99', ['coupon']], ['customer=K0', ['customer']],
    [`quantity.${many.id}=-1`, [`quantity.${many.id}`]]]) {
    const bad = await get(`${at_}?${query}`, 422);
    assert.deepEqual(wrong(bad), places, query);
    assert.match(bad.title, /^Error:/);
  }
  const yearly = await component(family, { recurrence: { every: 1, unit: 'week' } });
  assert.deepEqual(wrong(await get(`${at_}?quantity.${many.id}=1&quantity.${yearly.id}=1`, 422)), [`quantity.${yearly.id}`]);
  assert.equal(new Set(await Promise.all(['de', 'en', 'fr'].map(async (language) =>
    visible((await get(at_, 200, owner, language)).text).match(/19\s?%.{20}/)[0]))).size, 3);
});

test('B104, X10: lists are narrowed by what things belong to, leafed through, and come as CSV', async () => {
  const { family } = await shop();
  const word = suffix();
  await Promise.all(Array.from({ length: 53 }, (_, i) => call('POST', '/plans', { family: family.id, name: `${word} ${i}` })));
  const page = await get(`/product-families/${family.id}`);
  const all = links(page.text).find((href) => href.startsWith(at('/plans?family=')));
  assert.ok(all, 'more than stand on the page');
  const plansOn = (text) => links(text).filter((href) => /\/plans\/pln_/.test(href));
  const first = await owner.get(all);
  assert.equal(new Set(plansOn(first.text)).size, 50);
  assert.match(first.text, new RegExp(`<input type="hidden" name="family" value="${family.id}">`));
  const next = links(first.text).find((href) => /[?&]at=/.test(href));
  const second = await owner.get(next);
  assert.equal(new Set(plansOn(second.text)).size, 4);
  for (const segment of kinds) {
    const csv = await owner.get(at(`/${segment}?format=csv`));
    assert.equal(csv.type, 'text/csv', segment);
    assert.match(csv.text, /^\ufeff?"?(name|code)/, segment);
  }
  const other = await shop();
  assert.equal(plansOn((await get(`/plans?family=${other.family.id}`)).text).length, 1);
});

test('B104, X1: who may only look, only looks; another tenant finds nothing', async () => {
  const { family, plan, variant } = await shop();
  const part = await component(family);
  const discount = await call('POST', '/discounts', { name: 'x', kind: 'percent', percent: '5' });
  const coupon = await call('POST', '/coupons', { code: `X${suffix()}`, discount: discount.id });
  const ids = [family, plan, variant, part, discount, coupon];
  const rita = await stack.office('acme', 'read_only');
  const globex = await stack.office('globex', 'owner');
  for (const [i, segment] of kinds.entries()) {
    const path = `/${segment}/${ids[i].id}`;
    const page = await get(path, 200, rita);
    assert.ok(!links(page.text).some((href) => /\/(change|remove|new)\b/.test(href)), path);
    assert.ok(!forms(page.text).some(({ action }) => /\/(archive|activate)$/.test(action)), path);
    assert.ok(!links((await get(`/${segment}`, 200, rita)).text).some((href) => href.endsWith('/new')), path);
    const form = await get(`${path}/change`);
    for (const bare of [`/${segment}/new`, `${path}/change`, `${path}/remove`]) {
      await get(bare, 403, rita);
      if (bare.includes(ids[i].id)) {
        assert.equal((await globex.get(`/globex/admin${bare}`)).status, 404, bare);
      }
    }
    const home = await get('', 200, rita);
    const { hidden } = forms(home.text).find((one) => one.hidden.csrf);
    for (const act of ['', `/${ids[i].id}/change`, `/${ids[i].id}/archive`, `/${ids[i].id}/activate`, `/${ids[i].id}/remove`]) {
      assert.equal((await rita.post(at(`/${segment}${act}`), { ...hidden, ...typed(form) })).status, 403, `${segment}${act}`);
    }
    assert.equal((await globex.get(`/globex/admin${path}`)).status, 404, path);
  }
  // what belongs to somebody else cannot be what it is made of
  assert.equal((await globex.get(`/globex/admin/plans/new?family=${family.id}`)).status, 404);
});

test('B104: without a family there is none to choose, and the form says what comes first', async () => {
  const chooser = await get('/plans/new');
  assert.ok(has(chooser, 'family'));
  const { family } = await shop({ family: { name: `Paid ${suffix()}` } });
  assert.ok(unescapeHtml((await get('/plans/new')).text).includes(`<option value="${family.id}">${family.name}</option>`) ||
    unescapeHtml((await get(`/plans/new`)).text).includes(family.name));
  await get(`/plans/new?family=${family.id}`);
  const variants = await get('/plan-variants/new');
  assert.ok(has(variants, 'plan'));
});
