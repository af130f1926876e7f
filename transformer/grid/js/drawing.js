/**
 * Drawing one tensor on a canvas.
 *
 * @import { Scale } from "./data.js"
 * @import { Look } from "./look.js"
 * @import { Picture } from "./picture.js"
 */

import { size } from "./data.js";
import { contextOf } from "./element.js";
import { drawLabels } from "./labels.js";
import { css, line, pixel, stepOf } from "./look.js";
import { drawNumbers, drawSigns } from "./numbers.js";
import { eachCell, placeOf } from "./picture.js";

const SIGNED_CELL = 8;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @returns {boolean} whether the cells hold numbers
 */
export function drawTensor(context, picture) {
  let numbered = false;
  if (size(picture.geometry.counts) > 0) {
    drawHeat(context, picture);
    drawHatch(context, picture);
    drawLines(context, picture);
    drawFrames(context, picture);
    numbered = drawNumbers(context, picture);
    if (!numbered) drawMinus(context, picture);
    drawSigns(context, picture);
    drawChosenRow(context, picture);
  }
  drawLabels(context, picture);
  return numbered;
}

/**
 * Draw every cell as one pixel, then scale up panel by panel: one canvas call per panel, not per cell.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 */
function drawHeat(context, picture) {
  const { tensor, geometry, panels, look } = picture;
  const [rows, columns] = geometry.counts.slice(-2);
  const image = new ImageData(columns, rows * panels.length);
  const pixels = new Uint32Array(image.data.buffer);
  let at = 0;
  eachCell(picture, (value, masked) => {
    pixels[at++] = cellPixel(value, masked && !tensor.isFramed(value, masked), tensor.view.scale, look);
  });
  const heat = Object.assign(document.createElement("canvas"), { width: columns, height: image.height });
  contextOf(heat).putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  const [wide, high] = [columns * geometry.cell, rows * geometry.cell];
  panels.forEach((panel, i) => {
    context.drawImage(heat, 0, i * rows, columns, rows, panel.left, panel.top, wide, high);
  });
}

/** @param {number} value @param {boolean} masked @param {Scale} scale @param {Look} look */
function cellPixel(value, masked, scale, look) {
  if (masked) return pixel(look.hatched);
  if (!Number.isFinite(value)) return pixel(look.neutral);
  return look.ramps[scale.kind].pixels[stepOf(value, scale)];
}

/**
 * Hatch the masked cells: runs of neighbours become one rectangle, and all are filled at once.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 */
function drawHatch(context, picture) {
  if (!picture.tensor.mask) return;
  const { cell } = picture.geometry;
  /** @type {{x: number, y: number, width: number}|null} */
  let run = null;
  context.beginPath();
  const close = () => {
    if (run) context.rect(run.x, run.y, run.width, cell);
    run = null;
  };
  eachCell(picture, (value, masked, panel, row, column) => {
    const hatched = masked && !picture.tensor.isFramed(value, masked);
    if (!hatched || column === 0) close();
    if (!hatched) return;
    run ??= { x: panel.left + column * cell, y: panel.top + row * cell, width: 0 };
    run.width += cell;
  });
  close();
  context.fillStyle = hatching(context, picture.look);
  context.fill();
}

/**
 * Draw a frame and a corner, in black and white, at every framed cell, see `Tensor.isFramed`.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 */
function drawFrames(context, picture) {
  const { tensor, geometry, look } = picture;
  if (!tensor.hasFrames) return;
  const { cell } = geometry;
  const width = Math.max(1, Math.min(2 * look.scale, cell / 8));
  eachCell(picture, (value, masked, panel, row, column) => {
    if (!tensor.isFramed(value, masked)) return;
    const [x, y] = [panel.left + column * cell, panel.top + row * cell];
    for (const [colour, inset] of /** @type {[string, number][]} */ ([
      ["#fff", width / 2],
      ["#000", 1.5 * width],
    ])) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.strokeRect(x + inset, y + inset, cell - 2 * inset, cell - 2 * inset);
    }
    context.fillStyle = "#000";
    context.beginPath();
    for (const [right, down] of [
      [0, 0],
      [0.42, 0],
      [0, 0.42],
    ])
      context.lineTo(x + cell * (1 - right), y + cell * down);
    context.fill();
    context.strokeStyle = "#fff";
    context.stroke();
  });
}

