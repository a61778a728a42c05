// Earlier versions of the settings' tabs, and how one of them is taken again.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { unescapeHtml, visible } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner', { 'Accept-Language': 'en' });

const open = (path) => owner.get(`/acme/admin/${path}`);
const save = async (path, fields) => owner.submit(await open(path), fields, { action: new RegExp(`${path}$`) });
const values = (page) => Object.fromEntries([...page.text.matchAll(/<input[^>]*? name="(\w+)"[^>]*? value="([^"]*)"/g)]
  .map(([, name, value]) => [name, unescapeHtml(value)]));
const count = () => stack.sql("SELECT COUNT(*) AS n FROM audit WHERE action IN ('settings.changed', 'page_text.changed')")[0].n;
// The addresses of what stood there until each save, the newest first.
const saves = (page) => [...page.text.matchAll(/href="\/acme\/(admin\/settings\/\w+\/versions\/aud_\w+)"/g)].map(([, path]) => path);
// label -> [then, now, differs]
const rows = (page) => Object.fromEntries([...page.text.matchAll(/<th scope="row">(.*?)<\/th>\s*<td[^>]*>(.*?)<\/td>\s*<td[^>]*>(.*?)<\/td>/gs)]
  .map(([, label, then, now]) => [visible(label).replace(/ differs$/, '').trim(), [visible(then).trim(), visible(now).trim(), /differs/.test(label)]]));

test('B11, B12: each save of a tab keeps what was before, with who, when and what changed', own, async () => {
  assert.match(visible((await open('settings/support/versions')).text), /Nothing was changed here yet/);
  const first = { support_text: 'Call us', support_email: 'help@acme.example', support_phone: '', support_url: '' };
  assert.equal((await save('settings/support', first)).status, 303);
  assert.equal((await save('settings/support', { ...first, support_text: 'Write to us' })).status, 303);
  assert.equal((await save('settings/support', { ...first, support_text: 'Write to us' })).status, 303, 'nothing differs');
  const list = await open('settings/support/versions');
  const [newest, oldest, ...more] = saves(list);
  assert.deepEqual(more, []);
  const said = visible(list.text);
  assert.match(said, /What customers should know: Call us → Write to us/);
  assert.match(said, new RegExp(stack.staff('acme', 'owner').username));
  assert.match(list.text, /<time|\d{1,2}:\d{2}/);
  const until = rows(await open(newest.slice(6)));
  assert.deepEqual(until['What customers should know'], ['Call us', 'Write to us', true]);
  assert.deepEqual(until['E-mail address'], ['help@acme.example', 'help@acme.example', false]);
  const before = rows(await open(oldest.slice(6)));
  assert.deepEqual(before['What customers should know'], ['–', 'Write to us', true], 'as it was at the beginning');
  assert.deepEqual(before['E-mail address'], ['–', 'help@acme.example', true]);
});

test('B12: a version fills the form, and nothing stands before it is saved', own, async () => {
  const [newest] = saves(await open('settings/support/versions'));
  const page = await open(newest.slice(6));
  const [, take] = page.text.match(/href="\/acme\/admin\/(settings\/support\?version=aud_\w+)"/);
  const before = count();
  const form = await open(take);
  assert.match(visible(form.text), /Nothing is saved yet: the form has what stood here until/);
  assert.match(form.text, />\s*Call us<\/textarea>/);
  assert.equal(count(), before);
  assert.match((await open('settings/support')).text, />\s*Write to us<\/textarea>/);
  const saved = await owner.submit(form, { support_text: 'Call us', support_email: 'help@acme.example' }, { action: /settings\/support$/ });
  assert.equal(saved.location, '/acme/admin/settings/support?saved=1');
  assert.equal(count(), before + 1, 'a row of its own');
  const [again] = saves(await open('settings/support/versions'));
  assert.notEqual(again, newest);
  assert.deepEqual(rows(await open(newest.slice(6)))['What customers should know'], ['Call us', 'Call us', false]);
  assert.doesNotMatch((await open(newest.slice(6))).text, /\?version=/, 'nothing differs any more');
});

