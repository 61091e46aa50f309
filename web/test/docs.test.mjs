// The documentation in a real browser against a running server: LIENTHONG_URL names it, CHROMIUM the browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const base = process.env.LIENTHONG_URL?.replace(/\/$/, '');
assert.ok(base, 'LIENTHONG_URL is missing: the base address of a running server, such as http://localhost:8080');

let browser, page;
const complaints = []; // of the page and its security policy
const elsewhere = []; // requests that left the server

before(async () => {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
  page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && origin !== new URL(base).origin) elsewhere.push(request.url());
  });
});

after(() => browser?.close());

test('a page is found by a search', async () => {
  assert.equal((await page.goto(`${base}/docs/`)).status(), 200);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.locator('#localsearch-input').fill('idempotency key');
  await page.getByRole('listbox').locator('a[href*="/idempotency"]').first().click();
  await page.waitForURL(/idempotency/);
  await page.getByRole('heading', { level: 1, name: 'Idempotency' }).waitFor();
});

test('a Vietnamese page is found without tone marks', async () => {
  assert.equal((await page.goto(`${base}/docs/vi/`)).status(), 200);
  await page.getByRole('button', { name: 'Tìm kiếm' }).click();
  await page.locator('#localsearch-input').fill('bang tinh');
  await page.getByRole('listbox').locator('a[href*="/bang-tinh"]').first().click();
  await page.waitForURL(/bang-tinh/);
  await page.getByRole('heading', { level: 1, name: 'Đưa bảng tính vào' }).waitFor();
});

test('a diagram is shown', async () => {
  await page.goto(`${base}/docs/domain/data-links.html`);
  const image = page.getByRole('img', { name: 'States of a data link' });
  await image.waitFor();
  assert.ok(await image.evaluate((shown) => shown.complete && shown.naturalWidth > 0));
});

test('the documentation needs no other server, and keeps to its policy', () => {
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(complaints, []);
});
