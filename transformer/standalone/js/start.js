/**
 * Begins the page: what `page.py` wrote into it is read, and the grid drawn into it.
 *
 * @import mount from "../../grid/js/mount.js"
 */

import { readCheckpoint } from "./model.js";
import { Page } from "./page.js";

/** @param {typeof mount} drawGrid */
export function start(drawGrid) {
  const read = (/** @type {string} */ id) => document.getElementById(id)?.textContent ?? "";
  const bytes = Uint8Array.from(atob(read("weights")), (character) => character.charCodeAt(0));
  const parentElement = /** @type {HTMLElement} */ (document.querySelector("main"));
  new Page(JSON.parse(read("data")), readCheckpoint(bytes.buffer), (data, onEvent) => {
    drawGrid({ parentElement, data, setTriggerValue: (_, event) => onEvent(event) });
  });
}
