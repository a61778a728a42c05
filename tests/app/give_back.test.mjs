// Contracts that end before what is billed of them: what is billed beyond the end is
// given back once they have ended.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { contractsSql, serviceSql } from '../lib/billing.mjs';
import { visible } from '../lib/client.mjs';
import { moving, random, verified } from '../lib/money.mjs';
import { startStack, until } from '../lib/stack.mjs';

const stack = await startStack({ clock: true });
const own = { skip: stack.skip };
const api = (...args) => stack.api('acme', ...args);
const move = moving(stack);
const contract = (set) => `con_${set}10000001`;
const ref = (set) => `VT-${set}-1`;

// Demo contracts stay out of the way.
if (stack.own) {
  stack.sql('UPDATE contract SET next_billing = NULL');
}

const day = (offset, from = new Date().toISOString().slice(0, 10)) =>
  new Date(Date.parse(from) + offset * 86_400_000).toISOString().slice(0, 10);
const good = async (method, path, body, status = 200) => {
  const answer = await (method === 'POST' ? move(path, body) : api(method, path, body));
  assert.equal(answer.status, status, answer.text);
  return answer.json;
};
const run = async (date) => {
  const { id } = await good('POST', '/invoice-runs', { date }, 202);
  await until(`the end of ${id}`, async () => (await api('GET', `/invoice-runs/${id}`)).json.status === 'done', 60_000);
};
const documents = (set, type) => stack.sql(`SELECT * FROM invoice WHERE contract = '${contract(set)}' AND type = '${type}'
  ORDER BY billed_from, number`);
const lines = (id) => stack.sql(`SELECT * FROM invoice_line WHERE invoice = '${id}' ORDER BY position`);
const row = (set) => stack.sql(`SELECT status, end_date, billed_until, next_billing FROM contract WHERE id = '${contract(set)}'`)[0];
const trail = (set) => stack.sql(`SELECT action, detail FROM audit WHERE object = '${contract(set)}'
  AND (action LIKE 'contract.%give%back%' OR action = 'contract.billed_to_end') ORDER BY id`);

// A contract of ten-day periods that began eight days ago, 10 EUR each, billed for so many.
const billed = async (periods, { items = 1, more = '' } = {}) => {
  const set = random();
  const start = day(-8);
  stack.sql(contractsSql('acme', set, 1, { next: start, start, every: 10, unit: 'day', items, delivery: 'email' }) + more);
  await run(day(10 * (periods - 1), start));
  return { set, start };
};
// The contract ends, and what is billed beyond its end is given back.
const look = () => stack.pforte('jobs', '--once');
const ends = async (set, end) => {
  await good('POST', `/contracts/${ref(set)}/cancel`, { date: day(-8), end });
  await until(`what is given back of ${set}`, () => {
    look();
    return row(set).billed_until === end;
  }, 60_000);
};

test('F46, B127: what is billed beyond the end is given back by days, by a correction of its invoice', own, async () => {
  const { set, start } = await billed(1);
  const [one] = documents(set, 'invoice');
  assert.deepEqual([one.net, one.billed_from, one.billed_to], [1000, start, day(9, start)]);
  const end = day(3, start); // four of ten days
  const preview = await good('GET', `/contracts/${ref(set)}/cancellation-preview?date=${start}&end=${end}`);
  assert.deepEqual([preview.end, preview.last_notice, preview.still_billed, preview.given_back],
    [end, null, null, { from: day(4, start), to: day(9, start), periods: 1, net: { amount: 600, currency: 'EUR' } }]);
  await ends(set, end);
  const [back, ...none] = documents(set, 'correction');
  assert.deepEqual([none.length, back.corrects, back.net, back.vat, back.gross, back.dispatch],
    [0, one.id, -600, -114, -714, 'waiting']);
  const german = (date) => date.split('-').reverse().join('.');
  assert.equal(back.note, `Der Vertrag endete am ${german(end)}.`);
  assert.deepEqual(lines(back.id).map(({ description, quantity, net }) => [description, quantity, net]),
    [[`Item 1, ${german(day(4, start))} – ${german(day(9, start))}`, -1_000_000, -600]]);
  assert.deepEqual(row(set), { status: 'ended', end_date: end, billed_until: end, next_billing: null });
  assert.deepEqual(trail(set), [{ action: 'contract.given_back', detail: '' }]);
  const told = stack.sql(`SELECT actor FROM audit WHERE object = '${back.id}' AND action = 'correction.created'`);
  assert.deepEqual(told.map(({ actor }) => actor), ['jobs']);
  look();
  await run(day(0));
  assert.equal(documents(set, 'correction').length, 1, 'once');
  assert.equal(documents(set, 'invoice').length, 1, 'and nothing is billed again');
  verified(stack);
});

