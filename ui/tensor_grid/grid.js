/**
 * The tensor grid in the browser: draws frames of tensors, steps through them and answers the pointer
 * without the server. `payload.py` describes the data. What users wrote is only ever set as text.
 *
 * Sections: data, views, layout, colours, drawing, text, DOM, the grid itself, entry point.
 *
 * @typedef {{shape: number[], codec: number, data: string}} Packed
 * @typedef {{kind: string, bytes?: number, low?: number, digits?: number, signed?: boolean}} Codec
 * @typedef {{tensor: string, panel: number[]}} Lock
 * @typedef {{pos: number, index: number[]}} Cell  a cell of the frame's tensor number `pos`
 */

// --- data: packed arrays to numbers ----------------------------------------------------------------

const SPECIAL = [NaN, -Infinity, Infinity];

/** @param {string} text @returns {ArrayBuffer} */
function bytesOf(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
}

/** @param {Packed} packed @param {Codec} codec @returns {ArrayLike<number>} */
function decode(packed, codec) {
  const buffer = bytesOf(packed.data);
  if (codec.kind === "f32") return new Float32Array(buffer);
  if (codec.kind === "f64") return new Float64Array(buffer);
  if (codec.kind === "bits") return decodeBits(new Uint8Array(buffer), size(packed.shape));
  const codes = codec.bytes === 1 ? new Uint8Array(buffer) : new Uint16Array(buffer);
  const value = codec.kind === "whole" ? wholeOf(codec) : decimalOf(codec);
  return Float64Array.from(codes, value);
}

function decodeBits(bytes, count) {
  return Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
}

function wholeOf(codec) {
  return (code) => (code < 3 ? SPECIAL[code] : code - 3 + codec.low);
}

/** The inverse of `_decimal_codes`, as a table: each code is worked out once. */
function decimalOf(codec) {
  const perDecade = 9 * 10 ** (codec.digits - 1);
  const table = new Map();
  const work = (code) => {
    if (code < 4) return code === 3 ? 0 : SPECIAL[code];
    const place = codec.signed ? (code - 4) >> 1 : code - 4;
    const mantissa = (place % perDecade) + 10 ** (codec.digits - 1);
    const power = Math.floor(place / perDecade) + codec.low - codec.digits + 1;
    const size = power < 0 ? mantissa / 10 ** -power : mantissa * 10 ** power;
    return codec.signed && (code - 4) & 1 ? -size : size;
  };
  return (code) => {
    if (!table.has(code)) table.set(code, work(code));
    return table.get(code);
  };
}

/** An array of the payload; its numbers are unpacked when first asked for. */
class Values {
  constructor(packed, codecs) {
    this.packed = packed;
    this.shape = packed.shape;
    this.codec = codecs[packed.codec];
  }

  /** @returns {ArrayLike<number>} in row-major order */
  get values() {
    this.unpacked ??= decode(this.packed, this.codec);
    return this.unpacked;
  }
}

const size = (shape) => shape.reduce((product, length) => product * length, 1);

// --- views: a frame's tensor, ready to be indexed --------------------------------------------------

/** A tensor of a frame: at least two axes (a vector is one row), labels looked up, mask and operands. */
class Tensor {
  constructor(data, arrays, packed) {
    this.view = data.views[packed.view];
    this.values = arrays[packed.values];
    this.shape = [...Array(Math.max(0, 2 - this.values.shape.length)).fill(1), ...this.values.shape];
    this.rank = this.shape.length;
    this.hidden = this.rank - this.values.shape.length;
    this.mask = packed.masked === undefined ? null : arrays[packed.masked];
    this.operands = this.view.operands.map((operand, i) => ({
      ...operand,
      values: packed.operands[i] === null ? null : arrays[packed.operands[i]],
    }));
    this.lists = data.labels;
  }

  get name() {
    return this.view.name;
  }

  /** Number of panels in the grid. */
  get panels() {
    return this.axis(3) * this.axis(4);
  }

  get signature() {
    return `${this.name}|${this.shape}`;
  }

  /** Length of the axis `back` from the right; 1 where there is none. */
  axis(back) {
    return this.shape[this.rank - back] ?? 1;
  }

  at(index) {
    return this.values.values[place(this.shape, index)];
  }

  masked(index) {
    return this.mask !== null && this.mask.values[place(this.mask.shape, index)] === 1;
  }

  /** Labels of the rows (`rows`) or columns (`columns`) of a panel, or null. */
  labels(side, panel) {
    const found = this.view[side];
    if (found === null) return null;
    if (!Array.isArray(found)) return this.lists[found];
    return this.lists[found[panel[Math.max(0, this.rank - 4)] ?? 0]];
  }

  perBatch(side) {
    return Array.isArray(this.view[side]);
  }

  /** The index as the tensor has it (a vector's has one entry). */
  shown(index) {
    return index.slice(this.hidden);
  }

  axisName(axis) {
    return this.view.axes[axis - this.hidden] ?? null;
  }
}

/** Offset of `index` in an array of `shape`, broadcast: aligned from the right, size 1 read at 0. */
function place(shape, index) {
  const shift = index.length - shape.length;
  let offset = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    offset = offset * shape[axis] + (shape[axis] === 1 ? 0 : index[axis + shift]);
  }
  return offset;
}

/** The cell of `operand` that a result cell read; null on an axis that was read whole. */
function operandIndex(operand, index) {
  if (operand.axes === null) {
    const shift = index.length - operand.shape.length;
    return operand.shape.map((length, axis) => (length === 1 ? 0 : index[axis + shift]));
  }
  return operand.axes.map((axis, own) => {
    if (axis === null) return null;
    if (Array.isArray(axis)) return flattened(operand, own, axis, index);
    return operand.shape[own] === 1 ? 0 : index[axis];
  });
}

/** Row-major place of several result axes in one operand axis; lengths come from the result. */
function flattened(operand, own, axes, index) {
  return axes.reduce((offset, axis) => offset * operand.result[axis] + index[axis], 0);
}

// --- layout: how large a cell is, and what fits ----------------------------------------------------

const MAX_CELL = 44;
const MAX_LOCKED_CELL = 56;
const MIN_CELL = 3;
const MIN_SINGLE_CELL = 6;
const ENOUGH_CELL = 6;
const STACKING_GAIN = 1.4;
const SCROLLING = 1.6;
const LENS_CELL = 14;
const LENS_ROOM = 320;
const MAX_LENS_CELL = 34;
const LABELLED_CELL = 7;
const FIGURE_GAP = 28;
const MIN_WINDOW = 8;

/**
 * What is drawn of one tensor and where. `starts` and `counts` say for every axis which part is shown.
 * @typedef {{cell: number, gap: number, counts: number[], across: number, down: number, left: number,
 *   nameLeft: number, top: number, firstTop: number, rotated: boolean, labelled: boolean,
 *   eachTop: boolean, width: number, outer: number, height: number}} Geometry
 */

/** Space taken by labels around panels at a given cell size. */
function margins(tensor, cell, look) {
  const labelled = cell >= LABELLED_CELL;
  const line = look.font + 5;
  const rowsNamed = labelled && (tensor.axis(2) > 1 || tensor.view.rows !== null);
  const rowWidth = rowsNamed ? Math.min(look.widest(rowTexts(tensor)), look.maxLabel) + 6 : 0;
  const columnWidth = look.widest(columnTexts(tensor));
  const rotated = columnWidth > cell - 2;
  const columnHeight = labelled ? (rotated ? Math.min(columnWidth, look.maxLabel) + 6 : line) : 0;
  return {
    labelled,
    rotated,
    nameLeft: isNamed(tensor, 4) ? line : 0,
    nameTop: isNamed(tensor, 3) ? line : 0,
    rowWidth,
    columnHeight,
    eachTop: tensor.rank === 3 || tensor.perBatch("columns"),
    gap: cell >= 14 ? 12 : 7,
  };
}

/** Whether the panels' axis `back` from the right needs names: it has some, or more than one index. */
function isNamed(tensor, back) {
  return tensor.rank >= back && (tensor.axis(back) > 1 || tensor.view.panels[4 - back] !== null);
}

function allTexts(tensor, side, length) {
  const found = tensor.view[side];
  if (found === null) return [String(length - 1)];
  return (Array.isArray(found) ? found : [found]).flatMap((list) => tensor.lists[list]);
}

const rowTexts = (tensor) => allTexts(tensor, "rows", tensor.axis(2));
const columnTexts = (tensor) => allTexts(tensor, "columns", tensor.axis(1));

