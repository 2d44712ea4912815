/** Times as people read them. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const dayName = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** Range that Date can show, in milliseconds. */
const MOST = 8.64e15;

/** @param {number} ms */
const date = (ms) => new Date(Math.max(-MOST, Math.min(MOST, ms)));

/** Minutes that were formatted last; many lines are of the same ones. */
const minutes = new Map();
const MOST_MINUTES = 500;

/**
 * @param {number} ms
 * @returns {string}
 */
export function timeOfDay(ms) {
  const minute = Math.floor(ms / 60_000);
  let text = minutes.get(minute);
  if (text === undefined) {
    if (minutes.size >= MOST_MINUTES) minutes.clear();
    text = clock.format(date(ms));
    minutes.set(minute, text);
  }
  return text;
}
/** @param {number} ms */
export const dayOf = (ms) => dayName.format(date(ms));
/** @param {number} ms */
export const fullTime = (ms) => full.format(date(ms));

/**
 * Returns whether two times are on the same day here.
 *
 * @param {number} a
 * @param {number} b
 */
export function isSameDay(a, b) {
  const [first, second] = [date(a), date(b)];
  return first.getDate() === second.getDate() && first.getMonth() === second.getMonth() && first.getFullYear() === second.getFullYear();
}

/**
 * Returns the time of a message: that of its tag if it can be one, otherwise now.
 *
 * @param {string | undefined} tag Value of `time` (server-time).
 */
export function parseTime(tag) {
  const parsed = tag ? Date.parse(tag) : Number.NaN;
  return Number.isFinite(parsed) ? parsed : Date.now();
}
