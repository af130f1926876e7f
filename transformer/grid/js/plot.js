/**
 * The positions of curves over the rows of a matrix.
 *
 * @import { Tensor } from "./tensor.js"
 * @typedef {{width: number, height: number, left: number, right: number, top: number, bottom: number}} Area in pixels;
 *   the curves are between left and right, top and bottom
 */

const LEVELS = 4;

/** The values at which the axis is labelled. @param {Tensor} tensor */
export function levelsOf({ view }) {
  const { low, high } = view.scale;
  return Array.from({ length: LEVELS + 1 }, (_, i) => low + ((high - low) * i) / LEVELS);
}

export class Plot {
  /** @param {Tensor} tensor @param {Area} area */
  constructor(tensor, area) {
    this.tensor = tensor;
    this.area = area;
  }

  get rows() {
    return this.tensor.shape[0];
  }

  /** @param {number} row */
  x(row) {
    const { left, right } = this.area;
    return left + (row / Math.max(this.rows - 1, 1)) * (right - left);
  }

  /** @param {number} value */
  y(value) {
    const { top, bottom } = this.area;
    const { low, high } = this.tensor.view.scale;
    return bottom - ((value - low) / (high - low)) * (bottom - top);
  }

  /** The position of a cell on its curve. @param {number} row @param {number} column @returns {[number, number]} */
  at(row, column) {
    return [this.x(row), this.y(this.tensor.at([row, column]))];
  }

  /** The index of the cell in the nearest row, on the nearest curve. @param {number} x @param {number} y */
  nearest(x, y) {
    const { left, right } = this.area;
    const part = (x - left) / (right - left);
    const row = Math.max(0, Math.min(Math.round(part * (this.rows - 1)), this.rows - 1));
    const away = (/** @type {number} */ column) => Math.abs(this.at(row, column)[1] - y);
    return [row, this.tensor.view.curves.reduce((a, b) => (away(b) < away(a) ? b : a))];
  }
}