/** Geometry of `tensor` with `counts` of its axes shown. */
function measure(tensor, cell, counts, room, look) {
  const edge = margins(tensor, cell, look);
  const [rows, columns] = counts.slice(-2);
  const back = (n) => counts[tensor.rank - n] ?? 1;
  const panelWidth = columns * cell;
  const left = edge.nameLeft + edge.rowWidth + 1;
  const panels = back(3);
  const fitting = Math.max(1, Math.floor((room - left + edge.gap) / (panelWidth + edge.gap)));
  const across = tensor.rank === 3 ? Math.min(panels, fitting) : panels;
  const down = tensor.rank === 3 ? Math.ceil(panels / across) : back(4);
  const perRow = edge.eachTop ? edge.columnHeight + (tensor.rank === 3 ? edge.nameTop : 0) : 0;
  const once = (tensor.rank === 3 ? 0 : edge.nameTop) + (edge.eachTop ? 0 : edge.columnHeight);
  const width = Math.ceil(left + across * (panelWidth + edge.gap) - edge.gap) + 2;
  return {
    ...edge,
    cell,
    counts,
    across,
    down,
    left,
    once,
    perRow,
    stepX: panelWidth + edge.gap,
    stepY: perRow + rows * cell + edge.gap,
    width,
    outer: Math.max(width, Math.min(room, look.headingWidth(tensor))),
    height: Math.ceil(once + down * (perRow + rows * cell + edge.gap) - edge.gap) + 2,
  };
}

/** How many of each axis are shown when nothing has to be cut: all, but one of each leading axis. */
function fullCounts(tensor, lock) {
  return tensor.shape.map((length, axis) => {
    const back = tensor.rank - axis;
    return back > 4 || (lock && back > 2) ? Math.min(1, length) : length;
  });
}

/** Cut the counts until the tensor fits into `room` x `tall` at its smallest cell. */
function windowCounts(tensor, cell, counts, room, tall, look) {
  const cut = [...counts];
  const fits = () => {
    const found = measure(tensor, cell, cut, room, look);
    return { wide: found.width <= room, high: found.height <= tall };
  };
  shrink(cut, tensor.rank - 1, tensor.rank - 3, () => fits().wide);
  shrink(cut, tensor.rank - 2, tensor.rank === 3 ? 0 : tensor.rank - 4, () => fits().high);
  return cut;
}

/** Shorten the inner axis down to a readable window, then the outer axis, until `fits`. */
function shrink(counts, inner, outer, fits) {
  while (!fits() && counts[inner] > MIN_WINDOW) counts[inner] -= 1;
  while (!fits() && outer >= 0 && counts[outer] > 1) counts[outer] -= 1;
  while (!fits() && counts[inner] > 1) counts[inner] -= 1;
}

/** The largest cell with which `tensors` fit, `perLine` of them side by side; 0 if none does. */
function largestCell(tensors, perLine, room, tall, look, locked) {
  const most = Math.round((tensors.some(locked) ? MAX_LOCKED_CELL : MAX_CELL) * look.scale);
  const least = tensors.every((tensor) => isSingle(tensor, locked)) ? MIN_SINGLE_CELL : MIN_CELL;
  const share = shareOf(room, perLine);
  const fits = (cell) => {
    const found = tensors.map((tensor) => measure(tensor, cell, fullCounts(tensor, locked(tensor)), share, look));
    const lines = chunks(found, perLine);
    const widths = lines.map((line) => sum(line.map(({ outer }) => outer)) + FIGURE_GAP * (line.length - 1));
    const height = sum(lines.map((line) => Math.max(...line.map((one) => one.height)) + look.around));
    return height <= tall && widths.every((width) => width <= room);
  };
  for (let cell = most; cell >= least; cell--) if (fits(cell)) return cell;
  return 0;
}

const isSingle = (tensor, locked) => locked(tensor) || tensor.panels === 1;
const shareOf = (room, perLine) => (room - FIGURE_GAP * (perLine - 1)) / perLine;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const chunks = (items, length) =>
  Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));

/** Cell sizes and share of the width for one frame: side by side, unless stacking makes cells much larger. */
function arrange(tensors, room, tall, look, locked) {
  let best = { cell: 0, perLine: 1 };
  for (const height of [tall, tall * Math.max(SCROLLING, tensors.length)]) {
    for (let perLine = Math.max(1, tensors.length); perLine >= 1; perLine--) {
      const cell = largestCell(tensors, perLine, room, height, look, locked);
      if (cell > best.cell * STACKING_GAIN) best = { cell, perLine };
    }
    if (best.cell >= ENOUGH_CELL) break;
  }
  return { ...best, cells: ownCells(tensors, best, room, tall, look, locked) };
}

/** Small tensors beside large ones may have larger cells, if no tensor they are compared with suffers. */
function ownCells(tensors, { cell, perLine }, room, tall, look, locked) {
  if (tensors.length < 2 || cell === 0) return tensors.map(() => cell);
  const height = tall / Math.ceil(tensors.length / perLine);
  const alone = tensors.map((tensor) => largestCell([tensor], 1, shareOf(room, perLine), height, look, locked));
  return tensors.map((tensor) =>
    Math.max(cell, Math.min(...alone.filter((_, other) => isRelated(tensor, tensors[other], locked)))),
  );
}

/** Whether two tensors' panels broadcast against each other, so that their cells should be of one size. */
function isRelated(a, b, locked) {
  if (locked(a) !== locked(b)) return false;
  return [1, 2].every((back) => a.axis(back) === b.axis(back) || a.axis(back) === 1 || b.axis(back) === 1);
}

// --- colours ---------------------------------------------------------------------------------------

const STEPS = 256;

/** @param {string} text "#rrggbb" or "rgb(r, g, b)" @returns {number[]} */
function rgb(text) {
  if (text.startsWith("#")) return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  return text.match(/[\d.]+/g).slice(0, 3).map(Number);
}

const pixel = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
const mix = (from, to, part) => from.map((value, i) => Math.round(value + (to[i] - value) * part));
const css = (colour) => `rgb(${colour.join(",")})`;
const isLight = ([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b > 140;

/** A scale's colours, finely interpolated: as pixels, and whether dark text is read on them. */
function ramp(stops) {
  const colours = stops.map(rgb);
  const at = (i) => {
    const x = (i / (STEPS - 1)) * (colours.length - 1);
    const low = Math.min(Math.floor(x), colours.length - 2);
    return mix(colours[low], colours[low + 1], x - low);
  };
  const fine = Array.from({ length: STEPS }, (_, i) => at(i));
  return { pixels: Uint32Array.from(fine, pixel), light: fine.map(isLight) };
}

/** Which of the ramp's steps a finite value has. */
function stepOf(value, scale) {
  const span = scale.high - scale.low;
  const part = span > 0 ? (value - scale.low) / span : value >= scale.high ? 1 : 0;
  return Math.round(Math.min(1, Math.max(0, part)) * (STEPS - 1));
}

/** A colour as the page's theme has it; the canvas resolves every CSS notation. */
function themeColour(host, variable, fallback) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = fallback;
  context.fillStyle = getComputedStyle(host).getPropertyValue(variable).trim() || fallback;
  return rgb(context.fillStyle.startsWith("#") ? context.fillStyle : fallback);
}

/** Fonts, colours and patterns of the current theme and size. */
class Look {
  constructor(host, data) {
    const style = getComputedStyle(host);
    this.scale = data.options.presenter ? 1.5 : 1;
    this.ratio = window.devicePixelRatio || 1;
    this.family = style.fontFamily || "sans-serif";
    this.font = Math.round(11 * this.scale);
    this.maxLabel = 72 * this.scale;
    this.around = 64 * this.scale;
    this.text = themeColour(host, "--st-text-color", "#31333f");
    this.back = themeColour(host, "--st-background-color", "#ffffff");
    this.primary = themeColour(host, "--st-primary-color", "#ff4b4b");
    this.soft = mix(this.text, this.back, 0.3);
    this.neutral = mix(this.back, this.text, 0.14);
    this.hatched = mix(this.back, this.text, 0.07);
    this.ramps = {
      sequential: ramp(data.colours.sequential),
      diverging: ramp(data.colours.diverging),
      boolean: ramp(data.colours.sequential),
    };
    this.hatch = hatchTile(data.colours.masked, this.ratio);
    this.wrong = data.colours.wrong;
    this.widths = new Map();
    this.ruler = document.createElement("canvas").getContext("2d");
    this.ruler.font = this.fontOf(this.font);
  }

  fontOf(pixels, weight = 400) {
    return `${weight} ${pixels}px ${this.family}`;
  }

  width(text) {
    if (!this.widths.has(text)) this.widths.set(text, this.ruler.measureText(text).width);
    return this.widths.get(text);
  }

  widest(texts) {
    return texts.reduce((most, text) => Math.max(most, this.width(text)), 0);
  }

  /** Width of a figure's title: name in bold, shape in the code font. */
  headingWidth({ name, values }) {
    return Math.ceil((this.width(name) * 1.1 + (indexText(values.shape).length + 1) * 0.56 * this.font) * (14 / 11)) + 4;
  }

  /** Whole device pixels, so that cells have sharp edges. */
  snap(x) {
    return Math.round(x * this.ratio) / this.ratio;
  }

  /** `text`, cut with an ellipsis to fit. */
  fit(text, room) {
    if (this.width(text) <= room) return text;
    let cut = text;
    while (cut.length > 1 && this.width(`${cut}…`) > room) cut = cut.slice(0, -1);
    return `${cut}…`;
  }
}

/** A tile of diagonal lines, in device pixels. */
function hatchTile(colour, ratio) {
  const side = Math.round(5 * ratio);
  const tile = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const context = tile.getContext("2d");
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1, ratio);
  for (const shift of [-side, 0, side]) line(context, shift, side, shift + side, 0);
  return tile;
}

