/**
 * The encoder-decoder Transformer (Vaswani et al. 2017, section 3) in plain JavaScript, written to be read.
 *
 * It computes what `transformer/model/` computes with PyTorch, from the same weights, and records every tensor
 * under the same name: a test compares all of them. Letters in shapes: B sequences, L queries (target tokens),
 * S keys (source tokens), D numbers per token, H heads of Dh = D / H numbers, V words.
 *
 * A mask says who may attend to whom: 1 = may attend, 0 = may not. It broadcasts to [B, H, L, S].
 */

export const PAD = 0;
export const SOS = 1;
export const EOS = 2;
const EPSILON = 1e-5; // LayerNorm divides by sqrt(variance + EPSILON)

// --- tensors ----------------------------------------------------------------------------------------------

/** Numbers of single precision in row-major order, with a shape. */
export class Tensor {
  /**
   * @param {number[]} shape
   * @param {Float32Array} [values] zeros if none are given
   */
  constructor(shape, values) {
    this.shape = shape;
    this.values = values ?? new Float32Array(shape.reduce((product, size) => product * size, 1));
  }

  /** The size of an axis; negative ones count from the end. @param {number} axis */
  size(axis) {
    return /** @type {number} */ (this.shape.at(axis));
  }

  /** Another shape for the same numbers. @param {number[]} shape */
  view(shape) {
    return new Tensor(shape, this.values);
  }

  /** Each number replaced. @param {(value: number, index: number) => number} change */
  map(change) {
    return new Tensor(this.shape, this.values.map(change));
  }

  /** The sum with a tensor of the same shape. @param {Tensor} other */
  plus(other) {
    return this.map((value, i) => value + other.values[i]);
  }

  /** Copies of the numbers wherever an axis of size 1 meets a larger one. @param {number[]} shape */
  expand(shape) {
    const steps = [];
    let step = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      steps.unshift(this.shape[axis] === 1 ? 0 : step);
      step *= this.shape[axis];
    }
    const wide = new Tensor(shape);
    const index = shape.map(() => 0);
    for (let i = 0, from = 0; i < wide.values.length; i++) {
      wide.values[i] = this.values[from];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        from += steps[axis];
        if (++index[axis] < shape[axis]) break;
        from -= steps[axis] * shape[axis];
        index[axis] = 0;
      }
    }
    return wide;
  }

  /** The axes 1 and 2 of four change places: [B, L, H, Dh] <-> [B, H, L, Dh]. */
  swapped() {
    const [b, m, n, d] = this.shape;
    const out = new Tensor([b, n, m, d]);
    for (let i = 0; i < b; i++)
      for (let j = 0; j < m; j++)
        for (let k = 0; k < n; k++) {
          const from = ((i * m + j) * n + k) * d;
          out.values.set(this.values.subarray(from, from + d), ((i * n + k) * m + j) * d);
        }
    return out;
  }
}

/** The smallest shape that both broadcast to, aligned from the right. Throws where two sizes differ and
 * neither is 1.
 * @param {number[]} a @param {number[]} b */
function broadcastShape(a, b) {
  const axes = Math.max(a.length, b.length);
  return Array.from({ length: axes }, (_, axis) => {
    const [one, other] = [a[a.length - axes + axis] ?? 1, b[b.length - axes + axis] ?? 1];
    if (one !== other && one !== 1 && other !== 1) throw new RangeError(`${one} and ${other} do not broadcast`);
    return one === 1 ? other : one;
  });
}

/** The sum of products of `count` numbers of `a` from place `i` on, and of `b` from place `j` on. The model spends its
 * time here; so there are four sums side by side, and no addition waits for the one before.
 * @param {Float32Array} a @param {number} i @param {Float32Array} b @param {number} j @param {number} count */
function dot(a, i, b, j, count) {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < count; k += 4) {
    s0 += a[i + k] * b[j + k];
    s1 += a[i + k + 1] * b[j + k + 1];
    s2 += a[i + k + 2] * b[j + k + 2];
    s3 += a[i + k + 3] * b[j + k + 3];
  }
  for (; k < count; k++) s0 += a[i + k] * b[j + k];
  return s0 + s1 + s2 + s3;
}

/** x W^T + b, as `nn.Linear`: [..., D] -> [..., E] for W [E, D].
 * @param {Tensor} x @param {Tensor} weight @param {Tensor} bias */
function linear(x, weight, bias) {
  const [wide, narrow] = weight.shape;
  const rows = x.values.length / narrow;
  const y = new Tensor([...x.shape.slice(0, -1), wide]);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < wide; column++)
      y.values[at++] = dot(x.values, row * narrow, weight.values, column * narrow, narrow) + bias.values[column];
  return y;
}

