// What makes the pages quick. Each page works without it: it asks for the same addresses, for one block at a time, and puts the answer
// in the block's place.
const root = document.documentElement;
root.classList.add("js");
const store = {
  get: (name) => { try { return localStorage.getItem("fastenr." + name); } catch { return null; } },
  set: (name, value) => { try { localStorage.setItem("fastenr." + name, value); } catch { /* kept for this page only */ } },
};
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// Theme and shortcuts, as this browser was told.
const theme = store.get("theme");
if (theme) root.dataset.theme = theme;
for (const control of all("[data-setting]")) {
  const name = control.dataset.setting;
  if (name === "keys") control.checked = store.get("keys") !== "off";
  else control.value = store.get(name) || "";
  control.addEventListener("change", () => {
    if (name === "keys") return store.set("keys", control.checked ? "on" : "off");
    store.set(name, control.value);
    if (control.value) root.dataset.theme = control.value;
    else delete root.dataset.theme;
  });
}

// A block of a page in place of the one that is shown.
async function block(address, name, signal) {
  const answer = await fetch(address, { headers: { "Fastenr-Fragment": name }, credentials: "same-origin", signal });
  if (answer.status === 401) {
    location.assign("/dashboard/sign-in?why=key_expired&next=" + encodeURIComponent(location.pathname + location.search));
    throw new Error("signed out");
  }
  if (!answer.ok) throw new Error(String(answer.status));
  return { html: await answer.text(), address: answer.url };
}
function put(into, html) {
  const focused = document.activeElement && into.contains(document.activeElement) ? document.activeElement.id : "";
  into.innerHTML = html;
  tellPicked();
  if (focused) document.getElementById(focused)?.focus();
}

// Ticked rows of a list, and what can be done to them.
function tellPicked() {
  const button = one("#bulk button");
  if (!button) return;
  const rows = all(".pick-row"), picked = rows.filter((row) => row.checked).length;
  button.disabled = !picked;
  one("#selected").textContent = picked ? picked + " selected" : "";
  const every = one(".pick-all");
  if (every) { every.checked = picked === rows.length; every.indeterminate = picked > 0 && picked < rows.length; }
}
tellPicked();
addEventListener("pageshow", tellPicked);
document.addEventListener("change", (event) => {
  if (event.target.matches(".pick-all")) for (const row of all(".pick-row")) row.checked = event.target.checked;
  if (event.target.matches(".pick-all, .pick-row")) tellPicked();
});

// Panels that come after the page.
for (const panel of all("[data-late]")) {
  block(panel.dataset.late, panel.dataset.block).then(
    ({ html }) => put(panel, html),
    () => { const p = document.createElement("p"); p.className = "quiet"; p.textContent = "This section could not be loaded. Use the link above."; panel.append(p); },
  );
}

// Filters that work while they are set.
for (const form of all("form[data-live]")) {
  const rows = one("#rows");
  if (!rows) continue;
  let running, timer;
  const look = async () => {
    running?.abort();
    running = new AbortController();
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (!value.trim()) continue;
      const before = query.get(name);
      const many = one(`input[type=checkbox][name="${CSS.escape(name)}"]`, form) && before;
      query.set(name, many ? before + "," + value : value);
    }
    const address = form.action + (query.size ? "?" + query.toString().replaceAll("%2C", ",") : "");
    try {
      const found = await block(address, "rows", running.signal);
      put(rows, found.html);
      history.replaceState(null, "", address);
    } catch (error) {
      if (error.name !== "AbortError") form.requestSubmit();
    }
  };
  const soon = (wait) => { clearTimeout(timer); timer = setTimeout(look, wait); };
  form.addEventListener("input", (event) => soon(event.target.type === "search" || event.target.tagName === "INPUT" && event.target.type === "text" ? 300 : 0));
  form.addEventListener("submit", (event) => { event.preventDefault(); soon(0); for (const menu of all("details[open]", form)) menu.open = false; });
}