function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

// --- drawing ---------------------------------------------------------------------------------------

/** One visible panel: its index on the leading axes and its top left corner. */
function panelsOf(tensor, geometry, starts) {
  const { rank } = tensor;
  const { across, down } = geometry;
  const panels = [];
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      if (rank === 3 && y * across + x >= geometry.counts[0]) continue;
      const lead = starts.slice(0, Math.max(0, rank - 2));
      if (rank === 3) lead[0] += y * across + x;
      if (rank > 3) {
        lead[rank - 4] += y;
        lead[rank - 3] += x;
      }
      const top = geometry.once + y * geometry.stepY + geometry.perRow;
      panels.push({ lead, x, y, left: geometry.left + x * geometry.stepX, top });
    }
  }
  return panels;
}

/**
 * Everything needed to draw one tensor.
 * @typedef {{tensor: Tensor, geometry: Geometry, starts: number[], panels: object[], look: Look}} Picture
 */

/** Colour every cell as one pixel, then stretch panel by panel: one canvas call per panel, not per cell. */
function drawHeat(context, picture) {
  const { tensor, geometry, panels, look } = picture;
  const [rows, columns] = geometry.counts.slice(-2);
  const image = new ImageData(columns, rows * panels.length);
  const pixels = new Uint32Array(image.data.buffer);
  let at = 0;
  eachCell(picture, (value, masked) => {
    pixels[at++] = cellPixel(value, masked, tensor.view.scale, look);
  });
  const heat = Object.assign(document.createElement("canvas"), { width: columns, height: image.height });
  heat.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  const [wide, high] = [columns * geometry.cell, rows * geometry.cell];
  panels.forEach((panel, i) => {
    context.drawImage(heat, 0, i * rows, columns, rows, panel.left, panel.top, wide, high);
  });
}

function cellPixel(value, masked, scale, look) {
  if (masked) return pixel(look.hatched);
  if (!Number.isFinite(value)) return pixel(look.neutral);
  return look.ramps[scale.kind].pixels[stepOf(value, scale)];
}

/** Visit the visible cells panel by panel, row by row: `visit(value, masked, panel, row, column)`. */
function eachCell({ tensor, geometry, starts, panels }, visit) {
  const [rows, columns] = geometry.counts.slice(-2);
  const [row0, column0] = starts.slice(-2);
  const mask = tensor.mask;
  const values = tensor.values.values;
  const stride = mask && mask.shape[mask.shape.length - 1] > 1 ? 1 : 0;
  for (const panel of panels) {
    for (let row = 0; row < rows; row++) {
      const index = [...panel.lead, row0 + row, column0];
      const from = place(tensor.shape, index);
      const maskFrom = mask ? place(mask.shape, index) : 0;
      for (let column = 0; column < columns; column++) {
        const masked = mask !== null && mask.values[maskFrom + column * stride] === 1;
        visit(values[from + column], masked, panel, row, column);
      }
    }
  }
}

/** Hatch the masked cells: runs of neighbours become one rectangle, all of them one fill. */
function drawHatch(context, picture) {
  if (!picture.tensor.mask) return;
  const { cell } = picture.geometry;
  let run = null;
  context.beginPath();
  const close = () => {
    if (run) context.rect(run.x, run.y, run.width, cell);
    run = null;
  };
  eachCell(picture, (_, masked, panel, row, column) => {
    if (!masked || column === 0) close();
    if (!masked) return;
    run ??= { x: panel.left + column * cell, y: panel.top + row * cell, width: 0 };
    run.width += cell;
  });
  close();
  const pattern = context.createPattern(picture.look.hatch, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / picture.look.ratio));
  context.fillStyle = pattern;
  context.fill();
}

/** Hairlines between cells and a frame around each panel. */
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

/** Signs that need no colour: minus, plus and cross for -inf, +inf and NaN; words where they fit. */
function drawSigns(context, picture) {
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

/** Numbers in the cells, where they are large enough for all of them. */
function drawNumbers(context, picture) {
  const { tensor, geometry, look } = picture;
  const { cell } = geometry;
  if (tensor.view.show === false || cell < 16) return;
  const pixels = Math.max(9, Math.min(cell * 0.34, 15 * look.scale));
  const format = cellFormat(picture, Math.floor((cell - 3) / (pixels * 0.58)));
  if (!format) return;
  const ramp = look.ramps[tensor.view.scale.kind];
  context.textAlign = "center";
  context.textBaseline = "middle";
  eachCell(picture, (value, masked, panel, row, column) => {
    if (!Number.isFinite(value)) return;
    const [x, y] = [panel.left + (column + 0.5) * cell, panel.top + (row + 0.5) * cell + 0.5];
    if (masked) return haloText(context, format(value), x, y, look, pixels);
    context.font = look.fontOf(pixels);
    context.fillStyle = ramp.light[stepOf(value, tensor.view.scale)] ? "#111" : "#fff";
    context.fillText(format(value), x, y);
  });
}

/** The most precise format in which every visible number has at most `room` characters, or null. */
function cellFormat(picture, room) {
  const codec = picture.tensor.values.codec;
  return formats(codec).find((format) => {
    let fits = true;
    eachCell(picture, (value) => {
      if (fits && Number.isFinite(value) && format(value).length > room) fits = false;
    });
    return fits;
  }) ?? null;
}

/** Ways to write a number into a cell, most precise first. */
function formats(codec) {
  if (codec.kind === "bits") return [truth, (value) => (value ? "T" : "F")];
  if (codec.kind === "whole") return [numberText, unlessHuge(numberText)];
  const fixed = (decimals) => (value) => (value === 0 ? "0" : unsignedZero(value.toFixed(decimals)));
  return [fixed(4), fixed(3), fixed(2), threeCharacters].map(unlessHuge);
}

/** ".25" or "1.3": two digits, without a leading zero. */
function threeCharacters(value) {
  const text = value === 0 ? "0" : value.toFixed(Math.abs(value) < 0.995 ? 2 : 1);
  return unsignedZero(text).replace(/^(-?)0\./, "$1.");
}

const unsignedZero = (text) => (Number(text) === 0 ? text.replace("-", "") : text);
const unlessHuge = (format) => (value) => (Math.abs(value) >= 1e4 ? shortest(value) : format(value));
const shortest = (value) => value.toExponential(0).replace("e+", "e");

/** Token labels along rows and columns, and the names of the panels. */
function drawLabels(context, picture) {
  const { tensor, geometry, panels, look } = picture;
  context.font = look.fontOf(look.font);
  context.fillStyle = css(look.text);
  for (const panel of panels) {
    if (geometry.rowWidth && panel.x === 0) drawRowLabels(context, picture, panel);
    if (geometry.labelled && (geometry.eachTop || panel.y === 0)) drawColumnLabels(context, picture, panel);
  }
  context.font = look.fontOf(look.font, 600);
  for (const panel of panels) drawPanelNames(context, picture, panel);
}

function drawRowLabels(context, { tensor, geometry, starts, look }, panel) {
  const { cell } = geometry;
  const [rows] = geometry.counts.slice(-2);
  const labels = tensor.labels("rows", panel.lead);
  const every = Math.ceil((look.font + 1) / cell);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let row = 0; row < rows; row += every) {
    const text = labelText(labels, starts[tensor.rank - 2] + row);
    context.fillText(look.fit(text, look.maxLabel), panel.left - 5, panel.top + (row + 0.5) * cell + 0.5);
  }
}

