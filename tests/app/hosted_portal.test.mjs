// What a tenant makes of its portal: which sections it has, in which order and
// under which headings, and what customers do there themselves.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { forms, unescapeHtml, visible } from '../lib/client.mjs';
import { root, startStack } from '../lib/stack.mjs';

const rows = (table, macro) => [...readFileSync(join(root, `fcgi_app/tables/${table}.def`), 'utf8')
  .matchAll(new RegExp(`^${macro}\\(([^;]*?)\\)$`, 'gms'))].map(([, row]) => row.split(/,\s+/));
const sections = rows('sections', 'SECTION').map(([name, permission, path]) =>
  ({ name, permission: JSON.parse(permission), path: JSON.parse(path) }));
// the feature that a section is left out by
const feature = Object.fromEntries(sections.map(({ name, permission }) =>
  [name, rows('permissions', 'PERMISSION').find(([row]) => row === permission)[1]]));

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');
const anna = await stack.signedIn('acme', 'anna');

// The form of the settings as it stands, with some of it changed; undefined takes
// a tick away.
async function save(changes) {
  const page = await owner.get('/acme/admin/settings/portal');
  const form = forms(page.text).find(({ action }) => /settings\/portal$/.test(action));
  const values = {};
  for (const [, name, rest] of form.body.matchAll(/<input type="checkbox" id="field-(\w+)"([^>]*)>/g)) {
    values[name] = / checked/.test(rest) ? 'on' : undefined;
  }
  for (const [, name, value] of form.body.matchAll(/<input type="(?:text|number)" id="field-(\w+)"[^>]*? value="([^"]*)"/g)) {
    values[name] = value;
  }
  const all = Object.entries({ ...form.hidden, ...values, ...changes }).filter(([, value]) => value !== undefined);
  return owner.post(form.action, Object.fromEntries(all));
}
async function saved(changes) {
  const answer = await save(changes);
  assert.equal(answer.status, 303, visible(answer.text));
}
async function headings(language, values) {
  const page = await owner.get(`/acme/admin/page-texts/portal/${language}`);
  const answer = await owner.submit(page, values, { action: new RegExp(`page-texts/portal/${language}$`) });
  assert.equal(answer.status, 303, visible(answer.text));
}

const shown = ({ text }) => [...text.matchAll(/<h2 id="(\w+)"[^>]*>([^<]*)<\/h2>/g)]
  .map(([, name, heading]) => ({ name, heading: unescapeHtml(heading) }));
