/**
 * Packed arrays to numbers, and a frame's tensors ready to be indexed. `payload.py` describes the data.
 *
 * @typedef {{shape: number[], codec: number, data: string}} Packed
 * @typedef {{kind: string, bytes?: number, low?: number, digits?: number, signed?: boolean}} Codec
 * @typedef {{tensor: string, panel: number[]}} Lock
 * @typedef {{pos: number, index: number[]}} Cell  a cell of the frame's tensor number `pos`
 */

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
  const codes = new { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[codec.bytes ?? 2](buffer);
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

// --- a frame's tensor

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
    this.notes = packed.notes ?? null;
    this.lists = data.labels;
  }

  get name() {
    return this.view.name;
  }

  /** What True means in it, in words. */
  get truth() {
    return this.view.truth;
  }

  /** Number of panels in the grid. */
  get panels() {
    return this.axis(3) * this.axis(4);
  }

  /** What is written under the panel at `lead`, or null. */
  note(lead) {
    return this.notes?.[place(this.shape.slice(0, -2), lead)] ?? null;
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

  /** What hatching means here. */
  hatched(texts) {
    return this.view.hatched || texts.masked;
  }

  masked(index) {
    return this.mask !== null && this.mask.values[place(this.mask.shape, index)] === 1;
  }

  /** Whether a value flows where the mask forbids it. */
  leaks(value, masked) {
    return masked && this.view.flows && value !== 0;
  }

  /** What is said of a masked cell. */
  maskedText(value, texts) {
    return this.leaks(value, true) ? texts.leaks : this.hatched(texts);
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
