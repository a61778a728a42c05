// The log of mail and the words of mails in the back office.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import { forms, unescapeHtml, visible } from '../lib/client.mjs';
import { startRelay } from '../lib/relay.mjs';
import { startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner');

after(() => relay.stop());

const someone = () => `${randomUUID()}@office-test.example`;
const path = (language, event = 'login_created') => `/acme/admin/mail-templates/${event}/${language}`;
const good = { subject: 'Hallo {CustomerName}', text: 'Konto {Username}\r\nGrüße', html: '<p>{Username}</p>' };

// Sends the form of the words; more: "/preview" and the like, as its buttons do.
async function send(language, fields, more = '', browser = owner) {
  const page = await browser.get(path(language));
  const { hidden } = forms(page.text).find(({ action }) => action === path(language));
  return browser.post(path(language) + more, { ...hidden, ...fields });
}

// What a control of the page holds.
const control = (page, name) => unescapeHtml(
  page.text.match(new RegExp(`<textarea id="field-${name}"[^>]*>([^<]*)<`))?.[1] ??
  page.text.match(new RegExp(`id="field-${name}"[^>]* value="([^"]*)"`))?.[1] ?? '');

const counts = () => stack.sql(`SELECT (SELECT COUNT(*) FROM mail_template) AS words,
  (SELECT COUNT(*) FROM mail) AS mails,
  (SELECT COUNT(*) FROM audit WHERE action LIKE 'mail%') AS rows_`)[0];

const trial = async (to, words = good) =>
  (await stack.api('acme', 'POST', '/settings/mail-templates/login_created/en/test',
    { ...words, to })).json;

test('F31: every mail in every language of the tenant, with what is sent now', own, async () => {
  const list = await owner.get('/acme/admin/mail-templates');
  assert.equal(list.status, 200);
  for (const event of ['login_created', 'callback_off', 'callback_gone']) {
    for (const language of ['de', 'en', 'fr']) {
      assert.ok(list.text.includes(`href="${path(language, event)}"`), `${event} ${language}`);
      const page = await owner.get(path(language, event));
      assert.equal(page.status, 200);
      assert.ok(control(page, 'subject') && control(page, 'text') && control(page, 'html'));
    }
  }
  const page = await owner.get(path('de'));
  for (const name of ['CustomerName', 'Username', 'Password', 'TenantName']) {
    assert.ok(visible(page.text).includes(`{${name}}`), name);
  }
  assert.equal((await owner.get(path('pl'))).status, 404);
  assert.equal((await owner.get(path('de', 'nothing'))).status, 404);
});

test('F31: saved words are sent, listed as one’s own, and given up again', own, async () => {
  const saved = await send('de', good);
  assert.equal(saved.location, `${path('de')}?saved=1`);
  const page = await owner.get(path('de'));
  assert.deepEqual(['subject', 'text', 'html'].map((name) => control(page, name)),
    [good.subject, 'Konto {Username}\nGrüße', good.html]);
  assert.match(visible((await owner.get('/acme/admin/mail-templates')).text), /Hallo \{CustomerName\} Ihre eigenen|Hallo \{CustomerName\} Your own/);
  const email = someone();
  assert.equal((await stack.api('acme', 'POST', '/user-logins',
    { customer: 'K2001', email, username: email.slice(0, 36) })).status, 201);
  const mail = await relay.mailTo(email);
  assert.equal(mail.headers.subject, 'Hallo Sommer & Söhne KG');
  assert.match(mail.text, /^Konto [0-9a-f-]{36}\nGrüße$/m);
  const [row] = stack.sql(`SELECT actor, before, after FROM audit
    WHERE action = 'mail_template.changed' ORDER BY id DESC LIMIT 1`);
  assert.match(row.actor, /^staff:/);
  assert.equal(JSON.parse(row.after).subject, good.subject);
  const back = await owner.submit(page, {}, { action: /reset$/ });
  assert.equal(back.location, path('de'));
  assert.deepEqual(stack.sql('SELECT * FROM mail_template'), []);
});

test('F31, X10: who saves words second loses nothing, and overwrites only what they were shown', own,
  async () => {
    const mine = await owner.get(`${path('fr')}?language=en`);
    const put = (words) => stack.api('acme', 'PUT', '/settings/mail-templates/login_created/fr', words);
    const stands = () => stack.sql("SELECT subject, text, html FROM mail_template WHERE language = 'fr'");
    const theirs = { subject: 'Les leurs', text: good.text.replace('\r', ''), html: '<i>{Username}</i>' };
    const write = (from, more, fields = good) => {
      const { hidden } = forms(from.text).find(({ action }) => action === path('fr'));
      return owner.post(path('fr') + more, { ...hidden, ...fields, to: 'x@office-test.example' });
    };
    // the first words of one's own, and those after them
    for (const [page, words] of [[mine, theirs], [undefined, { ...theirs, subject: 'Encore' }]]) {
      const from = page ?? await owner.get(`${path('fr')}?language=en`);
      assert.equal((await put(words)).status, 200);
      const before = counts();
      for (const more of ['', '/preview', '/test']) {
        for (const fields of [good, { ...good, text: '{Nobody}' }]) {
          const late = await write(from, more, fields);
          assert.equal(late.status, 409, more);
          assert.match(visible(late.text), new RegExp(`Saved meanwhile: ${words.subject}`));
          assert.equal(/Saved meanwhile: Konto/.test(visible(late.text)), fields !== good, 'beside what is something else');
          assert.ok(late.text.includes('<bdi>&lt;i&gt;{Username}&lt;/i&gt;</bdi>'), 'as text');
          assert.equal(control(late, 'subject'), good.subject);
          assert.equal(control(late, 'to'), 'x@office-test.example');
        }
      }
      assert.deepEqual(counts(), before);
    }
    const from = await owner.get(`${path('fr')}?language=en`);
    assert.equal((await put(theirs)).status, 200);
    const back = await owner.submit(from, {}, { action: /reset$/ });
    assert.equal(back.status, 409, 'nor are they given up unseen');
    assert.equal(control(back, 'subject'), theirs.subject);
    assert.deepEqual(stands(), [theirs]);
    const shown = await write(from, '');
    assert.equal((await write(shown, '')).status, 303);
    assert.equal(stands()[0].subject, good.subject);
    const before = counts();
    const same = await write(await owner.get(path('fr')), '');
    assert.equal(same.status, 303);
    assert.deepEqual(counts(), before, 'saved as they were, nothing changed');
    await owner.submit(await owner.get(path('fr')), {}, { action: /reset$/ });
    assert.deepEqual(stands(), []);
  });

test('F31, X4: an unknown placeholder is refused at save, preview and test; what was typed stays',
  own, async () => {
    const typed = { ...good, text: 'Liebe {Kunde} <b>"&amp;', to: 'a@office-test.example' };
    const before = counts();
    for (const more of ['', '/preview', '/test']) {
      const page = await send('en', typed, more);
      assert.equal(page.status, 422, more);
      assert.match(page.title, /^Fehler: |^Error: /);
      assert.match(visible(page.text), /\{Kunde\}.{1,20} 7/);
      assert.match(page.text, /href="#field-text"/);
      assert.match(page.text, /id="field-text"[^>]*aria-invalid="true"/);
      for (const name of ['subject', 'text', 'html', 'to']) {
        assert.equal(control(page, name), typed[name], `${more} ${name}`);
      }
    }
    assert.deepEqual(counts(), before, 'nothing was kept');
  });

test('X4: other wrong words are refused, each at its field', own, async () => {
  const before = counts();
  for (const [wrong, name] of [[{ subject: '' }, 'subject'], [{ text: '' }, 'text'],
    [{ text: 'a } b' }, 'text'], [{ subject: '{Password}' }, 'subject'],
    [{ subject: 'x'.repeat(201) }, 'subject'], [{ html: `${'x'.repeat(99)}\n`.repeat(601) }, 'html'],
    [{ text: 'a\u0007' }, 'text'], [{ to: 'nobody' }, 'to']]) {
    const page = await send('en', { ...good, ...wrong });
    assert.equal(page.status, 422, JSON.stringify(wrong).slice(0, 60));
    assert.match(page.text, new RegExp(`href="#field-${name}"`));
  }
  const nobody = await send('en', good, '/test');
  assert.equal(nobody.status, 422);
  assert.match(nobody.text, /href="#field-to"/);
  assert.equal((await send('en', { ...good, text: 'x'.repeat(600000) })).status, 413);
  const bytes = await owner.get(path('en'));
  const { hidden } = forms(bytes.text).find(({ action }) => action === path('en'));
  const broken = `${new URLSearchParams({ ...hidden, ...good, text: '' })}%ff%fe`
    .replace('text=&', 'text=%ff%fe&');
  const answer = await owner.post(path('en'), {}, { body: broken,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
  assert.equal(answer.status, 400);
  assert.deepEqual(counts(), before);
});

test('F31: a preview shows the words with example values, and keeps nothing but the form', own,
  async () => {
    const before = counts();
    const page = await send('en', { ...good, to: 'x@office-test.example' }, '/preview');
    assert.equal(page.status, 200);
    assert.match(visible(page.text), /Hallo Sommer GmbH Konto K2000 Grüße/);
    const [, srcdoc] = page.text.match(/<iframe[^>]* sandbox srcdoc="([^"]*)"/);
    assert.equal(unescapeHtml(srcdoc), '<p>K2000</p>');
    assert.equal(control(page, 'subject'), good.subject);
    assert.equal(control(page, 'to'), 'x@office-test.example');
    assert.deepEqual(counts(), before);
    const saved = await owner.submit(page, good, { action: /login_created\/en$/ });
    assert.equal(saved.status, 303, 'the form of the preview saves');
    await owner.submit(await owner.get(path('en')), {}, { action: /reset$/ });
  });

test('F31: a test is sent to the address typed, once, and leads to its row of the log', own,
  async () => {
    const to = someone();
    const page = await owner.get(path('en'));
    const { hidden } = forms(page.text).find(({ action }) => action === path('en'));
    const answer = await owner.post(`${path('en')}/test`, { ...hidden, ...good, to });
    assert.equal(answer.status, 200, answer.text.slice(0, 400));
    assert.equal(control(answer, 'text').replaceAll('\r', ''), 'Konto {Username}\nGrüße', 'the words are still there');
    await owner.post(`${path('en')}/test`, { ...hidden, ...good, to }); // sent twice
    assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM mail WHERE recipient = '${to}'`)[0].n, 1);
    const [, log] = answer.text.match(/href="(\/acme\/admin\/mails\/[^"]+)"/);
    assert.equal((await relay.mailTo(to)).headers.subject, 'Hallo Sommer GmbH');
    const sent = await until('the log', async () => {
      const { text } = await owner.get(log);
      return /gesendet|sent/.test(visible(text)) ? text : undefined;
    });
    assert.ok(visible(sent).includes(to));
    assert.ok(!sent.includes('Konto K2000'), 'never what was said');
    assert.deepEqual(stack.sql('SELECT * FROM mail_template'), []);
    assert.equal(stack.sql(`SELECT COUNT(*) AS n FROM audit WHERE action = 'mail.tested'
      AND object = '${log.split('/').at(-1)}'`)[0].n, 1);
  });

test('X4: the log is narrowed by state, event and address; the reason and a new try', own,
  async (t) => {
    t.after(() => { relay.refuse = {}; });
    relay.refuse = { rcpt: 451 };
    const [waits, bad] = [someone(), someone()];
    const { id } = await trial(waits);
    const state = (to) => stack.sql(`SELECT state, attempts FROM mail WHERE recipient = '${to}'`)[0];
    await until('a first try', () => {
      const { state: now, attempts } = state(waits);
      return now === 'queued' && attempts === 1;
    });
    relay.refuse = { rcpt: 550 };
    await trial(bad);
    await until('its end', () => state(bad).state === 'failed');
    const listed = async (query) => visible((await owner.get(`/acme/admin/mails?${query}`)).text);
    for (const [query, is, isNot] of [['state=queued', waits, bad], ['state=failed', bad, waits],
      [`recipient=${waits}`, waits, bad], ['event=login_created', waits, 'no such text'],
      ['event=login_created', bad, 'no such text'], ['event=callback_off', '', waits]]) {
      const text = await listed(query);
      assert.ok(text.includes(is) && !text.includes(isNot), `${query}: ${text}`);
    }
    const page = await owner.get(`/acme/admin/mails/${id}`);
    assert.match(visible(page.text), /451/);
    relay.refuse = {};
    const again = await owner.submit(page, {}, { action: /retry$/ });
    assert.equal(again.location, `/acme/admin/mails/${id}`);
    await relay.mailTo(waits);
    await until('sent', () => state(waits).state === 'sent');
    const late = await owner.submit(page, {}, { action: /retry$/ });
    assert.ok([303, 409].includes(late.status), 'the same form has one effect');
    assert.deepEqual(stack.sql(`SELECT action FROM audit WHERE object = '${id}' ORDER BY id`)
      .map(({ action }) => action), ['mail.tested', 'mail.resent']);
    const over = await owner.get(`/acme/admin/mails/${id}`);
    assert.ok(!forms(over.text).some(({ action }) => /retry$/.test(action)), 'nothing to try again');
    const { hidden } = forms((await owner.get('/acme/admin')).text)[0];
    assert.equal((await owner.post(`/acme/admin/mails/${id}/retry`, hidden)).status, 409);
  });

test('X4: of the own tenant, and by the role’s right alone', own, async () => {
  const to = someone();
  const { id } = await trial(to);
  await send('fr', good);
  const gina = await stack.office('globex');
  assert.equal((await gina.get(`/globex/admin/mails/${id}`)).status, 404);
  const { hidden } = forms((await gina.get('/globex/admin')).text)[0];
  assert.equal((await gina.post(`/globex/admin/mails/${id}/retry`, hidden)).status, 404);
  assert.ok(!(await gina.get('/globex/admin/mails')).text.includes(to));
  assert.ok(!(await gina.get('/globex/admin/mail-templates/login_created/fr')).text.includes(good.subject));
  await owner.submit(await owner.get(path('fr')), {}, { action: /reset$/ });

  const before = counts();
  const reader = await stack.office('acme', 'support');
  const page = await reader.get(path('de'));
  assert.equal(page.status, 200);
  assert.ok(!forms(page.text).some(({ action }) => /mail-templates/.test(action)), 'no form');
  assert.match(visible(page.text), /Sommer GmbH/, 'but what it looks like');
  const own_ = forms((await reader.get('/acme/admin')).text)[0].hidden;
  for (const more of ['', '/preview', '/test', '/reset']) {
    assert.equal((await reader.post(path('de') + more, { ...own_, ...good, to })).status, 403, more);
  }
  assert.equal((await reader.post(`/acme/admin/mails/${id}/retry`, own_)).status, 403);
  assert.deepEqual(counts(), before);
});
