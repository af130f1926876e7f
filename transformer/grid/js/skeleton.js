/**
 * The elements of a grid.
 *
 * @typedef {ReturnType<typeof skeleton>} Nodes
 */

import { el } from "./element.js";

/** Create all elements within `root` at their first places; `stage.js` moves the parts. @param {HTMLElement} root */
export function skeleton(root) {
  const transport = el("div", { class: "transport" });
  const title = el("b", { class: "title" });
  const caption = el("span", { class: "caption", "data-testid": "tg-caption" });
  const code = el("code", { "data-testid": "tg-code" });
  const copy = el("button", { type: "button", class: "copy" });
  /** The parts around the picture, which hold a frame's texts. */
  const parts = {
    sentence: el("div", { class: "sentence" }, title, " ", caption),
    tokens: el("div", { class: "tokens", "data-testid": "tg-tokens" }),
    link: el("div", { class: "link", "data-testid": "tg-link" }),
    bars: el("div", { class: "bars", "data-testid": "tg-bars" }),
    facts: el("dl", { class: "facts", "data-testid": "tg-facts" }),
    codeBox: el("div", { class: "code" }, el("pre", {}, code), copy),
  };
  /** The places for parts, see `Places` in `stage.js`. */
  const rooms = {
    above: el("div", { class: "above" }),
    side: el("div", { class: "side" }),
    beside: el("div", { class: "beside" }),
    under: el("div", { class: "under" }),
    over: el("div", { class: "said" }),
    after: el("div", { class: "after" }),
  };
  const strips = el("div", { class: "strips" }, parts.tokens, parts.link);
  const figures = el("div", { class: "figures" });
  const legend = el("div", { class: "legend", "data-testid": "tg-legend" });
  const picture = el("div", { class: "picture" }, figures, legend);
  const curves = el("div", { class: "curves" });
  const main = el("div", { class: "main" }, picture, curves, rooms.side);
  const box = el("div", { class: "box" }, parts.sentence, rooms.above, main, rooms.under, rooms.over);
  const frame = el("div", { class: "frame", "data-testid": "tg-frame" }, box, rooms.after);
  const lens = el("canvas", { class: "lens", "aria-hidden": "true", "data-testid": "tg-lens", hidden: "" });
  const live = el("div", { class: "unseen", "aria-live": "polite" });
  const mirror = el("div", { class: "unseen", "data-testid": "tg-mirror" });
  root.replaceChildren(transport, frame, lens, live, mirror);
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  const step = el("span", { class: "step", "data-testid": "tg-step" });
  const unlock = el("button", { type: "button", class: "unlock", "data-testid": "tg-unlock" });
  const readout = el("div", { class: "readout", "data-testid": "tg-readout" });
  return {
    root,
    transport,
    step,
    unlock,
    title,
    caption,
    code,
    copy,
    parts,
    rooms,
    strips,
    readout,
    figures,
    legend,
    picture,
    curves,
    main,
    box,
    frame,
    lens,
    live,
    mirror,
  };
}
