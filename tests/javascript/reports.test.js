/** What the page is told of where the view is: once, at rest, and also if the element was taken away meanwhile. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Reports } from "../../transformer/grid/js/reports.js";

/** @param {number} at */
function resting(at) {
  const state = /** @type {import("../../transformer/grid/js/state.js").State} */ (
    /** @type {unknown} */ ({
      isPlaying: false,
      at,
      lock: null,
      options: { report: ["frame"] },
      reported: { frame: 0, lock: null },
      painted: null,
    })
  );
  /** @type {number[]} */
  const told = [];
  const reports = new Reports(state, () => {});
  reports.send = ({ frame }) => void told.push(frame);
  return { reports, told };
}

test("a view that rests is told once", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { reports, told } = resting(4);
  reports.rest();
  mock.timers.tick(1000);
  reports.rest();
  reports.resume();
  mock.timers.tick(1000);
  assert.deepEqual(told, [4]);
  mock.timers.reset();
});

test("what was to be told when the element went is told when it is back", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { reports, told } = resting(4);
  reports.rest();
  reports.dispose();
  mock.timers.tick(1000);
  assert.deepEqual(told, []);
  reports.resume();
  mock.timers.tick(1000);
  assert.deepEqual(told, [4]);
  mock.timers.reset();
});
