/**
 * The architecture map in the browser: lays out two stacks of boxes from the bottom up, connects them as in
 * the paper and reports the link that the user follows. `__init__.py` describes the data. Texts are always set
 * as text, never as HTML. Lengths are in units of the figure, which is as wide as the page allows.
 *
 * @typedef {{label: string, axes: string, shape: string}} Mask
 * @typedef {{name: string, label: string, shape: string, kind: string, mask: Mask|null, added: boolean,
 *   wave: boolean, reads_encoder: boolean, link: boolean, hint: string}} Part
 * @typedef {{title: string, before: Part[], layer: Part[], after: Part[], times: string, unit: string,
 *   residuals: [string, string][]}} Stack
 * @typedef {{part: Part, x: number, y: number, width: number, height: number}} Box  `x` is its middle
 * @typedef {{stacks: [Stack, Stack], only: 0|1|null, presenter: boolean, chosen: string|null, title: string,
 *   colours: Record<string, string>, leaves: string, arrives: string}} Figure  `only`: the one stack that is drawn
 * @typedef {[number, number]} Point
 * @typedef {Record<string, string|number>} Attributes
 * @typedef {ReturnType<typeof sizesOf>} Sizes
 */

const SVG = "http://www.w3.org/2000/svg";

const SUM = 10;
const PRESENTER = 1.2;

/** Widths of the figure and its boxes. `HALF`, `FRAME`, `LOOP` and `FORK` are distances from a stack's axis. */
const WIDTHS = { WIDTH: 880, LEFT: 236, RIGHT: 644, HALF: 150, FRAME: 176, LOOP: 163, BESIDE: 204, FORK: 75 };
const NEAR = 28;
/** The whole map is stretched by this, since its boxes have label and shape in one line, larger in presenter size. */
const WIDER = { normal: 1.14, presenter: 1.3 };

/** Heights of one stack alone; presenter size stretches them with the text. */
const HEIGHTS = { box: 46, norm: 30, mask: 26, gap: 18, fork: 30, memory: 12, frame: 14, title: 30, beside: 46 };
/** Heights of the whole map, which has to fit on a screen: a box has its label and shape in one line. */
const FLAT = { box: 30, norm: 28, mask: 24, gap: 12, fork: 23, memory: 10, frame: 9, title: 24, beside: 42 };

/**
 * The sizes of a figure: `size(name)` is a height, the other properties are widths.
 * @param {Pick<Figure, "only"|"presenter">} figure
 */
function sizesOf({ only, presenter }) {
  const whole = only === null;
  const wide = whole ? WIDER[presenter ? "presenter" : "normal"] : 1;
  const stretch = !whole && presenter ? PRESENTER : 1;
  const wider = Object.entries(WIDTHS).map(([name, value]) => [name, value * wide]);
  const widths = /** @type {typeof WIDTHS} */ (Object.fromEntries(wider));
  const size = (/** @type {keyof typeof HEIGHTS} */ name) => (whole ? FLAT : HEIGHTS)[name] * stretch;
  return { ...widths, flat: whole, size };
}

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} attributes
 * @param {...Node} children
 * @returns {SVGElementTagNameMap[T]}
 */
