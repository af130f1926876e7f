/**
 * One element of a page that a stream keeps up to date.
 */

import { Asker } from "./8_asker.js";
import { Board } from "./7_board.js";
import { Curves } from "./5_curves.js";

const KINDS = { board: Board, curves: Curves, asker: Asker };
const mounted = new WeakMap();

export default function mount(component) {
  const { parentElement, data, setTriggerValue } = component;
  const root = parentElement.querySelector(".live");
  const told = JSON.parse(data.told);
  if (!mounted.has(root)) mounted.set(root, new KINDS[told.kind](root));
  const one = mounted.get(root);
  Object.assign(root.dataset, { kind: told.kind, name: told.name });
  one.update(told, (event, values) => setTriggerValue(event, values[event]));
  return () => one.dispose();
}
