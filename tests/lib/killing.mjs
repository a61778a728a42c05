// Whoever works at a job is killed, again and again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { build, sleep, until } from './stack.mjs';

function another(stack) {
  const child = spawn(join(build, 'pforte'), ['--config', join(stack.state, 'pforte.conf'), 'jobs'], { stdio: 'ignore' });
  return { child, ended: once(child, 'exit') };
}

// Kills so many processes at that job, each after a moment of its work, and lets
// the last one end it. again(): what is done where the job is through before that;
// without it there are fewer kills then. How many it were, and how many of them
// had the job in their hands.
export async function killAtWork(stack, job, kills, again) {
  const state = () => stack.sql(`SELECT state FROM job WHERE id = '${job}'`)[0].state;
  let killed = 0, atWork = 0;
  while (killed < kills && (again || state() !== 'done')) {
    const one = another(stack);
    await until('it to be at work', () => state() !== 'queued');
    await sleep(Math.random() * 100);
    one.child.kill('SIGKILL');
    await one.ended;
    killed++;
    atWork += Number(state() === 'leased');
    // its lease is over, as if a minute had passed, and the try does not count
    stack.sql(`UPDATE job SET lease_until = 1, attempts = 1 WHERE id = '${job}' AND state = 'leased'`);
    if (again && state() === 'done') {
      again();
    }
  }
  const last = another(stack);
  await until('the end', () => state() === 'done', 60_000).finally(() => last.child.kill('SIGTERM'));
  await last.ended;
  return { killed, atWork };
}
