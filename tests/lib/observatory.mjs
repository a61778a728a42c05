// How MDN's HTTP Observatory would score an answer, by its published rules
// (developer.mozilla.org/observatory/docs/tests_and_scoring): 100, less what is
// wrong, and the bonuses for what is more than usual. Only what an answer of ours
// can have is told apart; everything else is what it costs at worst.
const SIX_MONTHS = 15_768_000;

// { name: [values] } of all policies of an answer; a browser obeys each of them.
function directives(policy) {
  return Object.fromEntries(policy.split(/[;,]/).map((one) => one.trim().split(/\s+/))
    .filter(([name]) => name).map(([name, ...values]) => [name.toLowerCase(), values]));
}

function policyScore(csp) {
  if (!csp['default-src'] && !csp['script-src']) {
    return -25;
  }
  const unsafe = Object.entries(csp).some(([name, values]) => name !== 'frame-ancestors' &&
    values.some((value) => /unsafe|^\*$|^(https?|data):$/.test(value)));
  if (unsafe) {
    return -20;
  }
  return csp['default-src']?.join() === '\'none\'' ? 10 : 5;
}

function cookieScore(cookies) {
  if (cookies.length === 0) {
    return 0;
  }
  if (cookies.some(({ line }) => !/; Secure/.test(line))) {
    return -20;
  }
  return cookies.every(({ line }) => /; HttpOnly/.test(line) && /; SameSite=/.test(line)) ? 5 : 0;
}

const is = (value, wanted, good, bad) => (wanted.test(value ?? '') ? good : bad);

// `site` is the host's: its Strict-Transport-Security, and whether http leads to https.
export function observatory(answer, site) {
  const { headers } = answer;
  const csp = directives(headers['content-security-policy'] ?? '');
  const parts = {
    'content-security-policy': policyScore(csp),
    'cookies': cookieScore(answer.cookies),
    'cross-origin-resource-sharing': headers['access-control-allow-origin'] ? -50 : 0,
    'redirection': site.redirects ? 0 : -20,
    'referrer-policy': is(headers['referrer-policy'], /^(no-referrer|same-origin|strict-origin.*)$/, 5, 0),
    'strict-transport-security':
      Number(/max-age=(\d+)/.exec(site.transport)?.[1] ?? 0) >= SIX_MONTHS ? 0 : -20,
    'subresource-integrity': / src="(https?:)?\/\//.test(answer.text) ? -5 : 0,
    'x-content-type-options': is(headers['x-content-type-options'], /^nosniff$/, 0, -5),
    'x-frame-options': csp['frame-ancestors'] ? 5 : -20,
    'cross-origin-resource-policy':
      is(headers['cross-origin-resource-policy'], /^same-origin$/, 10, 0),
  };
  const score = Object.values(parts).reduce((sum, part) => sum + part, 100);
  return { score, parts, grade: score >= 100 ? 'A+' : 'below' };
}
