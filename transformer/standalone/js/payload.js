/**
 * Frames as the tensor grid reads them: what `transformer/grid/payload.py` does for the app, with the one codec
 * that needs no choice. A view in this page is `{name, values: Tensor, scale, rows, columns, ...}`.
 *
 * @import { Bar, Colours, GridData, Options, Packed, PackedTensor, Scale, Token } from "../../grid/js/data.js"
 * @import { View as PackedView } from "../../grid/js/data.js"
 * @import { Tensor } from "./model.js"
 * @typedef {{name: string, values: Tensor, scale: Scale, masked?: Tensor | null, rows?: string[],
 *   columns?: string[], panels?: string[][], axes?: string[], hatched?: string, framed?: string, truth?: string,
 *   curves?: number[], show?: boolean}} View `masked` is 1 where a cell is hatched
 * @typedef {{title: string, tensors: View[], caption?: string, code?: string, tokens?: [string, Token[]][],
 *   bars?: [string, Bar[]][], link?: Link, facts?: [string, string][], row?: number}} Frame
 * @typedef {{pointed: number, coloured: number, weights: View[], panel: number[]}} Link  as the grid's `PackedLink`
 */

export const UNIT = /** @type {Scale} */ ({ kind: "sequential", low: 0, high: 1 });
export const BOOLEAN = /** @type {Scale} */ ({ kind: "boolean", low: 0, high: 1 });

/** As far below zero as above. @param {Tensor} tensor @returns {Scale} */
export function aroundZero(tensor) {
  const finite = tensor.values.filter(Number.isFinite);
  const reach = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return { kind: "diverging", low: -reach, high: reach };
}

/** @param {Uint8Array} bytes */
function base64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

/** @param {Tensor} tensor */
function bits(tensor) {
  const bytes = new Uint8Array(Math.ceil(tensor.values.length / 8));
  tensor.values.forEach((value, i) => {
    bytes[i >> 3] |= Number(value !== 0) << (i & 7);
  });
  return bytes;
}

/** What the grid is given: frames, and options as those of `transformer/grid/data.py`.
 * @param {Frame[]} frames @param {Record<string, string>} texts @param {Colours} colours
 * @param {Partial<Options>} options @returns {GridData} */
export function gridData(frames, texts, colours, options) {
  const views = /** @type {Table<PackedView>} */ (table());
  const labels = /** @type {Table<string[]>} */ (table());
  /** @type {Packed[]} */
  const arrays = [];
  /** @param {Tensor} tensor @param {boolean} flags */
  const addArray = (tensor, flags) =>
    arrays.push({
      shape: tensor.shape,
      codec: Number(flags),
      data: base64(flags ? bits(tensor) : new Uint8Array(tensor.values.buffer)),
    }) - 1;
  /** @param {string[] | undefined} names */
  const addLabels = (names) => (names?.length ? labels.add(names) : null);
  /** @param {View} view @returns {PackedTensor} */
  const pack = (view) => {
    const described = {
      name: view.name,
      scale: view.scale,
      rows: addLabels(view.rows),
      columns: addLabels(view.columns),
      panels: [addLabels(view.panels?.[0]), addLabels(view.panels?.[1])],
      axes: view.axes ?? [],
      show: view.show ?? true,
      flows: view.scale === UNIT && !view.hatched,
      noteName: "",
      formula: "",
      hatched: view.hatched ?? "",
      framed: view.framed ?? "",
      truth: view.truth ?? "",
      curves: view.curves ?? [],
      operands: [],
    };
    const packed = { view: views.add(described), values: addArray(view.values, view.scale.kind === "boolean") };
    return view.masked ? { ...packed, masked: addArray(view.masked, true) } : packed;
  };
  const packedFrames = frames.map((frame) => ({
    ...frame,
    tensors: frame.tensors.map(pack),
    link: frame.link && { ...frame.link, weights: frame.link.weights.map(pack) },
    columns: Math.max(0, ...(frame.tokens ?? []).map(([, strip]) => strip.length)),
  }));
  return {
    frames: packedFrames,
    views: views.items,
    labels: labels.items,
    codecs: [{ kind: "f32" }, { kind: "bits" }],
    arrays,
    colours,
    texts,
    options: {
      height: null,
      editable: false,
      report: [],
      start: 0,
      lock: null,
      presenter: false,
      revision: 0,
      name: "transformer",
      follow: false,
      picture: true,
      stage: true,
      ...options,
    },
  };
}

/** @template T @typedef {{items: T[], add: (item: T) => number}} Table */

/** A list in which equal items stand once. @template T @returns {Table<T>} */
function table() {
  /** @type {T[]} */
  const items = [];
  /** @type {Map<string, number>} */
  const places = new Map();
  return {
    items,
    add(item) {
      const key = JSON.stringify(item);
      const place = places.get(key) ?? items.push(item) - 1;
      places.set(key, place);
      return place;
    },
  };
}
