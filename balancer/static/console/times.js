/* How long ago things were, as balancer/console/words.py says it. */

const STEPS = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]];

/** `45 s`, `3 min`, `2 h 5 min`: the two greatest units, the second only where the first is small. */
export function words(seconds) {
    const left = Math.max(0, Math.trunc(seconds));
    const number = STEPS.findIndex(([length]) => left >= length || length === 1);
    const [length, name] = STEPS[number];
    const count = Math.trunc(left / length);
    if (number <= 1 && count < 10) {
        const [smaller, word] = STEPS[number + 1];
        const rest = Math.trunc((left % length) / smaller);
        if (rest) return `${count} ${name} ${rest} ${word}`;
    }
    return `${count} ${name}`;
}

/** `3 min ago`, `in 3 min`, `now`. */
export function relative(seconds) {
    if (Math.abs(seconds) < 1) return "now";
    return seconds > 0 ? `${words(seconds)} ago` : `in ${words(-seconds)}`;
}

/** Every time within an element, as it is now. */
export function tick(within) {
    const now = Date.now();
    for (const one of within.querySelectorAll("time[data-relative]")) {
        const clock = one.dataset.relative;
        const text = `${clock}${clock ? " · " : ""}${relative((now - Date.parse(one.dateTime)) / 1_000)}`;
        if (one.textContent !== text) one.textContent = text;
    }
}
