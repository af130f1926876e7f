/**
 * What a grid shows: the frame, the enlarged panel, the part of large tensors, and the cell pointed at.
 *
 * @import { GridData, Lock, Options } from "./data.js"
 * @import { Geometry } from "./geometry.js"
 * @import { Look } from "./look.js"
 * @import { Picture } from "./picture.js"
 * @import { Cell, Tensor } from "./tensor.js"
 * @typedef {{pos: number, cells: number[][], live?: boolean}} Painted  cells of a tensor that are being changed; `live`
 *   while the pointer is held down
 */

import { Frames } from "./frames.js";
import { panelsOf } from "./picture.js";
import { isOneCell, operandIndex } from "./tensor.js";

/** @param {unknown} a @param {unknown} b */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export class State {
  /** @param {GridData} data @param {Look} look */
  constructor(data, look) {
    this.frames = new Frames(data);
    this.look = look;
    /** The index of the frame on screen. */
    this.at = 0;
    /** @type {Lock|null} */
    this.lock = null;
    /** The names of tensors that show one enlarged panel. @type {Set<string>} */
    this.lockedNames = new Set();
    /** Where the visible part begins on every axis, by the tensor's shape. @type {Map<string, number[]>} */
    this.windows = new Map();
    /** @type {Cell|null} */
    this.hover = null;
    /** @type {Painted|null} */
    this.painted = null;
    this.isFull = false;
    this.isPlaying = false;
    this.options = data.options;
    /** The view that was reported to the page, or set by it. @type {{frame: number|null, lock: Lock|null}} */
    this.reported = { frame: null, lock: null };
    /** @type {Options|null} */
    this.followed = null;
    this.titles = this.frames.titles;
  }

  get data() {
    return this.frames.data;
  }

  get texts() {
    return this.data.texts;
  }

  get count() {
    return this.frames.count;
  }

  get frame() {
    return this.data.frames[this.at];
  }

  /** The tensors on screen. */
  get tensors() {
    return this.frames.tensors(this.at);
  }

  /** Whether the view can be saved as an image. */
  get isPicturable() {
    return this.count > 1 || this.options.picture;
  }

  /** Whether the frame highlights a row. */
  get hasRows() {
    return this.frame.row !== undefined;
  }

  // ----- new data, and where the page wants the view

  /** @param {GridData} data */
  take(data) {
    if (data !== this.data) this.frames = new Frames(data);
    this.follow(data.options);
    if (this.hover && !this.has(this.hover)) this.hover = null;
  }

  /**
   * Keep frame and lock; go to `start` and `lock` if the page has changed them, but not if they repeat our own report.
   * @param {Options} options
   */
  follow(options) {
    const [before, titles] = [this.followed, this.frames.titles];
    const asked = !before || before.revision !== options.revision;
    if (before && options.follow && !same(titles, this.titles)) this.at = keptPlace(this.at, this.titles, titles);
    else if ((asked || before.start !== options.start) && options.start !== this.reported.frame) {
      this.at = this.reported.frame = options.start;
    }
    this.at = Math.min(this.at, this.count - 1);
    const isMoved = asked || !same(before.lock, options.lock);
    if (isMoved && !same(options.lock, this.reported.lock)) this.lock = this.reported.lock = options.lock;
    this.enlarge(this.lock);
    this.painted = null;
    this.options = this.followed = options;
    this.titles = titles;
  }

  // ----- the enlarged panel

  /** @param {Lock|null} lock */
  enlarge(lock) {
    this.lock = lock;
    this.lockedNames = lock ? this.frames.kin(lock.tensor) : new Set();
  }

  /**
   * Whether a tensor shows one enlarged panel: the locked one does, and those with the same shape in every frame.
   * @param {Tensor} tensor
   */
  isLocked(tensor) {
    return tensor.panels > 1 && this.lockedNames.has(tensor.name);
  }

  // ----- cells

  /** Whether a cell exists in the frame on screen. @param {Cell} cell */
  has({ pos, index }) {
    const tensor = this.tensors[pos];
    return tensor && tensor.rank === index.length && index.every((value, axis) => value < tensor.shape[axis]);
  }

  /**
   * The index to highlight in the tensor with index `pos`: the cell pointed at, the same index in a tensor of the same
   * shape, or the cell from which it was computed; null for none.
   * @param {number} pos
   */
  lit(pos) {
    if (!this.hover) return null;
    const { index } = this.hover;
    const [source, tensor] = [this.tensors[this.hover.pos], this.tensors[pos]];
    if (this.hover.pos === pos || String(tensor.shape) === String(source.shape)) return index;
    const operand = source.operands.find(
      ({ name, shape }) => name === tensor.name && String(shape) === String(tensor.values.shape),
    );
    const read = operand && operandIndex(operand, index);
    return read && isOneCell(read) ? tensor.padded(read) : null;
  }

  // ----- the visible part of large tensors

  /**
   * Where the visible part begins on every axis; tensors of one shape move together.
   * @param {Tensor} tensor
   * @param {number[]} counts
   * @param {number[]} lead the panel to show; empty for the panels at the current position
   */
  starts(tensor, counts, lead) {
    const moved = this.#window(tensor);
    return tensor.shape.map((length, axis) => Math.max(0, Math.min(lead[axis] ?? moved[axis], length - counts[axis])));
  }

  /** @param {Picture} picture @param {number} axis @param {number} start */
  move({ tensor, geometry }, axis, start) {
    this.#window(tensor)[axis] = Math.max(0, Math.min(start, tensor.shape[axis] - geometry.counts[axis]));
  }

  /** @param {Tensor} tensor */
  #window(tensor) {
    const key = String(tensor.shape);
    const found = this.windows.get(key) ?? tensor.shape.map(() => 0);
    this.windows.set(key, found);
    return found;
  }

  /** @param {Tensor} tensor @param {Geometry} geometry @param {number[]} [lead] the panel to show @returns {Picture} */
  picture(tensor, geometry, lead = this.lock && this.isLocked(tensor) ? this.lock.panel : []) {
    const starts = this.starts(tensor, geometry.counts, lead);
    const row = tensor.rank === 2 ? (this.frame.row ?? NaN) - starts[0] : NaN;
    return { tensor, geometry, starts, panels: panelsOf(tensor, geometry, starts), look: this.look, row };
  }
}

/**
 * The index to go to when frames were added or removed: the last if it was the last, else that of the frame with the
 * same title, else one about as far along.
 * @param {number} at
 * @param {string[]} before titles of the frames
 * @param {string[]} after
 */
export function keptPlace(at, before, after) {
  if (at === before.length - 1) return after.length - 1;
  const alike = after.indexOf(before[at]);
  return alike >= 0 ? alike : Math.round((at / (before.length - 1)) * (after.length - 1));
}
