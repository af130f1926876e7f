/**
 * How large a cell is, what fits beside what, and which part of a large tensor is shown.
 */

/** The axes, counted from the right, that panels stand along. */
const COLUMNS_OF_PANELS = 3;
const ROWS_OF_PANELS = 4;
const MAX_CELL = 48;
const MAX_LOCKED_CELL = 64;
const NUMBER_CELL = 24;
const WORD_CELL = 16;
const THUMBNAIL = 14;
const LOW_THUMBNAIL = 12;
const CROWDED_THUMBNAIL = 10;
const LOW_WINDOW = 640;
const FEW_PANELS = 8;
const SCROLL_BAR = 12;
const SCROLLED_WORTH = 0.01;
const SCROLLED_GAIN = 1.4;
const WINDOW_ROOM = 300;
const SLIDER_ROOM = 280;
const SLIDERS_GAP = 24;
const SLIDER_HEIGHT = 18;
const SLIDER_GAP = 4;
const TITLE_HEIGHT = 20;
const LINE_GAP = 12;
const LEGEND_GAP = 4;
const MIN_CELL = 3;
const MIN_SINGLE_CELL = 6;
const MIN_OVERVIEW_CELL = 2;
const ENOUGH_CELL = 8;
const STACKING_GAIN = 1.4;
const SCROLLING = 1.6;
const LENS_CELL = 14;
const LENS_ROOM = 320;
const LENS_GAIN = 1.4;
const MAX_LENS_CELL = 34;
const LABELLED_CELL = 7;
const SMALLEST_LABEL = 7;
const FIGURE_GAP = 18;
const MIN_WINDOW = 8;

/**
 * What is drawn of one tensor and where. `starts` and `counts` say for every axis which part is shown.
 * @typedef {{cell: number, gap: number, counts: number[], across: number, down: number, left: number,
 *   nameLeft: number, top: number, firstTop: number, rotated: boolean, labelled: boolean,
 *   eachTop: boolean, eachLeft: boolean, width: number, outer: number, height: number}} Geometry
 */

/** Space taken by labels around panels at a given cell size. */
function margins(tensor, cell, look, { bare, noted }) {
  const labelled = cell >= LABELLED_CELL || tensor.rank === 2;
  const line = look.font + 5;
  const rowsNamed = labelled && !bare && (tensor.axis(2) > 1 || tensor.view.rows !== null);
  const rowWidth = rowsNamed ? Math.min(widestLabel(tensor, "rows", look), look.maxLabel) + 6 : 0;
  const columnWidth = widestLabel(tensor, "columns", look);
  const rotated = columnWidth > cell - 2;
  const columnHeight = labelled ? (rotated ? Math.min(columnWidth, look.maxLabel) + 6 : line) : 0;
  return {
    labelled,
    rotated,
    nameLeft: !bare && isNamed(tensor, ROWS_OF_PANELS) ? line : 0,
    nameTop: isNamed(tensor, COLUMNS_OF_PANELS) ? line : 0,
    noteHeight: (tensor.notes || noted) && look.notes ? line : 0,
    rowWidth,
    columnHeight,
    eachTop: tensor.rank === 3 || tensor.perBatch("columns"),
    eachLeft: tensor.rank === 3 && tensor.perBatch("rows"),
    gap: tensor.notes || noted ? 4 : cell >= NUMBER_CELL ? 12 : 7,
  };
}

/** Whether the panels' axis `back` from the right needs names: it has some, or more than one index. */
function isNamed(tensor, back) {
  return tensor.rank >= back && (tensor.axis(back) > 1 || tensor.view.panels[4 - back] !== null);
}

/** Width of the widest label of the rows or the columns; without labels they are numbered. */
function widestLabel(tensor, side, look) {
  const found = tensor.view[side];
  if (found === null) return look.width(String(tensor.axis(side === "rows" ? 2 : 1) - 1));
  return Math.max(...[found].flat().map((list) => look.widest(tensor.lists[list])));
}

