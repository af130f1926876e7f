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
  step: "0",
  panel: "",
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
  plain: "",
  cells: "",
  base: "10000",
  length: "32",
  lesson: "",
  lesson_step: "1",
  lang: "",
};
/** What takes the place of a forbidden score. @type {Record<string, number>} */
export const FILLS = {
  "-inf": -Infinity,
  "-1e9": -1e9,
  "-1e4": -1e4,
  "finfo.min": -3.4028234663852886e38,
  "1e-20": 1e-20,
};
const LONGEST = 1000;

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
 * The cells "row,column" in an address, as the app writes them: `0.2.38_0.3-5.8` says sentence, row or rows, and the
 * columns as a hexadecimal number whose bit k stands for column k. Here there is one sentence, 0.
 * @param {string} text @returns {Set<string>}
 */
export function readCells(text) {
  /** @type {Set<string>} */
  const cells = new Set();
  for (const [, first, last, digits] of text.matchAll(/(?:^|_)0\.(\d{1,3})(?:-(\d{1,3}))?\.([0-9a-f]{1,20})(?=_|$)/g)) {
    const bits = [...BigInt(`0x${digits}`).toString(2)].reverse();
    for (let row = Number(first); row <= Number(last ?? first); row++)
      for (const [column, bit] of bits.entries()) if (bit === "1") cells.add(`${row},${column}`);
  }
  return cells;
}

/** @param {Set<string>} cells */
export function writeCells(cells) {
  /** @type {Map<number, bigint>} */
  const rows = new Map();
  for (const [row, column] of [...cells].map((cell) => cell.split(",").map(Number)))
    rows.set(row, (rows.get(row) ?? 0n) | (1n << BigInt(column)));
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([row, bits]) => `0.${row}.${bits.toString(16)}`)
    .join("_");
}

/**
 * A number from a field, its default where it is none or out of range.
 * @param {string} text @param {number} low @param {number} high @param {number} otherwise
 */
export function within(text, low, high, otherwise) {
  const number = text === "" ? NaN : Number(text);
  return number >= low && number <= high ? number : otherwise;
}
