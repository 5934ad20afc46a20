// @ts-check
// One stream for all tabs of a reader: each tab says from which place of the audit it was drawn, and hears what changes behind that.
"use strict";

(() => {
  /** @type {Set<MessagePort>} */
  const ports = new Set();
  /** @type {Map<MessagePort, number>} */
  const heard = new Map();
  /** @type {EventSource | null} */
  let source = null;
  /** @type {string | null} */
  let place = null;
  /** @type {{kind: string, at: number}} */
  let state = { kind: "away", at: Date.now() };

  /** @param {unknown} message */
  const toAll = (message) => {
    for (const port of ports) port.postMessage(message);
  };

  /** @param {string} kind */
  const become = (kind) => {
    if (state.kind !== kind) state = { kind, at: Date.now() };
    toAll({ kind, at: state.at });
  };

  const open = () => {
    if (source) return;
    source = new EventSource("../stream");
    source.onopen = () => become("live");
    source.onmessage = (message) => {
      const news = JSON.parse(message.data);
      if (!("names" in news) && place !== null && place !== news.place) news.all = true;
      place = news.place ?? place;
      toAll({ kind: "news", news });
    };
    source.onerror = () => {
      become("away");
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        // It was answered, and refused: whether the session has ended a page finds out by asking.
        toAll({ kind: "refused" });
        setTimeout(() => { if (ports.size > 0) open(); }, 3000);
      }
    };
  };

  /** @param {MessagePort} port */
  const leave = (port) => {
    ports.delete(port);
    heard.delete(port);
    if (ports.size === 0 && source) {
      source.close();
      source = null;
      place = null;
    }
  };

  // A tab that has been closed says nothing any more.
  setInterval(() => {
    for (const [port, at] of heard) if (Date.now() - at > 90000) leave(port);
  }, 15000);

  /** @type {any} */ (self).onconnect = (/** @type {MessageEvent} */ event) => {
    const port = event.ports[0];
    port.onmessage = (message) => {
      if (message.data.kind === "leave") return leave(port);
      heard.set(port, Date.now());
      if (message.data.kind !== "join") return;
      ports.add(port);
      open();
      port.postMessage(state);
      // What happened between its drawing and now it may have missed.
      if (place !== null && place !== message.data.place) port.postMessage({ kind: "news", news: { all: true } });
    };
    port.start();
  };
})();
