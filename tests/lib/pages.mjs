// The pages of the portal as people of the demo see them: a list to walk.
import { randomUUID } from 'node:crypto';

import { linkFor } from './sso.mjs';
import { links, unescapeHtml } from './client.mjs';
import { invitationOf, renewalOf } from './routes.mjs';

// What a signed-in browser can open, found by its links: list, item, document.
export async function portalPages(browser, tenant) {
  const prefix = `/${tenant}`;
  const list = links((await browser.get(`${prefix}/invoices`)).text);
  const invoices = list.filter((href) => /\/invoices\/[^/]+$/.test(href) && !/\.pdf$/.test(href));
  const contracts = links((await browser.get(`${prefix}/contracts`)).text)
    .filter((href) => /\/contracts\/[^/]+$/.test(href));
  return {
    invoices, contracts,
    documents: list.filter((href) => /\.pdf$/.test(href)),
    older: list.find((href) => /\?at=/.test(href)),
  };
}

// Every kind of page there is, drawn in that language: { name, answer }.
export async function everyPage(stack, language) {
  const asked = (path) => `${path}${path.includes('?') ? '&' : '?'}language=${language}`;
  const stranger = stack.browser();
  const anna = await stack.signedIn('acme', 'anna', { customer: 'K2000' });
  const guest = await stack.signedIn('acme', 'anna', { customer: 'K2001' });
  const bruno = await stack.signedIn('acme', 'bruno');
  const acme = stack.tenant('acme');
  const { invoices, contracts, older } = await portalPages(anna, 'acme');
  const credit = await creditNote(anna, older);
  const used = await linkFor(acme, 'bruno');
  await bruno.get(used);
  const visitor = stack.browser();
  await visitor.get(await selfService(stack, 'VT-7KQ2-ZHXM'));
  const contract = await visitor.get(asked('/acme/contracts/VT-7KQ2-ZHXM'));
  const revoked = await selfService(stack, 'VT-2MMF-8E4J');
  await stack.api('acme', 'DELETE', '/contracts/VT-2MMF-8E4J/self-service-token');
  const login = await stranger.get(asked('/acme/login'));
  const post = (fields) => stranger.submit(login, fields, { action: /login$/ });
  const renewal = stack.own && await renewalOf(stack, 'VT-7KQ2-ZHXM');
  return {
    ...stack.own && {
      'new link': await stranger.get(asked(renewal)),
      'new link, too old': await stranger.get(asked('/acme/link/x')),
    },
    'new link, sent': await stranger.get(asked('/acme/link/sent')),
    'login': login,
    'login signed out': await stranger.get(asked('/acme/login?signed-out=1')),
    'login with next': await stranger.get(asked('/acme/login?next=/invoices')),
    'login empty': await post({}),
    'login refused': await post({ username: 'x', password: 'y' }),
    'not found for strangers': await stranger.get(asked('/no-such-tenant/login')),
    'link used': await stranger.get(`${used}&language=${language}`),
    'link broken': await stranger.get(asked('/acme/sso?token=x')),
    'link empty': await stranger.get(asked('/acme/sso')),
    'frame': await stranger.get(asked('/acme/'),
      { headers: { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' } }),
    'window of its own': await stranger.get(`${await linkFor(acme, 'bruno')}&c=1&language=${language}`,
      { headers: { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe', Cookie: '' } }),
    'form too old': await stranger.post(asked('/acme/login'), { username: 'x', password: 'y' }),
    'dashboard': await anna.get(asked('/acme/')),
    'invoices': await anna.get(asked('/acme/invoices')),
    'invoices, older': await anna.get(asked(older)),
    'invoice': await anna.get(asked(invoices[0])),
    'credit note': await anna.get(asked(credit)),
    'contracts': await anna.get(asked('/acme/contracts')),
    'contract': await anna.get(asked(contracts[0])),
    'not found': await anna.get(asked('/acme/nothing')),
    'no such invoice': await anna.get(asked('/acme/invoices/RE0')),
    'method': await anna.post(asked('/acme/invoices'), {}),
    'dashboard of a guest': await guest.get(asked('/acme/')),
    'accounts': await anna.get(asked('/acme/accounts')),
    'of another account': await guest.get(asked(invoices[0])),
    'forbidden': await guest.get(asked('/acme/contracts')),
    'contract by a link': contract,
    'invoice by a link': await visitor.get(asked(
      links(contract.text).find((href) => /\/invoices\/\w+$/.test(href)))),
    'forbidden for a link': await visitor.get(asked('/acme/invoices')),
    'login beside a link': await visitor.get(asked('/acme/login')),
    'link revoked': await stranger.get(asked(revoked)),
    'link while signed in': await bruno.get(asked(await selfService(stack, 'VT-7KQ2-ZHXM'))),
    'reset': await stranger.get(asked('/acme/reset')),
    'reset code': await stranger.get(asked('/acme/reset/code?sent=1')),
    'reset done': await stranger.get(asked('/acme/reset/done')),
    'reset link used': await stranger.get(asked(`/acme/reset/${'A'.repeat(22)}`)),
    'email link used': await stranger.get(asked(`/acme/email/${'A'.repeat(22)}`)),
    'email done': await stranger.get(asked('/acme/email/done')),
    'security': await anna.get(asked('/acme/security')),
    'security password': await anna.get(asked('/acme/security/password')),
    'security email': await anna.get(asked('/acme/security/email')),
    'security factor': await anna.get(asked('/acme/security/factor')),
    'confirmation': await bruno.get(`${await linkFor(acme, 'anna')}&language=${language}`),
    ...await contactPages(stack, asked),
    ...await paymentPages(stack, asked),
    ...await officePages(stack, asked),
  };
}

// The same of the way to a mandate for direct debits, and back.
async function paymentPages(stack, asked) {
  const anna = await stack.signedIn('acme', 'anna', { customer: 'K2000' });
  const form = await anna.get(asked('/acme/payment/change?over=1'));
  const account = { account_holder: 'Anna Sommer', iban: 'DE89 3704 0044 0532 0130 00' };
  const send = (password) => anna.submit(form, { ...account, password }, { action: /payment\/change$/ });
  const mandate = await anna.get(asked((await send(stack.user('anna').password)).location));
  const given = await anna.submit(mandate, {}, { action: /payment\/mandate$/ });
  return {
    ...stack.own && await cardPages(stack, anna, asked), // others have no sandbox
    'payment, begun anew': form, 'payment refused': await send(''), 'mandate': mandate,
    'mandate given': await anna.get(asked(given.location)),
    'payment': await anna.get(asked('/acme/payment?saved=1')),
    'payment on account?': await anna.get(asked('/acme/payment/remove')),
  };
}

async function cardPages(stack, anna, asked) {
  const card = await anna.get(asked('/acme/payment/card'));
  const asks = await anna.submit(card, { password: stack.user('anna').password }, { action: /payment\/card$/ });
  const leave = await anna.get(asked(asks.location));
  const sandbox = await anna.get(unescapeHtml(leave.text.match(/content="0; url=([^"]+)"/)[1]).replace(stack.base, ''));
  const choose = async (fields) => (await anna.submit(sandbox, fields, { action: /_sandbox/ })).location;
  const back = await choose({ card: 'refused', step: 'save' });
  return {
    'payment by card': card, 'to the provider': leave, 'sandbox': sandbox,
    'card refused': await anna.get(asked((await anna.get(back)).location)),
    'back in another browser': await stack.browser().get(asked(back)),
  };
}

// The same of contacts and guests, and of invitations in each of their states.
async function contactPages(stack, asked) {
  const anna = await stack.signedIn('acme', 'anna', { customer: 'K2000' });
  const { items } = (await stack.api('acme', 'GET', '/customers/K2000/members')).json;
  const shown = { contacts: await anna.get(asked('/acme/contacts')) };
  for (const { id, status } of items) {
    shown[`contact ${status}`] = await anna.get(asked(`/acme/contacts/${id}`));
  }
  const of = (wanted) => items.find(({ kind, status }) => kind !== 'owner' && status === wanted).id;
  for (const path of ['/new', '/invite', '/new?preset=owner', `/${of('invited')}/withdraw`, `/${of('active')}/deactivate`,
    `/${of('active')}/remove`]) {
    shown[`contacts ${path.replace(/mem_\w+/, '…')}`] = await anna.get(asked(`/acme/contacts${path}`));
  }
  const form = await anna.get(asked('/acme/contacts/new'));
  shown['contact refused'] = await anna.submit(form, { email: 'x' }, { action: /new$/ });
  shown['invitation unknown'] = await stack.get(asked('/acme/invitation/x'));
  if (stack.own) {
    const path = invitationOf(stack, of('invited'));
    shown['invitation for strangers'] = await stack.get(asked(path));
    shown['invitation of somebody else'] = await anna.get(asked(path));
    const { json } = await stack.api('acme', 'POST', '/customers/K2001/members',
      { email: `${randomUUID()}@pages.example`, first_name: 'A', last_name: 'B', preset: 'user' });
    shown['first password'] = await stack.get(asked(invitationOf(stack, json.id)));
  }
  return shown;
}

// The same of the back office; one key and one waiting factor more each time.
async function officePages(stack, asked) {
  const otto = await stack.office('acme', 'operator');
  const rita = await stack.office('acme', 'read_only');
  const sam = await stack.office('acme', 'support');
  const shown = {};
  for (const path of ['', '/customers', '/customers?number=K&sort=-number', '/customers?created_from=x',
    '/customers?number=nobody', '/customers/K2000', '/customers/K2000/members/new', '/customers/K2000/members/invite', '/members',
    '/access-list', '/logins/anna', '/logins/anna/factor', '/logins/anna/act', '/contracts/VT-7KQ2-ZHXM',
    '/invoices', '/api-keys', '/api-keys/new', '/sso-keys', '/sso-keys/new', '/sso-keys/acme-demo', '/jwks',
    '/settings/general', '/settings/languages', '/settings/frames', '/settings/access', '/hosts', '/staff',
    '/staff/new', '/staff/sam', '/tenants', '/audit', '/security', '/security/password', '/confirm', '/nothing']) {
    shown[`office ${path}`] = await otto.get(asked(`/acme/admin${path}`));
  }
  const submit = async (name, path, fields, action) => {
    const page = await otto.get(asked(`/acme/admin${path}`));
    const answer = await otto.submit(page, fields, { action });
    shown[`office ${name}`] = answer.status === 303 ? await otto.get(asked(answer.location)) : answer;
  };
  await submit('settings wrong', '/settings/general', { name: '', time_zone: 'x' }, /general$/);
  await submit('key shown once', '/api-keys/new', { name: 'pages', 'customers:read': 'on' }, /api-keys$/);
  await submit('key without scopes', '/api-keys/new', { name: '' }, /api-keys$/);
  await submit('factor waiting', '/security', {}, /security$/);
  await submit('code wrong', '/security', { code: '1' }, /confirm$/);
  if (stack.own) {
    const late = await otto.get(asked('/acme/admin/api-keys/new'));
    stack.sql("UPDATE session SET proven = 0 WHERE scope = 'staff'");
    const question = await otto.submit(late, { name: 'late' }, { action: /api-keys$/ });
    shown['office form too late'] = question;
    shown['office proof wrong'] = await otto.submit(question, { password: 'x' }, { action: /confirm$/ });
  }
  shown['office from elsewhere'] = await stack.browser().get(asked('/acme/admin/login'),
    { headers: { 'Sec-Fetch-Site': 'cross-site' } });
  shown['office settings read only'] = await rita.get(asked('/acme/admin/settings/general'));
  shown['office forbidden'] = await rita.get(asked('/acme/admin/audit'));
  await sam.submit(await sam.get('/acme/admin/logins/anna/act'), { reason: 'every page' }, { action: /act$/ });
  shown['dashboard in a customer’s name'] = await sam.get(asked('/acme/'));
  shown['office login'] = await stack.browser().get(asked('/acme/admin/login'));
  return shown;
}

// The path of a fresh self-service link to a contract of acme.
export async function selfService(stack, ref) {
  const { json } = await stack.api('acme', 'POST', `/contracts/${ref}/self-service-token`);
  return new URL(json.url).pathname;
}

async function creditNote(browser, older) {
  for (const path of ['/acme/invoices', older]) {
    const found = links((await browser.get(path)).text).find((href) => /\/GS\d+$/.test(href));
    if (found) {
      return found;
    }
  }
  throw new Error('the demo has no credit note');
}
