/**
 * What each part of the page shows: frames made of one pass of the model. The app's own views (`ui/frames/`) draw the
 * same things from PyTorch's trace, with more beside them; these are written anew because what they read is
 * computed here, by `model.js`, and a frame is only a list of tensors with names.
 *
 * @import { Scale, Token } from "../../grid/js/data.js"
 * @import { DecodeStep } from "./decoding.js"
 * @import { Trace, Transformer } from "./model.js"
 * @import { Frame, View } from "./payload.js"
 * @typedef {"source" | "target"} Side
 * @typedef {"encoder" | "self" | "cross"} Attention
 */

import { change } from "./decoding.js";
import { EOS, PAD, SOS, sinusoidalEncoding, Tensor } from "./model.js";
import { aroundZero, BOOLEAN, UNIT } from "./payload.js";

/** The three attentions: their code in links, whose tokens are rows and columns, where they stand.
 * @type {Record<Attention, {stack: string, name: string, rows: Side, columns: Side}>} */
export const ATTENTIONS = {
  encoder: { stack: "encoder", name: "self_attention", rows: "source", columns: "source" },
  self: { stack: "decoder", name: "self_attention", rows: "target", columns: "target" },
  cross: { stack: "decoder", name: "cross_attention", rows: "target", columns: "source" },
};

/** What Python's `str.split` divides at. */
const BLANKS = /\p{White_Space}+/u;

/** @param {Attention} attention @param {number} layer */
export const placeOf = (attention, layer) => `${ATTENTIONS[attention].stack}.${layer}.${ATTENTIONS[attention].name}`;

/** @typedef {{model: Transformer, task: Task, t: (text: string, values?: Record<string, unknown>) => string}} Scene */

/**
 * @typedef {{form: "NFC" | "NFKC", lower: boolean, replaced: [string, string][],
 *   split: "word" | "character" | "longest", blank: string}} Reading  as `reading.py` writes it
 * @typedef {Record<"source" | "target", string[]>} Words
 * @typedef {{words: string[], labels: Words, reading: Reading, example: string}} TaskData  `words` can be typed; a label
 *   is how an id is written on screen
 */