function drawColumnLabels(context, { tensor, geometry, starts, look }, panel) {
  const { cell, rotated } = geometry;
  const columns = geometry.counts[tensor.rank - 1];
  const labels = tensor.labels("columns", panel.lead);
  const every = rotated ? Math.ceil((look.font + 1) / cell) : 1;
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

const labelText = (labels, index) => labels?.[index] ?? String(index);

/** Text read from bottom to top. */
function upright(context, text, x, y, align) {
  context.save();
  context.translate(x, y);
  context.rotate(-Math.PI / 2);
  context.textAlign = align;
  context.textBaseline = "middle";
  context.fillText(text, 0, 0);
  context.restore();
}

function drawPanelNames(context, { tensor, geometry, look }, panel) {
  const { cell, counts } = geometry;
  const [rows, columns] = counts.slice(-2);
  context.fillStyle = css(look.soft);
  if (geometry.nameTop && (tensor.rank === 3 || panel.y === 0)) {
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    const y = tensor.rank === 3 ? panel.top - geometry.columnHeight - 5 : look.font + 1;
    const text = panelName(tensor, panel.lead, 3, columns * cell + geometry.gap - 4, look);
    context.fillText(text, panel.left + (columns * cell) / 2, y);
  }
  if (geometry.nameLeft && panel.x === 0) {
    const text = panelName(tensor, panel.lead, 4, geometry.stepY - 4, look);
    upright(context, text, look.font / 2 + 2, panel.top + (rows * cell - geometry.perRow) / 2, "center");
  }
}

/** A panel's name, or only its number where there is no room for more (bold is a tenth wider). */
function panelName(tensor, lead, back, room, look) {
  const text = panelText(tensor, lead, back);
  return look.width(text) * 1.1 <= room ? text : String(lead[tensor.rank - back]);
}

/** The name of a panel's index on the axis `back` from the right. */
function panelText(tensor, lead, back) {
  const axis = tensor.rank - back;
  const labels = tensor.view.panels[4 - back];
  if (labels !== null) return tensor.lists[labels][lead[axis]];
  const name = tensor.axisName(axis);
  return name ? `${name} ${lead[axis]}` : `[${lead[axis]}]`;
}

/** @param {CanvasRenderingContext2D} context @param {Picture} picture */
function drawTensor(context, picture) {
  if (size(picture.geometry.counts) > 0) {
    drawHeat(context, picture);
    drawHatch(context, picture);
    drawLines(context, picture);
    drawNumbers(context, picture);
    drawSigns(context, picture);
  }
  drawLabels(context, picture);
}

/** Fit a canvas to its geometry in device pixels and return its context, cleared. */
function prepare(canvas, geometry, ratio) {
  const [width, height] = [Math.round(geometry.width * ratio), Math.round(geometry.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    Object.assign(canvas, { width, height });
    canvas.style.width = `${geometry.width}px`;
    canvas.style.height = `${geometry.height}px`;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, geometry.width, geometry.height);
  return context;
}

/** Light the row, the column and the cell of `index`, where it is visible. */
function drawCross(context, picture, index) {
  const { tensor, geometry, starts, panels, look } = picture;
  const { cell } = geometry;
  const [rows, columns] = geometry.counts.slice(-2);
  const panel = panels.find(({ lead }) => lead.every((value, axis) => value === index[axis]));
  const row = index[tensor.rank - 2] - starts[tensor.rank - 2];
  const column = index[tensor.rank - 1] - starts[tensor.rank - 1];
  if (!panel || row < 0 || column < 0 || row >= rows || column >= columns) return;
  const [x, y] = [panel.left + column * cell, panel.top + row * cell];
  for (const [colour, width] of [[css(look.back), 3], [css(look.text), 1.5]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(panel.left, y, columns * cell, cell);
    context.strokeRect(x, panel.top, cell, rows * cell);
  }
  context.strokeStyle = css(look.primary);
  context.lineWidth = Math.max(2, Math.min(3, cell / 6));
  context.strokeRect(x, y, cell, cell);
}

// --- text ------------------------------------------------------------------------------------------

const truth = (value) => (value ? "True" : "False");

function numberText(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "+∞";
  return String(value);
}

/** A value with as many digits as its encoding has. */
function valueText({ codec }, value) {
  if (codec.kind === "bits") return truth(value);
  if (codec.kind === "whole" || !Number.isFinite(value)) return numberText(value);
  if (value === 0) return "0";
  if (codec.kind === "decimal") return value.toPrecision(codec.digits);
  return String(Number(value.toPrecision(codec.kind === "f32" ? 6 : 10)));
}

const indexText = (index) => `[${index.map((value) => (value === null ? ":" : value)).join(", ")}]`;

/** Fill the names in braces of a translated text. */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// --- DOM -------------------------------------------------------------------------------------------

/** @param {string} tag @param {object} attributes @param {...(Node|string)} children */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const ICONS = {
  first: "M3 2h2v12H3z M13 2v12L5.5 8z",
  previous: "M11 2v12L3.5 8z",
  play: "M4 1.5v13L14 8z",
  pause: "M3.5 2h3.2v12H3.5z M9.3 2h3.2v12H9.3z",
  next: "M5 2v12l7.5-6z",
  last: "M11 2h2v12h-2z M3 2v12l7.5-6z",
};

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function button(test, name, label, act) {
  const node = el("button", { type: "button", "data-testid": test, "aria-label": label, title: label }, icon(name));
  node.onclick = act;
  return node;
}

/** A strip of tokens under its label. */
function tokenStrip([label, tokens]) {
  const chips = tokens.map((token) => {
    const chip = el("span", { class: `token ${token.kind ?? "plain"}` }, token.text || "\u00a0");
    const note = token.note ? [el("span", { class: "note" }, token.note)] : [];
    return el("span", { class: "chip" }, chip, ...note);
  });
  return el("div", { class: "strip" }, el("span", { class: "label" }, label), el("span", { class: "chips" }, ...chips));
}

/** A column of bars; `span` is what the longest and the shortest bar of all frames reach. */
function barColumn([label, bars], span) {
  const percent = (value) => `${(100 * value) / (span.high - span.low)}%`;
  const rows = bars.map((bar) => {
    const fillBar = el("span", { class: "fill" });
    fillBar.hidden = bar.value === null;
    fillBar.style.left = percent(Math.min(bar.value, 0) - span.low);
    fillBar.style.width = percent(Math.abs(bar.value));
    return el(
      "div",
      { class: `bar ${bar.kind ?? "plain"}` },
      el("span", { class: "name" }, bar.label),
      el("span", { class: "track" }, fillBar),
      el("span", { class: "amount" }, bar.text ?? ""),
    );
  });
  return el("div", { class: "column" }, el("div", { class: "label" }, label), ...rows);
}

/** What each column of bars spans over all frames: zero always, one too if nothing is negative or larger. */
function barSpans(frames) {
  const spans = {};
  for (const [label, bars] of frames.flatMap((frame) => frame.bars ?? [])) {
    const span = (spans[label] ??= { low: 0, high: 0 });
    for (const { value } of bars) {
      span.low = Math.min(span.low, value);
      span.high = Math.max(span.high, value);
    }
  }
  for (const span of Object.values(spans)) if (span.low === 0 && span.high <= 1) span.high = 1; // shares
  return spans;
}

function factItem([name, value]) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

/** Copy text; pages served without https have no clipboard of their own. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

// --- the grid --------------------------------------------------------------------------------------

const SPEEDS = [0.5, 1, 2, 4];
const STEP_MS = 1000;
const REST_MS = 400;
const UNANSWERED_MS = 2000;
const MIRRORED = 2500;
const MAX_TICKS = 60;

class Grid {
  constructor(root) {
    this.root = root;
    this.at = 0;
    /** @type {Lock|null} */
    this.lock = null;
    /** @type {Cell|null} */
    this.hover = null;
    this.painted = null;
    this.windows = new Map();
    this.lockedNames = new Set();
    this.speed = 1;
    this.figures = [];
    this.build();
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.stage);
  }

  dispose() {
    this.pause();
    for (const timer of [this.resting, this.mirroring, this.waiting]) clearTimeout(timer);
    this.observer.disconnect();
  }

  // ----- skeleton

  build() {
    const { root } = this;
    this.transport = el("div", { class: "transport" });
    this.title = el("span", { class: "title" });
    this.unlock = el("button", { type: "button", class: "unlock", "data-testid": "tg-unlock" });
    this.head = el("div", { class: "head" }, this.title, this.unlock);
    this.tokens = el("div", { class: "tokens", "data-testid": "tg-tokens" });
    this.stage = el("div", { class: "stage" });
    this.bars = el("div", { class: "bars", "data-testid": "tg-bars" });
    this.facts = el("dl", { class: "facts", "data-testid": "tg-facts" });
    this.readout = el("div", { class: "readout", "data-testid": "tg-readout" });
    this.caption = el("div", { class: "caption", "data-testid": "tg-caption" });
    this.code = el("code", { "data-testid": "tg-code" });
    this.copy = el("button", { type: "button", class: "copy" });
    this.codeBox = el("div", { class: "code" }, el("pre", {}, this.code), this.copy);
    this.live = el("div", { class: "unseen", "aria-live": "polite" });
    this.mirror = el("div", { class: "unseen", "data-testid": "tg-mirror" });
    this.lens = new Lens(this);
    this.main = el("div", { class: "main" }, this.stage, this.bars);
    this.frame = el(
      "div",
      { class: "frame", "data-testid": "tg-frame" },
      this.head,
      this.tokens,
      this.main,
      this.readout,
      this.facts,
      this.caption,
      this.codeBox,
    );
    root.replaceChildren(this.transport, this.frame, this.lens.canvas, this.live, this.mirror);
    root.tabIndex = 0;
    root.setAttribute("role", "group");
    root.onkeydown = (event) => this.key(event);
    this.unlock.onclick = () => this.setLock(null);
    this.mirror.onclick = (event) => this.mirrored(event, () => this.act());
    this.mirror.onmouseover = (event) => this.mirrored(event, () => {});
    this.copy.onclick = async () => {
      await copyText(this.code.textContent);
      this.copy.textContent = this.texts.copied;
      setTimeout(() => (this.copy.textContent = this.texts.copy), 1200);
    };
  }

  // ----- new data

  update(data, send) {
    const before = this.data?.options;
    this.send = send;
    if (data !== this.data) this.take(data, before);
    this.look = new Look(this.root, data);
    this.root.classList.toggle("presenter", data.options.presenter);
    this.root.setAttribute("aria-label", this.texts.grid);
    this.root.style.setProperty("--tg-ratio", this.look.scale);
    this.root.style.colorScheme = isLight(this.look.back) ? "light" : "dark";
    for (const name of ["masked", "pad", "chosen", "right", "wrong"]) {
      this.root.style.setProperty(`--tg-${name}`, data.colours[name]);
    }
    this.buildTransport();
    this.copy.textContent = this.texts.copy;
    this.unlock.textContent = this.texts.shrink;
    this.reserve();
    this.relayout();
  }

  /** Keep frame and lock; follow `start` and `lock` where the page changed them, not where it echoes us. */
  take(data, before) {
    const { options } = data;
    this.data = data;
    this.texts = data.texts;
    this.arrays = data.arrays.map((packed) => new Values(packed, data.codecs));
    this.tensors = new Map();
    this.spans = barSpans(data.frames);
    if (!before || (before.start !== options.start && options.start !== this.reportedFrame)) this.at = options.start;
    this.at = Math.min(this.at, data.frames.length - 1);
    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    const moved = !before || !same(before.lock, options.lock);
    if (moved && !same(options.lock, this.reportedLock)) this.lock = options.lock;
    this.painted = null;
    if (this.hover && !this.valid(this.hover)) this.hover = null;
  }

  get count() {
    return this.data.frames.length;
  }

  /** @returns {Tensor[]} the tensors of frame number `at` */
  tensorsOf(at) {
    if (!this.tensors.has(at)) {
      const found = this.data.frames[at].tensors.map((packed) => new Tensor(this.data, this.arrays, packed));
      for (const tensor of found) for (const operand of tensor.operands) operand.result = tensor.shape;
      this.tensors.set(at, found);
    }
    return this.tensors.get(at);
  }

  valid({ pos, index }) {
    const tensor = this.tensorsOf(this.at)[pos];
    return tensor && tensor.rank === index.length && index.every((value, axis) => value < tensor.shape[axis]);
  }

  // ----- what stands around the picture

  buildTransport() {
    const { texts, transport } = this;
    transport.hidden = this.count < 2;
    const focused = this.root.getRootNode().activeElement?.dataset?.testid;
    const scrub = el("input", {
      type: "range", min: 0, max: this.count - 1, step: 1, "data-testid": "tg-scrub", "aria-label": texts.scrub,
    });
    scrub.oninput = () => this.visit(Number(scrub.value));
    const speed = el("select", { "data-testid": "tg-speed", "aria-label": texts.speed, title: texts.speed });
    for (const factor of SPEEDS) speed.append(el("option", { value: factor }, `${factor}×`));
    speed.value = String(this.speed);
    speed.onchange = () => this.setSpeed(Number(speed.value));
    this.scrub = scrub;
    this.playButton = button("tg-play", "play", texts.play, () => this.toggle());
    transport.replaceChildren(
      button("tg-first", "first", texts.first, () => this.visit(0)),
      button("tg-prev", "previous", texts.previous, () => this.visit(this.at - 1)),
      this.playButton,
      button("tg-next", "next", texts.next, () => this.visit(this.at + 1)),
      button("tg-last", "last", texts.last, () => this.visit(this.count - 1)),
      el("span", { class: "scrub" }, scrub, this.ticks()),
      speed,
    );
    if (focused) transport.querySelector(`[data-testid="${focused}"]`)?.focus();
    this.showPlaying();
  }

  /** A mark under the scrub bar for every step, to click or read. */
  ticks() {
    const marks = el("span", { class: "ticks" });
    if (this.count > MAX_TICKS) return marks;
    this.data.frames.forEach((frame, i) => {
      const mark = el("span", { class: "tick", title: frame.title });
      mark.onclick = () => this.visit(i);
      marks.append(mark);
    });
    return marks;
  }

  /** Give every text its tallest frame's height, so that nothing jumps while stepping. */
  reserve() {
    const weights = {
      title: (frame) => frame.title.length,
      tokens: (frame) => (frame.tokens ?? []).reduce((sum, [, strip]) => sum + strip.length, 0),
      bars: (frame) => (frame.bars ?? []).reduce((sum, [, bars]) => sum + bars.length, 0),
      facts: (frame) => (frame.facts ?? []).length,
      caption: (frame) => (frame.caption ?? "").length,
      codeBox: (frame) => (frame.code ?? "").split("\n").length * (frame.code ? 1 : 0),
    };
    for (const [part, weight] of Object.entries(weights)) {
      const node = this[part];
      node.style.minHeight = "";
      const heaviest = this.data.frames.reduce((a, b) => (weight(b) > weight(a) ? b : a));
      const unused = part !== "title" && weight(heaviest) === 0;
      node.hidden = unused;
      if (unused) continue;
      this.fillPart(part, heaviest);
      node.style.minHeight = `${Math.ceil(node.getBoundingClientRect().height)}px`;
    }
    const columns = Math.max(...this.data.frames.map((frame) => frame.bars?.length ?? 0));
    this.bars.dataset.columns = Math.min(columns, 3);
    this.untitled = this.count < 2 && !this.data.frames[0].title;
  }

  fillPart(part, frame) {
    const fillers = {
      title: () => this.title.replaceChildren(...this.titleParts(frame)),
      tokens: () => this.tokens.replaceChildren(...(frame.tokens ?? []).map(tokenStrip)),
      bars: () =>
        this.bars.replaceChildren(...(frame.bars ?? []).map((column) => barColumn(column, this.spans[column[0]]))),
      facts: () => this.facts.replaceChildren(...(frame.facts ?? []).map(factItem)),
      caption: () => (this.caption.textContent = frame.caption ?? ""),
      codeBox: () => {
        this.code.textContent = frame.code ?? "";
        this.codeBox.style.visibility = frame.code ? "visible" : "hidden";
      },
    };
    fillers[part]();
  }

  titleParts(frame) {
    if (this.count < 2) return [frame.title];
    const step = fill(this.texts.step, { number: this.at + 1, total: this.count });
    return [el("span", { class: "step" }, step), frame.title];
  }

  // ----- layout

  resized() {
    if (this.data && Math.abs(this.stage.clientWidth - this.room) > 1) {
      this.reserve();
      this.relayout();
    }
  }

  /** Cells of one name are equally large in all frames, so that stepping compares like with like. */
  relayout() {
    this.room = this.stage.clientWidth;
    const { height } = this.data.options;
    this.tall = height ?? Math.max(300, Math.min(0.62 * window.innerHeight, 720));
    this.plans = new Map();
    this.cells = new Map();
    this.lockedNames = this.lock ? this.kin(this.lock.tensor) : new Set();
    for (let at = 0; at < this.count; at++) this.plan(at);
    this.stage.style.minHeight = `${this.tallestFrame()}px`;
    this.show();
  }

  /** Height of the tallest frame, so that nothing below the stage moves while stepping. */
  tallestFrame() {
    const seen = new Map();
    for (let at = 0; at < this.count; at++) seen.set(this.planKey(at), at);
    return Math.max(0, ...[...seen.values()].map((at) => this.stageHeight(at)));
  }

  stageHeight(at) {
    const plan = this.plans.get(this.planKey(at));
    const lines = [];
    for (const { geometry } of this.tensorsOf(at).map((tensor) => this.picture(tensor, plan))) {
      const last = lines.at(-1);
      const width = (last?.width ?? -FIGURE_GAP) + FIGURE_GAP + geometry.outer;
      if (last && width <= this.room) Object.assign(last, { width, height: Math.max(last.height, geometry.height) });
      else lines.push({ width: geometry.outer, height: geometry.height });
    }
    return sum(lines.map(({ height }) => height + this.look.around));
  }

  planKey(at) {
    return this.tensorsOf(at).map((tensor) => tensor.signature).join("/");
  }

  plan(at) {
    const tensors = this.tensorsOf(at);
    const key = this.planKey(at);
    if (this.plans.has(key)) return;
    const plan = arrange(tensors, this.room, this.tall, this.look, (tensor) => this.isLocked(tensor));
    this.plans.set(key, plan);
    tensors.forEach(({ name }, i) => {
      if (plan.cell > 0) this.cells.set(name, Math.min(this.cells.get(name) ?? Infinity, plan.cells[i]));
    });
  }

  /** @returns {Picture} */
  picture(tensor, plan) {
    const locked = this.isLocked(tensor);
    const smallest = locked || tensor.panels === 1 ? MIN_SINGLE_CELL : MIN_CELL;
    const cell = this.look.snap(plan.cell > 0 ? this.cells.get(tensor.name) : smallest);
    const whole = fullCounts(tensor, locked);
    const share = shareOf(this.room, plan.perLine);
    const counts = plan.cell > 0 ? whole : windowCounts(tensor, cell, whole, share, this.tall, this.look);
    return this.pictureOf(tensor, measure(tensor, cell, counts, share, this.look));
  }

  pictureOf(tensor, geometry, lead = this.isLocked(tensor) ? this.lock.panel : []) {
    const starts = this.starts(tensor, geometry.counts, lead);
    return { tensor, geometry, starts, panels: panelsOf(tensor, geometry, starts), look: this.look };
  }

  /** Where the visible part begins on every axis; tensors of one shape move together. */
  starts(tensor, counts, lead) {
    const key = String(tensor.shape);
    if (!this.windows.has(key)) this.windows.set(key, tensor.shape.map(() => 0));
    const moved = this.windows.get(key);
    return tensor.shape.map((length, axis) =>
      Math.max(0, Math.min(lead[axis] ?? moved[axis], length - counts[axis])),
    );
  }

  // ----- showing a frame

  /** Go to frame number `at`, if there is one. */
  visit(at) {
    this.pauseUnless(this.advancing);
    const next = Math.max(0, Math.min(at, this.count - 1));
    if (next === this.at) return;
    this.at = next;
    if (this.hover && !this.valid(this.hover)) this.hover = null;
    this.show();
    this.rest();
  }

  show() {
    const frame = this.data.frames[this.at];
    this.frame.dataset.frame = this.at;
    this.frame.dataset.title = frame.title;
    for (const part of ["title", "tokens", "bars", "facts", "caption", "codeBox"]) {
      if (!this[part].hidden) this.fillPart(part, frame);
    }
    this.scrub.value = String(this.at);
    this.scrub.setAttribute("aria-valuetext", frame.title);
    this.showTensors();
    this.showHover();
    this.announce(frame);
    this.mirrorSoon();
  }

  showTensors() {
    const locked = this.tensorsOf(this.at).some((tensor) => this.isLocked(tensor));
    this.unlock.hidden = !locked;
    this.head.hidden = this.untitled && !locked;
    const tensors = this.tensorsOf(this.at);
    const plan = this.plans.get(this.planKey(this.at));
    while (this.figures.length < tensors.length) this.figures.push(new Figure(this));
    while (this.figures.length > tensors.length) this.figures.pop().node.remove();
    tensors.forEach((tensor, pos) => {
      const figure = this.figures[pos];
      if (!figure.node.isConnected) this.stage.append(figure.node);
      figure.show(this.picture(tensor, plan), pos);
    });
  }

  announce(frame) {
    if (this.timer) return;
    this.live.textContent = this.count > 1 || frame.caption ? `${frame.title}. ${frame.caption ?? ""}` : "";
  }

  // ----- play

  toggle() {
    if (this.timer) return this.pause();
    if (this.at === this.count - 1) this.visit(0);
    this.play();
  }

  play() {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.advance(), STEP_MS / this.speed);
    this.showPlaying();
  }

  advance() {
    this.advancing = true;
    this.visit(this.at + 1);
    this.advancing = false;
    if (this.at === this.count - 1) this.pause();
  }

  pause() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
    this.showPlaying();
    this.announce(this.data.frames[this.at]);
    this.rest();
  }

  pauseUnless(keep) {
    if (!keep) this.pause();
  }

  setSpeed(speed) {
    this.speed = speed;
    if (this.timer) this.play();
  }

  showPlaying() {
    const name = this.timer ? "pause" : "play";
    this.playButton.replaceChildren(icon(name));
    this.playButton.setAttribute("aria-label", this.texts[name]);
    this.playButton.title = this.texts[name];
    this.playButton.dataset.playing = String(Boolean(this.timer));
  }

  // ----- keyboard

  key(event) {
    const target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || target.tagName === "SELECT") return;
    const inRange = target.tagName === "INPUT";
    const inButton = target.tagName === "BUTTON";
    const acts = {
      Escape: () => this.setLock(null),
      " ": inButton ? null : () => this.space(),
      Enter: inButton || inRange ? null : () => this.act(),
      ...(inRange ? {} : this.arrows()),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** With several frames the arrows step; with one they move a cursor from cell to cell. */
  arrows() {
    if (this.count > 1) {
      return {
        ArrowLeft: () => this.visit(this.at - 1),
        ArrowRight: () => this.visit(this.at + 1),
        Home: () => this.visit(0),
        End: () => this.visit(this.count - 1),
      };
    }
    return {
      ArrowLeft: () => this.moveCursor(0, -1),
      ArrowRight: () => this.moveCursor(0, 1),
      ArrowUp: () => this.moveCursor(-1, 0),
      ArrowDown: () => this.moveCursor(1, 0),
    };
  }

  space() {
    if (this.count > 1) this.toggle();
    else this.act();
  }

  moveCursor(down, right) {
    const tensor = this.tensorsOf(this.at)[this.hover?.pos ?? 0];
    if (!tensor || size(tensor.shape) === 0) return;
    const index = this.hover ? [...this.hover.index] : this.figures[0].picture.panels[0].lead.concat(0, 0);
    if (this.hover) {
      [down, right].forEach((step, i) => {
        const axis = tensor.rank - 2 + i;
        index[axis] = Math.max(0, Math.min(index[axis] + step, tensor.shape[axis] - 1));
      });
    }
    this.setHover({ pos: this.hover?.pos ?? 0, index });
  }

  /** What Enter does to the cell under the cursor. */
  act() {
    if (!this.hover) return;
    if (this.data.options.editable) this.sendCells(this.hover.pos, [this.hover.index]);
    else this.toggleLock(this.hover);
  }

  // ----- lock

  /** Whether `tensor` shows one enlarged panel: the locked one, and those shaped alike in every frame. */
  isLocked(tensor) {
    return tensor.panels > 1 && this.lockedNames.has(tensor.name);
  }

  /** Names of tensors that have the shape of `name` wherever both are drawn. */
  kin(name) {
    const alike = new Map();
    for (let at = 0; at < this.count; at++) {
      const tensors = this.tensorsOf(at);
      const own = tensors.find((tensor) => tensor.name === name);
      if (!own) continue;
      for (const other of tensors) {
        const same = String(other.shape) === String(own.shape);
        alike.set(other.name, same && (alike.get(other.name) ?? true));
      }
    }
    return new Set([...alike].filter(([, same]) => same).map(([other]) => other));
  }

  toggleLock({ pos, index }) {
    const tensor = this.tensorsOf(this.at)[pos];
    if (this.isLocked(tensor)) return this.setLock(null);
    if (tensor.panels <= 1) return undefined;
    return this.setLock({ tensor: tensor.name, panel: index.slice(0, -2) });
  }

  setLock(lock) {
    if (!lock && !this.lock) return;
    this.lock = lock;
    this.relayout();
    if (this.data.options.report.includes("lock")) this.report("lock");
  }

  // ----- events for Python

  /** Tell the page once the user has stayed at a frame for a moment. */
  rest() {
    clearTimeout(this.resting);
    if (this.timer || !this.data.options.report.includes("frame") || this.at === this.reportedFrame) return;
    this.resting = setTimeout(() => this.report("frame"), REST_MS);
  }

  report(kind, tensor = "", cells = []) {
    this.reportedFrame = this.at;
    this.reportedLock = this.lock;
    this.send({ kind, tensor, cells, frame: this.at, lock: this.lock });
  }

  sendCells(pos, indices) {
    const tensor = this.tensorsOf(this.at)[pos];
    this.painted = { pos, cells: indices };
    this.showHover();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.forgetPaint(), UNANSWERED_MS);
    this.report("cell", tensor.name, indices.map((index) => tensor.shown(index)));
  }

  /** The page may leave everything as it was, and then no new data comes. */
  forgetPaint() {
    if (this.painted?.live) return;
    this.painted = null;
    this.showHover();
  }

  // ----- pointing

  /** @param {Cell|null} cell */
  setHover(cell) {
    if (JSON.stringify(cell) === JSON.stringify(this.hover)) return;
    this.hover = cell;
    this.showHover();
  }

  showHover() {
    this.figures.forEach((figure) => figure.drawOver(this.lit(figure), this.painted));
    this.readout.replaceChildren(...this.readoutParts());
    this.lens.show(this.hover);
  }

  /** The index lit in a figure: the cell pointed at, its like in an equal shape, or what it was read from. */
  lit(figure) {
    if (!this.hover) return null;
    const { pos, index } = this.hover;
    const source = this.tensorsOf(this.at)[pos];
    const { tensor } = figure.picture;
    if (figure.pos === pos || String(tensor.shape) === String(source.shape)) return index;
    const operand = source.operands.find(
      ({ name, shape }) => name === tensor.name && String(shape) === String(tensor.values.shape),
    );
    const read = operand && operandIndex(operand, index);
    if (!read || read.includes(null)) return null;
    return [...Array(tensor.hidden).fill(0), ...read];
  }

  readoutParts() {
    if (!this.hover) return [el("span", { class: "hint" }, this.hint())];
    const { pos, index } = this.hover;
    const tensor = this.tensorsOf(this.at)[pos];
    const where = el("span", { class: "where" }, `${tensor.name}${indexText(tensor.shown(index))}`);
    const words = this.words(tensor, index);
    const value = el("b", { class: "value" }, valueText(tensor.values, tensor.at(index)));
    const masked = tensor.masked(index) ? [el("span", { class: "flag" }, this.texts.masked)] : [];
    const first = el("div", {}, where, " = ", value, ...masked, el("span", { class: "words" }, words));
    const read = tensor.operands.map((operand) => this.operandPart(operand, index));
    return read.length ? [first, el("div", { class: "read" }, "← ", ...read)] : [first];
  }

  hint() {
    const { texts, data } = this;
    const lockable = this.tensorsOf(this.at).some((tensor) => tensor.panels > 1);
    if (data.options.editable) return `${texts.hover} ${texts.edit}`;
    return lockable ? `${texts.hover} ${texts.enlarge}` : texts.hover;
  }

  operandPart(operand, index) {
    const read = operandIndex(operand, index);
    const value = operand.values ? ` = ${valueText(operand.values, operand.values.values[place(operand.shape, read)])}` : "";
    return el("span", { class: "operand" }, `${operand.name}${indexText(read)}${value}`);
  }

  /** The cell in words: panel names, query and key. */
  words(tensor, index) {
    const parts = [];
    for (let axis = 0; axis < tensor.rank - 2; axis++) {
      const back = tensor.rank - axis;
      if (back <= 4 && tensor.view.panels[4 - back] !== null) parts.push(panelText(tensor, index, back));
    }
    const side = (name, labels, axis) => {
      const label = labels?.[index[axis]];
      return label === undefined ? null : `${tensor.axisName(axis) ?? name} ‘${label}’`;
    };
    const row = side(this.texts.row, tensor.labels("rows", index), tensor.rank - 2);
    const column = side(this.texts.column, tensor.labels("columns", index), tensor.rank - 1);
    const pair = [row, column].filter(Boolean).join(" → ");
    return [...parts, pair].filter(Boolean).join(" · ");
  }

  // ----- a copy in text, for screen readers and tests

  mirrorSoon() {
    clearTimeout(this.mirroring);
    this.mirroring = setTimeout(() => this.fillMirror(), this.timer ? 250 : 60);
  }

  fillMirror() {
    const tables = this.figures.map((figure) => this.mirrorTable(figure.picture));
    this.mirror.replaceChildren(...tables);
    this.mirror.dataset.frame = this.at;
  }

  /** A cell of the text copy, activated with assistive technology, stands for the cell in the picture. */
  mirrored(event, act) {
    const cell = event.target.closest("[data-index]");
    if (!cell) return;
    const pos = [...this.mirror.children].indexOf(cell.closest("[data-tensor]"));
    const { hidden } = this.tensorsOf(this.at)[pos];
    const index = cell.dataset.index.split(",").filter(Boolean).map(Number);
    this.setHover({ pos, index: [...Array(hidden).fill(0), ...index] });
    act();
  }

  mirrorTable(picture) {
    const { tensor } = picture;
    const table = el("div", {
      role: "table", "aria-label": `${tensor.name} ${indexText(tensor.values.shape)}`, "data-tensor": tensor.name,
    });
    let row = null;
    let left = MIRRORED;
    const [row0, column0] = picture.starts.slice(-2);
    if (size(picture.geometry.counts) === 0) return table;
    eachCell(picture, (value, masked, panel, r, c) => {
      if (left-- <= 0) return;
      const index = [...panel.lead, row0 + r, column0 + c];
      if (c === 0) table.append((row = el("div", { role: "row", "aria-label": this.words(tensor, index).split(" → ")[0] })));
      const text = valueText(tensor.values, value);
      row.append(
        el(
          "span",
          { role: "cell", "data-index": tensor.shown(index).join(","), "data-value": text, "data-masked": masked },
          masked ? `${text} ${this.texts.masked}` : text,
        ),
      );
    });
    const total = size(picture.geometry.counts);
    if (total > MIRRORED) table.append(el("div", {}, fill(this.texts.truncated, { shown: MIRRORED, size: total })));
    return table;
  }
}

