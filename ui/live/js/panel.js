/**
 * One panel of curves: its title, its legend with the values at the pointer, and its canvas.
 *
 * @import { Curve, Curves, CurvesTold, Panel } from "./curves.js"
 * @typedef {{curve: Curve, points: [number, number][]}} Drawn
 * @typedef {{font: number, text: string, family: string}} Style  of the page; the font in pixels
 * @typedef {{width: number, height: number, style: Style}} Room  of the canvas, in pixels
 */

import { contextOf, el } from "../../../transformer/grid/js/element.js";
import { dot, stroke } from "./marks.js";
import { logTicks, numberText, ticks } from "./numbers.js";
import { Axes, rangeOf } from "./view.js";

const LEFT = 46;
const RIGHT = 8;
const TOP = 6;
const ZOOM = 1.25;

export class PanelView {
  /** The contents of the legend, as text. */
  #said = "";
  /** The pointer's x while the user drags the curves, else null. @type {number|null} */
  #held = null;
  #axes = new Axes({ left: 0, right: 1, top: 0, bottom: 1 }, [0, 1], [0, 1], false);

  /** @param {Curves} figure @param {Panel} panel */
  constructor(figure, { title, small }) {
    this.figure = figure;
    this.legend = el("div", { class: "legend" });
    this.canvas = el("canvas", { tabindex: 0, role: "img", "aria-label": title });
    this.area = el("div", { class: "area" }, this.canvas);
    const parts = [el("div", { class: "title" }, title), this.legend, this.area];
    this.node = el("div", { class: small ? "panel small" : "panel", "data-panel": title }, ...parts);
    this.#listen();
  }

  // ----- pointer and keys