/**
 * What a tensor shares with those beside it in a frame: one whose rows are the same as those to its left has them not
 * named again, and where one has numbers under its panels all leave room for them, so that rows stay level.
 * @typedef {{bare: boolean, noted: boolean}} Company
 */
const ALONE = { bare: false, noted: false };

/** @returns {Company[]} of each tensor, `perLine` of them side by side */
function companyOf(tensors, perLine) {
  return tensors.map((tensor, i) => {
    const twins = tensors.filter((other) => isTwin(tensor, other));
    return { bare: i % perLine > 0 && isTwin(tensors[i - 1], tensor), noted: twins.some(({ notes }) => notes) };
  });
}

/** Whether panels of two tensors have the same places and labels. */
function isTwin(a, b) {
  const labels = ({ view }) => JSON.stringify([view.rows, view.columns, view.panels]);
  return a.rank !== 3 && String(a.shape) === String(b.shape) && labels(a) === labels(b);
}

/** Geometry of `tensor` with `counts` of its axes shown. */
function measure(tensor, cell, counts, room, look, company = ALONE) {
  const edge = margins(tensor, cell, look, company);
  const [rows, columns] = counts.slice(-2);
  const back = (n) => counts[tensor.rank - n] ?? 1;
  const panelWidth = columns * cell;
  const between = edge.gap + (edge.eachLeft ? edge.rowWidth : 0);
  const left = edge.nameLeft + edge.rowWidth + 1;
  const panels = back(COLUMNS_OF_PANELS);
  const fitting = Math.max(1, Math.floor((room - left + between) / (panelWidth + between)));
  const across = tensor.rank === 3 ? Math.min(panels, fitting) : panels;
  const down = tensor.rank === 3 ? Math.ceil(panels / across) : back(ROWS_OF_PANELS);
  const panelHeight = rows * cell + edge.noteHeight;
  const perRow = edge.eachTop ? edge.columnHeight + (tensor.rank === 3 ? edge.nameTop : 0) : 0;
  const once = (tensor.rank === 3 ? 0 : edge.nameTop) + (edge.eachTop ? 0 : edge.columnHeight);
  const width = Math.ceil(left + across * (panelWidth + between) - between) + 2;
  return {
    ...edge,
    cell,
    counts,
    across,
    down,
    left,
    once,
    perRow,
    stepX: panelWidth + between,
    stepY: perRow + panelHeight + edge.gap,
    width,
    outer: Math.max(width, Math.min(look.room, look.headingWidth(tensor))),
    height: Math.ceil(once + down * (perRow + panelHeight + edge.gap) - edge.gap) + 2,
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
function windowCounts(tensor, cell, counts, room, tall, look, company) {
  const cut = [...counts];
  const fits = () => {
    const found = measure(tensor, cell, cut, room, look, company);
    return { wide: found.width <= room, high: found.height <= tall };
  };
  shrink(cut, tensor.rank - 1, tensor.rank - COLUMNS_OF_PANELS, () => fits().wide);
  shrink(cut, tensor.rank - 2, tensor.rank === 3 ? 0 : tensor.rank - ROWS_OF_PANELS, () => fits().high);
  return cut;
}

/** As `windowCounts`, with room left in `tall` for a slider of every axis that is cut. */
function windowWithSliders(tensor, cell, counts, room, tall, look, company) {
  let [cut, sliders] = [counts, 0];
  for (let tries = 0; tries < 3; tries++) {
    cut = windowCounts(tensor, cell, counts, room, tall - sliders, look, company);
    sliders = slidersHeight(tensor, cut, room, look);
  }
  return cut;
}

/** Height of the sliders under a tensor of which `counts` are shown, in pixels. */
function slidersHeight(tensor, counts, room, look) {
  const cut = tensor.shape.filter((length, axis) => counts[axis] < length).length;
  const lines = Math.ceil(cut / Math.max(1, Math.floor((room + SLIDERS_GAP) / (SLIDER_ROOM + SLIDERS_GAP))));
  return lines * (Math.ceil(SLIDER_HEIGHT * look.scale) + SLIDER_GAP);
}

/** Shorten the inner axis down to a readable window, then the outer axis, until `fits`. */
function shrink(counts, inner, outer, fits) {
  while (!fits() && counts[inner] > MIN_WINDOW) counts[inner] -= 1;
  while (!fits() && outer >= 0 && counts[outer] > 1) counts[outer] -= 1;
  while (!fits() && counts[inner] > 1) counts[inner] -= 1;
}

/** The largest cell with which `tensors` fit, `perLine` of them side by side; 0 if none does. */
function largestCell(tensors, perLine, room, tall, look, locked) {
  const largest = Math.round((tensors.some(locked) ? MAX_LOCKED_CELL : MAX_CELL) * look.scale);
  const least = Math.min(...tensors.map((tensor) => smallestCell(tensor, locked)));
  const share = shareOf(room, perLine);
  const counts = tensors.map((tensor) => fullCounts(tensor, locked(tensor)));
  const company = companyOf(tensors, perLine);
  const fits = (cell) => {
    const found = tensors.map((tensor, i) => measure(tensor, cell, counts[i], share, look, company[i]));
    const lines = chunks(found, perLine);
    const widths = lines.map((line) => sum(line.map(({ outer }) => outer)) + FIGURE_GAP * (line.length - 1));
    const height = sum(lines.map((line) => Math.max(...line.map((one) => one.height)) + look.around));
    return height - LINE_GAP <= tall && widths.every((width) => width <= room);
  };
  const most = tensors.map((tensor, i) => mostThatFits(tensor, counts[i], room, tall));
  for (let cell = Math.floor(Math.min(largest, ...most)); cell >= least; cell--) if (fits(cell)) return cell;
  return 0;
}

/** What a cell is at most where all the cells beside each other and above each other have room, without labels. */
function mostThatFits(tensor, counts, room, tall) {
  const [rows, columns] = counts.slice(-2);
  const panels = (back) => (tensor.rank === 3 ? 1 : (counts[tensor.rank - back] ?? 1));
  return Math.min(room / (columns * panels(COLUMNS_OF_PANELS)), tall / (rows * panels(ROWS_OF_PANELS)));
}

/** A single panel is to be read cell by cell, unless its numbers do not matter; of many the pattern is enough. */
function smallestCell(tensor, locked) {
  if (!isSingle(tensor, locked)) return MIN_CELL;
  return tensor.view.show ? MIN_SINGLE_CELL : MIN_OVERVIEW_CELL;
}

const isSingle = (tensor, locked) => locked(tensor) || tensor.panels === 1;
const shareOf = (room, perLine) => (room - FIGURE_GAP * (perLine - 1)) / perLine;
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const chunks = (items, length) =>
  Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));

