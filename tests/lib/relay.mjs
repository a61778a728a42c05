// A mail relay that keeps what it gets, and refuses what a test tells it to.
//
//   const relay = await startRelay();
//   relay.refuse = { rcpt: 550 };
//   const mail = await relay.mailTo('anna@sommer.example');
import { once } from 'node:events';

import { SMTPServer } from 'smtp-server';

import { freePort } from './ports.mjs';
import { until } from './stack.mjs';

function refusal(responseCode) {
  return Object.assign(new Error('refused by the test'), { responseCode });
}

const decodeWords = (text) => text.replace(/\?=\s+=\?/g, '?==?')
  .replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, data) => Buffer.from(data, 'base64').toString());

const decodeQuoted = (text) => Buffer.from(text.replace(/=\r\n/g, '')
  .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
'latin1').toString();

// Headers by their lower-case names, and what follows them.
function parsePart(raw) {
  const at = raw.indexOf('\r\n\r\n');
  const headers = {};
  for (const line of raw.slice(0, at).replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const [, name, value] = line.match(/^([!-9;-~]+): (.*)$/);
    headers[name.toLowerCase()] = decodeWords(value);
  }
  return { headers, body: raw.slice(at + 4) };
}

// The parts of a part that are no multipart themselves.
function leaves({ headers, body }) {
  const boundary = headers['content-type'].match(/^multipart\/.* boundary="([^"]+)"$/)?.[1];
  return boundary
    ? body.split(`--${boundary}`).slice(1, -1)
      .flatMap((part) => leaves(parsePart(part.replace(/^\r\n/, ''))))
    : [{ headers, body }];
}

// The files that go with it.
const files = (whole) => leaves(whole)
  .filter(({ headers }) => headers['content-disposition']?.startsWith('attachment'))
  .map(({ headers, body }) => ({
    name: headers['content-disposition'].match(/filename\*?0?\*?=(?:utf-8''|")?([^";]+)/i)?.[1],
    type: headers['content-type'].split(';')[0],
    bytes: Buffer.from(body, 'base64'),
  }));

// Headers, text, HTML and files of a mail.
export function parseMail(raw) {
  const whole = parsePart(raw);
  const said = (type) => {
    const part = leaves(whole).find(({ headers }) => headers['content-type'].startsWith(type));
    return part && decodeQuoted(part.body).replaceAll('\r\n', '\n');
  };
  return { raw, headers: whole.headers, text: said('text/plain'), html: said('text/html'),
    files: files(whole) };
}

class Relay {
  mails = [];      // in the order of their arrival
  sessions = 0;
  refuse = {};     // from, rcpt, data: an SMTP code
  drop = false;    // takes the text, and ends the connection instead of saying so
  lose = false;    // the same, but takes nothing
  slow = 0;        // ms until it says so

  constructor(port, options) {
    this.port = port;
    this.url = `smtp://127.0.0.1:${port}`;
    this.options = options;
  }

  async start() {
    this.server = new SMTPServer({
      authOptional: !this.options.onAuth,
      onConnect: (session, done) => {
        this.sessions++;
        done();
      },
      onMailFrom: (address, session, done) =>
        done(this.refuse.from && refusal(this.refuse.from)),
      onRcptTo: (address, session, done) =>
        done(this.refuse.rcpt && refusal(this.refuse.rcpt)),
      onData: (stream, session, done) => this.take(stream, session, done),
      ...this.options,
    });
    this.server.on('error', () => {}); // a client that went away
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server.server, 'listening');
  }

  async take(stream, session, done) {
    const parts = await stream.toArray();
    const mail = parseMail(Buffer.concat(parts).toString('latin1'));
    const { envelope, secure, user } = session;
    if (this.refuse.data) {
      done(refusal(this.refuse.data));
      return;
    }
    if (this.lose) {
      this.server.connections.forEach((connection) => connection.close());
      return;
    }
    this.mails.push({ ...mail, secure, user, from: envelope.mailFrom.address,
      to: envelope.rcptTo.map(({ address }) => address) });
    if (this.drop) {
      this.server.connections.forEach((connection) => connection.close());
      return;
    }
    setTimeout(done, this.slow);
  }

  stop() {
    return new Promise((stopped) => this.server.close(stopped));
  }

  to(address) {
    return this.mails.filter(({ to }) => to.includes(address));
  }

  // The mail to that address, once it came.
  mailTo(address, ms) {
    return until(`mail to ${address}`, () => this.to(address)[0], ms);
  }
}

export async function startRelay(options = {}) {
  const relay = new Relay(await freePort(), options);
  await relay.start();
  return relay;
}
