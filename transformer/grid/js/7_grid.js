/**
 * The component: steps through the frames and answers pointer and keyboard without the server.
 */

const SPEEDS = [0.5, 1, 2, 4];
const STEP_MS = 1000;
const REST_MS = 400;
const UNANSWERED_MS = 2000;
const MIRRORED = 2500;
const MAX_TICKS = 60;
const WORTH_NOTES = 1.05;
const PRESENTER_SCALE = 1.4;
const FULL_HEIGHT = 520;
const LEAST_FULL_SCALE = 1.4;
const MOST_FULL_SCALE = 2.2;

class Grid {
  constructor(root) {
    this.root = root;
    this.at = 0;
    /** @type {Lock|null} */
    this.lock = null;
    /** @type {Cell|null} */
    this.hover = null;
    this.painted = null;
    /** Cells clicked while an earlier click is not answered yet: tensor and index, by both as text. */
    this.unsent = new Map();
    this.unanswered = false;
    this.windows = new Map();
    this.lockedNames = new Set();
    this.speed = 1;
    this.figures = [];
    /** Room kept for each tensor, by name, where all frames show the same ones. */
    this.slots = new Map();
    this.build();
    this.observer = new ResizeObserver(() => this.resized());
    this.onResize = () => this.resized();
    window.addEventListener("resize", this.onResize);
  }

  dispose() {
    this.pause();
    for (const timer of [this.resting, this.mirroring, this.waiting]) clearTimeout(timer);
    this.observer.disconnect();
    this.full.dispose();
    this.keyboard.dispose();
    window.removeEventListener("resize", this.onResize);
  }

  // ----- skeleton

  build() {
    const { root } = this;
    this.transport = el("div", { class: "transport" });
    this.title = el("b", { class: "title" });
    this.caption = el("span", { class: "caption", "data-testid": "tg-caption" });
    this.sentence = el("div", { class: "sentence" }, this.title, " ", this.caption);
    this.step = el("span", { class: "step", "data-testid": "tg-step" });
    this.unlock = el("button", { type: "button", class: "unlock", "data-testid": "tg-unlock" });
    this.tokens = el("div", { class: "tokens", "data-testid": "tg-tokens" });
    this.figureList = el("div", { class: "figures" });
    this.legend = el("div", { class: "legend", "data-testid": "tg-legend" });
    this.bars = el("div", { class: "bars", "data-testid": "tg-bars" });
    this.facts = el("dl", { class: "facts", "data-testid": "tg-facts" });
    this.readout = el("div", { class: "readout", "data-testid": "tg-readout" });
    this.code = el("code", { "data-testid": "tg-code" });
    this.copy = el("button", { type: "button", class: "copy" });
    this.codeBox = el("div", { class: "code" }, el("pre", {}, this.code), this.copy);
    this.live = el("div", { class: "unseen", "aria-live": "polite" });
    this.mirror = el("div", { class: "unseen", "data-testid": "tg-mirror" });
    this.lens = new Lens(this);
    this.link = new TokenLink(this);
    this.curves = new Curves(this);
    this.stage = new Stage(this);
    this.full = new FullScreen(this);
    this.keyboard = new Keyboard(this);
    const { above, side, under, over, after } = this.stage;
    this.strips = el("div", { class: "strips" }, this.tokens, this.link.words);
    this.picturePart = el("div", { class: "picture" }, this.figureList, this.legend);
    this.main = el("div", { class: "main" }, this.picturePart, this.curves.node, side);
    this.box = el("div", { class: "box" }, this.sentence, above, this.main, under, over);
    this.frame = el("div", { class: "frame", "data-testid": "tg-frame" }, this.box, after);
    root.replaceChildren(this.transport, this.frame, this.lens.canvas, this.live, this.mirror);
    root.tabIndex = 0;
    root.setAttribute("role", "group");
    this.unlock.onclick = () => this.setLock(null);
    this.mirror.onclick = (event) => this.mirrored(event, () => this.act());
    this.mirror.onmouseover = (event) => this.mirrored(event, () => {});
    this.copy.onclick = async () => {
      await copyText(this.code.textContent);
      this.copy.textContent = this.texts.copied;
      setTimeout(() => (this.copy.textContent = this.texts.copy), 1200);
    };
  }

  // ----- new data

  update(data, send) {
    const before = this.data?.options;
    this.send = send;
    if (this.isEcho(data)) return this.follow(data, before);
    if (data !== this.data) this.take(data, before);
    this.root.setAttribute("aria-label", `${this.texts.grid} ${this.keysText()}`);
    this.keyboard.listen();
    this.nameHost();
    for (const name of ["masked", "pad", "chosen", "right", "wrong"]) {
      this.root.style.setProperty(`--tg-${name}`, data.colours[name]);
    }
    this.buildTransport();
    this.copy.textContent = this.texts.copy;
    this.unlock.textContent = this.texts.shrink;
    this.curves.reserve();
    this.redraw();
    document.fonts.ready.then(() => this.fontsCame());
    this.watch();
    this.sendUnsent();
    return undefined;
  }

  /** A link of the page to `#grid-<name>` brings the focus here. */
  nameHost() {
    const { host } = this.root.getRootNode();
    if (!host) return;
    host.id = `grid-${this.data.options.name}`;
    host.tabIndex = -1;
    host.onfocus = () => this.root.focus({ preventScroll: true });
  }

