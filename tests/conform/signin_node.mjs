// @azure/msal-node, over TLS, with its own listener on localhost for the way back.

import assert from 'node:assert/strict';
import { ConfidentialClientApplication, InteractionRequiredAuthError, PublicClientApplication, ServerError } from '@azure/msal-node';
import { run, sandbox } from './checks.mjs';

const { credentials } = sandbox;
const { entra, business_central } = sandbox.tls.bases;
const resource = 'https://api.businesscentral.dynamics.com';
const scopes = [`${resource}/Financials.ReadWrite.All`];
const authority = `${entra}/${credentials.tenant}`;
const knownAuthorities = [new URL(entra).host];

const app = (more = {}) => new PublicClientApplication({ auth: { clientId: credentials.client_id, authority, knownAuthorities, ...more } });

const service = (clientSecret = credentials.service_client_secret) =>
  new ConfidentialClientApplication({ auth: { clientId: credentials.service_client_id, clientSecret, authority, knownAuthorities } });

/** A person who answers the page; the browser then goes where it is sent, and sends on what it is given. */
const person = (action, fields = {}) => async url => {
  const page = await (await fetch(url)).text();
  const username = attribute(/name="username" value="([^"]*)"/, page);
  const next = await (await fetch(url, { method: 'POST', body: new URLSearchParams({ username, action, ...fields }) })).text();
  const onwards = attribute(/<form method="post" action="([^"]*)"/, next);
  if (onwards) {
    const hidden = next.match(/<input type="hidden"[^>]*>/g).map(input => [attribute(/name="([^"]*)"/, input), attribute(/value="([^"]*)"/, input)]);
    await (await fetch(onwards, { method: 'POST', body: new URLSearchParams(hidden) })).text();
  }
};

const attribute = (pattern, html) => {
  const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return pattern.exec(html)?.[1].replace(/&(\w+|#39);/g, (whole, name) => entities[name] ?? whole);
};

const signIn = (client, action = 'accept', fields = {}) =>
  client.acquireTokenInteractive({ scopes, openBrowser: person(action, fields), successTemplate: 'in', errorTemplate: 'out' });

async function companies(token) {
  const url = `${business_central}/v2.0/${credentials.tenant}/${credentials.environment}/api/v2.0/companies`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200);
  return (await answer.json()).value;
}

await run({
  'signs in by code with PKCE, back on localhost': async () => {
    const client = app();
    const token = await signIn(client);
    assert.equal(token.account.username, credentials.user);
    assert.equal(token.tenantId, credentials.tenant);
    assert.ok(token.expiresOn > new Date(Date.now() + 3_000_000));
    assert.equal((await companies(token.accessToken))[0].displayName, credentials.company);
  },
  'signs in for organizations, and is told the tenant': async () => {
    const token = await signIn(app({ authority: `${entra}/organizations` }));
    assert.equal(token.account.tenantId, credentials.tenant);
    assert.equal((await companies(token.accessToken)).length, 1);
  },
  'takes a token from its cache, then refreshes it': async () => {
    const client = app();
    const first = await signIn(client);
    const request = { scopes, account: first.account };
    const cached = await client.acquireTokenSilent(request);
    assert.deepEqual([cached.fromCache, cached.accessToken], [true, first.accessToken]);
    const fresh = await client.acquireTokenSilent({ ...request, forceRefresh: true });
    assert.equal(fresh.fromCache, false);
    assert.notEqual(fresh.accessToken, first.accessToken);
    assert.equal((await companies(fresh.accessToken)).length, 1);
  },
  'takes its cache to another start of the program': async () => {
    const client = app();
    const { account, accessToken } = await signIn(client);
    const later = app();
    later.getTokenCache().deserialize(client.getTokenCache().serialize());
    const [known] = await later.getTokenCache().getAllAccounts();
    assert.equal(known.homeAccountId, account.homeAccountId);
    const token = await later.acquireTokenSilent({ scopes, account: known, forceRefresh: true });
    assert.notEqual(token.accessToken, accessToken);
  },
  'is told that the person declined': async () => {
    const error = await signIn(app(), 'cancel').then(() => assert.fail('signed in'), error => error);
    assert.ok(error instanceof ServerError || error instanceof InteractionRequiredAuthError, String(error));
    assert.equal(error.errorCode, 'access_denied');
    assert.match(error.message, /AADSTS65004/);
  },
  'is told which policy blocked the person, and why a session ended': async () => {
    const blocked = await signIn(app(), 'accept', { username: 'aadsts53003@sandbox.example' }).then(() => assert.fail('signed in'), error => error);
    assert.match(`${blocked.errorCode} ${blocked.message}`, /interaction_required.*AADSTS53003/s);
    const client = app();
    const { account } = await signIn(client, 'accept', { username: 'later-aadsts50173@sandbox.example' });
    const ended = await client.acquireTokenSilent({ scopes, account, forceRefresh: true }).then(() => assert.fail('refreshed'), error => error);
    assert.match(`${ended.errorCode} ${ended.message}`, /invalid_grant.*AADSTS50173/s);
  },
  'redeems a code by hand, once': async () => {
    const client = app();
    const redirectUri = 'http://localhost:50124';
    const url = await client.getAuthCodeUrl({ scopes, redirectUri, state: 's' });
    const answer = await fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ username: credentials.user, action: 'accept' }) });
    const back = new URL(answer.headers.get('location')).searchParams;
    assert.equal(back.get('state'), 's');
    const redeem = () => client.acquireTokenByCode({ scopes, redirectUri, code: back.get('code') });
    assert.equal((await redeem()).account.username, credentials.user);
    const error = await redeem().then(() => assert.fail('redeemed twice'), error => error);
    assert.match(`${error.errorCode} ${error.message}`, /invalid_grant.*AADSTS54005/s);
  },
  'signs in by device code, after waiting': async () => {
    let shown;
    const token = await app().acquireTokenByDeviceCode({
      scopes,
      deviceCodeCallback: told => {
        shown = told;
        // After its first question, which finds nobody there yet.
        setTimeout(person('accept', { user_code: told.userCode }), 1_000, told.verificationUri);
      },
    });
    assert.ok(shown.message.includes(shown.userCode));
    assert.equal((await companies(token.accessToken)).length, 1);
  },
  'signs in as an app, with the right secret only': async () => {
    const request = { scopes: [`${resource}/.default`] };
    const client = service();
    const token = await client.acquireTokenByClientCredential(request);
    assert.equal((await companies(token.accessToken)).length, 1);
    assert.equal((await client.acquireTokenByClientCredential(request)).fromCache, true);
    const error = await service('wrong').acquireTokenByClientCredential(request).then(() => assert.fail('signed in'), error => error);
    assert.match(`${error.errorCode} ${error.message}`, /invalid_client.*AADSTS7000215/s);
  },
  'is told of an unknown app': async () => {
    const error = await app({ clientId: '22222222-2222-2222-2222-222222222222' })
      .acquireTokenByRefreshToken({ scopes, refreshToken: 'x' })
      .then(() => assert.fail('signed in'), error => error);
    assert.match(`${error.errorCode} ${error.message}`, /unauthorized_client.*AADSTS700016/s);
  },
});
