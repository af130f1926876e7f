import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, largestCell, sizesOf } from "../../transformer/grid/js/arrange.js";
import { companyOf, fullCounts, measure, windowCounts, windowWithSliders } from "../../transformer/grid/js/geometry.js";
import { hit, panelsOf } from "../../transformer/grid/js/picture.js";
import { allIndices, counting, dice, look, tensorsOf } from "./fixtures.js";

/** @import { Picture } from "../../transformer/grid/js/picture.js" */
/** @import { Tensor } from "../../transformer/grid/js/tensor.js" */

const never = () => false;
const SHAPES = [[5], [4, 6], [3, 4, 6], [2, 3, 4, 6], [2, 2, 3, 4, 6]];

/** @param {Tensor} tensor @param {number} cell @param {number[]} [counts] @returns {Picture} */
function pictureOf(tensor, cell, counts = fullCounts(tensor, false)) {
  const geometry = measure(tensor, cell, counts, 600, look());
  const starts = tensor.shape.map(() => 0);
  return { tensor, geometry, starts, panels: panelsOf(tensor, geometry, starts), look: look(), row: NaN };
}

for (const shape of SHAPES) {
  test(`[${shape}]: the middle of every visible cell is that cell's, and nobody else's`, () => {
    const [tensor] = tensorsOf(counting(shape));
    const picture = pictureOf(tensor, 10);
    const shown = picture.geometry.counts;
    const cells = allIndices(shown).filter((index) => tensor.rank < 5 || index[0] === 0);
    for (const index of cells) {
      const panel = picture.panels.find(({ lead }) => lead.every((at, axis) => at === index[axis]));
      assert.ok(panel, String(index));
      const [row, column] = index.slice(-2);
      const [x, y] = [panel.left + (column + 0.5) * 10, panel.top + (row + 0.5) * 10];
      assert.deepEqual(hit(picture, x, y), { cells: [index], header: false });
      assert.ok(x < picture.geometry.width && y < picture.geometry.height);
    }
  });
}

test("a row's label stands for its cells in all panels beside it, a column's for those below it", () => {
  const [tensor] = tensorsOf(counting([1, 2, 3, 4], { rows: ["a", "b", "c"], columns: ["d", "e", "f", "g"] }));
  const picture = pictureOf(tensor, 20);
  const [first] = picture.panels;
  const row = hit(picture, first.left - 4, first.top + 30);
  assert.equal(row.header, true);
  assert.deepEqual(
    row.cells,
    allIndices([1, 2, 3, 4]).filter((index) => index[2] === 1),
  );
  const column = hit(picture, first.left + 50, first.top - 4);
  assert.deepEqual(
    column.cells,
    [0, 1, 2].map((at) => [0, 0, at, 2]),
  );
  assert.deepEqual(hit(picture, 0, 0).cells, []);
});

test("panels stand apart, with room for labels of their own between them", () => {
  const rows = (/** @type {number} */ i) => Array.from({ length: 3 }, (_, row) => `row ${row} of ${i}`);
  const [plain, labelled] = tensorsOf(counting([2, 3, 3, 4]), counting([2, 3, 4], { rows: rows(0), name: "y" }));
  labelled.view = { ...labelled.view, rows: [0, 0] };
  for (const [tensor, apart] of /** @type {[Tensor, number][]} */ ([
    [plain, 4],
    [labelled, 4 + 6 * 10],
  ])) {
    const { panels } = pictureOf(tensor, 10);
    const [left, right] = panels;
    assert.ok(right.left - (left.left + 4 * 10) >= apart);
    for (const { top } of panels.filter(({ y }) => y > 0)) assert.ok(top - (left.top + 3 * 10) >= apart / 16);
  }
});

test("the largest cell is the last that fits", () => {
  const draw = dice(1);
  for (let i = 0; i < 40; i++) {
    const [tensor] = tensorsOf(counting([1 + draw(3), 1 + draw(4), 1 + draw(12), 1 + draw(12)]));
    const [room, tall] = [100 + draw(900), 100 + draw(600)];
    const fits = (/** @type {number} */ cell) => {
      const { outer, height } = measure(tensor, cell, fullCounts(tensor, false), room, look());
      return outer <= room && height + 20 <= tall;
    };
    const cell = largestCell([tensor], 1, room, tall, look(), never);
    if (cell > 0) assert.ok(fits(cell), `${tensor.shape} in ${room} x ${tall}: ${cell}`);
    if (cell < 48) assert.ok(!fits(cell ? cell + 1 : 6), `${tensor.shape} in ${room} x ${tall}: more than ${cell}`);
  }
});

test("of what does not fit a window is shown that does, with room for its sliders", () => {
  const [tensor] = tensorsOf(counting([200, 300]));
  const whole = fullCounts(tensor, false);
  const cut = windowCounts(tensor, 24, whole, 500, 300, look());
  const shown = measure(tensor, 24, cut, 500, look());
  assert.ok(shown.width <= 500 && shown.height <= 300);
  assert.ok(cut.every((count, axis) => count >= 8 && count < whole[axis]));
  const lower = windowWithSliders(tensor, 24, whole, 500, 300, look());
  assert.ok(lower[0] < cut[0] && lower[1] === cut[1]);
});

const STAGE = { room: 900, heights: /** @type {[number, () => number]} */ ([400, () => Infinity]), screen: 1e6 };

test("small tensors stand side by side, wide ones above each other", () => {
  const limits = { ...STAGE, sizes: () => ({ least: 8, wanted: 8, most: Infinity }) };
  const small = tensorsOf(counting([4, 4]), counting([4, 4], { name: "y" }));
  assert.equal(arrange(small, limits, look(), never).perLine, 2);
  const wide = tensorsOf(counting([3, 60]), counting([3, 60], { name: "y" }));
  assert.equal(arrange(wide, limits, look(), never).perLine, 1);
});

test("cells that are large enough side by side are stacked only where that makes them much larger", () => {
  const limits = { ...STAGE, sizes: () => ({ least: 5, wanted: 5, most: Infinity }) };
  const pair = (/** @type {number[]} */ shape) => tensorsOf(counting(shape), counting(shape, { name: "y" }));
  assert.equal(arrange(pair([3, 45]), limits, look(), never).perLine, 1);
  assert.equal(arrange(pair([20, 24]), limits, look(), never).perLine, 2);
});

test("numbers that cannot be read are shown in part, patterns whole", () => {
  const limits = { ...STAGE, windowed: true, sizes: (/** @type {Tensor[]} */ tensors) => sizesOf(tensors, never, 800) };
  assert.equal(arrange(tensorsOf(counting([90, 90])), limits, look(), never).windowed, true);
  assert.equal(arrange(tensorsOf(counting([90, 90], { show: false })), limits, look(), never).windowed, false);
  assert.equal(arrange(tensorsOf(counting([9, 9])), limits, look(), never).windowed, false);
});

test("rows that a neighbour names are not named again", () => {
  const named = { rows: ["a", "b"], columns: ["c", "d"] };
  const twins = tensorsOf(counting([2, 2], named), counting([2, 2], { ...named, name: "y" }), counting([3, 2]));
  assert.deepEqual(
    companyOf(twins, 3).map(({ bare }) => bare),
    [false, true, false],
  );
  assert.deepEqual(
    companyOf(twins, 1).map(({ bare }) => bare),
    [false, false, false],
  );
});
