/**
 * The space in the window that a grid has.
 *
 * @import { State } from "./state.js"
 */

import { parentOf } from "./dom.js";

const BELOW_STAGE = 12;
const BELOW_CROWDED = 4;
const SCROLLED_STAGE = 84;
const NARROWEST_STAGE = 320;
const PHONE = 480;
const SHORTEST_STAGE = 0.33;

/** Whether a grid's height depends on the window's. @param {HTMLElement} root @param {State} state */
export function fills(root, { isFull, options }) {
  return isFull || (options.stage && root.clientWidth >= NARROWEST_STAGE && window.innerWidth >= PHONE);
}

/**
 * Whether large text leaves little space, so that what helps only the person at the computer is left out.
 * @param {HTMLElement} root
 * @param {State} state
 */
export function isCrowded(root, state) {
  return fills(root, state) && !state.isFull && state.options.presenter;
}

/**
 * Height of a grid that fills the window, in pixels. A grid that begins low on its page is about as high as the window,
 * for when the user has scrolled to it.
 * @param {HTMLElement} root
 * @param {State} state
 */
export function heightOf(root, state) {
  if (state.isFull) return window.innerHeight;
  const left = window.innerHeight - topOf(root) - (isCrowded(root, state) ? BELOW_CROWDED : BELOW_STAGE);
  return Math.floor(left >= SHORTEST_STAGE * window.innerHeight ? left : window.innerHeight - SCROLLED_STAGE);
}

/** A text that changes when the space does. @param {HTMLElement} root @param {State} state */
export function roomKey(root, state) {
  return `${root.clientWidth}|${fills(root, state) ? heightOf(root, state) : ""}`;
}

/** The most height of a picture in a grid that does not fill the window, in pixels. */
export const windowShare = () => Math.max(300, Math.min(0.62 * window.innerHeight, 720));

/** Distance in pixels from the top of the unscrolled page to the top of `node`. @param {HTMLElement} node */
function topOf(node) {
  let top = node.getBoundingClientRect().top;
  for (let at = parentOf(node); at; at = parentOf(at)) top += at.scrollTop;
  return top;
}
