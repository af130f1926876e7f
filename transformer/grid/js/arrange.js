/**
 * The size of cells, and how many tensors of a frame are drawn side by side.
 *
 * @import { Look } from "./look.js"
 * @import { Tensor } from "./tensor.js"
 * @import { Company } from "./geometry.js"
 */

import {
  COLUMNS_OF_PANELS,
  companyOf,
  fullCounts,
  LINE_GAP,
  measure,
  NUMBER_CELL,
  ROWS_OF_PANELS,
} from "./geometry.js";

export const MAX_CELL = 48;
export const MIN_SINGLE_CELL = 6;
export const ENOUGH_CELL = 8;
export const SCROLLED_WORTH = 0.01;
export const FIGURE_GAP = 18;
const MAX_LOCKED_CELL = 64;
const MIN_CELL = 3;
const MIN_OVERVIEW_CELL = 2;
const THUMBNAIL = 14;
const LOW_THUMBNAIL = 12;
const CROWDED_THUMBNAIL = 10;
const LOW_WINDOW = 640;
const FEW_PANELS = 8;
const SCROLL_BAR = 12;
const SCROLLED_GAIN = 1.4;
const STACKING_GAIN = 1.4;
const WINDOW_ROOM = 300;

/**
 * The size that cells should have: `wanted` decides between arrangements; if they do not reach `least`, the picture
 * scrolls, and then they are at most `most`. Cells with numbers must be readable; of many heads, the pattern suffices.
 * @typedef {{least: number, wanted: number, most: number}} Sizes
 *
 * @typedef {(tensor: Tensor) => boolean} IsLocked  whether one of its panels is enlarged
 *
 * @typedef {{room: number, heights: [number, (count: number) => number], screen: number,
 *   sizes: (tensors: Tensor[], isLocked: IsLocked) => Sizes, windowed?: boolean}} Limits  in pixels: the most width and
 *   height of pictures (the second height, for a number of tensors, if cells would be too small otherwise), the area of
 *   the window, and how large cells should be
 *
 * @typedef {{cell: number, perLine: number}} Arrangement
 * @typedef {Arrangement & {ratio: number, windowed: boolean, company: Map<string, Company>, cells: number[]}} Arranged
 *   `ratio`: the cell's size relative to the wanted one; `windowed`: a part of each tensor is shown, with sliders
 */

/**
 * The largest cell size with which `tensors` fit, `perLine` of them side by side; 0 if none fits.
 * @param {Tensor[]} tensors
 * @param {number} perLine
 * @param {number} room
 * @param {number} tall
 * @param {Look} look
 * @param {IsLocked} isLocked
 */
