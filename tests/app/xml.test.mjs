// Structured invoices: EN 16931 in UBL 2.1, profile XRechnung 3.0. The rules are
// checked by this file's own code, written from the standard's text: neither Debian
// nor npm has its Schematron.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { issuer } from '../lib/documents.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const issue = issuer(stack);
const api = (...args) => stack.api('acme', ...args);

// ---- reading XML: strict, as far as these documents use it ----

const named = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'", '&#39;': "'" };
function plain(text) {
  assert.doesNotMatch(text, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/, 'characters that XML has not');
  return text.replace(/&[^;]*;?/g, (entity) => {
    assert.ok(named[entity], `${entity} is no entity`);
    return named[entity];
  });
}

// { tag, attributes, children, text }
function parse(xml) {
  assert.match(xml, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n</);
  const root = { children: [], text: '' };
  const open = [root];
  for (const [, text, tag] of xml.slice(xml.indexOf('?>') + 2).matchAll(/([^<]*)(<[^>]*>)?/g)) {
    open.at(-1).text += plain(text);
    if (tag?.startsWith('</')) {
      assert.equal(tag, `</${open.pop().tag}>`, 'what is opened is closed');
    } else if (tag) {
      const [, name, rest] = tag.match(/^<([A-Za-z:]+)((?: [A-Za-z:]+="[^"<]*")*)>$/) ?? assert.fail(tag);
      const attributes = Object.fromEntries([...rest.matchAll(/ ([A-Za-z:]+)="([^"]*)"/g)]
        .map(([, key, value]) => [key, plain(value)]));
      const element = { tag: name, attributes, children: [], text: '' };
      open.at(-1).children.push(element);
      open.push(element);
    }
  }
  assert.equal(open.length, 1, 'all is closed');
  assert.equal(root.children.length, 1);
  return root.children[0];
}

const all = (element, path) => path.split('/').reduce((list, name) =>
  list.flatMap(({ children }) => children.filter(({ tag }) => tag.split(':').at(-1) === name)), [element]);
const one = (element, path) => all(element, path)[0]?.text;

// ---- the rules ----

// The order of elements in UBL 2.1, as far as they occur.
const ORDER = {
  Invoice: 'CustomizationID ProfileID ID IssueDate DueDate InvoiceTypeCode Note DocumentCurrencyCode BuyerReference InvoicePeriod BillingReference ContractDocumentReference AccountingSupplierParty AccountingCustomerParty PaymentMeans PaymentTerms TaxTotal LegalMonetaryTotal InvoiceLine',
  CreditNote: 'CustomizationID ProfileID ID IssueDate CreditNoteTypeCode Note DocumentCurrencyCode BuyerReference InvoicePeriod BillingReference ContractDocumentReference AccountingSupplierParty AccountingCustomerParty PaymentMeans PaymentTerms TaxTotal LegalMonetaryTotal CreditNoteLine',
  Party: 'EndpointID PartyIdentification PartyName PostalAddress PartyTaxScheme PartyLegalEntity Contact',
  PostalAddress: 'StreetName CityName PostalZone Country',
  Contact: 'Name Telephone ElectronicMail',
  PaymentMeans: 'PaymentMeansCode PaymentID PayeeFinancialAccount',
  TaxSubtotal: 'TaxableAmount TaxAmount TaxCategory',
  TaxCategory: 'ID Percent TaxExemptionReasonCode TaxExemptionReason TaxScheme',
  LegalMonetaryTotal: 'LineExtensionAmount TaxExclusiveAmount TaxInclusiveAmount PayableAmount',
  InvoiceLine: 'ID InvoicedQuantity LineExtensionAmount InvoicePeriod Item Price',
  CreditNoteLine: 'ID CreditedQuantity LineExtensionAmount InvoicePeriod Item Price',
  Item: 'Description Name ClassifiedTaxCategory',
};

function inOrder(element) {
  const order = ORDER[element.tag.split(':').at(-1)]?.split(' ');
  const places = element.children.map(({ tag }) => order?.indexOf(tag.split(':').at(-1)) ?? 0);
  assert.ok(!places.includes(-1), `${element.tag} has ${element.children[places.indexOf(-1)]?.tag}`);
  assert.deepEqual(places, [...places].sort((a, b) => a - b), `the order in ${element.tag}`);
  assert.ok(element.children.length > 0 || element.text !== '', `${element.tag} is empty`);
  element.children.forEach(inOrder);
}

// An amount as a whole number of its smallest unit.
function minor(text, digits) {
  assert.match(text, /^-?\d+(\.\d{1,2})?$/, `BR-DEC: ${text}`);
  const [whole, part = ''] = text.replace('-', '').split('.');
  return (text.startsWith('-') ? -1n : 1n) * BigInt(whole + part.padEnd(digits, '0'));
}
const sum = (list) => list.reduce((a, b) => a + b, 0n);
const half = (numerator, by) => (numerator < 0n ? -1n : 1n) * (((numerator < 0n ? -numerator : numerator) + by / 2n) / by);

function obeys(xml, digits = 2) {
  const doc = parse(xml);
  const credit = doc.tag === 'CreditNote';
  const amount = (element, path) => minor(one(element, path), digits);
  inOrder(doc);
  assert.equal(doc.attributes.xmlns, `urn:oasis:names:specification:ubl:schema:xsd:${doc.tag}-2`);
  const lines = all(doc, credit ? 'CreditNoteLine' : 'InvoiceLine');
  const subtotals = all(doc, 'TaxTotal/TaxSubtotal');
  const currency = one(doc, 'DocumentCurrencyCode');
  const totals = Object.fromEntries(all(doc, 'LegalMonetaryTotal')[0].children
    .map(({ tag, text }) => [tag.slice(4), minor(text, digits)]));
  assert.ok(lines.length > 0, 'BR-16');
  assert.equal(totals.LineExtensionAmount, sum(lines.map((line) => amount(line, 'LineExtensionAmount'))), 'BR-CO-10');
  assert.equal(totals.TaxExclusiveAmount, totals.LineExtensionAmount, 'BR-CO-13');
  assert.equal(amount(doc, 'TaxTotal/TaxAmount'), sum(subtotals.map((tax) => amount(tax, 'TaxAmount'))), 'BR-CO-14');
  assert.equal(totals.TaxInclusiveAmount, totals.TaxExclusiveAmount + amount(doc, 'TaxTotal/TaxAmount'), 'BR-CO-15');
  assert.equal(totals.PayableAmount, totals.TaxInclusiveAmount, 'BR-CO-16');
  assert.ok(totals.PayableAmount <= 0n || one(doc, 'DueDate') || one(doc, 'PaymentTerms/Note'), 'BR-CO-25');
  for (const tax of subtotals) {
    const [id, percent] = [one(tax, 'TaxCategory/ID'), one(tax, 'TaxCategory/Percent')];
    const reason = one(tax, 'TaxCategory/TaxExemptionReason');
    assert.equal(amount(tax, 'TaxAmount'),
      half(amount(tax, 'TaxableAmount') * BigInt(Math.round(Number(percent) * 100)), 10_000n), 'BR-CO-17');
    assert.equal(amount(tax, 'TaxableAmount'), sum(lines.filter((line) => one(line, 'Item/ClassifiedTaxCategory/ID') === id &&
      one(line, 'Item/ClassifiedTaxCategory/Percent') === percent).map((line) => amount(line, 'LineExtensionAmount'))),
      `BR-${id}-08`);
    assert.equal(id === 'S', Number(percent) > 0, `BR-${id}-05`);
    assert.equal(reason !== undefined, ['E', 'AE'].includes(id), `BR-${id}-10`);
  }
  assert.equal(new Set(subtotals.map((tax) => `${one(tax, 'TaxCategory/ID')} ${one(tax, 'TaxCategory/Percent')}`)).size,
    subtotals.length, 'BR-CO-18: each category and rate once');
  for (const line of lines) {
    const quantity = Number(one(line, credit ? 'CreditedQuantity' : 'InvoicedQuantity'));
    const price = Number(one(line, 'Price/PriceAmount'));
    assert.ok(price >= 0, 'BR-27');
    assert.ok(Math.abs(quantity * price - Number(one(line, 'LineExtensionAmount'))) <= 0.02 * 10 ** (2 - digits), 'R120');
    assert.ok(one(line, 'Item/Name'), 'BR-25');
    assert.ok(subtotals.some((tax) => one(tax, 'TaxCategory/ID') === one(line, 'Item/ClassifiedTaxCategory/ID')), 'BR-CO-04');
  }
  const walk = (element) => {
    assert.ok(!element.tag.endsWith('Amount') || element.attributes.currencyID === currency, `${element.tag}: its currency`);
    element.children.forEach(walk);
  };
  walk(doc);
  profile(doc);
  return doc;
}

// XRechnung 3.0: what has to be there.
function profile(doc) {
  const seller = all(doc, 'AccountingSupplierParty/Party')[0];
  const buyer = all(doc, 'AccountingCustomerParty/Party')[0];
  const there = (rule, element, path) => assert.ok(one(element, path), `${rule}: ${path}`);
  assert.match(one(doc, 'CustomizationID'), /#compliant#urn:xeinkauf\.de:kosit:xrechnung_3\.0$/, 'BR-DE-21');
  there('BR-DE-1', doc, 'PaymentMeans/PaymentMeansCode');
  there('BR-DE-2, 5', seller, 'Contact/Name');
  there('BR-DE-3', seller, 'PostalAddress/CityName');
  there('BR-DE-4', seller, 'PostalAddress/PostalZone');
  there('BR-DE-6', seller, 'Contact/Telephone');
  there('BR-DE-7', seller, 'Contact/ElectronicMail');
  there('BR-DE-8', buyer, 'PostalAddress/CityName');
  there('BR-DE-9', buyer, 'PostalAddress/PostalZone');
  there('BR-DE-15', doc, 'BuyerReference');
  there('BR-DE-16', seller, 'PartyTaxScheme/CompanyID');
  there('R020', seller, 'EndpointID');
  there('R010', buyer, 'EndpointID');
  there('BR-06', seller, 'PartyLegalEntity/RegistrationName');
  there('BR-07', buyer, 'PartyLegalEntity/RegistrationName');
  there('BR-09', seller, 'PostalAddress/Country/IdentificationCode');
  there('BR-11', buyer, 'PostalAddress/Country/IdentificationCode');
  assert.ok(all(seller, 'PartyTaxScheme').every((tax) => one(tax, 'TaxScheme/ID') !== 'VAT' ||
    /^[A-Z]{2}/.test(one(tax, 'CompanyID'))), 'BR-CO-9');
  if (['30', '58'].includes(one(doc, 'PaymentMeans/PaymentMeansCode'))) {
    there('BR-DE-23', doc, 'PaymentMeans/PayeeFinancialAccount/ID');
  }
  if (all(doc, 'TaxTotal/TaxSubtotal').some((tax) => one(tax, 'TaxCategory/ID') === 'AE')) {
    there('BR-AE-02', buyer, 'PartyTaxScheme/CompanyID');
  }
}

async function xml(number) {
  const answer = await api('GET', `/invoices/${number}/xml`);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.type, 'application/xml');
  assert.match(answer.headers['content-disposition'], new RegExp(`filename="${number}\\.xml"`));
  return answer.text;
}
const category = (doc) => all(doc, 'TaxTotal/TaxSubtotal').map((tax) => one(tax, 'TaxCategory/ID'));

// ---- tests ----

test('X3, B127: an invoice in EN 16931 with its parties, periods and sums', own, async () => {
  const number = issue([['Glasfaser 1000', 1, 59.9], ['Feste IP', 2, 4.5], ['Bücher', 3, 1.115, 700],
    ['Einsatz', 1.5, 66.666666, 1900, '2026-11-12'], ['Früher', 1, 1, 1900, '2026-09-01'], ['Nachlass', 1, -5]],
  { note: 'Danke' });
  const doc = obeys(await xml(number));
  assert.equal(doc.tag, 'Invoice');
  assert.equal(one(doc, 'InvoiceTypeCode'), '380');
  assert.equal(one(doc, 'ID'), number);
  assert.equal(one(doc, 'DueDate'), '2026-11-15');
  assert.equal(one(doc, 'Note'), 'Danke');
  assert.equal(one(doc, 'BuyerReference'), 'K2000');
  assert.equal(one(doc, 'PaymentMeans/PaymentMeansCode'), '58');
  assert.equal(one(doc, 'PaymentMeans/PaymentID'), number);
  assert.equal(one(doc, 'PaymentMeans/PayeeFinancialAccount/ID'), 'DE89370400440532013000');
  assert.deepEqual(category(doc), ['S', 'S']);
  const lines = all(doc, 'InvoiceLine');
  assert.equal(one(lines[3], 'InvoicePeriod/StartDate'), '2026-11-12');
  assert.equal(lines[4].children.some(({ tag }) => tag === 'cac:InvoicePeriod'), false,
    'R110: a line\'s period lies within the document\'s');
  assert.equal(one(lines[5], 'InvoicedQuantity'), '-1', 'BR-27: what is negative is the quantity');
});

test('X3: the invoices of the demo obey, as they are', own, async () => {
  const rows = stack.sql(`SELECT number FROM invoice WHERE tenant = 'acme' AND customer_number = 'K2000'
    AND (number LIKE 'RE2%' OR number LIKE 'GS2%') ORDER BY number`);
  assert.ok(rows.length > 10);
  for (const { number } of rows) {
    obeys(await xml(number));
  }
});

test('X3: a credit note is 381, and its amounts are positive', own, async () => {
  const number = issue([['Ausfall', -2, 10], ['Rabatt', 1, -3.33], ['Gebühr', 1, 1]], { type: 'credit_note', note: 'Drei Tage' });
  const doc = obeys(await xml(number));
  assert.equal(doc.tag, 'CreditNote');
  assert.equal(one(doc, 'CreditNoteTypeCode'), '381');
  assert.equal(one(doc, 'LegalMonetaryTotal/PayableAmount'), '26.57');
  assert.deepEqual(all(doc, 'CreditNoteLine').map((line) => one(line, 'CreditedQuantity')), ['2', '1', '-1']);
  assert.equal(one(doc, 'PaymentMeans/PaymentMeansCode'), '97');
});

test('X3: a correction is 384, names its invoice, and takes back what that says', own, async () => {
  const original = issue([['Anschluss', 2, 50]]);
  const number = issue([['Anschluss', -2, 50]], { type: 'correction', corrects: `inv_${original}`, note: 'Falsch' });
  const doc = obeys(await xml(number));
  assert.equal(one(doc, 'InvoiceTypeCode'), '384');
  assert.equal(one(doc, 'BillingReference/InvoiceDocumentReference/ID'), original, 'BR-DE-26');
  assert.equal(one(doc, 'BillingReference/InvoiceDocumentReference/IssueDate'), '2026-11-01');
  assert.equal(one(doc, 'LegalMonetaryTotal/PayableAmount'), '-119.00');
  assert.equal(one(all(doc, 'InvoiceLine')[0], 'InvoicedQuantity'), '-2');
});

test('X3: 0 % is zero-rated, exempt, or owed by the buyer', own, async () => {
  const of = async (more, lines = [['Service', 1, 100, 0], ['Anderes', 1, 10]]) => obeys(await xml(issue(lines, more)));
  assert.deepEqual(category(await of({})), ['S', 'Z']);
  const small = await of({ seller_: { vat_exemption: 'Kleinunternehmer, § 19 UStG' } });
  assert.deepEqual(category(small), ['S', 'E']);
  assert.equal(one(all(small, 'TaxTotal/TaxSubtotal')[1], 'TaxCategory/TaxExemptionReason'), 'Kleinunternehmer, § 19 UStG');
  const reverse = await of({ buyer_: { country: 'FR', vat_id: 'FR12345678901' }, language: 'fr' });
  assert.deepEqual(category(reverse), ['S', 'AE']);
  assert.equal(one(all(reverse, 'TaxTotal/TaxSubtotal')[1], 'TaxCategory/TaxExemptionReasonCode'), 'VATEX-EU-AE');
  assert.match(one(all(reverse, 'TaxTotal/TaxSubtotal')[1], 'TaxCategory/TaxExemptionReason'), /Autoliquidation/);
  assert.deepEqual(category(await of({ buyer_: { country: 'FR', vat_id: '' } })), ['S', 'Z'], 'a consumer');
  assert.deepEqual(category(await of({ buyer_: { country: 'CH', vat_id: 'CHE123' } })), ['S', 'E'], 'outside the Union');
});

test('X3: whatever is written in a field, the document stays XML', own, async () => {
  const evil = `<b>"R&D" 'x' ]]> &amp; ä Ω 漢 😀`;
  const number = issue([[evil, 1, 1]], { note: `a\tb\u0001c\u000bd\uffff`, buyer_: { name: evil } });
  const doc = obeys(await xml(number));
  assert.equal(one(all(doc, 'InvoiceLine')[0], 'Item/Name'), evil);
  assert.equal(one(doc, 'AccountingCustomerParty/Party/PartyLegalEntity/RegistrationName'), evil);
  assert.equal(one(doc, 'Note'), 'a\tbcd');
});

test('X3: currencies without digits; those of three are not in the standard', own, async () => {
  const yen = obeys(await xml(issue([['Service', 3, 333]], { currency: 'JPY' }, 0)), 0);
  assert.equal(one(yen, 'LegalMonetaryTotal/PayableAmount'), '1189');
  const dinar = await api('GET', `/invoices/${issue([['Service', 1, 1.234]], { currency: 'KWD' }, 3)}/xml`);
  assert.equal(dinar.status, 404);
  assert.equal(dinar.json.code, 'document_no_xml');
});

test('X3: where something is missing there is none, and nobody offers it', own, async () => {
  const anna = await stack.signedIn('acme', 'anna');
  const complete = issue([['A', 1, 1]]);
  assert.match((await anna.get(`/acme/invoices/${complete}`)).text, new RegExp(`href="/acme/invoices/${complete}\\.xml"`));
  assert.equal((await anna.get(`/acme/invoices/${complete}.xml`)).type, 'application/xml');
  for (const more of [{ seller_: { phone: '' } }, { seller_: { vat_id: '', tax_number: '' } }, { seller_: { city: '' } },
    { buyer_: { email: '' } }, { buyer_: { postal_code: '' } }, { buyer: '' }]) {
    const number = issue([['A', 1, 1]], more);
    assert.equal((await api('GET', `/invoices/${number}/xml`)).status, 404, JSON.stringify(more));
    const page = await anna.get(`/acme/invoices/${number}`);
    assert.doesNotMatch(page.text, /\.xml"/);
    assert.equal((await anna.get(`/acme/invoices/${number}.xml`)).status, 404);
  }
});

test('X3: the structured invoice stays as it was', own, async () => {
  const number = issue([['A', 1, 1]]);
  const before = await xml(number);
  stack.sql(`UPDATE customer SET company_name = 'Renamed' WHERE tenant = 'acme' AND number = 'K2000'`);
  stack.sql(`UPDATE setting SET value = 'FR' WHERE tenant = 'acme' AND name = 'seller_country'`);
  const { xml: hash } = stack.sql(`SELECT xml FROM invoice WHERE number = '${number}'`)[0];
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(await xml(number), before);
  stack.sql(`UPDATE customer SET company_name = 'Bäckerei Sommer GmbH' WHERE tenant = 'acme' AND number = 'K2000'`);
});