  #listen() {
    const { canvas, figure } = this;
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.#held = event.clientX;
    };
    canvas.onpointermove = (event) => this.#pointed(event);
    canvas.onpointerup = () => {
      this.#held = null;
    };
    canvas.onpointerleave = () => figure.point(null);
    canvas.ondblclick = () => figure.show(null);
    canvas.onwheel = (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      figure.zoom(event.deltaY < 0 ? 1 / ZOOM : ZOOM, this.#stepAt(event));
    };
    canvas.onkeydown = (event) => this.#key(event);
    canvas.onblur = () => figure.point(null);
  }

  /** @param {PointerEvent} event */
  #pointed(event) {
    if (this.#held === null) {
      this.figure.point(this.#stepAt(event));
      return;
    }
    this.figure.move((this.#held - event.clientX) / this.#axes.scale);
    this.#held = event.clientX;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { figure } = this;
    const [low, high] = figure.shown;
    const at = figure.pointed ?? high;
    const one = Math.max(1, (high - low) / 50);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => figure.point(Math.max(low, at - one)),
      ArrowRight: () => figure.point(Math.min(high, at + one)),
      "+": () => figure.zoom(1 / ZOOM, at),
      "-": () => figure.zoom(ZOOM, at),
      0: () => figure.show(null),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  /** @param {MouseEvent} event */
  #stepAt(event) {
    return this.#axes.stepAt(event.clientX - this.canvas.getBoundingClientRect().left);
  }

  // ----- drawing

  /** The space for the canvas. All panels are measured before any is drawn, since drawing invalidates the layout. */
  measure() {
    const { clientWidth, clientHeight } = this.area;
    return { width: clientWidth, height: clientHeight, style: styleOf(this.area) };
  }

  /** @param {CurvesTold} told @param {Panel} panel @param {Room} room */
  draw(told, panel, room) {
    const { figure } = this;
    const { style } = room;
    const isLog = panel.log ?? figure.log;
    const curves = panel.curves.map((curve) => {
      const points = figure.points(curve);
      return { curve, points: isLog ? points.filter(([, value]) => value > 0) : points };
    });
    const isTitled = !panel.small && !told.compact;
    const context = this.#prepare(room);
    this.#axes = this.#axesOf(curves, panel, isLog, room, isTitled);
    const nearest = this.#readOff(curves, panel, style);
    this.#drawAxes(context, panel, style, isTitled ? told.x : "");
    context.save();
    this.#clip(context);
    if (told.mark !== null) this.#rule(context, told.mark, told.colours.chosen, 3);
    for (const one of curves) this.#drawCurve(context, one, curves.length > 1, style);
    if (figure.pointed !== null) this.#rule(context, nearest ?? figure.pointed, "#888888", 1);
    context.restore();
    this.#tell(curves, nearest);
  }

  /** Clear the canvas, fit it to its space in device pixels, and return its context. @param {Room} room */
  #prepare({ width, height }) {
    const { canvas } = this;
    const ratio = devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
    const context = contextOf(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width + 1, height + 1);
    return context;
  }

  /**
   * @param {Drawn[]} curves
   * @param {Panel} panel
   * @param {boolean} isLog
   * @param {Room} room
   * @param {boolean} isTitled
   */
  #axesOf(curves, panel, isLog, { width, height, style: { font } }, isTitled) {
    const under = 1.6 * font + (isTitled ? 1.4 * font : 0);
    const area = { left: (LEFT * font) / 11, right: width - RIGHT, top: TOP, bottom: height - under };
    const { shown } = this.figure;
    const range =
      panel.range ??
      rangeOf(
        curves.map(({ points }) => points),
        shown,
        isLog,
      );
    return new Axes(area, shown, range, isLog);
  }

  /** @param {CanvasRenderingContext2D} context */
  #clip(context) {
    const { left, right, top, bottom } = this.#axes.area;
    context.beginPath();
    context.rect(left, top - 4, right - left + 4, bottom - top + 8);
    context.clip();
  }

  /** @param {CanvasRenderingContext2D} context @param {Panel} panel @param {Style} style @param {string} title */
  #drawAxes(context, panel, { font, text, family }, title) {
    const { left, right, bottom } = this.#axes.area;
    const width = right + RIGHT;
    context.font = `${font}px ${family}`;
    context.fillStyle = context.strokeStyle = text;
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const level of this.#levels(font)) {
      const y = this.#axes.y(level);
      context.globalAlpha = 0.12;
      stroke(context, [
        [left, y],
        [right, y],
      ]);
      context.globalAlpha = 0.8;
      context.fillText(numberText(level, panel.format), left - 5, y);
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    const columns = Math.max(1, Math.floor((width - left) / (6.5 * font)));
    for (const step of ticks(...this.#axes.steps, columns, 1)) {
      const label = numberText(step, "step");
      const half = context.measureText(label).width / 2;
      context.fillText(label, Math.min(this.#axes.x(step), width - half), bottom + 4);
    }
    if (title) context.fillText(title, (left + width) / 2, bottom + 4 + 1.35 * font);
    context.globalAlpha = 1;
  }

  /** Values at which the axis is labelled. @param {number} font */
  #levels(font) {
    const { isLog, range, area } = this.#axes;
    const rows = Math.max(2, Math.floor(area.bottom / (3.2 * font)));
    return isLog ? logTicks(...range) : ticks(...range, Math.min(rows, 5));
  }

  /** @param {CanvasRenderingContext2D} context @param {Drawn} drawn @param {boolean} isDashed @param {Style} style */
  #drawCurve(context, { curve, points }, isDashed, { font, text }) {
    context.strokeStyle = context.fillStyle = colourOf(curve, text);
    context.lineWidth = (2 * font) / 11;
    context.setLineDash(isDashed ? curve.dash : []);
    /** @type {[number, number][]} */
    const places = points.map(([step, value]) => [this.#axes.x(step), this.#axes.y(value)]);
    stroke(context, places);
    context.setLineDash([]);
    if (curve.dotted || places.length === 1) for (const [x, y] of places) dot(context, curve.shape, x, y, font / 3.2);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} step @param {string} colour @param {number} width */
  #rule(context, step, colour, width) {
    const { top, bottom } = this.#axes.area;
    context.strokeStyle = colour;
    context.lineWidth = width;
    stroke(context, [
      [this.#axes.x(step), top - 4],
      [this.#axes.x(step), bottom],
    ]);
  }

  // ----- legend

  /**
   * Write the legend: the colours and, if a step is pointed at, the values at the nearest one.
   * @param {Drawn[]} curves
   * @param {Panel} panel
   * @param {Style} style
   * @returns {number|null} the nearest step; null if none is pointed at
   */
  #readOff(curves, panel, { text }) {
    const { pointed } = this.figure;
    const read = curves.map(({ points }) => (pointed === null ? null : nearestTo(pointed, points)));
    const step = read.find((point) => point)?.[0] ?? null;
    const isSingle = curves.length === 1;
    const keys = curves.map(({ curve }, place) => {
      const point = read[place];
      const value = point ? numberText(point[1], panel.format, true) : "";
      return { curve, words: isSingle ? value : `${curve.label}${value && ": "}${value}` };
    });
    const at = step === null ? "" : `${numberText(step, "step")}: `;
    const said = JSON.stringify([at, keys.map(({ words }) => words), text]);
    if (said !== this.#said) {
      this.#said = said;
      const sampled = keys.map(({ curve, words }) =>
        el("span", { class: "key" }, ...(isSingle ? [] : [sample(curve, text)]), words),
      );
      this.legend.replaceChildren(...(at && isSingle ? [el("span", { class: "key" }, at)] : []), ...sampled);
    }
    return step;
  }

  /** For tests: describe the view in data attributes. @param {Drawn[]} curves @param {number|null} nearest */
  #tell(curves, nearest) {
    const { steps, range, isLog } = this.#axes;
    Object.assign(this.canvas.dataset, {
      view: steps.map((one) => Math.round(one)).join("-"),
      range: range.map((one) => Number(one.toPrecision(4))).join(" "),
      points: curves.map(({ points }) => points.length).join(" "),
      last: curves.map(({ points }) => points[points.length - 1]?.join(":") ?? "").join(" "),
      axis: isLog ? "log" : "linear",
      pointed: nearest ?? "",
    });
  }
}

