// The page: shows the plans of the province whose code is entered.

import { plansOf, ServiceError } from './api.js';

const form = document.querySelector('form')!;
const heading = document.querySelector('h1')!;
const list = document.querySelector('ul')!;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  list.replaceChildren();
  try {
    const found = await plansOf('', String(new FormData(form).get('code')));
    heading.textContent = found?.fullName ?? 'Không có tỉnh nào mang mã này.';
    for (const plan of found?.plans ?? []) {
      const item = document.createElement('li');
      item.textContent = `${plan.title} (${[plan.number, plan.area.fullName].filter(Boolean).join(', ')})`;
      list.append(item);
    }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    heading.textContent = error.message;
  }
});
form.requestSubmit();
