// Forms of the back office that save all of their controls at once: some of them changed,
// the others as they are; undefined takes a tick away. staff: a browser that is signed in
// for the tenant.
import { forms, unescapeHtml } from './client.mjs';

function valuesOf(body) {
  const values = {};
  for (const [, name, rest] of body.matchAll(/<input type="(?:text|number|email)" id="field-(\w+)"([^>]*)>/g)) {
    values[name] = unescapeHtml(rest.match(/ value="([^"]*)"/)?.[1] ?? '');
  }
  for (const [, name, rest] of body.matchAll(/<input type="checkbox" id="field-(\w+)"([^>]*)>/g)) {
    if (/ checked/.test(rest)) {
      values[name] = 'on';
    }
  }
  for (const [, name, options] of body.matchAll(/<select id="field-(\w+)"[^>]*>([\s\S]*?)<\/select>/g)) {
    values[name] = options.match(/value="([^"]*)" selected/)?.[1] ?? '';
  }
  return values;
}

async function save(staff, path, changes, tenant = 'acme') {
  const page = await staff.get(`/${tenant}/admin${path}?language=en`);
  const form = forms(page.text).find(({ action }) => action.endsWith(path));
  const all = Object.entries({ ...form.hidden, ...valuesOf(form.body), ...changes });
  return staff.post(form.action, Object.fromEntries(all.filter(([, value]) => value !== undefined)));
}

// A tab of the settings.
export const saveSettings = (staff, tab, changes, tenant) => save(staff, `/settings/${tab}`, changes, tenant);

// The merchant's words on a page, in a language.
export const saveWords = (staff, page, language, changes) => save(staff, `/page-texts/${page}/${language}`, changes);
