/**
 * The sizes of the tensors of all frames in a given space.
 *
 * @import { Arranged, Limits } from "./arrange.js"
 * @import { Geometry } from "./geometry.js"
 * @import { State } from "./state.js"
 * @import { Tensor } from "./tensor.js"
 */

import { arrange, FIGURE_GAP, shareOf, smallestCell, sum } from "./arrange.js";
import {
  fullCounts,
  LINE_GAP,
  measure,
  NUMBER_CELL,
  slidersHeight,
  windowCounts,
  windowWithSliders,
} from "./geometry.js";

/** Tensors with the same name have the same cell size in all frames, so that frames can be compared. */
export class Plan {
  /** @param {State} state @param {Limits} limits */
  constructor(state, limits) {
    this.state = state;
    this.limits = limits;
    this.arranged = this.#arrangeAll();
    /** The smallest cell size of all frames, relative to the wanted size; 0 if nothing fits. */
    this.ratio = Math.min(...[...this.arranged.values()].map(({ ratio }) => ratio));
    /** Cell sizes by the names of tensors. @type {Map<string, number>} */
    this.cells = new Map();
    for (const [kind, at] of state.frames.kinds) this.#takeCells(at, this.#ofKind(kind));
    /** The space reserved for each tensor, by name, if all frames show the same ones. */
    this.slots = this.#roomForEach();
  }

  get #tall() {
    return this.limits.heights[0];
  }

  /** An arrangement for each kind of frame; if all show the same tensors, with equally many side by side. */
  #arrangeAll() {
    const { frames, look } = this.state;
    const isLocked = (/** @type {Tensor} */ tensor) => this.state.isLocked(tensor);
    const arranged = (/** @type {number[]|undefined} */ lines) =>
      [...frames.kinds].map(([kind, at]) => ({
        kind,
        how: arrange(frames.tensors(at), this.limits, look, isLocked, lines),
      }));
    const free = arranged(undefined);
    const smallest = free.reduce((a, b) => (b.how.cell < a.how.cell ? b : a)).how.perLine;
    const isAlike = free.every(({ how }) => how.perLine === smallest);
    const chosen = isAlike || !frames.showsTheSame ? free : arranged([smallest]);
    return new Map(chosen.map(({ kind, how }) => [kind, how]));
  }

  /** @param {string} kind */
  #ofKind(kind) {
    return /** @type {Arranged} */ (this.arranged.get(kind));
  }

  /** @param {number} at @param {Arranged} how */
  #takeCells(at, how) {
    if (how.cell === 0) return;
    this.state.frames.tensors(at).forEach(({ name }, i) => {
      this.cells.set(name, Math.min(this.cells.get(name) ?? Infinity, how.cells[i]));
    });
  }

  /** The largest width and height of each tensor, so that its neighbours stay in place while it grows. */
  #roomForEach() {
    const { frames } = this.state;
    /** @type {Map<string, {width: number, height: number}>} */
    const slots = new Map();
    for (const at of frames.showsTheSame ? frames.kinds.values() : []) {
      for (const tensor of frames.tensors(at)) {
        const geometry = this.geometry(tensor, at);
        const { width, height } = slots.get(tensor.name) ?? { width: 0, height: 0 };
        const tall = geometry.height + geometry.sliders;
        slots.set(tensor.name, { width: Math.max(width, geometry.outer), height: Math.max(height, tall) });
      }
    }
    return slots;
  }

  /** @param {Tensor} tensor of frame number `at` @param {number} at @returns {Geometry} */
  geometry(tensor, at) {
    const { look } = this.state;
    const how = this.#ofKind(this.state.frames.kindOf(at));
    const cell = look.snap((how.cell > 0 && this.cells.get(tensor.name)) || this.#smallestCell(tensor));
    const share = shareOf(this.limits.room, how.perLine);
    const counts = this.#counts(tensor, cell, how);
    const sliders = how.windowed ? slidersHeight(tensor, counts, share, look) : 0;
    return { ...measure(tensor, cell, counts, share, look, how.company.get(tensor.name)), sliders };
  }

  /** @param {Tensor} tensor */
  #smallestCell(tensor) {
    return this.limits.windowed && tensor.view.show
      ? NUMBER_CELL * this.state.look.scale
      : smallestCell(tensor, (one) => this.state.isLocked(one));
  }

  /**
   * How many indices of each axis are shown. In a stage, tensors above each other share its height.
   * @param {Tensor} tensor
   * @param {number} cell
   * @param {Arranged} how
   */
  #counts(tensor, cell, how) {
    const { look } = this.state;
    const whole = fullCounts(tensor, this.state.isLocked(tensor));
    const share = shareOf(this.limits.room, how.perLine);
    const company = how.company.get(tensor.name);
    if (how.windowed) {
      const tall = this.#tall / Math.ceil(how.company.size / how.perLine) - look.around;
      return windowWithSliders(tensor, cell, whole, how.cell > 0 ? this.limits.room : share, tall, look, company);
    }
    return how.cell > 0 ? whole : windowCounts(tensor, cell, whole, share, this.#tall, look, company);
  }

  /** Height of the tallest frame's picture, in pixels. */
  get height() {
    return Math.max(0, ...[...this.state.frames.kinds.values()].map((at) => this.#pictureHeight(at)));
  }

  /** @param {number} at */
  #pictureHeight(at) {
    /** @type {{width: number, height: number}[]} */
    const lines = [];
    for (const tensor of this.state.frames.tensors(at)) {
      const geometry = this.geometry(tensor, at);
      const own = this.slots.get(tensor.name) ?? { width: geometry.outer, height: geometry.height + geometry.sliders };
      const last = lines[lines.length - 1];
      const width = last && last.width + FIGURE_GAP + own.width;
      if (last && width <= this.limits.room) Object.assign(last, { width, height: Math.max(last.height, own.height) });
      else lines.push({ ...own });
    }
    return sum(lines.map(({ height }) => height + this.state.look.around)) - LINE_GAP;
  }
}