/**
 * Cell sizes and share of the width for one frame: side by side, unless stacking makes cells much larger or only
 * stacking makes them large enough. A picture with too small cells may be taller, but no more than they need.
 * @param {{heights: [number, (count: number) => number], sizes: (tensors: Tensor[]) => Sizes}} limits
 * Cells that are too small without scrolling scroll only where that makes them large enough, or much larger. Numbers,
 * and what does not fit at all, do not scroll: of each tensor a window is shown (`windowed`), with sliders.
 * @param {number[]} [lines] how many tensors may stand side by side; any number if it is not said
 */
function arrange(tensors, room, limits, look, locked, lines = linesOf(tensors)) {
  const [tall, taller] = limits.heights;
  const { least, wanted, most } = limits.sizes(tensors, locked);
  let best = largestOf(tensors, room, tall, wanted, Infinity, look, locked, lines);
  let ratio = tensors.length ? best.cell / wanted : Infinity;
  let isScrolled = false;
  if (best.cell < least) {
    const limit = least === NUMBER_CELL ? most * look.scale : most; // numbers are as large as the text beside them
    const scrolled = largestOf(tensors, room - SCROLL_BAR, taller(tensors.length), least, limit, look, locked, lines);
    ratio += (SCROLLED_WORTH * scrolled.cell) / wanted;
    isScrolled = scrolled.cell > best.cell && scrolled.cell >= Math.min(least, best.cell * SCROLLED_GAIN);
    if (isScrolled) best = scrolled;
  }
  const windowed = limits.windowed && (best.cell === 0 || (isScrolled && least === NUMBER_CELL));
  if (best.cell === 0 && windowed) {
    ratio += (SCROLLED_WORTH * room * tall) / (window.innerWidth * window.innerHeight);
    best.perLine = lines.find((perLine) => shareOf(room, perLine) >= WINDOW_ROOM * look.scale) ?? lines.at(-1);
  }
  const company = new Map(companyOf(tensors, best.perLine).map((one, i) => [tensors[i].name, one]));
  return { ...best, ratio, windowed, company, cells: ownCells(tensors, best, room, tall, look, locked) };
}

