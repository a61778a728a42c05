// A database that is busy the first time (tests/lib/preload/busy.c): every change is tried
// again as a whole, has its one effect and its row of the trail, and nobody is told anything
// else, whatever statement it was.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { onPostgresql } from '../lib/database.mjs';
import { build, root } from '../lib/stack.mjs';

// A sanitizer wants to be loaded first.
const skip = onPostgresql ? 'it is SQLite that is made busy' : existsSync(join(build, 'nginx.preload'));

test('X7: each call of the table of changes has its effect beside a database that is busy', { skip }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'pforte-busy-'));
  const count = join(dir, 'count');
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-name-pattern', 'every route', 'tests/app/audit.test.mjs'],
    { cwd: root, encoding: 'utf8', env: { ...env, PFORTE_BUSY: count, LD_PRELOAD: [env.LD_PRELOAD, join(build, 'tests/busy.so')].filter(Boolean).join(' ') } });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^# pass [1-9]/m);
  assert.ok(statSync(count).size > 300, 'it was busy often');
  rmSync(dir, { recursive: true });
});
