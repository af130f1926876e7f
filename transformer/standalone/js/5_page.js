/** The page: a few controls, a grid that is drawn anew whenever one of them changes, and all of it in the address. */

const VIEWS = ["decoding", "laboratory", "broadcasting", "positions"];
const LIMIT = 40;
const DEFAULTS = {
  view: "decoding", input: "", show: "cross", strategy: "greedy", temperature: "1", topk: "0", topp: "1", seed: "0",
  head: "", fill: "-inf", inverted: "", cells: "", base: "10000", length: "32", lang: "",
};
const FILLS = { "-inf": -Infinity, "-1e9": -1e9, "-1e4": -1e4, "1e-20": 1e-20 };

class Page {
  /** @param {any} data @param {Transformer} model @param {(parts: any) => void} mount draws the grid */
  constructor(data, model, mount) {
    this.data = data;
    this.model = model;
    this.fill = model.fill;
    this.task = new Task(data.task);
    this.mount = mount;
    this.revision = 0;
    this.state = { ...DEFAULTS };
    addEventListener("hashchange", () => this.read());
    this.read();
  }

  /** Settings from the address; what is unknown or impossible is left at its default. */
  read() {
    const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    this.state = { ...DEFAULTS };
    for (const name of Object.keys(DEFAULTS)) if (typeof given[name] === "string") this.state[name] = given[name].slice(0, 400);
    if (!VIEWS.includes(this.state.view)) this.state.view = DEFAULTS.view;
    if (this.state.show !== "all" && !(this.state.show in ATTENTIONS)) this.state.show = DEFAULTS.show;
    this.build();
  }

  /** @param {string} name @param {string} value */
  set(name, value) {
    this.state[name] = value;
    const changed = Object.entries(this.state).filter(([key, one]) => one !== DEFAULTS[key]);
    history.replaceState(null, "", `#${new URLSearchParams(changed)}`);
    if (["view", "lang", "strategy"].includes(name)) this.build();
    else this.draw();
  }

  get language() {
    const wanted = this.state.lang || navigator.language.split("-")[0];
    return wanted in this.data.languages ? wanted : "en";
  }

  /** @param {string} text @param {Record<string, unknown>} [values] */
  t(text, values = {}) {
    const said = this.data.languages[this.language]?.[text] ?? text;
    return said.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
  }

  /** The head and the controls of the view. */
  build() {
    document.documentElement.lang = this.language;
    const t = this.t.bind(this);
    const controls = document.getElementById("controls");
    const tabs = VIEWS.map((view) => {
      const tab = node("button", { type: "button", textContent: t(view), ariaPressed: String(view === this.state.view) });
      tab.addEventListener("click", () => this.set("view", view));
      return tab;
    });
    const other = this.language === "en" ? "zh" : "en";
    const language = node("button", { type: "button", lang: other, textContent: other === "zh" ? "中文" : "English" });
    language.addEventListener("click", () => this.set("lang", other));
    controls.replaceChildren(...tabs, ...this.fields(), ...(other in this.data.languages ? [language] : []));
    document.getElementById("about").textContent = t(
      "A model of {size} numbers, trained to {task}. All you see is computed in this page, from its weights; training and files need the app.",
      { size: this.data.size.toLocaleString("en"), task: t(this.data.title) },
    );
    this.draw();
  }

  fields() {
    const t = this.t.bind(this);
    const attention = this.choice("show", t("attention"), this.state.view === "decoding" ? ["all", ...Object.keys(ATTENTIONS)] : Object.keys(ATTENTIONS));
    const input = this.field("input", t("input"), { placeholder: this.data.task.example, size: 18 });
    const strategy = this.choice("strategy", t("strategy"), ["greedy", "sampling"]);
    const number = (name, label, more) => this.field(name, t(label), { type: "number", ...more });
    const sampling = this.state.strategy === "sampling"
      ? [number("temperature", "temperature", { min: 0, max: 10, step: 0.1 }), number("topk", "top-k", { min: 0 }),
         number("topp", "top-p", { min: 0.01, max: 1, step: 0.05 }), number("seed", "seed", { min: 0 })]
      : [];
    const heads = ["", ...Array.from({ length: this.model.config.num_layers * this.model.config.heads }, (_, i) =>
      `${Math.floor(i / this.model.config.heads)}.${i % this.model.config.heads}`)];
    const off = this.choice("head", t("head switched off"), heads, (one) => one || t("none"));
    return {
      decoding: [input, attention, off, strategy, ...sampling],
      laboratory: [input, attention, this.choice("fill", t("fill value"), Object.keys(FILLS)),
        this.choice("inverted", t("polarity"), ["", "1"], (one) => (one ? t("inverted") : t("True = may attend"))), this.reset()],
      broadcasting: [input, attention],
      positions: [number("length", "positions", { min: 1, max: 200 }), number("base", "base", { min: 2 })],
    }[this.state.view];
  }