/** Each row of the last axis with mean 0 and variance 1, then times `weight` plus `bias`.
 * @param {Tensor} x @param {Tensor} weight @param {Tensor} bias */
function layerNorm(x, weight, bias) {
  const width = x.size(-1);
  const y = new Tensor(x.shape);
  for (let start = 0; start < x.values.length; start += width) {
    const row = x.values.subarray(start, start + width);
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    const scale = 1 / Math.sqrt(variance + EPSILON);
    for (let i = 0; i < width; i++) y.values[start + i] = (row[i] - mean) * scale * weight.values[i] + bias.values[i];
  }
  return y;
}

/** Softmax over the last axis; a row that is -inf throughout gives zeros, and without the guard NaN, as 0 / 0 does.
 * @param {Tensor} x @param {boolean} [isGuarded] */
export function softmax(x, isGuarded = true) {
  const width = x.size(-1);
  const y = new Tensor(x.shape);
  for (let start = 0; start < x.values.length; start += width) {
    const row = x.values.subarray(start, start + width);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    if (isGuarded && largest === -Infinity) continue;
    let total = 0;
    for (let i = 0; i < width; i++) total += y.values[start + i] = Math.exp(row[i] - largest);
    for (let i = 0; i < width; i++) y.values[start + i] /= total;
  }
  return y;
}

/** Products of matrices, one for each of the B and H: [B, H, L, M] and [B, H, M, N] -> [B, H, L, N]; with
 * `transposed` the second is given as [B, H, N, M].
 * @param {Tensor} a @param {Tensor} b @param {boolean} [transposed] */
function matmul(a, b, transposed = false) {
  const [batch, heads, rows, inner] = a.shape;
  const columns = b.size(transposed ? 2 : 3);
  const [step, next] = transposed ? [1, inner] : [columns, 1];
  const out = new Tensor([batch, heads, rows, columns]);
  for (let panel = 0, at = 0; panel < batch * heads; panel++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const left = (panel * rows + row) * inner;
        const right = panel * inner * columns + column * next;
        let sum = 0;
        for (let i = 0; i < inner; i++) sum += a.values[left + i] * b.values[right + i * step];
        out.values[at++] = sum;
      }
  return out;
}

// --- the trace --------------------------------------------------------------------------------------------

/** A record of one pass: every tensor by the place it lives in, as `transformer.Trace`. With `edits` the pass is
 * altered: the function of a place is given the tensor there, and what it returns is used from there on.
 * @typedef {Map<string, (tensor: Tensor) => Tensor>} Edits */
export class Trace {
  /** @param {Edits} [edits] */
  constructor(edits = new Map()) {
    this.edits = edits;
    /** @type {Map<string, Tensor>} */
    this.tensors = new Map();
  }

  /** @param {string} place @param {Tensor} tensor */
  record(place, tensor) {
    const used = this.edits.get(place)?.(tensor) ?? tensor;
    this.tensors.set(place, used);
    return used;
  }

  /** @param {string} place */
  get(place) {
    const tensor = this.tensors.get(place);
    if (!tensor) throw new RangeError(`nothing is recorded at ${place}`);
    return tensor;
  }
}

// --- positions --------------------------------------------------------------------------------------------

/** The angle in radians that one position turns in pair `i` of `width` dimensions: 1 / base^(2i / width).
 * @param {number} i @param {number} width @param {number} [base] */
function frequency(i, width, base = 10000) {
  return Math.exp(2 * i * -(Math.log(base) / width));
}

/** PE(pos, 2i) = sin(pos / base^(2i/D)), PE(pos, 2i+1) = cos(the same): [1, L, D] (section 3.5).
 * @param {number} length @param {number} width @param {number} [base] */
export function sinusoidalEncoding(length, width, base = 10000) {
  const pe = new Tensor([1, length, width]);
  for (let position = 0; position < length; position++)
    for (let i = 0; i < width; i++) {
      const angle = position * frequency(i >> 1, width, base);
      pe.values[position * width + i] = i % 2 ? Math.cos(angle) : Math.sin(angle);
    }
  return pe;
}

/** Rotary positions (Su et al. 2021, section 3.4): each pair of numbers is a point in the plane, and position p
 * turns it by p times the pair's frequency. [B, H, L, Dh] -> the same. @param {Tensor} x */
