// A session's page while it is looked at: countdowns each second, and the parts that changed.

const page = document.getElementById("session-page");
const badge = document.getElementById("session-live");
const said = document.getElementById("session-said");
const EVERY = 1000;
const SLOWEST = 15000;

// Our clock may be wrong; the server's is not.
let ahead = Date.now() / 1000 - Number(page.dataset.now);
let status = page.dataset.status;
let wait = EVERY;
let heard = Number(page.dataset.now);

const serverNow = () => Math.floor(Date.now() / 1000 - ahead);

const UNITS = [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]];

function span(seconds) {
  const left = Math.floor(Math.abs(seconds));
  for (const [size, unit, smaller, its] of UNITS) {
    if (left >= size) {
      const rest = Math.floor((left % size) / smaller);
      return rest ? `${Math.floor(left / size)} ${unit} ${rest} ${its}` : `${Math.floor(left / size)} ${unit}`;
    }
  }
  return `${left} s`;
}

function relative(at, now, how) {
  const left = at - now;
  if (how === "by") return left >= 0 ? `${span(left)} left` : `over for ${span(left)}`;
  if (left >= 0) return `in ${span(left)}`;
  return how === "due" ? `due for ${span(left)}` : `${span(left)} ago`;
}

function tick() {
  const now = serverNow();
  for (const one of page.querySelectorAll(".sp-tick")) {
    const text = relative(Number(one.dataset.at), now, one.dataset.how);
    if (one.textContent !== text) one.textContent = text;
  }
  for (const bar of page.querySelectorAll(".sp-track")) {
    const start = Number(bar.dataset.start), end = Number(bar.dataset.end);
    const x = Math.min(1000, Math.max(0, ((now - start) * 1000) / Math.max(1, end - start)));
    const line = bar.querySelector(".sp-now");
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  }
}

function tell(state, text) {
  badge.dataset.state = state;
  badge.querySelector(".sp-live-text").textContent = text;
}

// What somebody reads or has opened stays so.
function replace(box, html, digest) {
  const open = [...box.querySelectorAll("details")].map((one) => one.open);
  const links = [...box.querySelectorAll("a, summary, button")];
  const focused = links.indexOf(document.activeElement);
  box.innerHTML = html;
  box.dataset.digest = digest;
  [...box.querySelectorAll("details")].forEach((one, index) => { one.open = Boolean(open[index]); });
  if (focused >= 0) box.querySelectorAll("a, summary, button")[focused]?.focus({ preventScroll: true });
}

const isSelecting = (box) => {
  const selection = document.getSelection();
  return Boolean(selection && !selection.isCollapsed && box.contains(selection.anchorNode));
};

function take(answer) {
  ahead = Date.now() / 1000 - answer.now;
  heard = answer.now;
  for (const part of answer.parts) {
    const box = page.querySelector(`[data-part="${part.name}"]`);
    if (box && !isSelecting(box)) replace(box, part.html, part.digest);
  }
  if (answer.status !== status) {
    status = answer.status;
    said.textContent = `The swap is ${status.replaceAll("_", " ")} now.`;
  }
  page.dataset.seq = answer.seq;
  tell("live", answer.terminal ? "live; the swap is at its end" : "live");
  wait = answer.terminal ? 5 * EVERY : EVERY;
}

async function ask() {
  const have = [...page.querySelectorAll("[data-part]")].map((box) => `${box.dataset.part}:${box.dataset.digest}`);
  const answer = await fetch(`${page.dataset.live}?have=${encodeURIComponent(have.join(","))}`, {
    headers: { Accept: "application/json" },
    signal: AbortSignal.timeout(10000),
  });
  if (answer.redirected || answer.status === 403) throw new Error("you are signed out: load the page again");
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  return answer.json();
}

async function follow() {
  if (document.visibilityState === "visible") {
    try {
      take(await ask());
    } catch (error) {
      wait = Math.min(SLOWEST, wait * 2);
      tell("lost", `not live since ${span(serverNow() - heard)}: ${error.message}`);
    }
    tick();
  }
  setTimeout(follow, wait);
}

setInterval(tick, EVERY);
tick();
follow();
