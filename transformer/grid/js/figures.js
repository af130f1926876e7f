/**
 * The pictures of the frame on screen, with their legend.
 *
 * @import { Acts } from "./acts.js"
 * @import { Plan } from "./plan.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 */

import { Figure } from "./figure.js";
import { legendParts } from "./legend.js";

export class Figures {
  /** @type {Figure[]} */
  list = [];

  /**
   * @param {Nodes} nodes
   * @param {State} state
   * @param {Acts} acts
   * @param {(pos: number) => void} entered is called with the index of the picture that gets the focus
   */
  constructor(nodes, state, acts, entered) {
    this.nodes = nodes;
    this.state = state;
    this.acts = acts;
    this.entered = entered;
  }

  /** @param {Plan} plan */
  show(plan) {
    const { state, nodes, list } = this;
    const { tensors } = state;
    nodes.unlock.hidden = !tensors.some((tensor) => state.isLocked(tensor));
    nodes.legend.replaceChildren(...legendParts(tensors, state));
    while (list.length > tensors.length) list.pop()?.node.remove();
    tensors.forEach((tensor, pos) => {
      const picture = state.picture(tensor, plan.geometry(tensor, state.at));
      list[pos] ??= this.#added(pos, picture);
      list[pos].show(picture, plan.slots.get(tensor.name));
    });
  }

  /** @param {number} pos @param {Figure["picture"]} picture */
  #added(pos, picture) {
    const figure = new Figure(this.state, this.acts, pos, picture);
    figure.over.onfocus = () => this.entered(pos);
    this.nodes.figures.append(figure.node);
    return figure;
  }

  drawOver() {
    for (const figure of this.list) figure.drawOver();
  }

  /** Whether `node` is a picture in which keys can move the cursor. @param {EventTarget} node */
  includes(node) {
    return this.list.some(({ over }) => over === node);
  }

  /** Scroll large matrices to the row that the frame highlights; returns whether that was necessary. */
  revealRow() {
    const { row } = this.state.frame;
    if (row === undefined) return false;
    const away = this.list.filter(({ picture: { tensor, geometry, starts } }) => {
      const [count] = geometry.counts;
      return tensor.rank === 2 && row < tensor.shape[0] && (row < starts[0] || row >= starts[0] + count);
    });
    for (const { picture } of away) this.state.move(picture, 0, row - (picture.geometry.counts[0] >> 1));
    return away.length > 0;
  }
}
