/**
 * Numbers and templates as text, and the small parts of the page around the picture. What users wrote is
 * only ever set as text.
 */

const truth = (value) => (value ? "True" : "False");

function numberText(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "+∞";
  return String(value);
}

/** A value with as many digits as its encoding has. */
function valueText({ codec }, value) {
  if (codec.kind === "bits") return truth(value);
  if (codec.kind === "whole" || !Number.isFinite(value)) return numberText(value);
  if (value === 0) return "0";
  if (codec.kind === "decimal") return value.toPrecision(codec.digits);
  return String(Number(value.toPrecision(codec.kind === "f32" ? 6 : 10)));
}

/** The cell of an operand at `read`. */
function operandText(operand, read) {
  return valueText(operand.values, operand.values.values[place(operand.shape, read)]);
}

const ALL_TERMS = 4;

/** A view's formula with the numbers of one cell: `{0}` is operand 0's, `{0·1}` the sum of products of two. */
function arithmetic(tensor, index, texts) {
  const number = (operand, read) => {
    const text = operandText(operand, read);
    return text.startsWith("-") ? `(${text.replace("-", "−")})` : text;
  };
  const single = (operand) => number(operand, operandIndex(operand, index));
  const product = (a, b) => {
    const reads = [a, b].map((operand) => operandIndex(operand, index));
    const along = (operand, read, i) => number(operand, read.map((axis) => axis ?? i));
    const term = (i) => `${along(a, reads[0], i)}×${along(b, reads[1], i)}`;
    const count = a.shape[reads[0].indexOf(null)];
    if (count <= ALL_TERMS) return Array.from({ length: count }, (_, i) => term(i)).join(" + ");
    return `${[0, 1, 2].map(term).join(" + ")} + … + ${term(count - 1)} ${fill(texts.terms, { count })}`;
  };
  return tensor.view.formula.replace(/\{(\d+)(?:·(\d+))?\}/g, (_, first, second) => {
    const one = tensor.operands[first];
    return second === undefined ? single(one) : product(one, tensor.operands[second]);
  });
}

const indexText = (index) => `[${index.map((value) => (value === null ? ":" : value)).join(", ")}]`;

/** Fill the names in braces of a translated text. */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** @param {string} tag @param {object} attributes @param {...(Node|string)} children */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Words in which names between backticks are code, as nodes. */
function prose(text) {
  return text.split(/`([^`]+)`/).map((part, i) => (i % 2 ? el("code", {}, part) : part));
}

const ICONS = {
  first: "M3 2h2v12H3z M13 2v12L5.5 8z",
  previous: "M11 2v12L3.5 8z",
  play: "M4 1.5v13L14 8z",
  pause: "M3.5 2h3.2v12H3.5z M9.3 2h3.2v12H9.3z",
  next: "M5 2v12l7.5-6z",
  last: "M11 2h2v12h-2z M3 2v12l7.5-6z",
  full: "M2 2h5v2H4v3H2z M9 2h5v5h-2V4H9z M2 9h2v3h3v2H2z M12 9h2v5H9v-2h3z",
  image: "M7 1h2v6.5h3L8 12 4 7.5h3z M2 13.2h12V15H2z",
};

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function button(test, name, label, act) {
  const node = el("button", { type: "button", "data-testid": test, "aria-label": label, title: label }, icon(name));
  node.onclick = act;
  return node;
}

/** Sentences in a row; Chinese ones stand without a blank between them. */
function sentences(first, second) {
  return first.endsWith("。") ? first + second : `${first} ${second}`;
}

/** A strip of tokens under its label. */
function tokenStrip([label, tokens]) {
  const chips = tokens.map((token) => {
    const chip = el("span", { class: `token ${token.kind ?? "plain"}` }, token.text || "\u00a0");
    const note = token.note ? [el("span", { class: "note" }, token.note)] : [];
    return el("span", { class: "chip" }, chip, ...note);
  });
  return el("div", { class: "strip" }, el("span", { class: "label" }, label), el("span", { class: "chips" }, ...chips));
}

/** A column of bars; `span` is what the longest and the shortest bar of all frames reach. */
function barColumn([label, bars], span) {
  const percent = (value) => `${(100 * value) / (span.high - span.low)}%`;
  const rows = bars.map((bar) => {
    const fillBar = el("span", { class: "fill" });
    fillBar.hidden = bar.value === null;
    fillBar.style.left = percent(Math.min(bar.value, 0) - span.low);
    fillBar.style.width = percent(Math.abs(bar.value));
    return el(
      "div",
      { class: `bar ${bar.kind ?? "plain"}` },
      el("span", { class: "name" }, bar.label),
      el("span", { class: "track" }, fillBar),
      el("span", { class: "amount" }, bar.text ?? ""),
    );
  });
  return el("div", { class: "column" }, el("div", { class: "label" }, label), ...rows);
}

/** What each column of bars spans over all frames: zero always, one too if nothing is negative or larger. */
function barSpans(frames) {
  const spans = {};
  for (const [label, bars] of frames.flatMap((frame) => frame.bars ?? [])) {
    const span = (spans[label] ??= { low: 0, high: 0 });
    for (const { value } of bars) {
      span.low = Math.min(span.low, value);
      span.high = Math.max(span.high, value);
    }
  }
  for (const span of Object.values(spans)) if (span.low === 0 && span.high <= 1) span.high = 1; // shares
  return spans;
}

function factItem([name, value]) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

/** Copy text; pages served without https have no clipboard of their own. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
