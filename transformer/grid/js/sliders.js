/**
 * A slider for each axis of a tensor that is only partly shown.
 *
 * @import { Acts } from "./acts.js"
 * @import { Picture } from "./picture.js"
 * @import { State } from "./state.js"
 * @typedef {{axis: number, length: number, count: number}} Cut  an axis of which `count` indices are shown
 * @typedef {Cut & {label: HTMLElement, input: HTMLInputElement}} Part
 */

import { focusedIn } from "./dom.js";
import { el, fill } from "./element.js";

/** The axes that need a slider. @param {Picture} picture @param {boolean} isLocked @returns {Cut[]} */
export function cutAxes({ tensor, geometry }, isLocked) {
  const chosen = (/** @type {number} */ axis) => isLocked && axis >= tensor.rank - 4 && axis < tensor.rank - 2;
  return tensor.shape
    .map((length, axis) => ({ axis, length, count: geometry.counts[axis] }))
    .filter(({ axis, length, count }) => count < length && !chosen(axis));
}

export class Sliders {
  node = el("div", { class: "sliders" });
  #shown = "";
  /** @type {Part[]} */
  #parts = [];
  /** @type {Picture|null} */
  #picture = null;

  /** @param {State} state @param {Acts} acts */
  constructor(state, acts) {
    this.state = state;
    this.acts = acts;
  }

  /** @param {Picture} picture */
  show(picture) {
    this.#picture = picture;
    const cut = cutAxes(picture, this.state.isLocked(picture.tensor));
    const isInUse = this.node.contains(focusedIn(this.node)) && this.#shown === JSON.stringify(cut);
    if (!isInUse) this.#build(cut);
    for (const part of this.#parts) this.#label(picture, part);
  }

  /** @param {Cut[]} cut */
  #build(cut) {
    this.#shown = JSON.stringify(cut);
    this.#parts = cut.map((part) => {
      const most = part.length - part.count;
      const input = el("input", { type: "range", min: 0, max: most, step: 1, "data-axis": part.axis });
      input.oninput = () => this.#picture && this.acts.move(this.#picture, part.axis, Number(input.value));
      return { ...part, label: el("span"), input };
    });
    this.node.replaceChildren(...this.#parts.map(({ label, input }) => el("label", { class: "slider" }, label, input)));
  }

  /** @param {Picture} picture @param {Part} part */
  #label({ tensor, starts }, { axis, length, count, label, input }) {
    const { texts } = this.state;
    const name = tensor.axisName(axis) ?? fill(texts.axis, { number: axis - tensor.hidden });
    const first = starts[axis];
    const last = count === 1 ? length - 1 : first + count - 1;
    label.textContent = fill(count === 1 ? texts.choice : texts.window, { axis: name, first, last, size: length });
    input.value = String(first);
  }
}
