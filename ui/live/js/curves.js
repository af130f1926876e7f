/**
 * Panels of curves over the same steps, updated in place. All panels share the zoom and the step pointed at.
 *
 * @import { Point, Row, Span } from "./history.js"
 * @import { Report, Told } from "./mount.js"
 * @import { Replay } from "./replay.js"
 * @import { Ends } from "./view.js"
 * @typedef {{label: string, column: string, points: Point[]|null, colour: string, dash: number[], shape: string,
 *   dotted: boolean}} Curve
 * @typedef {{title: string, curves: Curve[], format: string, log: boolean|null, range: Ends|null,
 *   small: boolean}} Panel
 * @typedef {Told & {panels: Panel[], names: {columns: string[], marks: string[]}, rows: Row[], marks: Row[],
 *   last: number, run: string, x: string, texts: Record<string, string>, height: number, mark: number|null,
 *   stacked: boolean, compact: boolean, log: {label: string, value: boolean}|null, colours: {chosen: string},
 *   replay: Replay|null}} CurvesTold
 */

import { el, fill } from "../../../transformer/grid/js/element.js";
import { History } from "./history.js";
import { PanelView } from "./panel.js";
import { replayed } from "./replay.js";
import { stream } from "./stream.js";
import { moved, zoomed } from "./view.js";

export class Curves {
  /** The steps in view; null for all. @type {Ends|null} */
  view = null;
  /** The step pointed at; null for none. @type {number|null} */
  pointed = null;
  /** The last step that is drawn, in a replay. */
  until = Infinity;
  /** Whether axes are logarithmic where the panel does not say. */
  log = false;
  /** @type {PanelView[]} */
  #panels = [];
  #note = el("div", { class: "note" });
  #box = el("input", { type: "checkbox", role: "switch" });
  /** What the panels were built for, as text. */
  #shape = "";
  /** The choice of the axis that was sent to the page, until the page returns it. @type {boolean|undefined} */
  #sent = undefined;
  /** @type {(() => void)|null} */
  #stop = null;
  #frame = 0;
  /** The size of the last drawing, as text: it is not repeated for a size that it already has. */
  #size = "";
  /** @type {Report} */
  #report = () => {};

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {CurvesTold|null} */
    this.told = null;
    this.history = new History({ columns: [], marks: [] }, [], []);
    this.observer = new ResizeObserver(() => {
      if (this.#size !== this.#sizeNow()) this.draw();
    });
    this.#box.onchange = () => this.#switched();
  }

  /** @param {CurvesTold} told @param {Report} report */
  update(told, report) {
    const before = this.told;
    this.told = told;
    this.#report = report;
    this.observer.observe(this.root);
    const log = Boolean(told.log?.value);
    if (!before || this.#sent === undefined || this.#sent === log) this.log = log;
    this.#sent = undefined;
    const isKnown = before?.run === told.run && this.history.last > told.last;
    if (!isKnown) this.history = new History(told.names, told.rows, told.marks);
    if (before?.run !== told.run) this.view = null;
    this.#build(told);
    this.#stop?.();
    this.#stop = told.topic && stream.listen(told.server, told.topic, this.history.last, (news) => this.#hear(news));
    this.draw();
  }

  dispose() {
    this.#stop?.();
    this.#stop = null;
    this.observer.disconnect();
  }

  /** @param {Span|null} news */
  #hear(news) {
    if (!news) return;
    this.history.add(news);
    this.draw();
  }

  /** @param {CurvesTold} told */
  #build(told) {
    const titles = told.panels.map(({ title, curves }) => [title, curves.map(({ label }) => label)]);
    const shape = JSON.stringify([titles, told.log?.label]);
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#panels = told.panels.map((panel) => new PanelView(this, panel));
    const figure = el("div", { class: "figure" }, ...this.#panels.map(({ node }) => node));
    const choice = told.log ? [el("label", {}, this.#box, told.log.label)] : [];
    this.root.replaceChildren(figure, el("div", { class: "under" }, ...choice, this.#note));
  }

  /** The user has chosen the loss's axis: draw it at once, and tell the page, for its link. */
  #switched() {
    this.log = this.#sent = this.#box.checked;
    this.draw();
    this.#report("log", { log: this.log });
  }

  /** Draw in the next animation frame, once for any number of calls. */
  draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#drawNow());
  }

  #drawNow() {
    const { told, root, history } = this;
    if (!told || !root.clientWidth) return;
    this.#box.checked = this.log;
    const share = replayed(told.replay);
    this.until = share < 1 ? Math.max(1, Math.floor(share * history.last)) : Infinity;
    root.style.setProperty("--height", `${told.height}px`);
    root.classList.toggle("lone", this.#panels.length === 1);
    root.classList.toggle("stacked", Boolean(told.stacked));
    root.dataset.step = String(Math.min(this.until, history.last));
    const thinned = history.stride > 1 ? fill(told.texts.thinned, { count: history.stride }) : "";
    const note = [thinned, told.texts.hint].join(" ").trim();
    if (this.#note.textContent !== note) this.#note.textContent = note;
    const rooms = this.#panels.map((panel) => panel.measure());
    this.#panels.forEach((panel, place) => {
      panel.draw(told, told.panels[place], rooms[place]);
    });
    this.#size = this.#sizeNow();
    if (share < 1) this.draw();
  }

  #sizeNow() {
    return `${this.root.clientWidth} ${this.root.clientHeight}`;
  }

  /** The points of a curve that are drawn. @param {Curve} curve @returns {[number, number][]} */
  points(curve) {
    const all = curve.points ?? this.history.points(curve.column);
    return /** @type {[number, number][]} */ (all.filter(([step, value]) => value !== null && step <= this.until));
  }

  /** The first and the last step. @returns {Ends} */
  get span() {
    const ends = (this.told?.panels ?? []).flatMap(({ curves }) =>
      curves.flatMap((curve) => {
        const points = this.points(curve);
        return points.length ? [points[0][0], points[points.length - 1][0]] : [];
      }),
    );
    const mark = this.told?.mark ?? null;
    if (mark !== null) ends.push(mark);
    return ends.length ? [Math.min(...ends), Math.max(...ends)] : [0, 1];
  }

  get shown() {
    return this.view ?? this.span;
  }

  /** @param {number} factor @param {number} around */
  zoom(factor, around) {
    this.show(zoomed(this.shown, this.span, factor, around));
  }

  /** @param {number} by */
  move(by) {
    if (this.view) this.show(moved(this.view, this.span, by));
  }

  /** @param {Ends|null} view */
  show(view) {
    this.view = view;
    this.draw();
  }

  /** @param {number|null} step */
  point(step) {
    this.pointed = step;
    this.draw();
  }
}
