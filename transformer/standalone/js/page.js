/**
 * The page: a few controls, a grid that is drawn anew whenever one of them changes, and all of it in the address.
 *
 * @import { Colours, GridData, Lock, Texts } from "../../grid/js/data.js"
 * @import { GridEvent } from "../../grid/js/reports.js"
 * @import { Sampling } from "./decoding.js"
 * @import { Lesson } from "./lessons.js"
 * @import { Edits, Tensor, Transformer } from "./model.js"
 * @import { Frame } from "./payload.js"
 * @import { Name, ViewName } from "./settings.js"
 * @import { Attention, Scene, TaskData } from "./views.js"
 * @typedef {{name: string, size: number, trained: string, task: TaskData, lessons: Lesson[], languages: Record<string, Record<string, string>>,
 *   texts: Record<string, Texts>, colours: Colours}} PageData  as `page.py` writes it
 * @typedef {{frames: Frame[], onCells?: (event: GridEvent) => void}} Shown  `onCells`: what clicks on cells do
 */

import { button, controlsOf } from "./controls.js";
import { decodeSteps } from "./decoding.js";
import { answerOf, laboratoryFrames } from "./laboratory.js";
import { lessonChoice, lessonStrip, stepHash } from "./lessons.js";
import { Trace } from "./model.js";
import { gridData } from "./payload.js";
import { FILLS, hashOf, readCells, readSettings, VIEWS, within, writeCells } from "./settings.js";
import { ATTENTIONS, broadcastingFrames, decodingFrames, placeOf, positionFrames, Task } from "./views.js";

const LIMIT = 40;
const REBUILT = ["view", "lang", "strategy", "lesson"];

export class Page {
  #revision = 0;

  /**
   * @param {PageData} data
   * @param {Transformer} model
   * @param {(data: GridData, onEvent: (event: GridEvent) => void) => void} mount draws the grid
   */
  constructor(data, model, mount) {
    this.data = data;
    this.model = model;
    this.task = new Task(data.task);
    this.mount = mount;
    this.settings = readSettings(location.hash);
    addEventListener("hashchange", () => {
      this.settings = readSettings(location.hash);
      this.#build();
    });
    this.#build();
  }

  /** @param {Name} name @param {string} value */
  set(name, value) {
    this.settings[name] = value;
    if (name === "view") Object.assign(this.settings, { step: "0", panel: "" });
    const lesson = name === "lesson" && this.data.lessons.find((one) => one.name === value);
    if (lesson) this.settings = readSettings(stepHash(lesson, 1, this.settings));
    this.#write();
    if (REBUILT.includes(name)) this.#build();
    else this.#draw();
  }

