/**
 * Where the parts of a grid stand. A stage fills what is left of the window below its top edge: several ways to
 * place sentence, candidates, readout and code around the picture are tried, and the one with large cells is taken.
 *
 * @typedef {{sentence: string, given: string, bars: string, readout: string, rest: string}} Places  where each part
 *   stands: in the step "bar", "above" the picture, in a column at its "side", "beside" the token strips, "under" the
 *   picture, "over" it while a cell is pointed at, or "after" the stage
 */

const BELOW_STAGE = 12;
const BELOW_CROWDED = 4;
const SCROLLED_STAGE = 84;
const NARROWEST_STAGE = 320;
const PHONE = 480;
const SHORTEST_STAGE = 0.33;
const LOWEST_PICTURE = 120;
const BEGUN = 60;
const NEARLY = 0.97;
const WORTH_BESIDE = 0.75;
const WORTH_BESIDE_CROWDED = 0.9;

/** Ways to place the parts, the preferred one first. @type {Places[]} */
const PLACES = [
  { given: "above", bars: "side", readout: "side", rest: "side" },
  { given: "above", bars: "side", readout: "side", rest: "after" },
  { given: "side", bars: "side", readout: "side", rest: "side" },
  { given: "side", bars: "side", readout: "side", rest: "after" },
  { given: "side", bars: "side", readout: "under", rest: "after" },
  { given: "above", bars: "side", readout: "under", rest: "after" },
  { given: "above", bars: "beside", readout: "under", rest: "after" },
  { given: "above", bars: "side", readout: "after", rest: "after" },
  { given: "above", bars: "beside", readout: "after", rest: "after" },
];
/** Where nothing is fitted, parts follow each other at their natural height. @type {Places} */
const NATURAL = { sentence: "above", given: "above", bars: "side", readout: "after", rest: "after" };
const ROOMS = ["above", "side", "beside", "under", "over", "after"];

const parentOf = (node) => node.parentElement ?? node.getRootNode().host ?? null;

/** Distance from the top of the page, nothing scrolled, to the top of `node`, in pixels. */
function topOf(node) {
  let top = node.getBoundingClientRect().top;
  for (let at = parentOf(node); at; at = parentOf(at)) top += at.scrollTop;
  return top;
}

/** The parts of a grid in the room they have. */
class Stage {
  constructor(grid) {
    this.grid = grid;
    /** @type {Places|null} */
    this.places = null;
    this.above = el("div", { class: "above" });
    this.side = el("div", { class: "side" });
    this.beside = el("div", { class: "beside" });
    this.under = el("div", { class: "under" });
    this.over = el("div", { class: "said" });
    this.after = el("div", { class: "after" });
  }

  /** Whether the grid's height comes from the window. */
  get fills() {
    const { grid } = this;
    return grid.isFull || (grid.data.options.stage && grid.root.clientWidth >= NARROWEST_STAGE && window.innerWidth >= PHONE);
  }

  /** Changes when the room does. */
  get key() {
    return `${this.grid.root.clientWidth}|${this.fills ? this.height() : ""}`;
  }

  /** Height of the whole grid in pixels. A stage that begins low on its page is as high as the window when scrolled to. */
  height() {
    const { root, isFull } = this.grid;
    if (isFull) return window.innerHeight;
    const left = window.innerHeight - topOf(root) - (this.grid.isCrowded ? BELOW_CROWDED : BELOW_STAGE);
    return Math.floor(left >= SHORTEST_STAGE * window.innerHeight ? left : window.innerHeight - SCROLLED_STAGE);
  }

  /** Choose the places and the sizes of cells for the room there is. */
  fit() {
    const { grid } = this;
    grid.root.classList.toggle("staged", this.fills);
    grid.root.classList.toggle("crowded", grid.isCrowded);
    grid.box.style.height = "";
    if (!this.fills) {
      this.try(NATURAL);
      return grid.keepHeights();
    }
    const tried = this.choices().map((places) => this.try(places));
    const best = Math.max(...tried.map(({ ratio }) => ratio));
    const enough = best <= 1 ? NEARLY * best : Math.max(1, (grid.isCrowded ? WORTH_BESIDE_CROWDED : WORTH_BESIDE) * best);
    const wholeFrom = (least) => tried.find(({ ratio, holds }) => holds && ratio >= least);
    const largest = Math.max(...tried.filter(({ holds }) => holds).map(({ ratio }) => ratio));
    const windowed = best < SCROLLED_WORTH ? wholeFrom(largest) : null; // a window may be smaller, what is beside it not cut
    const chosen = wholeFrom(enough) ?? wholeFrom(1) ?? windowed ?? tried.find(({ ratio }) => ratio === best);
    this.try(chosen.places);
    grid.keepHeights();
    return this.shrink();
  }

