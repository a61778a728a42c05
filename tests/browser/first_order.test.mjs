// docs/FIRST_ORDER.md as people walk it, from an empty tenant: the merchant says what he
// sells, a stranger orders it, becomes a customer, signs in, gives an account to pay
// from, cancels and takes it back. In each language in another way: by a pointer, on a
// telephone without JavaScript, and by the keyboard alone. Controls are found by their
// names, as their words differ.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { axeFinds, launch, openPage, picture } from '../lib/chromium.mjs';
import { startRelay } from '../lib/relay.mjs';
import { startStack, until } from '../lib/stack.mjs';
import { totp } from '../lib/totp.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
const own = { skip: stack.skip };
const chromium = await launch();
after(() => Promise.all([chromium.close(), relay.stop()]));

const MS = 60_000; // what a page or a mail may take on a busy machine
const TABS = 150; // more than any page has places to stop at
const password = 'violet-tractor-museum-12';

// ---- hands ----

const pointer = {
  fill: (control, value) => control.fill(value),
  choose: (control, value) => control.selectOption(value),
  tick: (control) => control.check(),
  press: (control) => control.click(),
};

// From wherever the focus is, with the tab key alone.
async function reach(control) {
  const page = control.page();
  for (let i = 0; i < TABS; i++) {
    if (await control.evaluate((one) => one === document.activeElement)) {
      return;
    }
    await page.keyboard.press('Tab');
  }
  assert.fail(`the tab key does not lead to ${control}`);
}

const keyboard = {
  async fill(control, value) {
    await reach(control);
    await control.page().keyboard.press('ControlOrMeta+a');
    await control.page().keyboard.type(value);
  },
  async choose(control, value) {
    await reach(control);
    await control.page().keyboard.press('Home');
    while (await control.inputValue() !== value) {
      const before = await control.inputValue();
      await control.page().keyboard.press('ArrowDown');
      assert.notEqual(await control.inputValue(), before, `${value} is not to choose from`);
    }
  },
  async tick(control) {
    await reach(control);
    if (!await control.isChecked()) {
      await control.page().keyboard.press('Space');
    }
    assert.ok(await control.isChecked());
  },
  async press(control) {
    await reach(control);
    await control.page().keyboard.press('Enter');
  },
};

// ---- somebody at a browser ----

class Somebody {
  constructor(page, hand, way) {
    Object.assign(this, { page, hand, way });
  }

  named(name) {
    return this.page.locator(`main [name="${name}"]:not([type=hidden])`);
  }

  link(end) {
    return this.page.locator(`main a[href$="${end}"]`).first();
  }

  // What a form is sent by: its last button, or the one with that value.
  button(action = '', value = '') {
    const form = this.page.locator(`main form[method=post]${action && `[action$="${action}"]`}`);
    return value ? form.locator(`button[value="${value}"]`) : form.first().locator('button:not([name])').last();
  }

  async type(fields) {
    for (const [name, value] of Object.entries(fields)) {
      await this.hand.fill(this.named(name), value);
    }
  }

  // Presses it, and is where that leads.
  async go(control, there) {
    await control.waitFor();
    await Promise.all([this.page.waitForNavigation({ url: there }), this.hand.press(control)]);
    await this.page.waitForLoadState();
    await this.looks();
  }

  async open(path) {
    await this.page.goto(path);
    await this.looks();
  }

  // In their language, with nothing to scroll sideways, and, in one of the ways, nothing for axe to find.
  async looks() {
    const { page, way } = this;
    const { pathname } = new URL(page.url());
    const name = pathname.split('/').slice(2).map((part) => part.replace(/^[a-z]{3}_.*|^[\w.-]{20,}$|@.*/, 'x')).join('-') || 'overview';
    await picture(page, `first-order-${way.language}-${name}`);
    assert.equal(await page.locator('html').getAttribute('lang'), way.language, pathname);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(wide <= room, `${pathname} is ${wide} wide where there are ${room}`);
    if (way.axe) {
      assert.deepEqual(await axeFinds(page), [], pathname);
    }
  }