/** One tensor on the stage: title, two canvases (picture, highlights), legend and sliders. */
class Figure {
  constructor(grid) {
    this.grid = grid;
    this.heading = el("figcaption");
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.over = el("canvas", { "aria-hidden": "true", class: "over" });
    this.area = el("div", { class: "area" }, this.canvas, this.over);
    this.legend = el("div", { class: "legend" });
    this.sliders = el("div", { class: "sliders" });
    this.node = el("figure", {}, this.heading, this.area, this.sliders, this.legend);
    this.listen();
  }

  /** @param {Picture} picture */
  show(picture, pos) {
    this.pos = pos;
    const { tensor, geometry, look } = picture;
    const looks = `${tensor.signature}|${picture.starts}|${geometry.width}|${geometry.outer}|${look.text}|${tensor.view.scale.low},${tensor.view.scale.high}`;
    this.picture = picture;
    this.node.dataset.figure = tensor.name;
    drawTensor(prepare(this.canvas, geometry, look.ratio), picture);
    if (looks === this.looks && this.data === this.grid.data) return;
    this.looks = looks;
    this.data = this.grid.data;
    this.node.style.width = `${geometry.outer}px`;
    this.area.style.width = `${geometry.width}px`;
    this.over.style.touchAction = this.grid.data.options.editable ? "none" : "pan-y";
    this.showHeading();
    this.showSliders();
    this.showLegend();
  }