  /** How large everything is drawn, text too. */
  get scale() {
    if (this.isFull) return Math.max(LEAST_FULL_SCALE, Math.min(window.innerHeight / FULL_HEIGHT, MOST_FULL_SCALE));
    return this.data.options.presenter ? PRESENTER_SCALE : 1;
  }

  /** Draw all of it in the colours, the size and the room that there are. */
  redraw() {
    const key = Look.key(this.root, this.data, this.scale);
    if (key !== this.look?.key) this.look = new Look(this.root, this.data, key, this.scale);
    this.root.classList.toggle("presenter", this.scale > 1);
    this.root.style.setProperty("--tg-ratio", this.look.scale);
    this.root.style.colorScheme = isLight(this.look.back) ? "light" : "dark";
    this.relayout();
  }

  /** Lines of text were measured in another font before. */
  fontsCame() {
    if (this.root.isConnected && Look.key(this.root, this.data, this.scale) !== this.look.key) this.redraw();
  }

  /** The room changes with the window, and with the height of whatever stands above: then what holds both grows. */
  watch() {
    for (let node = this.root; node; node = parentOf(node)) this.observer.observe(node);
  }

  /** Whether all is as it was but, perhaps, where the view should be: what a report of ours brings back. */
  isEcho(data) {
    const { start, lock, ...options } = data.options;
    const scale = this.data ? this.scale : 0;
    const sent = JSON.stringify([{ ...data, options }, Look.key(this.root, data, scale)]);
    const same = sent === this.sent;
    this.sent = sent;
    return same;
  }

  /** Nothing new to draw; the page may want another frame or panel. */
  follow(data, before) {
    const { at, lock } = this;
    this.data.options = data.options;
    this.go(data, before);
    if (at !== this.at || lock !== this.lock) this.relayout();
    else this.showHover();
  }

  /** New data: what is worked out from it is worked out anew. */
  take(data, before) {
    this.data = data;
    this.texts = data.texts;
    this.arrays = data.arrays.map((packed) => new Values(packed, data.codecs));
    this.tensors = new Map();
    this.spans = barSpans(data.frames);
    this.go(data, before);
    if (this.hover && !this.valid(this.hover)) this.hover = null;
  }

  /** Keep frame and lock; follow `start` and `lock` where the page changed them, not where it echoes us. */
  go(data, before) {
    const { options } = data;
    this.painted = null;
    const asked = !before || before.revision !== options.revision;
    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    const titles = data.frames.map(({ title }) => title);
    if (before && options.follow && !same(titles, this.titles)) this.at = this.followed(titles);
    else if ((asked || before.start !== options.start) && options.start !== this.reportedFrame) {
      this.at = this.reportedFrame = options.start;
    }
    this.at = Math.min(this.at, data.frames.length - 1);
    this.titles = titles;
    const moved = asked || !same(before.lock, options.lock);
    if (moved && !same(options.lock, this.reportedLock)) this.lock = this.reportedLock = options.lock;
  }

  /** Where to stay when frames came or went: at the newest, else at the same one, else about as far along. */
  followed(titles) {
    const [before, last] = [this.titles.length - 1, titles.length - 1];
    if (this.at === before) return last;
    const same = titles.indexOf(this.titles[this.at]);
    return same >= 0 ? same : Math.round((this.at / before) * last);
  }

  get isFull() {
    return this.full.on;
  }

  /** Whether large text leaves little room: what is of use to who stands at the computer only is left out. */
  get isCrowded() {
    return this.stage.fills && !this.isFull && this.data.options.presenter;
  }

  get count() {
    return this.data.frames.length;
  }

  get isPicturable() {
    return this.count > 1 || this.data.options.picture;
  }

  /** @returns {Tensor[]} the tensors of frame number `at` */
  tensorsOf(at) {
    if (!this.tensors.has(at)) {
      const found = this.data.frames[at].tensors.map((packed) => new Tensor(this.data, this.arrays, packed));
      for (const tensor of found) for (const operand of tensor.operands) operand.result = tensor.shape;
      this.tensors.set(at, found);
    }
    return this.tensors.get(at);
  }

  valid({ pos, index }) {
    const tensor = this.tensorsOf(this.at)[pos];
    return tensor && tensor.rank === index.length && index.every((value, axis) => value < tensor.shape[axis]);
  }

  // ----- what stands around the picture