  async text() {
    return (await this.page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
  }
}

async function somebody(t, hand, way, expected = []) {
  const { language, axe: _, ...options } = way;
  const page = await openPage(t, chromium, { baseURL: stack.base, locale: language, ...options }, { timeout: MS, expected });
  return new Somebody(page, hand, way);
}

// ---- the operator: two commands ----

async function makeTenant(tenant) {
  stack.pforte('tenant', 'add', '--tenant', tenant, '--name', 'Nova Kaffee', '--languages', 'de en fr');
  const made = stack.pforte('staff', 'add', '--tenant', tenant, '--username', 'nina', '--email', `nina@${tenant}.example`,
    '--role', 'owner', '--password', 'made').trim();
  await until('nginx to know the tenant', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => stack.get(`/${tenant}/admin/login`)));
    return answers.every(({ status }) => status === 200);
  });
  return made;
}

// ---- the merchant ----

async function comeIn(nina, tenant, made) {
  await nina.open(`/${tenant}/admin/login`);
  await nina.type({ username: 'nina', password: made });
  await nina.go(nina.button('/admin/login'), '**/admin/security'); // without a factor there is nothing else
  await nina.go(nina.button('/admin/security'), '**/admin/security');
  const secret = (await nina.page.locator('main .secret').innerText()).replaceAll(/\s/g, '');
  await nina.type({ code: totp(secret) });
  await nina.go(nina.button('/security/confirm'), '**/admin/security/confirm');
}

// What the law and the first mails need of the merchant, and how is paid.
async function sayWhoWeAre(nina, tenant) {
  const save = async (tab, fields, ticks = []) => {
    await nina.open(`/${tenant}/admin/settings/${tab}`);
    await nina.type(fields);
    for (const name of ticks) {
      await nina.hand.tick(nina.named(name));
    }
    await nina.go(nina.button(`/settings/${tab}`), /saved=|settings/);
  };
  await save('billing', { seller_name: 'Nova Kaffee GmbH', seller_street: 'Hafenstraße 12', seller_postal_code: '20457',
    seller_city: 'Hamburg', seller_country: 'DE', seller_vat_id: 'DE123456789', creditor_id: 'DE98ZZZ09999999999' }, ['direct_debit']);
  await save('support', { support_email: `hilfe@${tenant}.example` });
  await save('signup', { terms_url: 'https://nova.example/agb' }, ['signup_login']);
}

// The line of the terms: that it is required, and what it says.
async function writeTerms(nina, tenant) {
  await nina.open(`/${tenant}/admin/settings/signup`);
  await nina.hand.choose(nina.named('signup_term1'), 'required');
  await nina.go(nina.button('/settings/signup'), /settings\/signup/);
  await nina.go(nina.link('/page-texts/signup/de'), '**/page-texts/signup/de');
  await nina.type({ term1: 'Ich nehme die {tac} an.' });
  await nina.go(nina.button('/page-texts/signup/de'), /page-texts|settings/);
}

const texts = (de, en, fr) => ({ 'texts.de.name': de, 'texts.en.name': en, 'texts.fr.name': fr });

// From the family to what may be ordered; the address of the order page.
async function sell(nina, tenant) {
  await nina.open(`/${tenant}/admin/product-families`);
  await nina.go(nina.link('/product-families/new'), '**/product-families/new');
  await nina.type({ name: 'Kaffee', currency: 'EUR', vat_rate: '7', ...texts('Kaffee', 'Coffee', 'Café') });
  await nina.go(nina.button('/product-families'), /product-families\/fam_/);
  const family = nina.page.url();
  await nina.go(nina.page.locator('main a[href*="/plans/new"]').first(), /plans\/new/);
  await nina.type({ name: 'Abo', ...texts('Abo', 'Subscription', 'Abonnement') });
  await nina.go(nina.button('/plans'), /plans\/pln_/);
  await nina.go(nina.page.locator('main a[href*="/plan-variants/new"]').first(), /plan-variants\/new/);
  await nina.type({ name: 'Monatlich', price: '12,50', 'term.count': '12', 'renewal.count': '1', 'notice.count': '1',
    ...texts('Kaffee im Monat', 'Coffee each month', 'Café chaque mois') });
  await nina.hand.choose(nina.named('notice.unit'), 'month');
  await nina.hand.tick(nina.named('self_service'));
  await nina.go(nina.button('/plan-variants'), /plan-variants\/var_/);
  const variant = nina.page.url();
  await nina.open(family);
  await nina.go(nina.page.locator('main a[href*="/components/new"]').first(), /components\/new/);
  await nina.hand.choose(nina.named('type'), 'quantity');
  await nina.go(nina.page.locator('main form button').last(), /type=quantity/);
  await nina.type({ name: 'Tasse', price: '4', ...texts('Tasse', 'Cup', 'Tasse') });
  await nina.hand.tick(nina.named('self_service'));
  await nina.go(nina.button('/components'), /components\/cmp_|components\/[a-z]{3}_/);
  await nina.open(variant);
  return nina.page.locator('main a[href*="/order/var_"]').first().getAttribute('href');
}

