/**
 * Address for uploads.
 *
 * @import { Chat } from "./chat.js"
 */

/**
 * Returns the address that the server takes files at, if it does.
 *
 * @param {Chat} chat
 */
export const filehost = (chat) => chat.session.isupport.get("soju.im/FILEHOST") ?? chat.session.isupport.get("draft/FILEHOST");
