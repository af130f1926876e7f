// When does what a click causes come onto the screen? Runs before anything else in a page.
// `start(selector)` or, at the next click or Enter, `arm(selector)` starts the watch. From then on every change of
// the main part of the page, once painted, moves `page`, and one inside `selector` moves `picture`. Shadow roots
// are watched too: the pictures of components live in them. Text for screen readers alone is not on screen. What is
// drawn on a canvas no observer sees: our curves say in attributes what they have drawn.
(() => {
    const QUIET = 1000; // longer than any pause after which a picture reports (REST_MS of the tensor grid: 400)
    const PATIENCE = 30_000;
    const UNSEEN = ".unseen";
    const DRAWN = ["data-axis", "data-range", "data-view", "data-last"];
    const watch = { selector: null, begin: null, picture: null, page: null };
    let changed = new Set();

    const inside = (node, selector) => {
        for (let at = node; at; at = at.getRootNode().host) {
            if ((at.closest ? at : at.parentElement)?.closest(selector)) return true;
        }
        return false;
    };
    const onChange = (records) => {
        if (watch.begin === null) return;
        const waiting = changed.size > 0;
        for (const { target, attributeName, oldValue } of records) {
            if (changed.has("picture")) break;
            if (attributeName && target.getAttribute(attributeName) === oldValue) continue;
            if (!inside(target, "[data-testid=stMain]") || inside(target, UNSEEN)) continue;
            changed.add("page");
            if (inside(target, watch.selector)) changed.add("picture");
        }
        if (!waiting && changed.size) requestAnimationFrame(() => setTimeout(onPainted, 0));
    };
    const onPainted = () => {
        for (const part of changed) watch[part] = performance.now();
        changed = new Set();
    };
    const observer = new MutationObserver(onChange);
    const watched = { childList: true, characterData: true, subtree: true };
    const drawn = { attributes: true, attributeFilter: DRAWN, attributeOldValue: true };
    const observe = (root) => observer.observe(root, { ...watched, ...drawn });
    observe(document);
    const attachShadow = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (options) {
        const root = attachShadow.call(this, options);
        observe(root);
        return root;
    };

    let armed = null;
    const start = (selector, begin = performance.now()) => {
        changed = new Set();
        Object.assign(watch, { selector, begin, picture: null, page: null });
    };
    const onInput = (event) => {
        if (armed === null || (event.type === "keydown" && event.key !== "Enter")) return;
        start(armed, event.timeStamp);
        armed = null;
    };
    for (const type of ["click", "keydown"]) window.addEventListener(type, onInput, { capture: true });

    const isIdle = () =>
        document.querySelector("[data-testid=stApp]")?.getAttribute("data-test-script-state") === "notRunning";
    const isOver = () =>
        watch.picture !== null && !changed.size && isIdle() && performance.now() - watch.page > QUIET;
    const pause = () => new Promise((done) => setTimeout(done, 50));
    window.stopwatch = {
        arm: (selector) => (armed = selector),
        start,
        // Once the script has run and nothing has changed for a while since.
        rest: async () => {
            start("body");
            do await pause();
            while (!isIdle() || changed.size || performance.now() - (watch.page ?? watch.begin) < 2 * QUIET);
        },
        // Milliseconds from the start until the picture, and until everything; once all has been quiet for a while.
        read: async () => {
            const asked = performance.now();
            while (!isOver()) {
                if (performance.now() - asked > PATIENCE) throw new Error(`nothing new in ${watch.selector}`);
                await pause();
            }
            return [watch.picture - watch.begin, watch.page - watch.begin];
        },
    };
})();