/** The words of both languages, and what was typed as ids. */
export class Task {
  /** @param {TaskData} data */
  constructor(data) {
    this.data = data;
    this.ids = new Map(data.words.map((word, i) => [this.#plain(word), i + 3]));
    this.longest = Math.max(...data.words.map((word) => word.length));
  }

  /** Ids with SOS and EOS, or null if there are none or something is no word. @param {string} text
   * @returns {number[] | null} */
  encode(text) {
    const ids = this.#words(this.#replaced(text)).map((word) => this.ids.get(word));
    return ids.length && ids.every((id) => id !== undefined) ? [SOS, .../** @type {number[]} */ (ids), EOS] : null;
  }

  /** @param {string} text */
  #plain(text) {
    const { form, lower } = this.data.reading;
    return lower ? text.normalize(form).toLowerCase() : text.normalize(form);
  }

  /** One spelling for what means the same. @param {string} text */
  #replaced(text) {
    const { replaced } = this.data.reading;
    return replaced.reduce((said, [found, meant]) => said.replace(new RegExp(found, "gu"), meant), this.#plain(text));
  }

  /** @param {string} text @returns {string[]} */
  #words(text) {
    const { split, blank } = this.data.reading;
    const chunks = text.split(BLANKS).filter(Boolean);
    if (split === "word") return chunks;
    return split === "character" ? [...chunks.join(blank)] : chunks.flatMap((chunk) => this.#longest(chunk));
  }

  /** A text without blanks, word by word, the longest first; what is no word stays as it is. @param {string} chunk */
  #longest(chunk) {
    const words = [];
    for (let at = 0; at < chunk.length; at += words[words.length - 1].length) {
      let size = Math.min(this.longest, chunk.length - at);
      while (size > 1 && !this.ids.has(chunk.slice(at, at + size))) size--;
      words.push(chunk.slice(at, at + size));
    }
    return words;
  }

  /** How an id is written on screen. @param {"source" | "target"} side @param {number} id */
  label(side, id) {
    return this.data.labels[side][id];
  }
}

/** @param {Task} task @param {"source" | "target"} side @param {number[]} ids @returns {Token[]} */
export const tokensOf = (task, side, ids) =>
  ids.map((id) => ({ text: task.label(side, id), kind: id === PAD ? "pad" : id < 3 ? "special" : "plain" }));

/** The weights of every head of every layer of an attention: [layers, H, L, S], masked keys hatched.
 * @param {Scene} scene @param {Trace} trace @param {Attention} attention @param {number[]} source @param {number[]} read
 * @returns {View} */
export function headsOf({ model, task, t }, trace, attention, source, read) {
  const { num_layers: layers, heads } = model.config;
  const first = trace.get(`${placeOf(attention, 0)}.weights`);
  const values = new Tensor([layers, ...first.shape.slice(1)]);
  const masked = new Tensor(values.shape);
  for (let layer = 0; layer < layers; layer++) {
    const weights = trace.get(`${placeOf(attention, layer)}.weights`);
    const allowed = trace.get(`${placeOf(attention, layer)}.mask`).expand(weights.shape);
    values.values.set(weights.values, layer * weights.values.length);
    masked.values.set(
      allowed.values.map((value) => 1 - value),
      layer * weights.values.length,
    );
  }
  const { rows, columns } = ATTENTIONS[attention];
  const labels = {
    source: source.map((id) => task.label("source", id)),
    target: read.map((id) => task.label("target", id)),
  };
  return {
    name: t(attention),
    values,
    scale: UNIT,
    masked,
    rows: labels[rows],
    columns: labels[columns],
    panels: [
      Array.from({ length: layers }, (_, i) => t("layer {n}", { n: i })),
      Array.from({ length: heads }, (_, i) => t("head {n}", { n: i })),
    ],
    axes: [t("layer"), t("head"), t("query"), t("key")],
  };
}

/** One frame a step of decoding. @param {Scene} scene @param {number[]} source @param {DecodeStep[]} steps
 * @param {Attention[]} attentions @returns {Frame[]} */
export function decodingFrames(scene, source, steps, attentions) {
  const { task, t } = scene;
  return steps.map((step, i) => {
    const written = step.tokens.slice(1);
    const newest = task.label("target", step.tokens[step.tokens.length - 1]);
    const order = [...step.chances.keys()].sort((a, b) => step.chances[b] - step.chances[a] || a - b).slice(0, 6);
    const chance = step.chances[step.tokens[step.tokens.length - 1]];
    return {
      title: t("step {n}: {token}", { n: i + 1, token: newest }),
      tensors: attentions.map((name) => headsOf(scene, step.trace, name, source, step.tokens.slice(0, -1))),
      tokens: [
        [t("source"), tokensOf(task, "source", source)],
        [t("decoder reads"), tokensOf(task, "target", step.tokens.slice(0, -1))],
        [t("and writes"), tokensOf(task, "target", written)],
      ],
      link: linkOf(scene, step, source),
      bars: [
        [
          t("next token"),
          order.map((id) => ({
            label: task.label("target", id),
            value: step.chances[id],
            text: step.chances[id].toFixed(3),
            kind: id === step.tokens[step.tokens.length - 1] ? "chosen" : "plain",
          })),
        ],
      ],
      caption: t("The decoder has read {count} tokens and writes “{token}”, whose probability is {p}.", {
        count: step.tokens.length - 1,
        token: newest,
        p: `${(100 * chance).toFixed(1)}%`,
      }),
    };
  });
}

/** Pointing at a written token colours the source by where the last layer's head 0, or the enlarged one, looked for it.
 * @param {Scene} scene @param {DecodeStep} step @param {number[]} source @returns {Frame["link"]} */
function linkOf(scene, step, source) {
  const weights = headsOf(scene, step.trace, "cross", source, step.tokens.slice(0, -1));
  return { pointed: 2, coloured: 0, weights: [weights], panel: [scene.model.config.num_layers - 1, 0] };
}

/** The mask as it is edited, [L, S]. @param {Scene} scene @param {Tensor} mask @param {Attention} attention
 * @param {number[]} source @param {number[]} read @returns {View} */
export function maskView({ task, t }, mask, attention, source, read) {
  const { rows, columns } = ATTENTIONS[attention];
  const labels = {
    source: source.map((id) => task.label("source", id)),
    target: read.map((id) => task.label("target", id)),
  };
  return {
    name: t("mask"),
    values: mask,
    scale: BOOLEAN,
    rows: labels[rows],
    columns: labels[columns],
    axes: [t("query"), t("key")],
    truth: t("True = may attend"),
  };
}

/** What another mask changes: the weights of every head, [layers, H, L, S], and the logits, [L, V].
 * @param {Scene} scene @param {Trace} before @param {Trace} after @param {Attention} attention
 * @param {number[]} source @param {number[]} read @returns {View[]} */
export function changeViews(scene, before, after, attention, source, read) {
  const { task, t } = scene;
  const [was, is] = [before, after].map((trace) => headsOf(scene, trace, attention, source, read));
  const weights = difference(is.values, was.values);
  const logits = difference(after.get("decoder.logits"), before.get("decoder.logits"));
  const words = logits.size(-1);
  return [
    { ...is, name: t("change of the weights"), values: weights, scale: aroundZero(weights) },
    {
      name: t("change of the logits"),
      values: logits.view([read.length, words]),
      scale: aroundZero(logits),
      rows: read.map((id) => task.label("target", id)),
      columns: Array.from({ length: words }, (_, id) => task.label("target", id)),
      axes: [t("read"), t("next token")],
    },
  ];
}

/** @param {Tensor} after @param {Tensor} before */
const difference = (after, before) => after.map((value, i) => change(value, before.values[i]));

/** A mask [B, 1, 1, S] or [B, 1, L, L] stretched over the scores of every head, then filled and passed through
 * softmax. @param {Scene} scene @param {Trace} trace @param {Attention} attention @param {number[]} source
 * @param {number[]} read @returns {Frame[]} */
export function broadcastingFrames(scene, trace, attention, source, read) {
  const { t, model } = scene;
  const place = placeOf(attention, 0);
  const [mask, energy] = [trace.get(`${place}.mask`), trace.get(`${place}.energy`)];
  const { rows, columns } = maskView(scene, new Tensor([1, 1]), attention, source, read);
  const heads = Array.from({ length: model.config.heads }, (_, i) => t("head {n}", { n: i }));
  /** @param {string} name @param {Tensor} values @param {Scale} scale @param {Partial<View>} [more] @returns {View} */
  const drawn = (name, values, scale, more) => ({
    name: `${name} [${values.shape.join(", ")}]`,
    values,
    scale,
    columns,
    rows: values.size(-2) === energy.size(-2) ? rows : [],
    panels: [[], values.size(1) === heads.length ? heads : []],
    axes: [t("sequence"), t("head"), t("query"), t("key")],
    ...more,
  });
  const scores = drawn(t("scores"), energy, aroundZero(energy));
  const forbidden = mask.expand(energy.shape).map((value) => 1 - value);
  /** @param {number[]} shape */
  const stretched = (shape) => drawn(t("mask"), mask.expand(shape), BOOLEAN, { truth: t("True = may attend") });
  const [batch, , queries, keys] = energy.shape;
  const masked = trace.get(`${place}.masked_energy`);
  return [
    {
      title: t("The mask as it is stored"),
      tensors: [stretched(mask.shape), scores],
      caption: t("An axis of size 1 holds one value for all that stands along it in the scores."),
    },
    {
      title: t("Stretched along the queries"),
      tensors: [stretched([batch, 1, queries, keys]), scores],
      caption: t("Every query gets the same row: nothing is copied in memory, the row is read again."),
    },
    {
      title: t("Stretched along the heads"),
      tensors: [stretched(energy.shape), scores],
      caption: t("Now there is a value for every score of every head."),
    },
    {
      title: t("Filled"),
      tensors: [drawn(t("masked scores"), masked, scores.scale, { masked: forbidden })],
      caption: t("Forbidden scores become {fill}.", { fill: String(model.fill) }),
    },
    {
      title: t("Softmax"),
      tensors: [drawn(t("weights"), trace.get(`${place}.weights`), UNIT, { masked: forbidden })],
      caption: t("Each row adds up to 1; keys filled with -inf get exactly 0."),
    },
  ];
}

/** Codes of positions, the position of the step drawn as a line. @param {Scene} scene @param {number} length
 * @param {number} base @returns {Frame[]} */
export function positionFrames({ model, t }, length, base) {
  const width = model.config.embed_dim;
  const { values } = sinusoidalEncoding(length, width, base);
  const codes = new Tensor([length, width], values);
  const view = {
    name: `PE [${length}, ${width}]`,
    values: codes,
    scale: /** @type {Scale} */ ({ kind: "diverging", low: -1, high: 1 }),
    axes: [t("position"), t("dimension")],
    curves: [0, 1, 8, 9],
  };
  return Array.from({ length }, (_, position) => ({
    title: t("position {n}", { n: position }),
    tensors: [view],
    row: position,
    caption: t("PE(pos, 2i) = sin(pos / {base}^(2i/D)), PE(pos, 2i+1) = cos of the same angle.", { base }),
  }));
}

/** Which later target token changes which logits, beside the mask. @param {Scene} scene @param {number[]} read
 * @param {{future: number[][], largest: number}} found @param {View} mask @returns {Frame} */
export function leakFrame({ task, t }, read, found, mask) {
  const values = new Tensor([read.length, read.length], Float32Array.from(found.future.flat()));
  const labels = read.map((id) => task.label("target", id));
  const verdict = !(found.largest <= 1e-4) // NaN is a leak too
    ? t("A leak: a later token changes an earlier prediction by up to {most}.", {
        most: found.largest.toPrecision(2),
      })
    : t("No leak: no later token changes an earlier prediction.");
  return {
    title: t("leak probe"),
    tensors: [
      mask,
      {
        name: t("change of the logits"),
        values,
        rows: labels,
        columns: labels,
        axes: [t("changed token"), t("affected position")],
        scale: { kind: "sequential", low: 0, high: Math.max(...values.values.filter(Number.isFinite), 1e-3) },
      },
    ],
    caption: verdict,
  };
}
