/**
 * Lines of a room: messages, and what else happens.
 *
 * @typedef {object} Line
 * @property {string} key Key of the line on the page.
 * @property {string} id Message id; empty until the server has kept it.
 * @property {number} time Milliseconds since 1970.
 * @property {"message" | "notice" | "action" | "event" | "error"} kind
 * @property {string} nick
 * @property {string} account
 * @property {string} from Full source, by which authors are told apart.
 * @property {string} text Safe text with the codes of formatting.
 * @property {boolean} own
 * @property {boolean} mention
 * @property {boolean} bot
 * @property {string} reply Id of the message that it answers.
 * @property {boolean} edited
 * @property {boolean} deleted
 * @property {string[]} editIds Ids of the messages that have edited it.
 * @property {[string, string[]][]} reactions Emoji with the nicks that have given it.
 * @property {"" | "sending" | "waiting" | "failed"} state
 * @property {string} problem Reason why it was not sent.
 */

let keys = 0;
const loaded = Date.now().toString(36);

/** Returns a key for a line that has no message id yet, which outlasts a reload of the page. */
export const newKey = () => `k${loaded}-${(keys += 1)}`;

/**
 * Returns a line for something that happened.
 *
 * @param {string} text
 * @param {number} time
 * @param {"event" | "error"} [kind]
 * @returns {Line}
 */
export function event(text, time, kind = "event") {
  return {
    key: newKey(),
    id: "",
    time,
    kind,
    nick: "",
    account: "",
    from: "",
    text,
    own: false,
    mention: false,
    bot: false,
    reply: "",
    edited: false,
    deleted: false,
    editIds: [],
    reactions: [],
    state: "",
    problem: "",
  };
}
