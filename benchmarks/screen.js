/**
 * What of a view's stage is on the first screen. The stage is what the page put into its stage containers
 * (`st-key-stage...`) and every tensor grid that fills the window; its parts are charts, tables, texts, and of a
 * grid the step bar, the sentence, the token strips, the candidates and the pictures.
 *
 * @returns {{share: number, cells: number[], numbered: number[], parts: {name: string, share: number}[]}} `share` of
 *   the parts' area that is seen, nothing scrolled; sizes of cells in pixels, `numbered` those that hold numbers
 */
() => {
  const OUTER = ['[class*="st-key-stage"]', ".grid.staged"];
  const GRID = [".transport", "[data-testid=tg-caption]", "[data-testid=tg-tokens]", "[data-testid=tg-bars]", "figure canvas:not(.over)"];
  const PLAIN = ["stPlotlyChart", "stVegaLiteChart", "stTable", "stDataFrame", "stMetric", "stAlert", "stMarkdown", "stCode", "stButton", "stHtml", "stProgress"]
    .map((name) => `[data-testid=${name}]`);

  /** All matches below `root`, also inside components. */
  const all = (selector, root = document) => {
    const found = [...root.querySelectorAll(selector)];
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) found.push(...all(selector, node.shadowRoot));
    return found;
  };
  const parentOf = (node) => node.parentElement ?? node.getRootNode().host ?? null;

  /** The part of a node that is seen: cut by the window and by every box around it that cuts. */
  const seen = (node) => {
    let { left, top, right, bottom } = node.getBoundingClientRect();
    const whole = (right - left) * (bottom - top);
    const cut = (box) => {
      [left, top] = [Math.max(left, box.left), Math.max(top, box.top)];
      [right, bottom] = [Math.min(right, box.right), Math.min(bottom, box.bottom)];
    };
    for (let at = parentOf(node); at && at !== document.documentElement; at = parentOf(at)) {
      if (getComputedStyle(at).overflow !== "visible") cut(at.getBoundingClientRect());
    }
    cut({ left: 0, top: 0, right: innerWidth, bottom: innerHeight });
    return { whole, seen: Math.max(0, right - left) * Math.max(0, bottom - top) };
  };
  const visible = (node) => node.getBoundingClientRect().height > 0 && getComputedStyle(node).visibility !== "hidden";

  const inner = new Set();
  for (const outer of all(OUTER[0])) {
    for (const selector of [...PLAIN, "svg.map, .map svg", ".live :is(.panel, .bar, .remark, .figures, .table)"]) all(selector, outer).forEach((node) => inner.add(node));
    all(".grid", outer).forEach((grid) => GRID.forEach((one) => all(one, grid).forEach((node) => inner.add(node))));
  }
  for (const grid of all(OUTER[1])) GRID.forEach((one) => all(one, grid).forEach((node) => inner.add(node)));

  const parts = [...inner].filter(visible).map((node) => {
    const { whole, seen: part } = seen(node);
    return { name: node.dataset.testid || node.className.baseVal || node.className || node.tagName, whole, seen: part };
  });
  const sum = (name) => parts.reduce((total, part) => total + part[name], 0);
  const figures = all(".grid.staged [data-cell]").filter(visible);
  const sizes = (numbered) => figures.filter((figure) => (figure.dataset.numbered === "true") === numbered).map((figure) => +figure.dataset.cell);
  return {
    share: parts.length ? sum("seen") / sum("whole") : 0,
    cells: sizes(false),
    numbered: sizes(true),
    parts: parts.filter((part) => part.seen < 0.95 * part.whole).map((part) => ({ name: String(part.name), share: part.seen / part.whole })),
  };
};
