// Customers who owe something, straight into the database of a stack, and reminder
// runs about it.
//
//   const anna = debtor(stack, { invoices: [{ ago: 10 }] });
//   const run = await remind(stack, { date: today(stack) });
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';

import { until } from './stack.mjs';

const mark = randomBytes(3).toString('hex'); // several files may share one server
let n = 0;

// The day it is for the demo's tenants, so many days later.
export function today(stack, days = 0) {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' })
    .format((stack.now() + days * 86400) * 1000);
}

export function later(date, days) {
  return new Date(Date.parse(date) + days * 86400_000).toISOString().slice(0, 10);
}

function insertDebtor(who, { tenant, language, mode, contract, currency }) {
  return `INSERT INTO customer (tenant, id, number, company_name, first_name, last_name, email, language,
      street, postal_code, city, country, vat_id, created) VALUES ('${tenant}', '${who.id}', '${who.number}',
      'Debtor ${who.number}', '', '', '${who.email}', '${language}', 'Main Road 1', '20457', 'Hamburg', 'DE', '', 1);
    ${contract ? `INSERT INTO contract (tenant, id, ref, customer, name, status, currency, start_date, every, unit,
      delivery_mode, notice_days, created) VALUES ('${tenant}', '${who.contract}', '${who.ref}', '${who.id}',
      'Fibre', 'active', '${currency}', '2020-01-01', 1, 'month', '${mode}', 30, 1);` : ''}`;
}

function insertInvoice(who, i, { tenant, mode, language, currency, contract }) {
  return `INSERT INTO invoice (tenant, id, number, type, customer, contract, customer_number, recipient, language,
      date, due, period_from, period_to, currency, net, vat, gross, delivery_mode, status, created, settled)
    VALUES ('${tenant}', '${i.id}', '${i.number}', '${i.type}', '${who.id}', ${contract ? `'${who.contract}'` : 'NULL'},
      '${who.number}', 'X', '${language}', '${i.date}', '${i.due}', '', '', '${i.currency ?? currency}', ${i.gross}, 0,
      ${i.gross}, '${mode}', '${i.status}', 1, ${i.settled});`;
}

// Somebody with a contract (or none) and invoices: `ago` is how many days ago each
// was due. { id, number, email, contract, ref, invoices: [{ id, number, due, … }] }
export function debtor(stack, { invoices = [{ ago: 10 }], ...options } = {}) {
  const all = { tenant: 'acme', language: 'en', mode: 'email', contract: true, currency: 'EUR', ...options };
  const id = `${mark}${String(++n).padStart(4, '0')}`;
  const who = { id: `cus_${id}`, number: `D${id}`, email: `d${id}@debtor.example`, contract: `con_${id}`,
    ref: `VT-${id}`, ...(options.email !== undefined && { email: options.email }) };
  who.invoices = invoices.map(({ ago, ...more }, at) => {
    const due = today(stack, -ago);
    return { id: `inv_${id}${at}`, number: `RE${id}${at}`, due, date: later(due, -14), gross: 11900, settled: 0,
      status: 'open', type: 'invoice', ...more };
  });
  stack.sql(insertDebtor(who, all) + who.invoices.map((i) => insertInvoice(who, i, all)).join('\n'));
  return who;
}

// Asks for a run and waits for its end: as GET /reminder-runs/{id} has it.
export async function remind(stack, body, { tenant = 'acme', headers = {} } = {}) {
  const asked = await stack.api(tenant, 'POST', '/reminder-runs', body, { 'Idempotency-Key': randomUUID(), ...headers });
  assert.equal(asked.status, 202, asked.text);
  return until(`the run ${asked.json.id}`, async () => {
    const { json } = await stack.api(tenant, 'GET', `/reminder-runs/${asked.json.id}`);
    assert.notEqual(json.status, 'failed');
    return json.status === 'done' && json;
  }, 60_000);
}

export const lettersTo = (run, who) => run.reminders.filter(({ customer }) => customer === who.number);

// Sets settings of a tenant, as the back office would.
export function set(stack, values, tenant = 'acme') {
  stack.sql(Object.entries(values).map(([name, value]) => `DELETE FROM setting WHERE tenant = '${tenant}'
    AND name = '${name}'; INSERT INTO setting (tenant, name, value, changed)
    VALUES ('${tenant}', '${name}', '${value}', 1);`).join('\n'));
}
