// Just in time: links signed by the merchant create users and keep them up to
// date, where the tenant lets them.
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { forms, visible } from '../lib/client.mjs';
import { handoff, linkFor, tokenFor } from '../lib/sso.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const acme = stack.tenant('acme');

const switchTo = async (on) => {
  const office = await stack.office('acme', 'owner');
  const page = await office.get('/acme/admin/settings/access');
  const form = forms(page.text).find(({ action }) => action.endsWith('/access'));
  const values = Object.fromEntries([...form.body.matchAll(/<input\b[^>]*name="(\w+)"[^>]*value="(\d+)"/g)]
    .map(([, name, value]) => [name, value]));
  const answer = await office.submit(page, { ...values, ...(on && { sso_create: 'on' }) }, { action: /access$/ });
  assert.equal(answer.status, 303, answer.text);
};
const someone = () => {
  const id = randomUUID().slice(0, 8);
  return { sub: `jit-${id}`, customer: `K7${randomInt(1e8, 1e9)}`, email: `${id}@new.example`, name: 'Nora Anna Wind' };
};
const follow = async ({ sub, ...claims }, browser = stack.browser()) => {
  const answer = await browser.get(await linkFor(acme, sub, claims));
  return { browser, answer };
};
const user = (sub) => stack.sql(`SELECT * FROM users WHERE username = '${sub}'`)[0];
const customer = (number) => stack.sql(`SELECT * FROM customer WHERE tenant = 'acme' AND number = '${number}'`)[0];
const counts = () => stack.sql(`SELECT (SELECT COUNT(*) FROM users) AS users,
  (SELECT COUNT(*) FROM customer) AS customers, (SELECT COUNT(*) FROM membership) AS memberships`)[0];
const refused = ({ answer }, status = 403) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.cookie('pf-acme'), undefined);
};

test('F7: just-in-time creation is off until the tenant switches it on', own, async () => {
  const person = someone();
  const before = counts();
  refused(await follow(person));
  assert.deepEqual(counts(), before);
  // and of who is there nothing follows
  const { email } = user('bruno');
  const { answer } = await follow({ sub: 'bruno', email: 'other@new.example', name: 'Other Name' });
  assert.equal(answer.status, 303);
  assert.equal(user('bruno').email, email);
  assert.equal(user('bruno').last_name, '');
});

test('F7: a signed link creates customer and user, and opens their dashboard', own, async () => {
  await switchTo(true);
  const person = someone();
  const { browser, answer } = await follow({ ...person, language: 'fr' });
  assert.equal(answer.status, 303, answer.text);
  const page = await browser.get('/acme/');
  assert.equal(page.status, 200);
  assert.match(visible(page.text), new RegExp(person.customer));
  const made = user(person.sub);
  assert.deepEqual([made.first_name, made.last_name, made.email, made.password_hash, made.must_change],
    ['Nora Anna', 'Wind', person.email, '', 0]);
  const account = customer(person.customer);
  assert.deepEqual([account.company_name, account.first_name, account.last_name, account.email, account.language],
    ['', 'Nora Anna', 'Wind', person.email, 'fr']);
  const actions = stack.sql(`SELECT action, actor FROM audit WHERE tenant = 'acme' AND (object = '${made.id}'
    OR object = '${account.id}') ORDER BY id`);
  assert.deepEqual(actions.map(({ action }) => action), ['customer.created', 'login.created']);
  assert.ok(actions.every(({ actor }) => actor === `sso:${acme.sso_key.kid}`), JSON.stringify(actions));
  const [mail] = stack.sql(`SELECT * FROM mail WHERE user_id = '${made.id}'`);
  assert.deepEqual([mail.event, mail.state, mail.last_error],
    ['login_created', 'suppressed', 'signs in by links, without a password']);
});

test('F7: a name of one word is a company\'s', own, async () => {
  const person = { ...someone(), name: 'Windwerke' };
  assert.equal((await follow(person)).answer.status, 303);
  assert.equal(customer(person.customer).company_name, 'Windwerke');
  assert.equal(user(person.sub).last_name, 'Windwerke');
});

