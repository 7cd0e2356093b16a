// Leaving at once, covering what is shown when nobody is there, and saying so before signing out.
// Every page works without this file.
"use strict";

const body = document.body;

function leave() {
  document.documentElement.hidden = true;
  document.title = "";
  navigator.sendBeacon(document.getElementById("quick-exit").action);
  location.replace(body.dataset.neutral);
}

const SHIFTS = 3;
const WITHIN = 1500;
let shifts = [];
document.addEventListener("keydown", (event) => {
  if (event.key !== "Shift" || event.repeat) {
    if (event.key !== "Shift") shifts = [];
    return;
  }
  const now = Date.now();
  shifts = [...shifts.filter((at) => now - at < WITHIN), now];
  if (shifts.length >= SHIFTS) leave();
});
document.getElementById("quick-exit")?.addEventListener("submit", (event) => {
  event.preventDefault();
  leave();
});

// After a minute without a touch the page is covered; the first touch uncovers it.
const COVER_AFTER = 60_000;
const WARN_BEFORE = 120_000;
const idle = Number(body.dataset.idle || 0) * 1000;
let cover, warn, out;
function awake() {
  body.classList.remove("away");
  clearTimeout(cover);
  if (idle) cover = setTimeout(() => body.classList.add("away"), COVER_AFTER);
}
function inUse() {
  clearTimeout(warn);
  clearTimeout(out);
  if (!idle) return;
  warn = setTimeout(() => document.getElementById("idle-warning")?.showModal(), Math.max(idle - WARN_BEFORE, 0));
  out = setTimeout(lookAgain, idle + 5_000);
}
// The session may have been kept by another page; if it has ended, the sign-in is shown.
async function lookAgain() {
  const bell = document.getElementById("bell");
  const answer = bell && (await fetch(bell.dataset.again, { redirect: "manual" }).catch(() => null));
  if (answer?.ok) return inUse();
  // By its address, not once more with what was sent to it. Who has no account is asked for the passcode:
  // their page, loaded once more, would count as looked at.
  location.replace(body.dataset.asksAnew || location.pathname + location.search);
}
// Whoever types is there: the server is told so, once a minute at most.
const TOLD_EVERY = 60_000;
let told = Date.now();
document.addEventListener("input", async () => {
  const stay = document.querySelector("[data-stay]");
  if (!stay || Date.now() - told < TOLD_EVERY) return;
  told = Date.now();
  const answer = await fetch(stay.dataset.stay, { redirect: "manual" }).catch(() => null);
  if (answer?.ok) inUse();
});
for (const kind of ["keydown", "pointerdown", "pointermove", "touchstart"]) {
  document.addEventListener(kind, awake, { passive: true });
}
document.querySelector("[data-stay]")?.addEventListener("click", async (event) => {
  const answer = await fetch(event.target.dataset.stay, { redirect: "manual" });
  if (!answer.ok) return location.reload();
  document.getElementById("idle-warning").close();
  inUse();
});
awake();
inUse();

// A page that comes back out of the browser's memory is asked for again.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// One press sends once.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const button = event.submitter;
  if (button && !button.name) setTimeout(() => (button.disabled = true), 0);
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// The bell is asked again each minute while somebody may see it.
async function ring() {
  const bell = document.getElementById("bell");
  if (!bell || document.hidden || bell === document.activeElement) return;
  const answer = await fetch(bell.dataset.again, { redirect: "manual" }).catch(() => null);
  if (answer?.ok) bell.outerHTML = await answer.text();
}
setInterval(ring, 60_000);

// Work that goes on elsewhere is looked at again until it is over. Until then only how far it has come
// changes; what the reader may be about to press changes with its state alone, and keeps the focus.
const LOOK_EVERY = 5_000;
async function follow() {
  const rest = document.getElementById("rest");
  if (!rest?.dataset.follow) return;
  const answer = !document.hidden && (await fetch(rest.dataset.follow, { redirect: "manual" }).catch(() => null));
  if (answer?.ok) {
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    show(rest, (id) => next.getElementById(id));
  }
  setTimeout(follow, LOOK_EVERY);
}
function show(rest, next) {
  document.getElementById("far")?.replaceChildren(...next("far").childNodes);
  const stands = document.getElementById("stands");
  if (stands.textContent === next("stands").textContent) return;
  const at = rest.contains(document.activeElement) && spot(document.activeElement);
  const chosen = [...rest.querySelectorAll("input:checked")].map(spot);
  stands.replaceChildren(...next("stands").childNodes);
  rest.replaceWith(next("rest"));
  for (const each of chosen) {
    const box = document.querySelector(each);
    if (box) box.checked = true;
  }
  if (at) document.querySelector(at)?.focus();
}
// Where the same link, choice or button is found again.
function spot(stop) {
  const is = (name) => `[${name}="${CSS.escape(stop.getAttribute(name))}"]`;
  if (stop.hasAttribute("href")) return `#rest a${is("href")}`;
  if (stop.hasAttribute("name")) return `#rest ${is("name")}${is("value")}`;
  const action = stop.closest("form")?.getAttribute("action");
  return action ? `#rest form[action="${CSS.escape(action)}"] ${stop.localName}` : `#rest ${stop.localName}`;
}
setTimeout(follow, LOOK_EVERY);

// What is typed into a form with data-keep is kept on the server as a draft, never in the browser.
const KEEP_AFTER = 3_000;
for (const form of document.querySelectorAll("form[data-keep]")) {
  const said = form.querySelector(".kept");
  let timer;
  const keep = async () => {
    const answer = await fetch(form.dataset.keep, {
      method: "POST", body: new FormData(form), redirect: "manual",
    }).catch(() => null);
    if (said) said.textContent = answer?.ok ? await answer.text() : said.dataset.failed;
    if (answer?.ok) inUse();
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_AFTER);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}

document.getElementById("error-summary")?.focus();

// How long a case stays open that is seen by breaking the glass; then the page is asked for again.
for (const clock of document.querySelectorAll("[data-until]")) {
  const until = new Date(clock.dataset.until).getTime();
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left < 0) return location.reload();
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} ${clock.dataset.words}`;
    setTimeout(tick, 1000);
  };
  tick();
}