  showHeading() {
    const { tensor, panels } = this.picture;
    const { grid } = this;
    const shape = el("span", { class: "shape" }, indexText(tensor.values.shape));
    this.heading.replaceChildren(el("b", {}, tensor.name), " ", shape);
    if (size(tensor.shape) === 0) this.heading.append(` ${grid.texts.empty}`);
  }

  /** Colour bar with its ends, and what hatching means. */
  showLegend() {
    const { tensor } = this.picture;
    const { scale } = tensor.view;
    const { colours } = this.grid.data;
    const parts = scale.kind === "boolean" ? this.booleanLegend(colours) : this.colourBar(scale, colours);
    if (tensor.mask) parts.push(swatch("hatched", this.grid.texts.masked));
    const axes = this.axesText();
    if (axes && axes !== this.grid.figures[this.pos - 1]?.axesText()) parts.push(el("span", {}, axes));
    this.legend.replaceChildren(...parts);
  }

  axesText() {
    const { tensor } = this.picture;
    const [rows, columns] = [tensor.axisName(tensor.rank - 2), tensor.axisName(tensor.rank - 1)];
    return rows && columns ? fill(this.grid.texts.axes, { rows, columns }) : "";
  }

  booleanLegend({ sequential }) {
    return [swatch("", "True", sequential.at(-1)), swatch("", "False", sequential[0])];
  }

