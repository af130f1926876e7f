/**
 * The parts around the picture: sentence, tokens, candidates, facts and code of the frame on screen.
 *
 * @import { Frame, GridData } from "./data.js"
 * @import { TokenLink } from "./link.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 * @typedef {keyof Nodes["parts"]} Part
 */

import { copyText, focusedIn, prose } from "./dom.js";
import { el } from "./element.js";
import { barColumn, barSpans, tokenStrip } from "./strips.js";

const PARTS = /** @type {Part[]} */ (["sentence", "tokens", "link", "bars", "facts", "codeBox"]);
const SAID_MS = 1200;

/** How much space a part needs in a frame; 0 if it is empty. @type {Record<Part, (frame: Frame) => number>} */
const WEIGHTS = {
  sentence: ({ title, caption = "" }) => title.length + caption.length,
  tokens: ({ tokens = [] }) => tokens.reduce((sum, [, strip]) => sum + strip.length, 0),
  link: ({ link }) => (link ? 1 : 0),
  bars: ({ bars = [] }) => bars.reduce((sum, [, column]) => sum + column.length, 0),
  facts: ({ facts = [] }) => facts.length,
  codeBox: ({ code = "" }) => code.length,
};

export class Surroundings {
  /** @type {{data: GridData, spans: ReturnType<typeof barSpans>}|null} */
  #measured = null;

  /** @param {Nodes} nodes @param {State} state @param {TokenLink} link */
  constructor(nodes, state, link) {
    this.nodes = nodes;
    this.state = state;
    this.link = link;
    nodes.copy.onclick = () => this.#copied();
  }

  async #copied() {
    const { copy, code } = this.nodes;
    await copyText(code.textContent ?? "");
    copy.textContent = this.state.texts.copied;
    setTimeout(() => {
      copy.textContent = this.state.texts.copy;
    }, SAID_MS);
  }

  /** Fill every part with its largest contents of all frames, to measure the layout. */
  reserve() {
    const { data } = this.state;
    const { parts, copy, readout } = this.nodes;
    copy.textContent = this.state.texts.copy;
    const columns = Math.max(...data.frames.map(({ bars = [] }) => bars.length));
    parts.bars.dataset.columns = String(Math.min(columns, 3));
    for (const part of PARTS) {
      const weight = WEIGHTS[part];
      const heaviest = data.frames.reduce((a, b) => (weight(b) > weight(a) ? b : a));
      parts[part].style.minHeight = "";
      parts[part].hidden = weight(heaviest) === 0;
      if (!parts[part].hidden) this.#fill(part, heaviest);
    }
    readout.hidden = data.frames.every(({ tensors }) => tensors.length === 0);
    readout.classList.toggle(
      "tall",
      data.views.some(({ formula }) => formula),
    );
  }

  show() {
    for (const part of PARTS) if (!this.nodes.parts[part].hidden) this.#fill(part, this.state.frame);
    this.#followTokens();
  }

  /** @param {Part} part @param {Frame} frame */
  #fill(part, frame) {
    const { parts, title, caption } = this.nodes;
    if (part === "sentence") {
      title.textContent = frame.title;
      caption.replaceChildren(...prose(frame.caption ?? ""));
    } else if (part === "tokens") this.#fillTokens(frame);
    else if (part === "link") this.link.take(frame);
    else if (part === "bars") {
      parts.bars.replaceChildren(...(frame.bars ?? []).map((column) => barColumn(column, this.#spans[column[0]])));
    } else if (part === "facts") parts.facts.replaceChildren(...(frame.facts ?? []).map(factItem));
    else this.#fillCode(frame);
  }

  /** @param {Frame} frame */
  #fillTokens({ columns = 0, link, tokens = [] }) {
    const strips = this.nodes.parts.tokens;
    strips.classList.toggle("in-columns", columns > 0);
    strips.style.gridTemplateColumns = columns ? `repeat(${columns + 1}, max-content)` : "";
    strips.classList.toggle("linked", Boolean(link));
    const isFocused = strips.contains(focusedIn(this.nodes.root));
    strips.replaceChildren(...tokens.map(tokenStrip));
    if (isFocused) this.nodes.root.focus({ preventScroll: true });
  }

  /** @param {Frame} frame */
  #fillCode({ code = "" }) {
    this.nodes.code.textContent = code;
    this.nodes.parts.codeBox.style.visibility = code ? "visible" : "hidden";
  }

  get #spans() {
    const { data } = this.state;
    if (this.#measured?.data !== data) this.#measured = { data, spans: barSpans(data.frames) };
    return this.#measured.spans;
  }

  /** Scroll strips that are wider than the page to the token of the current step. */
  #followTokens() {
    const { tokens } = this.nodes.parts;
    const marked = tokens.querySelectorAll(".token.chosen, .token.pointed");
    if (!marked.length || tokens.scrollWidth <= tokens.clientWidth) return;
    const [chip, strip] = [marked[marked.length - 1].getBoundingClientRect(), tokens.getBoundingClientRect()];
    tokens.scrollLeft += chip.left + chip.width / 2 - (strip.left + strip.width / 2);
  }
}

/** @param {[string, string]} fact */
function factItem([name, value]) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}
