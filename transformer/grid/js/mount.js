/**
 * The component: a grid in an element that Streamlit, or a page without a server, provides.
 *
 * @import { GridData } from "./data.js"
 * @import { GridEvent } from "./reports.js"
 */

import { Grid } from "./grid.js";

/**
 * Grids by their element: Streamlit calls `mount` again for every change of data or theme.
 * @type {WeakMap<HTMLElement, Grid>}
 */
const grids = new WeakMap();

/**
 * @param {{parentElement: ParentNode, data: GridData,
 *   setTriggerValue: (name: string, event: GridEvent) => void}} component
 * @returns {() => void} removes it
 */
export default function mount({ parentElement, data, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector('[data-testid="tensor-grid"]'));
  const grid = grids.get(root) ?? new Grid(root, data);
  grids.set(root, grid);
  grid.update(data, (event) => setTriggerValue("event", event));
  return () => grid.dispose();
}