/**
 * Mark negative cells with a minus if cells have no numbers, since colours alone do not show the sign in greyscale.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 */
function drawMinus(context, picture) {
  const { tensor, geometry, look } = picture;
  const { cell } = geometry;
  const { kind } = tensor.view.scale;
  if (kind !== "diverging" || cell < SIGNED_CELL) return;
  const { light } = look.ramps[kind];
  context.lineWidth = Math.max(1, cell / 10);
  eachCell(picture, (value, masked, panel, row, column) => {
    if (masked || !(value < 0) || !Number.isFinite(value)) return;
    const [x, y] = [panel.left + column * cell, panel.top + (row + 0.5) * cell];
    context.strokeStyle = light[stepOf(value, tensor.view.scale)] ? "#111" : "#fff";
    line(context, x + cell * 0.3, y, x + cell * 0.7, y);
  });
}

/**
 * Draw hairlines between cells and a frame around each panel.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 */
function drawLines(context, { geometry, panels, look }) {
  const { cell } = geometry;
  const [rows, columns] = geometry.counts.slice(-2);
  const [wide, high] = [columns * cell, rows * cell];
  const hair = 1 / look.ratio;
  context.fillStyle = css(look.back);
  context.globalAlpha = cell >= 20 ? 1 : 0.55;
  for (const { left, top } of cell >= 8 ? panels : []) {
    for (let row = 1; row < rows; row++) context.fillRect(left, top + row * cell - hair, wide, hair);
    for (let column = 1; column < columns; column++) {
      context.fillRect(left + column * cell - hair, top, hair, high);
    }
  }
  context.globalAlpha = 1;
  context.strokeStyle = css(look.soft);
  context.lineWidth = hair;
  for (const { left, top } of panels) context.strokeRect(left - hair / 2, top - hair / 2, wide + hair, high + hair);
}

/**
 * Draw a frame around the row that the step highlights, if it is visible.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 */
function drawChosenRow(context, { geometry, panels, row, look }) {
  const { cell } = geometry;
  const [rows, columns] = geometry.counts.slice(-2);
  if (!(row >= 0 && row < rows)) return;
  const [{ left, top }] = panels;
  context.strokeStyle = look.chosen;
  context.lineWidth = 3;
  context.strokeRect(left - 1, top + row * cell - 1, columns * cell + 2, cell + 2);
}

/** The pattern of masked cells. @param {CanvasRenderingContext2D} context @param {Look} look */
export function hatching(context, look) {
  const pattern = /** @type {CanvasPattern} */ (context.createPattern(look.hatch, "repeat"));
  pattern.setTransform(new DOMMatrix().scale(1 / look.ratio));
  return pattern;
}

/**
 * Highlight the row, the column and the cell of `index`, if it is visible.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {number[]} index
 */
export function drawCross(context, picture, index) {
  const { geometry, look } = picture;
  const { cell } = geometry;
  const [rows, columns] = geometry.counts.slice(-2);
  const { panel, row, column } = placeOf(picture, index);
  if (!panel || row < 0 || column < 0 || row >= rows || column >= columns) return;
  const [x, y] = [panel.left + column * cell, panel.top + row * cell];
  for (const [colour, width] of /** @type {[string, number][]} */ ([
    [css(look.back), 3],
    [css(look.text), 1.5],
  ])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(panel.left, y, columns * cell, cell);
    context.strokeRect(x, panel.top, cell, rows * cell);
  }
  context.strokeStyle = css(look.primary);
  context.lineWidth = Math.max(2, Math.min(3, cell / 6));
  context.strokeRect(x, y, cell, cell);
}

/**
 * Outline the cells that are being changed, until the page has answered.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {number[][]} cells
 */
export function drawPainted(context, picture, cells) {
  const { geometry, look } = picture;
  context.strokeStyle = css(look.primary);
  context.lineWidth = 3;
  for (const index of cells) {
    const { panel, row, column } = placeOf(picture, index);
    if (!panel) continue;
    const [x, y] = [panel.left + column * geometry.cell, panel.top + row * geometry.cell];
    context.strokeRect(x + 1.5, y + 1.5, geometry.cell - 3, geometry.cell - 3);
  }
}
