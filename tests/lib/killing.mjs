// Whoever works at a job is killed, again and again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { build, sleep, until } from './stack.mjs';

const GONE = 1; // the end of a lease whose holder was killed

function another(stack) {
  const child = spawn(join(build, 'pforte'), ['--config', join(stack.state, 'pforte.conf'), 'jobs'], { stdio: 'ignore' });
  return { child, ended: once(child, 'exit') };
}

// Kills so many processes at that job, each within some milliseconds of its work, and
// lets the last one end it. again(): what is done where the job is through before that;
// without it there are fewer kills then. How many it were, and how many of them had
// the job in their hands.
export async function killAtWork(stack, job, kills, again) {
  const row = () => stack.sql(`SELECT state, lease_until FROM job WHERE id = '${job}'`)[0];
  const held = ({ state, lease_until: end }) => state === 'leased' && Number(end) > GONE;
  const isDone = () => row().state === 'done';
  let killed = 0, atWork = 0;
  while (killed < kills && (again || !isDone())) {
    const one = another(stack);
    try {
      await until('it to be at work', () => held(row()) || isDone());
      await sleep(Math.random() * 50);
    } finally {
      one.child.kill('SIGKILL');
      await one.ended;
    }
    killed++;
    atWork += Number(held(row()));
    // its lease is over, as if a minute had passed, and the try does not count
    stack.sql(`UPDATE job SET lease_until = ${GONE}, attempts = 1 WHERE id = '${job}' AND state = 'leased'`);
    if (again && isDone()) {
      again();
    }
  }
  const last = another(stack);
  await until('the end', isDone, 60_000).finally(() => last.child.kill('SIGTERM'));
  await last.ended;
  return { killed, atWork };
}
