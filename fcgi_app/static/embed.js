// Shows pages of this portal inside a merchant's page, each in a frame as tall as what
// is in it:
//
//   <div data-pforte="https://portal.example/order/…"><a href="…">Order</a></div>
//   <script src="https://portal.example/embed.js" async></script>
//
// The portal must list the merchant's site (pforte tenant frame). Without JavaScript the
// link that stands in the element is followed. data-title names the frame for whoever
// does not see it, or else the link does. Pages tell how tall they are by framed.js, of
// whatever release: browsers keep this script for an hour.
(() => {
  'use strict';

  const FIRST = 640; // pixels, of a page that does not say how tall it is
  const TALLEST = 30000;
  const SOON = 500; // milliseconds after a page is loaded: by then it has said so
  const portal = new URL(document.currentScript.src).origin;
  const frames = [];

  function resize(frame, height) {
    if (Number.isFinite(height) && height > 0) {
      frame.style.height = `${Math.min(Math.ceil(height), TALLEST)}px`;
    }
  }

  // What comes after a form begins at its top, which may be far above the button.
  function meet({ frame }) {
    if (frame.getBoundingClientRect().top < 0) {
      frame.scrollIntoView();
    }
  }

  // An error page of the server has no script: it must not stand at the top of a frame
  // as tall as the page before.
  function look(shown) {
    if (shown.pages === shown.seen) {
      resize(shown.frame, FIRST);
      meet(shown);
    }
    shown.seen = shown.pages;
  }

  function show(element) {
    const address = new URL(element.dataset.pforte, document.baseURI);
    if (address.origin !== portal || element.querySelector('iframe')) {
      return; // another portal's, which has a script of its own
    }
    const frame = document.createElement('iframe');
    const shown = { frame, pages: 0, seen: 0 };
    frame.src = address.href;
    frame.title = element.dataset.title || element.textContent.trim();
    Object.assign(frame.style, { display: 'block', width: '100%', height: `${FIRST}px`, border: '0' });
    frame.addEventListener('load', () => setTimeout(look, SOON, shown));
    element.replaceChildren(frame);
    frames.push(shown);
  }

  addEventListener('message', ({ origin, source, data }) => {
    const shown = origin === portal && frames.find(({ frame }) => frame.contentWindow === source);
    if (!shown || data === null || typeof data !== 'object') {
      return;
    }
    if (data.pforte === 'page') {
      shown.pages++;
      if (shown.pages > 1) {
        meet(shown);
      }
    } else if (data.pforte === 'height') {
      resize(shown.frame, data.height);
    }
  });

  // One that has no address stays the link that it is, and the others are shown.
  function all() {
    for (const element of document.querySelectorAll('[data-pforte]')) {
      try {
        show(element);
      } catch (error) {
        console.error(`data-pforte="${element.dataset.pforte}"`, error);
      }
    }
  }

  if (document.readyState === 'loading') {
    addEventListener('DOMContentLoaded', all);
  } else {
    all();
  }
})();
