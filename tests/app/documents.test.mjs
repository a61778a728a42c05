// Documents as PDF: what stands on them, that they never change, and that their
// files are nobody's to read but through the application.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync,
  writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { visible } from '../lib/client.mjs';
import { issuer, quoted } from '../lib/documents.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const scratch = mkdtempSync(join(tmpdir(), 'pforte-documents-'));
after(() => rmSync(scratch, { recursive: true }));
const owner = await stack.office('acme', 'owner');
const anna = await stack.signedIn('acme', 'anna');

function tool(name, args, bytes) {
  const file = join(scratch, 'document.pdf');
  writeFileSync(file, bytes);
  return execFileSync(name, args.map((arg) => arg ?? file), { encoding: 'utf8' });
}
const textOf = (bytes) => tool('pdftotext', ['-layout', undefined, '-'], bytes);
const pdf = async (number, browser = owner) => {
  const answer = await browser.get(`/acme/admin/invoices/${number}/pdf`);
  assert.equal(answer.status, 200, answer.text.slice(0, 200));
  assert.equal(answer.type, 'application/pdf');
  return answer.bytes;
};

const issue = issuer(stack);

const hashOf = (number) => stack.sql(`SELECT pdf FROM invoice WHERE tenant = 'acme' AND number = '${number}'`)[0].pdf;
const fileOf = (number) => join(stack.state, 'documents', 'acme', `${hashOf(number)}.pdf`);

test('X3, F56: an invoice in each language, with all that belongs on it', own, async () => {
  const words = {
    de: ['Rechnung', 'Kundennummer', 'Fällig', 'Leistung vom 12.10.2026', 'Nettobetrag',
      'Bitte zahlen Sie 154,70 € bis zum 15.11.2026', 'Seite 1', 'USt-IdNr. DE123456789', '19 ?%', '7 ?%'],
    en: ['Invoice', 'Customer number', 'Due', 'Performed on', 'Net', 'Please pay €154.70 by', 'Page 1'],
    fr: ['Facture', 'Numéro de client', 'Échéance', 'Prestation du 12/10/2026', 'HT', 'Merci de régler 154,70 €'],
  };
  for (const [language, list] of Object.entries(words)) {
    const number = issue([['Anschluss', 1, 100], ['Hilfe vor Ort', 2, 16.65, 700, '2026-10-12'],
      ['Rabatt', 1, 0.06]], { language, note: 'Danke für Ihren Auftrag.' });
    const text = textOf(await pdf(number)).replace(/[\u00a0\u202f]/g, ' ');
    for (const word of [...list, number, 'K2000', 'Bäckerei Sommer GmbH', 'Acme Telekom', 'DE89 3704',
      'DE129273398', 'Danke für Ihren Auftrag']) {
      assert.match(text, new RegExp(word), `${word} in ${language}:\n${text}`);
    }
  }
});

test('X3: title, author, language and a date of its own in the file', own, async () => {
  const number = issue([['A', 1, 1]], { language: 'fr' });
  const bytes = await pdf(number);
  const info = tool('pdfinfo', [undefined], bytes);
  assert.match(info, new RegExp(`Title: +Facture ${number}`));
  assert.match(info, /Author: +Acme Telekom/);
  assert.match(info, /CreationDate: .*2026/);
  assert.match(bytes.toString('latin1'), /\/Lang \(fr\)/);
  assert.match(bytes.toString('latin1'), /\/DisplayDocTitle true/);
});

