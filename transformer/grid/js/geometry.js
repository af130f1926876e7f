/**
 * Where the parts of one tensor's picture are at a given size of cells, and which part of a large tensor is shown.
 *
 * @import { Look } from "./look.js"
 * @import { Tensor } from "./tensor.js"
 */

/** The axes, counted from the right, that panels stand along. */
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
 * Sizes in pixels. `counts` say for every axis how much of it is shown, `across` and `down` how many panels stand in
 * a row and a column; `sliders` is the height of the sliders under the picture.
 * @typedef {ReturnType<typeof margins> & {cell: number, counts: number[], across: number, down: number, left: number,
 *   once: number, perRow: number, stepX: number, stepY: number, width: number, outer: number, height: number,
 *   sliders: number}} Geometry
 */

/**
 * Space taken by labels around panels at a given cell size.
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
 * Whether the panels' axis `back` from the right needs names: it has some, or more than one index.
 * @param {Tensor} tensor
 * @param {number} back
 */
function isNamed(tensor, back) {
  return tensor.rank >= back && (tensor.axis(back) > 1 || tensor.view.panels[4 - back] !== null);
}

/**
 * Width of the widest label of the rows or the columns; without labels they are numbered.
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
 * What a tensor shares with those beside it in a frame: one whose rows are the same as those to its left has them not
 * named again, and where one has numbers under its panels all leave room for them, so that rows stay level.
 * @typedef {{bare: boolean, noted: boolean}} Company
 */

/** @type {Company} */
const ALONE = { bare: false, noted: false };

/**
 * What each of `tensors` shares, `perLine` of them side by side.
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

/** Whether panels of two tensors have the same places and labels. @param {Tensor} a @param {Tensor} b */
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
 * How many of each axis are shown when nothing has to be cut: all, but one of each leading axis.
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
 * Cut the counts until the tensor fits into `room` x `tall` at its smallest cell.
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
 * As `windowCounts`, with room left in `tall` for a slider of every axis that is cut.
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
 * Height of the sliders under a tensor of which `counts` are shown, in pixels.
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
 * Shorten the inner axis down to a readable window, then the outer axis, until `fits`.
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
