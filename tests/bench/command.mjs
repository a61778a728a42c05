// What one command of pforte takes.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { build } from '../lib/stack.mjs';

const TICK_MS = 10; // a clock tick of /proc, USER_HZ

// Seconds, CPU seconds and the most memory of one command.
export async function measured(state, ...args) {
  const begun = process.hrtime.bigint();
  const child = spawn(join(build, 'pforte'), ['--config', join(state, 'pforte.conf'), ...args]);
  let out = '', cpu = 0, memory = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => { out += part; });
  }
  const look = setInterval(() => {
    try {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
      cpu = (Number(stat[11]) + Number(stat[12])) * TICK_MS / 1000;
      memory = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024;
    } catch {
      // it has ended
    }
  }, 5);
  const code = await new Promise((done) => child.once('exit', done));
  clearInterval(look);
  if (code !== 0) {
    throw new Error(`pforte ${args.join(' ')} ended with ${code}: ${out.slice(-2000)}`);
  }
  return { seconds: Number(process.hrtime.bigint() - begun) / 1e9, cpu, memory, out };
}
