// What those who look at a page of the frontend would complain about, one line each. `keys` are names that a
// translation has to replace, `values` such that may be seen as they are.
([keys, values]) => {
  const keyPath = /\b(?:component|config|entity|issues|options|selector|services|state|ui)\.[a-z0-9_]+\.[a-z0-9_.]+/;
  const snakeCase = /^[a-z0-9]+(?:_[a-z0-9]+)+$/;
  const translationError = /^Translation \w*[eE]rror/;
  // Core's lists end a long name with an ellipsis, and its player moves a long title back and forth.
  const shortening = /^(?:ha-list-item-\w+|hui-marquee)$/;
  // YAML is data.
  const unread = new Set(["ha-code-editor", "script", "style", "title"]);
  const complaints = [];
  const texts = [];
  const isClipping = (overflow) => overflow === "hidden" || overflow === "clip";
  const isScrolling = (overflow) => overflow === "auto" || overflow === "scroll";
  const above = (element) => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host;

  const lineage = (element) => (element ? [element, ...lineage(above(element))] : []);
  const place = (element) => lineage(element).slice(0, 4).map((one) => one.localName).reverse().join(" > ");

  const rangeOf = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range;
  };

  const cutOffBy = (node, element) => {
    const box = rangeOf(node).getBoundingClientRect();
    let canScrollSideways = false;
    const frames = lineage(element);
    if (frames.some((one) => shortening.test(one.localName))) return null;
    for (const at of frames) {
      const style = getComputedStyle(at);
      if (style.display === "contents" || style.display === "inline") continue;
      const frame = at.getBoundingClientRect();
      // Texts for screen readers alone stand in a box of one pixel.
      if (frame.width <= 1 || frame.height <= 1) return null;
      const isOutsideSideways = box.right > frame.right + 1 || box.left < frame.left - 1;
      const isOutsideBelow = box.bottom > frame.bottom + 2 || box.top < frame.top - 2;
      canScrollSideways ||= isScrolling(style.overflowX);
      if (isClipping(style.overflowX) && !canScrollSideways && isOutsideSideways) return at.localName;
      if (isScrolling(style.overflowY)) return null;
      if (isClipping(style.overflowY) && isOutsideBelow) return at.localName;
    }
    return !canScrollSideways && (box.right > innerWidth + 1 || box.left < -1) ? "the window" : null;
  };

  // What stands in a dialog stands on one plane, unless it pops up, scrolls below something, or belongs to core's own
  // header, where a title of two lines runs into the subtitle.
  const planeOf = (frames) => {
    const names = frames.map((one) => one.localName);
    const isApart = names.some((name) => /^(?:ha-dialog-header|wa-pop\w+|wa-tooltip|ha-tooltip)$/.test(name));
    return isApart ? undefined : frames[names.indexOf("dialog")];
  };

  const seenPartOf = (box, frames) => {
    let { left, top, right, bottom } = box;
    for (const at of frames) {
      const style = getComputedStyle(at);
      if (style.display === "contents" || style.overflowY === "visible") continue;
      const frame = at.getBoundingClientRect();
      [left, top] = [Math.max(left, frame.left), Math.max(top, frame.top)];
      [right, bottom] = [Math.min(right, frame.right), Math.min(bottom, frame.bottom)];
    }
    return { left, top, right, bottom };
  };

  const isOver = (one, other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 3 &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 3;

  const readText = (node, element) => {
    const text = node.textContent.trim();
    if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
    const complain = (what) => complaints.push(`${what}: "${text.slice(0, 80)}" in ${place(element)}`);
    const isKey = keyPath.test(text) || snakeCase.test(text) || keys.includes(text);
    if ((isKey && !values.includes(text)) || translationError.test(text)) complain("a key instead of words");
    const edge = cutOffBy(node, element);
    if (edge) complain(`cut off by ${edge}`);
    const plane = planeOf(lineage(element));
    if (!plane) return;
    const lines = Array.from(rangeOf(node).getClientRects(), (line) => seenPartOf(line, lineage(element)));
    const isUnder = (one) => one.plane === plane && one.lines.some((line) => lines.some((own) => isOver(own, line)));
    const under = texts.find(isUnder);
    if (under) complain(`written over "${under.text}"`);
    texts.push({ text, lines, plane });
  };

  const visit = (root) => {
    for (const node of root.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) readText(node, root instanceof ShadowRoot ? root.host : root);
      if (node.nodeType !== Node.ELEMENT_NODE || unread.has(node.localName)) continue;
      // Tabs may be more than the window is wide.
      const overflow = getComputedStyle(node).overflowX;
      if (isScrolling(overflow) && node.scrollWidth > node.clientWidth + 1 && node.checkVisibility()) {
        const isTabs = node.getRootNode().host?.localName === "ha-tab-group";
        if (!isTabs && node.clientWidth > 1) complaints.push(`scrolls sideways: ${place(node)}`);
      }
      visit(node);
      if (node.shadowRoot) visit(node.shadowRoot);
    }
  };

  visit(document.documentElement);
  if (document.scrollingElement.scrollWidth > innerWidth + 1) complaints.push("the page scrolls sideways");
  return complaints;
}