function rotate(x) {
  const [length, width] = x.shape.slice(-2);
  const y = new Tensor(x.shape);
  for (let start = 0, row = 0; start < x.values.length; start += width, row++)
    for (let i = 0; i < width / 2; i++) {
      const angle = Math.fround((row % length) * Math.fround(frequency(i, width)));
      const [a, b] = [x.values[start + 2 * i], x.values[start + 2 * i + 1]];
      y.values[start + 2 * i] = a * Math.cos(angle) - b * Math.sin(angle);
      y.values[start + 2 * i + 1] = a * Math.sin(angle) + b * Math.cos(angle);
    }
  return y;
}

/** The slope of each head (ALiBi, Press et al. 2022, section 3): 2^(-8/H), 2^(-16/H), ... where H is a power of
 * two, else those of the next lower one, then every other slope of the next higher. @param {number} heads */
function alibiSlopes(heads) {
  const power = 2 ** Math.floor(Math.log2(heads));
  /** @param {number} count */
  const geometric = (count) => Array.from({ length: count }, (_, i) => 2 ** ((-8 / count) * (i + 1)));
  return [...geometric(power), ...geometric(2 * power).filter((_, i) => i % 2 === 0)].slice(0, heads);
}

/** What ALiBi adds to the scores: -slope * |i - j|, [1, H, L, L]. @param {number} heads @param {number} length */
function alibiBias(heads, length) {
  const bias = new Tensor([1, heads, length, length]);
  alibiSlopes(heads).forEach((slope, head) => {
    for (let i = 0; i < length; i++)
      for (let j = 0; j < length; j++) bias.values[(head * length + i) * length + j] = -slope * Math.abs(i - j);
  });
  return bias;
}

// --- masks ------------------------------------------------------------------------------------------------

/** 1 where a key is a real token: B rows of ids -> [B, 1, 1, S]. @param {number[][]} tokens @param {number} pad */
function paddingMask(tokens, pad = PAD) {
  return new Tensor(
    [tokens.length, 1, 1, tokens[0].length],
    Float32Array.from(tokens.flat(), (id) => Number(id !== pad)),
  );
}

/** 1 on and below the diagonal, [1, 1, L, L]: position i sees positions 0..i. @param {number} length */
function causalMask(length) {
  return new Tensor([1, 1, length, length]).map((_, i) => Number(i % length <= Math.floor(i / length)));
}

/** A key is seen only where both masks allow it. @param {Tensor} a @param {Tensor} b */
function both(a, b) {
  const shape = broadcastShape(a.shape, b.shape);
  const other = b.expand(shape);
  return a.expand(shape).map((value, i) => value * other.values[i]);
}

// --- the model --------------------------------------------------------------------------------------------

/**
 * @typedef {{src_vocab_size: number, trg_vocab_size: number, embed_dim: number, num_layers: number, heads: number,
 *   max_len: number, src_pad_idx: number, trg_pad_idx: number, norm: "post" | "pre", scale_embeddings: boolean,
 *   positions: "sinusoidal" | "learned" | "rotary" | "alibi" | "none", mistake?: string}} Config
 */

/** Encoder and decoder together: source and target ids in, logits [B, L, V] out. */
export class Transformer {
  /** @param {Config} config @param {Map<string, Tensor>} weights by the names of PyTorch's `state_dict` */
  constructor(config, weights) {
    this.config = config;
    this.weights = weights;
    this.mistake = config.mistake ?? "none";
    /** What takes the place of a score that the mask forbids. */
    this.fill = this.mistake === "tiny_fill" ? Math.fround(1e-20) : -Infinity;
  }

  /** @param {string} name */
  weight(name) {
    const tensor = this.weights.get(name);
    if (!tensor) throw new RangeError(`the model has no weights ${name}`);
    return tensor;
  }

  /** [B, 1, 1, S]: every query of every head may attend to the real source tokens. @param {number[][]} src */
  makeSrcMask(src) {
    const mask = paddingMask(src, this.config.src_pad_idx);
    if (this.mistake === "no_padding_mask") return new Tensor([1, 1, 1, src[0].length]).map(() => 1);
    return this.mistake === "inverted_mask" ? mask.map((value) => 1 - value) : mask;
  }

  /** [B, 1, L, L]: position i may attend to the real target tokens among 0..i. @param {number[][]} trg */
  makeTrgMask(trg) {
    const padding = paddingMask(trg, this.config.trg_pad_idx);
    if (this.mistake === "no_causal_mask") return padding;
    if (this.mistake === "no_padding_mask") return causalMask(trg[0].length);
    const mask = both(causalMask(trg[0].length), padding);
    return this.mistake === "inverted_mask" ? mask.map((value) => 1 - value) : mask;
  }

