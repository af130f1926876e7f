/**
 * Colours, fonts and patterns of the current theme and size.
 */

const STEPS = 256;

/** @param {string} text "#rrggbb" or "rgb(r, g, b)" @returns {number[]} */
function rgb(text) {
  if (text.startsWith("#")) return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
  return text.match(/[\d.]+/g).slice(0, 3).map(Number);
}

const pixel = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
const mix = (from, to, part) => from.map((value, i) => Math.round(value + (to[i] - value) * part));
const css = (colour) => `rgb(${colour.join(",")})`;
const isLight = ([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b > 140;

/** A scale's colours, finely interpolated: as pixels, and whether dark text is read on them. */
function ramp(stops) {
  const colours = stops.map(rgb);
  const at = (i) => {
    const x = (i / (STEPS - 1)) * (colours.length - 1);
    const low = Math.min(Math.floor(x), colours.length - 2);
    return mix(colours[low], colours[low + 1], x - low);
  };
  const fine = Array.from({ length: STEPS }, (_, i) => at(i));
  return { pixels: Uint32Array.from(fine, pixel), light: fine.map(isLight) };
}

/** Which of the ramp's steps a finite value has. */
function stepOf(value, scale) {
  const span = scale.high - scale.low;
  const part = span > 0 ? (value - scale.low) / span : value >= scale.high ? 1 : 0;
  return Math.round(Math.min(1, Math.max(0, part)) * (STEPS - 1));
}

/** A colour as the page's theme has it; the canvas resolves every CSS notation. */
function themeColour(host, variable, fallback) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = fallback;
  context.fillStyle = getComputedStyle(host).getPropertyValue(variable).trim() || fallback;
  return rgb(context.fillStyle.startsWith("#") ? context.fillStyle : fallback);
}

/** Fonts, colours and patterns of the current theme and size. */
class Look {
  /** Changes when the page's theme or size does. */
  static key(host, { colours }, scale) {
    const style = getComputedStyle(host);
    const names = ["--st-text-color", "--st-background-color", "--st-primary-color"];
    const theme = names.map((name) => style.getPropertyValue(name));
    return JSON.stringify([style.fontFamily, document.fonts.status, window.devicePixelRatio, theme, scale, colours]);
  }

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
    this.widths = new Map();
    this.widestOf = new WeakMap();
    this.ruler = document.createElement("canvas").getContext("2d");
    this.ruler.font = this.fontOf(this.font);
  }

  fontOf(pixels, weight = 400) {
    return `${weight} ${pixels}px ${this.family}`;
  }

  width(text) {
    if (!this.widths.has(text)) this.widths.set(text, this.ruler.measureText(text).width);
    return this.widths.get(text);
  }

  /** Asked for again and again of the same labels, while the size of cells is being sought. */
  widest(texts) {
    if (!this.widestOf.has(texts)) {
      this.widestOf.set(texts, texts.reduce((most, text) => Math.max(most, this.width(text)), 0));
    }
    return this.widestOf.get(texts);
  }

  /** Width of a figure's title: name in bold, what True means. The shape is left out where it has no room. */
  headingWidth({ name, truth }) {
    return Math.ceil((this.width(name) * 1.1 + this.width(truth)) * (14 / 11)) + 8;
  }

  /** Whole device pixels, so that cells have sharp edges. */
  snap(x) {
    return Math.round(x * this.ratio) / this.ratio;
  }

  /** `text`, cut with an ellipsis to fit. */
  fit(text, room) {
    if (this.width(text) <= room) return text;
    let cut = text;
    while (cut.length > 1 && this.width(`${cut}…`) > room) cut = cut.slice(0, -1);
    return `${cut}…`;
  }
}

/** A tile of diagonal lines, in device pixels. */
function hatchTile(colour, ratio) {
  const side = Math.round(5 * ratio);
  const tile = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const context = tile.getContext("2d");
  context.strokeStyle = colour;
  context.lineWidth = Math.max(1, ratio);
  for (const shift of [-side, 0, side]) line(context, shift, side, shift + side, 0);
  return tile;
}

function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