/** All numbers of tensors that may stand side by side, the largest first. */
const linesOf = (tensors) => Array.from({ length: Math.max(1, tensors.length) }, (_, i) => Math.max(1, tensors.length) - i);

/** The largest cell, up to `most`, over all ways to put tensors side by side. */
function largestOf(tensors, room, tall, wanted, most, look, locked, lines) {
  let best = { cell: 0, perLine: lines.at(-1) };
  for (const perLine of lines) {
    const cell = Math.min(most, largestCell(tensors, perLine, room, tall, look, locked));
    if (cell > best.cell * STACKING_GAIN || (best.cell < wanted && cell >= wanted)) best = { cell, perLine };
  }
  return best;
}

/**
 * How large cells in a stage should be: `wanted` decides between arrangements, below `least` the picture scrolls, and
 * then they are no larger than `most`. Numbers are to be read; of many heads the pattern is to be seen.
 * @typedef {{least: number, wanted: number, most: number}} Sizes
 */
function sizesOf(tensors, locked) {
  const many = tensors.filter((tensor) => !isSingle(tensor, locked));
  const thumbnail = many.length >= 3 ? CROWDED_THUMBNAIL : window.innerHeight < LOW_WINDOW ? LOW_THUMBNAIL : THUMBNAIL;
  const numbered = tensors.some((tensor) => tensor.view.show);
  const few = numbered && many.every((tensor) => tensor.view.show && tensor.panels <= FEW_PANELS);
  const least = many.length || !numbered ? thumbnail : NUMBER_CELL;
  return { least, wanted: few ? NUMBER_CELL : thumbnail, most: least };
}

/** Small tensors beside large ones may have larger cells, if all still fit; those they are compared with grow alike. */
function ownCells(tensors, { cell, perLine }, room, tall, look, locked) {
  const common = tensors.map(() => cell);
  if (tensors.length < 2 || cell === 0) return common;
  const height = tall / Math.ceil(tensors.length / perLine);
  const alone = tensors.map((tensor) => largestCell([tensor], 1, shareOf(room, perLine), height, look, locked));
  const related = (i) => tensors.map((other) => isRelated(tensors[i], other, locked));
  const own = tensors.map((_, i) => Math.max(cell, Math.min(...alone.filter((_, other) => related(i)[other]))));
  return tensors.reduce((cells, _, i) => {
    const grown = cells.map((size, other) => (related(i)[other] ? own[i] : size));
    return isWithin(tensors, grown, perLine, room, look, locked) ? grown : cells;
  }, common);
}

/** Whether tensors with cells of these sizes fit beside each other. */
function isWithin(tensors, cells, perLine, room, look, locked) {
  const share = shareOf(room, perLine);
  const company = companyOf(tensors, perLine);
  const widths = tensors.map(
    (tensor, i) => measure(tensor, cells[i], fullCounts(tensor, locked(tensor)), share, look, company[i]).outer,
  );
  return chunks(widths, perLine).every((line) => sum(line) + FIGURE_GAP * (line.length - 1) <= room);
}

/** Whether two tensors' panels broadcast against each other, so that their cells should be of one size. */
function isRelated(a, b, locked) {
  if (locked(a) !== locked(b)) return false;
  return [1, 2].every((back) => a.axis(back) === b.axis(back) || a.axis(back) === 1 || b.axis(back) === 1);
}