  /** Logits [B, L, V] for the token that follows each target position.
   * @param {number[][]} src @param {number[][]} trg @param {Trace} [trace] */
  forward(src, trg, trace = new Trace()) {
    const srcMask = this.makeSrcMask(src);
    return this.decode(trg, this.encode(src, srcMask, trace), srcMask, trace);
  }

  /** Source ids -> encoder output [B, S, D]. @param {number[][]} src @param {Tensor} mask @param {Trace} trace */
  encode(src, mask, trace) {
    let x = this.embed("encoder", src, trace);
    for (let i = 0; i < this.config.num_layers; i++) {
      const attention = { weights: `encoder.layers.${i}`, place: `encoder.${i}`, name: "self_attention" };
      x = this.block(attention, x, null, mask, trace);
    }
    return trace.record("encoder.output", this.lastNorm("encoder", x));
  }

  /** Target ids and encoder output [B, S, D] -> logits [B, L, V].
   * @param {number[][]} trg @param {Tensor} encoded @param {Tensor} srcMask @param {Trace} trace */
  decode(trg, encoded, srcMask, trace) {
    const trgMask = this.makeTrgMask(trg);
    let x = this.embed("decoder", trg, trace);
    for (let i = 0; i < this.config.num_layers; i++) {
      const [weights, place] = [`decoder.layers.${i}`, `decoder.${i}`];
      const self = { weights: `${weights}.attention`, place: `${place}.self_attention`, positions: true };
      if (this.config.norm === "pre") {
        const normed = trace.record(`${place}.norm`, this.norm(`${weights}.norm`, x));
        x = trace.record(`${place}.residual`, x.plus(this.attention(self, normed, normed, trgMask, trace)));
      } else {
        x = trace.record(`${place}.residual`, x.plus(this.attention(self, x, x, trgMask, trace)));
        x = trace.record(`${place}.norm`, this.norm(`${weights}.norm`, x));
      }
      const cross = { weights: `${weights}.transformer_block`, place, name: "cross_attention" };
      x = this.block(cross, x, encoded, srcMask, trace);
    }
    x = trace.record("decoder.output", this.lastNorm("decoder", x));
    return trace.record("decoder.logits", this.project("decoder.fc_out", x));
  }

  /** Ids -> embeddings plus codes of positions, [B, L, D].
   * @param {string} side @param {number[][]} tokens @param {Trace} trace */
  embed(side, tokens, trace) {
    const { embed_dim: width, scale_embeddings: scaled, positions, max_len } = this.config;
    const [batch, length] = [tokens.length, tokens[0].length];
    if (length > max_len) throw new RangeError(`${length} tokens are more than the ${max_len} of this model`);
    const table = this.weight(`${side}.embed.weight`);
    let x = new Tensor([batch, length, width]);
    tokens.flat().forEach((id, i) => {
      x.values.set(table.values.subarray(id * width, (id + 1) * width), i * width);
    });
    if (scaled) x = x.map((value) => value * Math.sqrt(width));
    trace.record(`${side}.embedding`, x);
    let codes = new Tensor([1, length, width]);
    if (positions === "sinusoidal") codes = sinusoidalEncoding(length, width);
    if (positions === "learned")
      codes = new Tensor([1, length, width], this.weight(`${side}.position.pe`).values.slice(0, length * width));
    codes = trace.record(`${side}.position`, codes);
    return trace.record(`${side}.input`, trace.get(`${side}.embedding`).plus(codes.expand(x.shape)));
  }

  /** Attention, then a feed-forward network; around each a residual sum and a LayerNorm. Without `memory` the
   * queries are the keys (self-attention), else the keys are the encoder's output.
   * @param {{weights: string, place: string, name: string}} where @param {Tensor} x
   * @param {Tensor | null} memory @param {Tensor} mask @param {Trace} trace */
  block({ weights, place, name }, x, memory, mask, trace) {
    const attention = { weights: `${weights}.attention`, place: `${place}.${name}`, positions: !memory };
    if (this.config.norm === "pre") {
      let normed = trace.record(`${place}.norm1`, this.norm(`${weights}.norm1`, x));
      const attended = this.attention(attention, normed, memory ?? normed, mask, trace);
      x = trace.record(`${place}.residual1`, x.plus(attended));
      normed = trace.record(`${place}.norm2`, this.norm(`${weights}.norm2`, x));
      const forward = trace.record(`${place}.feed_forward`, this.feedForward(`${weights}.feed_forward`, normed));
      return trace.record(`${place}.residual2`, x.plus(forward));
    }
    const attended = this.attention(attention, x, memory ?? x, mask, trace);
    x = trace.record(`${place}.residual1`, x.plus(attended));
    x = trace.record(`${place}.norm1`, this.norm(`${weights}.norm1`, x));
    const forward = trace.record(`${place}.feed_forward`, this.feedForward(`${weights}.feed_forward`, x));
    x = trace.record(`${place}.residual2`, x.plus(forward));
    return trace.record(`${place}.norm2`, this.norm(`${weights}.norm2`, x));
  }