test('F7: the same person comes again, under the name and address of today', own, async () => {
  const person = someone();
  await follow(person);
  const first = user(person.sub);
  const before = counts();
  const { answer } = await follow({ ...person, name: 'Nora Sturm', email: `new-${person.email}` });
  assert.equal(answer.status, 303);
  const second = user(person.sub);
  assert.deepEqual([second.id, second.first_name, second.last_name, second.email],
    [first.id, 'Nora', 'Sturm', `new-${person.email}`]);
  assert.deepEqual(counts(), before);
  const [row] = stack.sql(`SELECT * FROM audit WHERE object = '${first.id}' AND action = 'login.changed'`);
  assert.equal(JSON.parse(row.before).email, person.email);
  assert.equal(JSON.parse(row.after).email, `new-${person.email}`);
  const mails = stack.sql(`SELECT recipient, state FROM mail WHERE user_id = '${first.id}'
    AND event = 'login_email_changed'`);
  assert.deepEqual(mails.map(({ recipient }) => recipient), [person.email], 'the address before hears of it');
  assert.notEqual(mails[0].state, 'suppressed');
  // nothing new: nothing written
  await follow({ ...person, name: 'Nora Sturm', email: `new-${person.email}` });
  await follow({ sub: person.sub });
  assert.equal(user(person.sub).version, second.version);
});

test('F7: a name that no form would take is none', own, async () => {
  const names = ['Nora\u202e dniW', 'Nora\u200b Wind', `${'N'.repeat(101)} Wind`, 'W'.repeat(101), '  '];
  for (const name of names) {
    refused(await follow({ ...someone(), name }), 400);
  }
  const person = someone();
  await follow(person);
  for (const name of names) {
    assert.equal((await follow({ sub: person.sub, name })).answer.status, 303);
    const { first_name, last_name } = user(person.sub);
    assert.deepEqual([first_name, last_name], ['Nora Anna', 'Wind'], JSON.stringify(name));
  }
});

test('F7: a newcomer whose name is spelled like somebody\'s does not become them', own, async () => {
  const person = someone();
  await follow(person);
  const before = counts();
  refused(await follow({ ...person, sub: person.sub.toUpperCase(), email: 'else@new.example', name: 'Else Wo' }));
  assert.deepEqual(counts(), before);
  assert.equal(user(person.sub).email, person.email);
});

test('F7: nobody is found by an e-mail address', own, async () => {
  const anna = user('anna');
  const person = { ...someone(), email: anna.email };
  const { browser, answer } = await follow(person);
  assert.equal(answer.status, 303);
  assert.notEqual(user(person.sub).id, anna.id);
  const page = visible((await browser.get('/acme/')).text);
  assert.match(page, new RegExp(person.customer));
  assert.doesNotMatch(page, /K2000/);
});

test('F7, F49: a new customer by a link has the tenant\'s form of numbers, or is not made', own, async () => {
  const before = counts();
  for (const number of ['J-1', 'G100', 'K12', 'K0012345', 'k2999', 'K2999x', '2999', 'K', 'new']) {
    const person = { ...someone(), customer: number };
    const { answer } = await follow(person, stack.browser({ 'Accept-Language': 'en' }));
    assert.equal(answer.status, 400, number);
    assert.match(visible(answer.text), /This link names no account of ours.*Tell the site that sent you here/s, number);
    assert.equal(answer.cookie('pf-acme'), undefined);
    const [row] = stack.sql(`SELECT * FROM audit WHERE object = '${person.sub}' ORDER BY id DESC LIMIT 1`);
    assert.deepEqual([row.action, row.detail], ['sso.refused', 'link_customer'], number);
  }
  assert.deepEqual(counts(), before);
  // who has such a number from before keeps it, and gets users
  stack.sql("UPDATE customer SET number = 'OLD.7' WHERE tenant = 'acme' AND number = 'K2002'");
  const { browser, answer } = await follow({ ...someone(), customer: 'OLD.7' });
  assert.equal(answer.status, 303, answer.text);
  assert.match(visible((await browser.get('/acme/')).text), /OLD\.7/);
  stack.sql("UPDATE customer SET number = 'K2002' WHERE tenant = 'acme' AND number = 'OLD.7'");
});

test('F7: a user who is there gets no account by a link, and makes none', own, async () => {
  const before = counts();
  for (const number of ['K2001', someone().customer]) {
    refused(await follow({ sub: 'bruno', customer: number, email: 'b@new.example', name: 'B' }));
  }
  assert.deepEqual(counts(), before);
  assert.notEqual(user('bruno').email, 'b@new.example', 'a refused link changes nothing');
});

