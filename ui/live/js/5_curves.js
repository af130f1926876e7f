/**
 * Panels of curves over the same steps, drawn in place: what one is zoomed to, all are, and the pointer reads off
 * all of them at the same step.
 */

import { el, fill } from "./1_dom.js";
import { History } from "./4_history.js";
import { logTicks, numberText, ticks } from "./3_numbers.js";
import { replayed } from "./6_replay.js";
import { stream } from "./2_stream.js";

const LEFT = 46;
const RIGHT = 8;
const TOP = 6;
const ZOOM = 1.25;

/**
 * @typedef {{label: string, column: string, points: number[][]|null, colour: string, dash: number[], shape: string,
 *   dotted: boolean}} Curve
 * @typedef {{title: string, curves: Curve[], format: string, log: boolean, range: number[]|null, small: boolean}} Panel
 */

export class Curves {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** The steps in view; null for all. @type {number[]|null} */
    this.view = null;
    /** The step pointed at. @type {number|null} */
    this.pointed = null;
    this.observer = new ResizeObserver(() => this.draw());
  }

  update(told, report) {
    this.told = told;
    this.report = report;
    this.observer.observe(this.root);
    this.log ??= told.log?.value;
    if (this.sent === undefined || this.sent === told.log?.value) this.log = told.log?.value;
    this.sent = undefined;
    const known = this.history && this.run === told.run && this.history.last > told.last;
    if (!known) this.history = new History(told.names, told.rows, told.marks);
    if (this.run !== told.run) this.view = null;
    this.run = told.run;
    this.build();
    this.stop?.();
    this.stop = told.topic ? stream.listen(told.server, told.topic, this.history.last, (news) => this.hear(news)) : null;
    this.draw();
  }

  dispose() {
    this.stop?.();
    this.stop = null;
    this.observer.disconnect();
  }

  hear(news) {
    if (!news) return;
    this.history.add(news);
    this.draw();
  }

  build() {
    const { told } = this;
    const shape = JSON.stringify([told.panels.map(({ title, curves }) => [title, curves.map(({ label }) => label)]), told.log?.label]);
    if (shape === this.shape) return;
    this.shape = shape;
    this.panels = told.panels.map((panel, place) => new PanelView(this, place));
    const figure = el("div", { class: "figure" }, ...this.panels.map(({ node }) => node));
    this.note = el("div", { class: "note" });
    this.root.replaceChildren(figure, el("div", { class: "under" }, ...this.switch(), this.note));
  }

  /** The choice of the loss's axis: drawn at once, and told to the page for its link. */
  switch() {
    const { log } = this.told;
    if (!log) return [];
    const box = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", role: "switch" }));
    this.box = box;
    box.onchange = () => {
      this.log = this.sent = box.checked;
      this.draw();
      this.report("log", { log: box.checked });
    };
    return [el("label", {}, box, log.label)];
  }

  /** Draw once a frame, however much is heard. */
  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.drawNow());
  }

  drawNow() {
    if (!this.told || !this.root.clientWidth) return;
    if (this.box) this.box.checked = this.log;
    const share = replayed(this.told.replay);
    this.until = share < 1 ? Math.max(1, Math.floor(share * this.history.last)) : Infinity;
    this.root.style.setProperty("--height", `${this.told.height}px`);
    this.root.classList.toggle("lone", this.panels.length === 1);
    this.root.classList.toggle("stacked", Boolean(this.told.stacked));
    this.root.dataset.step = String(Math.min(this.until, this.history.last));
    const { stride } = this.history;
    this.note.textContent = [stride > 1 ? fill(this.told.texts.thinned, { count: stride }) : "", this.told.texts.hint].join(" ").trim();
    for (const panel of this.panels) panel.draw();
    if (share < 1) this.draw();
  }

  /** The steps of a curve that are drawn. @param {Curve} curve @returns {number[][]} */
  points(curve) {
    const all = curve.points ?? this.history.points(curve.column);
    return all.filter(([step, value]) => value !== null && step <= this.until);
  }

  /** The steps that there are. */
  get span() {
    const ends = this.told.panels.flatMap(({ curves }) => curves.flatMap((curve) => {
      const points = this.points(curve);
      return points.length ? [points[0][0], points[points.length - 1][0]] : [];
    }));
    if (this.told.mark !== null) ends.push(this.told.mark);
    return ends.length ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
  }

  get shown() {
    return this.view ?? this.span;
  }

  zoom(factor, around) {
    const [low, high] = this.shown;
    const [first, last] = this.span;
    const size = Math.min(Math.max((high - low) * factor, 2), last - first);
    const start = Math.min(Math.max(around - ((around - low) / (high - low || 1)) * size, first), last - size);
    this.view = size >= last - first ? null : [start, start + size];
    this.draw();
  }

  move(by) {
    if (!this.view) return;
    const [low, high] = this.view;
    const [first, last] = this.span;
    const shift = Math.min(Math.max(by, first - low), last - high);
    this.view = [low + shift, high + shift];
    this.draw();
  }

  point(step) {
    this.pointed = step;
    this.draw();
  }
}