const names = async (person = anna) => shown(await person.get('/acme/')).map(({ name }) => name);
const menu = ({ text }) => text.match(/<nav class="nav[^>]*>([\s\S]*?)<\/nav>/)[1];

test('B66, B67: each section has its switch, its place, its words and its page', own, async () => {
  const settings = rows('settings', 'SETTING').map(([name]) => name);
  const texts = rows('page_texts', 'PAGE_TEXT').filter(([page]) => page === 'portal').map(([, name]) => name);
  const areas = rows('areas', 'AREA').map(([path, permission, , section]) => [path, permission, section].map((one) => JSON.parse(one)));
  assert.deepEqual(texts.sort(), sections.map(({ name }) => `${name}_heading`).sort());
  for (const { name, permission, path } of sections) {
    assert.ok(settings.includes(`portal_${feature[name]}`) && settings.includes(`section_${name}`), name);
    assert.ok(areas.some((area) => area[0] === path && area[1] === permission && area[2] === name), path);
    assert.equal((await anna.get(`/acme${path}`)).status, 200, path);
  }
});

test('B66, B126, B68, B69, B70, B71, B72, B73, X6: a hidden section is not on the overview, in the menu or behind its address', own, async () => {
  assert.deepEqual((await names()).sort(), sections.map(({ name }) => name).sort());
  for (const { name, path } of sections) {
    await saved({ [`portal_${feature[name]}`]: undefined });
    const page = await anna.get('/acme/');
    const there = shown(page).map((one) => one.name);
    assert.deepEqual(there.sort(), sections.map((one) => one.name).filter((one) => one !== name).sort());
    assert.ok(!menu(page).includes(`href="/acme${path}"`), `${path} in the menu`);
    assert.equal((await anna.get(`/acme${path}`)).status, 403, path);
    await saved({ [`portal_${feature[name]}`]: 'on' });
    assert.equal((await anna.get(`/acme${path}`)).status, 200, path);
  }
});

test('B66, B71: without the account no page tells what is open in all', own, async () => {
  const sum = async () => /Open amount|Everything is paid/.test(visible((await anna.get('/acme/invoices?language=en')).text));
  assert.equal(await sum(), true);
  await saved({ portal_account: undefined });
  assert.equal(await sum(), false);
  await saved({ portal_account: 'on' });
});

test('B66: a section may be left out for one account alone', own, async () => {
  const bruno = await stack.signedIn('acme', 'bruno');
  const { headers } = await stack.api('acme', 'GET', '/customers/K2002');
  const { status } = await stack.api('acme', 'PATCH', '/customers/K2002', { portal_without: ['account'] }, { 'If-Match': headers.etag });
  assert.equal(status, 200);
  assert.ok(!(await names(bruno)).includes('account'));
  assert.ok((await names()).includes('account'));
  stack.sql("UPDATE customer SET portal_without = '' WHERE number = 'K2002'");
});

test('B66: sections stand in the order of their places, and those of one place as in the table', own, async () => {
  const before = await names();
  await saved({ section_customer: '1', section_contract: '1', section_documents: '99', section_account: '50' });
  assert.deepEqual(await names(), ['contract', 'customer', 'additional', 'payment', 'account', 'documents']);
  for (const wrong of ['0', '100', '-1', 'first', '']) {
    assert.equal((await save({ section_customer: wrong })).status, 422, wrong);
  }
  await saved({ section_customer: '4', section_contract: '3', section_documents: '2', section_account: '1' });
  assert.deepEqual(await names(), before);
  const [row] = stack.sql("SELECT object, after FROM audit WHERE action = 'settings.changed' ORDER BY id DESC LIMIT 1");
  assert.equal(row.object, 'portal');
  assert.equal(JSON.parse(row.after).section_documents, '2');
});

test('B67: a heading is the tenant’s in each language, else in its default one, else ours', own, async () => {
  const heading = async (language, person = anna) => {
    const page = await person.get(`/acme/?language=${language}`);
    return { page, ...shown(page).find(({ name }) => name === 'contract') };
  };
  assert.equal((await heading('fr')).heading, 'Contrats');
  await headings('de', { contract_heading: 'Ihre Anschlüsse & mehr' });
  assert.equal((await heading('de')).heading, 'Ihre Anschlüsse & mehr');
  assert.doesNotMatch((await heading('de')).page.text, /<h2 id="contract" lang/, 'the page’s own language');
  const fallen = await heading('fr');
  assert.equal(fallen.heading, 'Ihre Anschlüsse & mehr');
  assert.match(fallen.page.text, /<h2 id="contract" lang="de">/, 'whose language is said');
  await headings('fr', { contract_heading: 'Vos lignes' });
  assert.equal((await heading('fr')).heading, 'Vos lignes');
  assert.equal((await heading('en')).heading, 'Ihre Anschlüsse & mehr');
  for (const [language, words] of [['fr', 'Vos lignes'], ['en', 'Ihre Anschlüsse &amp; mehr']]) {
    const page = await anna.get(`/acme/contracts?language=${language}`);
    assert.match(menu(page), new RegExp(`href="/acme/contracts"[^>]*>${words}<`), 'in the menu');
    assert.match(page.text, new RegExp(`<h1[^>]*>${words}</h1>`), 'and on its page');
    assert.match(page.title, new RegExp(unescapeHtml(words)));
  }
  const carol = await stack.signedIn('globex', 'carol');
  assert.doesNotMatch((await carol.get('/globex/')).text, /Anschlüsse/, 'not of another tenant');
  await headings('fr', { contract_heading: '' });
  await headings('de', { contract_heading: '' });
  assert.equal((await heading('fr')).heading, 'Contrats');
});

test('B66: a section that cannot be read fails alone, and says so', own, async () => {
  const broken = { account: 'payment', contract: 'contract_item', additional: 'custom_value' };
  for (const [name, table] of Object.entries(broken)) {
    stack.sql(`ALTER TABLE ${table} RENAME TO ${table}_away`);
    try {
      const page = await anna.get('/acme/?language=en');
      assert.equal(page.status, 200, name);
      assert.deepEqual(shown(page).map((one) => one.name).sort(), sections.map((one) => one.name).sort());
      const parts = page.text.split('<section ').slice(1);
      for (const part of parts) {
        const failed = /cannot be shown just now/.test(part);
        assert.equal(failed, part.startsWith(`aria-labelledby="${name}"`), part.slice(0, 40));
      }
    } finally {
      stack.sql(`ALTER TABLE ${table}_away RENAME TO ${table}`);
    }
  }
  assert.doesNotMatch((await anna.get('/acme/?language=en')).text, /cannot be shown/);
});

test('B71: the account’s page has each entry with the balance after it', own, async () => {
  const page = await anna.get('/acme/account?language=en');
  const table = page.text.match(/<tbody>([\s\S]*?)<\/tbody>/)[1];
  const [{ n }] = stack.sql(`SELECT COUNT(*) AS n FROM ledger_entry e JOIN customer c ON c.tenant = e.tenant AND c.id = e.customer
    WHERE e.tenant = 'acme' AND c.number = 'K2000'`);
  assert.equal([...table.matchAll(/<tr>/g)].length, Math.min(Number(n), 50));
  const { items } = (await stack.api('acme', 'GET', '/customers/K2000/ledger?limit=1')).json;
  const [first] = table.match(/<tr>[\s\S]*?<\/tr>/);
  assert.ok(first.includes(items[0].date), first);
  const cents = (text) => Number(text.replace(/[^\d-]/g, ''));
  const [, balance] = first.match(/data-label="Balance" class="number">([^<]*)</);
  assert.equal(cents(balance), items[0].balance.amount);
  const bruno = await stack.signedIn('acme', 'bruno');
  const his = [...(await bruno.get('/acme/account')).text.matchAll(/\/acme\/invoices\/(\w+)/g)].map(([, number]) => number);
  assert.ok(his.length > 0 && his.every((number) => !table.includes(`/${number}"`)), 'another account has its own');
  assert.equal((await anna.get('/acme/account?before=nothing')).status, 200);
});

test('B64, X6: without leave to change them, contact data are shown, and a change is refused', own, async () => {
  const form = await anna.get('/acme/profile/change');
  assert.equal(form.status, 200);
  const row = () => stack.sql("SELECT phone, version FROM customer WHERE tenant = 'acme' AND number = 'K2000'")[0];
  const before = row();
  await saved({ portal_profile_change: undefined });
  const page = await anna.get('/acme/profile');
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /profile\/change/);
  assert.equal((await anna.get('/acme/profile/change')).status, 403);
  const values = Object.fromEntries([...form.text.matchAll(/<input type="(?:text|email)" id="field-(\w+)"[^>]*? value="([^"]*)"/g)]
    .map(([, name, value]) => [name, unescapeHtml(value)]));
  const sent = await anna.submit(form, { ...values, phone: '+49 40 99' }, { action: /profile\/change$/ });
  assert.equal(sent.status, 403, 'the form that was open');
  const program = await anna.post('/acme/profile/change', { phone: '+49 40 99' }, { headers: { Accept: 'application/json' } });
  assert.equal(program.status, 403);
  assert.equal(program.json.code, 'forbidden');
  assert.deepEqual(row(), before);
  await saved({ portal_profile_change: 'on', portal_profile: undefined });
  assert.equal((await anna.get('/acme/profile/change')).status, 403, 'what cannot be seen cannot be changed');
  await saved({ portal_profile: 'on' });
  assert.equal((await anna.get('/acme/profile/change')).status, 200);
});
