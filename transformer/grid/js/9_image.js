/**
 * The view as a picture: what stands in the frame, painted onto one canvas.
 */

const IMAGE_EDGE = 16;
/** A word, or one character of a script without blanks: what can stand alone on a line. */
const WORDS = /[\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]|[^\s\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]+/g;

/** @param {Grid} grid */
function saveImage(grid) {
  paintFrame(grid).toBlob((blob) => {
    const link = el("a", { href: URL.createObjectURL(blob), download: `${grid.data.options.name}-${grid.at + 1}.png` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}

/** The frame at twice its size or the screen's, whichever is finer; as wide as what can be scrolled in it. */
function paintFrame(grid) {
  const { frame } = grid;
  const scrolled = [...frame.querySelectorAll(".tokens, pre")].map((node) => [node, node.scrollLeft]);
  const { height } = grid.box.style;
  grid.box.style.height = ""; // what a stage scrolls is part of the picture
  const hidden = Math.max(0, ...scrolled.map(([node]) => node.scrollWidth - node.clientWidth));
  if (hidden) frame.style.width = `${frame.offsetWidth + hidden}px`;
  const canvas = paintWhole(grid);
  frame.style.width = "";
  grid.box.style.height = height;
  for (const [node, left] of scrolled) node.scrollLeft = left;
  return canvas;
}

function paintWhole(grid) {
  const { frame, look } = grid;
  const box = frame.getBoundingClientRect();
  const ratio = Math.max(2, look.ratio);
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil((box.width + 2 * IMAGE_EDGE) * ratio);
  canvas.height = Math.ceil((box.height + 2 * IMAGE_EDGE) * ratio);
  const context = canvas.getContext("2d");
  context.fillStyle = css(look.back);
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(ratio, 0, 0, ratio, (IMAGE_EDGE - box.left) * ratio, (IMAGE_EDGE - box.top) * ratio);
  paint(context, frame, finer(grid, ratio));
  return canvas;
}

/** The grid's look at the picture's resolution, and its tensors to be drawn with it. */
function finer(grid, ratio) {
  const look = Object.assign(Object.create(grid.look), { ratio, hatch: hatchTile(grid.data.colours.masked, ratio) });
  look.pictures = new Map(grid.figures.map(({ canvas, picture }) => [canvas, { ...picture, look }]));
  return look;
}

/** An element as it stands on the page: its box, its text, its children. */
function paint(context, node, look) {
  const style = getComputedStyle(node);
  const hidden = style.display === "none" || style.visibility === "hidden";
  if (hidden || node.matches("button, .readout:has(.hint)")) return;
  context.save();
  context.globalAlpha *= Number(style.opacity);
  if (node.tagName === "CANVAS") paintCanvas(context, node, look);
  else if (style.display !== "contents") paintBox(context, node, style, look);
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) paintText(context, child, style);
    else if (child.nodeType === Node.ELEMENT_NODE) paint(context, child, look);
  }
  paintSign(context, node, style);
  context.restore();
}

function paintCanvas(context, shown, look) {
  const { left, top, width, height } = shown.getBoundingClientRect();
  const picture = look.pictures.get(shown);
  const canvas = picture ? document.createElement("canvas") : shown;
  if (picture) drawTensor(prepare(canvas, picture.geometry, look.ratio), picture);
  if (canvas.width && canvas.height) context.drawImage(canvas, left, top, width, height);
}

function paintBox(context, node, style, look) {
  const { left, top, width, height } = node.getBoundingClientRect();
  context.beginPath();
  context.roundRect(left + 0.5, top + 0.5, Math.max(0, width - 1), Math.max(0, height - 1), parseFloat(style.borderRadius) || 0);
  context.fillStyle = style.backgroundColor;
  context.fill();
  if (style.backgroundImage !== "none") {
    const pattern = node.matches(".colours") ? null : context.createPattern(look.hatch, "repeat");
    pattern?.setTransform(new DOMMatrix().scale(1 / look.ratio));
    context.fillStyle = pattern ?? gradient(context, node, look);
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
    context.roundRect(left - away, top - away, width + 2 * away, height + 2 * away, (parseFloat(style.borderRadius) || 0) + away);
    context.strokeStyle = style.outlineColor;
    context.lineWidth = parseFloat(style.outlineWidth);
    context.stroke();
  }
}

/** A legend's colour bar. */
function gradient(context, node, look) {
  const { left, width } = node.getBoundingClientRect();
  const found = context.createLinearGradient(left, 0, left + width, 0);
  const { pixels } = look.ramps[node.dataset.kind];
  for (let i = 0; i < STEPS; i += 15) found.addColorStop(i / (STEPS - 1), css(channels(pixels[i])));
  return found;
}

/** Word by word, each where the browser put it, so that lines break alike. */
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

/** The tick or cross behind a judged token, which is no text of the page. */
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
