/**
 * Helpers for the DOM: elements of the grid, focus, clipboard, canvases.
 */

import { contextOf, el } from "./element.js";

/** @param {Element} node @returns {HTMLElement[]} */
export const childrenOf = (node) => /** @type {HTMLElement[]} */ ([...node.children]);

/** The focused element in the component that contains `node`, or on the page. @param {Element} node */
export const focusedIn = (node) => /** @type {Document|ShadowRoot} */ (node.getRootNode()).activeElement;

/** The parent of `node`; for a component's root, the component's host. @param {Element} node @returns {Element|null} */
export const parentOf = (node) => node.parentElement ?? hostOf(node);

/** The host element of the component that contains `node`; null outside of components. @param {Element} node */
export function hostOf(node) {
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? /** @type {HTMLElement} */ (root.host) : null;
}

/** Text as nodes; words between backticks become code elements. @param {string} text */
export function prose(text) {
  return text.split(/`([^`]+)`/).map((part, i) => (i % 2 ? el("code", {}, part) : part));
}

const ICONS = {
  first: "M3 2h2v12H3z M13 2v12L5.5 8z",
  previous: "M11 2v12L3.5 8z",
  play: "M4 1.5v13L14 8z",
  pause: "M3.5 2h3.2v12H3.5z M9.3 2h3.2v12H9.3z",
  next: "M5 2v12l7.5-6z",
  last: "M11 2h2v12h-2z M3 2v12l7.5-6z",
  full: "M2 2h5v2H4v3H2z M9 2h5v5h-2V4H9z M2 9h2v3h3v2H2z M12 9h2v5H9v-2h3z",
  image: "M7 1h2v6.5h3L8 12 4 7.5h3z M2 13.2h12V15H2z",
};

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** @param {string} test @param {keyof typeof ICONS} name @param {string} label @param {() => void} act */
export function button(test, name, label, act) {
  const node = el("button", { type: "button", "data-testid": test, "aria-label": label, title: label }, icon(name));
  node.onclick = act;
  return node;
}

/**
 * Set the current heights of nodes as minimum heights. All are measured before any is changed, for a single layout.
 * @param {HTMLElement[]} nodes
 */
export function keepHeights(nodes) {
  const heights = nodes.map((node) => node.getBoundingClientRect().height);
  nodes.forEach((node, i) => {
    node.style.minHeight = `${heights[i]}px`;
  });
}

/** Copy text. The fallback is for pages without https, where browsers offer no clipboard API. @param {string} text */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/**
 * Clear a canvas, fit it to its size in device pixels, and return its context.
 * @param {HTMLCanvasElement} canvas
 * @param {{width: number, height: number}} size
 * @param {number} ratio
 */
export function prepare(canvas, { width, height }, ratio) {
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    Object.assign(canvas, { width: wide, height: high });
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = contextOf(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