test('B12, B33: words of each language belong to the versions of their tab', own, async () => {
  assert.equal((await save('page-texts/signup/de', { title: 'Eins', term1: 'Es gelten die {tac}.' })).status, 303);
  assert.equal((await save('page-texts/signup/fr', { title: 'Un' })).status, 303);
  assert.equal((await save('page-texts/signup/de', { title: 'Zwei', term1: '' })).status, 303);
  const list = await open('settings/signup/versions');
  assert.match(visible(list.text), /Deutsch – Heading of the page: Eins → Zwei; Contract terms, line 1: Es gelten die \{tac\}\. → –/);
  const page = await open(saves(list)[0].slice(6));
  const takes = [...page.text.matchAll(/href="\/acme\/admin\/([\w/-]+\?version=aud_\w+)"/g)].map(([, path]) => path);
  assert.equal(takes.length, 1, 'where something differs');
  const form = await open(takes[0]);
  assert.equal(values(form).title, 'Eins');
  assert.equal(values(form).term1, 'Es gelten die {tac}.');
  assert.match(visible(form.text), /the form has what stood here until/);
  assert.equal((await owner.submit(form, { title: 'Eins', term1: 'Es gelten die {tac}.' }, { action: /page-texts\/signup\/de$/ })).status, 303);
  assert.equal(values(await open('page-texts/signup/de')).term1, 'Es gelten die {tac}.');
  const french = await open(saves(await open('settings/signup/versions')).at(-1).slice(6));
  assert.ok(french.text.includes('page-texts/signup/fr?version='), 'before all of it there were none in French');
});

test('a style is shown as it would be, before that version is saved', own, async () => {
  const style = (title) => save('settings/style', { style_title: title, style_border_width: '1', style_border_radius: '10' });
  assert.equal((await style('#7a1f4b')).status, 303);
  assert.equal((await style('#0b5d1e')).status, 303);
  const [newest] = saves(await open('settings/style/versions'));
  const form = await open(`settings/style?version=${newest.split('/').pop()}`);
  assert.match(form.text, /style-sample\.css\?style=[^"]*7a1f4b/);
  assert.match(form.text, /value="#7a1f4b"/);
});

test('nobody saves a version over what they have not seen', own, async () => {
  const [newest] = saves(await open('settings/style/versions'));
  const form = await open(`settings/style?version=${newest.split('/').pop()}`);
  assert.equal((await save('settings/style', { style_title: '#111111', style_border_width: '1', style_border_radius: '10' })).status, 303);
  assert.equal((await owner.submit(form, {}, { action: /settings\/style$/ })).status, 409);
});

test('X1: a version is of its tab and its tenant, and who may only look takes none', own, async () => {
  const [newest] = saves(await open('settings/signup/versions'));
  const id = newest.split('/').pop();
  for (const path of [`settings/style/versions/${id}`, `settings/nothing/versions/${id}`, 'settings/nothing/versions',
    'settings/signup/versions/aud_nothing', `settings/style?version=${id}`, 'page-texts/signup/de?version=aud_nothing']) {
    assert.equal((await open(path)).status, 404, path);
  }
  const gina = await stack.office('globex', 'owner', { 'Accept-Language': 'en' });
  assert.equal((await gina.get(`/globex/admin/settings/signup/versions/${id}`)).status, 404);
  assert.doesNotMatch((await gina.get('/globex/admin/settings/signup/versions')).text, new RegExp(id));
  const reader = await stack.office('acme', 'read_only');
  const page = await reader.get(`/acme/${newest}`);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /\?version=/);
});

test('a tab of many saves has its list in parts, and every version behind it', own, async () => {
  for (let i = 0; i < 55; i++) {
    assert.equal((await save('settings/support', { support_text: `Text ${i}` })).status, 303);
  }
  const first = await open('settings/support/versions');
  assert.equal(saves(first).length, 50);
  const [, next] = first.text.match(/href="\/acme\/admin\/([^"]*before=[^"]*)"/);
  const rest = saves(await open(unescapeHtml(next)));
  assert.equal(rest.length, 8);
  assert.deepEqual(rows(await open(rest.at(-1).slice(6)))['What customers should know'], ['–', 'Text 54', true]);
});
