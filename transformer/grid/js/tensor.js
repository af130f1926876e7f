/**
 * A tensor of a frame, which can be indexed, and the cells of its operands from which a cell was computed.
 *
 * @import { GridData, PackedOperand, PackedTensor, Texts, Values } from "./data.js"
 * @typedef {{pos: number, index: number[]}} Cell  a cell of the frame's tensor with index `pos`
 * @typedef {PackedOperand & {values: Values|null, result: number[]}} Operand  `result`: shape of the result
 */

/** A tensor with at least two axes (a vector becomes one row), with its labels, mask and operands. */
export class Tensor {
  /** @type {boolean|undefined} */
  #frames;

  /** @param {GridData} data @param {Values[]} arrays @param {PackedTensor} packed */
  constructor(data, arrays, packed) {
    this.view = data.views[packed.view];
    this.values = arrays[packed.values];
    /** @type {number[]} */
    this.shape = [...Array(Math.max(0, 2 - this.values.shape.length)).fill(1), ...this.values.shape];
    this.rank = this.shape.length;
    this.hidden = this.rank - this.values.shape.length;
    this.mask = packed.masked === undefined ? null : arrays[packed.masked];
    /** @type {Operand[]} */
    this.operands = this.view.operands.map((operand, i) => {
      const place = packed.operands?.[i] ?? null;
      return { ...operand, values: place === null ? null : arrays[place], result: this.shape };
    });
    this.notes = packed.notes ?? null;
    this.lists = data.labels;
  }

  get name() {
    return this.view.name;
  }

  /** The meaning of True in it, in words. */
  get truth() {
    return this.view.truth;
  }

  /** Number of panels in the grid. */
  get panels() {
    return this.axis(3) * this.axis(4);
  }

  /** The text under the panel at `lead`, or null. @param {number[]} lead */
  note(lead) {
    return this.notes?.[place(this.shape.slice(0, -2), lead)] ?? null;
  }

  get signature() {
    return `${this.name}|${this.shape}`;
  }

  /** Length of the axis `back` from the right; 1 where there is none. @param {number} back */
  axis(back) {
    return this.shape[this.rank - back] ?? 1;
  }

  /** The number in a cell. @param {number[]} index */
  at(index) {
    return this.values.values[place(this.shape, index)];
  }

  /** The meaning of hatched cells, in words. @param {Texts} texts */
  hatched(texts) {
    return this.view.hatched || texts.masked;
  }

  /** @param {number[]} index */
  masked(index) {
    return this.mask !== null && this.mask.values[place(this.mask.shape, index)] === 1;
  }

  /**
   * Whether a masked cell is framed instead of hatched: its weight is not zero, or the tensor gives frames a meaning
   * of their own.
   * @param {number} value
   * @param {boolean} masked
   */
  isFramed(value, masked) {
    return masked && (this.view.framed !== "" || (this.view.flows && value !== 0));
  }

  /** Whether any cell is framed. */
  get hasFrames() {
    this.#frames ??= this.mask !== null && this.#anyFrame();
    return this.#frames;
  }

  #anyFrame() {
    const { values } = this.values;
    for (let i = 0; i < values.length; i++) {
      if (this.isFramed(values[i], this.masked(indexAt(this.shape, i)))) return true;
    }
    return false;
  }

  /** The meaning of a frame in this tensor. @param {Texts} texts */
  framed(texts) {
    return this.view.framed || texts.leaks;
  }

  /** The description of a masked cell. @param {number} value @param {Texts} texts */
  maskedText(value, texts) {
    return this.isFramed(value, true) ? this.framed(texts) : this.hatched(texts);
  }

  /**
   * Labels of the rows or the columns of a panel, or null.
   * @param {"rows"|"columns"} side
   * @param {number[]} panel its index on the leading axes
   */
  labels(side, panel) {
    const found = this.view[side];
    if (found === null) return null;
    if (!Array.isArray(found)) return this.lists[found];
    return this.lists[found[panel[Math.max(0, this.rank - 4)] ?? 0]];
  }

  /** @param {"rows"|"columns"} side */
  perBatch(side) {
    return Array.isArray(this.view[side]);
  }

  /** The index in the original tensor (for a vector, it has one entry). @param {number[]} index */
  shown(index) {
    return index.slice(this.hidden);
  }

  /** The index here for one in the original tensor. @param {number[]} index */
  padded(index) {
    return [...Array(this.hidden).fill(0), ...index];
  }

  /** @param {number} axis */
  axisName(axis) {
    return this.view.axes[axis - this.hidden] ?? null;
  }
}

/**
 * Offset of `index` in an array of `shape`, broadcast: aligned from the right, size 1 read at 0.
 * @param {number[]} shape
 * @param {number[]} index
 */
export function place(shape, index) {
  const shift = index.length - shape.length;
  let offset = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    offset = offset * shape[axis] + (shape[axis] === 1 ? 0 : index[axis + shift]);
  }
  return offset;
}

/** The index of the cell at `offset` in row-major order. @param {number[]} shape @param {number} offset */
export function indexAt(shape, offset) {
  let rest = offset;
  return [...shape]
    .reverse()
    .map((length) => {
      const at = rest % length;
      rest = (rest - at) / length;
      return at;
    })
    .reverse();
}

/**
 * The index in `operand` from which a cell of the result was computed; null on an axis that was read entirely.
 * @param {Operand} operand
 * @param {number[]} index
 * @returns {(number|null)[]}
 */
export function operandIndex(operand, index) {
  if (operand.axes === null) {
    const shift = index.length - operand.shape.length;
    return operand.shape.map((length, axis) => (length === 1 ? 0 : index[axis + shift]));
  }
  return operand.axes.map((axis, own) => {
    if (axis === null) return null;
    if (Array.isArray(axis)) return flattened(operand, axis, index);
    return operand.shape[own] === 1 ? 0 : index[axis];
  });
}

/**
 * The index on an operand axis that combines several result axes, in row-major order.
 * @param {Operand} operand
 * @param {number[]} axes
 * @param {number[]} index
 */
function flattened(operand, axes, index) {
  return axes.reduce((offset, axis) => offset * operand.result[axis] + index[axis], 0);
}

/** Whether an `operandIndex` is a single cell. @param {(number|null)[]} index @returns {index is number[]} */
export const isOneCell = (index) => !index.includes(null);