/** @param {HTMLElement} node @returns {Style} */
function styleOf(node) {
  const { fontSize, color, fontFamily } = getComputedStyle(node);
  return { font: Math.round(0.8 * parseFloat(fontSize)), text: color, family: fontFamily };
}

/**
 * The point whose step is nearest to `step`; null if there are no points.
 * @param {number} step
 * @param {[number, number][]} points
 */
function nearestTo(step, points) {
  if (!points.length) return null;
  return points.reduce((a, b) => (Math.abs(b[0] - step) < Math.abs(a[0] - step) ? b : a));
}

/**
 * A curve's colour; instead of black, which is invisible on a dark page, the colour of the page's text.
 * @param {Curve} curve
 * @param {string} text the colour of the page's text
 */
const colourOf = ({ colour }, text) => (colour === "#000000" ? text : colour);

/** A sample of a curve, for the legend. @param {Curve} curve @param {string} text */
function sample(curve, text) {
  const ratio = devicePixelRatio || 1;
  const canvas = el("canvas", { width: 26 * ratio, height: 10 * ratio, "aria-hidden": "true" });
  canvas.style.cssText = "width: 26px; height: 10px";
  const context = contextOf(canvas);
  context.scale(ratio, ratio);
  context.strokeStyle = context.fillStyle = colourOf(curve, text);
  context.lineWidth = 2;
  context.setLineDash(curve.dash);
  stroke(context, [
    [0, 5],
    [26, 5],
  ]);
  context.setLineDash([]);
  if (curve.dotted) dot(context, curve.shape, 13, 5, 3.5);
  return canvas;
}
