// An identity provider that publishes keys: an https server on this machine with
// a certificate of its own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

function certificate(dir) {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-days', '2', '-subj', '/CN=idp', '-addext', 'subjectAltName=DNS:localhost',
    '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key, cert };
}

// answer(request, response) is what every request gets, and can be changed; url is
// https://localhost:…, ca the file with its certificate, options a file for
// pforte.conf that lets Pforte ask it.
export async function startIdp() {
  const dir = mkdtempSync(join(tmpdir(), 'pforte-idp-'));
  const { key, cert } = certificate(dir);
  const idp = { ca: cert, options: join(dir, 'options'), asked: 0, connections: 0 };
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) },
    (request, response) => {
      idp.asked++;
      idp.answer(request, response);
    });
  server.on('connection', () => idp.connections++);
  writeFileSync(idp.options, `https_ca_file = "${cert}"\nhttps_private_addresses = true\n`);
  idp.publish = (keys, headers = {}) => {
    idp.answer = (_, response) => response.writeHead(200, headers).end(JSON.stringify({ keys }));
  };
  idp.publish([]);
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  server.unref();
  idp.port = server.address().port;
  idp.url = `https://localhost:${idp.port}/keys`;
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return idp;
}
