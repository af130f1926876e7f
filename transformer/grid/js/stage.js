/**
 * Where the parts of a grid stand. A stage fills what is left of the window below its top edge: several ways to
 * place sentence, candidates, readout and code around the picture are tried, and the one with large cells is taken.
 *
 * @import { Planner } from "./planner.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 * @typedef {"bar"|"above"|"side"|"beside"|"under"|"over"|"after"} Room  in the step bar, above the picture, in a column
 *   at its side, beside the token strips, under the picture, over it while a cell is pointed at, or after the stage
 * @typedef {{given: Room, bars: Room, readout: Room, rest: Room}} Around
 * @typedef {Around & {sentence: Room}} Places  where each part stands
 * @typedef {{places: Places, ratio: number, holds: boolean}} Tried  the smallest cell in terms of what it should be, and
 *   whether what stands beside the picture is seen whole
 */

import { SCROLLED_WORTH } from "./arrange.js";
import { childrenOf, keepHeights } from "./dom.js";
import { fills, heightOf, isCrowded } from "./room.js";

const LOWEST_PICTURE = 120;
const BEGUN = 60;
const NEARLY = 0.97;
const WORTH_BESIDE = 0.75;
const WORTH_BESIDE_CROWDED = 0.9;

/** Ways to place the parts, the preferred one first. @type {Around[]} */
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

/** The parts of a grid in the room they have. */
export class Stage {
  /** @param {Nodes} nodes @param {State} state @param {Planner} planner */
  constructor(nodes, state, planner) {
    this.nodes = nodes;
    this.state = state;
    this.planner = planner;
    /** @type {Places|null} */
    this.places = null;
  }

  get fills() {
    return fills(this.nodes.root, this.state);
  }

  get isCrowded() {
    return isCrowded(this.nodes.root, this.state);
  }

