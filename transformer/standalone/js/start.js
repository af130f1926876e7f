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
  const parentElement = /** @type {HTMLElement} */ (document.querySelector("main"));
  new Page(JSON.parse(read("data")), readCheckpoint(bytesOfBase64(read("weights"))), (data, onEvent) => {
    drawGrid({ parentElement, data, setTriggerValue: (_, event) => onEvent(event) });
  });
}

/** A loop: over the megabytes of a model `Uint8Array.from` with a function takes a fifth of a second.
 * @param {string} text */
function bytesOfBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes.buffer;
}
