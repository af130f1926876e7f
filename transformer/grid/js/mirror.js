/**
 * A copy of the pictures as text, for screen readers and tests.
 *
 * @import { Acts } from "./acts.js"
 * @import { Figure } from "./figure.js"
 * @import { Picture } from "./picture.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 * @import { Texts } from "./data.js"
 */

import { size } from "./data.js";
import { el, fill } from "./element.js";
import { eachCell } from "./picture.js";
import { cellWords, indexText, valueText } from "./text.js";

const MIRRORED = 2500;
const SOON_MS = 60;
const PLAYING_MS = 250;

export class Mirror {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;

  /** @param {Nodes} nodes @param {State} state @param {Acts} acts */
  constructor(nodes, state, acts) {
    this.node = nodes.mirror;
    this.state = state;
    this.node.onmouseover = (event) => {
      const cell = this.#cellOf(event);
      if (cell) acts.point(cell);
    };
    this.node.onclick = (event) => {
      const cell = this.#cellOf(event);
      if (!cell) return;
      acts.point(cell);
      acts.act();
    };
  }

  dispose() {
    clearTimeout(this.#timer);
  }

  /** Fill the copy once nothing has changed for a moment. @param {Figure[]} figures */
  fillSoon(figures) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fill(figures), this.state.isPlaying ? PLAYING_MS : SOON_MS);
  }

  /** @param {Figure[]} figures */
  #fill(figures) {
    this.node.replaceChildren(...figures.map(({ picture }) => tableOf(picture, this.state.texts)));
    this.node.dataset.frame = String(this.state.at);
  }

  /**
   * The cell of the picture that belongs to an event in the copy, as from a screen reader; null if there is none.
   * @param {Event} event
   */
  #cellOf({ target }) {
    const cell = /** @type {HTMLElement|null} */ (/** @type {Element} */ (target).closest("[data-index]"));
    const table = cell?.closest("[data-tensor]");
    if (!cell || !table) return null;
    const pos = [...this.node.children].indexOf(table);
    const index = (cell.dataset.index ?? "").split(",").filter(Boolean).map(Number);
    return { pos, index: this.state.tensors[pos].padded(index) };
  }
}

/** @param {Picture} picture @param {Texts} texts */
function tableOf(picture, texts) {
  const { tensor, starts, geometry } = picture;
  const name = `${tensor.name} ${indexText(tensor.values.shape)}`;
  const table = el("div", { role: "table", "aria-label": name, "data-tensor": tensor.name });
  const total = size(geometry.counts);
  if (total === 0) return table;
  const [row0, column0] = starts.slice(-2);
  let row = table;
  let left = MIRRORED;
  eachCell(picture, (value, masked, panel, r, c) => {
    if (left-- <= 0) return;
    const index = [...panel.lead, row0 + r, column0 + c];
    if (c === 0) {
      row = el("div", { role: "row", "aria-label": cellWords(tensor, index, texts).split(" → ")[0] });
      table.append(row);
    }
    const text = valueText(tensor.values, value);
    const shown = tensor.shown(index).join(",");
    const attributes = { role: "cell", "data-index": shown, "data-value": text, "data-masked": masked };
    row.append(el("span", attributes, masked ? `${text} ${tensor.maskedText(value, texts)}` : text));
  });
  if (total > MIRRORED) table.append(el("div", {}, fill(texts.truncated, { shown: MIRRORED, size: total })));
  return table;
}
