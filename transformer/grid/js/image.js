/**
 * Saves the view as an image: paints the contents of the frame onto one canvas.
 *
 * @import { Scale } from "./data.js"
 * @import { Figure } from "./figure.js"
 * @import { Look } from "./look.js"
 * @import { Picture } from "./picture.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 * @typedef {{look: Look, pictures: Map<HTMLCanvasElement, Picture>}} Print  the look at the image's resolution, and the
 *   pictures of canvases, which are drawn again with it
 */

import { prepare } from "./dom.js";
import { drawTensor, hatching } from "./drawing.js";
import { contextOf, el } from "./element.js";
import { channels, css, hatchTile, STEPS } from "./look.js";

const IMAGE_EDGE = 16;
/** The units of line breaking: a word, or one character of a script without spaces. */
const WORDS = /[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]|[^\s\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]+/g;

/** @param {Nodes} nodes @param {State} state @param {Figure[]} figures */
export function saveImage(nodes, state, figures) {
  paintFrame(nodes, finer(state, figures)).toBlob((blob) => {
    if (!blob) return;
    const link = el("a", { href: URL.createObjectURL(blob), download: `${state.options.name}-${state.at + 1}.png` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}

/**
 * The look and the pictures at a resolution of at least two pixels per CSS pixel.
 * @param {State} state
 * @param {Figure[]} figures
 * @returns {Print}
 */
function finer({ look, data }, figures) {
  const ratio = Math.max(2, look.ratio);
  /** @type {Look} */
  const fine = Object.assign(Object.create(look), { ratio, hatch: hatchTile(data.colours.masked, ratio) });
  return { look: fine, pictures: new Map(figures.map(({ canvas, picture }) => [canvas, { ...picture, look: fine }])) };
}

/** Paint the frame, widened so that nothing in it has to be scrolled. @param {Nodes} nodes @param {Print} print */
function paintFrame({ frame, box }, print) {
  const scrolled = [...frame.querySelectorAll(".tokens, pre")].map((node) => ({ node, left: node.scrollLeft }));
  const { height } = box.style;
  box.style.height = ""; // include what a stage would scroll
  const hidden = Math.max(0, ...scrolled.map(({ node }) => node.scrollWidth - node.clientWidth));
  if (hidden) frame.style.width = `${frame.offsetWidth + hidden}px`;
  const canvas = paintWhole(frame, print);
  frame.style.width = "";
  box.style.height = height;
  for (const { node, left } of scrolled) node.scrollLeft = left;
  return canvas;
}

/** @param {HTMLElement} frame @param {Print} print */
function paintWhole(frame, print) {
  const { ratio, back } = print.look;
  const { left, top, width, height } = frame.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil((width + 2 * IMAGE_EDGE) * ratio);
  canvas.height = Math.ceil((height + 2 * IMAGE_EDGE) * ratio);
  const context = contextOf(canvas);
  context.fillStyle = css(back);
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(ratio, 0, 0, ratio, (IMAGE_EDGE - left) * ratio, (IMAGE_EDGE - top) * ratio);
  paint(context, frame, print);
  return canvas;
}

/**
 * Paint an element as it is on the page: its box, its text, its children.
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLElement} node
 * @param {Print} print
 */
function paint(context, node, print) {
  const style = getComputedStyle(node);
  const hidden = style.display === "none" || style.visibility === "hidden";
  if (hidden || node.matches("button, .readout:has(.hint)")) return;
  context.save();
  context.globalAlpha *= Number(style.opacity);
  if (node instanceof HTMLCanvasElement) paintCanvas(context, node, print);
  else if (style.display !== "contents") paintBox(context, node, style, print.look);
  for (const child of node.childNodes) {
    if (child instanceof Text) paintText(context, child, style);
    else if (child instanceof Element) paint(context, /** @type {HTMLElement} */ (child), print);
  }
  paintSign(context, node, style);
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {HTMLCanvasElement} shown @param {Print} print */
function paintCanvas(context, shown, { look, pictures }) {
  const { left, top, width, height } = shown.getBoundingClientRect();
  const picture = pictures.get(shown);
  const canvas = picture ? document.createElement("canvas") : shown;
  if (picture) drawTensor(prepare(canvas, picture.geometry, look.ratio), picture);
  if (canvas.width && canvas.height) context.drawImage(canvas, left, top, width, height);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLElement} node
 * @param {CSSStyleDeclaration} style
 * @param {Look} look
 */
function paintBox(context, node, style, look) {
  const { left, top, width, height } = node.getBoundingClientRect();
  context.beginPath();
  context.roundRect(
    left + 0.5,
    top + 0.5,
    Math.max(0, width - 1),
    Math.max(0, height - 1),
    parseFloat(style.borderRadius) || 0,
  );
  context.fillStyle = style.backgroundColor;
  context.fill();
  if (style.backgroundImage !== "none") {
    context.fillStyle = node.matches(".colours") ? gradient(context, node, look) : hatching(context, look);
    context.fill();
  }
  if (parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none") {
    context.setLineDash(style.borderTopStyle === "dashed" ? [3, 2] : []);
    context.strokeStyle = style.borderTopColor;
    context.lineWidth = parseFloat(style.borderTopWidth);
    context.stroke();
  }
  context.setLineDash([]);
  if (style.outlineStyle === "solid") {
    const away = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth) / 2;
    context.beginPath();
    context.roundRect(
      left - away,
      top - away,
      width + 2 * away,
      height + 2 * away,
      (parseFloat(style.borderRadius) || 0) + away,
    );
    context.strokeStyle = style.outlineColor;
    context.lineWidth = parseFloat(style.outlineWidth);
    context.stroke();
  }
}

/** A legend's colour bar. @param {CanvasRenderingContext2D} context @param {HTMLElement} node @param {Look} look */
function gradient(context, node, look) {
  const { left, width } = node.getBoundingClientRect();
  const found = context.createLinearGradient(left, 0, left + width, 0);
  const { pixels } = look.ramps[/** @type {Scale["kind"]} */ (node.dataset.kind)];
  for (let i = 0; i < STEPS; i += 15) found.addColorStop(i / (STEPS - 1), css(channels(pixels[i])));
  return found;
}

/**
 * Paint text word by word at the browser's positions, so that lines break as on the page.
 * @param {CanvasRenderingContext2D} context
 * @param {Text} node
 * @param {CSSStyleDeclaration} style
 */
function paintText(context, node, style) {
  context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textAlign = "left";
  context.textBaseline = "middle";
  const range = document.createRange();
  for (const { 0: word, index } of node.data.matchAll(WORDS)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const { left, top, width, height } = range.getBoundingClientRect();
    context.fillText(word, left, top + height / 2, width + 1);
    if (style.textDecorationLine.includes("line-through")) context.fillRect(left, top + height / 2, width, 1);
  }
}

/**
 * Paint the tick or cross after a judged token, which is CSS content and not a text node.
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLElement} node
 * @param {CSSStyleDeclaration} style
 */
function paintSign(context, node, style) {
  const after = getComputedStyle(node, "::after");
  const sign = /^"(.*)"$/.exec(after.content)?.[1].trim();
  if (!sign) return;
  const { right, top, height } = node.getBoundingClientRect();
  const inset = after.position === "absolute" ? after.right : style.paddingRight;
  context.fillStyle = after.color;
  context.font = `${style.fontSize} ${style.fontFamily}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(sign, right - parseFloat(inset), top + height / 2);
}