  colourBar(scale, colours) {
    const bar = el("span", { class: "colours" });
    bar.style.background = `linear-gradient(to right, ${colours[scale.kind].join(",")})`;
    const end = (value) => el("span", {}, String(Number(value.toPrecision(3))));
    return [el("span", { class: "scale" }, end(scale.low), bar, end(scale.high))];
  }

  /** A slider for every axis that is not shown whole. */
  showSliders() {
    const { tensor, geometry } = this.picture;
    const locked = this.grid.isLocked(tensor);
    const cut = tensor.shape
      .map((length, axis) => ({ axis, length, count: geometry.counts[axis] }))
      .filter(({ axis, length, count }) => count < length && !(locked && axis >= tensor.rank - 4 && axis < tensor.rank - 2));
    if (this.sliders.contains(this.node.getRootNode().activeElement) && this.cutKey === JSON.stringify(cut)) {
      return this.labelSliders();
    }
    this.cutKey = JSON.stringify(cut);
    this.sliderParts = cut.map((part) => ({ ...part, ...this.slider(part) }));
    this.sliders.replaceChildren(...this.sliderParts.map(({ node }) => node));
    return this.labelSliders();
  }

  slider({ axis, length, count }) {
    const label = el("span");
    const input = el("input", { type: "range", min: 0, max: length - count, step: 1, "data-axis": axis });
    input.oninput = () => this.move(axis, Number(input.value));
    return { node: el("label", { class: "slider" }, label, input), label, input };
  }

  labelSliders() {
    const { tensor, starts } = this.picture;
    const { texts } = this.grid;
    for (const { axis, length, count, label, input } of this.sliderParts) {
      const name = tensor.axisName(axis) ?? fill(texts.axis, { number: axis - tensor.hidden });
      const first = starts[axis];
      const text = count === 1 ? texts.choice : texts.window;
      const last = count === 1 ? length - 1 : first + count - 1;
      label.textContent = fill(text, { axis: name, first, last, size: length });
      input.value = String(first);
    }
  }

  move(axis, start) {
    const { tensor, geometry } = this.picture;
    const most = tensor.shape[axis] - geometry.counts[axis];
    this.grid.windows.get(String(tensor.shape))[axis] = Math.max(0, Math.min(start, most));
    this.grid.showTensors();
    this.grid.showHover();
    this.grid.mirrorSoon();
  }