  /** H attentions side by side: softmax(Q K^T / sqrt(Dh)) V, [B, L, D] (section 3.2). `positions` says that
   * queries and keys are of one sequence, so that rotary and ALiBi positions act.
   * @param {{weights: string, place: string, positions: boolean}} where @param {Tensor} query
   * @param {Tensor} memory keys and values are computed from it @param {Tensor} mask @param {Trace} trace */
  attention({ weights, place, positions }, query, memory, mask, trace) {
    const { heads } = this.config;
    let q = this.splitHeads(this.project(`${weights}.fc_q`, query)); // [B, H, L, Dh]
    let k = this.splitHeads(this.project(`${weights}.fc_k`, memory)); // [B, H, S, Dh]
    const v = this.splitHeads(this.project(`${weights}.fc_v`, memory)); // [B, H, S, Dh]
    if (positions && this.config.positions === "rotary") {
      q = rotate(trace.record(`${place}.unrotated_query`, q));
      k = rotate(trace.record(`${place}.unrotated_key`, k));
    }
    q = trace.record(`${place}.query`, q);
    k = trace.record(`${place}.key`, k);
    const values = trace.record(`${place}.value`, v);
    let energy = matmul(q, k, true).map((value) => value / Math.sqrt(q.size(-1))); // [B, H, L, S]
    if (positions && this.config.positions === "alibi") {
      const bias = trace.record(`${place}.bias`, alibiBias(heads, k.size(2)));
      energy = energy.plus(bias.expand(energy.shape));
    }
    energy = trace.record(`${place}.energy`, energy);
    const allowed = trace.record(`${place}.mask`, mask).expand(energy.shape);
    const filled = energy.map((value, i) => (allowed.values[i] ? value : this.fill));
    const masked = trace.record(`${place}.masked_energy`, filled);
    const weightsOfKeys = trace.record(`${place}.weights`, softmax(masked));
    const context = trace.record(`${place}.context`, matmul(weightsOfKeys, values)); // [B, H, L, Dh]
    const merged = context.swapped().view(query.shape); // the heads side by side again: [B, L, D]
    return trace.record(`${place}.output`, this.project(`${weights}.fc_out`, merged));
  }

  /** [B, L, D] -> [B, H, L, Dh]: the same numbers, seen as H heads. @param {Tensor} x */
  splitHeads(x) {
    const { heads, embed_dim: width } = this.config;
    return x.view([x.size(0), x.size(1), heads, width / heads]).swapped();
  }

  /** Two linear layers with a ReLU between them. @param {string} name @param {Tensor} x */
  feedForward(name, x) {
    const hidden = this.project(`${name}.0`, x).map((value) => Math.max(value, 0));
    return this.project(`${name}.3`, hidden);
  }

  /** @param {string} name @param {Tensor} x */
  project(name, x) {
    return linear(x, this.weight(`${name}.weight`), this.weight(`${name}.bias`));
  }

  /** @param {string} name @param {Tensor} x */
  norm(name, x) {
    return layerNorm(x, this.weight(`${name}.weight`), this.weight(`${name}.bias`));
  }

  /** The one after all layers, which only pre-norm models have. @param {string} side @param {Tensor} x */
  lastNorm(side, x) {
    return this.config.norm === "pre" ? this.norm(`${side}.norm`, x) : x;
  }
}

/** A checkpoint as `transformer.learning.checkpoint` writes it, a safetensors file: 8 bytes that give the length
 * of a JSON header, the header, then the numbers of all tensors one after the other.
 * @param {ArrayBuffer} buffer */
export function readCheckpoint(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const { __metadata__: about, ...tensors } = header;
  /** @type {Map<string, Tensor>} */
  const weights = new Map();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(tensors)) {
    if (dtype !== "F32" || !name.startsWith("model.")) continue;
    const bytes = buffer.slice(8 + length + offsets[0], 8 + length + offsets[1]);
    weights.set(name.slice("model.".length), new Tensor(shape, new Float32Array(bytes)));
  }
  return new Transformer(JSON.parse(about.config), weights);
}
