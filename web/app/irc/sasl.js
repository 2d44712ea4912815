/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677), client's side. The password does not leave the page: what is
 * sent proves that it is known, and what may be kept for the next login is of use on this server only.
 *
 * @typedef {object} SavedKeys
 * @property {string} salt As the server sent it, in base64.
 * @property {number} iterations
 * @property {string} client ClientKey, in base64.
 * @property {string} server ServerKey, in base64.
 */

/** Iterations beyond which a server only wants to keep the browser busy. */
const MOST_ITERATIONS = 1_000_000;

const encoder = new TextEncoder();

/** Login by SCRAM-SHA-256. */
export class Scram {
  /**
   * @param {string} account
   * @param {{ password?: string, saved?: SavedKeys }} secret
   */
  constructor(account, secret) {
    this.account = account;
    this.secret = secret;
    this.nonce = toBase64(crypto.getRandomValues(new Uint8Array(18)));
    const name = account.replace(/=/g, "=3D").replace(/,/g, "=2C");
    this.bare = `n=${name},r=${this.nonce}`;
    this.expected = "";
    /** @type {SavedKeys | undefined} Keys of this login, for the next one. */
    this.keys = undefined;
  }

  /** Returns the first message. */
  first() {
    return `n,,${this.bare}`;
  }

  /**
   * Returns the answer to the server's first message.
   *
   * @param {string} message
   */
  async final(message) {
    const fields = parseFields(message);
    const [nonce, salt, rounds] = [fields.get("r") ?? "", fields.get("s") ?? "", Number(fields.get("i"))];
    if (!nonce.startsWith(this.nonce) || nonce === this.nonce || !salt) {
      throw new Error("The server's answer does not belong to this login.");
    }
    if (!(rounds >= 4096 && rounds <= MOST_ITERATIONS)) {
      throw new Error(`The server asks for ${rounds} iterations, which is not reasonable.`);
    }
    const { client, server } = await this.derive(salt, rounds);
    const without = `c=biws,r=${nonce}`;
    const signed = encoder.encode(`${this.bare},${message},${without}`);
    const stored = new Uint8Array(await crypto.subtle.digest("SHA-256", client));
    const signature = await hmac(stored, signed);
    const proof = client.map((byte, index) => byte ^ signature[index]);
    this.expected = toBase64(await hmac(server, signed));
    this.keys = { salt, iterations: rounds, client: toBase64(client), server: toBase64(server) };
    return `${without},p=${toBase64(proof)}`;
  }

  /**
   * Checks that the server knows the account's keys, so that it is no other.
   *
   * @param {string} message The server's final message.
   */
  verify(message) {
    if (parseFields(message).get("v") !== this.expected) {
      throw new Error("The server could not prove that it knows your account.");
    }
  }

  /**
   * @param {string} salt
   * @param {number} iterations
   */
  async derive(salt, iterations) {
    const { password, saved } = this.secret;
    if (saved && saved.salt === salt && saved.iterations === iterations) {
      return { client: fromBase64(saved.client), server: fromBase64(saved.server) };
    }
    if (password === undefined) {
      throw new Error("The password has changed. Log in again.");
    }
    const key = await crypto.subtle.importKey("raw", encoder.encode(password), "PBKDF2", false, ["deriveBits"]);
    const rounds = { name: "PBKDF2", hash: "SHA-256", salt: fromBase64(salt), iterations };
    const salted = new Uint8Array(await crypto.subtle.deriveBits(rounds, key, 256));
    return {
      client: await hmac(salted, encoder.encode("Client Key")),
      server: await hmac(salted, encoder.encode("Server Key")),
    };
  }
}

/** @param {string} message */
function parseFields(message) {
  const pairs = message.split(",").map((field) => /** @type {[string, string]} */ ([field[0], field.slice(2)]));
  return new Map(pairs);
}

/**
 * @param {Uint8Array<ArrayBuffer>} key
 * @param {Uint8Array<ArrayBuffer>} data
 */
async function hmac(key, data) {
  const hash = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, hash, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** @param {string} text */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/**
 * Returns text as base64 of its UTF-8.
 *
 * @param {string} text
 */
export function encodeText(text) {
  return toBase64(encoder.encode(text));
}

/**
 * Returns the text that {@link encodeText} has encoded.
 *
 * @param {string} text
 */
export function decodeText(text) {
  return new TextDecoder().decode(fromBase64(text));
}
