/**
 * Colours, fonts and patterns of the current theme and size.
 *
 * @import { Colours, GridData, Scale } from "./data.js"
 * @import { Picture } from "./picture.js"
 * @typedef {number[]} Channels  red, green and blue, 0 to 255
 * @typedef {{pixels: Uint32Array, light: boolean[]}} Ramp  a scale's colours: as pixels, and whether each is light, so
 *   that text on it has to be dark
 */

import { contextOf } from "./element.js";
import { LINE_GAP, TITLE_HEIGHT } from "./geometry.js";

export const STEPS = 256;

/** @param {string} text "#rrggbb" or "rgb(r, g, b)" @returns {Channels} */
function rgb(text) {
  if (text.startsWith("#")) return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  return (text.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}

/** @param {Channels} colour */
export const pixel = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
/** @param {Channels} from @param {Channels} to @param {number} part */
const mix = (from, to, part) => from.map((value, i) => Math.round(value + (to[i] - value) * part));
/** The three channels of a pixel, the inverse of `pixel`. @param {number} packed */
export const channels = (packed) => [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255];

/** @param {Channels} colour */
export const css = (colour) => `rgb(${colour.join(",")})`;
/** @param {Channels} colour */
export const isLight = ([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b > 140;

/** A scale's colours, interpolated to `STEPS` steps. @param {string[]} stops @returns {Ramp} */
function ramp(stops) {
  const colours = stops.map(rgb);
  const at = (/** @type {number} */ i) => {
    const x = (i / (STEPS - 1)) * (colours.length - 1);
    const low = Math.min(Math.floor(x), colours.length - 2);
    return mix(colours[low], colours[low + 1], x - low);
  };
  const fine = Array.from({ length: STEPS }, (_, i) => at(i));
  return { pixels: Uint32Array.from(fine, pixel), light: fine.map(isLight) };
}

/** The index of a finite value's step in a ramp. @param {number} value @param {Scale} scale */
export function stepOf(value, scale) {
  const span = scale.high - scale.low;
  const part = span > 0 ? (value - scale.low) / span : value >= scale.high ? 1 : 0;
  return Math.round(Math.min(1, Math.max(0, part)) * (STEPS - 1));
}

/**
 * A colour of the page's theme; a canvas converts any CSS notation.
 * @param {Element} host
 * @param {string} variable
 * @param {string} fallback
 */
function themeColour(host, variable, fallback) {
  const context = contextOf(document.createElement("canvas"));
  context.fillStyle = fallback;
  context.fillStyle = getComputedStyle(host).getPropertyValue(variable).trim() || fallback;
  return rgb(context.fillStyle.startsWith("#") ? context.fillStyle : fallback);
}

/** Fonts, colours and patterns of the current theme and size. */
export class Look {
  /**
   * A text that changes when the page's theme or size does.
   * @param {Element} host
   * @param {GridData} data
   * @param {number} scale
   */
  static key(host, { colours }, scale) {
    const style = getComputedStyle(host);
    const names = ["--st-text-color", "--st-background-color", "--st-primary-color"];
    const theme = names.map((name) => style.getPropertyValue(name));
    return JSON.stringify([style.fontFamily, document.fonts.status, window.devicePixelRatio, theme, scale, colours]);
  }

  /** @param {Element} host @param {GridData} data @param {string} key @param {number} scale of all that is drawn */
  constructor(host, data, key, scale) {
    this.key = key;
    const style = getComputedStyle(host);
    this.scale = scale;
    this.ratio = window.devicePixelRatio || 1;
    this.family = style.fontFamily || "sans-serif";
    this.font = Math.round(11 * this.scale);
    this.maxLabel = 72 * this.scale;
    this.title = TITLE_HEIGHT * this.scale;
    this.around = this.title + LINE_GAP;
    this.text = themeColour(host, "--st-text-color", "#31333f");
    this.back = themeColour(host, "--st-background-color", "#ffffff");
    this.primary = themeColour(host, "--st-primary-color", "#ff4b4b");
    this.soft = mix(this.text, this.back, 0.3);
    this.neutral = mix(this.back, this.text, 0.14);
    this.hatched = mix(this.back, this.text, 0.07);
    /** @type {Record<Scale["kind"], Ramp>} */
    this.ramps = {
      sequential: ramp(data.colours.sequential),
      diverging: ramp(data.colours.diverging),
      boolean: ramp(data.colours.sequential),
    };
    this.hatch = hatchTile(data.colours.masked, this.ratio);
    this.wrong = data.colours.wrong;
    this.chosen = data.colours.chosen;
    /** Whether numbers are written under panels. */
    this.notes = true;
    /** The most width of a picture, in pixels. */
    this.room = 0;
    /** @type {Map<string, number>} */
    this.widths = new Map();
    /** @type {WeakMap<string[], number>} */
    this.widestOf = new WeakMap();
    this.ruler = contextOf(document.createElement("canvas"));
    this.ruler.font = this.fontOf(this.font);
  }

  /** @param {number} pixels */
  fontOf(pixels, weight = 400) {
    return `${weight} ${pixels}px ${this.family}`;
  }

  /** The width of a text in the font of labels, in pixels. @param {string} text */
  width(text) {
    const known = this.widths.get(text);
    if (known !== undefined) return known;
    const { width } = this.ruler.measureText(text);
    this.widths.set(text, width);
    return width;
  }

  /** The largest width of texts; cached, since the search for the cell size repeats it. @param {string[]} texts */
  widest(texts) {
    const known = this.widestOf.get(texts);
    if (known !== undefined) return known;
    const widest = texts.reduce((most, text) => Math.max(most, this.width(text)), 0);
    this.widestOf.set(texts, widest);
    return widest;
  }

  /** The least width of a figure's title: name and meaning of True. The shape is left out if it does not fit.
   * @param {{name: string, truth: string}} tensor */
  headingWidth({ name, truth }) {
    return Math.ceil((this.width(name) * 1.1 + this.width(truth)) * (14 / 11)) + 8;
  }

  /** A length rounded to whole device pixels, so that cells have sharp edges. @param {number} x */
  snap(x) {
    return Math.round(x * this.ratio) / this.ratio;
  }

  /** `text`, shortened with an ellipsis to fit. @param {string} text @param {number} room */
  fit(text, room) {
    if (this.width(text) <= room) return text;
    let cut = text;
    while (cut.length > 1 && this.width(`${cut}…`) > room) cut = cut.slice(0, -1);
    return `${cut}…`;
  }
}

/** A tile of diagonal lines, in device pixels. @param {string} colour @param {number} ratio */
export function hatchTile(colour, ratio) {
  const side = Math.round(5 * ratio);
  const tile = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const context = contextOf(tile);
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1, ratio);
  for (const shift of [-side, 0, side]) line(context, shift, side, shift + side, 0);
  return tile;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
export function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
