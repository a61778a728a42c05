// The table of routes as the program prints it, and what stands in the demo for
// the names in its paths.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { forms } from './client.mjs';
import { build, until } from './stack.mjs';

// Every route: { method, path, door, right, proven, name: "GET /admin/jobs" }. The
// doors of staff are one; proven: behind the password once more.
export const routes = execFileSync(join(build, 'pforte'), ['routes'], { encoding: 'utf8' })
  .split('\n').filter(Boolean).map((line) => line.split(/\s+/))
  .map(([method, path, door, , right]) => ({ method, path, door: /^(?:proven|proof)$/.test(door) ? 'office' : door,
    proven: door === 'proven', right, name: `${method} ${path}` }));

assert.ok(routes.length > 50, 'pforte routes lists all of them');

// The path of an open invitation, whose mail nobody reads: its secret becomes one
// that we know.
export function invitationOf(stack, id) {
  const secret = randomBytes(16).toString('base64url');
  const hash = execFileSync('b2sum', ['-l', '256'], { input: secret, encoding: 'utf8' }).split(' ')[0];
  stack.sql(`UPDATE one_time_token SET hash = '${hash}' WHERE subject = '${id}' AND used = 0 AND revoked = 0`);
  return `/acme/invitation/${secret}`;
}

// The path of the page that offers a new self-service link: of one that has expired.
export async function renewalOf(stack, ref) {
  const { json } = await stack.api('acme', 'POST', `/contracts/${ref}/self-service-token`);
  const claims = stack.inspect('pforte:link:acme', json.token);
  const time = (ago) => new Date(Date.now() - ago * 1000).toISOString().replace(/\.\d+Z/, 'Z');
  const old = stack.mint('pforte:link:acme', { ...claims, iat: time(3600), exp: time(60) });
  const { text } = await stack.get(`/acme/s/${old}`);
  return text.match(/action="(\/acme\/link\/[^"]+)"/)[1];
}

