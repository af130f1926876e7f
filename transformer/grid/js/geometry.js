/**
 * The layout of one tensor's picture at a given cell size, and the part of a large tensor that is shown.
 *
 * @import { Look } from "./look.js"
 * @import { Tensor } from "./tensor.js"
 */

/** The axes, counted from the right, along which panels are laid out. */
export const COLUMNS_OF_PANELS = 3;
export const ROWS_OF_PANELS = 4;
export const NUMBER_CELL = 24;
export const TITLE_HEIGHT = 20;
export const LINE_GAP = 12;
const SLIDER_ROOM = 280;
const SLIDERS_GAP = 24;
const SLIDER_HEIGHT = 18;
const SLIDER_GAP = 4;
const LABELLED_CELL = 7;
const MIN_WINDOW = 8;

/**
 * Sizes in pixels. `counts` is how many indices of each axis are shown, `across` and `down` the numbers of panels in
 * a row and a column, `sliders` the height of the sliders under the picture.
 * @typedef {ReturnType<typeof margins> & {cell: number, counts: number[], across: number, down: number, left: number,
 *   once: number, perRow: number, stepX: number, stepY: number, width: number, outer: number, height: number,
 *   sliders: number}} Geometry
 */

/**
 * The space for labels around panels at a given cell size.
 * @param {Tensor} tensor
 * @param {number} cell
 * @param {Look} look
 * @param {Company} company
 */
function margins(tensor, cell, look, { bare, noted }) {
  const labelled = cell >= LABELLED_CELL || tensor.rank === 2;
  const line = look.font + 5;
  const rowsNamed = labelled && !bare && (tensor.axis(2) > 1 || tensor.view.rows !== null);
  const rowWidth = rowsNamed ? Math.min(widestLabel(tensor, "rows", look), look.maxLabel) + 6 : 0;
  const columnWidth = widestLabel(tensor, "columns", look);
  const rotated = columnWidth > cell - 2;
  const columnHeight = labelled ? (rotated ? Math.min(columnWidth, look.maxLabel) + 6 : line) : 0;
  return {
    labelled,
    rotated,
    nameLeft: !bare && isNamed(tensor, ROWS_OF_PANELS) ? line : 0,
    nameTop: isNamed(tensor, COLUMNS_OF_PANELS) ? line : 0,
    noteHeight: (tensor.notes || noted) && look.notes ? line : 0,
    rowWidth,
    columnHeight,
    eachTop: tensor.rank === 3 || tensor.perBatch("columns"),
    eachLeft: tensor.rank === 3 && tensor.perBatch("rows"),
    gap: tensor.notes || noted ? 4 : cell >= NUMBER_CELL ? 12 : 7,
  };
}

/**
 * Whether the panels' axis `back`, counted from the right, needs names: it has labels, or more than one index.
 * @param {Tensor} tensor
 * @param {number} back
 */
function isNamed(tensor, back) {
  return tensor.rank >= back && (tensor.axis(back) > 1 || tensor.view.panels[4 - back] !== null);
}

/**
 * Width of the widest label of the rows or the columns; without labels, of the largest index.
 * @param {Tensor} tensor
 * @param {"rows"|"columns"} side
 * @param {Look} look
 */
function widestLabel(tensor, side, look) {
  const found = tensor.view[side];
  if (found === null) return look.width(String(tensor.axis(side === "rows" ? 2 : 1) - 1));
  return Math.max(...[found].flat().map((list) => look.widest(tensor.lists[list])));
}

/**
 * What a tensor shares with those beside it in a frame. `bare`: it has no row labels, since the tensor to its left has
 * the same. `noted`: it leaves space for numbers under its panels, since a tensor beside it has some, so that rows
 * stay aligned.
 * @typedef {{bare: boolean, noted: boolean}} Company
 */

/** @type {Company} */
const ALONE = { bare: false, noted: false };

/**
 * What each of `tensors` shares with its neighbours if `perLine` of them are side by side.
 * @param {Tensor[]} tensors
 * @param {number} perLine
 * @returns {Company[]}
 */
export function companyOf(tensors, perLine) {
  return tensors.map((tensor, i) => {
    const twins = tensors.filter((other) => isTwin(tensor, other));
    return { bare: i % perLine > 0 && isTwin(tensors[i - 1], tensor), noted: twins.some(({ notes }) => notes) };
  });
}

/** Whether two tensors have the same shape and labels. @param {Tensor} a @param {Tensor} b */
function isTwin(a, b) {
  const labels = (/** @type {Tensor} */ { view }) => JSON.stringify([view.rows, view.columns, view.panels]);
  return a.rank !== 3 && String(a.shape) === String(b.shape) && labels(a) === labels(b);
}

/**
 * Geometry of `tensor` with `counts` of its axes shown.
 * @param {Tensor} tensor
 * @param {number} cell
 * @param {number[]} counts
 * @param {number} room width in pixels
 * @param {Look} look
 * @param {Company} company
 * @returns {Geometry} without sliders
 */
