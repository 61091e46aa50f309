// The playground in a real browser against a running server: LIENTHONG_URL names it, CHROMIUM the browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const base = process.env.LIENTHONG_URL?.replace(/\/$/, '');
assert.ok(process.env.LIENTHONG_PASSWORD, 'LIENTHONG_PASSWORD is missing: the password of admin');
assert.ok(base, 'LIENTHONG_URL is missing: the base address of a running server, such as http://localhost:8080');

let browser, page, headers;
const complaints = []; // of the page, its workers and its security policy
const strangers = []; // requests that left the server
let early = 0; // presses of Execute before the page had noticed the change of tab, refused with 400

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  page.on('websocket', (socket) => strangers.push(socket.url()));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && origin !== new URL(base).origin) strangers.push(request.url());
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
    );
  });
  const response = await page.goto(`${base}/playground`);
  assert.equal(response.status(), 200);
  headers = response.headers();
});

after(() => browser?.close());

/** Presses Execute, again until the page has noticed a change of tab (it debounces); the answer. */
async function execute() {
  for (;;) {
    const answer = page.waitForResponse((response) => response.url() === `${base}/graphql`);
    await page.getByRole('button', { name: /^execute query/i }).click();
    const response = await answer;
    const { query, operationName } = response.request().postDataJSON();
    if (query.includes(`query ${operationName} {`)) return response.json();
    if (response.status() === 400) early += 1;
  }
}

test('the page carries its security headers', () => {
  const policy = headers['content-security-policy']?.split(';').map((directive) => directive.trim());
  assert.ok(policy, 'no Content-Security-Policy');
  for (const directive of ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]) {
    assert.ok(policy.includes(directive), `${directive} is missing`);
  }
  assert.equal(headers['x-content-type-options'], 'nosniff');
});

test('the first tab answers with Phú Thọ', { timeout: 60_000 }, async () => {
  await page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'PhuTho' }).waitFor();
  await execute();
  await page.getByLabel('Result Window').filter({ hasText: /Phú\sThọ/ }).waitFor();
});

test('every starter answers without errors', { timeout: 120_000 }, async () => {
  const tabs = page.getByRole('tab');
  assert.ok((await tabs.count()) > 1, 'there are no tabs');
  for (const tab of await tabs.all()) {
    await tab.click();
    const { data, errors } = await execute();
    assert.deepEqual(errors ?? [], []);
    assert.ok(data);
  }
});

test('documentation and suggestions come from the schema', async () => {
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).click();
  await page.locator('.graphiql-doc-explorer').getByText('provinces', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'New tab' }).click();
  await page.locator('.graphiql-query-editor .monaco-editor').click();
  await page.keyboard.type('{ codeHis');
  await page.locator('.suggest-widget').getByText('codeHistory').first().waitFor();

  const workers = page.workers().map((worker) => new URL(worker.url()));
  for (const name of ['editor', 'json', 'graphql']) {
    assert.ok(workers.some(({ pathname }) => pathname.startsWith(`/playground/assets/${name}.worker`)), `${name}.worker`);
  }
});

test('whoever signs in is asked for with what they run, and nothing of it is kept', async () => {
  const panel = page.locator('.sign-in');
  await panel.getByRole('button', { name: /sign in/i }).click();
  await page.getByLabel(/user name/i).fill('admin');
  await page.getByLabel(/^mật khẩu · password/i).fill('wrong');
  await page.getByRole('form', { name: 'Sign in' }).getByRole('button').click();
  await page.getByRole('alert').filter({ hasText: /password is wrong|mật khẩu không đúng/i }).waitFor();
  await page.getByLabel(/^mật khẩu · password/i).fill(process.env.LIENTHONG_PASSWORD);
  await page.getByRole('form', { name: 'Sign in' }).getByRole('button').click();
  await panel.getByText('admin').waitFor();
  assert.match(await panel.innerText(), /ADMIN/);

  const sent = page.waitForRequest((request) => request.url() === `${base}/graphql`);
  await page.getByRole('tab').first().click();
  await execute();
  assert.match((await (await sent).allHeaders()).authorization ?? '', /^Bearer /);
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie);
  for (const secret of [process.env.LIENTHONG_PASSWORD, 'Bearer', 'rt_']) assert.ok(!stored.includes(secret), secret);

  await panel.getByRole('button', { name: /sign out/i }).click();
  await panel.getByRole('button', { name: /sign in/i }).waitFor();
  const anonymous = page.waitForRequest((request) => request.url() === `${base}/graphql`);
  await execute();
  assert.equal((await (await anonymous).allHeaders()).authorization, undefined);
});

test('nothing left the server and nothing complained', () => {
  assert.deepEqual(strangers, []);
  const refused = complaints.filter((complaint) => complaint.includes('status of 400'));
  assert.equal(refused.length, early);
  assert.deepEqual(complaints.filter((complaint) => !refused.includes(complaint)), []);
});