  buildTransport() {
    const { texts, transport } = this;
    this.root.classList.toggle("alone", this.count < 2);
    this.root.classList.toggle("strips-only", this.count < 2 && this.data.frames[0].tensors.length === 0);
    this.root.classList.toggle("picturable", this.isPicturable);
    if (texts.scrub === this.scrub?.getAttribute("aria-label")) return this.stretchTransport();
    const focused = this.root.getRootNode().activeElement?.dataset?.testid;
    const scrub = el("input", {
      type: "range", min: 0, max: this.count - 1, step: 1, "data-testid": "tg-scrub", "aria-label": texts.scrub,
    });
    scrub.oninput = () => this.visit(Number(scrub.value));
    const speed = el("select", { "data-testid": "tg-speed", "aria-label": texts.speed, title: texts.speed });
    for (const factor of SPEEDS) speed.append(el("option", { value: factor }, `${factor}×`));
    speed.value = String(this.speed);
    speed.onchange = () => this.setSpeed(Number(speed.value));
    this.scrub = scrub;
    this.playButton = button("tg-play", "play", texts.play, () => this.toggle());
    transport.replaceChildren(
      button("tg-first", "first", texts.first, () => this.visit(0)),
      button("tg-prev", "previous", texts.previous, () => this.visit(this.at - 1)),
      this.playButton,
      button("tg-next", "next", texts.next, () => this.visit(this.at + 1)),
      button("tg-last", "last", texts.last, () => this.visit(this.count - 1)),
      el("span", { class: "scrub" }, scrub, this.ticks()),
      this.step,
      speed,
      this.unlock,
      button("tg-image", "image", texts.image, () => saveImage(this)),
      button("tg-full", "full", texts.full, () => this.full.toggle()),
    );
    this.stage.places = null; // the sentence may have stood in the old bar
    if (focused) transport.querySelector(`[data-testid="${focused}"]`)?.focus();
    this.showPlaying();
  }

  /** In the same language only the number of frames differs; a new bar would slip out of a hand that drags it. */
  stretchTransport() {
    this.scrub.max = this.count - 1;
    this.scrub.nextSibling.replaceWith(this.ticks());
  }

  /** A mark under the scrub bar for every step, to click or read. */
  ticks() {
    const marks = el("span", { class: "ticks" });
    if (this.count > MAX_TICKS) return marks;
    this.data.frames.forEach((frame, i) => {
      const mark = el("span", { class: "tick", title: frame.title });
      mark.onclick = () => this.visit(i);
      marks.append(mark);
    });
    return marks;
  }

  /** Every part is filled with what takes most room, for the fit. */
  reserve() {
    const weights = {
      sentence: (frame) => `${frame.title}${frame.caption ?? ""}`.length,
      tokens: (frame) => (frame.tokens ?? []).reduce((sum, [, strip]) => sum + strip.length, 0),
      link: (frame) => (frame.link ? 1 : 0),
      bars: (frame) => (frame.bars ?? []).reduce((sum, [, bars]) => sum + bars.length, 0),
      facts: (frame) => (frame.facts ?? []).length,
      codeBox: (frame) => (frame.code ?? "").length,
    };
    const columns = Math.max(...this.data.frames.map((frame) => frame.bars?.length ?? 0));
    this.bars.dataset.columns = Math.min(columns, 3);
    for (const [part, weight] of Object.entries(weights)) {
      const node = this.nodeOf(part);
      node.style.minHeight = "";
      const heaviest = this.data.frames.reduce((a, b) => (weight(b) > weight(a) ? b : a));
      node.hidden = weight(heaviest) === 0;
      if (!node.hidden) this.fillPart(part, heaviest);
    }
    this.step.textContent = this.stepText(this.count - 1);
    this.unlock.hidden = !this.lock;
    this.readout.hidden = this.data.frames.every((frame) => frame.tensors.length === 0);
    this.readout.classList.toggle("tall", this.data.views.some(({ formula }) => formula));
    this.stage.show();
    this.legendHeights = new Map();
  }

  /** What stands above the picture keeps its tallest frame's height, so that the picture stays in place while stepping. */
  keepHeights() {
    if (this.count > 1) keepHeights([this.sentence, this.tokens, this.link.words]);
  }

  nodeOf(part) {
    return part === "link" ? this.link.words : this[part];
  }

  fillPart(part, frame) {
    const fillers = {
      sentence: () => {
        this.title.textContent = frame.title;
        this.caption.replaceChildren(...prose(frame.caption ?? ""));
      },
      tokens: () => {
        this.tokens.classList.toggle("in-columns", frame.columns > 0);
        this.tokens.style.gridTemplateColumns = frame.columns ? `repeat(${frame.columns + 1}, max-content)` : "";
        this.tokens.classList.toggle("linked", Boolean(frame.link));
        const focused = this.tokens.contains(this.root.getRootNode().activeElement);
        this.tokens.replaceChildren(...(frame.tokens ?? []).map(tokenStrip));
        if (focused) this.root.focus({ preventScroll: true });
      },
      link: () => this.link.take(frame),
      bars: () =>
        this.bars.replaceChildren(...(frame.bars ?? []).map((column) => barColumn(column, this.spans[column[0]]))),
      facts: () => this.facts.replaceChildren(...(frame.facts ?? []).map(factItem)),
      codeBox: () => {
        this.code.textContent = frame.code ?? "";
        this.codeBox.style.visibility = frame.code ? "visible" : "hidden";
      },
    };
    fillers[part]();
  }

  // ----- layout

  resized() {
    if (!this.data || this.stage.key === this.fittedKey) return;
    this.redraw();
  }

  /** Cells of one name are equally large in all frames, so that stepping compares like with like. */
  relayout() {
    this.lockedNames = this.lock ? this.kin(this.lock.tensor) : new Set();
    this.reserve();
    this.stage.fit();
    this.fittedKey = this.stage.key;
    this.root.dataset.places = Object.values(this.stage.places).join(" ");
    this.show();
    if (this.revealRow()) this.show();
  }

