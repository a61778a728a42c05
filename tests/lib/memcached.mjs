// memcached for one test file: on a free port, ended with it.
//
//   const node = await startMemcached();
//   await node.set(key, bytes);
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after } from 'node:test';

import { freePort } from './ports.mjs';
import { until } from './stack.mjs';

class Memcached {
  constructor(port) {
    this.port = port;
    this.name = `127.0.0.1:${port}`;
  }

  async start() {
    this.child = spawn('memcached', ['-l', '127.0.0.1', '-p', String(this.port), '-m', '16',
      '-t', '1', '-u', 'root'], { stdio: 'ignore' });
    await until('memcached', () => this.say('version').catch(() => false));
  }

  // A command and the first line of its answer.
  say(...parts) {
    return new Promise((done, fail) => {
      const socket = connect(this.port, '127.0.0.1', () => {
        for (const part of parts) {
          socket.write(part);
          socket.write('\r\n');
        }
      });
      socket.once('data', (data) => {
        socket.destroy();
        done(data.toString('latin1').split('\r\n')[0]);
      });
      socket.once('error', fail);
    });
  }

  set(key, bytes) {
    return this.say(`set ${key} 0 60 ${bytes.length}`, bytes);
  }

  // How many look-ups it has answered.
  async gets() {
    const stats = await new Promise((done, fail) => {
      let text = '';
      const socket = connect(this.port, '127.0.0.1', () => socket.write('stats\r\n'));
      socket.on('data', (data) => {
        text += data;
        if (text.endsWith('END\r\n')) {
          socket.destroy();
          done(text);
        }
      });
      socket.once('error', fail);
    });
    const number = (name) => Number(new RegExp(`STAT ${name} (\\d+)`).exec(stats)[1]);
    return { gets: number('cmd_get'), connections: number('total_connections') };
  }

  hang() {
    this.child.kill('SIGSTOP');
  }

  goOn() {
    this.child.kill('SIGCONT');
  }

  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
  }
}

export async function startMemcached() {
  const node = new Memcached(await freePort());
  await node.start();
  after(() => node.stop());
  return node;
}