test('F7: a customer who is there gets the user whom the merchant names', own, async () => {
  const person = { ...someone(), customer: 'K2002' };
  const before = customer('K2002');
  const { browser, answer } = await follow(person);
  assert.equal(answer.status, 303);
  assert.match(visible((await browser.get('/acme/')).text), /K2002/);
  assert.deepEqual(customer('K2002'), before, 'the customer is as it was');
});

test('F7: who is not named in full is made by no link', own, async () => {
  const before = counts();
  for (const name of ['customer', 'email', 'name']) {
    refused(await follow({ ...someone(), [name]: undefined }));
  }
  for (const wrong of [{ email: 'nobody' }, { email: 'a@b.example\r\nBcc: x@y.example' }, { name: 'a\u0000b' },
    { name: 'x\ny' }, { sub: 'a/b' }, { sub: 'ab' }, { customer: 'K 1' }, { customer: '../x' }]) {
    const { answer } = await follow({ ...someone(), ...wrong });
    assert.ok([400, 403].includes(answer.status), `${JSON.stringify(wrong)}: ${answer.status}`);
    assert.equal(answer.cookie('pf-acme'), undefined);
  }
  assert.deepEqual(counts(), before);
});

test('F13: a used link neither creates nor changes anything again', own, async () => {
  const person = someone();
  const { sub, ...claims } = person;
  const token = await tokenFor(acme, sub, claims);
  assert.equal((await stack.browser().get(handoff(acme, token))).status, 303);
  assert.equal((await follow({ ...person, name: 'Nora Sturm' })).answer.status, 303);
  assert.equal((await stack.browser().get(handoff(acme, token))).status, 410);
  assert.equal(user(sub).last_name, 'Sturm', 'the old name does not come back');
});

test('F7: two links for the same newcomer at once make one user', own, async () => {
  const person = someone();
  const { sub, ...claims } = person;
  const links = await Promise.all([1, 2, 3, 4].map(() => linkFor(acme, sub, claims)));
  const answers = await Promise.all(links.map((link) => stack.browser().get(link)));
  assert.deepEqual(answers.map(({ status }) => status), [303, 303, 303, 303]);
  assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM users WHERE username = '${sub}'`)[0].n, 1);
});

test('F7: a signed-in browser is asked before a newcomer takes its place', own, async () => {
  const person = someone();
  const browser = await stack.signedIn('acme', 'anna');
  const { answer } = await follow(person, browser);
  assert.equal(answer.status, 200);
  assert.match(visible(answer.text), new RegExp(person.sub));
  assert.equal(user(person.sub), undefined, 'nothing is made by a look');
  const done = await browser.submit(answer, { confirm: 'on' }, { action: /\/sso$/ });
  assert.equal(done.status, 303, done.text);
  assert.ok(user(person.sub));
  assert.match(visible((await browser.get('/acme/')).text), new RegExp(person.customer));
});

test('F7: a posted link creates, too, and a prefetched one does not', own, async () => {
  const person = someone();
  const { sub, ...claims } = person;
  const browser = stack.browser();
  const looked = await browser.get(await linkFor(acme, sub, claims), { headers: { 'Sec-Purpose': 'prefetch' } });
  assert.equal(looked.status, 503);
  assert.equal(user(sub), undefined);
  const posted = await browser.post('/acme/sso', { token: await tokenFor(acme, sub, claims) });
  assert.equal(posted.status, 303);
  assert.equal(user(sub), undefined);
  assert.equal((await browser.get(posted.location)).status, 303);
  assert.ok(user(sub));
});

test('F14: a deleted login comes back by a link only as somebody new, a blocked one not at all', own, async () => {
  const person = someone();
  await follow(person);
  const { id } = user(person.sub);
  assert.equal((await stack.api('acme', 'POST', `/user-logins/${person.sub}/block`)).status, 200);
  refused(await follow(person));
  assert.equal((await stack.api('acme', 'DELETE', `/user-logins/${person.sub}`)).status, 204);
  assert.equal((await follow(person)).answer.status, 303);
  assert.notEqual(user(person.sub).id, id);
  await switchTo(false);
  assert.equal((await stack.api('acme', 'DELETE', `/user-logins/${person.sub}`)).status, 204);
  refused(await follow(person));
});