  reset() {
    const button = node("button", { type: "button", textContent: this.t("the model's own mask") });
    button.addEventListener("click", () => this.set("cells", ""));
    return button;
  }

  field(name, label, properties) {
    const input = node("input", { value: this.state[name], maxLength: 400, ...properties });
    input.addEventListener("input", () => this.set(name, input.value));
    return node("label", {}, label, input);
  }

  choice(name, label, options, say = (one) => this.t(one)) {
    const select = node("select", {}, ...options.map((one) => node("option", { value: one, textContent: say(one), selected: one === this.state[name] })));
    select.addEventListener("change", () => this.set(name, select.value));
    return node("label", {}, label, select);
  }

  /** The pass of the settings, and the grid of it. */
  draw() {
    const said = document.getElementById("said");
    said.textContent = "";
    const source = this.task.encode(this.state.input || this.data.task.example);
    if (!source || source.length > Math.min(LIMIT, this.model.config.max_len)) {
      said.textContent = this.t("This cannot be read; type something like {example}.", { example: this.data.task.example });
      return;
    }
    this.model.fill = this.state.view === "laboratory" && this.state.fill in FILLS ? this.filled() : this.fill;
    const scene = { model: this.model, task: this.task, t: this.t.bind(this) };
    const shown = this[this.state.view](scene, source);
    this.mount({
      data: gridData(shown.frames, this.data.texts[this.language], this.data.colours, {
        name: this.state.view, revision: ++this.revision, editable: Boolean(shown.onCells), start: shown.start ?? 0,
      }),
      onEvent: (event) => event.kind === "cell" && shown.onCells?.(event.cells),
    });
  }

  /** @returns {number} */
  filled() {
    return this.state.fill === "-inf" ? this.fill : FILLS[this.state.fill];
  }

  decoding(scene, source) {
    const sampling = this.state.strategy === "sampling"
      ? { temperature: within(this.state.temperature, 0, 10, 1), topK: within(this.state.topk, 0, 1e6, 0), topP: within(this.state.topp, 0.01, 1, 1), seed: within(this.state.seed, 0, 2 ** 31, 0) }
      : null;
    const steps = [...decodeSteps(this.model, source, LIMIT, sampling, this.switchedOff())];
    const attentions = this.state.show === "all" ? Object.keys(ATTENTIONS) : [this.state.show];
    return { frames: decodingFrames(scene, source, steps, attentions) };
  }

  /** A head gives nothing: its part of the context is zero in the attention chosen. */
  switchedOff() {
    const [layer, head] = this.state.head.split(".").map(Number);
    const { num_layers: layers, heads } = this.model.config;
    if (this.state.head === "" || !(layer < layers) || !(head < heads)) return new Map();
    const names = this.state.show === "all" ? Object.keys(ATTENTIONS) : [this.state.show];
    return new Map(names.map((name) => [`${placeOf(name, layer)}.context`, (context) => {
      const size = context.size(2) * context.size(3);
      return context.map((value, i) => (Math.floor(i / size) % heads === head ? 0 : value));
    }]));
  }

