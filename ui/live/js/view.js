/**
 * The steps and values in view, and where they are drawn.
 *
 * @typedef {[number, number]} Ends  the smallest and the largest value
 */

/**
 * The view after zooming by `factor`, with the step `around` staying in place; null for all steps.
 * @param {Ends} shown the steps in view
 * @param {Ends} span all steps
 * @param {number} factor
 * @param {number} around
 * @returns {Ends|null}
 */
export function zoomed([low, high], [first, last], factor, around) {
  const size = Math.min(Math.max((high - low) * factor, 2), last - first);
  const start = Math.min(Math.max(around - ((around - low) / (high - low || 1)) * size, first), last - size);
  return size >= last - first ? null : [start, start + size];
}

/**
 * The view moved by a number of steps, but not beyond the ends.
 * @param {Ends} shown
 * @param {Ends} span
 * @param {number} by
 * @returns {Ends}
 */
export function moved([low, high], [first, last], by) {
  const shift = Math.min(Math.max(by, first - low), last - high);
  return [low + shift, high + shift];
}

/**
 * The ends of the value axis for the points in view and one more on each side.
 * @param {[number, number][][]} curves points in the order of their steps
 * @param {Ends} shown
 * @param {boolean} isLog
 * @returns {Ends}
 */
export function rangeOf(curves, [low, high], isLog) {
  const values = curves.flatMap((points) => {
    const first = points.findIndex(([step]) => step >= low);
    const beyond = points.findIndex(([step]) => step > high);
    return points.slice(Math.max(first - 1, 0), beyond < 0 ? undefined : beyond + 1).map(([, value]) => value);
  });
  if (!values.length) return [isLog ? 0.1 : 0, 1];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (isLog) return least === most ? [least / 2, most * 2] : [least / 1.1, most * 1.1];
  if (least === most) return [least - (Math.abs(least) || 1) / 2, most + (Math.abs(most) || 1) / 2];
  const edge = 0.05 * (most - least);
  return [least >= 0 && least - edge < 0 ? 0 : least - edge, most + edge];
}

/** Maps steps and values to positions on a canvas, in pixels. */
export class Axes {
  /**
   * @param {{left: number, right: number, top: number, bottom: number}} area
   * @param {Ends} steps
   * @param {Ends} range
   * @param {boolean} isLog
   */
  constructor(area, steps, range, isLog) {
    this.area = area;
    this.steps = steps;
    this.range = range;
    this.isLog = isLog;
    /** Pixels per step. */
    this.scale = (area.right - area.left) / (steps[1] - steps[0] || 1);
  }

  /** @param {number} step */
  x(step) {
    return this.area.left + (step - this.steps[0]) * this.scale;
  }

  /** @param {number} value */
  y(value) {
    const [low, high] = this.range;
    const part = this.isLog ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return this.area.bottom - part * (this.area.bottom - this.area.top);
  }

  /** The step in view that is drawn at `x`. @param {number} x */
  stepAt(x) {
    const [low, high] = this.steps;
    return Math.min(Math.max(low + (x - this.area.left) / this.scale, low), high);
  }
}
