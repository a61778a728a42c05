// The order page and the portal as they would be, before anything is saved.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forms, unescapeHtml, visible } from '../lib/client.mjs';
import { saveSettings, saveWords } from '../lib/settings.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner', { 'Accept-Language': 'en' });

const count = () => stack.sql("SELECT COUNT(*) AS n FROM audit WHERE action IN ('settings.changed', 'page_text.changed', 'order.placed')")[0].n;
const look = (path, changes) => (path.startsWith('settings/') ? saveSettings(owner, path.split('/')[1], { ...changes, step: 'preview' })
  : saveWords(owner, ...path.split('/').slice(1), { ...changes, step: 'preview' }));
const bar = (page) => forms(page.text).find(({ body }) => /value="edit"/.test(body));
const wrong = (answer) => [...answer.text.matchAll(/id="error-(\w+)"/g)].map(([, name]) => name);
const headings = (page) => [...page.text.matchAll(/<h2 id="(?!preview)[\w-]+"[^>]*>([^<]*)<\/h2>/g)].map(([, text]) => unescapeHtml(text));

test('B13, B63: the order page is shown with settings that are not saved, and nothing can be ordered', own, async () => {
  await saveWords(owner, 'signup', 'en', { term1: 'I accept the {tac}.' });
  const before = count();
  const page = await look('settings/signup', { signup_birth_date: 'required', signup_phone: 'hidden', signup_coupon: 'on',
    signup_term1: 'required', terms_url: 'https://acme.example/agb' });
  assert.equal(page.status, 200, visible(page.text));
  const text = visible(page.text);
  assert.ok(text.indexOf('This is a preview') < text.indexOf('Your order'), 'at the top');
  assert.match(text, /Nothing is saved yet, and nothing can be ordered/);
  assert.match(page.text, /name="birth_date"/);
  assert.doesNotMatch(page.text, /name="phone"/);
  assert.match(page.text, /name="coupon"/);
  assert.match(page.text, /name="term-1"/);
  assert.match(page.text, /href="https:\/\/acme\.example\/agb"/);
  assert.match(text, /Summary/);
  for (const step of ['preview', 'order']) {
    assert.match(page.text, new RegExp(`<button [^>]*value="${step}" disabled`));
  }
  assert.doesNotMatch(page.text, /name="(?:flow|form_token)"|order\.js/);
  assert.doesNotMatch(text, /Sign out/, 'as whoever orders sees it');
  assert.equal(count(), before);
  const shown = await stack.get(`/acme/order/${stack.sql("SELECT id FROM plan_variant WHERE external_id = 'GF1000-24' AND tenant = 'acme'")[0].id}?language=en`);
  assert.doesNotMatch(shown.text, /name="birth_date"/, 'the page itself is what it was');
});

test('B13: from a preview one goes back to the form as it was filled in, or saves', own, async () => {
  const changes = { signup_phone: 'required', signup_success_url: 'https://shop.example/a?b=c&d="e"'.replace(/"/g, '') };
  const page = await look('settings/signup', changes);
  const before = count();
  const back = await owner.post(bar(page).action, { ...bar(page).hidden, step: 'edit' });
  assert.equal(back.status, 200, visible(back.text));
  assert.match(back.text, /<option value="required" selected>[^<]*<\/option>[\s\S]*?signup_vat_id/);
  assert.ok(back.text.includes('value="https://shop.example/a?b=c&amp;d=e"'));
  assert.equal(count(), before);
  const again = await look('settings/signup', changes);
  const saved = await owner.post(bar(again).action, bar(again).hidden);
  assert.equal(saved.location, '/acme/admin/settings/signup?saved=1');
  assert.equal(count(), before + 1);
  const late = await owner.post(bar(page).action, bar(page).hidden);
  assert.equal(late.status, 409, 'somebody saved meanwhile');
});

test('B13, B30: what is refused is refused in a preview too, at its field', own, async () => {
  const before = count();
  assert.deepEqual(wrong(await look('settings/signup', { signup_email: 'hidden', terms_url: 'javascript:alert(1)' })),
    ['signup_email', 'terms_url']);
  assert.deepEqual(wrong(await look('settings/portal', { section_account: '0' })), ['section_account']);
  assert.deepEqual(wrong(await look('page-texts/signup/de', { title: 'x'.repeat(101) })), ['title']);
  assert.equal(count(), before);
});

test('B13, B66, B67: the portal is shown with its sections, their order and words, with made-up data', own, async () => {
  const before = count();
  const page = await look('settings/portal', { portal_account: undefined, portal_payment: undefined, portal_additional: 'on',
    section_contract: '1', section_documents: '9' });
  assert.equal(page.status, 200, visible(page.text));
  assert.deepEqual(headings(page), ['Contracts', 'Account data', 'Additional data', 'Latest invoices']);
  const menu = visible(page.text.match(/<nav class="nav[^>]*>([\s\S]*?)<\/nav>/)[1]);
  assert.doesNotMatch(menu, /Payment|Account (?!data)/);
  assert.match(menu, /Contracts/);
  assert.match(visible(page.text), /This is a preview.*Example customer.*Example plan/s);
  assert.equal(count(), before);
});

test('B13, B33, B67: words are shown in their language before they are saved', own, async () => {
  const before = count();
  const portal = await look('page-texts/portal/fr', { contract_heading: 'Vos <contrats>' });
  assert.equal(portal.lang, 'fr');
  assert.ok(headings(portal).includes('Vos <contrats>'));
  assert.match(portal.text, /Vos &lt;contrats/);
  const order = await look('page-texts/signup/de', { title: 'Ihre Wahl', term2: 'Es gilt {dpp}.' });
  assert.equal(order.lang, 'de');
  assert.match(order.text, /<h1>Ihre Wahl<\/h1>/);
  assert.match(visible(order.text), /Es gilt Datenschutzerklärung/);
  const back = await owner.post(bar(order).action, { ...bar(order).hidden, step: 'edit' });
  assert.ok(back.text.includes('value="Ihre Wahl"'));
  assert.equal(count(), before);
  const saved = await owner.post(bar(order).action, bar(order).hidden);
  assert.equal(saved.location, '/acme/admin/page-texts/signup/de?saved=1');
  assert.equal(count(), before + 1);
});

test('B13, X1: without a variant that can be ordered there is nothing to show; who may only look tries nothing', own, async () => {
  const gina = await stack.office('globex', 'owner', { 'Accept-Language': 'en' });
  stack.sql("UPDATE plan_variant SET self_service = 0 WHERE tenant = 'globex'");
  const page = await saveSettings(gina, 'signup', { signup_phone: 'required', step: 'preview' }, 'globex');
  assert.equal(page.status, 409, visible(page.text));
  assert.match(visible(page.text), /There is nothing to preview/);
  const reader = await stack.office('acme', 'read_only');
  const tab = await reader.get('/acme/admin/settings/portal');
  assert.doesNotMatch(tab.text, /value="preview"/);
  assert.equal((await reader.post('/acme/admin/settings/portal', { ...forms(tab.text)[0].hidden, step: 'preview' })).status, 403);
});
