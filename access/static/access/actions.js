// Pages of operators' actions: a countdown to the instant from which something is possible, a form that is sent once, and an
// outcome that is looked at again while work is under way. Each page works without it.

const MINUTE = 60;
const SLOW_MS = 3000;
const QUICK_MS = 1500;

function inWords(seconds) {
  const parts = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / MINUTE) % 60, "min"],
    [seconds % MINUTE, "s"],
  ].filter(([count]) => count > 0);
  return parts.slice(0, 2).map(([count, unit]) => `${count} ${unit}`).join(" ") || "0 s";
}

function countDown() {
  for (const place of document.querySelectorAll("[data-from]")) {
    const left = Math.ceil((Date.parse(place.dataset.from) - Date.now()) / 1000);
    place.textContent = left > 0 ? `in ${inWords(left)}` : "now: look again";
    place.classList.toggle("act-now", left <= 0);
  }
}

function sendOnce() {
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      for (const button of form.querySelectorAll("button[type=submit]")) {
        button.setAttribute("aria-disabled", "true");
      }
    });
  }
}

async function follow() {
  const place = document.querySelector("[data-follow]");
  if (!place) return;
  await new Promise((resolve) => setTimeout(resolve, place.dataset.follow === "quick" ? QUICK_MS : SLOW_MS));
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#outcome");
    if (answer.ok && fresh && fresh.dataset.version !== place.dataset.version) {
      if (fresh.dataset.follow !== place.dataset.follow) location.reload();
      place.replaceWith(fresh);
      countDown();
    }
  } catch {
    // the service does not answer: the page stays as it was, and asks again
  }
  follow();
}

countDown();
setInterval(countDown, 1000);
sendOnce();
follow();
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
