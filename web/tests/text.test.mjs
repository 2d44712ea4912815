/**
 * Text as it is typed and shown, without a browser. What the terminal client must do alike is in files
 * that both read.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromCodes, toCodes } from "../app/text/markdown.js";
import { findUrls, renderText } from "../app/text/render.js";

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../crates/parlour-client/tests/vectors/${name}.json`, import.meta.url), "utf8"));

test("links are those of the terminal client", () => {
  for (const { text, links } of vectors("links")) {
    assert.deepEqual(findUrls(text), links.map((link) => new URL(link).href), text);
  }
  assert.deepEqual(findUrls(`http://${"x".repeat(2_048)}`), []);
});

test("what is typed is formatted as in the terminal client", () => {
  for (const [typed, sent] of vectors("formatting")) {
    assert.equal(toCodes(typed), sent, typed);
    // What is edited and sent again looks as before.
    assert.equal(toCodes(fromCodes(sent)), sent, typed);
  }
});

/** A message as it is shown: `<class>text</class>`; links and code by their element. */
function shown(text, isName = () => false) {
  const write = (node) => {
    if (Array.isArray(node)) return node.map(write).join("");
    if (node === null || typeof node !== "object") return String(node ?? "");
    const name = node.type === "span" ? node.props.class : node.type;
    return `<${name}>${write(node.props.children)}</${name}>`;
  };
  return write(renderText(text, isName));
}

test("formatting codes become elements, and end where they end", () => {
  for (const [text, wanted] of [
    ["\x02bold\x02 plain", "<bold>bold</bold> plain"],
    ["\x1ditalic\x0f plain", "<italic>italic</italic> plain"],
    ["\x1funder\x1f \x1estruck\x1e", "<underlined>under</underlined> <struck>struck</struck>"],
    ["\x02\x1dboth\x02 one\x1d none", "<bold italic>both</bold italic><italic> one</italic> none"],
    ["\x11code *here*\x11", "<code>code *here*</code>"],
    ["\x16reversed\x16", "<reversed>reversed</reversed>"],
    ["\x0304red\x03 plain", "<fg-4>red</fg-4> plain"],
    ["\x034,4hidden\x03", "<fg-4 spoiler>hidden</fg-4 spoiler>"],
    ["\x0399none of these\x03", "none of these"],
    ["\x04ff0000hex\x04 plain", "hex plain"],
    ["\x03044 digits", "<fg-4>4 digits</fg-4>"],
    ["left \x02open", "left <bold>open</bold>"],
    ["a\n```rust\nlet *x*;\n```\nb", "a\n<pre><code>let *x*;</code></pre>b"],
    ["```\nnever closed", "```\nnever closed"],
    ["see https://x.org/ now", "see <a>https://x.org/</a> now"],
    ["\x02https://x.org/\x02", "<bold><a>https://x.org/</a></bold>"],
    ["<b>no markup</b> &amp; none", "<b>no markup</b> &amp; none"],
  ]) {
    assert.equal(shown(text), wanted, JSON.stringify(text));
  }
  assert.equal(shown("ann: look, bob", (word) => word === "ann" || word === "bob"), "<name>ann</name>: look, <name>bob</name>");
});
