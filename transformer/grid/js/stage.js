/**
 * The layout of a grid's parts. A stage fills the window below its top edge: several ways to place sentence,
 * candidates, readout and code around the picture are tried, and the first with sufficiently large cells is used.
 *
 * @import { Planner } from "./planner.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 * @typedef {"bar"|"above"|"side"|"beside"|"under"|"over"|"after"} Room  in the step bar, above the picture, in a column
 *   at its side, beside the token strips, under the picture, over it while a cell is pointed at, or after the stage
 * @typedef {{given: Room, bars: Room, readout: Room, rest: Room}} Around
 * @typedef {Around & {sentence: Room}} Places  the place of each part
 * @typedef {{places: Places, ratio: number, holds: boolean}} Tried  the smallest cell relative to the wanted size, and
 *   whether everything beside the picture is fully visible
 */

import { SCROLLED_WORTH } from "./arrange.js";
import { childrenOf, keepHeights } from "./dom.js";
import { fills, heightOf, isCrowded } from "./room.js";

const LOWEST_PICTURE = 120;
const BEGUN = 60;
const NEARLY = 0.97;
const WORTH_BESIDE = 0.75;
const WORTH_BESIDE_CROWDED = 0.9;

/** The ways to place the parts, in order of preference. @type {Around[]} */
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
/** The places in a grid that is no stage: parts follow each other at their natural height. @type {Places} */
const NATURAL = { sentence: "above", given: "above", bars: "side", readout: "after", rest: "after" };

/** Lays out the parts of a grid in the available space. */
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

  /** Choose the places of parts and the sizes of cells for the available space. */
  fit() {
    const { root, box, rooms } = this.nodes;
    root.classList.toggle("staged", this.fills);
    root.classList.toggle("crowded", this.isCrowded);
    box.style.height = "";
    rooms.side.style.minWidth = "";
    if (!this.fills) {
      this.#try(NATURAL);
      this.#keepSizes();
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
    this.#keepSizes();
    if (this.nodes.main.clientHeight < before) this.planner.make();
    this.#shrink();
  }

  /**
   * Keep the tallest frame's height of what stands above the picture, and the widest frame's width of a column of token
   * strips, so that the picture does not move while stepping.
   */
  #keepSizes() {
    const { parts, rooms } = this.nodes;
    if (this.state.count === 1) return;
    keepHeights([parts.sentence, parts.tokens, parts.link]);
    if (this.places?.given === "side") rooms.side.style.minWidth = `${rooms.side.getBoundingClientRect().width}px`;
  }

  /** The ways to place the parts that this grid has. */
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
   * Add places for the sentence. In presenter size, it shares the step bar's line, and the readout takes no space.
   * @param {Around} places
   * @returns {Places[]}
   */
  #withSentence(places) {
    const hasSentence = !this.nodes.parts.sentence.hidden;
    /** @type {Places[]} */
    const beside = places.given === "side" && hasSentence ? [{ sentence: "side", ...places }] : [];
    if (!this.isCrowded) return [{ sentence: "above", ...places }, ...beside];
    if (places.readout !== "side" && places.bars !== "beside") return []; // like another one but for the readout
    const bar = this.state.count > 1 ? "bar" : "above";
    return [/** @type {Places} */ ({ sentence: bar, ...places }), ...beside].map((one) => ({
      ...one,
      readout: "over",
    }));
  }

  /** Place the parts and plan the picture. @param {Places} places @returns {Tried} */
  #try(places) {
    this.#put(places);
    if (this.fills) this.#setHeight();
    const { ratio } = this.planner.make();
    return { places, ratio, holds: this.#holds(places) };
  }

  /**
   * Whether the column beside the picture shows all of its parts; of code and facts, the beginning suffices.
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

  /** Forget the places, since the sentence may have been in a step bar that was rebuilt. */
  replace() {
    this.places = null;
  }

  /** Hide places in which nothing is shown. */
  showRooms() {
    const { strips, rooms } = this.nodes;
    const { above: _, ...others } = rooms;
    for (const node of [strips, ...Object.values(others)])
      node.hidden = childrenOf(node).every((child) => child.hidden);
  }

  #setHeight() {
    const { root, box, main, transport } = this.nodes;
    const bar = this.state.count > 1 ? transport.offsetHeight : 0; // for a single frame, the bar lies in the corner
    const height = heightOf(root, this.state) - bar - edgesOf(root);
    const given = box.offsetHeight - main.offsetHeight; // the parts above and below the picture
    box.style.height = `${height}px`;
    if (main.clientHeight < LOWEST_PICTURE) box.style.height = `${Math.max(height, given + LOWEST_PICTURE)}px`;
  }

  /** Reduce the stage to the height of its tallest frame, so that there is no gap below it. */
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
 * The places to use: the first of those tried with sufficiently large cells.
 * @param {Tried[]} tried
 * @param {number} worth the fraction of the largest cell size that suffices if that is large
 */
function best(tried, worth) {
  const most = Math.max(...tried.map(({ ratio }) => ratio));
  const enough = most <= 1 ? NEARLY * most : Math.max(1, worth * most);
  const wholeFrom = (/** @type {number} */ least) => tried.find(({ ratio, holds }) => holds && ratio >= least);
  const largest = Math.max(...tried.filter(({ holds }) => holds).map(({ ratio }) => ratio));
  const windowed = most < SCROLLED_WORTH ? wholeFrom(largest) : null; // rather less of a tensor than cut parts
  const largestOfAll = tried.find(({ ratio }) => ratio === most) ?? tried[0];
  return (wholeFrom(enough) ?? wholeFrom(1) ?? windowed ?? largestOfAll).places;
}

/**
 * The bottom of the last visible part of a column, in pixels from the column's top.
 * @param {HTMLElement[]} parts
 * @param {HTMLElement} column
 */
function endOf(parts, column) {
  const shown = parts.filter((part) => !part.hidden);
  const last = shown[shown.length - 1];
  return last ? last.getBoundingClientRect().bottom - column.getBoundingClientRect().top + column.scrollTop : 0;
}

/** The sum of the paddings above and below. @param {HTMLElement} node */
function edgesOf(node) {
  const { paddingTop, paddingBottom } = getComputedStyle(node);
  return parseFloat(paddingTop) + parseFloat(paddingBottom);
}
