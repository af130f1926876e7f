/**
 * Columns of a matrix as curves over its rows, drawn beside its picture. Pointing at a curve points at its cell.
 *
 * @import { Acts } from "./acts.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 * @import { Tensor } from "./tensor.js"
 */

import { prepare } from "./dom.js";
import { el } from "./element.js";
import { css, line } from "./look.js";
import { levelsOf, Plot } from "./plot.js";
import { fills } from "./room.js";
import { labelText, numberText, valueText } from "./text.js";

const CURVE_DASHES = [[], [7, 4], [2, 3], [8, 3, 2, 3], [13, 5], [4, 4]];
const CURVES_HEIGHT = 320;
const LOWEST_CURVES = 160;
const TICKS_APART = 44;
const DOTS_APART = 5;
const STEPS_OF_TICKS = [1, 2, 5, 10, 20, 50, 100, 200];

export class Curves {
  #canvas = el("canvas", { "aria-hidden": "true" });
  #over = el("canvas", { "aria-hidden": "true", class: "over" });
  #legend = el("div", { class: "legend", "data-testid": "tg-curves" });
  /** The index of the tensor whose curves are drawn; -1 for none. */
  #pos = -1;
  /** @type {Plot|null} */
  #plot = null;

  /** @param {Nodes} nodes @param {State} state @param {Acts} acts */
  constructor(nodes, state, acts) {
    this.nodes = nodes;
    this.state = state;
    nodes.curves.append(this.#legend, el("div", { class: "area" }, this.#canvas, this.#over));
    this.#over.onpointermove = (event) => acts.point(this.#hit(event));
    this.#over.onpointerleave = () => acts.point(null);
    this.#over.onclick = (event) => acts.visitRow(this.#hit(event)?.index[0] ?? -1);
  }

  /** Reserve space for curves if any frame has some. */
  reserve() {
    this.nodes.curves.hidden = this.state.data.views.every(({ curves }) => !curves.length);
  }

  get #row() {
    return this.state.frame.row ?? null;
  }