  /** The ways to place what this grid has. */
  choices() {
    const { grid } = this;
    const bars = ({ bars }) => bars === "side" || !grid.bars.hidden;
    const given = ({ given }) => given === "above" || !grid.tokens.hidden;
    const choices = PLACES.filter((places) => bars(places) && given(places)).flatMap((places) => this.withSentence(places));
    if (!grid.isFull) return choices;
    const inside = (place) => (place === "after" ? "under" : place);
    return choices.map((places) => ({ ...places, readout: inside(places.readout), rest: inside(places.rest) }));
  }

  /** Places with the sentence in them. In presenter size it shares the bar's line, and the readout takes no room. */
  withSentence(places) {
    const { grid } = this;
    const beside = places.given === "side" && !grid.sentence.hidden ? [{ sentence: "side", ...places }] : [];
    if (!grid.isCrowded) return [{ sentence: "above", ...places }, ...beside];
    if (places.readout !== "side" && places.bars !== "beside") return []; // as one that has been tried, but for the readout
    const bar = grid.count > 1 ? "bar" : "above";
    return [{ sentence: bar, ...places }, ...beside].map((one) => ({ ...one, readout: "over" }));
  }

  /**
   * Place the parts so and plan the picture.
   * @returns {{places: Places, ratio: number, holds: boolean}} the smallest cell in terms of what it should be,
   *   and whether what stands beside the picture is seen whole
   */
  try(places) {
    this.put(places);
    if (this.fills) this.setHeight();
    const ratio = this.grid.plan();
    return { places, ratio, holds: this.holds(places) };
  }

  /** Whether the column beside the picture shows all of it; code and facts may be longer, but have to begin in it. */
  holds({ rest, given, sentence }) {
    if (this.side.hidden) return true;
    const { codeBox, facts, tokens, sentence: said } = this.grid;
    if (sentence === "side" && said.scrollHeight > said.clientHeight + 1) return false;
    if (given === "side" && tokens.scrollWidth > tokens.clientWidth + 1) return false;
    const parts = [...this.side.children].filter((part) => !part.hidden && part !== codeBox && part !== facts);
    const begun = rest === "side" && !(codeBox.hidden && facts.hidden) ? BEGUN : 0;
    return endOf(parts, this.side) + begun <= this.side.clientHeight + 1;
  }

  put(places) {
    if (JSON.stringify(places) === JSON.stringify(this.places)) return;
    this.places = places;
    const { grid } = this;
    const { sentence, strips, bars, readout, facts, codeBox } = grid;
    const { given, rest } = places;
    const parts = [[sentence, places.sentence], [strips, given], [bars, places.bars], [readout, places.readout]]
      .concat([[codeBox, rest], [facts, rest]]);
    for (const room of ROOMS) {
      this[room].replaceChildren(...parts.filter(([, place]) => place === room).map(([part]) => part));
    }
    this.above.append(this.beside);
    if (places.sentence === "above") grid.box.prepend(sentence); // across the whole width
    if (places.sentence === "bar") grid.transport.insertBefore(sentence, grid.unlock);
    grid.root.classList.toggle("barred", places.sentence === "bar");
    this.side.classList.toggle("first", given === "side");
    this.show();
  }

  /** A column in which nothing is shown takes no room. */
  show() {
    for (const node of [this.grid.strips, this.side, this.beside, this.under, this.over, this.after]) {
      node.hidden = [...node.children].every((child) => child.hidden);
    }
  }

  /** A readout over the picture is seen while a cell is pointed at, and does not cover it. */
  said() {
    const { hover, figures, box } = this.grid;
    this.over.classList.toggle("seen", hover !== null);
    if (!hover || this.over.hidden) return;
    const { top, height } = box.getBoundingClientRect();
    const low = figures[hover.pos].middleOf(hover.index) > top + height / 2;
    this.over.classList.toggle("high", low);
  }

  setHeight() {
    const { grid } = this;
    const bar = grid.count > 1 ? grid.transport.offsetHeight : 0; // of a single frame it stands in the corner
    const height = this.height() - bar - grid.edges();
    const given = grid.box.offsetHeight - grid.main.offsetHeight; // what stands above and below the picture
    grid.box.style.height = `${height}px`;
    if (grid.main.clientHeight < LOWEST_PICTURE) grid.box.style.height = `${Math.max(height, given + LOWEST_PICTURE)}px`;
  }

  /** A stage is no higher than its tallest frame: what follows it comes close. */
  shrink() {
    const { grid, side } = this;
    if (grid.isFull) return;
    const picture = Math.max(grid.tallestPicture(), grid.curves.node.hidden ? 0 : grid.curves.node.scrollHeight);
    const unused = Math.floor(grid.main.getBoundingClientRect().height) - Math.max(picture, side.hidden ? 0 : endOf([...side.children], side));
    if (unused > 0) grid.box.style.height = `${grid.box.offsetHeight - unused}px`;
  }
}

/** Where the last of a column's parts ends, in pixels from its top. */
function endOf(parts, column) {
  const last = parts.filter((part) => !part.hidden).at(-1);
  return last ? last.getBoundingClientRect().bottom - column.getBoundingClientRect().top + column.scrollTop : 0;
}
