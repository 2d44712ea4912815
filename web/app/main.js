/** Start of the page. */

import { render } from "../vendor/preact.mjs";
import { html } from "./html.js";
import { applyTheme } from "./model/preferences.js";
import { registerWorker } from "./worker.js";
import { Page } from "./view/page.js";

applyTheme();
registerWorker();
const root = document.getElementById("page");
if (root) render(html`<${Page} />`, root);
