// What a merchant copies from the back office to show a hosted page in their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { unescapeHtml, visible } from '../lib/client.mjs';
import { saveSettings } from '../lib/settings.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();
const own = { skip: stack.skip };
const owner = await stack.office('acme', 'owner', { 'Accept-Language': 'en' });
const { items } = (await stack.api('acme', 'GET', '/plan-variants?limit=100')).json;
const VARIANT = items.find(({ external_id }) => external_id === 'GF1000-24').id;
const variantPage = () => owner.get(`/acme/admin/plan-variants/${VARIANT}`);
const code = (page) => unescapeHtml(page.text.match(/<textarea id="embed-code"[^>]* readonly[^>]*>([\s\S]*?)<\/textarea>/)?.[1] ?? '');

test('B9, B10: a variant and the tab of the portal have what to copy, with its address', own, async () => {
  const [{ url }] = [{ url: (await variantPage()).text.match(/href="(https?:\/\/[^"]*\/order\/var_[^"]*)"/)[1] }];
  const shown = code(await variantPage());
  assert.ok(url.endsWith(`/order/${VARIANT}`), url);
  assert.equal(shown, `<div data-pforte="${url}"><a href="${url}">Hier bestellen</a></div>\n`
    + `<script src="${new URL(url).origin}/embed.js" async></script>`, 'in the words of the default language');
  assert.equal((await stack.get('/embed.js')).status, 200);
  const portal = code(await owner.get('/acme/admin/settings/portal'));
  assert.ok(portal.includes(`data-pforte="${url.replace(/order\/var_\w+$/, '')}"`), portal);
  assert.equal(code(await owner.get('/acme/admin/settings/signup')), '');
});

test('B10: it says where no site is listed yet, which are, and what cookies do there', own, async () => {
  for (const open of [variantPage, () => owner.get('/acme/admin/settings/portal')]) {
    await saveSettings(owner, 'frames', { cookie_mode: 'lax', frame_ancestors: '' });
    const text = visible((await open()).text);
    assert.match(text, /No site of yours is listed yet/);
    assert.match(text, /only on sites of the same domain/);
    await saveSettings(owner, 'frames', { cookie_mode: 'embed', frame_ancestors: 'https://shop.example\r\nhttps://www.shop.example' });
    const listed = visible((await open()).text);
    assert.match(listed, /It works on these sites: https:\/\/shop\.example https:\/\/www\.shop\.example/);
    assert.doesNotMatch(listed, /No site of yours|only on sites/);
  }
});

test('B10, B95: without an order page there is nothing to copy', own, async () => {
  stack.sql(`UPDATE plan_variant SET self_service = 0 WHERE id = '${VARIANT}'`);
  assert.equal(code(await variantPage()), '');
  stack.sql(`UPDATE plan_variant SET self_service = 1 WHERE id = '${VARIANT}'`);
});