  #write() {
    history.replaceState(null, "", hashOf(this.settings));
  }

  get #view() {
    return /** @type {ViewName} */ (this.settings.view);
  }

  get #language() {
    const wanted = this.settings.lang || navigator.language.split("-")[0];
    return Object.hasOwn(this.data.languages, wanted) ? wanted : "en";
  }

  /** @param {string} text @param {Record<string, unknown>} [values] */
  t(text, values = {}) {
    const said = this.data.languages[this.#language]?.[text] ?? text;
    return said.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
  }

  /** The head and the controls of the view. */
  #build() {
    const { data, settings } = this;
    document.documentElement.lang = this.#language;
    const t = this.t.bind(this);
    document.title = data.name || `Transformer: ${t(data.trained)}`;
    place("title").textContent = document.title;
    const tabs = VIEWS.map((view) =>
      button(t(view), () => this.set("view", view), { ariaPressed: String(view === this.#view) }),
    );
    const other = this.#language === "en" ? "zh" : "en";
    const language = button(other === "zh" ? "中文" : "English", () => this.set("lang", other), { lang: other });
    const set = (/** @type {Name} */ name, /** @type {string} */ value) => this.set(name, value);
    const given = { settings, set, t, heads: this.#heads, example: data.task.example };
    const lessons = data.lessons.length ? [lessonChoice(data.lessons, given, this.#language)] : [];
    place("controls").replaceChildren(...tabs, ...controlsOf(this.#view, given), ...lessons, language);
    place("lesson").replaceChildren(...lessonStrip(data.lessons, given, this.#language));
    place("about").textContent = t(
      "A model of {size} numbers, trained to {task}. All you see is computed in this page, from its weights; training and files need the app.",
      { size: data.size.toLocaleString("en"), task: t(data.trained) },
    );
    this.#draw();
  }

  /** All heads, "layer.head". */
  get #heads() {
    const { num_layers: layers, heads } = this.model.config;
    return Array.from({ length: layers * heads }, (_, i) => `${Math.floor(i / heads)}.${i % heads}`);
  }

  /** The pass of the settings, and the grid of it. */
  #draw() {
    const { data, settings, model, task } = this;
    const source = task.encode(settings.input || data.task.example);
    const isRead = source && source.length <= Math.min(LIMIT, model.config.max_len);
    const refused = this.t("This cannot be read; type something like {example}.", { example: data.task.example });
    place("said").textContent = isRead ? "" : refused;
    if (!isRead) return;
    const shown = this.#shown({ model, task, t: this.t.bind(this) }, source);
    this.#revision += 1;
    const options = {
      name: this.#view,
      revision: this.#revision,
      editable: Boolean(shown.onCells),
      report: ["frame", "lock"],
      start: Math.min(Math.round(within(settings.step, 0, 1e6, 0)), shown.frames.length - 1),
      lock: this.#lock,
    };
    this.mount(gridData(shown.frames, data.texts[this.#language], data.colours, options), (event) => {
      this.#keep(event);
      if (event.kind === "cell") shown.onCells?.(event);
    });
  }

  /** Where the grid is now goes into the address. @param {GridEvent} event */
  #keep({ frame, lock }) {
    const attention = Object.keys(ATTENTIONS).find((name) => this.t(name) === lock?.tensor);
    const panel = this.#view === "decoding" && lock && attention ? [attention, ...lock.panel].join(".") : "";
    Object.assign(this.settings, { step: String(frame), panel });
    this.#write();
  }

  /** The enlarged panel of decoding: `cross.2.1` is head 1 of layer 2. @returns {Lock | null} */
  get #lock() {
    const [attention, ...panel] = this.settings.panel.split(".");
    const { num_layers: layers, heads } = this.model.config;
    const [layer, head] = panel.map(Number);
    const isThere = Object.hasOwn(ATTENTIONS, attention) && layer < layers && head < heads;
    return this.#view === "decoding" && isThere ? { tensor: this.t(attention), panel: [layer, head] } : null;
  }

  /** The attention shown where there is but one. */
  get #attention() {
    return /** @type {Attention} */ (this.settings.show === "all" ? "cross" : this.settings.show);
  }

  /** @param {Scene} scene @param {number[]} source @returns {Shown} */
  #shown(scene, source) {
    const { length, base } = this.settings;
    if (this.#view === "decoding") return { frames: this.#decoding(scene, source) };
    if (this.#view === "laboratory") return this.#laboratory(scene, source);
    if (this.#view === "broadcasting") return { frames: this.#broadcasting(scene, source) };
    return { frames: positionFrames(scene, within(length, 1, 200, 32), within(base, 2, 1e9, 10000)) };
  }

  /** @param {Scene} scene @param {number[]} source */
  #decoding(scene, source) {
    const steps = [...decodeSteps(this.model, source, LIMIT, this.#sampling, this.#switchedOff)];
    return decodingFrames(scene, source, steps, this.#attentions);
  }

  /** Those shown beside each other. @returns {Attention[]} */
  get #attentions() {
    return this.settings.show === "all" ? /** @type {Attention[]} */ (Object.keys(ATTENTIONS)) : [this.#attention];
  }

  /** @returns {Sampling | null} */
  get #sampling() {
    const { strategy, temperature, topk, topp, seed } = this.settings;
    if (strategy !== "sampling") return null;
    return {
      temperature: within(temperature, 0, 10, 1),
      topK: within(topk, 0, 1e6, 0),
      topP: within(topp, 0.01, 1, 1),
      seed: within(seed, 0, 2 ** 31, 0),
    };
  }

  /** A head gives nothing: its part of the context is zero in the attention chosen. @returns {Edits} */
  get #switchedOff() {
    const [layer, head] = this.settings.head.split(".").map(Number);
    const { num_layers: layers, heads } = this.model.config;
    if (this.settings.head === "" || !(layer < layers) || !(head < heads)) return new Map();
    const silenced = (/** @type {Tensor} */ context) => {
      const size = context.size(2) * context.size(3);
      return context.map((value, i) => (Math.floor(i / size) % heads === head ? 0 : value));
    };
    return new Map(this.#attentions.map((name) => [`${placeOf(name, layer)}.context`, silenced]));
  }

  /** @param {Scene} scene @param {number[]} source @returns {Shown} */
  #laboratory(scene, source) {
    const { cells, inverted, plain, fill } = this.settings;
    const flipped = readCells(cells);
    const edit = { flipped, isInverted: Boolean(inverted), isPlain: Boolean(plain), fill: FILLS[fill] };
    return {
      frames: laboratoryFrames(scene, source, this.#attention, edit, LIMIT),
      onCells: (event) => {
        if (event.tensor === this.t("change of the logits")) return; // its cells are no pairs of query and key
        for (const cell of event.cells) {
          const key = cell.slice(-2).join(",");
          if (!flipped.delete(key)) flipped.add(key);
        }
        this.set("cells", writeCells(flipped));
      },
    };
  }

  /** @param {Scene} scene @param {number[]} source */
  #broadcasting(scene, source) {
    const read = answerOf([...decodeSteps(this.model, source, LIMIT)]).slice(0, -1);
    const trace = new Trace();
    this.model.forward([source], [read], trace);
    return broadcastingFrames(scene, trace, this.#attention, source, read);
  }
}

/** @param {string} id */
const place = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
