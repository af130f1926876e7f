/**
 * The page: elements that the grid's parts are made of, and where they are.
 */

import { contextOf, el } from "./element.js";

/** @param {Element} node @returns {HTMLElement[]} */
export const childrenOf = (node) => /** @type {HTMLElement[]} */ ([...node.children]);

/** What has the focus in the component, or on the page, that `node` is in. @param {Element} node */
export const focusedIn = (node) => /** @type {Document|ShadowRoot} */ (node.getRootNode()).activeElement;

/** The element around `node`, or around the component that it is in. @param {Element} node @returns {Element|null} */
export const parentOf = (node) => node.parentElement ?? hostOf(node);

/** The element that the component of `node` is in; null outside of components. @param {Element} node */
export function hostOf(node) {
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? /** @type {HTMLElement} */ (root.host) : null;
}

/** Words in which names between backticks are code, as nodes. @param {string} text */
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
 * Let nodes be no lower than they are now. All are measured before any is changed: the page is laid out once.
 * @param {HTMLElement[]} nodes
 */
export function keepHeights(nodes) {
  const heights = nodes.map((node) => node.getBoundingClientRect().height);
  nodes.forEach((node, i) => {
    node.style.minHeight = `${heights[i]}px`;
  });
}

/** Copy text; pages served without https have no clipboard of their own. @param {string} text */
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
 * Fit a canvas to its size in device pixels and return its context, cleared.
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
