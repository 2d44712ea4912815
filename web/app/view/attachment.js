/**
 * Files that were uploaded to this server, shown below the message that links to them.
 *
 * @import { Shown } from "./chat.js"
 *
 * @typedef {object} Uploaded
 * @property {string} url
 * @property {string} thumb Address of the small picture; empty if the file is no picture.
 * @property {string} name
 * @property {number} width Pixels of the picture.
 * @property {number} height
 */

import { html } from "../html.js";

/** Largest picture in the timeline, in CSS pixels. */
const MOST_WIDTH = 360;
const MOST_HEIGHT = 240;

/**
 * Returns the file that a link of this server leads to. The address of a picture has its size, so that
 * nothing moves when it is loaded.
 *
 * @param {string} url
 * @returns {Uploaded | undefined}
 */
export function attachmentOf(url) {
  const files = new URL("files/", new URL(".", location.href));
  const address = new URL(url);
  if (address.host !== files.host || !address.pathname.startsWith(files.pathname)) return undefined;
  const path = address.pathname.slice(files.pathname.length);
  const found = /^([A-Za-z0-9_-]{8,64})(?:\.(\d{1,5})x(\d{1,5}))?\/([^/]+)$/.exec(path);
  if (!found) return undefined;
  const [, id = "", width, height, name = ""] = found;
  // Whatever scheme or name the link has, the file is taken from where the page came from.
  const local = new URL(path, files).href;
  const thumb = width ? new URL(`${id}.${width}x${height}/thumb`, files).href : "";
  return { url: local, thumb, name: decode(name), width: Number(width ?? 0), height: Number(height ?? 0) };
}

/** @param {string} name */
function decode(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * @param {object} props
 * @param {Uploaded} props.attachment
 * @param {string} props.words Text beside the link: what the picture shows.
 * @param {(shown: Shown) => void} props.onShow
 */
export function Attachment({ attachment, words, onShow }) {
  const { url, thumb, name, width, height } = attachment;
  if (!thumb || !width || !height) {
    return html`<a class="file" href=${url} download=${name}>📎 ${name}</a>`;
  }
  const scale = Math.min(1, MOST_WIDTH / width, MOST_HEIGHT / height);
  return html`<button class="picture" aria-label=${`Show ${words || name}`} onClick=${() => onShow({ dialog: "picture", about: url })}>
    <img src=${thumb} alt=${words || name} loading="lazy" width=${Math.max(1, Math.round(width * scale))} height=${Math.max(1, Math.round(height * scale))} />
  </button>`;
}
