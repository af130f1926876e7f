/**
 * What is chosen on the page, and how it stands in the address.
 *
 * @typedef {"decoding" | "laboratory" | "broadcasting" | "positions"} ViewName
 * @typedef {typeof DEFAULTS} Settings
 * @typedef {keyof Settings} Name
 */

import { ATTENTIONS } from "./views.js";

export const VIEWS = /** @type {ViewName[]} */ (["decoding", "laboratory", "broadcasting", "positions"]);
const DEFAULTS = {
  view: "decoding",
  input: "",
  show: "cross",
  strategy: "greedy",
  temperature: "1",
  topk: "0",
  topp: "1",
  seed: "0",
  head: "",
  fill: "-inf",
  inverted: "",
  cells: "",
  base: "10000",
  length: "32",
  lang: "",
};
/** What takes the place of a forbidden score. @type {Record<string, number>} */
export const FILLS = { "-inf": -Infinity, "-1e9": -1e9, "-1e4": -1e4, "1e-20": 1e-20 };
const LONGEST = 400;

const NAMES = /** @type {Name[]} */ (Object.keys(DEFAULTS));

/**
 * Settings from an address; what is unknown or impossible is left at its default.
 * @param {string} hash
 * @returns {Settings}
 */
export function readSettings(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const settings = { ...DEFAULTS };
  for (const name of NAMES) settings[name] = (given.get(name) ?? DEFAULTS[name]).slice(0, LONGEST);
  if (!VIEWS.some((view) => view === settings.view)) settings.view = DEFAULTS.view;
  if (settings.show !== "all" && !Object.hasOwn(ATTENTIONS, settings.show)) settings.show = DEFAULTS.show;
  if (!Object.hasOwn(FILLS, settings.fill)) settings.fill = DEFAULTS.fill;
  return settings;
}

/** The address of settings: those that are not at their default. @param {Settings} settings */
export function hashOf(settings) {
  const changed = NAMES.filter((name) => settings[name] !== DEFAULTS[name]);
  return `#${new URLSearchParams(changed.map((name) => [name, settings[name]]))}`;
}

/**
 * A number from a field, its default where it is none or out of range.
 * @param {string} text @param {number} low @param {number} high @param {number} otherwise
 */
export function within(text, low, high, otherwise) {
  const number = text === "" ? NaN : Number(text);
  return number >= low && number <= high ? number : otherwise;
}
