/**
 * The line under the picture: what its colours, its hatching, its axes and the numbers under panels are. What several
 * tensors have in common is said once.
 */

/** @param {Tensor[]} tensors @param {Grid} grid @returns {Node[]} */
function legendParts(tensors, { data, texts, look }) {
  const shown = tensors.filter((tensor) => size(tensor.shape) > 0);
  const scales = grouped(shown, ({ view }) => JSON.stringify(view.scale));
  const colours = scales.flatMap((alike) => colourKeys(alike, scales.length > 1, data.colours));
  const hatches = unique(shown.filter(({ mask }) => mask).map((tensor) => tensor.hatched(texts)));
  const leaks = shown.some(hasLeak) ? [swatch("leak", texts.leaks)] : [];
  const axes = unique(shown.map((tensor) => axesText(tensor, texts)));
  const notes = unique(shown.filter((one) => one.notes && look.notes).map(({ view }) => fill(texts.below, { what: view.noteName })));
  const words = [...axes, ...notes].map((text) => el("span", {}, text));
  return [...leaks, ...colours, ...hatches.map((text) => swatch("hatched", text)), ...words];
}

/** The colours of tensors with one scale, with their names where there are other scales too. */
function colourKeys(alike, named, colours) {
  const { scale } = alike[0].view;
  const names = named ? [el("span", { class: "of" }, unique(alike.map(({ name }) => name)).join(", "))] : [];
  const parts = scale.kind === "boolean" ? booleanKeys(colours) : [colourBar(scale, colours)];
  return [el("span", { class: "key" }, ...names, ...parts)];
}

const booleanKeys = ({ sequential }) => [swatch("", "True", sequential.at(-1)), swatch("", "False", sequential[0])];

function colourBar(scale, colours) {
  const bar = el("span", { class: "colours", "data-kind": scale.kind });
  bar.style.background = `linear-gradient(to right, ${colours[scale.kind].join(",")})`;
  const end = (value) => el("span", {}, String(Number(value.toPrecision(3))));
  return el("span", { class: "scale" }, end(scale.low), bar, end(scale.high));
}

/** What rows and columns are, unless their names only say that they are rows and columns. */
function axesText(tensor, texts) {
  const [rows, columns] = [tensor.axisName(tensor.rank - 2), tensor.axisName(tensor.rank - 1)];
  if (!rows || !columns || (rows === texts.row && columns === texts.column)) return "";
  return fill(texts.axes, { rows, columns });
}

function swatch(kind, text, colour) {
  const box = el("span", { class: `swatch ${kind}` });
  if (colour) box.style.background = colour;
  return el("span", { class: "key" }, box, text);
}

/** Whether any cell lets something through that the mask forbids. */
function hasLeak(tensor) {
  if (!tensor.mask || !tensor.view.flows) return false;
  tensor.anyLeak ??= tensor.values.values.some((value, i) => value !== 0 && tensor.masked(indexAt(tensor.shape, i)));
  return tensor.anyLeak;
}

/** The index of the cell number `offset` in row-major order. */
function indexAt(shape, offset) {
  let rest = offset;
  return [...shape].reverse().map((length) => {
    const at = rest % length;
    rest = (rest - at) / length;
    return at;
  }).reverse();
}

const unique = (texts) => [...new Set(texts)].filter(Boolean);

function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}
