/**
 * One tensor on screen: title, two canvases (picture and highlights) and sliders.
 *
 * @import { Acts } from "./acts.js"
 * @import { GridData } from "./data.js"
 * @import { Picture } from "./picture.js"
 * @import { State } from "./state.js"
 * @typedef {{width: number, height: number}} Slot  the space reserved for a tensor, in pixels
 */

import { size } from "./data.js";
import { prepare } from "./dom.js";
import { drawCross, drawPainted, drawTensor } from "./drawing.js";
import { el } from "./element.js";
import { placeOf } from "./picture.js";
import { Pointer } from "./pointer.js";
import { cellKeys } from "./readout.js";
import { Sliders } from "./sliders.js";
import { indexText } from "./text.js";

export class Figure {
  heading = el("figcaption");
  canvas = el("canvas", { "aria-hidden": "true" });
  over = el("canvas", { role: "application", tabindex: 0, class: "over" });
  area = el("div", { class: "area" }, this.canvas, this.over);
  #looks = "";
  /** @type {GridData|null} */
  #data = null;

  /** @param {State} state @param {Acts} acts @param {number} pos its index in the frame @param {Picture} picture */
  constructor(state, acts, pos, picture) {
    this.state = state;
    this.pos = pos;
    this.picture = picture;
    this.sliders = new Sliders(state, acts);
    this.node = el("figure", {}, this.heading, this.area, this.sliders.node);
    this.pointer = new Pointer(this, state, acts);
  }

  /** @param {Picture} picture @param {Slot|undefined} slot */
  show(picture, slot) {
    const { data } = this.state;
    const { tensor, geometry, starts, look } = picture;
    const { low, high } = tensor.view.scale;
    const places = `${tensor.signature}|${slot?.width}|${starts}|${geometry.width}|${geometry.outer}`;
    const looks = `${places}|${look.text}|${low},${high}`;
    this.picture = picture;
    this.node.dataset.figure = tensor.name;
    this.node.dataset.cell = String(geometry.cell);
    this.node.dataset.numbered = String(drawTensor(prepare(this.canvas, geometry, look.ratio), picture));
    if (looks === this.#looks && data === this.#data) return;
    this.#looks = looks;
    this.#data = data;
    this.node.style.width = `${slot?.width ?? geometry.outer}px`;
    this.node.style.minHeight = slot ? `${slot.height + look.title}px` : "";
    this.area.style.width = `${geometry.width}px`;
    this.over.style.touchAction = this.state.options.editable ? "none" : "pan-y";
    this.#showHeading();
    this.sliders.show(picture);
  }

  #showHeading() {
    const { tensor } = this.picture;
    const name = `${tensor.name} ${indexText(tensor.values.shape)}`;
    const shape = el("span", { class: "shape" }, indexText(tensor.values.shape));
    const empty = size(tensor.shape) === 0 ? ` ${this.state.texts.empty}` : "";
    const truth = el("span", { class: "truth" }, tensor.truth + empty);
    this.over.setAttribute("aria-label", `${name}. ${cellKeys(this.state, tensor)}`);
    this.heading.title = name;
    this.heading.replaceChildren(el("b", {}, tensor.name), truth, shape);
  }

  /** The index of the first visible cell; null if the tensor is empty. */
  get firstCell() {
    const { tensor, panels, starts } = this.picture;
    return size(tensor.shape) ? [...panels[0].lead, ...starts.slice(-2)] : null;
  }

  /** The y of the middle of the cell at `index` in the window, in pixels. @param {number[]} index */
  middleOf(index) {
    const { panel, row } = placeOf(this.picture, index);
    return this.over.getBoundingClientRect().top + (panel?.top ?? 0) + (row + 0.5) * this.picture.geometry.cell;
  }

  /** Draw highlights: the cell pointed at, and the cells being changed. */
  drawOver() {
    const { painted } = this.state;
    const { geometry, look } = this.picture;
    const context = prepare(this.over, geometry, look.ratio);
    if (painted?.pos === this.pos) drawPainted(context, this.picture, painted.cells);
    const lit = this.state.lit(this.pos);
    if (lit) drawCross(context, this.picture, lit);
  }
}
