/**
 * Where a token looked: pointing at a token of one strip colours the tokens of another by its weights.
 */

class TokenLink {
  constructor(grid) {
    this.grid = grid;
    this.words = el("div", { class: "link", "data-testid": "tg-link" });
    this.pointed = null;
    const { tokens } = grid;
    const point = (event) => this.point(this.numberOf(event.target));
    for (const kind of ["mouseover", "focusin", "click"]) tokens.addEventListener(kind, point);
    tokens.addEventListener("focusout", () => this.point(null));
    tokens.onmouseleave = () => this.point(null);
  }

  /** A frame's tokens are on screen: colour them by the newest one. */
  take(frame) {
    this.link = frame.link ?? null;
    this.pointed = null;
    this.chips(this.link?.pointed).forEach((chip) => chip.setAttribute("tabindex", "0"));
    this.show();
  }

  chips(strip) {
    return [...(this.grid.tokens.children[strip]?.querySelectorAll(".token") ?? [])];
  }

  /** The number, in the strip that can be pointed at, of the token that `node` is; null for another node. */
  numberOf(node) {
    const number = this.chips(this.link?.pointed).indexOf(node.closest(".token"));
    return number < 0 ? null : number;
  }

  point(number) {
    if (number === this.pointed) return;
    this.pointed = number;
    this.show();
  }

  /** The tensor to read and its panel: the locked one, else the one the page chose. */
  read() {
    const { grid, link } = this;
    const tensors = (link.tensors ??= link.weights.map((packed) => new Tensor(grid.data, grid.arrays, packed)));
    const locked = grid.lock && tensors.find(({ name }) => name === grid.lock.tensor);
    return locked ? { tensor: locked, panel: grid.lock.panel } : { tensor: tensors[0], panel: link.panel };
  }

  show() {
    if (!this.link) return this.words.replaceChildren();
    const { tensor, panel } = this.read();
    const from = this.chips(this.link.pointed);
    const row = this.pointed ?? from.length - 1;
    from.forEach((chip, i) => chip.classList.toggle("pointed", i === row));
    this.chips(this.link.coloured).forEach((chip, column) => this.colour(chip, tensor, [...panel, row, column]));
    const [query] = this.grid.words(tensor, [...panel, row, 0]).split(" → ");
    const where = ` ← ${tensor.name} · ${query}`;
    this.words.replaceChildren(el("b", {}, from[row].textContent), where, this.hint(from.length));
    return undefined;
  }

  /** That there is something to be found, as long as nobody has; in presenter size it has no room. */
  hint(choices) {
    const asked = this.pointed === null && choices > 1 && !this.grid.isCrowded;
    return el("i", {}, asked ? ` · ${this.grid.texts.point}` : "");
  }

  colour(chip, tensor, index) {
    const value = tensor.at(index);
    const masked = tensor.masked(index) && !tensor.leaks(value, true);
    const ramp = this.grid.look.ramps[tensor.view.scale.kind];
    const step = stepOf(value, tensor.view.scale);
    chip.classList.toggle("hatched", masked);
    chip.style.background = masked ? "" : css(channels(ramp.pixels[step]));
    chip.style.color = masked ? "" : ramp.light[step] ? "#111" : "#fff";
    chip.dataset.weight = valueText(tensor.values, value);
    let amount = chip.parentElement.querySelector(".weight");
    if (!amount) chip.parentElement.append((amount = el("span", { class: "note weight" })));
    amount.textContent = masked ? tensor.hatched(this.grid.texts) : value.toFixed(2);
  }
}

/** The three channels of a pixel as `pixel` packs them. */
const channels = (packed) => [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255];
