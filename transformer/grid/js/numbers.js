/**
 * The contents of cells: numbers where they fit, and signs for NaN and infinity.
 *
 * @import { Codec } from "./data.js"
 * @import { Look } from "./look.js"
 * @import { Picture } from "./picture.js"
 * @typedef {(value: number) => string} Format
 */

import { MAX_CELL } from "./arrange.js";
import { NUMBER_CELL } from "./geometry.js";
import { css, line, stepOf } from "./look.js";
import { eachCell } from "./picture.js";
import { numberText, truth } from "./text.js";

const WORD_CELL = 16;
const SMALLEST_NUMBER = 9;

/**
 * Write numbers into the cells if all of them fit; returns whether they do.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 */
export function drawNumbers(context, picture) {
  const { tensor, geometry, look } = picture;
  const { cell } = geometry;
  const bits = tensor.values.codec.kind === "bits";
  if (tensor.view.show === false || cell < (bits ? WORD_CELL : NUMBER_CELL)) return false;
  const shares = bits && cell < MAX_CELL ? [0.5] : look.scale > 1 ? [0.42, 0.34, 0] : [0.34, 0]; // one letter has more room
  const sizes = shares.map((share) => Math.max(SMALLEST_NUMBER, Math.min(cell * share, 15 * look.scale)));
  const written = sizes.map((pixels) => ({
    pixels,
    format: cellFormat(picture, Math.floor((cell - 3) / (pixels * 0.58))),
  }));
  const { pixels, format } = written.find((one) => one.format) ?? { pixels: 0, format: null };
  if (!format) return false;
  const ramp = look.ramps[tensor.view.scale.kind];
  context.textAlign = "center";
  context.textBaseline = "middle";
  eachCell(picture, (value, masked, panel, row, column) => {
    if (!Number.isFinite(value)) return;
    const [x, y] = [panel.left + (column + 0.5) * cell, panel.top + (row + 0.5) * cell + 0.5];
    if (masked && !tensor.isFramed(value, masked)) return haloText(context, format(value), x, y, look, pixels);
    context.font = look.fontOf(pixels);
    context.fillStyle = ramp.light[stepOf(value, tensor.view.scale)] ? "#111" : "#fff";
    context.fillText(format(value), x, y);
  });
  return true;
}

/**
 * The most precise format in which every visible number has at most `room` characters, or null.
 * @param {Picture} picture
 * @param {number} room
 */
function cellFormat(picture, room) {
  const codec = picture.tensor.values.codec;
  return (
    formats(codec).find((format) => {
      let fits = true;
      eachCell(picture, (value) => {
        if (fits && Number.isFinite(value) && format(value).length > room) fits = false;
      });
      return fits;
    }) ?? null
  );
}

/** Ways to write a number into a cell, most precise first. @param {Codec} codec @returns {Format[]} */
export function formats(codec) {
  if (codec.kind === "bits") return [truth, (/** @type {number} */ value) => (value ? "T" : "F")];
  if (codec.kind === "whole") return [numberText, unlessHuge(numberText)];
  const fixed = (/** @type {number} */ decimals) => (/** @type {number} */ value) =>
    value === 0 ? "0" : unsignedZero(value.toFixed(decimals));
  return [fixed(4), fixed(3), fixed(2), threeCharacters].map(unlessHuge);
}

/** ".25" or "1.3": two digits, without a leading zero. @param {number} value */
function threeCharacters(value) {
  const text = value === 0 ? "0" : value.toFixed(Math.abs(value) < 0.995 ? 2 : 1);
  return unsignedZero(text).replace(/^(-?)0\./, "$1.");
}

/** @param {string} text */
const unsignedZero = (text) => (Number(text) === 0 ? text.replace("-", "") : text);

/** @param {Format} format @returns {Format} */
const unlessHuge = (format) => (value) => (Math.abs(value) >= 1e4 ? shortest(value) : format(value));

/** @param {number} value */
const shortest = (value) => value.toExponential(0).replace("e+", "e");

/**
 * Draw signs that need no colour: minus, plus and cross for -inf, +inf and NaN; or words, if they fit.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 */
export function drawSigns(context, picture) {
  const { geometry, look } = picture;
  const { cell } = geometry;
  const wordy = cell >= 20;
  context.lineWidth = Math.max(1, Math.min(2 * look.scale, cell / 12));
  eachCell(picture, (value, _, panel, row, column) => {
    if (Number.isFinite(value)) return;
    const [x, y] = [panel.left + column * cell, panel.top + row * cell];
    const bad = Number.isNaN(value);
    context.strokeStyle = bad ? look.wrong : css(look.text);
    if (bad) {
      const inset = cell * 0.12;
      line(context, x + inset, y + inset, x + cell - inset, y + cell - inset);
      line(context, x + cell - inset, y + inset, x + inset, y + cell - inset);
    }
    if (wordy) {
      haloText(context, numberText(value), x + cell / 2, y + cell / 2, look, Math.min(cell * 0.4, 15 * look.scale));
    } else if (!bad) {
      line(context, x + cell * 0.25, y + cell / 2, x + cell * 0.75, y + cell / 2);
      if (value > 0) line(context, x + cell / 2, y + cell * 0.25, x + cell / 2, y + cell * 0.75);
    }
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {Look} look
 * @param {number} pixels
 */
function haloText(context, text, x, y, look, pixels) {
  const [style, width] = [context.strokeStyle, context.lineWidth];
  context.font = look.fontOf(pixels, 600);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.strokeStyle = css(look.back);
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeText(text, x, y);
  context.fillStyle = css(look.text);
  context.fillText(text, x, y);
  [context.strokeStyle, context.lineWidth] = [style, width];
}
