// Shows pages of this portal inside a merchant's page, each in a frame as tall as what
// is in it:
//
//   <div data-pforte="https://portal.example/order/…"><a href="…">Order</a></div>
//   <script src="https://portal.example/embed.js" async></script>
//
// The portal must list the merchant's site (pforte tenant frame). Without JavaScript the
// link that stands in the element is followed. data-title names the frame for whoever
// does not see it, or else the link does.
(() => {
  'use strict';

  const FIRST = 640; // pixels, until the page has said how tall it is
  const TALLEST = 30000;
  const portal = new URL(document.currentScript.src).origin;
  const frames = [];

  function show(element) {
    const address = new URL(element.dataset.pforte, document.baseURI);
    if (address.origin !== portal || element.querySelector('iframe')) {
      return; // another portal's, which has a script of its own
    }
    const frame = document.createElement('iframe');
    frame.src = address.href;
    frame.title = element.dataset.title || element.textContent.trim();
    Object.assign(frame.style, { display: 'block', width: '100%', height: `${FIRST}px`, border: '0' });
    element.replaceChildren(frame);
    frames.push({ frame, pages: 0 });
  }

  function resize(frame, height) {
    if (Number.isFinite(height) && height > 0) {
      frame.style.height = `${Math.min(Math.ceil(height), TALLEST)}px`;
    }
  }

  // What comes after a form begins at its top, which may be far above the button.
  function meet(shown) {
    shown.pages++;
    if (shown.pages > 1 && shown.frame.getBoundingClientRect().top < 0) {
      shown.frame.scrollIntoView();
    }
  }

  addEventListener('message', ({ origin, source, data }) => {
    const shown = origin === portal && frames.find(({ frame }) => frame.contentWindow === source);
    if (!shown || data === null || typeof data !== 'object') {
      return;
    }
    if (data.pforte === 'page') {
      meet(shown);
    } else if (data.pforte === 'height') {
      resize(shown.frame, data.height);
    }
  });

  const all = () => document.querySelectorAll('[data-pforte]').forEach(show);
  if (document.readyState === 'loading') {
    addEventListener('DOMContentLoaded', all);
  } else {
    all();
  }
})();
