// Links as a merchant makes them: signed by jose with the tenant's own key.
import { randomUUID } from 'node:crypto';

import { SignJWT, importJWK } from 'jose';

export const now = () => Math.floor(Date.now() / 1000);

// The claims of a good link; undefined takes one out.
export const claimsFor = (tenant, sub, more = {}) => ({
  aud: `pforte:${tenant.id}`, sub, iat: now(), exp: now() + 60, jti: randomUUID(), ...more,
});

export async function sign(claims, { key, alg = 'EdDSA', ...header }) {
  return new SignJWT(claims).setProtectedHeader({ alg, ...header })
    .sign(key instanceof Uint8Array ? key : await importJWK(key, alg));
}

// A token signed with the demo's key of that tenant.
export const tokenFor = (tenant, sub, more) =>
  sign(claimsFor(tenant, sub, more), { key: tenant.sso_key, kid: tenant.sso_key.kid });

export const handoff = (tenant, token) =>
  `/${tenant.id}/sso?token=${encodeURIComponent(token)}`;

export const linkFor = async (tenant, sub, more) =>
  handoff(tenant, await tokenFor(tenant, sub, more));

// The base64url text with one bit changed at a place.
export function flip(token, at) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const value = alphabet.indexOf(token[at]);
  return token.slice(0, at) + alphabet[value ^ 32] + token.slice(at + 1);
}
