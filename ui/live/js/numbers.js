/**
 * Numbers on axes: their positions and their text.
 */

/** Multiples of 1, 2 or 5 times a power of ten between two values: about `count`, at least two.
 * @param {number} low @param {number} high @param {number} count @param {number} least distance between two of them
 * @returns {number[]} */
export function ticks(low, high, count, least = 0) {
  if (!(high > low)) return [low];
  const raw = (high - low) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((one) => one * power >= raw - 1e-12 * power) ?? 10;
  const step = Math.max(power * factor, least);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  if (last <= first && count < 10 && step > least) return ticks(low, high, count + 1, least);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/**
 * Powers of ten between two values; also 2 and 5 times them if there are few.
 * @param {number} low
 * @param {number} high
 * @returns {number[]}
 */
export function logTicks(low, high) {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const every = Math.ceil(powers.length / 8);
  const factors = powers.length <= 3 ? [1, 2, 5] : [1];
  const all = powers.filter((power) => power % every === 0).flatMap((power) => factors.map((f) => f * 10 ** power));
  return all.filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
}

const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/**
 * @param {number|null|undefined} value
 * @param {string} format "share", "step", "short" or "number"
 * @param {boolean} exact
 */
export function numberText(value, format, exact = false) {
  if (value === null || value === undefined) return "–";
  if (format === "share") return `${(100 * value).toFixed(exact ? 1 : 0)} %`;
  if (format === "step") return Math.round(value).toLocaleString("en-US");
  const size = Math.abs(value);
  if (size && (size < 1e-3 || size >= 1e7)) return value.toExponential(exact ? 2 : 0).replace("e+", "e");
  if (format === "short" && size >= 1000) return SHORT.format(value);
  return exact ? value.toFixed(4) : String(Number(value.toPrecision(3)));
}
