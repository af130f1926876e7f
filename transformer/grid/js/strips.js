/**
 * Strips of tokens and columns of bars.
 *
 * @import { Bar, Frame, Token } from "./data.js"
 * @typedef {{low: number, high: number}} Span
 */

import { el } from "./element.js";

/** A strip of tokens under its label. @param {[string, Token[]]} strip */
export function tokenStrip([label, tokens]) {
  const chips = tokens.map((token) => {
    const chip = el("span", { class: `token ${token.kind ?? "plain"}` }, token.text || "\u00a0");
    const note = token.note ? [el("span", { class: "note" }, token.note)] : [];
    return el("span", { class: "chip" }, chip, ...note);
  });
  return el("div", { class: "strip" }, el("span", { class: "label" }, label), el("span", { class: "chips" }, ...chips));
}

/**
 * A column of bars; `span` is the range of the bars over all frames.
 * @param {[string, Bar[]]} column
 * @param {Span} span
 */
export function barColumn([label, bars], span) {
  const percent = (/** @type {number} */ value) => `${(100 * value) / (span.high - span.low)}%`;
  const rows = bars.map((bar) => {
    const filled = el("span", { class: "fill" });
    filled.hidden = bar.value === null;
    filled.style.left = percent(Math.min(bar.value ?? 0, 0) - span.low);
    filled.style.width = percent(Math.abs(bar.value ?? 0));
    return el(
      "div",
      { class: `bar ${bar.kind ?? "plain"}` },
      el("span", { class: "name" }, bar.label),
      el("span", { class: "track" }, filled),
      el("span", { class: "amount" }, bar.text ?? ""),
    );
  });
  return el("div", { class: "column" }, el("div", { class: "label" }, label), ...rows);
}

/**
 * The range of each column of bars over all frames: it includes 0, and 1 if all values are from 0 to 1.
 * @param {Frame[]} frames
 */
export function barSpans(frames) {
  /** @type {Record<string, Span>} */
  const spans = {};
  for (const [label, bars] of frames.flatMap((frame) => frame.bars ?? [])) {
    spans[label] ??= { low: 0, high: 0 };
    for (const { value } of bars) {
      spans[label].low = Math.min(spans[label].low, value ?? 0);
      spans[label].high = Math.max(spans[label].high, value ?? 0);
    }
  }
  for (const span of Object.values(spans)) if (span.low === 0 && span.high <= 1) span.high = 1; // shares
  return spans;
}