  /**
   * Size the cells of all frames; without the numbers under panels where cells would be too small beside them.
   * @returns {number} as `planWith` does
   */
  plan() {
    const ratio = this.planWith(true);
    if (ratio >= 1 || !this.stage.fills || !this.data.frames.some(({ tensors }) => tensors.some((one) => one.notes))) return ratio;
    const without = this.planWith(false);
    return without > ratio * WORTH_NOTES ? without : this.planWith(true);
  }

  /**
   * Size the cells of all frames for the room that the picture has.
   * @returns {number} the smallest cell that fits, in terms of what it should be; 0 if none does
   */
  planWith(notes) {
    this.look.notes = notes;
    this.room = this.look.room = Math.floor(this.figureList.getBoundingClientRect().width); // clientWidth may be rounded up
    const limits = this.limits();
    this.tall = limits.heights[0];
    this.plans = this.plansFor(limits);
    this.cells = new Map();
    for (const [key, at] of this.kinds()) {
      const plan = this.plans.get(key);
      this.tensorsOf(at).forEach(({ name }, i) => {
        if (plan.cell > 0) this.cells.set(name, Math.min(this.cells.get(name) ?? Infinity, plan.cells[i]));
      });
    }
    this.slots = this.roomForEach();
    return Math.min(...[...this.plans.values()].map(({ ratio }) => ratio));
  }

  /** An arrangement for each kind of frame. Frames that show the same tensors have them side by side alike. */
  plansFor(limits) {
    const kinds = [...this.kinds()];
    const arranged = (lines) =>
      kinds.map(([key, at]) => [key, arrange(this.tensorsOf(at), this.room, limits, this.look, (one) => this.isLocked(one), lines)]);
    const free = arranged();
    const [, smallest] = free.reduce((a, b) => (b[1].cell < a[1].cell ? b : a));
    const alike = free.every(([, { perLine }]) => perLine === smallest.perLine);
    return new Map(alike || !this.showsTheSame ? free : arranged([smallest.perLine]));
  }

  /** Whether every frame shows tensors of the same names. */
  get showsTheSame() {
    const names = (at) => String(this.tensorsOf(at).map(({ name }) => name));
    return [...this.kinds().values()].every((at) => names(at) === names(0));
  }

  /** How tall a picture may be, and which cells are large enough not to make it taller. */
  limits() {
    const { height } = this.data.options;
    const asked = height ? this.look.scale * height : Infinity;
    if (!this.stage.fills) {
      const tall = Math.min(asked, this.look.scale * windowShare());
      return { heights: [tall, (count) => tall * Math.max(SCROLLING, count)], sizes: () => ({ least: ENOUGH_CELL, wanted: ENOUGH_CELL, most: Infinity }) };
    }
    const tall = Math.min(asked, Math.floor(this.main.getBoundingClientRect().height) - this.legendHeight());
    return { heights: [tall, () => Infinity], sizes: sizesOf, windowed: true };
  }

  /** A frame of every kind: those with equal shapes are laid out alike. @returns {Map<string, number>} */
  kinds() {
    return new Map(this.data.frames.map((_, at) => [this.planKey(at), at]));
  }

  /** Padding of the grid above and below. */
  edges() {
    const { paddingTop, paddingBottom } = getComputedStyle(this.root);
    return parseFloat(paddingTop) + parseFloat(paddingBottom);
  }

  /** Height that the line of legends under the picture needs in any frame. */
  legendHeight() {
    const width = this.picturePart.offsetWidth;
    const key = `${width} ${this.look.notes}`;
    if (!this.legendHeights.has(key)) {
      const heights = [...this.kinds().values()].map((at) => {
        this.legend.replaceChildren(...legendParts(this.tensorsOf(at), this));
        return this.legend.childElementCount ? Math.ceil(this.legend.getBoundingClientRect().height) : 0;
      });
      this.legendHeights.set(key, Math.max(0, ...heights) + (width && LEGEND_GAP));
    }
    return this.legendHeights.get(key);
  }

  /** Height of the tallest frame's picture with its legend. */
  tallestPicture() {
    const heights = [...this.kinds().values()].map((at) => this.pictureHeight(at));
    return Math.max(0, ...heights) + this.legendHeight();
  }

  /** The largest width and height of each tensor, so that its neighbours stay in place while it grows. */
  roomForEach() {
    const slots = new Map();
    if (!this.showsTheSame) return slots;
    for (const [key, at] of this.kinds()) {
      for (const tensor of this.tensorsOf(at)) {
        const { geometry } = this.picture(tensor, this.plans.get(key));
        const { width, height } = slots.get(tensor.name) ?? { width: 0, height: 0 };
        const most = { width: Math.max(width, geometry.outer), height: Math.max(height, geometry.height + geometry.sliders) };
        slots.set(tensor.name, most);
      }
    }
    return slots;
  }

  pictureHeight(at) {
    const plan = this.plans.get(this.planKey(at));
    const lines = [];
    for (const tensor of this.tensorsOf(at)) {
      const { geometry } = this.picture(tensor, plan);
      const room = this.slots.get(tensor.name) ?? { width: geometry.outer, height: geometry.height + geometry.sliders };
      const last = lines.at(-1);
      const width = (last?.width ?? -FIGURE_GAP) + FIGURE_GAP + room.width;
      if (last && width <= this.room) Object.assign(last, { width, height: Math.max(last.height, room.height) });
      else lines.push({ width: room.width, height: room.height });
    }
    return sum(lines.map(({ height }) => height + this.look.around)) - LINE_GAP;
  }

