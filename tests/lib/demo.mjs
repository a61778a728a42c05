// The demo's state: made by `pforte demo`, or copied from one that the pool made once
// for all files, as ten passwords to hash and two years of invoices cost half a second
// of computing each time. A copy shares nothing with its origin but keys and ids.
//
//   PFORTE_DEMOS   the directory of such states, one for each database
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { newDatabase, onPostgresql, urlOf } from './database.mjs';

const demos = process.env.PFORTE_DEMOS;
const root = fileURLToPath(new URL('../..', import.meta.url));
const build = resolve(root, process.env.PFORTE_BUILD ?? 'build');

// Makes the demo in that directory, or brings the one that is there up to date.
export function makeDemo(state, { url = 'http://127.0.0.1:1', database, more = [] } = {}) {
  execFileSync(join(build, 'pforte'), ['demo', '--state', state, '--base-url', url,
    '--share', join(build, 'share'), ...(database ? ['--database', database] : []), ...more],
  { stdio: ['ignore', 'ignore', 'pipe'] });
}

// The states that copyDemo() then finds; with the PostgreSQL server in that directory
// one there as well. The answer is for PFORTE_DEMOS; removeDemos() ends them.
export function makeDemos(server) {
  const dir = mkdtempSync(join(tmpdir(), 'pforte-demos-'));
  makeDemo(join(dir, 'sqlite'));
  if (server) {
    makeDemo(join(dir, 'postgresql'), { database: newDatabase(server) });
  }
  return dir;
}

export const removeDemos = (dir) => rmSync(dir, { recursive: true, force: true });

// A state of its own with the demo's data; the address of its database, where that is
// no file. Where the pool did not make any demo, all of it has still to be made.
export function copyDemo(state) {
  const from = demos && join(demos, onPostgresql ? 'postgresql' : 'sqlite');
  if (!from || !existsSync(from)) {
    return onPostgresql ? newDatabase() : undefined;
  }
  cpSync(from, state, { recursive: true, filter: (path) => basename(path) !== 'pforte.conf' });
  return onPostgresql ? newDatabase(undefined, urlOf(from)) : undefined;
}
