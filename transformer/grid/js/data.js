/**
 * The data that Python sends (see `payload.py` and `data.py`), and the decoding of packed arrays.
 *
 * @typedef {{kind: "bits"} | {kind: "f32"} | {kind: "f64"} | {kind: "whole", bytes: 1|2|4, low: number}
 *   | {kind: "decimal", digits: number, low: number, signed: boolean}} Codec
 * @typedef {{shape: number[], codec: number, data: string}} Packed
 * @typedef {{kind: "sequential"|"diverging"|"boolean", low: number, high: number}} Scale
 * @typedef {{name: string, shape: number[], axes: (number|number[]|null)[]|null}} PackedOperand
 * @typedef {{name: string, scale: Scale, rows: number|number[]|null, columns: number|number[]|null,
 *   panels: (number|null)[], axes: string[], show: boolean, flows: boolean, noteName: string, formula: string,
 *   hatched: string, framed: string, truth: string, curves: number[], operands: PackedOperand[]}} View  labels as indices of `labels`
 * @typedef {{view: number, values: number, masked?: number, notes?: string[],
 *   operands?: (number|null)[]}} PackedTensor  indices of `views` and `arrays`
 * @typedef {{text?: string, kind?: string, note?: string}} Token
 * @typedef {{label: string, value: number|null, text?: string, kind?: string}} Bar
 * @typedef {{pointed: number, coloured: number, weights: PackedTensor[], panel: number[]}} PackedLink
 * @typedef {{title: string, tensors: PackedTensor[], caption?: string, code?: string, tokens?: [string, Token[]][],
 *   columns?: number, bars?: [string, Bar[]][], facts?: [string, string][], link?: PackedLink, row?: number}} Frame
 * @typedef {{sequential: string[], diverging: string[], lines: string[], masked: string, pad: string, chosen: string,
 *   right: string, wrong: string}} Colours
 * @typedef {{tensor: string, panel: number[]}} Lock  the enlarged panel: its tensor's name, its index on leading axes
 * @typedef {{height: number|null, editable: boolean, report: string[], start: number, lock: Lock|null,
 *   presenter: boolean, revision: number, name: string, follow: boolean, picture: boolean, stage: boolean}} Options
 * @typedef {Record<string, string>} Texts
 * @typedef {{frames: Frame[], views: View[], labels: string[][], codecs: Codec[], arrays: Packed[],
 *   colours: Colours, texts: Texts, options: Options}} GridData
 */

const SPECIAL = [NaN, -Infinity, Infinity];

/** @param {string} text @returns {ArrayBuffer} */
function bytesOf(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
}

/** The numbers of a packed array in row-major order. @param {Packed} packed @param {Codec} codec */
export function decode(packed, codec) {
  const buffer = bytesOf(packed.data);
  if (codec.kind === "f32") return new Float32Array(buffer);
  if (codec.kind === "f64") return new Float64Array(buffer);
  if (codec.kind === "bits") return decodeBits(new Uint8Array(buffer), size(packed.shape));
  const bytes = codec.kind === "whole" ? codec.bytes : 2;
  const codes = new { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[bytes](buffer);
  const value = codec.kind === "whole" ? wholeOf(codec) : decimalOf(codec);
  return Float64Array.from(codes, value);
}

/** @param {Uint8Array} bytes @param {number} count */
function decodeBits(bytes, count) {
  return Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
}

/** @param {{low: number}} codec @returns {(code: number) => number} */
function wholeOf({ low }) {
  return (code) => (code < 3 ? SPECIAL[code] : code - 3 + low);
}

/**
 * The inverse of `_decimal_codes` in Python. Each code is computed once and then looked up.
 * @param {{digits: number, low: number, signed: boolean}} codec
 * @returns {(code: number) => number}
 */
function decimalOf({ digits, low, signed }) {
  const perDecade = 9 * 10 ** (digits - 1);
  /** @type {Map<number, number>} */
  const table = new Map();
  /** @param {number} code */
  const work = (code) => {
    if (code < 4) return code === 3 ? 0 : SPECIAL[code];
    const place = signed ? (code - 4) >> 1 : code - 4;
    const mantissa = (place % perDecade) + 10 ** (digits - 1);
    const power = Math.floor(place / perDecade) + low - digits + 1;
    const size = power < 0 ? mantissa / 10 ** -power : mantissa * 10 ** power;
    return signed && (code - 4) & 1 ? -size : size;
  };
  return (code) => {
    const known = table.get(code);
    if (known !== undefined) return known;
    const value = work(code);
    table.set(code, value);
    return value;
  };
}

/** An array of the payload; its numbers are decoded at first use. */
export class Values {
  /** @type {ArrayLike<number>|undefined} */
  #unpacked;

  /** @param {Packed} packed @param {Codec[]} codecs */
  constructor(packed, codecs) {
    this.packed = packed;
    this.shape = packed.shape;
    this.codec = codecs[packed.codec];
  }

  /** @returns {ArrayLike<number>} in row-major order */
  get values() {
    this.#unpacked ??= decode(this.packed, this.codec);
    return this.#unpacked;
  }
}

/** The number of cells of a tensor of this shape. @param {number[]} shape */
export const size = (shape) => shape.reduce((product, length) => product * length, 1);
