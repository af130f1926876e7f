/**
 * Attention between token strips: pointing at a token of one strip colours the tokens of another by its weights.
 *
 * @import { Frame, PackedLink } from "./data.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 * @import { Tensor } from "./tensor.js"
 */

import { el } from "./element.js";
import { channels, css, stepOf } from "./look.js";
import { isCrowded } from "./room.js";
import { cellWords, valueText } from "./text.js";

export class TokenLink {
  /** @type {PackedLink|null} */
  #link = null;
  /** The index of the token pointed at; null for the newest one. @type {number|null} */
  #pointed = null;
  /** Unpacked weights of links. @type {WeakMap<PackedLink, Tensor[]>} */
  #tensors = new WeakMap();

  /** @param {Nodes} nodes @param {State} state */
  constructor(nodes, state) {
    this.nodes = nodes;
    this.state = state;
    const { tokens } = nodes.parts;
    const point = (/** @type {Event} */ event) => this.#point(this.#numberOf(/** @type {Element} */ (event.target)));
    for (const kind of ["mouseover", "focusin", "click"]) tokens.addEventListener(kind, point);
    tokens.addEventListener("focusout", () => this.#point(null));
    tokens.onmouseleave = () => this.#point(null);
  }

  /** Use a new frame, and colour its tokens by the newest one's weights. @param {Frame} frame */
  take(frame) {
    this.#link = frame.link ?? null;
    this.#pointed = null;
    for (const chip of this.#link ? this.#chips(this.#link.pointed) : []) chip.setAttribute("tabindex", "0");
    this.#show();
  }

  /** @param {number} strip @returns {HTMLElement[]} */
  #chips(strip) {
    return [...(this.nodes.parts.tokens.children[strip]?.querySelectorAll(/** @type {"span"} */ (".token")) ?? [])];
  }

  /**
   * The index of the token at `node` in the strip that can be pointed at; null if it is none of that strip.
   * @param {Element} node
   */
  #numberOf(node) {
    const chip = node.closest(".token");
    const number = this.#link && chip ? this.#chips(this.#link.pointed).indexOf(/** @type {HTMLElement} */ (chip)) : -1;
    return number < 0 ? null : number;
  }

  /** @param {number|null} number */
  #point(number) {
    if (number === this.#pointed) return;
    this.#pointed = number;
    this.#show();
  }

  /** The tensor to read and its panel: the locked one, else the one the page chose. @param {PackedLink} link */
  #read(link) {
    const { lock, frames } = this.state;
    const tensors = this.#tensors.get(link) ?? link.weights.map((packed) => frames.unpack(packed));
    this.#tensors.set(link, tensors);
    const locked = lock && tensors.find(({ name }) => name === lock.tensor);
    return locked ? { tensor: locked, panel: lock.panel } : { tensor: tensors[0], panel: link.panel };
  }

  #show() {
    const words = this.nodes.parts.link;
    const link = this.#link;
    if (!link) {
      words.replaceChildren();
      return;
    }
    const { tensor, panel } = this.#read(link);
    const from = this.#chips(link.pointed);
    const row = this.#pointed ?? from.length - 1;
    from.forEach((chip, i) => {
      chip.classList.toggle("pointed", i === row);
    });
    this.#chips(link.coloured).forEach((chip, column) => {
      this.#colour(chip, tensor, [...panel, row, column]);
    });
    const [query] = cellWords(tensor, [...panel, row, 0], this.state.texts).split(" → ");
    words.replaceChildren(
      el("b", {}, from[row].textContent ?? ""),
      ` ← ${tensor.name} · ${query}`,
      this.#hint(from.length),
    );
  }

  /**
   * A hint that tokens can be pointed at, while none is; empty in presenter size, where space is short.
   * @param {number} choices
   */
  #hint(choices) {
    const isAsked = this.#pointed === null && choices > 1 && !isCrowded(this.nodes.root, this.state);
    return el("i", {}, isAsked ? ` · ${this.state.texts.point}` : "");
  }

  /** @param {HTMLElement} chip @param {Tensor} tensor @param {number[]} index */
  #colour(chip, tensor, index) {
    const { look, texts } = this.state;
    const value = tensor.at(index);
    const masked = tensor.masked(index) && !tensor.isFramed(value, true);
    const ramp = look.ramps[tensor.view.scale.kind];
    const step = stepOf(value, tensor.view.scale);
    chip.classList.toggle("hatched", masked);
    chip.style.background = masked ? "" : css(channels(ramp.pixels[step]));
    chip.style.color = masked ? "" : ramp.light[step] ? "#111" : "#fff";
    chip.dataset.weight = valueText(tensor.values, value);
    amountOf(chip).textContent = masked ? tensor.hatched(texts) : value.toFixed(2);
  }
}

/** The element for the weight under a token. @param {HTMLElement} chip */
function amountOf(chip) {
  const box = /** @type {HTMLElement} */ (chip.parentElement);
  return box.querySelector(".weight") ?? box.appendChild(el("span", { class: "note weight" }));
}