// ---- the stranger, who becomes a customer ----

async function order(rosa, place, email) {
  await rosa.open(place);
  await rosa.type({ first_name: 'Rosa', last_name: 'Blum', email, street: 'Weg 1', postal_code: '20095', city: 'Hamburg' });
  await rosa.hand.fill(rosa.page.locator('main [name^=component-]:not([type=hidden])').first(), '2');
  if (rosa.way.javaScriptEnabled === false) {
    await rosa.go(rosa.button('', 'preview'), /order/);
  } else {
    await rosa.page.locator('#summary', { hasText: /2 ×/ }).waitFor();
  }
  await rosa.hand.tick(rosa.named('term-1'));
  await rosa.go(rosa.button('', 'order'), /\/done/);
  const [, ref] = (await rosa.text()).match(/(VT-[0-9A-Z]{4}-[0-9A-Z]{4})/);
  return ref;
}

const mailTo = (email, pattern) => until(`a mail with ${pattern}`, () =>
  relay.to(email).map(({ text }) => text.match(pattern)).find(Boolean), MS);

async function signIn(rosa, tenant, email) {
  const [, there] = await mailTo(email, /(https?:\/\/\S+\/invitation\/\S+)/);
  await rosa.open(new URL(there).pathname);
  await rosa.type({ new_password: password });
  await rosa.go(rosa.button(), '**/login**');
  await rosa.type({ username: email, password });
  await rosa.go(rosa.button('/login'), `**/${tenant}/`);
}

async function giveAccount(rosa, tenant, email) {
  await rosa.go(rosa.page.locator('main a[href$="/payment"]').first(), '**/payment');
  await rosa.go(rosa.link('/payment/change'), '**/payment/change');
  await rosa.type({ account_holder: 'Rosa Blum', iban: 'DE89 3704 0044 0532 0130 00', password });
  await rosa.go(rosa.button('/payment/change'), /payment\/mandate/);
  await rosa.go(rosa.button('/payment/mandate'), /payment\/mandates?\//);
  assert.match(await rosa.text(), /DE… 3000/);
  await mailTo(email, /DE98ZZZ09999999999/);
}

async function cancelAndUndo(rosa, tenant, ref, email) {
  await rosa.open(`/${tenant}/contracts/${ref}`);
  await rosa.go(rosa.link(`/contracts/${ref}/cancel`), '**/cancel');
  await rosa.go(rosa.button(`${ref}/cancel`), /received|cancel/);
  await mailTo(email, new RegExp(ref));
  const status = async () => stack.sql(`SELECT status FROM contract WHERE ref = '${ref}'`)[0].status;
  assert.equal(await status(), 'cancelled');
  await rosa.open(`/${tenant}/contracts/${ref}`);
  await rosa.go(rosa.button('undo-cancel'), /contracts/);
  assert.equal(await status(), 'active');
}

const ways = {
  'German, by a pointer': { hand: pointer, way: { language: 'de', axe: true, viewport: { width: 1280, height: 800 } } },
  'English, on a telephone without JavaScript': { hand: pointer,
    way: { language: 'en', viewport: { width: 320, height: 640 }, javaScriptEnabled: false } },
  'French, by the keyboard alone': { hand: keyboard, way: { language: 'fr', viewport: { width: 1280, height: 800 } } },
};

for (const [name, { hand, way }] of Object.entries(ways)) {
  test(`B1, B18, B69, B65, B93, B100, B106: from an empty tenant to the first order, and on: in ${name}`, own, async (t) => {
    const tenant = `nova-${way.language}`, email = `rosa@${tenant}.example`;
    const made = await makeTenant(tenant);
    const nina = await somebody(t, hand, way);
    await comeIn(nina, tenant, made);
    await sayWhoWeAre(nina, tenant);
    await writeTerms(nina, tenant);
    const place = await sell(nina, tenant);
    const rosa = await somebody(t, hand, way);
    const ref = await order(rosa, place, email);
    await signIn(rosa, tenant, email);
    await giveAccount(rosa, tenant, email);
    await cancelAndUndo(rosa, tenant, ref, email);
  });
}