/** One panel: its title, its legend with the values pointed at, and its curves. */
class PanelView {
  constructor(figure, place) {
    this.figure = figure;
    this.place = place;
    this.title = el("div", { class: "title" }, this.panel.title);
    this.legend = el("div", { class: "legend" });
    this.canvas = /** @type {HTMLCanvasElement} */ (el("canvas", { tabindex: 0, role: "img", "aria-label": this.panel.title }));
    this.area = el("div", { class: "area" }, this.canvas);
    this.node = el("div", { class: this.panel.small ? "panel small" : "panel", "data-panel": this.panel.title }, this.title, this.legend, this.area);
    this.handle();
  }

  /** @returns {Panel} */
  get panel() {
    return this.figure.told.panels[this.place];
  }

  handle() {
    const { canvas, figure } = this;
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.held = event.clientX;
    };
    canvas.onpointermove = (event) => {
      if (this.held === undefined) return figure.point(this.stepAt(event));
      figure.move((this.held - event.clientX) / this.scale);
      this.held = event.clientX;
    };
    canvas.onpointerup = () => (this.held = undefined);
    canvas.onpointerleave = () => figure.point(null);
    canvas.ondblclick = () => {
      figure.view = null;
      figure.draw();
    };
    canvas.onwheel = (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      figure.zoom(event.deltaY < 0 ? 1 / ZOOM : ZOOM, this.stepAt(event));
    };
    canvas.onkeydown = (event) => this.key(event);
    canvas.onblur = () => figure.point(null);
  }

  key(event) {
    const { figure } = this;
    const [low, high] = figure.shown;
    const at = figure.pointed ?? high;
    const one = Math.max(1, (high - low) / 50);
    const keys = {
      ArrowLeft: () => figure.point(Math.max(low, at - one)),
      ArrowRight: () => figure.point(Math.min(high, at + one)),
      "+": () => figure.zoom(1 / ZOOM, at),
      "-": () => figure.zoom(ZOOM, at),
      0: () => ((figure.view = null), figure.draw()),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  stepAt(event) {
    const [low, high] = this.figure.shown;
    const { left } = this.canvas.getBoundingClientRect();
    return Math.min(Math.max(low + (event.clientX - left - this.left) / this.scale, low), high);
  }

  get log() {
    return this.panel.log === null ? this.figure.log : this.panel.log;
  }

  draw() {
    const { figure, panel } = this;
    this.curves = panel.curves.map((curve) => {
      const points = figure.points(curve);
      return { curve, points: this.log ? points.filter(([, value]) => value > 0) : points };
    });
    this.measure();
    this.readOff();
    const { context } = this;
    this.drawAxes(context);
    context.save();
    context.beginPath();
    context.rect(this.left, TOP - 4, this.width - this.left - RIGHT + 4, this.height - TOP - this.bottom + 8);
    context.clip();
    if (figure.told.mark !== null) this.rule(context, figure.told.mark, figure.told.colours.chosen, 3);
    this.curves.forEach((one) => this.drawCurve(context, one));
    if (figure.pointed !== null) this.rule(context, this.nearest ?? figure.pointed, "#888888", 1);
    context.restore();
    this.tell();
  }

  /** The canvas in device pixels, the ranges of both axes, and the look of the page. */
  measure() {
    const { canvas, area, panel, figure } = this;
    const style = getComputedStyle(area);
    this.font = Math.round(0.8 * parseFloat(style.fontSize));
    this.text = style.color;
    this.family = style.fontFamily;
    const ratio = devicePixelRatio || 1;
    [this.width, this.height] = [area.clientWidth, area.clientHeight];
    canvas.width = Math.round(this.width * ratio);
    canvas.height = Math.round(this.height * ratio);
    this.context = canvas.getContext("2d");
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.left = (LEFT * this.font) / 11;
    this.bottom = 1.6 * this.font + (panel.small || figure.told.compact ? 0 : 1.4 * this.font);
    const [low, high] = figure.shown;
    this.scale = (this.width - this.left - RIGHT) / (high - low || 1);
    this.range = panel.range ?? this.rangeOf(low, high);
  }

  /** The least and the largest value in view, and one point to each side of it. */
  rangeOf(low, high) {
    const values = this.curves.flatMap(({ points }) => {
      const first = points.findIndex(([step]) => step >= low);
      const beyond = points.findIndex(([step]) => step > high);
      return points.slice(Math.max(first - 1, 0), beyond < 0 ? undefined : beyond + 1).map(([, value]) => value);
    });
    if (!values.length) return [this.log ? 0.1 : 0, 1];
    let [least, most] = [Math.min(...values), Math.max(...values)];
    if (this.log) return least === most ? [least / 2, most * 2] : [least / 1.1, most * 1.1];
    if (least === most) return [least - (Math.abs(least) || 1) / 2, most + (Math.abs(most) || 1) / 2];
    const edge = 0.05 * (most - least);
    least = least >= 0 && least - edge < 0 ? 0 : least - edge;
    return [least, most + edge];
  }

  x(step) {
    return this.left + (step - this.figure.shown[0]) * this.scale;
  }

  y(value) {
    const [low, high] = this.range;
    const part = this.log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return this.height - this.bottom - part * (this.height - this.bottom - TOP);
  }

  drawAxes(context) {
    const { panel, figure } = this;
    const [low, high] = figure.shown;
    context.font = `${this.font}px ${this.family}`;
    context.fillStyle = this.text;
    context.strokeStyle = this.text;
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    const rows = Math.max(2, Math.floor((this.height - this.bottom) / (3.2 * this.font)));
    const levels = this.log ? logTicks(...this.range) : ticks(...this.range, Math.min(rows, 5));
    for (const level of levels) {
      context.globalAlpha = 0.12;
      this.stroke(context, [[this.left, this.y(level)], [this.width - RIGHT, this.y(level)]]);
      context.globalAlpha = 0.8;
      context.fillText(numberText(level, panel.format), this.left - 5, this.y(level));
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    const base = this.height - this.bottom + 4;
    const columns = Math.max(1, Math.floor((this.width - this.left) / (6.5 * this.font)));
    for (const step of ticks(low, high, columns, 1)) {
      const label = numberText(step, "step");
      const half = context.measureText(label).width / 2;
      context.fillText(label, Math.min(this.x(step), this.width - half), base);
    }
    if (!panel.small && !figure.told.compact) {
      context.fillText(figure.told.x, (this.left + this.width) / 2, base + 1.35 * this.font);
    }
    context.globalAlpha = 1;
  }

  stroke(context, points) {
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.stroke();
  }

  drawCurve(context, { curve, points }) {
    const colour = this.colour(curve);
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = (2 * this.font) / 11;
    context.setLineDash(this.panel.curves.length > 1 ? curve.dash : []);
    const drawn = points.map(([step, value]) => [this.x(step), this.y(value)]);
    this.stroke(context, drawn);
    context.setLineDash([]);
    if (curve.dotted || drawn.length === 1) for (const [x, y] of drawn) dot(context, curve.shape, x, y, this.font / 3.2);
  }

  /** Black is not seen on a dark page. */
  colour(curve) {
    return curve.colour === "#000000" ? this.text : curve.colour;
  }

  rule(context, step, colour, width) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    this.stroke(context, [[this.x(step), TOP - 4], [this.x(step), this.height - this.bottom]]);
  }

  /** The values at the step nearest to the pointer; without one, what the colours mean. */
  readOff() {
    const { pointed } = this.figure;
    const near = (points) => points.reduce((a, b) => (Math.abs(b[0] - pointed) < Math.abs(a[0] - pointed) ? b : a));
    const read = this.curves.map(({ points }) => (pointed === null || !points.length ? null : near(points)));
    const lead = read.find((point) => point);
    this.nearest = lead ? lead[0] : null;
    const single = this.curves.length === 1;
    const keys = this.curves.map(({ curve }, place) => {
      const value = read[place] ? `${single ? "" : " "}${numberText(read[place][1], this.panel.format, true)}` : "";
      return { curve, words: single ? value : `${curve.label}${value && ":"}${value}` };
    });
    const step = lead ? `${numberText(lead[0], "step")}: ` : "";
    const said = JSON.stringify([step, keys.map(({ words }) => words), this.text]);
    if (said === this.said) return;
    this.said = said;
    this.legend.replaceChildren(
      ...(step && single ? [el("span", { class: "key" }, step)] : []),
      ...keys.map(({ curve, words }) => el("span", { class: "key" }, ...(single ? [] : [this.sample(curve)]), words)),
    );
  }

  sample(curve) {
    const ratio = devicePixelRatio || 1;
    const canvas = /** @type {HTMLCanvasElement} */ (el("canvas", { width: 26 * ratio, height: 10 * ratio, "aria-hidden": "true" }));
    canvas.style.cssText = "width: 26px; height: 10px";
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.strokeStyle = context.fillStyle = this.colour(curve);
    context.lineWidth = 2;
    context.setLineDash(curve.dash);
    this.stroke(context, [[0, 5], [26, 5]]);
    context.setLineDash([]);
    if (curve.dotted) dot(context, curve.shape, 13, 5, 3.5);
    return canvas;
  }

  /** For tests: what is in view, and of how many points. */
  tell() {
    const [low, high] = this.figure.shown;
    const last = this.curves.map(({ points }) => points[points.length - 1]);
    Object.assign(this.canvas.dataset, {
      view: `${Math.round(low)}-${Math.round(high)}`,
      range: this.range.map((one) => Number(one.toPrecision(4))).join(" "),
      points: this.curves.map(({ points }) => points.length).join(" "),
      last: last.map((point) => (point ? point.join(":") : "")).join(" "),
      axis: this.log ? "log" : "linear",
      pointed: this.nearest ?? "",
    });
  }
}

/** A mark, told apart by its shape as well. */
function dot(context, shape, x, y, size) {
  const corners = {
    square: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
    diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
    "triangle-up": [[0, -1.2], [1.2, 1], [-1.2, 1]],
    "triangle-down": [[0, 1.2], [1.2, -1], [-1.2, -1]],
    "triangle-right": [[1.2, 0], [-1, 1.2], [-1, -1.2]],
    cross: [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]],
  }[shape];
  context.beginPath();
  if (corners) for (const [dx, dy] of corners) context.lineTo(x + dx * size, y + dy * size);
  else context.arc(x, y, size, 0, 2 * Math.PI);
  context.fill();
}