  drawOver(index, painted) {
    const { geometry, look } = this.picture;
    const context = prepare(this.over, geometry, look.ratio);
    if (painted?.pos === this.pos) this.drawPainted(context, painted.cells);
    if (index) drawCross(context, this.picture, index);
  }

  /** Cells being changed: outlined until the answer arrives. */
  drawPainted(context, cells) {
    const { geometry, starts, panels, look, tensor } = this.picture;
    const [row0, column0] = starts.slice(-2);
    context.strokeStyle = css(look.primary);
    context.lineWidth = 3;
    for (const index of cells) {
      const panel = panels.find(({ lead }) => lead.every((value, axis) => value === index[axis]));
      if (!panel) continue;
      const [row, column] = [index[tensor.rank - 2] - row0, index[tensor.rank - 1] - column0];
      context.strokeRect(panel.left + column * geometry.cell + 1.5, panel.top + row * geometry.cell + 1.5, geometry.cell - 3, geometry.cell - 3);
    }
  }

  // ----- pointer

  listen() {
    this.over.onpointermove = (event) => this.pointed(event);
    this.over.onpointerleave = (event) => this.left(event);
    this.over.onpointerdown = (event) => this.pressed(event);
    this.over.onpointerup = (event) => this.released(event);
    this.over.onpointercancel = () => (this.dragging = null);
    this.over.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
  }

  /** What lies under the pointer: cells (one, a row's, a column's) and whether it is a header. */
  hit(event) {
    const { geometry, starts, panels, tensor } = this.picture;
    const { cell } = geometry;
    const [rows, columns] = geometry.counts.slice(-2);
    const box = this.over.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const inside = (value, from, length) => value >= from && value < from + length;
    const column = (panel) => Math.floor((x - panel.left) / cell) + starts[tensor.rank - 1];
    const row = (panel) => Math.floor((y - panel.top) / cell) + starts[tensor.rank - 2];
    const across = panels.filter((panel) => inside(x, panel.left, columns * cell));
    const down = panels.filter((panel) => inside(y, panel.top, rows * cell));
    const panel = across.find((one) => down.includes(one));
    if (panel) return { cells: [[...panel.lead, row(panel), column(panel)]], header: false };
    if (geometry.labelled && x < geometry.left && x > geometry.nameLeft) {
      const cells = down.flatMap((one) => span(starts[tensor.rank - 1], columns, (c) => [...one.lead, row(one), c]));
      return { cells, header: true };
    }
    const below = geometry.labelled
      ? across.filter((one) => inside(y, one.top - geometry.columnHeight, geometry.columnHeight))
      : [];
    const heads = geometry.eachTop ? below : below.length ? across : [];
    const cells = heads.flatMap((one) => span(starts[tensor.rank - 2], rows, (r) => [...one.lead, r, column(one)]));
    return { cells, header: true };
  }

  pointed(event) {
    const { grid } = this;
    const { cells, header } = this.hit(event);
    const cell = header ? null : cells[0];
    if (this.dragging) return this.dragged(event, cell);
    this.over.style.cursor = cells.length && (grid.data.options.editable || (!header && this.lockable())) ? "pointer" : "default";
    grid.setHover(cell ? { pos: this.pos, index: cell } : null);
    return undefined;
  }

  lockable() {
    const { tensor } = this.picture;
    return tensor.panels > 1;
  }

  /** A finger that is lifted leaves the cell it pointed at lit. */
  left(event) {
    if (!this.dragging && event.pointerType !== "touch") this.grid.setHover(null);
  }

  pressed(event) {
    if (event.button !== 0) return;
    this.grid.root.focus({ preventScroll: true });
    const { cells, header } = this.hit(event);
    const editable = this.grid.data.options.editable;
    this.dragging = { x: event.clientX, y: event.clientY, starts: this.picture.starts, moved: false };
    this.over.setPointerCapture(event.pointerId);
    if (!header && cells.length) this.grid.setHover({ pos: this.pos, index: cells[0] });
    if (editable) this.paint(cells);
  }

  /** Editing: collect cells. Looking: move the window. */
  dragged(event, cell) {
    const { dragging, grid } = this;
    if (grid.data.options.editable) {
      if (cell) {
        this.paint([cell]);
        grid.setHover({ pos: this.pos, index: cell });
      }
      return;
    }
    const { tensor, geometry } = this.picture;
    [event.clientY - dragging.y, event.clientX - dragging.x].forEach((distance, i) => {
      const axis = tensor.rank - 2 + i;
      if (Math.abs(distance) > 4) dragging.moved = true;
      if (geometry.counts[axis] < tensor.shape[axis]) {
        this.move(axis, dragging.starts[axis] - Math.round(distance / geometry.cell));
      }
    });
  }

  paint(cells) {
    const { grid } = this;
    const known = grid.painted?.live && grid.painted.pos === this.pos ? grid.painted.cells : [];
    const fresh = cells.filter((cell) => !known.some((one) => String(one) === String(cell)));
    grid.painted = { pos: this.pos, cells: [...known, ...fresh], live: true };
    grid.showHover();
  }

  released(event) {
    const { grid, dragging } = this;
    if (!dragging) return;
    this.dragging = null;
    if (grid.data.options.editable) {
      const { cells } = grid.painted ?? { cells: [] };
      if (cells.length) grid.sendCells(this.pos, cells);
      return;
    }
    const { cells, header } = this.hit(event);
    if (!dragging.moved && !header && cells.length) grid.toggleLock({ pos: this.pos, index: cells[0] });
  }

  /** The wheel moves a cut axis while it can; otherwise the page scrolls. */
  wheeled(event) {
    const { tensor, geometry, starts } = this.picture;
    const across = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const axis = tensor.rank - (across ? 1 : 2);
    const step = Math.sign(across ? event.deltaX || event.deltaY : event.deltaY) * Math.max(1, Math.round(24 / geometry.cell));
    const next = Math.max(0, Math.min(starts[axis] + step, tensor.shape[axis] - geometry.counts[axis]));
    if (next === starts[axis]) return;
    event.preventDefault();
    this.move(axis, next);
  }
}

/** The panel pointed at, enlarged beside it, where its cells are too small to read. */
class Lens {
  constructor(grid) {
    this.grid = grid;
    this.canvas = el("canvas", { class: "lens", "aria-hidden": "true", "data-testid": "tg-lens" });
    this.canvas.hidden = true;
  }

  /** @param {Cell|null} hover */
  show(hover) {
    const figure = hover && this.grid.figures[hover.pos];
    this.canvas.hidden = !figure || !this.helps(figure.picture);
    if (this.canvas.hidden) return;
    const picture = this.enlarged(figure.picture.tensor, hover.index);
    const context = prepare(this.canvas, picture.geometry, picture.look.ratio);
    drawTensor(context, picture);
    drawCross(context, picture, hover.index);
    this.put(figure, hover.index, picture.geometry);
  }

  helps({ tensor, geometry, look }) {
    return tensor.panels > 1 && !this.grid.isLocked(tensor) && geometry.cell < LENS_CELL * look.scale;
  }

  enlarged(tensor, index) {
    const { look } = this.grid;
    const room = LENS_ROOM * look.scale;
    const largest = largestCell([tensor], 1, room, room, look, () => true) || MIN_SINGLE_CELL;
    const cell = look.snap(Math.min(largest, MAX_LENS_CELL * look.scale));
    const counts = windowCounts(tensor, cell, fullCounts(tensor, true), room, room, look);
    return this.grid.pictureOf(tensor, measure(tensor, cell, counts, room, look), index.slice(0, -2));
  }

  /** Right of the panel, or left of it where there is no room. */
  put(figure, index, { width, height }) {
    const { geometry, panels } = figure.picture;
    const panel = panels.find(({ lead }) => lead.every((value, axis) => value === index[axis]));
    const outer = this.grid.root.getBoundingClientRect();
    const inner = figure.area.getBoundingClientRect();
    const left = inner.left - outer.left + panel.left;
    const right = left + geometry.stepX + 4;
    const most = outer.height - height - 24;
    this.canvas.style.left = `${right + width + 24 < outer.width ? right : Math.max(0, left - width - 32)}px`;
    this.canvas.style.top = `${Math.max(0, Math.min(inner.top - outer.top + panel.top - 40, most))}px`;
  }
}

const span = (start, count, make) => Array.from({ length: count }, (_, i) => make(start + i));

function swatch(kind, text, colour) {
  const box = el("span", { class: `swatch ${kind}` });
  if (colour) box.style.background = colour;
  return el("span", { class: "key" }, box, text);
}

// --- entry point -----------------------------------------------------------------------------------

/** Grids by the element they live in: Streamlit calls again for every change of data or theme. */
const grids = new WeakMap();

export default function mount(component) {
  const { parentElement, data, setTriggerValue } = component;
  const root = parentElement.querySelector('[data-testid="tensor-grid"]');
  if (!grids.has(root)) grids.set(root, new Grid(root));
  const grid = grids.get(root);
  grid.update(data, (event) => setTriggerValue("event", event));
  return () => grid.dispose();
}