// Makes one of what the demo has none of: an endpoint of callbacks that is off
// and what was to go there, a job that has failed, a mail, and somebody with a first
// password. What stands for the names of a path is then known.
export async function furnish(stack) {
  const call = async (method, path, body, headers) => {
    const answer = await stack.api('acme', method, path, body, headers);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.json;
  };
  const endpoint = await call('POST', '/callbacks', { url: 'https://merchant.example/hook', types: 'test' });
  const { event } = await call('POST', `/callbacks/${endpoint.id}/test`);
  const job = await call('POST', '/audit/exports', {});
  const [saved] = (await call('GET', '/audit?action=settings.changed&object=billing&limit=1')).items;
  const mail = await call('POST', '/settings/mail-templates/login_created/en/test', { to: 'anna@x.example' });
  // what is due in a month: a page that has something to show
  const date = new Date(Date.now() + 35 * 86_400_000).toISOString().slice(0, 10);
  const run = await call('POST', '/invoice-runs', { date, dry_run: true }, { 'Idempotency-Key': randomBytes(8).toString('hex') });
  const schedule = `sch_${randomBytes(4).toString('hex')}`;
  if (stack.own) {
    stack.sql(`INSERT INTO invoice_schedule (tenant, id, unit, weekday, day, hour, active, next_at, version, created)
      VALUES ('acme', '${schedule}', 'month', 1, 1, 6, 0, 0, 1, 0)`);
  }
  const [payment] = (await call('GET', '/payments?customer=K2000&limit=1')).items;
  // money that is left, in a currency that nothing is open in
  const once = () => ({ 'Idempotency-Key': randomBytes(8).toString('hex') });
  const note = await call('POST', '/credit-notes', { customer: 'K2002', currency: 'NOK', reason: 'Kulanz',
    lines: [{ description: 'Ausfall', unit_price: '10', vat_rate: '19' }] }, once());
  const left = await call('POST', '/payments', { customer: 'K2002', amount: { amount: 5000, currency: 'NOK' } }, once());
  const key = stack.tenant('acme').api_key.split('_')[2];
  const owner = await stack.office('acme', 'owner');
  const [, custom] = (await owner.get('/acme/admin/custom-fields')).text.match(/custom-fields\/(cf_\w+)/);
  const zip = await owner.submit(await owner.get('/acme/admin/invoices/zip'),
    { from: '2000-01-01', to: '2099-01-01', customer: 'K2001' }, { action: /zip$/ });
  assert.equal(zip.status, 303, zip.text);
  const { hidden } = forms((await owner.get('/acme/admin/invoices/zip')).text).find(({ action }) => /zip$/.test(action));
  const csv = await owner.post('/acme/admin/exports', { ...hidden, list: '/admin/customers', query: 'sort=number' });
  assert.equal(csv.status, 303, csv.text);
  await until('the CSV file', async () => (await owner.get(`${csv.location}/file`)).status === 200);
  const again = await owner.post('/acme/admin/deliveries/again', hidden);
  assert.equal(again.status, 303, again.text);
  const reminders = await call('POST', '/reminder-runs', { date: new Date().toISOString().slice(0, 10) },
    { 'Idempotency-Key': randomBytes(8).toString('hex') });
  await until('the reminders', async () => (await call('GET', `/reminder-runs/${reminders.id}`)).status === 'done');
  await until('their mails', () => !stack.own ||
    stack.sql("SELECT id FROM reminder WHERE dispatch = 'waiting' AND mail = ''").length === 0);
  const reminder = (await call('GET', '/reminders?customer=K2000')).items[0].number;
  // several files may share one server
  const newcomer = { username: `newcomer-${randomBytes(4).toString('hex')}`, password: 'seven-blue-tulips-in-rain' };
  await call('POST', '/user-logins', { customer: 'K2002', email: `${newcomer.username}@x.example`, ...newcomer });
  const service = await call('POST', '/contracts/VT-7KQ2-ZHXM/service-entries', { description: 'Vor-Ort-Einsatz Filiale',
    quantity: '1.5', unit_price: '95', vat_rate: '19', performance_date: '2026-12-24' });
  // a variant that is released but not complete, and a coupon that was used
  const family = await call('POST', '/product-families', { name: 'Telefonie', currency: 'EUR', vat_rate: '19',
    texts: [{ language: 'de', name: 'Telefonie' }] });
  const plan = await call('POST', '/plans', { family: family.id, name: 'Anlage S' });
  const variant = await call('POST', '/plan-variants', { plan: plan.id, name: 'Zwei Jahre', price: '19.90', setup_fee: '49',
    recurrence: { every: 1, unit: 'month' }, term: { count: 24, unit: 'month' }, renewal: { count: 1, unit: 'month' },
    notice: { count: 1, unit: 'month' }, trial: { count: 14, unit: 'day' }, self_service: true });
  const part = await call('POST', '/components', { family: family.id, name: 'Nebenstellen', type: 'quantity', self_service: true,
    price_model: 'interval', price: '0', steps: [{ up_to: '5', price: '3.9' }, { price: '1.9' }], texts: [{ language: 'de', name: 'Nebenstellen' }] });
  const discount = await call('POST', '/discounts', { name: 'Willkommen', kind: 'percent', percent: '20', periods: 6 });
  const coupon = (more) => call('POST', '/coupons', { code: `W${randomBytes(4).toString('hex')}`, discount: discount.id, ...more });
  const [used, fresh] = [await coupon({ limit_total: 50, plans: [plan.id] }), await coupon()];
  await call('POST', `/coupons/${used.id}/uses`, { customer: 'K2000', reference: 'VT-7KQ2-ZHXM' });
  const { items: variants } = await call('GET', '/plan-variants?limit=200');
  const offered = variants.find(({ external_id }) => external_id === 'GF1000-24');
  const buyer = stack.browser();
  const bought = await buyer.submit(await buyer.get(`/acme/order/${offered.id}`), { step: 'order', first_name: 'Rosa', last_name: 'Blum',
    email: `rosa-${randomBytes(4).toString('hex')}@x.example`, street: 'Weg 1', postal_code: '20095', city: 'Hamburg', country: 'DE' },
  { action: /order\/var_/ });
  assert.equal(bought.status, 303, bought.text);
  const order = { id: stack.own ? stack.sql("SELECT id FROM orders WHERE tenant = 'acme' ORDER BY id DESC LIMIT 1")[0].id : 'ord_unknown' };
  const stranger = stack.browser();
  const declared = await stranger.submit(await stranger.get('/acme/cancel'), { notice: 'ordinary', name: 'Rosa Blum',
    contract: 'VT-7KQ2-ZHXM', email: 'rosa@x.example' }, { action: /cancel$/ });
  assert.equal(declared.status, 303, declared.text);
  const [declaration] = (await call('GET', '/declarations?limit=1')).items;
  const anna = await stack.signedIn('acme', 'anna', { customer: 'K2000' });
  const mandate = await anna.submit(await anna.get('/acme/payment/change'), { account_holder: 'Anna Sommer',
    iban: 'DE89 3704 0044 0532 0130 00', password: stack.user('anna').password }, { action: /payment\/change$/ });
  assert.equal(mandate.status, 303, mandate.text);
  const given = await anna.submit(await anna.get(mandate.location), {}, { action: /payment\/mandate$/ });
  assert.equal(given.status, 303, given.text);
  const members = await call('GET', '/customers/K2000/members');
  const member = members.items.find(({ user }) => user === 'clara@sommer.example').id;
  const invited = members.items.find(({ status }) => status === 'invited').id;
  const token = stack.own ? invitationOf(stack, invited).split('/').pop() : undefined;
  const ticket = stack.own ? (await renewalOf(stack, 'VT-7KQ2-ZHXM')).split('/').pop() : undefined;
  const { ref: draft } = await call('POST', '/contracts', { customer: 'K2000', name: 'Entwurf', currency: 'EUR',
    status: 'draft', start: '2026-01-01', recurrence: { every: 1, unit: 'month' },
    items: [{ description: 'Anschluss', quantity: '1', unit_price: '10', vat_rate: '19' }] });
  return {
    newcomer, service: service.id, run: run.id, schedule,
    endpoint: endpoint.id, delivery: `${event}.${endpoint.id}`, job: job.id, key, member,
    values: {
      '/admin/customers': { number: 'K2000' },
      '/admin/product-families': { id: family.id },
      '/admin/plans': { id: plan.id },
      '/admin/plan-variants': { id: variant.id },
      '/admin/components': { id: part.id },
      '/admin/discounts': { id: discount.id },
      '/admin/coupons/{id}/remove': { id: fresh.id },
      '/admin/coupons': { id: used.id },
      '/admin/contracts/{ref}/remove': { ref: draft },
      '/admin/members': { id: member, action: 'remove' },
      '/contacts': { id: member, action: 'remove' },
      '/invitation': { token },
      '/link': { ticket },
      '/admin/payments/{id}/refund': { id: left.id },
      '/admin/invoices/{number}/refund': { number: note.number },
      '/admin/exports': { id: csv.location.split('/').pop() },
      '/admin/invoices/zip': { id: zip.location.split('/').pop() },
      '/admin/deliveries': { id: again.location.split('/').pop() },
      '/admin/invoices': { number: 'RE20001' },
      '/admin/invoice-runs': { id: run.id },
      '/admin/invoice-schedules': { id: schedule },
      '/admin/payments': { id: payment.id },
      '/admin/custom-fields': { id: custom },
      '/admin/api-keys': { id: key },
      '/admin/callbacks': { id: endpoint.id },
      '/admin/callback-log': { id: `${event}.${endpoint.id}` },
      '/admin/services': { id: service.id },
      '/admin/declarations': { id: declaration.id },
      '/admin/jobs': { id: job.id },
      '/admin/mails': { id: mail.id },
      '/admin/mail-templates': { event: 'login_created', language: 'en' },
      '/admin/settings/{tab}/versions': { tab: 'billing', id: saved.id },
      '/admin/page-texts': { page: 'signup', language: 'en' },
      '/order': { variant: offered.id },
      '/admin/orders': { id: order.id },
      '/admin/reminder-runs': { id: reminders.id },
      '/admin/reminders': { number: reminder },
      '/reminders': { number: reminder },
      '/contracts/{ref}/cancelled': { id: declaration.id },
      '/payment/mandates': { id: given.location.split('/').pop() },
      '/admin/staff': { username: 'sam' },
      '': { tab: 'general', ref: 'VT-7KQ2-ZHXM', kid: 'acme-demo', username: 'anna', number: 'RE20001' },
    },
  };
}

// The path of a route with the names in it replaced.
export function filled({ path }, { values }) {
  const own = Object.entries(values).find(([start]) => start && `${path}/`.startsWith(`${start}/`))?.[1];
  return path.replace(/\{(\w+)\}/g, (_, name) => {
    const value = own?.[name] ?? values[''][name];
    assert.ok(value, `nothing is known to stand for {${name}} in ${path}`);
    return encodeURIComponent(value);
  });
}