test('X3: a hundred lines over several pages, with head and carried sum on each', own, async () => {
  const long = 'Donaudampfschifffahrtsgesellschaftskapitänspatentverlängerungsgebührenbescheid '.repeat(4).slice(0, 300);
  const number = issue(Array.from({ length: 100 }, (_, i) => [i % 10 ? `Posten ${i + 1}` : long, 1, 10]));
  const bytes = await pdf(number);
  const pages = textOf(bytes).split('\f').filter((page) => page.trim());
  assert.ok(pages.length >= 4, `${pages.length} pages`);
  const sums = { carried: [], brought: [] };
  pages.forEach((page, i) => {
    assert.match(page, new RegExp(`Seite ${i + 1}\\b`));
    assert.match(page, new RegExp(number), 'the document\'s number on each page');
    const carried = page.match(/Übertrag\s+([\d.]+,\d\d)/)?.[1];
    const brought = page.match(/Übertrag von der vorigen Seite\s+([\d.]+,\d\d)/)?.[1];
    sums.carried.push(carried);
    sums.brought.push(brought);
    assert.equal(/Beschreibung\s+Menge\s+Einzelpreis/.test(page), carried !== undefined || brought !== undefined,
      'the head wherever the table is');
  });
  assert.deepEqual(sums.carried.slice(0, -1), sums.brought.slice(1), JSON.stringify(sums));
  assert.match(pages.at(-1), /1\.190,00/);
});

// Boxes of words that lie over each other.
function overlaps(bytes) {
  const html = tool('pdftotext', ['-bbox', undefined, '-'], bytes);
  const found = [];
  for (const page of html.split('<page').slice(1)) {
    const boxes = [...page.matchAll(/xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</g)]
      .map(([, ...box]) => ({ x1: +box[0], y1: +box[1], x2: +box[2], y2: +box[3], word: box[4] }));
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
      const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
      const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
      // boxes of lines touch: a font's own height is more than its letters'
      if (width > 1 && height > 4) {
        found.push(`${a.word} / ${b.word}`);
      }
    }));
    boxes.filter(({ x2, y2 }) => x2 > 596 || y2 > 842).forEach(({ word }) => found.push(`outside: ${word}`));
  }
  return found;
}

test('X3: nothing lies over anything else, whatever is long', own, async () => {
  const word = 'Überlängenwort'.repeat(20);
  const number = issue([[word, 1234567.891, 123456.789], ['Ελληνικά Ωμέγα', 1, 0.000001, 0], ['x', 1, 1, 700, '2026-10-01']], {
    recipient: `${'Sehr langer Name einer Gesellschaft '.repeat(8)}\nΟδός Ερμού 12\n10563 Αθήνα`,
    note: 'Ein Hinweis. '.repeat(60),
    seller_: { brand: 'Ein Name von fast hundert Zeichen, wie ihn das Feld der Einstellungen eben noch zulässt, Ende ÄÖÜ',
      address: `${'Eine Zeile der Anschrift, die lang ist '.repeat(3)}\nzweite\ndritte`, vat_exemption: 'Kleinunternehmer nach § 19 UStG. '.repeat(5) },
  });
  const bytes = await pdf(number);
  assert.deepEqual(overlaps(bytes), []);
  assert.match(textOf(bytes), /Ελληνικά Ωμέγα/);
});

test('X3: a credit note has what the customer gets; a correction what it takes back', own, async () => {
  const original = issue([['Anschluss', 2, 50]]);
  const credit = issue([['Gutschrift für Ausfall', -2, 10]], { type: 'credit_note', note: 'Drei Tage ohne Netz' });
  let text = textOf(await pdf(credit));
  assert.match(text, new RegExp(`Gutschrift ${credit}`));
  assert.match(text, /Gutschriftsbetrag\s+23,80/);
  assert.match(text, /Grund: Drei Tage ohne Netz/);
  assert.match(text, /schreiben wir Ihnen gut/);
  assert.doesNotMatch(text, /\s-\s?\d/, 'nothing negative');
  assert.doesNotMatch(text, /Fällig|Bitte zahlen/);
  const correction = issue([['Anschluss', -2, 50]], { type: 'correction', corrects: `inv_${original}`, note: 'Falsche Anschrift' });
  text = textOf(await pdf(correction));
  assert.match(text, new RegExp(`Korrektur ${correction}|Rechnungskorrektur ${correction}`));
  assert.match(text, new RegExp(`Zur Rechnung ${original} vom 01.11.2026`));
  assert.match(text, /Grund: Falsche Anschrift/);
  assert.match(text, /-119,00/);
});