  show() {
    if (this.nodes.curves.hidden) return;
    const { tensors, look } = this.state;
    this.#pos = tensors.findIndex(({ view }) => view.curves.length);
    const tensor = tensors[this.#pos] ?? null;
    this.#legend.replaceChildren(...(tensor ? this.#legendParts(tensor) : []));
    const area = this.#area(tensor);
    const context = prepare(this.#canvas, area, look.ratio);
    this.#plot = tensor && new Plot(tensor, area);
    if (this.#plot) this.#draw(context, this.#plot);
    else prepare(this.#over, area, look.ratio);
  }

  /** @param {Tensor|null} tensor */
  #area(tensor) {
    const { look } = this.state;
    const { curves, main, root } = this.nodes;
    const room = fills(root, this.state) ? main.clientHeight - this.#legend.offsetHeight : Infinity;
    const left = look.widest(tensor ? levelsOf(tensor).map(numberText) : []) + 12;
    const width = curves.clientWidth;
    const height = Math.round(Math.max(LOWEST_CURVES, Math.min(CURVES_HEIGHT * look.scale, room)));
    return { width, height, left, right: width - 10, top: 10, bottom: height - 2.6 * look.font - 8 };
  }

  /** @param {CanvasRenderingContext2D} context @param {Plot} plot */
  #draw(context, plot) {
    this.#drawAxes(context, plot);
    if (this.#row !== null) this.#drawRow(context, plot, this.#row);
    plot.tensor.view.curves.forEach((column, number) => {
      this.#drawCurve(context, plot, column, number);
    });
  }

  /** @param {CanvasRenderingContext2D} context @param {Plot} plot */
  #drawAxes(context, plot) {
    const { look, texts } = this.state;
    const { left, right, bottom, height } = plot.area;
    context.font = look.fontOf(look.font);
    context.fillStyle = css(look.soft);
    context.strokeStyle = css(look.neutral);
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const level of levelsOf(plot.tensor)) {
      line(context, left, plot.y(level), right, plot.y(level));
      context.fillText(numberText(level), left - 6, plot.y(level));
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    const fitting = (right - left) / TICKS_APART;
    const step = STEPS_OF_TICKS.find((one) => plot.rows / one <= fitting) ?? plot.rows;
    for (let row = 0; row < plot.rows; row += step) context.fillText(String(row), plot.x(row), bottom + 6);
    context.textBaseline = "bottom";
    context.fillText(plot.tensor.axisName(0) ?? texts.row, (left + right) / 2, height);
  }

  /**
   * Mark the row that the frame highlights.
   * @param {CanvasRenderingContext2D} context
   * @param {Plot} plot
   * @param {number} row
   */
  #drawRow(context, plot, row) {
    const { top, bottom } = plot.area;
    context.strokeStyle = this.state.data.colours.chosen;
    context.lineWidth = 3;
    line(context, plot.x(row), top - 6, plot.x(row), bottom);
  }

  /** @param {CanvasRenderingContext2D} context @param {Plot} plot @param {number} column @param {number} number */
  #drawCurve(context, plot, column, number) {
    const hasDots = plot.x(1) - plot.x(0) >= DOTS_APART;
    this.#takePen(context, number);
    context.beginPath();
    for (let row = 0; row < plot.rows; row++) context.lineTo(...plot.at(row, column));
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = context.strokeStyle;
    for (let row = 0; row < plot.rows; row++) {
      context.beginPath();
      context.arc(...plot.at(row, column), row === this.#row ? 5 : hasDots ? 2 : 0, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /**
   * Set colour and dash of curve `number`. Black, invisible on a dark page, is replaced by the text's colour; the
   * colour of the highlighted row is not used.
   * @param {CanvasRenderingContext2D} context
   * @param {number} number
   */
  #takePen(context, number) {
    const { data, look } = this.state;
    const { lines, chosen } = data.colours;
    const colours = [...lines.slice(0, -1).filter((colour) => colour !== chosen), css(look.text)];
    context.strokeStyle = colours[number % colours.length];
    context.lineWidth = 2 * look.scale;
    context.setLineDash(CURVE_DASHES[number % CURVE_DASHES.length]);
  }

  /** The legend: each curve's colour, dash and name, with its value in the highlighted row. @param {Tensor} tensor */
  #legendParts(tensor) {
    const row = this.#row;
    const axis = tensor.axisName(1) ?? this.state.texts.column;
    return tensor.view.curves.map((column, number) => {
      const name = `${axis} ${labelText(tensor.labels("columns", []), column)}`;
      const value = row === null ? "" : ` = ${valueText(tensor.values, tensor.at([row, column]))}`;
      return el("span", { class: "key" }, this.#sample(number), name + value);
    });
  }

  /** @param {number} number */
  #sample(number) {
    const { look } = this.state;
    const canvas = el("canvas", { "aria-hidden": "true" });
    const context = prepare(canvas, { width: 30 * look.scale, height: 10 * look.scale }, look.ratio);
    this.#takePen(context, number);
    line(context, 0, 5 * look.scale, 30 * look.scale, 5 * look.scale);
    return canvas;
  }

  /** @param {MouseEvent} event */
  #hit(event) {
    if (!this.#plot) return null;
    const box = this.#over.getBoundingClientRect();
    return { pos: this.#pos, index: this.#plot.nearest(event.clientX - box.left, event.clientY - box.top) };
  }

  /** Mark the cell pointed at. */
  drawOver() {
    if (this.nodes.curves.hidden || !this.#plot) return;
    const { look, hover } = this.state;
    const { area, tensor } = this.#plot;
    const context = prepare(this.#over, area, look.ratio);
    if (!hover || hover.pos !== this.#pos) return;
    const [row, column] = hover.index;
    const [x, y] = this.#plot.at(row, column);
    const number = tensor.view.curves.indexOf(column);
    context.strokeStyle = css(look.soft);
    context.lineWidth = 1;
    line(context, x, area.top, x, area.bottom);
    if (number < 0) return;
    this.#takePen(context, number);
    context.setLineDash([]);
    context.beginPath();
    context.arc(x, y, 7, 0, 2 * Math.PI);
    context.stroke();
  }
}