export function measure(tensor, cell, counts, room, look, company = ALONE) {
  const edge = margins(tensor, cell, look, company);
  const [rows, columns] = counts.slice(-2);
  const back = (/** @type {number} */ n) => counts[tensor.rank - n] ?? 1;
  const panelWidth = columns * cell;
  const between = edge.gap + (edge.eachLeft ? edge.rowWidth : 0);
  const left = edge.nameLeft + edge.rowWidth + 1;
  const panels = back(COLUMNS_OF_PANELS);
  const fitting = Math.max(1, Math.floor((room - left + between) / (panelWidth + between)));
  const across = tensor.rank === 3 ? Math.min(panels, fitting) : panels;
  const down = tensor.rank === 3 ? Math.ceil(panels / across) : back(ROWS_OF_PANELS);
  const panelHeight = rows * cell + edge.noteHeight;
  const perRow = edge.eachTop ? edge.columnHeight + (tensor.rank === 3 ? edge.nameTop : 0) : 0;
  const once = (tensor.rank === 3 ? 0 : edge.nameTop) + (edge.eachTop ? 0 : edge.columnHeight);
  const width = Math.ceil(left + across * (panelWidth + between) - between) + 2;
  return {
    ...edge,
    cell,
    counts,
    across,
    down,
    left,
    once,
    perRow,
    stepX: panelWidth + between,
    stepY: perRow + panelHeight + edge.gap,
    width,
    outer: Math.max(width, Math.min(look.room, look.headingWidth(tensor))),
    height: Math.ceil(once + down * (perRow + panelHeight + edge.gap) - edge.gap) + 2,
    sliders: 0,
  };
}

/**
 * How many indices of each axis are shown if there is enough space: all, but one of each axis that has no panels.
 * @param {Tensor} tensor
 * @param {boolean} lock whether one panel is enlarged
 */
export function fullCounts(tensor, lock) {
  return tensor.shape.map((length, axis) => {
    const back = tensor.rank - axis;
    return back > 4 || (lock && back > 2) ? Math.min(1, length) : length;
  });
}

/**
 * Reduce `counts` until the tensor fits into `room` x `tall` with cells of size `cell`.
 * @param {Tensor} tensor
 * @param {number} cell
 * @param {number[]} counts
 * @param {number} room
 * @param {number} tall
 * @param {Look} look
 * @param {Company} [company]
 */
export function windowCounts(tensor, cell, counts, room, tall, look, company) {
  const cut = [...counts];
  const fits = () => {
    const found = measure(tensor, cell, cut, room, look, company);
    return { wide: found.width <= room, high: found.height <= tall };
  };
  shrink(cut, tensor.rank - 1, tensor.rank - COLUMNS_OF_PANELS, () => fits().wide);
  shrink(cut, tensor.rank - 2, tensor.rank === 3 ? 0 : tensor.rank - ROWS_OF_PANELS, () => fits().high);
  return cut;
}

/**
 * Like `windowCounts`, but leaves space in `tall` for a slider of each axis that is cut.
 * @param {Tensor} tensor
 * @param {number} cell
 * @param {number[]} counts
 * @param {number} room
 * @param {number} tall
 * @param {Look} look
 * @param {Company} [company]
 */
export function windowWithSliders(tensor, cell, counts, room, tall, look, company) {
  let [cut, sliders] = [counts, 0];
  for (let tries = 0; tries < 3; tries++) {
    cut = windowCounts(tensor, cell, counts, room, tall - sliders, look, company);
    sliders = slidersHeight(tensor, cut, room, look);
  }
  return cut;
}

/**
 * Height in pixels of the sliders under a tensor if `counts` of its axes are shown.
 * @param {Tensor} tensor
 * @param {number[]} counts
 * @param {number} room
 * @param {Look} look
 */
export function slidersHeight(tensor, counts, room, look) {
  const cut = tensor.shape.filter((length, axis) => counts[axis] < length).length;
  const lines = Math.ceil(cut / Math.max(1, Math.floor((room + SLIDERS_GAP) / (SLIDER_ROOM + SLIDERS_GAP))));
  return lines * (Math.ceil(SLIDER_HEIGHT * look.scale) + SLIDER_GAP);
}

/**
 * Reduce the inner axis down to `MIN_WINDOW`, then the outer axis, then the inner one further, until `fits`.
 * @param {number[]} counts
 * @param {number} inner
 * @param {number} outer
 * @param {() => boolean} fits
 */
function shrink(counts, inner, outer, fits) {
  while (!fits() && counts[inner] > MIN_WINDOW) counts[inner] -= 1;
  while (!fits() && outer >= 0 && counts[outer] > 1) counts[outer] -= 1;
  while (!fits() && counts[inner] > 1) counts[inner] -= 1;
}
