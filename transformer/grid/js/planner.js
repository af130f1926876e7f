/**
 * Computes the sizes of the pictures of all frames for the available space on screen.
 *
 * @import { Limits } from "./arrange.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 * @import { Tensor } from "./tensor.js"
 */

import { ENOUGH_CELL, sizesOf } from "./arrange.js";
import { legendParts } from "./legend.js";
import { Plan } from "./plan.js";
import { fills, windowShare } from "./room.js";

const LEGEND_GAP = 4;
const SCROLLING = 1.6;
const WORTH_NOTES = 1.05;

export class Planner {
  /** Heights of the legend by its width, and by whether panels have numbers. @type {Map<string, number>} */
  #legendHeights = new Map();

  /** @param {Nodes} nodes @param {State} state */
  constructor(nodes, state) {
    this.nodes = nodes;
    this.state = state;
    /** @type {Plan|null} */
    this.plan = null;
  }

  /** Measure legends again, since the contents have changed. */
  forget() {
    this.#legendHeights.clear();
  }

  /** Make a plan; without the numbers under panels if cells would be too small otherwise. @returns {Plan} */
  make() {
    const { state, nodes } = this;
    const plan = this.#with(true);
    const noted = state.data.frames.some(({ tensors }) => tensors.some((one) => one.notes));
    if (plan.ratio >= 1 || !noted || !fills(nodes.root, state)) return plan;
    const without = this.#with(false);
    return without.ratio > plan.ratio * WORTH_NOTES ? without : this.#with(true);
  }

  /** @param {boolean} notes */
  #with(notes) {
    const { look } = this.state;
    look.notes = notes;
    look.room = Math.floor(this.nodes.figures.getBoundingClientRect().width); // clientWidth may be rounded up
    this.plan = new Plan(this.state, this.#limits());
    return this.plan;
  }

  /** The limits for pictures in the available space. @returns {Limits} */
  #limits() {
    const { options, look } = this.state;
    const asked = options.height ? look.scale * options.height : Infinity;
    const { innerWidth, innerHeight } = window;
    const common = { room: look.room, screen: innerWidth * innerHeight };
    if (!fills(this.nodes.root, this.state)) {
      const tall = Math.min(asked, look.scale * windowShare());
      const sizes = { least: ENOUGH_CELL, wanted: ENOUGH_CELL, most: Infinity };
      return { ...common, heights: [tall, (count) => tall * Math.max(SCROLLING, count)], sizes: () => sizes };
    }
    const tall = Math.min(asked, Math.floor(this.nodes.main.getBoundingClientRect().height) - this.#legendHeight());
    return {
      ...common,
      heights: [tall, () => Infinity],
      windowed: true,
      sizes: (tensors, isLocked) => sizesOf(tensors, isLocked, innerHeight),
    };
  }

  /** The largest height of the legend under the picture in any frame. */
  #legendHeight() {
    const { nodes, state } = this;
    const width = nodes.picture.offsetWidth;
    const key = `${width} ${state.look.notes}`;
    let most = this.#legendHeights.get(key);
    if (most === undefined) {
      const heights = [...state.frames.kinds.values()].map((at) => this.#heightOfLegend(state.frames.tensors(at)));
      most = Math.max(0, ...heights) + (width && LEGEND_GAP);
      this.#legendHeights.set(key, most);
    }
    return most;
  }

  /** @param {Tensor[]} tensors */
  #heightOfLegend(tensors) {
    const { legend } = this.nodes;
    legend.replaceChildren(...legendParts(tensors, this.state));
    return legend.childElementCount ? Math.ceil(legend.getBoundingClientRect().height) : 0;
  }

  /** Height of the tallest frame's picture with its legend. */
  get tallestPicture() {
    return (this.plan?.height ?? 0) + this.#legendHeight();
  }
}