test('F46, B127: of several periods in one invoice each is given back by its own days; services stay', own, async () => {
  const set = random(), start = day(-8);
  stack.sql(contractsSql('acme', set, 1, { next: start, start, every: 10, unit: 'day', items: 2 })
    + serviceSql('acme', contract(set), `srv_${set}`, { performed: start }));
  await run(day(20, start)); // three periods of 10 + 2.50, and 5
  const [one] = documents(set, 'invoice');
  assert.equal(one.net, 3 * 1250 + 500);
  await ends(set, day(6, start)); // seven of ten days
  const [back] = documents(set, 'correction');
  assert.deepEqual(lines(back.id).map(({ net }) => net), [-300, -75, -1000, -250, -1000, -250]);
  assert.equal(one.net + back.net, 700 + 175 + 500);
  assert.equal(stack.sql(`SELECT status FROM service_entry WHERE id = 'srv_${set}'`)[0].status, 'billed');
  verified(stack);
});

test('F46, B127: an item that held for a part of the periods is given back of these alone', own, async () => {
  const set = random(), start = day(-8);
  stack.sql(contractsSql('acme', set, 1, { next: start, start, every: 10, unit: 'day', items: 2 }));
  stack.sql(`UPDATE contract_item SET until = '${day(10, start)}' WHERE contract = '${contract(set)}' AND unit_price = 2500000`);
  await run(day(10, start)); // 10 + 2.50, and 10
  const [one] = documents(set, 'invoice');
  assert.equal(one.net, 1250 + 1000);
  const page = await (await stack.office('acme', 'owner')).get(`/acme/admin/contracts/${ref(set)}`);
  assert.match(visible(page.text), /For periods before|Für Zeiträume vor/);
  await ends(set, day(6, start)); // seven of ten days
  const [back] = documents(set, 'correction');
  assert.deepEqual(lines(back.id).map(({ net }) => net).sort((a, b) => a - b), [-1000, -300, -75]);
  verified(stack);
});

test('F46, B127: each invoice beyond the end has a correction, and one that is given back as a whole is void', own, async () => {
  const set = random(), start = day(-8);
  stack.sql(contractsSql('acme', set, 1, { next: start, start, every: 10, unit: 'day', items: 1 }));
  await run(start);
  await run(day(10, start));
  await ends(set, day(6, start));
  const [first, second] = documents(set, 'invoice');
  const back = documents(set, 'correction');
  assert.deepEqual(back.map(({ corrects, net }) => [corrects, net]).sort(([, a], [, b]) => a - b),
    [[second.id, -1000], [first.id, -300]]);
  assert.deepEqual([first.status, second.status], ['open', 'cancelled']);
  verified(stack);
});

test('F46, B127: a cancellation that is undone gives nothing back, nor does one whose end is billed exactly', own, async () => {
  const { set, start } = await billed(1);
  await good('POST', `/contracts/${ref(set)}/cancel`, { end: day(1) });
  await good('POST', `/contracts/${ref(set)}/undo-cancel`, {});
  assert.equal(row(set).next_billing, day(10, start));
  const exact = await billed(1);
  stack.sql(`UPDATE contract SET status = 'ended', end_date = billed_until, next_billing = NULL WHERE id = '${contract(exact.set)}'`);
  const other = await billed(1);
  await ends(other.set, day(3, other.start)); // the job came by
  assert.deepEqual([documents(set, 'correction'), documents(exact.set, 'correction')], [[], []]);
  assert.deepEqual(trail(exact.set), []);
});

test('F46, B127: what somebody has corrected is left to them, and the trail names it', own, async () => {
  const { set, start } = await billed(1);
  const [one] = documents(set, 'invoice');
  await good('POST', `/invoices/${one.number}/correct`, { reason: 'by hand',
    lines: [{ description: 'Back', unit_price: '6', vat_rate: '19' }] }, 201);
  await ends(set, day(3, start));
  assert.deepEqual(documents(set, 'correction').map(({ net }) => net), [-600]);
  assert.deepEqual(trail(set), [{ action: 'contract.not_given_back', detail: one.number },
    { action: 'contract.billed_to_end', detail: '' }]);
  const office = await stack.office('acme', 'owner');
  const page = await office.get(`/acme/admin/customers/${one.customer_number}?language=en`);
  assert.match(visible(page.text), /What was billed beyond the end is to be given back by hand/);
});

