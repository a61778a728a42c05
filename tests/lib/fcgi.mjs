// A FastCGI application of a page: it answers what it was asked, as JSON, and
// says about a session what the test told it to say.
import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

const BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6;

// Takes whole records off the front of bytes: [records, rest].
function records(bytes) {
  const found = [];
  while (bytes.length >= 8) {
    const length = bytes.readUInt16BE(4);
    const whole = 8 + length + bytes[6];
    if (bytes.length < whole) {
      break;
    }
    found.push({ type: bytes[1], content: bytes.subarray(8, 8 + length) });
    bytes = bytes.subarray(whole);
  }
  return [found, bytes];
}

function pairs(bytes) {
  const params = {};
  let at = 0;
  const length = () => {
    if (bytes[at] < 128) {
      return bytes[at++];
    }
    at += 4;
    return bytes.readUInt32BE(at - 4) & 0x7fffffff;
  };
  while (at < bytes.length) {
    const name = length();
    const value = length();
    params[bytes.toString('utf8', at, at + name)] =
      bytes.toString('utf8', at + name, at + name + value);
    at += name + value;
  }
  return params;
}

function record(type, content) {
  const head = Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]);
  return Buffer.concat([head, content]);
}

function answer({ status = 200, headers = {}, body = '' }) {
  const lines = [`Status: ${status}`];
  for (const [name, value] of Object.entries(headers)) {
    lines.push(...[value].flat().map((one) => `${name}: ${one}`));
  }
  const text = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
  const parts = [];
  for (let at = 0; at < text.length; at += 32768) {
    parts.push(record(STDOUT, text.subarray(at, at + 32768)));
  }
  return Buffer.concat([...parts, record(STDOUT, Buffer.alloc(0)), record(END, Buffer.alloc(8))]);
}

// In writes of 8192 bytes, as libfcgi does, with `pause` milliseconds between.
function dribble(socket, bytes, pause) {
  socket.write(bytes.subarray(0, 8192));
  setTimeout(() => {
    if (bytes.length > 8192) {
      dribble(socket, bytes.subarray(8192), pause);
    } else {
      socket.end();
    }
  }, pause);
}

const echo = ({ params, body }) => ({
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ params, body: body.toString('utf8') }),
});

class Application {
  constructor(path) {
    this.path = path;
    this.reset();
    this.server = createServer((socket) => this.#serve(socket));
  }

  reset() {
    this.session = { status: 401 }; // what a look-up gets: an answer, or 'hang'
    this.page = echo;               // what every other request gets
    this.asked = [];                // the look-ups so far
    this.seen = [];                 // the other requests
  }

  #serve(socket) {
    let rest = Buffer.alloc(0);
    const params = [];
    const body = [];
    socket.on('error', () => {});
    socket.on('data', (part) => {
      let found;
      [found, rest] = records(Buffer.concat([rest, part]));
      for (const { type, content } of found) {
        if (type === PARAMS) {
          params.push(Buffer.from(content));
        } else if (type === STDIN && content.length > 0) {
          body.push(Buffer.from(content));
        } else if (type === STDIN) {
          this.#answer(socket, { params: pairs(Buffer.concat(params)), body: Buffer.concat(body) });
        } else if (type !== BEGIN) {
          socket.destroy();
        }
      }
    });
  }

  #answer(socket, asked) {
    const lookup = asked.params.DOCUMENT_URI === '/_pforte/session';
    (lookup ? this.asked : this.seen).push(asked);
    const given = lookup ? this.session : this.page;
    const said = typeof given === 'function' ? given(asked) : given;
    if (said === 'hang') {
      return;
    }
    if (said.pause) {
      dribble(socket, answer(said), said.pause);
    } else {
      socket.end(answer(said));
    }
  }
}

// Listens on a unix socket until the end of the test file.
export async function startApplication() {
  const dir = mkdtempSync(join(tmpdir(), 'pforte-fcgi-'));
  const app = new Application(join(dir, 'socket'));
  await new Promise((done) => app.server.listen(app.path, done));
  app.server.unref();
  after(() => {
    app.server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return app;
}
