/**
 * Fields and choices of the page's settings.
 *
 * @import { Name, Settings, ViewName } from "./settings.js"
 * @import { Scene } from "./views.js"
 * @typedef {{settings: Settings, set: (name: Name, value: string) => void, t: Scene["t"], heads: string[],
 *   example: string}} Given  `heads`: what can be switched off, "layer.head"
 */

import { FILLS } from "./settings.js";
import { ATTENTIONS } from "./views.js";

/** The controls that a view has. @param {ViewName} view @param {Given} given @returns {HTMLElement[]} */
export function controlsOf(view, given) {
  const { t, set } = given;
  const attentions = Object.keys(ATTENTIONS);
  const attention = choice(given, "show", t("attention"), view === "decoding" ? ["all", ...attentions] : attentions);
  const input = field(given, "input", t("input"), { placeholder: given.example, size: 18 });
  const off = (/** @type {string} */ one) => {
    const [layer, head] = one.split(".");
    return one ? `${t("layer {n}", { n: layer })}, ${t("head {n}", { n: head })}` : t("none");
  };
  if (view === "decoding") {
    const heads = choice(given, "head", t("head switched off"), ["", ...given.heads], off);
    return [
      input,
      attention,
      heads,
      choice(given, "strategy", t("strategy"), ["greedy", "sampling"]),
      ...sampling(given),
    ];
  }
  if (view === "laboratory") {
    const fill = choice(given, "fill", t("fill value"), Object.keys(FILLS));
    const inverted = flag(given, "inverted", t("I got the polarity wrong"));
    const plain = flag(given, "plain", t("Plain softmax"));
    plain.title = t("Without this model's guard, a row that may look at nothing becomes NaN.");
    return [input, attention, fill, inverted, plain, button(t("the model's own mask"), () => set("cells", ""))];
  }
  if (view === "broadcasting") return [input, attention];
  return [number(given, "length", "positions", { min: 1, max: 200 }), number(given, "base", "base", { min: 2 })];
}

/** @param {Given} given */
function sampling(given) {
  if (given.settings.strategy !== "sampling") return [];
  return [
    number(given, "temperature", "temperature", { min: 0, max: 10, step: 0.1 }),
    number(given, "topk", "top-k", { min: 0 }),
    number(given, "topp", "top-p", { min: 0.01, max: 1, step: 0.05 }),
    number(given, "seed", "seed", { min: 0 }),
  ];
}

/** @param {Given} given @param {Name} name @param {string} label @param {Record<string, number>} limits */
const number = (given, name, label, limits) => field(given, name, given.t(label), { type: "number", ...limits });

/** @param {Given} given @param {Name} name @param {string} label @param {Record<string, unknown>} properties */
function field({ settings, set }, name, label, properties) {
  const input = node("input", { value: settings[name], maxLength: 400, ...properties });
  input.addEventListener("input", () => set(name, input.value));
  return node("label", {}, label, input);
}

/** On or off. @param {Given} given @param {Name} name @param {string} label */
function flag({ settings, set }, name, label) {
  const input = node("input", { type: "checkbox", checked: Boolean(settings[name]) });
  input.addEventListener("change", () => set(name, input.checked ? "1" : ""));
  return node("label", {}, input, label);
}

/**
 * @param {Given} given @param {Name} name @param {string} label @param {string[]} options
 * @param {(option: string) => string} say
 */
export function choice({ settings, set, t }, name, label, options, say = (one) => t(one)) {
  const all = options.map((one) =>
    node("option", { value: one, textContent: say(one), selected: one === settings[name] }),
  );
  const select = node("select", {}, ...all);
  select.addEventListener("change", () => set(name, select.value));
  return node("label", {}, label, select);
}

/** @param {string} text @param {() => void} act @param {Record<string, unknown>} properties */
export function button(text, act, properties = {}) {
  const made = node("button", { type: "button", textContent: text, ...properties });
  made.addEventListener("click", act);
  return made;
}

/**
 * An element with its properties; text is text, never HTML.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, unknown>} properties @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function node(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
