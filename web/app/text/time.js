/** Times as people read them. */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayName = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** Range that Date can show, in milliseconds. */
const MOST = 8.64e15;

/** @param {number} ms */
const date = (ms) => new Date(Math.max(-MOST, Math.min(MOST, ms)));

/** @param {number} ms */
export const timeOfDay = (ms) => clock.format(date(ms));
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
export const isSameDay = (a, b) => date(a).toDateString() === date(b).toDateString();

/**
 * Returns the time of a message: that of its tag if it can be one, otherwise now.
 *
 * @param {string | undefined} tag Value of `time` (server-time).
 */
export function parseTime(tag) {
  const parsed = tag ? Date.parse(tag) : Number.NaN;
  return Number.isFinite(parsed) ? parsed : Date.now();
}
