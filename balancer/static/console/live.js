/* Keeps the first page true: by the socket; by asking now and then where no socket gets through; and says so when neither does. */

import { tick, words } from "./times.js";

const QUIET_MS = 12_000; // the feed says that it lives more often than that
const POLL_MS = 5_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
const NOT_LOGGED_IN = 4401;
const NOT_ALLOWED = 4403;
const LOST_TO_POLL = 2; // attempts at a socket before the page asks instead

const root = document.getElementById("console");
const feed = document.getElementById("console-feed");
let newest = root.dataset.at;
let lost = 0;
let quiet = 0;
let polling = 0;
let over = false;

function say(state, text) {
    if (feed.dataset.state === state) return;
    feed.dataset.state = state;
    feed.querySelector(".feed-words").textContent = text;
}

function stale() {
    say("stale", `stale since ${new Date(newest).toISOString().slice(11, 19)} UTC`);
}

function ended() {
    over = true;
    clearTimeout(quiet);
    clearInterval(polling);
    say("ended", "your session has ended: ");
    const link = document.createElement("a");
    link.href = location.pathname;
    link.textContent = "log in again";
    feed.querySelector(".feed-words").append(link);
}

function shown() {
    return [...root.querySelectorAll("[data-section]")].map((one) => `${one.dataset.section}:${one.dataset.digest}`).join(",");
}

/** Put a section in its place; the focus stays on the link it was on. */
function replace({ name, digest, html }) {
    const place = root.querySelector(`[data-section="${name}"]`);
    if (!place) return;
    const focused = place.contains(document.activeElement) ? document.activeElement : null;
    const index = focused ? [...place.querySelectorAll("a, [tabindex]")].indexOf(focused) : -1;
    const scrolled = [...place.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    place.innerHTML = html;
    place.dataset.digest = digest;
    [...place.querySelectorAll(".scroll")].forEach((one, number) => { one.scrollLeft = scrolled[number] ?? 0; });
    if (index >= 0) place.querySelectorAll("a, [tabindex]")[index]?.focus({ preventScroll: true });
}

/** Take a message; false when there is nothing to be had any more. */
function take(message, state, text) {
    if (message.type === "ended") { ended(); return false; }
    if (message.type === "blind") { stale(); return true; }
    newest = message.at;
    (message.sections ?? []).forEach(replace);
    tick(root);
    say(state, text);
    return true;
}

function listen() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${root.dataset.socket}?have=${encodeURIComponent(shown())}`);
    const wait = () => {
        clearTimeout(quiet);
        quiet = setTimeout(() => { stale(); socket.close(); }, QUIET_MS);
    };
    wait();
    socket.onmessage = (event) => {
        lost = 0;
        clearInterval(polling);
        polling = 0;
        wait();
        take(JSON.parse(event.data), "live", "live");
    };
    socket.onclose = (event) => {
        clearTimeout(quiet);
        if (over) return;
        if (event.code === NOT_LOGGED_IN || event.code === NOT_ALLOWED) { ended(); return; }
        lost += 1;
        if (lost >= LOST_TO_POLL && !polling) { ask(); polling = setInterval(ask, POLL_MS); }
        if (!polling) stale();
        setTimeout(listen, Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (lost - 1)));
    };
}

async function ask() {
    try {
        const answer = await fetch(`${root.dataset.figures}?have=${encodeURIComponent(shown())}`, { cache: "no-store" });
        if (answer.status === 401 || answer.status === 403) { ended(); return; }
        if (!answer.ok) throw new Error(`answered ${answer.status}`);
        take(await answer.json(), "polling", `asked every ${words(POLL_MS / 1000)}`);
    } catch {
        stale();
    }
}

setInterval(() => tick(root), 1_000);
tick(root);
listen();