  planKey(at) {
    return this.tensorsOf(at).map((tensor) => tensor.signature).join("/");
  }

  /** @returns {Picture} */
  picture(tensor, plan) {
    const locked = this.isLocked(tensor);
    const smallest = this.stage.fills && tensor.view.show ? NUMBER_CELL * this.look.scale : smallestCell(tensor, (one) => this.isLocked(one));
    const cell = this.look.snap(plan.cell > 0 ? this.cells.get(tensor.name) : smallest);
    const whole = fullCounts(tensor, locked);
    const share = shareOf(this.room, plan.perLine);
    const company = plan.company.get(tensor.name);
    const counts = this.countsOf(tensor, cell, whole, plan, company);
    const sliders = plan.windowed ? slidersHeight(tensor, counts, share, this.look) : 0;
    return this.pictureOf(tensor, { ...measure(tensor, cell, counts, share, this.look, company), sliders });
  }

  /** How much of each axis is shown. In a stage, tensors above each other share its height. */
  countsOf(tensor, cell, whole, plan, company) {
    const share = shareOf(this.room, plan.perLine);
    if (plan.windowed) {
      const tall = this.tall / Math.ceil(plan.company.size / plan.perLine) - this.look.around;
      return windowWithSliders(tensor, cell, whole, plan.cell > 0 ? this.room : share, tall, this.look, company);
    }
    return plan.cell > 0 ? whole : windowCounts(tensor, cell, whole, share, this.tall, this.look, company);
  }

  pictureOf(tensor, geometry, lead = this.isLocked(tensor) ? this.lock.panel : []) {
    const starts = this.starts(tensor, geometry.counts, lead);
    const row = tensor.rank === 2 ? this.data.frames[this.at].row - starts[0] : NaN;
    return { tensor, geometry, starts, panels: panelsOf(tensor, geometry, starts), look: this.look, row };
  }

  /** Where the visible part begins on every axis; tensors of one shape move together. */
  starts(tensor, counts, lead) {
    const key = String(tensor.shape);
    if (!this.windows.has(key)) this.windows.set(key, tensor.shape.map(() => 0));
    const moved = this.windows.get(key);
    return tensor.shape.map((length, axis) =>
      Math.max(0, Math.min(lead[axis] ?? moved[axis], length - counts[axis])),
    );
  }

  // ----- showing a frame

  /** Go to frame number `at`, if there is one. */
  visit(at) {
    this.pauseUnless(this.advancing);
    const next = Math.max(0, Math.min(at, this.count - 1));
    if (next === this.at) return;
    this.at = next;
    this.revealRow();
    if (this.hover && !this.valid(this.hover)) this.hover = null;
    this.show();
    this.rest();
  }

  /** Go to the frame that is about a row, if there is one. */
  visitRow(row) {
    const at = this.data.frames.findIndex((frame) => frame.row === row);
    if (at >= 0) this.visit(at);
  }

  /** Move the window of a large matrix to the row that the frame is about; whether it had to be moved. */
  revealRow() {
    const { row } = this.data.frames[this.at];
    if (row === undefined) return false;
    const away = this.figures.filter(({ picture: { tensor, geometry, starts } }) => {
      const [count] = geometry.counts;
      return tensor.rank === 2 && row < tensor.shape[0] && (row < starts[0] || row >= starts[0] + count);
    });
    for (const { picture } of away) {
      this.windows.get(String(picture.tensor.shape))[0] = Math.max(0, row - (picture.geometry.counts[0] >> 1));
    }
    return away.length > 0;
  }

  show() {
    const frame = this.data.frames[this.at];
    this.frame.dataset.frame = this.at;
    this.frame.dataset.title = frame.title;
    for (const part of ["sentence", "tokens", "link", "bars", "facts", "codeBox"]) {
      if (!this.nodeOf(part).hidden) this.fillPart(part, frame);
    }
    this.step.textContent = this.stepText(this.at);
    this.followTokens();
    this.scrub.value = String(this.at);
    this.scrub.setAttribute("aria-valuetext", frame.title);
    this.showTensors();
    this.showHover();
    this.announce(frame);
    this.mirrorSoon();
  }

  stepText(at) {
    return this.count > 1 ? fill(this.texts.step, { number: at + 1, total: this.count }) : "";
  }

  showTensors() {
    const tensors = this.tensorsOf(this.at);
    this.unlock.hidden = !tensors.some((tensor) => this.isLocked(tensor));
    this.legend.replaceChildren(...legendParts(tensors, this));
    const plan = this.plans.get(this.planKey(this.at));
    while (this.figures.length < tensors.length) this.figures.push(new Figure(this));
    while (this.figures.length > tensors.length) this.figures.pop().node.remove();
    tensors.forEach((tensor, pos) => {
      const figure = this.figures[pos];
      if (!figure.node.isConnected) this.figureList.append(figure.node);
      figure.show(this.picture(tensor, plan), pos);
    });
    this.curves.show();
  }

