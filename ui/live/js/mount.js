/**
 * The component: one element of a page that the stream keeps up to date.
 *
 * @import { Server, Topic } from "./stream.js"
 * @typedef {{kind: "board"|"curves"|"asker", name: string, server: Server, topic: Topic|null}} Told
 * @typedef {(event: string, values: Record<string, unknown>) => void} Report  sends an event to the page
 * @typedef {{update: (told: any, report: Report) => void, dispose: () => void}} Kind
 */

import { Asker } from "./asker.js";
import { Board } from "./board.js";
import { Curves } from "./curves.js";

/** @type {Record<Told["kind"], new (root: HTMLElement) => Kind>} */
const KINDS = { board: Board, curves: Curves, asker: Asker };
/** @type {WeakMap<HTMLElement, Kind>} */
const mounted = new WeakMap();

/**
 * @param {{parentElement: ParentNode, data: {told: string},
 *   setTriggerValue: (name: string, value: unknown) => void}} component
 * @returns {() => void} removes it
 */
export default function mount({ parentElement, data, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".live"));
  /** @type {Told} */
  const told = JSON.parse(data.told);
  const one = mounted.get(root) ?? new KINDS[told.kind](root);
  mounted.set(root, one);
  Object.assign(root.dataset, { kind: told.kind, name: told.name });
  one.update(told, (event, values) => setTriggerValue(event, values[event]));
  return () => one.dispose();
}
