// Keeps the page of one swap current: asks for its live part, swaps in the sections that changed, counts seconds down,
// tells screen readers of what is new, and copies calls. Without it the page is complete, and loads itself anew.

const { part, poll } = document.body.dataset;
const POLL_MS = Number(poll) * 1000;
const SLOWEST_MS = 60_000;
const UNITS = [[86400, "day"], [3600, "h"], [60, "min"], [1, "s"]];
const main = document.getElementById("swap");
const news = document.getElementById("news");
const connection = document.getElementById("connection");
let tag = "";
let failures = 0;
let timer = 0;
let receivedAt = performance.now();
const known = new Map();

function sections(root) {
  return [...root.querySelectorAll("section[id]")];
}

function duration(seconds) {
  const parts = [];
  let rest = Math.max(0, Math.round(seconds));
  for (const [size, name] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count || (!parts.length && size === 1)) parts.push(`${count} ${name}${name === "day" && count !== 1 ? "s" : ""}`);
    else if (parts.length) break;
  }
  return parts.slice(0, 2).join(" ");
}

function tick() {
  const passed = (performance.now() - receivedAt) / 1000;
  for (const element of document.querySelectorAll("[data-seconds]")) {
    const left = Number(element.dataset.seconds) - passed;
    element.textContent = left > 0 ? `(in ${duration(left)})` : "(any moment)";
  }
  for (const element of document.querySelectorAll("[data-away]")) {
    const away = (Date.parse(element.dataset.away) - Date.now()) / 1000;
    element.textContent = away > 0 ? `in ${duration(away)}` : `${duration(-away)} ago`;
  }
}

// Sections are compared as the server wrote them, so that what ticks here replaces nothing under the reader's hands.
function show(text) {
  const received = new DOMParser().parseFromString(`<main>${text}</main>`, "text/html").querySelector("main");
  const open = [...main.querySelectorAll("details[open]")].map((element) => element.id);
  const focused = document.activeElement?.dataset?.copy;
  const fresh = sections(received);
  const same = fresh.map((one) => one.id).join() === sections(main).map((one) => one.id).join();
  if (same) {
    for (const one of fresh) if (known.get(one.id) !== one.outerHTML) document.getElementById(one.id).replaceWith(one.cloneNode(true));
  } else {
    main.replaceChildren(...received.cloneNode(true).childNodes);
  }
  for (const one of fresh) known.set(one.id, one.outerHTML);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.querySelector(`[data-copy="${focused}"]`)?.focus();
  prepare();
}

function prepare() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
  const said = document.getElementById("summary").dataset.said;
  if (news.dataset.said !== undefined && news.dataset.said !== said) {
    news.textContent = said;
    document.title = `${said.split(".")[0]} · your swap`;
  }
  news.dataset.said = said;
  tick();
}

async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  let wait = POLL_MS;
  try {
    const answer = await fetch(part, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", credentials: "omit" });
    if (answer.status === 404) return location.reload();
    if (answer.status === 429) wait = 1000 * Number(answer.headers.get("Retry-After") || 30);
    else if (answer.status !== 304 && !answer.ok) throw new Error(String(answer.status));
    if (answer.status === 200) {
      tag = answer.headers.get("ETag") || "";
      receivedAt = performance.now();
      show(await answer.text());
    }
    failures = 0;
  } catch {
    failures += 1;
    wait = Math.min(SLOWEST_MS, POLL_MS * 2 ** failures);
  }
  connection.hidden = failures < 2;
  timer = setTimeout(look, wait);
}

main.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
});
document.addEventListener("visibilitychange", look);
for (const one of sections(document)) known.set(one.id, "");
prepare();
setInterval(tick, 1000);
look();