  /** Choose the places and the sizes of cells for the room there is. */
  fit() {
    const { root, box } = this.nodes;
    root.classList.toggle("staged", this.fills);
    root.classList.toggle("crowded", this.isCrowded);
    box.style.height = "";
    if (!this.fills) {
      this.#try(NATURAL);
      this.#keepHeights();
      return;
    }
    const worth = this.isCrowded ? WORTH_BESIDE_CROWDED : WORTH_BESIDE;
    this.#try(
      best(
        this.#choices().map((places) => this.#try(places)),
        worth,
      ),
    );
    const before = this.nodes.main.clientHeight;
    this.#keepHeights();
    if (this.nodes.main.clientHeight < before) this.planner.make();
    this.#shrink();
  }

  /**
   * What stands above the picture keeps its tallest frame's height, so that the picture stays in place while stepping.
   */
  #keepHeights() {
    const { sentence, tokens, link } = this.nodes.parts;
    if (this.state.count > 1) keepHeights([sentence, tokens, link]);
  }

  /** The ways to place what this grid has. */
  #choices() {
    const { bars, tokens } = this.nodes.parts;
    const isOf = (/** @type {Around} */ places) =>
      (places.bars === "side" || !bars.hidden) && (places.given === "above" || !tokens.hidden);
    const choices = PLACES.filter(isOf).flatMap((places) => this.#withSentence(places));
    if (!this.state.isFull) return choices;
    const inside = (/** @type {Room} */ place) => (place === "after" ? "under" : place);
    return choices.map((places) => ({ ...places, readout: inside(places.readout), rest: inside(places.rest) }));
  }

  /**
   * Places with the sentence in them. In presenter size it shares the bar's line, and the readout takes no room.
   * @param {Around} places
   * @returns {Places[]}
   */
  #withSentence(places) {
    const hasSentence = !this.nodes.parts.sentence.hidden;
    /** @type {Places[]} */
    const beside = places.given === "side" && hasSentence ? [{ sentence: "side", ...places }] : [];
    if (!this.isCrowded) return [{ sentence: "above", ...places }, ...beside];
    if (places.readout !== "side" && places.bars !== "beside") return []; // as one that has been tried, but for the readout
    const bar = this.state.count > 1 ? "bar" : "above";
    return [/** @type {Places} */ ({ sentence: bar, ...places }), ...beside].map((one) => ({
      ...one,
      readout: "over",
    }));
  }

  /** Place the parts so and plan the picture. @param {Places} places @returns {Tried} */
  #try(places) {
    this.#put(places);
    if (this.fills) this.#setHeight();
    const { ratio } = this.planner.make();
    return { places, ratio, holds: this.#holds(places) };
  }

  /**
   * Whether the column beside the picture shows all of it; code and facts may be longer, but have to begin in it.
   * @param {Places} places
   */
  #holds({ rest, given, sentence }) {
    const { side } = this.nodes.rooms;
    if (side.hidden) return true;
    const { codeBox, facts, tokens, sentence: said } = this.nodes.parts;
    if (sentence === "side" && said.scrollHeight > said.clientHeight + 1) return false;
    if (given === "side" && tokens.scrollWidth > tokens.clientWidth + 1) return false;
    const parts = childrenOf(side).filter((part) => !part.hidden && part !== codeBox && part !== facts);
    const begun = rest === "side" && !(codeBox.hidden && facts.hidden) ? BEGUN : 0;
    return endOf(parts, side) + begun <= side.clientHeight + 1;
  }

  /** @param {Places} places */
  #put(places) {
    if (JSON.stringify(places) === JSON.stringify(this.places)) return;
    this.places = places;
    const { parts, rooms, strips, readout, box, root, transport, unlock } = this.nodes;
    /** @type {[HTMLElement, Room][]} */
    const placed = [
      [parts.sentence, places.sentence],
      [strips, places.given],
      [parts.bars, places.bars],
      [readout, places.readout],
      [parts.codeBox, places.rest],
      [parts.facts, places.rest],
    ];
    for (const [name, room] of Object.entries(rooms)) {
      room.replaceChildren(...placed.filter(([, place]) => place === name).map(([part]) => part));
    }
    rooms.above.append(rooms.beside);
    if (places.sentence === "above") box.prepend(parts.sentence); // across the whole width
    if (places.sentence === "bar") transport.insertBefore(parts.sentence, unlock);
    root.classList.toggle("barred", places.sentence === "bar");
    rooms.side.classList.toggle("first", places.given === "side");
    this.showRooms();
  }

  /** The sentence may have stood in a bar that is gone: parts are placed anew. */
  replace() {
    this.places = null;
  }

  /** A column in which nothing is shown takes no room. */
  showRooms() {
    const { strips, rooms } = this.nodes;
    const { above: _, ...others } = rooms;
    for (const node of [strips, ...Object.values(others)])
      node.hidden = childrenOf(node).every((child) => child.hidden);
  }

  #setHeight() {
    const { root, box, main, transport } = this.nodes;
    const bar = this.state.count > 1 ? transport.offsetHeight : 0; // of a single frame it stands in the corner
    const height = heightOf(root, this.state) - bar - edgesOf(root);
    const given = box.offsetHeight - main.offsetHeight; // what stands above and below the picture
    box.style.height = `${height}px`;
    if (main.clientHeight < LOWEST_PICTURE) box.style.height = `${Math.max(height, given + LOWEST_PICTURE)}px`;
  }

  /** A stage is no higher than its tallest frame: what follows it comes close. */
  #shrink() {
    if (this.state.isFull) return;
    const { curves, main, box, rooms } = this.nodes;
    const beside = rooms.side.hidden ? 0 : endOf(childrenOf(rooms.side), rooms.side);
    const used = Math.max(this.planner.tallestPicture, curves.hidden ? 0 : curves.scrollHeight, beside);
    const unused = Math.floor(main.getBoundingClientRect().height) - used;
    if (unused > 0) box.style.height = `${box.offsetHeight - unused}px`;
  }
}

/**
 * Of what has been tried the places to take: the first with cells about as large as in any.
 * @param {Tried[]} tried
 * @param {number} worth the share of the largest cells that is enough where they are large
 */
function best(tried, worth) {
  const most = Math.max(...tried.map(({ ratio }) => ratio));
  const enough = most <= 1 ? NEARLY * most : Math.max(1, worth * most);
  const wholeFrom = (/** @type {number} */ least) => tried.find(({ ratio, holds }) => holds && ratio >= least);
  const largest = Math.max(...tried.filter(({ holds }) => holds).map(({ ratio }) => ratio));
  const windowed = most < SCROLLED_WORTH ? wholeFrom(largest) : null; // a window may be smaller, what is beside it not cut
  const largestOfAll = tried.find(({ ratio }) => ratio === most) ?? tried[0];
  return (wholeFrom(enough) ?? wholeFrom(1) ?? windowed ?? largestOfAll).places;
}

/**
 * Where the last of a column's parts ends, in pixels from its top.
 * @param {HTMLElement[]} parts
 * @param {HTMLElement} column
 */
function endOf(parts, column) {
  const shown = parts.filter((part) => !part.hidden);
  const last = shown[shown.length - 1];
  return last ? last.getBoundingClientRect().bottom - column.getBoundingClientRect().top + column.scrollTop : 0;
}

/** Padding above and below. @param {HTMLElement} node */
function edgesOf(node) {
  const { paddingTop, paddingBottom } = getComputedStyle(node);
  return parseFloat(paddingTop) + parseFloat(paddingBottom);
}
