/**
 * Emoji by name: those that people use most. Everything else comes from the keyboard of the system.
 */

/** @type {[string, string][]} */
export const EMOJI = [
  ["+1", "👍"], ["-1", "👎"], ["heart", "❤️"], ["joy", "😂"], ["tada", "🎉"], ["eyes", "👀"],
  ["smile", "😄"], ["slight_smile", "🙂"], ["wink", "😉"], ["thinking", "🤔"], ["cry", "😢"], ["sob", "😭"],
  ["rocket", "🚀"], ["fire", "🔥"], ["100", "💯"], ["pray", "🙏"], ["clap", "👏"], ["wave", "👋"],
  ["ok_hand", "👌"], ["white_check_mark", "✅"], ["x", "❌"], ["question", "❓"], ["exclamation", "❗"], ["warning", "⚠️"],
  ["grin", "😁"], ["laughing", "😆"], ["sweat_smile", "😅"], ["blush", "😊"], ["heart_eyes", "😍"], ["sunglasses", "😎"],
  ["neutral_face", "😐"], ["roll_eyes", "🙄"], ["scream", "😱"], ["angry", "😠"], ["tired_face", "😫"], ["sleeping", "😴"],
  ["shrug", "🤷"], ["facepalm", "🤦"], ["muscle", "💪"], ["point_up", "☝️"], ["raised_hands", "🙌"], ["handshake", "🤝"],
  ["sparkles", "✨"], ["star", "⭐"], ["sun", "☀️"], ["snowflake", "❄️"], ["rainbow", "🌈"], ["coffee", "☕"],
  ["beer", "🍺"], ["pizza", "🍕"], ["cake", "🎂"], ["gift", "🎁"], ["bulb", "💡"], ["bug", "🐛"],
  ["wrench", "🔧"], ["lock", "🔒"], ["key", "🔑"], ["link", "🔗"], ["calendar", "📅"], ["memo", "📝"],
  ["computer", "💻"], ["phone", "📱"], ["camera", "📷"], ["musical_note", "🎵"], ["hourglass", "⏳"], ["robot", "🤖"],
];

/** Emoji that are offered first. */
export const COMMON = EMOJI.slice(0, 24).map(([, emoji]) => emoji);

/**
 * Replaces `:name:` by its emoji.
 *
 * @param {string} text
 */
export function expandEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI.find(([known]) => known === name)?.[1] ?? whole);
}
