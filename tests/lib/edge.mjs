// What the tests of the module share: a state, an application that echoes, and
// nginx in between with every kind of location.
import { startApplication } from './fcgi.mjs';
import { startNginx } from './nginx.mjs';
import { makeState } from './state.mjs';

const words = ['tenant', 'prefix', 'language', 'verdict', 'token', 'handoff', 'user', 'customer',
  'scope', 'groups', 'session_key', 'denied', 'refused', 'subject', 'status_code', 'request_masked'];

const param = (name, value) => `fastcgi_param ${name} ${value};`;

const params = [
  param('REQUEST_METHOD', '$request_method'), param('DOCUMENT_URI', '$uri'),
  param('QUERY_STRING', '$query_string'), param('CONTENT_TYPE', '$content_type'),
  param('CONTENT_LENGTH', '$content_length'), param('REQUEST_ID', '$request_id'),
  ...words.map((word) => param(`PFORTE_${word.toUpperCase()}`, `$pforte_${word}`)),
].join('\n');

// A 400 of nginx's own has no URI, and then a named location is an error.
const errors = 'error_page 400 401 403 404 410 413 415 503 @pforte_error;';

const server = (app) => `
pforte_session_check app=/_pforte/session;
fastcgi_read_timeout 1s;
${params}
error_page 401 403 404 410 413 415 503 @pforte_error;

location / { pforte required; fastcgi_pass ${app}; }
location ~ "/open(/|$)" { pforte optional; fastcgi_pass ${app}; }
location ~ "/off(/|$)" { pforte off; fastcgi_pass ${app}; }
location ~ "/trust(/|$)" { pforte required; pforte_session_check off; fastcgi_pass ${app}; }
location ~ "/file(/|$)" { pforte required; empty_gif; }
location ~ "/sso$" { pforte_sso on; ${errors} fastcgi_pass ${app}; }
location ~ "/s/[^/]*$" { pforte_link on; ${errors} fastcgi_pass ${app}; }
location = /_pforte/session {
  internal;
  pforte off;
  ${param('REQUEST_METHOD', 'GET')}
  ${param('DOCUMENT_URI', '/_pforte/session')}
  ${param('PFORTE_TENANT', '$pforte_tenant')}
  ${param('PFORTE_TOKEN', '$pforte_token')}
  fastcgi_pass_request_body off;
  fastcgi_pass ${app};
}
location @pforte_error {
  pforte off;
  ${params}
  ${param('DOCUMENT_URI', '/_pforte/error')}
  fastcgi_pass_request_body off;
  fastcgi_pass ${app};
}
`;

// Options: http, and other servers, add to the configuration, and more, given the
// application's address, to the server; workers and clock as in nginx.
export async function startEdge({ http = '', more = () => '', other = '', workers, clock } = {}) {
  const state = makeState();
  const app = await startApplication();
  const address = `unix:${app.path}`;
  const nginx = await startNginx({
    workers,
    clock,
    http: `pforte_state ${state.dir};\n${http}\n${other}`,
    server: more(address) + server(address),
  });
  const get = (path, headers = {}, options = {}) => nginx.get(path, { headers, ...options });

  // A request with a session cookie: what the application was told.
  async function told(path, headers = {}, options = {}) {
    const answer = await get(path, headers, options);
    return { answer, status: answer.status, body: answer.json.body, ...answer.json.params };
  }

  const cookie = (token, tenant = 'acme') => ({ Cookie: `pf-${tenant}=${token}` });

  // What pforte_status tells at /status, where the test has put it.
  async function metric(name) {
    const { text } = await get('/status');
    const line = text.split('\n').find((row) => row.startsWith(`${name} `));
    return Number(line.slice(name.length));
  }

  return { state, app, nginx, get, told, cookie, metric };
}