  laboratory(scene, source) {
    const attention = this.state.show === "all" ? "cross" : this.state.show;
    const before = [...decodeSteps(this.model, source, LIMIT)].at(-1).tokens;
    const read = before.slice(0, -1);
    const own = new Trace();
    this.model.forward([source], [read], own);
    const shape = own.get(`${placeOf(attention, 0)}.energy`).shape;
    const flipped = new Set(this.state.cells.split(" ").filter((one) => /^\d+,\d+$/.test(one)));
    const change = (mask, rows) => {
      const wide = mask.expand([1, 1, rows, mask.size(-1)]);
      return wide.map((value, i) => {
        const key = `${Math.floor(i / wide.size(-1)) % rows},${i % wide.size(-1)}`;
        const kept = flipped.has(key) ? 1 - value : value;
        return this.state.inverted ? 1 - kept : kept;
      });
    };
    const rowsOf = (mask) => (attention === "encoder" ? source.length : Math.max(mask.size(-2), 1));
    const edits = (rows) => new Map(Array.from({ length: this.model.config.num_layers }, (_, layer) =>
      [`${placeOf(attention, layer)}.mask`, (mask) => change(mask, rows ?? rowsOf(mask))]));
    const rows = shape[2];
    const mask = change(own.get(`${placeOf(attention, 0)}.mask`), rows);
    const trace = new Trace(edits(rows));
    this.model.forward([source], [read], trace);
    const steps = this.decodedWith(source, attention, change);
    const after = steps.at(-1).tokens;
    const tokens = [
      [scene.t("answer"), tokensOf(this.task, "target", before.slice(1))],
      [scene.t("answer with this mask"), after.slice(1).map((id, i) => ({ ...tokensOf(this.task, "target", [id])[0], kind: id === before[i + 1] ? "plain" : "wrong" }))],
    ];
    const probed = probeLeak(this.withMask(edits(null), attention, change), source, read);
    const stages = { ...headsOf(scene, trace, attention, source, read), name: scene.t("weights") };
    const first = {
      title: scene.t("mask"), tokens, tensors: [maskView(scene, mask.view([rows, shape[3]]), attention, source, read), stages],
      caption: scene.t("Click cells of the mask: it holds for all heads and layers of this attention, at every step of decoding."),
    };
    return {
      frames: [first, { ...leakFrame(scene, read, probed), tokens }],
      onCells: (cells) => {
        for (const cell of cells) {
          const key = cell.slice(-2).join(",");
          if (!flipped.delete(key)) flipped.add(key);
        }
        this.set("cells", [...flipped].join(" "));
      },
    };
  }

  /** The answer with the edited mask: a step's rows are those of the target so far. */
  decodedWith(source, attention, change) {
    const edits = new Map(Array.from({ length: this.model.config.num_layers }, (_, layer) =>
      [`${placeOf(attention, layer)}.mask`, (mask) => change(mask, attention === "encoder" ? source.length : this.rows)]));
    const model = Object.create(this.model);
    model.decode = (tokens, encoded, srcMask, trace) => {
      this.rows = tokens[0].length;
      return this.model.decode(tokens, encoded, srcMask, trace);
    };
    return [...decodeSteps(model, source, LIMIT, null, edits)];
  }

  /** The model with the edited mask in every pass. */
  withMask(edits, attention, change) {
    const model = Object.create(this.model);
    model.forward = (src, trg) => {
      const rows = attention === "encoder" ? src[0].length : trg[0].length;
      const all = new Map([...edits.keys()].map((place) => [place, (mask) => change(mask, rows)]));
      return this.model.forward(src, trg, new Trace(all));
    };
    return model;
  }

  broadcasting(scene, source) {
    const attention = this.state.show === "all" ? "cross" : this.state.show;
    const read = [...decodeSteps(this.model, source, LIMIT)].at(-1).tokens.slice(0, -1);
    const trace = new Trace();
    this.model.forward([source], [read], trace);
    return { frames: broadcastingFrames(scene, trace, attention, source, read) };
  }

  positions(scene) {
    return { frames: positionFrames(scene, within(this.state.length, 1, 200, 32), within(this.state.base, 2, 1e9, 10000)) };
  }
}

/** A number from a field, its default where it is none or out of range. */
function within(text, low, high, otherwise) {
  const number = text === "" ? NaN : Number(text);
  return number >= low && number <= high ? number : otherwise;
}

/** An element with its properties; text is text, never HTML. */
function node(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