// The end of the session is said before it comes; in every tab, whichever asked for more time.
let end = 0;
const until = (left) => { end = left === undefined ? 0 : Date.now() + left * 1000; };
const tellEnd = () => {
  const note = one("#ending");
  if (!note || !end) return;
  note.hidden = end - Date.now() > note.dataset.before * 1000;
  if (end > Date.now() || one("a", note)) return;
  const again = document.createElement("a");
  Object.assign(again, { href: "/dashboard/sign-in", target: "_blank", textContent: "Sign in again" });
  one("p", note).replaceChildren("Your session has ended. ", again, " in a new tab, then continue here.");
  one("form", note)?.remove();
};
until(one("#ending")?.dataset.left);
setInterval(tellEnd, 5000);
document.addEventListener("visibilitychange", tellEnd);
addEventListener("storage", (event) => {
  if (event.key === "fastenr.end") { end = Math.max(end, Number(event.newValue)); tellEnd(); }
});
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("#ending form");
  if (!form) return;
  event.preventDefault();
  try {
    const answer = await fetch(form.action, { method: "POST", headers: { "Fastenr-Fragment": "ending" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    one("#ending").outerHTML = await answer.text();
    until(one("#ending")?.dataset.left);
    store.set("end", String(end));
    one("#main").focus({ preventScroll: true });
  } catch { form.submit(); }
});

// While the tab is looked at, the server says when something changed: the bell is asked for again, the page is left as it is.
let changes, told = 0, next = 0, waiting;
const tellChanges = () => {
  waiting ??= setTimeout(async () => {
    waiting = undefined;
    next = Date.now() + 5000;
    const note = one("#news");
    one("span", note).textContent = told === 1 ? "1 change" : told + " changes";
    one("a", note).href = location.pathname + location.search;
    note.hidden = !told;
    const bell = one("#bell");
    try {
      const fresh = document.createElement("template");
      fresh.innerHTML = (await block(bell.pathname, "bell")).html;
      const rung = fresh.content.firstElementChild;
      bell.innerHTML = rung.innerHTML;
      bell.setAttribute("aria-label", rung.getAttribute("aria-label"));
    } catch { /* with the next change */ }
  }, Math.max(200, next - Date.now()));
};
const followChanges = () => {
  const address = one("#bell")?.dataset.events;
  if (document.hidden || !address) { changes?.close(); changes = undefined; return; }
  if (changes) return;
  changes = new EventSource(address);
  changes.addEventListener("message", (event) => { told += Number(event.data); tellChanges(); });
};
followChanges();
document.addEventListener("visibilitychange", () => { followChanges(); if (!document.hidden && one("#bell")) tellChanges(); });
addEventListener("pagehide", () => { changes?.close(); changes = undefined; });
addEventListener("pageshow", followChanges);

// What the box in the header may mean, while it is typed: accounts and pages, below it.
const finder = one("#find"), found = one("#found");
let finding, findSoon;
const closeFound = () => {
  if (!found || found.hidden) return false;
  const inside = found.contains(document.activeElement);
  found.hidden = true;
  if (inside) finder.focus();
  return true;
};
finder?.addEventListener("input", () => {
  clearTimeout(findSoon);
  finding?.abort();
  if (!finder.value.trim()) return closeFound();
  findSoon = setTimeout(async () => {
    finding = new AbortController();
    try {
      found.innerHTML = (await block("/dashboard/find?q=" + encodeURIComponent(finder.value.trim()), "found", finding.signal)).html;
      found.hidden = false;
    } catch { /* Enter asks for the page */ }
  }, 120);
});
finder?.form.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || found.hidden) return;
  const stops = [finder, ...all("a", found)], now = stops.indexOf(document.activeElement);
  stops[(now + (event.key === "ArrowDown" ? 1 : stops.length - 1)) % stops.length].focus();
  event.preventDefault();
});
document.addEventListener("focusin", (event) => { if (!finder?.form.contains(event.target)) closeFound(); });

// Choices that are saved as they are made.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form) form.requestSubmit();
});

// A form is sent once; what was typed is kept until it was, in case the session has ended.
const kept = "fastenr.form " + location.pathname;
for (const form of all("form[data-keep]")) {
  try {
    const before = JSON.parse(sessionStorage.getItem(kept) || "null");
    if (before && !one("[role=alert]", form)) {
      for (const [name, value] of before) {
        const field = form.elements.namedItem(name);
        if (field && field.type !== "hidden") field.value = value;
      }
    }
    sessionStorage.removeItem(kept);
  } catch { /* nothing was kept */ }
  form.addEventListener("submit", () => {
    try { sessionStorage.setItem(kept, JSON.stringify([...new FormData(form)].filter(([name]) => !["version", "was", "idempotency_key"].includes(name)))); } catch { /* not kept */ }
  });
}
if (!one("form[data-keep]") && !location.pathname.startsWith("/dashboard/sign-in")) {
  try { for (const name of Object.keys(sessionStorage)) if (name.startsWith("fastenr.form ")) sessionStorage.removeItem(name); } catch { /* nothing was kept */ }
}
one("#mistakes, .note[role=alert]")?.focus();

// Menus close where something else is meant.
document.addEventListener("click", (event) => {
  if (!finder?.form.contains(event.target)) closeFound();
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  const opens = event.target.closest("[data-open]");
  if (opens) {
    event.preventDefault();
    one("#" + opens.dataset.open)?.showModal();
  }
});

// Keys, unless they are off or something is typed.
let first = "", at = -1;
const press = (keys) => {
  const target = all(`[data-keys="${keys}"]`).find((element) => element.offsetParent !== null || element.closest("details"));
  if (!target) return false;
  if (target.tagName === "INPUT") { target.focus(); target.select(); } else target.click();
  return true;
};
const move = (by) => {
  const rows = all("[data-row]");
  if (!rows.length) return false;
  rows[at]?.classList.remove("at");
  at = Math.min(Math.max(at + by, 0), rows.length - 1);
  rows[at].classList.add("at");
  one("a", rows[at])?.focus();
  return true;
};
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && store.get("keys") !== "off") {
    if (!one("dialog[open]") && press("/")) event.preventDefault();
    return;
  }
  if (event.key === "Escape") {
    if (closeFound()) return;
    const open = all("details.menu[open]").pop();
    if (open) { open.open = false; one("summary", open)?.focus(); } else if (typing) event.target.blur();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || store.get("keys") === "off" || one("dialog[open]")) return;
  const key = event.key, was = first;
  first = "";
  let done = false;
  if (was) done = press(was + " " + key);
  else if (key === "g") { first = "g"; setTimeout(() => { first = ""; }, 1200); done = true; }
  else if (key === "j") done = move(1);
  else if (key === "k") done = move(-1);
  else if (key === "x") { const box = one(".at .pick-row"); if (box) { box.click(); done = true; } }
  else if (key === "r") { location.reload(); done = true; }
  else if (key === "]") { const next = one(".pager a[rel=next]"); if (next) { next.click(); done = true; } }
  else if (key === "[") { const begin = one(".pager a:not([rel])"); if (begin) { begin.click(); done = true; } }
  else if (key === "?") { one("#keys")?.showModal(); done = true; }
  else if (key.length === 1) done = press(key);
  if (done) event.preventDefault();
});
