/**
 * The step bar: buttons, the slider with a mark for every step, and speed.
 *
 * @import { Acts } from "./acts.js"
 * @import { Player } from "./player.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 */

import { button, focusedIn, icon } from "./dom.js";
import { el, fill } from "./element.js";
import { SPEEDS } from "./player.js";

const MAX_TICKS = 60;

export class Transport {
  #scrub = el("input");
  #play = el("button");

  /** @param {Nodes} nodes @param {State} state @param {Player} player @param {Acts} acts */
  constructor(nodes, state, player, acts) {
    this.nodes = nodes;
    this.state = state;
    this.player = player;
    this.acts = acts;
    nodes.unlock.onclick = () => acts.enlarge(null);
  }

  /**
   * Build the bar for the current frames and language. In the same language, only the number of frames can differ, so
   * the bar is updated: replacing it would end a drag of its slider.
   * @returns {boolean} whether the bar is a new one
   */
  build() {
    const { texts, count } = this.state;
    this.nodes.unlock.textContent = texts.shrink;
    const isNew = texts.scrub !== this.#scrub.getAttribute("aria-label");
    if (isNew) this.#rebuild();
    else this.#scrub.nextSibling?.replaceWith(this.#ticks());
    this.#scrub.max = String(count - 1);
    return isNew;
  }

  #rebuild() {
    const { acts, state, nodes } = this;
    const { texts } = state;
    const focused = /** @type {HTMLElement|null} */ (focusedIn(nodes.root))?.dataset.testid;
    this.#scrub = el("input", {
      type: "range",
      min: 0,
      max: state.count - 1,
      step: 1,
      "data-testid": "tg-scrub",
      "aria-label": texts.scrub,
    });
    this.#scrub.oninput = () => acts.visit(Number(this.#scrub.value));
    this.#play = button("tg-play", "play", texts.play, () => acts.toggle());
    nodes.transport.replaceChildren(
      button("tg-first", "first", texts.first, () => acts.visit(0)),
      button("tg-prev", "previous", texts.previous, () => acts.visit(state.at - 1)),
      this.#play,
      button("tg-next", "next", texts.next, () => acts.visit(state.at + 1)),
      button("tg-last", "last", texts.last, () => acts.visit(state.count - 1)),
      el("span", { class: "scrub" }, this.#scrub, this.#ticks()),
      nodes.step,
      this.#speed(),
      nodes.unlock,
      button("tg-image", "image", texts.image, () => acts.save()),
      button("tg-full", "full", texts.full, () => acts.full()),
    );
    /** @type {HTMLElement|null} */ (
      focused ? nodes.transport.querySelector(`[data-testid="${focused}"]`) : null
    )?.focus();
    this.showPlaying();
  }

  #speed() {
    const { texts } = this.state;
    const options = SPEEDS.map((factor) => el("option", { value: factor }, `${factor}×`));
    const speed = el(
      "select",
      { "data-testid": "tg-speed", "aria-label": texts.speed, title: texts.speed },
      ...options,
    );
    speed.value = String(this.player.speed);
    speed.onchange = () => this.player.setSpeed(Number(speed.value));
    return speed;
  }

  /** A mark under the slider for every step, to click or read. */
  #ticks() {
    const marks = el("span", { class: "ticks" });
    const titles = this.state.count > MAX_TICKS ? [] : this.state.frames.titles;
    titles.forEach((title, at) => {
      const mark = el("span", { class: "tick", title });
      mark.onclick = () => this.acts.visit(at);
      marks.append(mark);
    });
    return marks;
  }

  showPlaying() {
    const { isPlaying, texts } = this.state;
    const name = isPlaying ? "pause" : "play";
    this.#play.replaceChildren(icon(name));
    this.#play.setAttribute("aria-label", texts[name]);
    this.#play.title = texts[name];
    this.#play.dataset.playing = String(isPlaying);
  }

  /** Show the number and title of the frame on screen. */
  show() {
    const { at, frame } = this.state;
    this.nodes.step.textContent = this.stepText(at);
    this.#scrub.value = String(at);
    this.#scrub.setAttribute("aria-valuetext", frame.title);
  }

  /** Reserve the width of the longest text. */
  reserve() {
    this.nodes.step.textContent = this.stepText(this.state.count - 1);
    this.nodes.unlock.hidden = !this.state.lock;
  }

  /** @param {number} at */
  stepText(at) {
    const { count, texts } = this.state;
    return count > 1 ? fill(texts.step, { number: at + 1, total: count }) : "";
  }
}
