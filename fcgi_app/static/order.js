// The summary of an order, kept up to date while somebody types. The server reckons: it
// is asked for the page with what stands in the form, as by the button "Update the
// summary", and what it says of quantities, coupon and sums is taken over. Without this
// script the button does it.
'use strict';

(() => {
  const WAIT_MS = 400; // after the last key
  const LIMIT_MS = 10000;
  const form = document.querySelector('.order form');
  const summary = document.getElementById('summary');
  const stale = document.getElementById('summary-stale');
  let timer = 0;
  let asking = null;

  const isWish = (control) => /^(component-|coupon$)/.test(control.name);
  // what the mandate of a direct debit says, which is part of the summary
  const isMandate = (control) => control.name === 'pay' ||
    (!isWish(control) && form.elements.pay?.value === 'direct_debit' && /^(text|email)$/.test(control.type));

  // All of a field but its control, which may have the focus.
  function takeField(control, fresh) {
    const field = control.closest('.field');
    const others = fresh.closest('.field');
    field.className = others.className;
    for (const name of ['aria-invalid', 'aria-describedby']) {
      if (fresh.hasAttribute(name)) {
        control.setAttribute(name, fresh.getAttribute(name));
      } else {
        control.removeAttribute(name);
      }
    }
    [...field.childNodes].filter((node) => node !== control).forEach((node) => node.remove());
    const nodes = [...others.childNodes];
    const at = nodes.indexOf(fresh);
    control.before(...nodes.slice(0, at));
    control.after(...nodes.slice(at + 1));
  }

  // "shown" says which summary it was that somebody ordered by.
  function takeHidden(fresh) {
    form.querySelectorAll('input[type=hidden]').forEach((one) => one.remove());
    form.prepend(...fresh.querySelectorAll('input[type=hidden]'));
  }

  function take(page) {
    const fresh = page.querySelector('.order form');
    [...form.elements].filter(isWish).forEach((control) => {
      const other = fresh.elements.namedItem(control.name);
      if (other) {
        takeField(control, other);
      }
    });
    takeHidden(fresh);
    summary.replaceChildren(...page.getElementById('summary').childNodes);
  }

  async function answer(signal) {
    const body = new URLSearchParams(new FormData(form));
    body.set('step', 'preview');
    const got = await fetch(form.action, { method: 'POST', body, signal, redirect: 'error' });
    const page = new DOMParser().parseFromString(await got.text(), 'text/html');
    if (!page.getElementById('summary')) {
      throw new Error(String(got.status));
    }
    return page;
  }

  async function ask() {
    const mine = new AbortController();
    const limit = setTimeout(() => mine.abort(), LIMIT_MS);
    if (asking) {
      asking.abort();
    }
    asking = mine;
    summary.setAttribute('aria-busy', 'true');
    let failed = false;
    try {
      const page = await answer(mine.signal);
      if (asking === mine) {
        take(page);
      }
    } catch {
      failed = true;
    }
    clearTimeout(limit);
    if (asking === mine) {
      asking = null;
      summary.removeAttribute('aria-busy');
      stale.hidden = !failed;
    }
  }

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  }

  form.addEventListener('input', ({ target }) => {
    if ((isWish(target) && target.name !== 'coupon') || isMandate(target)) { // half a code is none
      later(WAIT_MS);
    }
  });
  form.addEventListener('change', ({ target }) => {
    if (target.name === 'coupon') {
      later(0);
    }
  });
  // what a browser fills in again when somebody comes back
  addEventListener('pageshow', () => {
    const changed = (one) => (one.type === 'checkbox' ? one.checked !== one.defaultChecked : one.value !== one.defaultValue);
    if ([...form.elements].filter(isWish).some(changed)) {
      later(0);
    }
  });
})();
