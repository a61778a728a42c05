// A second host of a stack: nginx, workers and state of its own before the same
// database and session cache.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { send } from './client.mjs';
import { environment } from './nginx.mjs';
import { freePort } from './ports.mjs';
import { build, until } from './stack.mjs';

// What both share by files: keys, edge records, and what the demo says.
const shared = ['keyring', 'edge', 'audit.key'];

function copyState(stack, dir) {
  mkdirSync(join(dir, 'run'));
  mkdirSync(join(dir, 'log'));
  mkdirSync(join(dir, 'tmp'));
  for (const name of shared.filter((one) => existsSync(join(stack.state, one)))) {
    cpSync(join(stack.state, name), join(dir, name), { recursive: true });
  }
}

// { base, dir }; it is stopped after the last test of the file.
export async function secondHost(stack) {
  const dir = mkdtempSync(join(tmpdir(), 'pforte-host-'));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  copyState(stack, dir);
  const config = readFileSync(join(stack.state, 'pforte.conf'), 'utf8');
  writeFileSync(join(dir, 'pforte.conf'), config.replace(/^state = .*$/m, `state = "${dir}"`));
  writeFileSync(join(dir, 'nginx.conf'), readFileSync(join(stack.state, 'nginx.conf'), 'utf8')
    .replaceAll(new URL(stack.base).host, `127.0.0.1:${port}`)
    .replaceAll(join(stack.state, 'run/memcached.sock'), '\0')
    .replaceAll(stack.state, dir)
    .replaceAll('\0', join(stack.state, 'run/memcached.sock')));
  const log = openSync(join(dir, 'log/app.log'), 'a');
  const pforte = spawn(join(build, 'pforte'), ['--config', join(dir, 'pforte.conf'), 'serve'],
    { stdio: ['ignore', 'ignore', log] });
  await until('its workers', () => existsSync(join(dir, 'run/pages.sock')) && existsSync(join(dir, 'run/passwords.sock')));
  const nginx = spawn('nginx', ['-c', join(dir, 'nginx.conf'), '-e', join(dir, 'log/nginx.log')],
    { stdio: ['ignore', 'ignore', log], env: environment() });
  const stop = async () => {
    for (const child of [nginx, pforte].filter(({ exitCode }) => exitCode === null)) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    const alarms = stack.alarms(dir);
    if (alarms.length === 0) {
      rmSync(dir, { recursive: true, force: true });
    }
    assert.deepEqual(alarms, [], `alarms in ${dir}/log`);
  };
  after(stop);
  await until('the second host', () => send(`${base}/healthz`).then(({ status }) => status === 200, () => false));
  return { base, dir };
}
