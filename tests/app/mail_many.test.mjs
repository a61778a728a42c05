// A thousand mails at once, and more than one process that sends them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { startRelay } from '../lib/relay.mjs';
import { build, startStack, until } from '../lib/stack.mjs';

const relay = await startRelay();
process.env.PFORTE_SMTP = relay.url;
const stack = await startStack({ clock: true });
after(() => relay.stop());

// A further process of jobs, until all that is due is done.
function jobs() {
  const child = spawn(join(build, 'pforte'),
    ['--config', join(stack.state, 'pforte.conf'), 'jobs', '--once'], { stdio: 'ignore' });
  return { child, ended: once(child, 'exit') };
}

// A mail that waits; its address.
async function mail() {
  const to = `${randomUUID()}@many.example`;
  const answer = await stack.api('acme', 'POST', '/settings/mail-templates/login_created/en/test',
    { to, text: 'x' });
  assert.equal(answer.status, 201, answer.text);
  return to;
}

const inState = (state) => stack.sql(`SELECT recipient FROM mail WHERE state = '${state}'`)
  .map(({ recipient }) => recipient);

test('X4: two processes send a thousand mails once each, one of them killed on its way',
  { skip: stack.skip }, () => stack.withoutJobs(async () => {
    const addresses = [];
    await Promise.all(Array.from({ length: 8 }, async () => {
      for (let i = 0; i < 125; i++) {
        addresses.push(await mail());
      }
    }));
    assert.equal(inState('queued').length, 1000);
    const [one, two] = [jobs(), jobs()];
    await until('two hundred of them', () => relay.mails.length >= 200, 60_000);
    two.child.kill('SIGKILL');
    await Promise.all([one.ended, two.ended]);
    const unsure = inState('leased');
    assert.ok(unsure.length <= 1, 'the killed one had one mail in its hands');
    stack.moveTime(300); // its lease ends
    await jobs().ended;
    assert.deepEqual(inState('sent').sort(), addresses.sort());
    for (const to of addresses) {
      const mails = relay.to(to);
      assert.ok(mails.length === 1 || (unsure.includes(to) && mails.length === 2), to);
      assert.equal(new Set(mails.map(({ headers }) => headers['message-id'])).size, 1);
    }
  }));
