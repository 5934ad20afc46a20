// @ts-check
// Makes pages live: when the server says that something has changed, the page is asked for again and what differs is put in place. Without this script
// all can be read and done as well.
"use strict";

(() => {
  const body = document.body;
  const base = body.dataset.base ?? "/ui";
  const watched = (body.dataset.watch ?? "").split(" ").filter(Boolean);
  const pace = Number(body.dataset.pace ?? 600);
  const polls = () => document.body.dataset.polls === "yes";
  let place = body.dataset.place ?? "";

  // Times, in the reader's zone; the exact one stays to be seen.
  const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  /** @param {ParentNode} root */
  const localize = (root) => {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.getAttribute("datetime") ?? "");
      if (!Number.isNaN(at.getTime())) time.textContent = shown.format(at);
    }
  };

  /** @param {Element} element */
  const isHeld = (element) => {
    const focused = document.activeElement;
    if (focused && focused !== document.body && element.contains(focused) && focused.matches("a[href], time, input, select, textarea, button, summary")) return true;
    if (element.querySelector("details[open]")) return true;
    const fields = element.querySelectorAll("input, textarea, select");
    for (const field of fields) {
      if (field instanceof HTMLInputElement && (field.type === "checkbox" ? field.checked !== field.defaultChecked : field.type !== "hidden" && field.value !== field.defaultValue)) return true;
      if (field instanceof HTMLTextAreaElement && field.value !== field.defaultValue) return true;
      if (field instanceof HTMLSelectElement && [...field.options].some((option) => option.selected !== option.defaultSelected) && [...field.options].some((option) => option.defaultSelected)) return true;
    }
    return false;
  };

  /** @param {Node} node */
  const key = (node) => (node instanceof Element ? node.getAttribute("data-id") ?? node.id ?? "" : "");
  /** @param {Node} one @param {Node} other */
  const alike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName && key(one) === key(other);

  /** @param {Element} old @param {Element} fresh */
  const attributes = (old, fresh) => {
    const keeps = old instanceof SVGSVGElement && old.dataset.zoomed === "yes" ? ["width", "height", "data-zoomed"] : [];
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !keeps.includes(name) && name !== "open") old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value && !keeps.includes(name)) old.setAttribute(name, value);
  };

  /** Puts `fresh` in the place of `old`, keeping what is the same. @param {Node} old @param {Node} fresh */
  const become = (old, fresh) => {
    if (!(old instanceof Element) || !(fresh instanceof Element)) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    if (old.matches("form") && isHeld(old)) return;
    // It says for a moment that it has copied.
    if (old.matches("[data-said]")) return;
    attributes(old, fresh);
    if (old.matches("table[data-list]")) return rows(old, fresh);
    children(old, fresh);
  };

  /** @param {Element} old @param {Element} fresh */
  const children = (old, fresh) => {
    // A row with focus or an open form stays where it is: what is around it changes in place.
    const still = old.matches("tbody") && isHeld(old);
    // What has gone goes first: else all behind it would be moved, and lose focus, selection and place.
    const wantedKeys = new Set([...fresh.childNodes].map(key));
    for (const child of [...old.children]) {
      if (!still && key(child) !== "" && !wantedKeys.has(key(child)) && !child.matches("[data-kept]") && !isHeld(child)) child.remove();
    }
    let at = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      // What this script has added stays where it is.
      while (at instanceof Element && at.matches("[data-kept]")) at = at.nextSibling;
      let found = at;
      while (found && !alike(found, wanted)) found = found.nextSibling;
      if (found && still) {
        become(found, wanted);
        continue;
      }
      if (found && key(wanted) === "" && found !== at && wanted.nodeType !== Node.TEXT_NODE) {
        // Without a key the next of its kind is as good, unless one with a key would be lost.
        let between = at;
        while (between && between !== found && key(between) === "") between = between.nextSibling;
        if (between !== found) found = null;
      }
      if (!found) {
        old.insertBefore(document.importNode(wanted, true), still ? null : at);
        continue;
      }
      if (found !== at) old.insertBefore(found, at);
      else at = at.nextSibling;
      become(found, wanted);
    }
    while (at && !still) {
      const next = at.nextSibling;
      if (!(at instanceof Element && (at.matches("[data-kept]") || isHeld(at)))) old.removeChild(at);
      at = next;
    }
  };

  /** @type {Set<string>} */
  let waiting = new Set();

  /** A list: its rows follow, new ones wait until they are asked for. @param {Element} old @param {Element} fresh */
  const rows = (old, fresh) => {
    /** @type {Map<string, Element>} */
    const known = new Map();
    for (const row of old.querySelectorAll("tbody > tr")) known.set(key(row), row);
    waiting = new Set();
    for (const row of fresh.querySelectorAll("tbody > tr")) {
      const same = known.get(key(row));
      if (same) become(same, row);
      else waiting.add(key(row));
    }
    // What the list has no more goes. Behind the last row that both have it may be that new ones have pushed it to the next page.
    const listed = new Set([...fresh.querySelectorAll("tbody > tr")].map(key));
    const more = fresh.ownerDocument.querySelector('[rel="next"]') !== null;
    const all = [...known.values()];
    const last = Math.max(-1, ...all.map((row, at) => (listed.has(key(row)) ? at : -1)));
    for (const [at, row] of all.entries()) if (!listed.has(key(row)) && !isHeld(row) && (at < last || !more)) row.remove();
    const bar = document.getElementById("new-rows") ?? document.createElement("p");
    bar.id = "new-rows";
    bar.dataset.kept = "yes";
    bar.setAttribute("role", "status");
    bar.replaceChildren();
    if (waiting.size > 0) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${waiting.size} new`;
      button.addEventListener("click", () => location.reload());
      bar.append(button);
    }
    const frame = old.closest(".table");
    if (frame && !bar.isConnected) frame.before(bar);
  };

  // What falls due has no event: when the nearest time to come of those that are shown has come, or the seconds that a part names have passed, the page is
  // asked for again, and once more a second later, by when every server has seen it.
  let due = Infinity;
  const expect = () => {
    const times = [...document.querySelectorAll("main time[datetime]")].map((time) => Date.parse(time.getAttribute("datetime") ?? ""));
    for (const part of document.querySelectorAll("[data-due-in]")) times.push(Date.now() + Number(part.getAttribute("data-due-in")) * 1000);
    due = Math.min(...times.filter((at) => at > Date.now()));
  };

  let asking = false;
  let again = false;
  let notBefore = 0;
  let timer = 0;

  const ask = async () => {
    timer = 0;
    if (document.hidden && !polls()) return void (again = true);
    asking = true;
    again = false;
    const begun = Date.now();
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
      if (answer.redirected && new URL(answer.url).pathname.endsWith("/login")) {
        // Who has typed something sends it, and is answered with a page that keeps it.
        const typed = document.getElementById("main");
        if (typed && isHeld(typed)) light("away", Date.now());
        else location.assign(answer.url);
        return;
      }
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        localize(fresh);
        place = fresh.body.dataset.place ?? place;
        document.body.dataset.polls = fresh.body.dataset.polls ?? "";
        const [now, then] = [document.getElementById("main"), fresh.getElementById("main")];
        if (now && then) children(now, then);
        expect();
      }
    } catch {
      // The lamp says that it is not live; the stream comes back by itself.
    } finally {
      asking = false;
      notBefore = Math.max(begun + pace, Date.now() + (Date.now() - begun));
      if (again) soon();
    }
  };

  const soon = () => {
    again = true;
    if (asking || timer) return;
    timer = window.setTimeout(ask, Math.max(0, notBefore - Date.now()));
  };

  /** @param {{all?: boolean, names?: string[]}} news */
  const hear = (news) => {
    if (news.all || (news.names && watched.some((name) => name === "any" || news.names?.includes(name)))) soon();
  };

  const lamp = document.getElementById("lamp");
  /** @param {string} kind @param {number} at */
  const light = (kind, at) => {
    if (!lamp) return;
    const words = kind === "live" ? "live" : `not live since ${shown.format(at)}`;
    if (lamp.textContent !== words) lamp.textContent = words;
    lamp.dataset.live = kind === "live" ? "yes" : "no";
  };

  /** @param {{kind: string, at?: number, news?: object}} message */
  const take = (message) => {
    if (message.kind === "news") hear(message.news ?? {});
    else if (message.kind === "refused") soon();
    else light(message.kind, message.at ?? Date.now());
  };

  const share = () => {
    const worker = new SharedWorker(`${base}/assets/shared.js`);
    const port = worker.port;
    port.onmessage = (event) => take(event.data);
    port.start();
    const join = () => port.postMessage({ kind: "join", place });
    join();
    setInterval(() => port.postMessage({ kind: "here" }), 20000);
    addEventListener("pagehide", () => port.postMessage({ kind: "leave" }));
    addEventListener("pageshow", (event) => { if (event.persisted) join(); });
  };

  // Without shared workers each tab has a stream, but only while it is looked at.
  const alone = () => {
    /** @type {EventSource | null} */
    let source = null;
    const open = () => {
      source = new EventSource(`${base}/stream`);
      let first = true;
      source.onopen = () => light("live", Date.now());
      source.onmessage = (event) => {
        const news = JSON.parse(event.data);
        hear(first && news.place !== place ? { all: true } : news);
        first = false;
      };
      source.onerror = () => {
        light("away", Date.now());
        if (!source || source.readyState !== EventSource.CLOSED) return;
        source = null;
        soon();
        setTimeout(() => { if (!document.hidden && !source) open(); }, 3000);
      };
    };
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && !source) open();
      else if (document.hidden && source) {
        source.close();
        source = null;
      }
    });
    if (!document.hidden) open();
  };

  if (lamp) {
    light("away", Date.now());
    if ("SharedWorker" in window) share();
    else alone();
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden && again) soon(); });
  setInterval(() => { if (polls() && !document.hidden) soon(); }, 1000);
  setInterval(() => {
    if (Date.now() < due + 200) return;
    due = Infinity;
    soon();
    setTimeout(soon, 1000);
  }, 500);

  // Copying, and the graph's size.
  document.addEventListener("click", async (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const copy = target?.closest("[data-copy]");
    if (copy instanceof HTMLElement) {
      try {
        await navigator.clipboard.writeText(copy.dataset.copy ?? "");
        if (copy.dataset.said) return;
        const sign = copy.textContent;
        copy.dataset.said = "yes";
        copy.textContent = "copied";
        setTimeout(() => {
          copy.textContent = sign;
          delete copy.dataset.said;
        }, 2000);
      } catch {
        copy.textContent = copy.dataset.copy ?? "";
      }
    }
    const zoom = target?.closest("[data-zoom]");
    const svg = document.querySelector("#graph svg");
    const frame = document.getElementById("graph");
    if (zoom instanceof HTMLElement && svg instanceof SVGSVGElement && frame) {
      const box = svg.viewBox.baseVal;
      const now = svg.getBoundingClientRect().width / box.width;
      const scale = zoom.dataset.zoom === "fit" ? Math.min(1, (frame.clientWidth - 32) / box.width) : now * (zoom.dataset.zoom === "in" ? 1.25 : 0.8);
      svg.setAttribute("width", String(box.width * scale));
      svg.setAttribute("height", String(box.height * scale));
      svg.dataset.zoomed = "yes";
    }
  });

  localize(document);
  expect();
})();
