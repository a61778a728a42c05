// Documents as a run leaves them, written into the database of a stack.
import { createHash, randomBytes } from 'node:crypto';

export const quoted = (value) => value === null ? 'NULL'
  : typeof value === 'number' ? `${value}` : `'${value.replaceAll("'", "''")}'`;

export const SELLER = { name: 'Acme Telekom GmbH', brand: 'Acme Telekom', address: 'Acme Telekom GmbH\nHafenstraße 12\n20457 Hamburg',
  accent: '#1b4f8f', street: 'Hafenstraße 12', postal_code: '20457', city: 'Hamburg', country: 'DE',
  vat_id: 'DE123456789', tax_number: '48/123/45678', contact: 'Buchhaltung', phone: '+49 40 1', email: 'r@acme.example',
  iban: 'DE89 3704 0044 0532 0130 00', bic: 'COBADEFFXXX', vat_exemption: '' };
export const BUYER = { name: 'Bäckerei Sommer GmbH', street: 'Mühlenweg 4', postal_code: '22767', city: 'Hamburg', country: 'DE',
  vat_id: 'DE129273398', email: 'anna@sommer.example' };
// issue(lines, columns, digits of the currency): the number of a new one. lines:
// [description, quantity, price, rate, performed], in units and basis points;
// seller_ and buyer_ of the columns: what is different of them.
export function issuer(stack) {
  const insert = (table, row) => stack.sql(`INSERT INTO ${table} (${Object.keys(row)})
    VALUES (${Object.values(row).map(quoted)})`);
  return (lines, more = {}, digits = 2) => issue(stack, insert, lines, more, digits);
}

// The name of a seller, who is kept.
function sellerOf(stack, seller) {
  const data = JSON.stringify(seller);
  const name = createHash('sha256').update(data).digest('hex');
  stack.sql(`INSERT INTO seller (tenant, name, data) VALUES ('acme', '${name}', ${quoted(data)}) ON CONFLICT DO NOTHING`);
  return name;
}

function issue(stack, insert, lines, more, digits) {
  const number = more.number ?? `DOC-${randomBytes(4).toString('hex')}`;
  const customer = stack.sql(`SELECT id FROM customer WHERE tenant = 'acme' AND number = 'K2000'`)[0].id;
  const rates = {};
  const rounded = (x) => Math.sign(x) * Math.round(Math.abs(x));
  const rows = lines.map(([description, quantity, price, rate = 1900, performed = null], i) => {
    const net = rounded(quantity * price * 10 ** digits);
    rates[rate] = (rates[rate] ?? 0) + net;
    return { tenant: 'acme', invoice: `inv_${number}`, position: i + 1, description, quantity: quantity * 1e6,
      unit_price: Math.round(price * 1e6), vat_rate: rate, net, service: null, performed };
  });
  const net = Object.values(rates).reduce((a, b) => a + b, 0);
  const vat = Object.entries(rates).reduce((sum, [rate, base]) => sum + rounded(base * rate / 1e4), 0);
  const row = { tenant: 'acme', id: `inv_${number}`, number, type: 'invoice', customer, contract: null,
    customer_number: 'K2000', recipient: 'Bäckerei Sommer GmbH\nMühlenweg 4\n22767 Hamburg', language: 'de',
    date: '2026-11-01', due: '2026-11-15', period_from: '2026-11-01', period_to: '2026-11-30', currency: 'EUR',
    net, vat, gross: net + vat, delivery_mode: 'none', status: 'open', created: 1793491200,
    seller: sellerOf(stack, { ...SELLER, ...more.seller_ }), buyer: JSON.stringify({ ...BUYER, ...more.buyer_ }), ...more };
  delete row.seller_;
  delete row.buyer_;
  insert('invoice', row);
  rows.forEach((line) => insert('invoice_line', line));
  return number;
}
