/**
 * Token labels along rows and columns, and the names of panels.
 *
 * @import { Look } from "./look.js"
 * @import { Panel, Picture } from "./picture.js"
 * @import { Tensor } from "./tensor.js"
 */

import { COLUMNS_OF_PANELS, ROWS_OF_PANELS } from "./geometry.js";
import { css } from "./look.js";
import { labelText, panelText } from "./text.js";

const SMALLEST_LABEL = 7;

/**
 * Draw token labels along rows and columns, the names of panels, and the numbers under them.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 */
export function drawLabels(context, picture) {
  const { geometry, panels, look } = picture;
  context.font = look.fontOf(look.font);
  context.fillStyle = css(look.text);
  for (const panel of panels) {
    if (geometry.rowWidth && (panel.x === 0 || geometry.eachLeft)) drawRowLabels(context, picture, panel);
    if (geometry.labelled && (geometry.eachTop || panel.y === 0)) drawColumnLabels(context, picture, panel);
  }
  context.font = look.fontOf(look.font, 600);
  for (const panel of panels) drawPanelNames(context, picture, panel);
  if (geometry.noteHeight) drawNotes(context, picture);
}

/** Draw the number under each panel, if it fits. @param {CanvasRenderingContext2D} context @param {Picture} picture */
function drawNotes(context, { tensor, geometry, panels, look }) {
  const [rows, columns] = geometry.counts.slice(-2);
  const [wide, high] = [columns * geometry.cell, rows * geometry.cell];
  context.font = look.fontOf(look.font);
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const { lead, left, top } of panels) {
    const note = tensor.note(lead);
    if (note && look.width(note) <= wide + geometry.gap)
      context.fillText(note, left + wide / 2, top + high + look.font + 2);
  }
}

/** Set the font of labels, and return n such that every n-th label fits. Words get smaller before any is left out.
 * @param {CanvasRenderingContext2D} context @param {string[]|null} labels @param {number} cell @param {Look} look */
function takeLabelFont(context, labels, cell, look, tight = true) {
  const pixels = labels && tight ? Math.max(SMALLEST_LABEL, Math.min(look.font, Math.floor(cell))) : look.font;
  context.font = look.fontOf(pixels);
  return tight ? Math.ceil((labels ? pixels : pixels + 1) / cell) : 1;
}

/** @param {CanvasRenderingContext2D} context @param {Picture} picture @param {Panel} panel */
function drawRowLabels(context, { tensor, geometry, starts, look }, panel) {
  const { cell } = geometry;
  const [rows] = geometry.counts.slice(-2);
  const labels = tensor.labels("rows", panel.lead);
  const every = takeLabelFont(context, labels, cell, look);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let row = 0; row < rows; row += every) {
    const text = labelText(labels, starts[tensor.rank - 2] + row);
    context.fillText(look.fit(text, look.maxLabel), panel.left - 5, panel.top + (row + 0.5) * cell + 0.5);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Picture} picture @param {Panel} panel */
function drawColumnLabels(context, { tensor, geometry, starts, look }, panel) {
  const { cell, rotated } = geometry;
  const columns = geometry.counts[tensor.rank - 1];
  const labels = tensor.labels("columns", panel.lead);
  const every = takeLabelFont(context, labels, cell, look, rotated);
  for (let column = 0; column < columns; column += every) {
    const text = look.fit(labelText(labels, starts[tensor.rank - 1] + column), look.maxLabel);
    const x = panel.left + (column + 0.5) * cell;
    if (rotated) upright(context, text, x, panel.top - 5, "left");
    else {
      context.textAlign = "center";
      context.textBaseline = "alphabetic";
      context.fillText(text, x, panel.top - 5);
    }
  }
}

/**
 * Draw text that reads from bottom to top.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {CanvasTextAlign} align
 */
function upright(context, text, x, y, align) {
  context.save();
  context.translate(x, y);
  context.rotate(-Math.PI / 2);
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillText(text, 0, 0);
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {Picture} picture @param {Panel} panel */
function drawPanelNames(context, { tensor, geometry, look }, panel) {
  const { cell, counts } = geometry;
  const [rows, columns] = counts.slice(-2);
  context.fillStyle = css(look.soft);
  if (geometry.nameTop && (tensor.rank === 3 || panel.y === 0)) {
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    const y = tensor.rank === 3 ? panel.top - geometry.columnHeight - 5 : look.font + 1;
    const text = panelName(tensor, panel.lead, COLUMNS_OF_PANELS, columns * cell + geometry.gap - 4, look);
    context.fillText(text, panel.left + (columns * cell) / 2, y);
  }
  if (geometry.nameLeft && panel.x === 0) {
    const text = panelName(tensor, panel.lead, ROWS_OF_PANELS, geometry.stepY - 4, look);
    upright(context, text, look.font / 2 + 2, panel.top + (rows * cell - geometry.perRow) / 2, "center");
  }
}

/** A panel's name, or only its index if the name does not fit (bold text is a tenth wider).
 * @param {Tensor} tensor @param {number[]} lead @param {number} back @param {number} room @param {Look} look */
function panelName(tensor, lead, back, room, look) {
  const text = panelText(tensor, lead, back);
  return look.width(text) * 1.1 <= room ? text : String(lead[tensor.rank - back]);
}