test('X3: no VAT has its reason on the document', own, async () => {
  const reverse = issue([['Service', 1, 100, 0]], { buyer_: { country: 'FR', vat_id: 'FR12345678901' } });
  assert.match(textOf(await pdf(reverse)), /Steuerschuldnerschaft des Leistungsempfängers/);
  const small = issue([['Service', 1, 100, 0]], { seller_: { vat_exemption: 'Kleinunternehmer, § 19 UStG' } });
  assert.match(textOf(await pdf(small)), /Kleinunternehmer, § 19 UStG/);
});

test('X3: amounts of currencies without or with three digits', own, async () => {
  const yen = issue([['Service', 1, 1000]], { currency: 'JPY' }, 0);
  assert.match(textOf(await pdf(yen)), /1\.190\s*(¥|JPY)/);
  const dinar = issue([['Service', 1, 1.234]], { currency: 'KWD' }, 3);
  assert.match(textOf(await pdf(dinar)), /1,468\s*KWD/);
});

test('F2, X3: drawn once, kept by its hash, the same bytes for everybody', own, async () => {
  const number = issue([['A', 1, 1]]);
  assert.equal(hashOf(number), '');
  const bytes = await pdf(number);
  const hash = hashOf(number);
  assert.match(hash, /^[0-9a-f]{64}$/);
  const file = fileOf(number);
  assert.ok(readFileSync(file).equals(bytes));
  assert.equal(statSync(file).mode & 0o777, 0o640);
  const before = statSync(file).mtimeMs;
  const theirs = await anna.get(`/acme/invoices/${number}.pdf`);
  assert.ok(theirs.bytes.equals(bytes));
  assert.equal(statSync(file).mtimeMs, before, 'not made again');
  assert.ok(!readdirSync(join(stack.state, 'documents', 'acme')).some((name) => name.endsWith('.part')));
});

test('X3: a document stays as it was, whatever changes afterwards', own, async () => {
  const { invoices } = { invoices: stack.sql(`SELECT number FROM invoice WHERE tenant = 'acme'
    AND customer_number = 'K2000' AND pdf = '' AND number LIKE 'RE%' ORDER BY number`) };
  const number = invoices[0].number;
  const bytes = await pdf(number);
  const saved = stack.sql(`SELECT name, address, accent FROM tenant WHERE id = 'acme'`)[0];
  stack.sql(`UPDATE tenant SET name = 'Another', address = 'Elsewhere', accent = '#ff0000' WHERE id = 'acme'`);
  stack.sql(`UPDATE customer SET company_name = 'Renamed', city = 'Moved' WHERE tenant = 'acme' AND number = 'K2000'`);
  rmSync(fileOf(number));
  const hash = hashOf(number);
  const again = await pdf(number);
  stack.sql(`UPDATE tenant SET name = ${quoted(saved.name)}, address = ${quoted(saved.address)},
    accent = ${quoted(saved.accent)} WHERE id = 'acme'`);
  stack.sql(`UPDATE customer SET company_name = 'Bäckerei Sommer GmbH', city = 'Hamburg' WHERE tenant = 'acme' AND number = 'K2000'`);
  assert.ok(again.equals(bytes), 'made again from its row, byte by byte');
  assert.equal(hashOf(number), hash);
});

test('X3: a document of before its seller was kept has the one of its first drawing', own, async () => {
  const number = issue([['A', 1, 1]], { seller: '' });
  const bytes = await pdf(number);
  const seller = JSON.parse(stack.sql(`SELECT data FROM seller s JOIN invoice i ON i.tenant = s.tenant AND i.seller = s.name
    WHERE i.number = '${number}'`)[0].data);
  assert.equal(seller.iban, 'DE89 3704 0044 0532 0130 00');
  stack.sql(`UPDATE tenant SET address = 'Elsewhere' WHERE id = 'acme'`);
  rmSync(fileOf(number));
  const again = await pdf(number);
  stack.sql(`UPDATE tenant SET address = 'Acme Telekom GmbH
Hafenstraße 12
20457 Hamburg' WHERE id = 'acme'`);
  assert.ok(again.equals(bytes));
});

