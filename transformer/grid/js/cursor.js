/**
 * The cell selected by keys: it is brought into view and announced to screen readers.
 *
 * @import { Acts } from "./acts.js"
 * @import { Figures } from "./figures.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 */

import { besideCell } from "./keys.js";

export class Cursor {
  /** @param {Nodes} nodes @param {State} state @param {Figures} figures @param {Acts} acts */
  constructor(nodes, state, figures, acts) {
    this.nodes = nodes;
    this.state = state;
    this.figures = figures;
    this.acts = acts;
  }

  /** A picture got the focus: put the cursor into its first visible cell, if it is elsewhere. @param {number} pos */
  enter(pos) {
    if (this.state.hover?.pos !== pos) this.#put(pos, this.figures.list[pos]?.firstCell ?? null);
  }

  /** @param {number} back the axis to move along, from the right @param {1|-1} step */
  move(back, step) {
    const { hover, tensors } = this.state;
    if (!hover) {
      this.enter(0);
      return;
    }
    const tensor = tensors[hover.pos];
    this.#put(hover.pos, besideCell(tensor, hover.index, back, step, this.state.isLocked(tensor)));
  }

  /** @param {number} pos @param {number[]|null} index */
  #put(pos, index) {
    if (!index) return;
    this.#reveal(pos, index);
    this.acts.point({ pos, index });
    this.nodes.live.textContent = this.nodes.readout.textContent;
  }

  /** Move the window of a large tensor so that it shows a cell. @param {number} pos @param {number[]} index */
  #reveal(pos, index) {
    const { picture } = this.figures.list[pos];
    index.forEach((at, axis) => {
      const [start, count] = [picture.starts[axis], picture.geometry.counts[axis]];
      if (at < start || at >= start + count) this.acts.move(picture, axis, at < start ? at : at - count + 1);
    });
  }
}
