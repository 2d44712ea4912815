/**
 * Comparison of names, as the server's CASEMAPPING has it.
 *
 * @param {string} mapping Value of the ISUPPORT token.
 * @returns {(name: string) => string} Function that folds a name, so that equal names are the same string.
 */
export function folding(mapping) {
  switch (mapping) {
    case "ascii":
      return (name) => name.replace(/[A-Z]/g, (char) => char.toLowerCase());
    case "precis":
    case "rfc8265":
      return (name) => name.normalize("NFC").toLowerCase();
    default:
      return (name) =>
        name.replace(/[A-Z[\]\\^]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 32));
  }
}
