/**
 * Addresses inside the page: `#/ROOM` and `#/ROOM/MESSAGE`, each part percent-encoded.
 */

/**
 * @param {string} hash
 * @returns {{ room: string, id: string } | undefined}
 */
export function parseAddress(hash) {
  const [empty, room = "", id = ""] = hash.replace(/^#/, "").split("/");
  if (empty !== "" || !room) return undefined;
  try {
    return { room: decodeURIComponent(room), id: decodeURIComponent(id) };
  } catch {
    return undefined;
  }
}

/**
 * Returns the address of a room or a message, for others to open.
 *
 * @param {string} room
 * @param {string} [id]
 */
export function formatAddress(room, id) {
  const page = new URL(".", location.href).href;
  return `${page}#/${encodeURIComponent(room)}${id ? `/${encodeURIComponent(id)}` : ""}`;
}
