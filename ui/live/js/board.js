/**
 * Draws a state, and updates it in place: a bar, remarks, figures and tables.
 *
 * @import { Report, Told } from "./mount.js"
 * @import { Replay } from "./replay.js"
 */

import { el } from "../../../transformer/grid/js/element.js";
import { replayed } from "./replay.js";
import { stream } from "./stream.js";

const PATIENCE = 300;
const ASK_AGAIN = 3000;

/**
 * @typedef {string|{right: boolean, tokens: [string, boolean][]}} Cell text, or an answer's tokens and which are wrong
 * @typedef {{kind: string, title?: string, head: string[], rows: Cell[][], caption?: string}} Table
 * @typedef {{state?: string, bar?: {share: number, text: string}, remarks?: string[], figures?: [string, string][],
 *   tables?: Table[]}} State
 * @typedef {Told & {state: State, at: number, replay: Replay|null}} BoardTold  `at`: see `Hear` in stream.js
 */

export class Board {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {BoardTold|null} */
    this.told = null;
    /** @type {Report} */
    this.report = () => {};
    /** The last reported `state`. @type {string|undefined} */
    this.latest = undefined;
    /** @type {(() => void)|null} */
    this.stop = null;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.asking = undefined;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.next = undefined;
    /** What is drawn, as text. */
    this.said = "";
    /** The topic of the last report, and when the server looked at it. */
    this.heard = { topic: "", at: 0 };
  }

  /** @param {BoardTold} told @param {Report} report */
  update(told, report) {
    this.told = told;
    this.report = report;
    this.latest = undefined;
    const topic = JSON.stringify(told.topic);
    if (this.heard.topic !== topic) this.heard = { topic, at: 0 };
    clearTimeout(this.asking);
    this.stop?.();
    this.stop = told.topic && stream.listen(told.server, told.topic, 0, (news, at) => this.hear(news, at));
    if (this.heard.at <= told.at) this.show(told.state);
    this.replay(told);
  }

  dispose() {
    this.stop?.();
    this.stop = null;
    clearTimeout(this.next);
    clearTimeout(this.asking);
  }

  /** @param {State|null} news @param {number} at */
  hear(news, at) {
    this.heard.at = at;
    if (news) this.show(news);
    this.latest = news ? news.state : "gone";
    this.settle(PATIENCE);
  }

  /**
   * Rerun the page if `state` has changed, since its widgets depend on it; not if the page runs by itself meanwhile.
   * @param {number} wait
   */
  settle(wait) {
    clearTimeout(this.asking);
    if (this.latest === undefined || this.latest === this.told?.state.state) return;
    this.asking = setTimeout(() => {
      this.report("changed", { changed: this.latest });
      this.settle(ASK_AGAIN);
    }, wait);
  }

  /** @param {BoardTold} told */
  replay(told) {
    clearTimeout(this.next);
    const { replay } = told;
    const share = replayed(replay);
    if (!replay || share >= 1) return;
    const frames = replay.frames.filter(([at]) => at <= share);
    if (frames.length) this.show(frames[frames.length - 1][1]);
    this.next = setTimeout(() => (replayed(replay) < 1 ? this.replay(told) : this.show(told.state)), 100);
  }

  /** @param {State} state */
  show(state) {
    const said = JSON.stringify(state);
    if (said === this.said) return;
    this.said = said;
    const { bar, remarks = [], figures = [], tables = [] } = state;
    if (bar) this.bar(bar);
    else this.root.querySelector(".bar")?.remove();
    this.put(
      "remarks",
      remarks.map((text) => el("div", { class: "remark", role: "status" }, text)),
    );
    this.put("figures", figures.map(figure));
    this.put("tables", tables.map(table));
  }

  /** Update the bar without replacing its element. @param {{share: number, text: string}} told */
  bar({ share, text }) {
    const node = this.root.querySelector(".bar") ?? emptyBar();
    if (!node.parentElement) this.root.prepend(node);
    const [words, track] = /** @type {HTMLElement[]} */ ([...node.children]);
    words.textContent = text;
    track.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    track.setAttribute("aria-label", text);
    /** @type {HTMLElement} */ (track.firstChild).style.width = `${100 * share}%`;
  }

  /** @param {string} name @param {HTMLElement[]} nodes */
  put(name, nodes) {
    const found = this.root.querySelector(`.${name}`);
    if (!found && !nodes.length) return;
    const place = found ?? this.root.appendChild(el("div", { class: name }));
    const at = place.querySelector(".scrolls");
    const [top, left] = at ? [at.scrollTop, at.scrollLeft] : [0, 0];
    place.replaceChildren(...nodes);
    const now = place.querySelector(".scrolls");
    if (now) [now.scrollTop, now.scrollLeft] = [top, left];
  }
}

const emptyBar = () =>
  el(
    "div",
    { class: "bar" },
    el("div", { class: "text" }),
    el("div", { class: "track", role: "progressbar" }, el("div", { class: "done" })),
  );

/** @param {[string, string]} pair */
function figure([label, value]) {
  return el(
    "div",
    { class: "metric", "data-metric": label },
    el("div", { class: "label" }, label),
    el("div", { class: "value" }, value),
  );
}

/** @param {Table} told */
function table({ kind, title, head, rows, caption }) {
  const heads = head.length ? [el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)))] : [];
  const lines = rows.map((row) => el("tr", {}, ...row.map((one) => el("td", {}, ...cell(one)))));
  const parts = [el("div", { class: `scrolls ${kind}` }, el("table", {}, ...heads, ...lines))];
  if (title) parts.unshift(el("h3", {}, title));
  if (caption) parts.push(el("div", { class: "caption" }, caption));
  return el("div", { class: "table" }, ...parts);
}

/** @param {Cell} told @returns {(Node|string)[]} */
function cell(told) {
  if (typeof told === "string") return [told];
  const sign = el("span", { class: told.right ? "right" : "wrong" }, told.right ? "✓" : "✗");
  const tokens = told.tokens.flatMap(([text, wrong]) => [
    " ",
    wrong ? el("span", { class: "wrong token" }, text) : text,
  ]);
  return [sign, " ", ...tokens];
}