function draw(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** @param {string} text @param {number} x @param {number} y @param {Attributes} attributes */
function write(text, x, y, attributes) {
  const node = draw("text", { x, y, ...attributes });
  node.textContent = text;
  return node;
}

/** @param {Point[]} points @param {Attributes} attributes @returns {SVGElement} */
const line = (points, attributes = {}) =>
  draw("polyline", { points: points.map((point) => point.join()).join(" "), class: "line", ...attributes });

/** @param {Point[]} points */
const arrow = (points) => line(points, { "marker-end": "url(#head)" });

// --- layout ----------------------------------------------------------------------------------------

/** The layout of one stack; y points downwards, and is 0 at the bottom. */
class Column {
  /** @param {Stack} stack @param {number} side -1 for the left stack, 1 for the right @param {Sizes} sizes */
  constructor(stack, side, sizes) {
    this.stack = stack;
    this.side = side;
    this.sizes = sizes;
    this.axis = side < 0 ? sizes.LEFT : sizes.RIGHT;
    this.size = sizes.size;
    /** @type {Box[]} */
    this.boxes = [];
    this.y = 0;
    for (const part of stack.before) this.put(part);
    this.bottom = this.y - this.size("gap") / 2;
    this.y -= this.size("frame");
    for (const part of stack.layer) this.put(part);
    this.y -= this.size("frame");
    this.top = this.y;
    this.y -= this.size("title") - this.size("gap");
    for (const part of stack.after) this.put(part);
  }

  /** @param {Part} part */
  put(part) {
    if (this.boxes.length) this.y -= this.gapBelow(part);
    const { HALF, BESIDE } = this.sizes;
    const kind = part.added ? "beside" : part.kind === "norm" ? "norm" : "box";
    const height = this.size(kind) + (part.mask ? this.size("mask") : 0);
    this.y -= height;
    const beside = this.axis + this.side * (NEAR + BESIDE / 2);
    const [x, width] = part.added ? [beside, BESIDE] : [this.axis, 2 * HALF];
    this.boxes.push({ part, x, y: this.y, width, height });
  }

  /** @param {Part} part */
  gapBelow(part) {
    const fork = part.kind === "attention" ? this.size("fork") : this.size("gap");
    return fork + (part.reads_encoder ? this.size("memory") : 0);
  }

  /** @param {string} name */
  find(name) {
    return this.boxes.findIndex(({ part }) => part.name === name);
  }

  /** The y at which lines branch off below the box with index `i`. @param {number} i */
  branch(i) {
    const box = this.boxes[i];
    return box.y + box.height + this.gapBelow(box.part) - this.size("gap") / 2;
  }
}

// --- lines -----------------------------------------------------------------------------------------

/** The lines from each box to the next, with sums where a box beside the stack is added. @param {Column} column */
function flow(column) {
  const { axis } = column;
  return column.boxes.slice(1).flatMap((box, i) => {
    const below = column.boxes[i];
    const start = below.part.added ? below.y + below.height / 2 - SUM : below.y;
    if (box.part.added) return addition(column, box, start);
    if (box.part.kind === "attention") return fork(column, i + 1, start);
    return [
      arrow([
        [axis, start],
        [axis, box.y + box.height],
      ]),
    ];
  });
}

/** @param {Column} column @param {Box} box @param {number} start @returns {SVGElement[]} */
function addition({ axis, side }, box, start) {
  const y = box.y + box.height / 2;
  return [
    arrow([
      [axis, start],
      [axis, y + SUM],
    ]),
    arrow([
      [axis + side * NEAR, y],
      [axis + side * SUM, y],
    ]),
    draw("circle", { cx: axis, cy: y, r: SUM, class: "sum" }),
    line([
      [axis - 5, y],
      [axis + 5, y],
    ]),
    line([
      [axis, y - 5],
      [axis, y + 5],
    ]),
  ];
}

/**
 * The lines into an attention: values, keys and queries; only the queries if the others come from the encoder.
 * @param {Column} column
 * @param {number} i
 * @param {number} start
 */
function fork(column, i, start) {
  const {
    axis,
    sizes: { FORK },
  } = column;
  const box = column.boxes[i];
  const end = box.y + box.height;
  const level = column.branch(i);
  const ends = box.part.reads_encoder ? [1] : [-1, 0, 1];
  const letters = ["V", "K", "Q"].map((letter, j) => {
    const x = axis + (j - 1) * FORK + 6;
    return write(letter, x, end + column.size("fork") * 0.35, { class: "letter" });
  });
  return [
    line([
      [axis, start],
      [axis, level],
    ]),
    ...ends.map((j) =>
      arrow([
        [axis, level],
        [axis + j * FORK, level],
        [axis + j * FORK, end],
      ]),
    ),
    ...letters,
  ];
}

/** The residual connections: from the input of one part around to another. @param {Column} column */
function residuals(column) {
  const { LOOP, HALF } = column.sizes;
  const x = column.axis + column.side * LOOP;
  return column.stack.residuals.map(([from, to]) => {
    const level = column.branch(column.find(from));
    const target = column.boxes[column.find(to)];
    const y = target.y + target.height / 2;
    return arrow([
      [column.axis, level],
      [x, level],
      [x, y],
      [column.axis + column.side * HALF, y],
    ]);
  });
}

/**
 * The lines from the encoder's output to the keys and values of the decoder's attention. If only one half of the
 * map is drawn, a label says where the line leads, or where it comes from.
 * @param {Column[]} columns
 * @param {Figure} figure
 * @param {Sizes} sizes
 * @returns {SVGElement[]}
 */
function memory([encoder, decoder], { only, leaves, arrives }, { WIDTH, HALF, FORK, size }) {
  const from = encoder.boxes[encoder.boxes.length - 1];
  const y = from.y + from.height / 2;
  const middle = WIDTH / 2;
  if (only === 0) {
    const way = line(
      [
        [encoder.axis + HALF, y],
        [middle - 4, y],
      ],
      { class: "line memory", "marker-end": "url(#head-memory)" },
    );
    return [way, write(leaves, middle - 4, from.y + from.height + size("gap"), { class: "unit end" })];
  }
  return decoder.boxes.flatMap(({ part, ...box }, i) => {
    if (!part.reads_encoder) return [];
    const level = decoder.branch(i) - decoder.size("memory");
    const end = box.y + box.height;
    /** @type {Point[]} */
    const start =
      only === 1
        ? [[middle, level]]
        : [
            [encoder.axis + HALF, y],
            [middle, y],
            [middle, level],
          ];
    const label = only === 1 ? [write(arrives, middle, level - size("gap") / 2, { class: "unit start" })] : [];
    const ways = [0, 1].map((j) => {
      const x = decoder.axis - j * FORK;
      return line([...start, [x, level], [x, end]], { class: "line memory", "marker-end": "url(#head-memory)" });
    });
    return [...ways, ...label];
  });
}

/** @param {Column} column */
function frame(column) {
  const {
    axis,
    side,
    stack,
    top,
    bottom,
    size,
    sizes: { FRAME, WIDTH },
  } = column;
  const left = axis - FRAME;
  const outer = axis + side * FRAME;
  const label = side < 0 ? outer / 2 : (outer + WIDTH) / 2;
  const middle = (top + bottom) / 2;
  return [
    draw("rect", { x: left, y: top, width: 2 * FRAME, height: bottom - top, rx: 14, class: "frame" }),
    write(stack.title, outer, top - size("title") / 3, { class: `title ${side < 0 ? "start" : "end"}` }),
    write(stack.times, label, middle, { class: "times" }),
    write(stack.unit, label, middle + size("beside") / 2, { class: "unit" }),
  ];
}

// --- boxes -----------------------------------------------------------------------------------------

/** @param {Box} box @param {Figure} data @param {Sizes} sizes */
function drawBox(box, data, { size, flat }) {
  const { part, x, y, width, height } = box;
  const left = x - width / 2;
  const node = draw("g", { class: `part ${part.kind}`, "data-part": part.name });
  if (data.colours[part.kind]) node.style.setProperty("--colour", data.colours[part.kind]);
  if (part.name === data.chosen) {
    node.classList.add("chosen");
    node.setAttribute("aria-current", "true");
  }
  if (part.link) {
    const name = [part.label, part.shape, part.mask && `${part.mask.label} ${part.mask.axes}`];
    node.setAttribute("role", "link");
    node.setAttribute("tabindex", "0");
    node.setAttribute("aria-label", `${name.filter(Boolean).join(", ")}. ${part.hint}`);
    const title = draw("title", {});
    title.textContent = part.hint;
    node.append(title);
  }
  node.append(draw("rect", { x: left, y, width, height, rx: 7, class: "body" }));
  const plain = height - (part.mask ? size("mask") : 0);
  if (flat && !part.added) node.append(...atBothEnds(part, left, y + plain / 2, width));
  else node.append(...(part.kind === "norm" ? inOneLine(part, x, y + plain / 2) : inTwoLines(part, x, y, plain)));
  if (part.wave) node.append(wave(left + 16, y + height / 2));
  if (part.mask) node.append(...maskOf(part.mask, left, y + plain, width, size("mask")));
  if (part.link) node.append(chevron(left + width - 12, y + plain / 2));
  return node;
}

/** @param {Part} part @param {number} x @param {number} y @param {number} height */
function inTwoLines(part, x, y, height) {
  const middle = part.wave ? x + 4 : x;
  return [
    write(part.label, middle, y + height * 0.32, { class: "label" }),
    write(part.shape, middle, y + height * 0.73, { class: "shape" }),
  ];
}

/** @param {Part} part @param {number} left @param {number} y @param {number} width */
function atBothEnds(part, left, y, width) {
  return [
    write(part.label, left + 12, y, { class: "label start" }),
    write(part.shape, left + width - 24, y, { class: "shape end" }),
  ];
}

/** @param {Part} part @param {number} x @param {number} y */
function inOneLine(part, x, y) {
  return [write(part.label, x - 16, y, { class: "label end" }), write(part.shape, x - 4, y, { class: "shape start" })];
}

/** @param {Mask} mask @param {number} left @param {number} y @param {number} width @param {number} height */
function maskOf(mask, left, y, width, height) {
  const label = write(mask.label, left + 28, y + height / 2, { class: "mask-label start" });
  const axes = draw("tspan", { class: "axes", dx: 6 });
  axes.textContent = mask.axes;
  label.append(axes);
  return [
    line(
      [
        [left, y],
        [left + width, y],
      ],
      { class: "divider" },
    ),
    draw("rect", { x: left + 10, y: y + height / 2 - 6, width: 12, height: 12, class: "hatched" }),
    label,
    write(mask.shape, left + width - 10, y + height / 2, { class: "mask-shape end" }),
  ];
}

/** @param {number} x @param {number} y */
const chevron = (x, y) => draw("path", { d: `M${x - 3} ${y - 6} l6 6 l-6 6`, class: "chevron" });

/** The paper's symbol for positions: a wave in a circle. @param {number} x @param {number} y */
function wave(x, y) {
  const path = `M${x - 9} ${y} q4.5 -11 9 0 t9 0`;
  return draw("g", { class: "wave" }, draw("circle", { cx: x, cy: y, r: 11 }), draw("path", { d: path }));
}

// --- the figure ------------------------------------------------------------------------------------

function marks() {
  const head = (/** @type {string} */ id) =>
    draw(
      "marker",
      {
        id,
        viewBox: "0 0 8 8",
        refX: 7,
        refY: 4,
        markerWidth: 10,
        markerHeight: 10,
        markerUnits: "userSpaceOnUse",
        orient: "auto",
      },
      draw("path", { d: "M0 0.5 L8 4 L0 7.5 z" }),
    );
  const hatching = draw("pattern", { id: "hatching", width: 4, height: 4, patternUnits: "userSpaceOnUse" });
  hatching.append(draw("path", { d: "M-1 1 l2 -2 M0 4 l4 -4 M3 5 l2 -2" }));
  return draw("defs", {}, head("head"), head("head-memory"), hatching);
}

/** @param {Figure} data */
function figure(data) {
  const sizes = sizesOf(data);
  const { WIDTH } = sizes;
  const columns = data.stacks.map((stack, i) => new Column(stack, i ? 1 : -1, sizes));
  const shown = data.only === null ? columns : [columns[data.only]];
  const top = Math.min(...shown.map(({ y }) => y)) - 6;
  const [left, width] = data.only === null ? [0, WIDTH] : [(data.only * WIDTH) / 2, WIDTH / 2];
  return draw(
    "svg",
    {
      viewBox: `${left} ${top} ${width} ${6 - top}`,
      class: [data.presenter ? "large" : "", data.only === null ? "" : "half"].join(" ").trim(),
      role: "group",
      "aria-label": data.title,
    },
    marks(),
    ...shown.flatMap(frame),
    ...memory(columns, data, sizes),
    ...shown.flatMap((column) => [...flow(column), ...residuals(column)]),
    ...shown.flatMap((column) => column.boxes.map((box) => drawBox(box, data, sizes))),
  );
}

/**
 * Change `old` to equal `fresh`, but keep its nodes, so that a click or the focus survives new numbers.
 * @param {ChildNode} old
 * @param {ChildNode} fresh
 */
function adopt(old, fresh) {
  if (old instanceof Text && fresh instanceof Text) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else if (old instanceof Element && fresh instanceof Element && isAlike(old, fresh)) {
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
    const children = [...fresh.childNodes];
    [...old.childNodes].forEach((child, i) => {
      adopt(child, children[i]);
    });
  } else old.replaceWith(fresh);
}

/** @param {Element} a @param {Element} b */
const isAlike = (a, b) => a.tagName === b.tagName && a.childNodes.length === b.childNodes.length;

/** Width in pixels below which the text of the whole map is unreadable. */
const NARROW = 640;

/**
 * The figures to draw: the whole map, one of its stacks or, if there is little width, the two stacks separately.
 * @param {Figure} data
 * @param {number} width
 */
function figures(data, width) {
  /** @type {Figure["only"][]} */
  const halves = data.only === null && width < NARROW ? [0, 1] : [data.only];
  return halves.map((only) => figure({ ...data, only }));
}

/** @param {HTMLElement} root @param {Figure} data */
function show(root, data) {
  const fresh = figures(data, root.clientWidth);
  if (fresh.length !== root.children.length) root.replaceChildren(...fresh);
  else {
    fresh.forEach((svg, i) => {
      adopt(root.children[i], svg);
    });
  }
}

/** The observers of the maps' widths. @type {WeakMap<HTMLElement, ResizeObserver>} */
const observers = new WeakMap();

/**
 * @param {{parentElement: ParentNode, data: {figure: string},
 *   setTriggerValue: (name: string, value: unknown) => void}} component
 * @returns {() => void} removes it
 */
export default function mount({ parentElement, data, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector('[data-testid="architecture-map"]'));
  /** @type {Figure} */
  const told = JSON.parse(data.figure);
  observers.get(root)?.disconnect();
  const observer = new ResizeObserver(() => show(root, told));
  observers.set(root, observer);
  observer.observe(root);
  show(root, told);

  const follow = (/** @type {Event} */ { target }) => {
    const part = /** @type {SVGElement|null} */ (/** @type {Element} */ (target).closest('[role="link"]'));
    if (part) setTriggerValue("chosen", part.dataset.part);
  };
  root.onclick = follow;
  root.onkeydown = (event) => {
    if (event.key === "Enter" && !event.repeat) follow(event);
  };
  return () => observers.get(root)?.disconnect();
}
