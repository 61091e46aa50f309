// The functions of the page, against the service at LIENTHONG_URL.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { plansOf, ServiceError } from '../build/api.js';

const url = process.env.LIENTHONG_URL;

test('a merged province has the plans of the provinces that it was merged from', async () => {
  const found = await plansOf(url, '25');
  assert.equal(found.fullName, 'Tỉnh Phú Thọ');
  const areas = new Set(found.plans.map((plan) => plan.area.fullName));
  assert.ok(areas.has('Tỉnh Vĩnh Phúc') && areas.has('Tỉnh Phú Thọ'), [...areas].join());
});

test('a code that nobody holds is no error, and one that cannot be is', async () => {
  assert.equal(await plansOf(url, '98'), null);
  await assert.rejects(plansOf(url, 'x'), (error) => error instanceof ServiceError && error.code === 'BAD_USER_INPUT');
});

test('the page is built', () => {
  assert.ok(existsSync(new URL('../dist/index.html', import.meta.url)));
});
