/**
 * The meaning of keys.
 *
 * @import { Tensor } from "./tensor.js"
 * @typedef {"escape"|"toggle"|"act"|"full"|"save"|"back"|"on"|"first"|"last"|"left"|"right"|"up"|"down"} KeyAct
 */

/** Keys with the same meaning wherever the focus is. @type {Record<string, KeyAct>} */
const PAGE_KEYS = { f: "full", F: "full", s: "save", S: "save" };
/** @type {Record<string, KeyAct>} */
const STEP_KEYS = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last" };
/** @type {Record<string, KeyAct>} */
const CURSOR_KEYS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

/**
 * What a key does in a grid that has the focus; null for nothing.
 * @param {string} key
 * @param {{inCells: boolean, inButton: boolean, isLone: boolean}} where  whether the focus is in the cells of a picture
 *   or in a button, and whether there is only one frame
 * @returns {KeyAct|null}
 */
export function keyInGrid(key, { inCells, inButton, isLone }) {
  if (key === "Escape") return "escape";
  if (key === "Enter") return inButton ? null : "act";
  if (key === " ") return inButton ? null : inCells || isLone ? "act" : "toggle";
  return PAGE_KEYS[key] ?? (inCells ? CURSOR_KEYS : STEP_KEYS)[key] ?? null;
}

/**
 * What a key does in the page's main grid without the focus: stepping, playing, full screen and saving; else null.
 * @param {string} key
 * @param {boolean} isLone
 * @returns {KeyAct|null}
 */
export function keyOnPage(key, isLone) {
  if (PAGE_KEYS[key]) return PAGE_KEYS[key];
  if (isLone) return null;
  return key === " " ? "toggle" : (STEP_KEYS[key] ?? null);
}

/**
 * The cell one step along the axis `back`, counted from the right. After a panel's last cell comes the next panel's
 * first one; at the very end, the cell stays the same.
 * @param {Tensor} tensor
 * @param {number[]} index
 * @param {number} back 1 for columns, 2 for rows
 * @param {1|-1} step
 * @param {boolean} isLocked whether only this panel is shown
 */
export function besideCell(tensor, index, back, step, isLocked) {
  const [cell, panel] = [tensor.rank - back, tensor.rank - back - 2];
  const isIn = (/** @type {number} */ axis) => index[axis] + step >= 0 && index[axis] + step < tensor.shape[axis];
  const moved = [...index];
  if (isIn(cell)) moved[cell] += step;
  else if (panel >= 0 && !isLocked && isIn(panel)) {
    moved[panel] += step;
    moved[cell] = step > 0 ? 0 : tensor.shape[cell] - 1;
  }
  return moved;
}