export function largestCell(tensors, perLine, room, tall, look, isLocked) {
  const largest = Math.round((tensors.some(isLocked) ? MAX_LOCKED_CELL : MAX_CELL) * look.scale);
  const least = Math.min(...tensors.map((tensor) => smallestCell(tensor, isLocked)));
  const share = shareOf(room, perLine);
  const counts = tensors.map((tensor) => fullCounts(tensor, isLocked(tensor)));
  const company = companyOf(tensors, perLine);
  const fits = (/** @type {number} */ cell) => {
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

/**
 * An upper bound of the cell size, from the space that the cells alone take, without labels.
 * @param {Tensor} tensor
 * @param {number[]} counts
 * @param {number} room
 * @param {number} tall
 */
function mostThatFits(tensor, counts, room, tall) {
  const [rows, columns] = counts.slice(-2);
  const panels = (/** @type {number} */ back) => (tensor.rank === 3 ? 1 : (counts[tensor.rank - back] ?? 1));
  return Math.min(room / (columns * panels(COLUMNS_OF_PANELS)), tall / (rows * panels(ROWS_OF_PANELS)));
}

/**
 * The smallest cell size: larger for a single panel, whose cells are read one by one unless its numbers do not matter;
 * of many panels, the pattern suffices.
 * @param {Tensor} tensor
 * @param {IsLocked} isLocked
 */
export function smallestCell(tensor, isLocked) {
  if (!isSingle(tensor, isLocked)) return MIN_CELL;
  return tensor.view.show ? MIN_SINGLE_CELL : MIN_OVERVIEW_CELL;
}

/** @param {Tensor} tensor @param {IsLocked} isLocked */
const isSingle = (tensor, isLocked) => isLocked(tensor) || tensor.panels === 1;

/** The most width of each of `perLine` tensors. @param {number} room @param {number} perLine */
export const shareOf = (room, perLine) => (room - FIGURE_GAP * (perLine - 1)) / perLine;

/** @param {number[]} numbers */
export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** @template T @param {T[]} items @param {number} length @returns {T[][]} */
const chunks = (items, length) =>
  Array.from({ length: Math.ceil(items.length / length) }, (_, i) => items.slice(i * length, (i + 1) * length));

/**
 * Cell sizes and arrangement of one frame. Tensors are side by side, unless stacking makes cells much larger or is the
 * only way to make them large enough. If cells are too small, the picture may be taller and scroll, but only if that
 * makes them large enough or much larger, and no taller than needed. Cells with numbers, and tensors that do not fit at
 * all, do not scroll: a part of each tensor is shown (`windowed`), with sliders.
 * @param {Tensor[]} tensors
 * @param {Limits} limits
 * @param {Look} look
 * @param {IsLocked} isLocked
 * @param {number[]} lines the allowed numbers of tensors side by side (default: any)
 * @returns {Arranged}
 */
export function arrange(tensors, limits, look, isLocked, lines = linesOf(tensors)) {
  const { room, heights } = limits;
  const [tall, taller] = heights;
  const { least, wanted, most } = limits.sizes(tensors, isLocked);
  let best = largestOf(tensors, room, tall, wanted, Infinity, look, isLocked, lines);
  let ratio = tensors.length ? best.cell / wanted : Infinity;
  let isScrolled = false;
  if (best.cell < least) {
    const limit = least === NUMBER_CELL ? most * look.scale : most; // numbers are as large as the text beside them
    const scrolled = largestOf(tensors, room - SCROLL_BAR, taller(tensors.length), least, limit, look, isLocked, lines);
    ratio += (SCROLLED_WORTH * scrolled.cell) / wanted;
    isScrolled = scrolled.cell > best.cell && scrolled.cell >= Math.min(least, best.cell * SCROLLED_GAIN);
    if (isScrolled) best = scrolled;
  }
  const windowed = Boolean(limits.windowed) && (best.cell === 0 || (isScrolled && least === NUMBER_CELL));
  if (best.cell === 0 && windowed) {
    ratio += (SCROLLED_WORTH * room * tall) / limits.screen;
    best.perLine =
      lines.find((perLine) => shareOf(room, perLine) >= WINDOW_ROOM * look.scale) ?? lines[lines.length - 1];
  }
  const company = new Map(companyOf(tensors, best.perLine).map((one, i) => [tensors[i].name, one]));
  return { ...best, ratio, windowed, company, cells: ownCells(tensors, best, room, tall, look, isLocked) };
}

/** All possible numbers of tensors side by side, the largest first. @param {Tensor[]} tensors */
function linesOf(tensors) {
  const most = Math.max(1, tensors.length);
  return Array.from({ length: most }, (_, i) => most - i);
}

/**
 * The arrangement with the largest cells, up to `most`, over all numbers of tensors side by side.
 * @param {Tensor[]} tensors
 * @param {number} room
 * @param {number} tall
 * @param {number} wanted
 * @param {number} most
 * @param {Look} look
 * @param {IsLocked} isLocked
 * @param {number[]} lines
 * @returns {Arrangement}
 */
function largestOf(tensors, room, tall, wanted, most, look, isLocked, lines) {
  let best = { cell: 0, perLine: lines[lines.length - 1] };
  for (const perLine of lines) {
    const cell = Math.min(most, largestCell(tensors, perLine, room, tall, look, isLocked));
    if (cell > best.cell * STACKING_GAIN || (best.cell < wanted && cell >= wanted)) best = { cell, perLine };
  }
  return best;
}

/**
 * The sizes that cells should have in a stage.
 * @param {Tensor[]} tensors
 * @param {IsLocked} isLocked
 * @param {number} windowHeight in pixels
 * @returns {Sizes}
 */
export function sizesOf(tensors, isLocked, windowHeight) {
  const many = tensors.filter((tensor) => !isSingle(tensor, isLocked));
  const thumbnail = many.length >= 3 ? CROWDED_THUMBNAIL : windowHeight < LOW_WINDOW ? LOW_THUMBNAIL : THUMBNAIL;
  const numbered = tensors.some((tensor) => tensor.view.show);
  const few = numbered && many.every((tensor) => tensor.view.show && tensor.panels <= FEW_PANELS);
  const least = many.length || !numbered ? thumbnail : NUMBER_CELL;
  return { least, wanted: few ? NUMBER_CELL : thumbnail, most: least };
}

/**
 * Cell sizes per tensor: small tensors may have larger cells, if all still fit; related tensors keep the same size.
 * @param {Tensor[]} tensors
 * @param {Arrangement} arrangement
 * @param {number} room
 * @param {number} tall
 * @param {Look} look
 * @param {IsLocked} isLocked
 */
function ownCells(tensors, { cell, perLine }, room, tall, look, isLocked) {
  const common = tensors.map(() => cell);
  if (tensors.length < 2 || cell === 0) return common;
  const height = tall / Math.ceil(tensors.length / perLine);
  const alone = tensors.map((tensor) => largestCell([tensor], 1, shareOf(room, perLine), height, look, isLocked));
  const related = (/** @type {number} */ i) => tensors.map((other) => isRelated(tensors[i], other, isLocked));
  const own = tensors.map((_, i) => Math.max(cell, Math.min(...alone.filter((_, other) => related(i)[other]))));
  return tensors.reduce((cells, _, i) => {
    const grown = cells.map((size, other) => (related(i)[other] ? own[i] : size));
    return isWithin(tensors, grown, perLine, room, look, isLocked) ? grown : cells;
  }, common);
}

/**
 * Whether tensors with cells of these sizes fit beside each other.
 * @param {Tensor[]} tensors
 * @param {number[]} cells
 * @param {number} perLine
 * @param {number} room
 * @param {Look} look
 * @param {IsLocked} isLocked
 */
function isWithin(tensors, cells, perLine, room, look, isLocked) {
  const share = shareOf(room, perLine);
  const company = companyOf(tensors, perLine);
  const widths = tensors.map(
    (tensor, i) => measure(tensor, cells[i], fullCounts(tensor, isLocked(tensor)), share, look, company[i]).outer,
  );
  return chunks(widths, perLine).every((line) => sum(line) + FIGURE_GAP * (line.length - 1) <= room);
}

/**
 * Whether two tensors' panels broadcast against each other, so that their cells should have the same size.
 * @param {Tensor} a
 * @param {Tensor} b
 * @param {IsLocked} isLocked
 */
function isRelated(a, b, isLocked) {
  if (isLocked(a) !== isLocked(b)) return false;
  return [1, 2].every((back) => a.axis(back) === b.axis(back) || a.axis(back) === 1 || b.axis(back) === 1);
}