test('X3: a file that was changed is made again; bytes that cannot come back leave a trail', own, async () => {
  const number = issue([['A', 1, 1]]);
  const bytes = await pdf(number);
  writeFileSync(fileOf(number), Buffer.concat([bytes, Buffer.from('x')]));
  assert.ok((await pdf(number)).equals(bytes));
  assert.ok(readFileSync(fileOf(number)).equals(bytes), 'and put right on the disk');
  const lost = 'a'.repeat(64);
  stack.sql(`UPDATE invoice SET pdf = '${lost}' WHERE number = '${number}'`);
  assert.ok((await pdf(number)).equals(bytes));
  const rows = stack.sql(`SELECT * FROM audit WHERE action = 'document.redrawn' AND object = 'inv_${number}'`);
  assert.equal(rows.length, 1);
  assert.ok(JSON.stringify(rows[0]).includes(lost), 'with the hash of before');
});

test('X3: the files are reached through the application alone', own, async () => {
  const number = issue([['A', 1, 1]]);
  await pdf(number);
  const hash = hashOf(number);
  for (const path of [`/_pforte/documents/acme/${hash}.pdf`, `/acme/_pforte/documents/acme/${hash}.pdf`,
    `/documents/acme/${hash}.pdf`, `/static/../documents/acme/${hash}.pdf`]) {
    for (const browser of [owner, anna, stack.browser()]) {
      const answer = await browser.get(path);
      assert.ok([303, 400, 401, 403, 404].includes(answer.status), `${path}: ${answer.status}`);
      assert.notEqual(answer.type, 'application/pdf');
    }
  }
  const carol = await stack.signedIn('globex', 'carol');
  assert.equal((await carol.get(`/globex/invoices/${number}.pdf`)).status, 404);
  const bruno = await stack.signedIn('acme', 'bruno');
  assert.equal((await bruno.get(`/acme/invoices/${number}.pdf`)).status, 404);
  assert.equal((await stack.browser().get(`/acme/admin/invoices/${number}/pdf`)).status, 303);
});

test('X3: an account or a country that is none is told, with what was typed', own, async () => {
  const rest = { customer_prefix: 'K', customer_digits: '4', invoice_prefix: 'RE', credit_note_prefix: 'GS',
    correction_prefix: 'KO', reminder_prefix: 'MA', due_days: '14', document_digits: '5', document_link_minutes: '10080' };
  const page = await owner.get('/acme/admin/settings/billing');
  const answer = await owner.submit(page, { ...rest, seller_iban: 'DE89370400440532013001', seller_country: 'xx' }, { action: /billing$/ });
  assert.equal(answer.status, 422);
  assert.match(visible(answer.text), /Das ist keine IBAN/);
  assert.match(answer.text, /value="DE89370400440532013001"/);
  const good = await owner.submit(page, { ...rest, seller_iban: 'AT61 1904 3002 3457 3201' }, { action: /billing$/ });
  assert.equal(good.status, 303, visible(good.text).slice(0, 400));
  assert.ok(existsSync(join(stack.state, 'documents')));
});

test('B120: the words of the mails are a click away from what stands on documents', own, async () => {
  const page = await owner.get('/acme/admin/settings/billing');
  for (const event of ['invoice_mail', 'credit_note_mail', 'correction_mail']) {
    const href = `/acme/admin/mail-templates/${event}/de`;
    assert.ok(page.text.includes(`href="${href}"`), event);
    const words = await owner.get(href);
    assert.equal(words.status, 200);
    assert.match(visible(words.text), /\{SelfServicePortalUrl\}/);
  }
});
