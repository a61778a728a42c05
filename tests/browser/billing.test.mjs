// From a service that staff record to the invoice that the customer reads in the
// portal, in Chromium, with mail through a relay: recorded, billed, sent, opened by
// the link in the mail, paid, corrected.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';

import { axeFinds, launch, openPage, picture } from '../lib/chromium.mjs';
import { later, today } from '../lib/debts.mjs';
import { verified } from '../lib/money.mjs';
import { startRelay } from '../lib/relay.mjs';
import { startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack();
const own = { skip: stack.skip };
const chromium = await launch();
after(() => Promise.all([chromium.close(), relay.stop()]));

const MS = 60_000; // what a page, a run or a mail may take on a busy machine

async function open(t, options = {}, expected = []) {
  return openPage(t, chromium, { baseURL: stack.base, locale: 'en-GB', ...options }, { timeout: MS, expected });
}

// Staff of that role, at the first page of the back office.
async function staff(t, role, expected) {
  const page = await open(t, {}, expected);
  const { username, password } = stack.staff('acme', role);
  await page.goto('/acme/admin/login');
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/acme/admin');
  return page;
}

const link = (page, name) => page.locator('main').getByRole('link', { name, exact: true });
const button = (page, name) => page.locator('main').getByRole('button', { name, exact: true });
const menu = (page, name) => page.locator('header').getByRole('link', { name, exact: true });
const fact = (page, label) => page.locator('main dl > div').filter({
  has: page.locator('dt', { hasText: new RegExp(`^\\s*${label}\\s*$`) }) }).locator('dd');
const text = async (page) => (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
const path = (page) => new URL(page.url()).pathname;
const language = (page) => page.locator('html').getAttribute('lang');

async function looksGood(page, name) {
  await picture(page, `billing-${name}`);
  assert.deepEqual(await axeFinds(page), [], name);
}

// A contract of 10 EUR a month that begins today, and its customer, who reads French.
async function contractOf(t) {
  const id = randomUUID().slice(0, 8);
  const email = `facture-${id}@billing.example`;
  const { json: { number } } = await stack.api('acme', 'POST', '/customers',
    { company_name: `Atelier ${id}`, email, language: 'fr', street: 'Rue du Port 3', postal_code: '67000', city: 'Strasbourg', country: 'FR' });
  const made = await stack.api('acme', 'POST', '/contracts', { customer: number, name: `Hosting ${id}`, currency: 'EUR',
    start: today(stack), recurrence: { every: 1, unit: 'month' }, delivery_mode: 'email',
    items: [{ description: 'Managed server S', quantity: '1', unit_price: '10', vat_rate: '19' }] });
  assert.equal(made.status, 201, made.text);
  return { number, email, ref: made.json.ref, service: `Rack installation ${id}` };
}

const words = (place) => `Bonjour {CustomerName}, votre document {DocumentNumber} vous attend sur ${place}?language=en, ` +
  `et votre montant est {Amount}.\n\nAutrement : ${place}?language=tlh`;

// The owner writes the words of a mail, with the link in the middle of a sentence.
async function writeWords(page, event) {
  await menu(page, 'Mail').click();
  await page.locator(`main a[href$="/mail-templates/${event}/fr"]`).click();
  await page.getByLabel('Subject').fill('Document {DocumentNumber}');
  await page.getByLabel('Text', { exact: true }).fill(words('{SelfServicePortalUrl}'));
  await page.getByLabel('The same as HTML').fill('');
  await button(page, 'Save').click();
  assert.match(await text(page), /Saved\. The next mail says it so/);
}

// Performed in two weeks, without a day to bill from: refused until it is confirmed.
async function recordService(page, { number, ref, service }) {
  await menu(page, 'Customers').click();
  await page.getByText('Filter', { exact: true }).click();
  await page.getByLabel('Customer number').fill(number);
  await button(page, 'Apply').click();
  await link(page, number).click();
  await looksGood(page, 'customer');
  await link(page, ref).click();
  await looksGood(page, 'contract');
  await link(page, 'Services of this contract').click();
  await link(page, 'Record a service').click();
  await page.getByLabel('Description').fill(service);
  await page.getByLabel('Quantity').fill('2');
  await page.getByLabel('Unit price').fill('25');
  await page.getByLabel('VAT rate in percent').fill('19');
  await page.getByLabel('Performance date').fill(later(today(stack), 14));
  assert.equal(await page.getByLabel('Bill from').inputValue(), '');
  await button(page, 'Save').click();
  assert.match(await page.title(), /^Error: /);
  assert.equal(await page.getByLabel('Description').inputValue(), service, 'nothing typed is lost');
  await looksGood(page, 'service-warning');
  await page.getByLabel('Yes, bill it in the next run').check();
  await button(page, 'Save').click();
  await page.waitForURL(/\/admin\/services\/[^/]+$/);
  assert.match(await text(page), /The performance date lies ahead.* the next run of the contract bills it/);
  await looksGood(page, 'service');
}

// A dry run, then the real one, watched until it is done. The invoice's number.
async function bill(page, { ref }) {
  await menu(page, 'Invoices').click();
  await page.getByRole('link', { name: 'Invoice runs', exact: true }).click();
  await link(page, 'Start an invoice run').click();
  assert.ok(await page.getByLabel('Show only what would be billed').isChecked(), 'the dry run comes first');
  await button(page, 'Start an invoice run').click();
  await page.locator('main progress').waitFor({ state: 'detached' });
  const row = page.locator('main tr', { hasText: ref });
  assert.match(await row.innerText(), /€71\.40/, 'the month and the service, with VAT');
  assert.deepEqual(stack.sql(`SELECT i.number FROM invoice i JOIN contract c ON c.tenant = i.tenant
    AND c.id = i.contract WHERE c.ref = '${ref}'`), [], 'nothing is billed yet');
  await looksGood(page, 'run-dry');
  await stack.withoutJobs(async () => {
    await button(page, 'Bill this now').click();
    await page.locator('main progress').waitFor();
    assert.match(await text(page), /0 of 0 contracts are done/);
    await looksGood(page, 'run-progress');
  });
  await page.locator('main progress').waitFor({ state: 'detached' });
  assert.match(await fact(page, 'Status').innerText(), /^done$/i);
  await looksGood(page, 'run-done');
  const number = (await row.getByRole('link').first().innerText()).trim();
  await row.getByRole('link').first().click();
  return number;
}

const plain = (value) => value.replaceAll(/\s+/g, ' ');

// The mail about a document: its words, its PDF, and the links in it.
async function mailAbout(number, { email }) {
  const mail = await until(`the mail about ${number}`, () =>
    relay.to(email).find(({ headers }) => headers.subject === `Document ${number}`), MS);
  const links = mail.text.match(/https?:\/\/\S+\/s\/[^\s,]+/g);
  assert.equal(links?.length, 2, mail.text);
  assert.match(links[0], /\?language=en$/);
  assert.match(links[1], /\?language=tlh$/);
  assert.equal(mail.files[0]?.name, `${number}.pdf`);
  assert.equal(mail.files[0].type, 'application/pdf');
  return { ...mail, links };
}

const pdfText = (bytes) => plain(execFileSync('pdftotext', ['-layout', '-', '-'], { input: bytes, encoding: 'utf8' }));

// The customer, led by the mail to their invoice, takes its PDF away.
async function readInvoice(page, { number, service, ref }, invoice, mail) {
  await page.goto(mail.links[0]);
  assert.equal(path(page), `/acme/contracts/${ref}`);
  assert.equal(await language(page), 'en');
  await looksGood(page, 'portal-contract');
  await link(page, invoice).click();
  assert.match(await text(page), /Open/);
  await looksGood(page, 'portal-invoice');
  const [download] = await Promise.all([page.waitForEvent('download'), link(page, 'Download PDF').click()]);
  assert.equal(download.suggestedFilename(), `${invoice}.pdf`);
  const chunks = await (await download.createReadStream()).toArray();
  const bytes = Buffer.concat(chunks);
  assert.ok(bytes.equals(mail.files[0].bytes), 'the file of the mail, byte by byte');
  const printed = pdfText(bytes);
  for (const value of [number, invoice, ref, service, '71,40 €']) {
    assert.ok(printed.includes(value), `${value} stands on the invoice: ${printed}`);
  }
}

async function pay(page, invoice) {
  await link(page, 'Record a payment').click();
  assert.equal(await page.getByLabel('Amount').inputValue(), '71.40', 'all that is open');
  await page.getByLabel('Reference').fill(`Transfer ${invoice}`);
  await looksGood(page, 'payment-form');
  await button(page, 'Save').click();
  await page.waitForURL(/\/admin\/payments\/[^/]+$/);
  await looksGood(page, 'payment');
  await link(page, invoice).click();
  assert.match(await page.locator('main .title-row').innerText(), /Paid/);
}

// The number of the correction.
async function correct(page) {
  await link(page, 'Correct').click();
  await button(page, 'Issue').click();
  assert.match(await page.title(), /^Error: /, 'a correction has a reason');
  await page.getByLabel('Reason').fill('The rack was delivered too late');
  await looksGood(page, 'correct');
  await button(page, 'Issue').click();
  await page.waitForURL(/\/admin\/invoices\/KO\d+$/);
  await looksGood(page, 'correction');
  return path(page).split('/').pop();
}

test('F37, F38, F42, F43, F56, B117, B121, B122, B123, B124, B125: a service of the future is recorded, billed at ' +
    'once, sent, read by the link in the mail, paid and corrected', own, async (t) => {
  const owner = await staff(t, 'owner');
  for (const event of ['invoice_mail', 'correction_mail']) {
    await writeWords(owner, event);
  }
  const contract = await contractOf(t);
  const clerk = await staff(t, 'billing', [422]);
  await looksGood(clerk, 'office');
  await recordService(clerk, contract);
  const invoice = await bill(clerk, contract);
  await looksGood(clerk, 'invoice');

  const mail = await mailAbout(invoice, contract);
  assert.match(plain(mail.text), /votre montant est 71,40 €\./);
  const customer = await open(t, { acceptDownloads: true });
  await readInvoice(customer, contract, invoice, mail);
  const guest = await open(t, { locale: 'es-ES' });
  await guest.goto(mail.links[1]);
  assert.equal(path(guest), `/acme/contracts/${contract.ref}`);
  assert.equal(await language(guest), 'fr', 'a language nobody knows: the customer\'s own');
  await guest.goto(mail.links[0]);
  assert.equal(await language(guest), 'en', 'the link opens as often as it is used');

  await clerk.reload();
  await pay(clerk, invoice);
  await customer.reload();
  assert.match(await customer.locator('main .title-row').innerText(), /Paid/);
  await looksGood(customer, 'portal-paid');

  const correction = await correct(clerk);
  const told = await mailAbout(correction, contract);
  assert.match(pdfText(told.files[0].bytes), new RegExp(invoice), 'says which invoice it corrects');
  await customer.goto(told.links[0]);
  assert.ok(await link(customer, correction).isVisible());
  await link(customer, invoice).click();
  assert.match(await customer.locator('main .title-row').innerText(), /Void/);
  verified(stack);
});

test('B112: the page "Self-service access" of a contract makes a link that opens it', own, async (t) => {
  const { ref } = await contractOf(t);
  const page = await staff(t, 'owner');
  await page.goto(`/acme/admin/contracts/${ref}`);
  await link(page, 'Self-service access').click();
  await button(page, 'Make a link').click();
  const made = await page.getByLabel('Link', { exact: true }).inputValue();
  await looksGood(page, 'self-service');
  const visitor = await open(t);
  await visitor.goto(made);
  assert.equal(path(visitor), `/acme/contracts/${ref}`);
  assert.match(await text(visitor), new RegExp(ref));
});
