// A certificate for names that only tests have: { key, cert } as paths.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export function selfSigned(dir, ...names) {
  const key = join(dir, 'tls.key');
  const cert = join(dir, 'tls.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-days', '2', '-subj', `/CN=${names[0]}`, '-addext',
    `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`,
    '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key, cert };
}
