/**
 * The service worker: it lets the page open without a connection, and shows what is pushed.
 */

/**
 * @typedef {{ createScriptURL: (url: string) => string }} UrlPolicy
 * @typedef {{ createPolicy: (name: string, rules: UrlPolicy) => UrlPolicy }} TrustedTypes
 */

/** Address of the worker; the policy of Trusted Types accepts no other. */
const ADDRESS = "sw.js";

/** Registers the worker, where the browser allows one. */
export async function registerWorker() {
  if (!("serviceWorker" in navigator)) return;
  const { trustedTypes } = /** @type {{ trustedTypes?: TrustedTypes }} */ (/** @type {unknown} */ (globalThis));
  const policy = trustedTypes?.createPolicy("sw", {
    createScriptURL: (url) => {
      if (url !== ADDRESS) throw new TypeError("This is not the address of the worker.");
      return url;
    },
  });
  try {
    await navigator.serviceWorker.register(policy ? policy.createScriptURL(ADDRESS) : ADDRESS, { scope: "./" });
  } catch {
    // With a certificate that the browser does not trust there is none; the page works all the same.
  }
}
