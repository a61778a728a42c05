// Customers with contracts and invoices of their own, and what they owe.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { build } from './stack.mjs';

export const random = () => randomBytes(5).toString('hex');

// Calls that move money, with an Idempotency-Key of their own.
export const moving = (stack) => (path, body, headers = {}) =>
  stack.api('acme', 'POST', path, body, { 'Idempotency-Key': randomUUID(), ...headers });

export async function newCustomer(stack) {
  const answer = await stack.api('acme', 'POST', '/customers',
    { company_name: 'Geld & Söhne', email: 'm@example.com' });
  assert.equal(answer.status, 201, answer.text);
  return answer.json.number;
}

// Rows as an invoice run writes them, with their entry in the ledger; amounts are net
// cents at 19 %, or lines [net, rate in percent]; digits: of the currency.
export function newInvoice(stack, customer, { lines = [[10000, 19]], due = '2026-01-15', currency = 'EUR', digits = 2,
  contract, period = ['', ''], service } = {}) {
  const id = `inv_${random()}${random()}`;
  const number = `X-${random()}`;
  const nets = new Map();
  lines.forEach(([net, rate]) => nets.set(rate, (nets.get(rate) ?? 0) + net));
  const net = lines.reduce((sum, [one]) => sum + one, 0);
  const vat = [...nets].reduce((sum, [rate, one]) => sum + Math.round(one * rate / 100), 0);
  const text = (value) => value === undefined ? 'NULL' : `'${value}'`;
  stack.sql(`INSERT INTO invoice (tenant, id, number, type, customer, contract, customer_number, recipient,
    language, date, due, period_from, period_to, billed_from, billed_to, currency, net, vat, gross, delivery_mode, status,
    created) SELECT 'acme', '${id}', '${number}', 'invoice', id, ${text(contract)}, number, 'R', 'de', '2026-01-01', '${due}',
    '${period[0]}', '${period[1]}', '${period[0]}', '${period[1]}', '${currency}', ${net}, ${vat}, ${net + vat}, 'post', 'open', 1
    FROM customer WHERE tenant = 'acme' AND number = '${customer}'`);
  lines.forEach(([one, rate], i) => stack.sql(`INSERT INTO invoice_line (tenant, invoice, position, description,
    quantity, unit_price, vat_rate, net, service) VALUES ('acme', '${id}', ${i + 1}, 'Line ${i + 1}', 1000000,
    ${one * 10 ** (6 - digits)}, ${rate * 100}, ${one}, ${i === 0 ? text(service) : 'NULL'})`));
  stack.sql(`INSERT INTO ledger_entry (tenant, id, customer, contract, currency, date, kind, amount, document, created)
    SELECT tenant, id, customer, contract, currency, date, type, gross, id, created FROM invoice
    WHERE tenant = 'acme' AND id = '${id}'`);
  return { id, number, gross: net + vat };
}

export const invoiceRow = (stack, number) =>
  stack.sql(`SELECT * FROM invoice WHERE tenant = 'acme' AND number = '${number}'`)[0];

export const euro = (amount) => ({ amount, currency: 'EUR' });

// The books agree, by the command that recomputes them.
export function verified(stack) {
  const run = spawnSync(join(build, 'pforte'), ['--config', join(stack.state, 'pforte.conf'), 'ledger', 'verify'],
    { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /^acme: all agrees: \d+ documents/m);
  return run.stdout;
}

export const wrongBooks = (stack) => spawnSync(join(build, 'pforte'),
  ['--config', join(stack.state, 'pforte.conf'), 'ledger', 'verify', '--tenant', 'acme'], { encoding: 'utf8' });
