/**
 * Drawing one tensor on a canvas.
 */

const SIGNED_CELL = 8;
const SMALLEST_NUMBER = 9;

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
        lead[rank - ROWS_OF_PANELS] += y;
        lead[rank - COLUMNS_OF_PANELS] += x;
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
    pixels[at++] = cellPixel(value, masked && !tensor.leaks(value, masked), tensor.view.scale, look);
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
  eachCell(picture, (value, masked, panel, row, column) => {
    const hatched = masked && !picture.tensor.leaks(value, masked);
    if (!hatched || column === 0) close();
    if (!hatched) return;
    run ??= { x: panel.left + column * cell, y: panel.top + row * cell, width: 0 };
    run.width += cell;
  });
  close();
  const pattern = context.createPattern(picture.look.hatch, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / picture.look.ratio));
  context.fillStyle = pattern;
  context.fill();
}

/** A frame and a corner, black on white, around every cell that is forbidden and yet lets something through. */
function drawLeaks(context, picture) {
  const { tensor, geometry, look } = picture;
  if (!tensor.mask || !tensor.view.flows) return;
  const { cell } = geometry;
  const width = Math.max(1, Math.min(2 * look.scale, cell / 8));
  eachCell(picture, (value, masked, panel, row, column) => {
    if (!tensor.leaks(value, masked)) return;
    const [x, y] = [panel.left + column * cell, panel.top + row * cell];
    for (const [colour, inset] of [["#fff", width / 2], ["#000", 1.5 * width]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.strokeRect(x + inset, y + inset, cell - 2 * inset, cell - 2 * inset);
    }
    context.fillStyle = "#000";
    context.beginPath();
    for (const [right, down] of [[0, 0], [0.42, 0], [0, 0.42]]) context.lineTo(x + cell * (1 - right), y + cell * down);
    context.fill();
    context.strokeStyle = "#fff";
    context.stroke();
  });
}

/** Which side of zero a cell is on, where no number says so: colours alone do not tell in shades of grey. */
function drawMinus(context, { tensor, geometry, look, panels, ...picture }) {
  const { cell } = geometry;
  const { kind } = tensor.view.scale;
  if (kind !== "diverging" || cell < SIGNED_CELL) return;
  const { light } = look.ramps[kind];
  context.lineWidth = Math.max(1, cell / 10);
  eachCell({ tensor, geometry, panels, ...picture }, (value, masked, panel, row, column) => {
    if (masked || !(value < 0) || !Number.isFinite(value)) return;
    const [x, y] = [panel.left + column * cell, panel.top + (row + 0.5) * cell];
    context.strokeStyle = light[stepOf(value, tensor.view.scale)] ? "#111" : "#fff";
    line(context, x + cell * 0.3, y, x + cell * 0.7, y);
  });
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

/** A frame around the row that the step is about, if that is visible. */
function drawChosenRow(context, { geometry, panels, row, look }) {
  const { cell } = geometry;
  const [rows, columns] = geometry.counts.slice(-2);
  if (!(row >= 0 && row < rows)) return;
  const [{ left, top }] = panels;
  context.strokeStyle = look.chosen;
  context.lineWidth = 3;
  context.strokeRect(left - 1, top + row * cell - 1, columns * cell + 2, cell + 2);
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

/** Numbers in the cells, where they are large enough for all of them; whether they are. */
function drawNumbers(context, picture) {
  const { tensor, geometry, look } = picture;
  const { cell } = geometry;
  const bits = tensor.values.codec.kind === "bits";
  if (tensor.view.show === false || cell < (bits ? WORD_CELL : NUMBER_CELL)) return false;
  const shares = bits && cell < MAX_CELL ? [0.5] : look.scale > 1 ? [0.42, 0.34, 0] : [0.34, 0]; // one letter has more room
  const sizes = shares.map((share) => Math.max(SMALLEST_NUMBER, Math.min(cell * share, 15 * look.scale)));
  const written = sizes.map((pixels) => [pixels, cellFormat(picture, Math.floor((cell - 3) / (pixels * 0.58)))]);
  const [pixels, format] = written.find(([, fits]) => fits) ?? [];
  if (!format) return false;
  const ramp = look.ramps[tensor.view.scale.kind];
  context.textAlign = "center";
  context.textBaseline = "middle";
  eachCell(picture, (value, masked, panel, row, column) => {
    if (!Number.isFinite(value)) return;
    const [x, y] = [panel.left + (column + 0.5) * cell, panel.top + (row + 0.5) * cell + 0.5];
    if (masked && !tensor.leaks(value, masked)) return haloText(context, format(value), x, y, look, pixels);
    context.font = look.fontOf(pixels);
    context.fillStyle = ramp.light[stepOf(value, tensor.view.scale)] ? "#111" : "#fff";
    context.fillText(format(value), x, y);
  });
  return true;
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
    if (geometry.rowWidth && (panel.x === 0 || geometry.eachLeft)) drawRowLabels(context, picture, panel);
    if (geometry.labelled && (geometry.eachTop || panel.y === 0)) drawColumnLabels(context, picture, panel);
  }
  context.font = look.fontOf(look.font, 600);
  for (const panel of panels) drawPanelNames(context, picture, panel);
  if (geometry.noteHeight) drawNotes(context, picture);
}

/** The number under each panel, where it fits. */
function drawNotes(context, { tensor, geometry, panels, look }) {
  const [rows, columns] = geometry.counts.slice(-2);
  const [wide, high] = [columns * geometry.cell, rows * geometry.cell];
  context.font = look.fontOf(look.font);
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (const { lead, left, top } of panels) {
    const note = tensor.note(lead);
    if (note && look.width(note) <= wide + geometry.gap) context.fillText(note, left + wide / 2, top + high + look.font + 2);
  }
}

/** Every how many rows or columns a label fits. Numbers may be left out, words are written smaller instead. */
function takeLabelFont(context, labels, cell, look, tight = true) {
  const pixels = labels && tight ? Math.max(SMALLEST_LABEL, Math.min(look.font, Math.floor(cell))) : look.font;
  context.font = look.fontOf(pixels);
  return tight ? Math.ceil((labels ? pixels : pixels + 1) / cell) : 1;
}

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
    const text = panelName(tensor, panel.lead, COLUMNS_OF_PANELS, columns * cell + geometry.gap - 4, look);
    context.fillText(text, panel.left + (columns * cell) / 2, y);
  }
  if (geometry.nameLeft && panel.x === 0) {
    const text = panelName(tensor, panel.lead, ROWS_OF_PANELS, geometry.stepY - 4, look);
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
  if (name?.length === 1) return `${name} = ${lead[axis]}`;
  return name ? `${name} ${lead[axis]}` : `[${lead[axis]}]`;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @returns {boolean} whether the cells hold numbers
 */
function drawTensor(context, picture) {
  let numbered = false;
  if (size(picture.geometry.counts) > 0) {
    drawHeat(context, picture);
    drawHatch(context, picture);
    drawLines(context, picture);
    drawLeaks(context, picture);
    numbered = drawNumbers(context, picture);
    if (!numbered) drawMinus(context, picture);
    drawSigns(context, picture);
    drawChosenRow(context, picture);
  }
  drawLabels(context, picture);
  return numbered;
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