test('F46, B127: an invoice that is corrected later as a whole is billed again up to the end', own, async () => {
  const { set, start } = await billed(1);
  const [one] = documents(set, 'invoice');
  await ends(set, day(3, start));
  await good('POST', `/invoices/${one.number}/correct`, { reason: 'x', rebill: true }, 201);
  await run(day(0));
  const again = documents(set, 'invoice').find(({ number }) => number !== one.number);
  assert.deepEqual([again.net, again.billed_to, row(set).billed_until], [400, day(3, start), day(3, start)]);
  verified(stack);
});

test('F46, X4: what a key of test mode billed is given back without a mail', own, async () => {
  const { set, start } = await billed(1);
  stack.sql(`UPDATE invoice SET dispatch = 'suppressed' WHERE contract = '${contract(set)}'`);
  await ends(set, day(3, start));
  assert.deepEqual(documents(set, 'correction').map(({ dispatch }) => dispatch), ['suppressed']);
});

test('F46, B127: runs write the period of each line; of one from before whose period is not known nothing is guessed', own, async () => {
  const { set, start } = await billed(2);
  const [one] = documents(set, 'invoice');
  assert.deepEqual(lines(one.id).map(({ period_from: from, period_to: to }) => [from, to]),
    [[start, day(9, start)], [day(10, start), day(19, start)]]);
  const before = await billed(2), lost = await billed(2);
  for (const { set: old } of [before, lost]) {
    stack.sql(`UPDATE invoice_line SET period_from = '', period_to = '' WHERE invoice = '${documents(old, 'invoice')[0].id}'`);
  }
  const [unknown] = documents(lost.set, 'invoice');
  stack.sql(`UPDATE invoice_line SET description = 'Item' WHERE invoice = '${unknown.id}' AND position = 2`);
  stack.sql(`UPDATE invoice_line SET description = 'Item' WHERE invoice = '${one.id}'`);
  await ends(set, day(3, start));
  await ends(before.set, day(3, start));
  await ends(lost.set, day(3, start));
  for (const known of [set, before.set]) {
    const [back] = documents(known, 'correction');
    assert.deepEqual(lines(back.id).map(({ net }) => net), [-600, -1000]);
  }
  assert.deepEqual([documents(lost.set, 'correction'), trail(lost.set)], [[], [
    { action: 'contract.not_given_back', detail: unknown.number }, { action: 'contract.billed_to_end', detail: '' }]]);
  verified(stack);
});

test('F46, B127: what was never billed is not given back, and nobody is told that it was', own, async () => {
  const set = random(), start = day(-8), end = day(3, start);
  stack.sql(contractsSql('acme', set, 1, { next: day(10, start), start, every: 10, unit: 'day', items: 1 }));
  stack.sql(`UPDATE contract SET billed_until = '${day(9, start)}' WHERE id = '${contract(set)}'`); // a trial
  const preview = async (of) => (await good('GET', `/contracts/${ref(of)}/cancellation-preview?date=${start}&end=${end}`)).given_back;
  assert.equal(await preview(set), null);
  const office = await stack.office('acme', 'owner');
  const page = await office.submit(await office.get(`/acme/admin/contracts/${ref(set)}/cancel?language=en`),
    { date: start, end, show: '1' }, { action: /cancel$/ });
  assert.match(visible(page.text), /Billed until/);
  assert.doesNotMatch(visible(page.text), /Given back|0\.00/);
  assert.equal((await preview((await billed(1)).set)).net.amount, 600);
  await ends(set, end);
  assert.deepEqual([documents(set, 'correction'), trail(set)], [[], [{ action: 'contract.billed_to_end', detail: '' }]]);
});

test('F46, B127: a credit note of a run that was taken back as a whole is no concern any more', own, async () => {
  const set = random(), start = day(-8);
  stack.sql(contractsSql('acme', set, 1, { next: start, start, every: 10, unit: 'day', items: 1 }));
  stack.sql(`UPDATE contract_item SET unit_price = -10000000 WHERE contract = '${contract(set)}'`);
  await run(start);
  const [note] = documents(set, 'credit_note');
  await good('POST', `/invoices/${note.number}/correct`, { reason: 'x' }, 201);
  await ends(set, day(3, start));
  assert.deepEqual([documents(set, 'correction').length, trail(set)], [1, [{ action: 'contract.billed_to_end', detail: '' }]]);
  verified(stack);
});

