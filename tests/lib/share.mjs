// A share of its own for a stack, and a catalogue in it that lets a starting
// worker wait.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, cpSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { build, sleep } from './stack.mjs';

// Copies the share into the state, and has pforte.conf name the copy: workers
// that start from now on read it.
export function ownShare(state) {
  const share = join(state, 'share');
  const conf = join(state, 'pforte.conf');
  cpSync(join(build, 'share'), share, { recursive: true, dereference: true });
  writeFileSync(conf,
    readFileSync(conf, 'utf8').replace(/^share = .*$/m, `share = "${share}"`));
}

// The German catalogue becomes a fifo: who opens it waits until fill(text), or
// for ever. repair() puts the file back; who waits already goes on waiting.
export function catalogueThatHangs(state) {
  const path = join(state, 'share/po/de.mo');
  const text = readFileSync(path);
  const fifo = `${path}.fifo`;
  execFileSync('mkfifo', [fifo]);
  renameSync(fifo, path);
  return {
    fill(bytes) {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(fd, bytes);
      closeSync(fd);
    },
    // Until that process waits: asleep whenever it is looked at.
    async reached(pid) {
      for (let asleep = 0; asleep < 10; await sleep(40)) {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        asleep = stat.slice(stat.lastIndexOf(')')).startsWith(') S') ? asleep + 1 : 0;
      }
    },
    repair() {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    },
  };
}
