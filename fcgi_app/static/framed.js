// Tells the page that this one is inside of how tall it is, so that it needs no scroll
// bar (embed.js). Only sites that may frame it can hear that.
'use strict';

(() => {
  const listed = document.currentScript.dataset.origins.split(' ');
  const [above] = location.ancestorOrigins ?? []; // Firefox does not tell
  const origins = listed.includes(above) ? [above] : listed;
  let told = 0;

  const tell = (message) => origins.forEach((origin) => parent.postMessage(message, origin));

  function tellHeight() {
    const { height } = document.documentElement.getBoundingClientRect();
    if (height !== told) {
      told = height;
      tell({ pforte: 'height', height });
    }
  }

  if (parent !== window) {
    tell({ pforte: 'page' });
    new ResizeObserver(tellHeight).observe(document.documentElement);
  }
})();