test('F46, B127: with a credit note by hand since the cancellation all is left to people, as it is where the upgrade found it', own,
  async () => {
    const hand = await billed(1), void_ = await billed(1), upgraded = await billed(1), undone = await billed(1);
    const end = day(3, hand.start);
    const note = async ({ set }) => good('POST', '/credit-notes', { customer: documents(set, 'invoice')[0].customer_number,
      contract: ref(set), currency: 'EUR', reason: 'x', lines: [{ description: 'Back', unit_price: '6', vat_rate: '19' }] }, 201);
    await note(hand);
    const { number } = await note(void_);
    await good('POST', `/invoices/${number}/correct`, { reason: 'x' }, 201);
    for (const { set } of [upgraded, undone]) {
      stack.sql(`UPDATE contract SET back_by_hand = 1 WHERE id = '${contract(set)}'`);
    }
    await good('POST', `/contracts/${ref(undone.set)}/cancel`, { end: day(1) });
    await good('POST', `/contracts/${ref(undone.set)}/undo-cancel`, {});
    for (const { set } of [hand, void_, upgraded, undone]) {
      await ends(set, end);
    }
    const of = ({ set }) => [documents(set, 'correction').filter(({ corrects }) => corrects === documents(set, 'invoice')[0].id)
      .map(({ net }) => net), trail(set).map(({ action }) => action)];
    const left = [[], ['contract.not_given_back', 'contract.billed_to_end']], given = [[-600], ['contract.given_back']];
    assert.deepEqual([hand, void_, upgraded, undone].map(of), [left, given, left, given]);
    verified(stack);
  });

test('F46, B127: contracts that fail hold up nobody, however many, and the trail has each of them once', own, async () => {
  const set = random(), start = day(-8), end = day(3, start), N = 60;
  stack.sql(contractsSql('acme', set, N, { next: start, start, every: 10, unit: 'day', items: 1 }));
  const later = await billed(1);
  stack.sql(`UPDATE contract SET status = 'ended', end_date = '${end}', billed_until = '${day(9, start)}', next_billing = NULL
    WHERE id LIKE 'con_${set}%'`);
  // one of them counts as billed up to that day already: none of the others may
  stack.sql(`UPDATE contract SET billed_until = end_date WHERE id = '${contract(set)}'`);
  stack.sql(`CREATE UNIQUE INDEX test_back_ix ON contract (tenant, billed_until)
    WHERE billed_until = '${end}' AND id > 'con_${set}1' AND id < 'con_${set}2'`);
  await ends(later.set, day(4, start));
  look();
  const failed = () => stack.sql(`SELECT object FROM audit WHERE action = 'contract.give_back_failed' AND object LIKE 'con_${set}%'`);
  await until('each of them', () => {
    look();
    return failed().length >= N - 1;
  }, 60_000);
  look();
  assert.equal(failed().length, N - 1);
  stack.sql('DROP INDEX test_back_ix');
  await until('all of them', () => {
    look();
    return stack.sql(`SELECT id FROM contract WHERE id LIKE 'con_${set}%' AND billed_until > end_date`).length === 0;
  }, 60_000);
});

test('F46, F59: who listens hears that the contract changed, when it is given back and when it is billed again', own, async () => {
  const hook = await good('POST', '/callbacks', { url: 'https://merchant.example/back', types: 'contract.changed' }, 201);
  const { set, start } = await billed(1);
  const [one] = documents(set, 'invoice');
  const told = () => stack.sql(`SELECT id FROM callback_event WHERE object = '${contract(set)}'
    AND type = 'contract.changed'`).length;
  await ends(set, day(3, start));
  assert.equal(told(), 1);
  await good('POST', `/invoices/${one.number}/correct`, { reason: 'x', rebill: true }, 201);
  assert.equal(told(), 2);
  await api('DELETE', `/callbacks/${hook.id}`);
});

test('the preview refuses an end before its notice or start, and the office shows what is given back', own, async () => {
  const { set, start } = await billed(1);
  for (const query of [`date=${day(0)}&end=${day(-1)}`, `date=2020-01-01&end=${day(-1, start)}`]) {
    const answer = await api('GET', `/contracts/${ref(set)}/cancellation-preview?${query}`);
    assert.deepEqual([answer.status, answer.json.errors?.map(({ pointer, code }) => [pointer, code])], [422, [['#/end', 'end_early']]]);
  }
  const office = await stack.office('acme', 'owner');
  const path = `/acme/admin/contracts/${ref(set)}/cancel`;
  const page = await office.submit(await office.get(`${path}?language=en`), { date: start, end: day(3, start), show: '1' },
    { action: /cancel$/ });
  assert.match(visible(page.text), /Given back after the end, about, net €6\.00/);
});