  /** Strips that are longer than the page is wide are moved to where the step is. */
  followTokens() {
    const { tokens } = this;
    const here = [...tokens.querySelectorAll(".token.chosen, .token.pointed")].at(-1);
    if (!here || tokens.scrollWidth <= tokens.clientWidth) return;
    const [chip, strip] = [here.getBoundingClientRect(), tokens.getBoundingClientRect()];
    tokens.scrollLeft += chip.left + chip.width / 2 - (strip.left + strip.width / 2);
  }

  announce(frame) {
    if (this.timer) return;
    const said = [frame.title, frame.caption].filter(Boolean).join(". ");
    const words = said || this.tensorsOf(this.at).map(({ name }) => name).join(", ");
    if (words === this.announced) return; // the frame is the same; what was said last may be a cell
    this.announced = this.live.textContent = words;
  }

  // ----- play

  toggle() {
    if (this.timer) return this.pause();
    if (this.at === this.count - 1) this.visit(0);
    this.play();
  }

  play() {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.advance(), STEP_MS / this.speed);
    this.showPlaying();
  }

  advance() {
    this.advancing = true;
    this.visit(this.at + 1);
    this.advancing = false;
    if (this.at === this.count - 1) this.pause();
  }

  pause() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
    this.showPlaying();
    this.announce(this.data.frames[this.at]);
    this.rest();
  }

  pauseUnless(keep) {
    if (!keep) this.pause();
  }

  setSpeed(speed) {
    this.speed = speed;
    if (this.timer) this.play();
  }

  showPlaying() {
    const name = this.timer ? "pause" : "play";
    this.playButton.replaceChildren(icon(name));
    this.playButton.setAttribute("aria-label", this.texts[name]);
    this.playButton.title = this.texts[name];
    this.playButton.dataset.playing = String(Boolean(this.timer));
  }

  // ----- keyboard

  /** What a key does with the focus on `target`, or null. */
  actOf(key, target) {
    const inButton = target.tagName === "BUTTON";
    const inCells = this.figures.some(({ over }) => over === target) || (this.count < 2 && target === this.root);
    const acts = {
      Escape: () => this.escape(target),
      " ": inButton ? null : () => (inCells || this.count < 2 ? this.act() : this.toggle()),
      Enter: inButton ? null : () => this.act(),
      ...this.pageKeys(),
      ...(inCells ? this.cursorKeys() : this.stepKeys()),
    };
    return acts[key] ?? null;
  }

  /** Keys that do the same wherever the focus is. */
  pageKeys() {
    const [full, save] = [() => this.full.toggle(), this.isPicturable ? () => saveImage(this) : null];
    return { f: full, F: full, s: save, S: save };
  }

  stepKeys() {
    return {
      ArrowLeft: () => this.visit(this.at - 1),
      ArrowRight: () => this.visit(this.at + 1),
      Home: () => this.visit(0),
      End: () => this.visit(this.count - 1),
    };
  }

  cursorKeys() {
    return {
      ArrowLeft: () => this.moveCursor(1, -1),
      ArrowRight: () => this.moveCursor(1, 1),
      ArrowUp: () => this.moveCursor(2, -1),
      ArrowDown: () => this.moveCursor(2, 1),
    };
  }

  /** One thing at a time is left: the enlarged panel, the cells, the whole screen. */
  escape(target) {
    if (this.lock) this.setLock(null);
    else if (target !== this.root && this.figures.some(({ over }) => over === target)) this.root.focus();
    else if (this.full.on) this.full.leave();
  }

  /** The focus came to a picture: the cursor stands in one of its cells. */
  enterCells(pos) {
    if (this.hover?.pos !== pos) this.setCursor({ pos, index: this.firstCell(pos) });
  }

  firstCell(pos) {
    const { tensor, panels } = this.figures[pos].picture;
    return size(tensor.shape) ? [...panels[0].lead, ...this.figures[pos].picture.starts.slice(-2)] : null;
  }

  /** Move along the axis `back` from the right; from a panel's last cell to the next panel's first. */
  moveCursor(back, step) {
    const pos = this.hover?.pos ?? 0;
    if (!this.hover) return this.figures[pos] && this.setCursor({ pos, index: this.firstCell(pos) });
    const tensor = this.tensorsOf(this.at)[pos];
    const index = [...this.hover.index];
    const [cell, panel] = [tensor.rank - back, tensor.rank - back - 2];
    const next = index[cell] + step;
    if (next >= 0 && next < tensor.shape[cell]) index[cell] = next;
    else if (panel >= 0 && !this.isLocked(tensor) && index[panel] + step >= 0 && index[panel] + step < tensor.shape[panel]) {
      index[panel] += step;
      index[cell] = step > 0 ? 0 : tensor.shape[cell] - 1;
    }
    return this.setCursor({ pos, index });
  }

  /** Point at a cell by key: it is brought into view and said. */
  setCursor(cell) {
    if (!cell.index) return;
    this.figures[cell.pos].reveal(cell.index);
    this.setHover(cell);
    this.live.textContent = this.readout.textContent;
  }

  /** Which keys do what in this grid. */
  keysText() {
    const { texts, data } = this;
    const one = data.options.editable ? texts.editKeys : texts.enlargeKeys;
    return this.count > 1 ? texts.stepKeys : one;
  }

  /** Which keys do what in the picture of a tensor. */
  cellKeys(tensor) {
    const { texts, data } = this;
    if (data.options.editable) return texts.editKeys;
    return tensor.panels > 1 ? texts.enlargeKeys : texts.readKeys;
  }

  /** What Enter does to the cell under the cursor. */
  act() {
    if (!this.hover) return;
    if (this.data.options.editable) this.sendCells(this.hover.pos, [this.hover.index]);
    else this.choose(this.hover);
  }

  /** What a click does to a cell: go to its row where steps are about rows, else enlarge its panel. */
  choose(cell) {
    if (this.hasRows) this.visitRow(cell.index.at(-2));
    else this.toggleLock(cell);
  }

  get hasRows() {
    return this.data.frames[this.at].row !== undefined;
  }

  // ----- lock

  /** Whether `tensor` shows one enlarged panel: the locked one, and those shaped alike in every frame. */
  isLocked(tensor) {
    return tensor.panels > 1 && this.lockedNames.has(tensor.name);
  }

  /** Names of tensors that have the shape of `name` wherever both are drawn. */
  kin(name) {
    const alike = new Map();
    for (let at = 0; at < this.count; at++) {
      const tensors = this.tensorsOf(at);
      const own = tensors.find((tensor) => tensor.name === name);
      if (!own) continue;
      for (const other of tensors) {
        const same = String(other.shape) === String(own.shape);
        alike.set(other.name, same && (alike.get(other.name) ?? true));
      }
    }
    return new Set([...alike].filter(([, same]) => same).map(([other]) => other));
  }

  toggleLock({ pos, index }) {
    const tensor = this.tensorsOf(this.at)[pos];
    if (this.isLocked(tensor)) return this.setLock(null);
    if (tensor.panels <= 1) return undefined;
    return this.setLock({ tensor: tensor.name, panel: index.slice(0, -2) });
  }

  setLock(lock) {
    if (!lock && !this.lock) return;
    this.lock = lock;
    this.relayout();
    if (this.data.options.report.includes("lock")) this.report("lock");
  }

  // ----- events for Python

  /** Tell the page once the user has stayed at a frame for a moment. */
  rest() {
    clearTimeout(this.resting);
    if (this.timer || !this.data.options.report.includes("frame") || this.at === this.reportedFrame) return;
    this.resting = setTimeout(() => this.report("frame"), REST_MS);
  }

  report(kind, tensor = "", cells = []) {
    this.reportedFrame = this.at;
    this.reportedLock = this.lock;
    this.send({ kind, tensor, cells, frame: this.at, lock: this.lock });
  }

  sendCells(pos, indices) {
    const tensor = this.tensorsOf(this.at)[pos];
    this.painted = { pos, cells: indices };
    this.showHover();
    for (const index of indices) {
      const cell = [tensor.name, tensor.shown(index)];
      const key = JSON.stringify(cell);
      if (!this.unsent.delete(key)) this.unsent.set(key, cell); // clicked twice, it is as it was
    }
    if (!this.unanswered) this.sendUnsent();
  }

  /** One event at a time, about one tensor: of two that are under way Streamlit keeps the later. */
  sendUnsent() {
    clearTimeout(this.waiting);
    this.unanswered = this.unsent.size > 0;
    if (!this.unanswered) return;
    this.waiting = setTimeout(() => (this.forgetPaint(), this.sendUnsent()), UNANSWERED_MS);
    const all = [...this.unsent.values()];
    const [name] = all[0];
    this.unsent = new Map([...this.unsent].filter(([, [tensor]]) => tensor !== name));
    this.report("cell", name, all.filter(([tensor]) => tensor === name).map(([, cell]) => cell));
  }

  /** The page may leave everything as it was, and then no new data comes. */
  forgetPaint() {
    if (this.painted?.live) return;
    this.painted = null;
    this.showHover();
  }

  // ----- pointing

  /** @param {Cell|null} cell */
  setHover(cell) {
    if (JSON.stringify(cell) === JSON.stringify(this.hover)) return;
    this.hover = cell;
    this.showHover();
  }

  showHover() {
    this.figures.forEach((figure) => figure.drawOver(this.lit(figure), this.painted));
    this.curves.drawOver(this.hover);
    this.readout.replaceChildren(...this.readoutParts());
    this.stage.said();
    this.lens.show(this.hover);
  }

  /** The index lit in a figure: the cell pointed at, its like in an equal shape, or what it was read from. */
  lit(figure) {
    if (!this.hover) return null;
    const { pos, index } = this.hover;
    const source = this.tensorsOf(this.at)[pos];
    const { tensor } = figure.picture;
    if (figure.pos === pos || String(tensor.shape) === String(source.shape)) return index;
    const operand = source.operands.find(
      ({ name, shape }) => name === tensor.name && String(shape) === String(tensor.values.shape),
    );
    const read = operand && operandIndex(operand, index);
    if (!read || read.includes(null)) return null;
    return [...Array(tensor.hidden).fill(0), ...read];
  }

  readoutParts() {
    if (!this.hover) return [el("span", { class: "hint" }, this.hint())];
    const { pos, index } = this.hover;
    const tensor = this.tensorsOf(this.at)[pos];
    const where = el("span", { class: "where" }, `${tensor.name}${indexText(tensor.shown(index))}`);
    const words = this.words(tensor, index);
    const value = el("b", { class: "value" }, valueText(tensor.values, tensor.at(index)));
    const said = tensor.masked(index) && tensor.maskedText(tensor.at(index), this.texts);
    const masked = said ? [el("span", { class: "flag" }, said)] : [];
    const first = el("div", {}, where, " = ", value, ...masked, el("span", { class: "words" }, words));
    const read = tensor.operands.map((operand) => this.operandPart(operand, index));
    const parts = read.length ? [first, el("div", { class: "read" }, "← ", ...read)] : [first];
    const { formula } = tensor.view;
    return formula ? [...parts, el("div", { class: "formula" }, `= ${arithmetic(tensor, index, this.texts)}`)] : parts;
  }

  hint() {
    const { texts, data } = this;
    const lockable = this.tensorsOf(this.at).some((tensor) => tensor.panels > 1);
    if (data.options.editable) return sentences(texts.hover, texts.edit);
    if (this.hasRows) return sentences(texts.hover, texts.choose);
    return lockable ? sentences(texts.hover, texts.enlarge) : texts.hover;
  }

  operandPart(operand, index) {
    const read = operandIndex(operand, index);
    const value = operand.values && !read.includes(null) ? ` = ${operandText(operand, read)}` : "";
    return el("span", { class: "operand" }, `${operand.name}${indexText(read)}${value}`);
  }

  /** The cell in words: panel names, query and key. */
  words(tensor, index) {
    const parts = [];
    for (let axis = 0; axis < tensor.rank - 2; axis++) {
      const back = tensor.rank - axis;
      if (back <= 4 && tensor.view.panels[4 - back] !== null) parts.push(panelText(tensor, index, back));
    }
    const note = tensor.note(index.slice(0, -2));
    if (note) parts.push(`${tensor.view.noteName}: ${note}`);
    const side = (name, labels, axis) => {
      const label = labels?.[index[axis]];
      return label === undefined ? null : fill(this.texts.label, { name: tensor.axisName(axis) ?? name, label });
    };
    const row = side(this.texts.row, tensor.labels("rows", index), tensor.rank - 2);
    const column = side(this.texts.column, tensor.labels("columns", index), tensor.rank - 1);
    const pair = [row, column].filter(Boolean).join(" → ");
    return [...parts, pair].filter(Boolean).join(" · ");
  }

  // ----- a copy in text, for screen readers and tests

  mirrorSoon() {
    clearTimeout(this.mirroring);
    this.mirroring = setTimeout(() => this.fillMirror(), this.timer ? 250 : 60);
  }

  fillMirror() {
    const tables = this.figures.map((figure) => this.mirrorTable(figure.picture));
    this.mirror.replaceChildren(...tables);
    this.mirror.dataset.frame = this.at;
  }

  /** A cell of the text copy, activated with assistive technology, stands for the cell in the picture. */
  mirrored(event, act) {
    const cell = event.target.closest("[data-index]");
    if (!cell) return;
    const pos = [...this.mirror.children].indexOf(cell.closest("[data-tensor]"));
    const { hidden } = this.tensorsOf(this.at)[pos];
    const index = cell.dataset.index.split(",").filter(Boolean).map(Number);
    this.setHover({ pos, index: [...Array(hidden).fill(0), ...index] });
    act();
  }

  mirrorTable(picture) {
    const { tensor } = picture;
    const table = el("div", {
      role: "table", "aria-label": `${tensor.name} ${indexText(tensor.values.shape)}`, "data-tensor": tensor.name,
    });
    let row = null;
    let left = MIRRORED;
    const [row0, column0] = picture.starts.slice(-2);
    if (size(picture.geometry.counts) === 0) return table;
    eachCell(picture, (value, masked, panel, r, c) => {
      if (left-- <= 0) return;
      const index = [...panel.lead, row0 + r, column0 + c];
      if (c === 0) table.append((row = el("div", { role: "row", "aria-label": this.words(tensor, index).split(" → ")[0] })));
      const text = valueText(tensor.values, value);
      row.append(
        el(
          "span",
          { role: "cell", "data-index": tensor.shown(index).join(","), "data-value": text, "data-masked": masked },
          masked ? `${text} ${tensor.maskedText(value, this.texts)}` : text,
        ),
      );
    });
    const total = size(picture.geometry.counts);
    if (total > MIRRORED) table.append(el("div", {}, fill(this.texts.truncated, { shown: MIRRORED, size: total })));
    return table;
  }
}

// --- entry point

/** How much of the window a picture takes, in pixels. */
const windowShare = () => Math.max(300, Math.min(0.62 * window.innerHeight, 720));

/** Let nodes be no lower than they are now. All are measured before any is changed: the page is laid out once. */
function keepHeights(nodes) {
  const heights = nodes.map((node) => node.getBoundingClientRect().height);
  nodes.forEach((node, i) => (node.style.minHeight = `${Math.ceil(heights[i])}px`));
}

/** Grids by the element they live in: Streamlit calls again for every change of data or theme. */
const grids = new WeakMap();

export default function mount(component) {
  const { parentElement, data, setTriggerValue } = component;
  const root = parentElement.querySelector('[data-testid="tensor-grid"]');
  if (!grids.has(root)) grids.set(root, new Grid(root));
  const grid = grids.get(root);
  grid.update(data, (event) => setTriggerValue("event", event));
  return () => grid.dispose();
}
