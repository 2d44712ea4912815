/**
 * Uploads to the server (soju.im/filehost).
 *
 * @import { Chat } from "./chat.js"
 */

import { messagesOf } from "../irc/session.js";
import { preferences } from "./preferences.js";

/** Types of pictures that are encoded anew before they are sent, without place and camera. */
const ENCODED = ["image/jpeg", "image/png", "image/webp"];
/** Quality of a picture that is encoded anew. */
const QUALITY = 0.9;

/**
 * Uploads a file. Returns its address.
 *
 * @param {Chat} chat
 * @param {File} file
 * @param {AbortSignal} signal
 * @param {(done: number) => void} onProgress
 * @returns {Promise<string>}
 */
export async function upload(chat, file, signal, onProgress) {
  const url = chat.session.filehost;
  if (!url || !chat.isConnected) throw new Error("There is no connection.");
  const token = await askForToken(chat);
  const body = preferences.stripImages ? await withoutMetadata(file) : file;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    // Beside the page, whatever name the server announces: the policy of the page allows no other.
    request.open("POST", new URL("uploads", new URL(".", location.href)));
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", body.type || "application/octet-stream");
    const name = encodeURIComponent(file.name || "picture.png").replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
    request.setRequestHeader("Content-Disposition", `attachment; filename*=UTF-8''${name}`);
    request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => {
      const location_ = request.getResponseHeader("Location");
      if (request.status === 201 && location_) resolve(new URL(location_, request.responseURL).href);
      else reject(new Error(request.responseText.trim() || `The server has refused it (${request.status}).`));
    };
    request.onerror = () => reject(new Error("The connection was lost."));
    request.onabort = () => reject(new Error("Cancelled."));
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

/**
 * Asks for a token that stands for this session.
 *
 * @param {Chat} chat
 * @returns {Promise<string>}
 */
function askForToken(chat) {
  return new Promise((resolve, reject) => {
    chat.session.request((answer) => {
      const message = messagesOf(answer)[0];
      if (message?.command === "TOKEN") resolve(message.params.at(-1) ?? "");
      else reject(new Error(message?.params.at(-1) ?? "The server has refused it."));
    }, "TOKEN", "GENERATE", "FILEHOST");
  });
}

/**
 * Returns a picture encoded anew; any other file, and a picture that cannot be read, as it is.
 *
 * @param {File} file
 * @returns {Promise<Blob>}
 */
async function withoutMetadata(file) {
  if (!ENCODED.includes(file.type)) return file;
  try {
    const picture = await createImageBitmap(file);
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext("2d")?.drawImage(picture, 0, 0);
    picture.close();
    const encoded = await canvas.convertToBlob({ type: file.type, quality: QUALITY });
    return encoded.type === file.type ? encoded : file;
  } catch {
    return file;
  }
}
