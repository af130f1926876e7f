/**
 * The visible part of one tensor, and the positions of its panels and cells.
 *
 * @import { Geometry } from "./geometry.js"
 * @import { Look } from "./look.js"
 * @import { Tensor } from "./tensor.js"
 *
 * @typedef {{lead: number[], x: number, y: number, left: number, top: number}} Panel  a visible panel: its index on
 *   the leading axes, its place among the panels and its top left corner
 * @typedef {{tensor: Tensor, geometry: Geometry, starts: number[], panels: Panel[], look: Look,
 *   row: number}} Picture  `starts` is where the visible part begins on every axis, `row` the row that the step
 *   highlights, counted from the first visible one; NaN without one
 */

import { COLUMNS_OF_PANELS, ROWS_OF_PANELS } from "./geometry.js";
import { place } from "./tensor.js";

/** @param {Tensor} tensor @param {Geometry} geometry @param {number[]} starts */
export function panelsOf(tensor, geometry, starts) {
  const { rank } = tensor;
  const { across, down } = geometry;
  /** @type {Panel[]} */
  const panels = [];
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      if (rank === 3 && y * across + x >= geometry.counts[0]) continue;
      const lead = starts.slice(0, Math.max(0, rank - 2));
      if (rank === 3) lead[0] += y * across + x;
      if (rank > 3) {
        lead[rank - ROWS_OF_PANELS] += y;
        lead[rank - COLUMNS_OF_PANELS] += x;
      }
      const top = geometry.once + y * geometry.stepY + geometry.perRow;
      panels.push({ lead, x, y, left: geometry.left + x * geometry.stepX, top });
    }
  }
  return panels;
}

/** A cell's panel, if visible, and its row and column there. @param {Picture} picture @param {number[]} index */
export function placeOf({ tensor, starts, panels }, index) {
  const panel = panels.find(({ lead }) => lead.every((value, axis) => value === index[axis]));
  const row = index[tensor.rank - 2] - starts[tensor.rank - 2];
  const column = index[tensor.rank - 1] - starts[tensor.rank - 1];
  return { panel, row, column };
}

/**
 * Visit the visible cells panel by panel, row by row.
 * @param {Picture} picture
 * @param {(value: number, masked: boolean, panel: Panel, row: number, column: number) => void} visit
 */
export function eachCell({ tensor, geometry, starts, panels }, visit) {
  const [rows, columns] = geometry.counts.slice(-2);
  const [row0, column0] = starts.slice(-2);
  const mask = tensor.mask;
  const values = tensor.values.values;
  const hidden = mask?.values;
  const stride = mask && mask.shape[mask.shape.length - 1] > 1 ? 1 : 0;
  for (const panel of panels) {
    for (let row = 0; row < rows; row++) {
      const index = [...panel.lead, row0 + row, column0];
      const from = place(tensor.shape, index);
      const maskFrom = mask ? place(mask.shape, index) : 0;
      for (let column = 0; column < columns; column++) {
        const masked = hidden?.[maskFrom + column * stride] === 1;
        visit(values[from + column], masked, panel, row, column);
      }
    }
  }
}

/**
 * The cells at a point of a picture: one cell or, on a header, those of its row or column.
 * @param {Picture} picture
 * @param {number} x in pixels from the picture's left edge
 * @param {number} y
 * @returns {{cells: number[][], header: boolean}}
 */
export function hit({ geometry, starts, panels }, x, y) {
  const { cell } = geometry;
  const [rows, columns] = geometry.counts.slice(-2);
  const [row0, column0] = starts.slice(-2);
  const column = (/** @type {Panel} */ panel) => Math.floor((x - panel.left) / cell) + column0;
  const row = (/** @type {Panel} */ panel) => Math.floor((y - panel.top) / cell) + row0;
  const across = panels.filter((panel) => isInside(x, panel.left, columns * cell));
  const down = panels.filter((panel) => isInside(y, panel.top, rows * cell));
  const panel = across.find((one) => down.includes(one));
  if (panel) return { cells: [[...panel.lead, row(panel), column(panel)]], header: false };
  const labels = x < geometry.left && x > geometry.nameLeft ? down : [];
  const beside = geometry.eachLeft
    ? down.filter((one) => isInside(x, one.left - geometry.rowWidth, geometry.rowWidth))
    : labels;
  if (geometry.labelled && beside.length) {
    return {
      cells: beside.flatMap((one) => span(column0, columns, (at) => [...one.lead, row(one), at])),
      header: true,
    };
  }
  const above = geometry.labelled
    ? across.filter((one) => isInside(y, one.top - geometry.columnHeight, geometry.columnHeight))
    : [];
  const heads = geometry.eachTop || !above.length ? above : across;
  return { cells: heads.flatMap((one) => span(row0, rows, (at) => [...one.lead, at, column(one)])), header: true };
}

/** @param {number} value @param {number} from @param {number} length */
const isInside = (value, from, length) => value >= from && value < from + length;

/** @template T @param {number} start @param {number} count @param {(at: number) => T} make @returns {T[]} */
const span = (start, count, make) => Array.from({ length: count }, (_, i) => make(start + i));
