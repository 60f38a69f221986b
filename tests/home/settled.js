// Resolves when a page of the frontend has shown the same texts, and moved nothing, for some frames; after some
// seconds in any case.
async () => {
  const textOf = (root) => {
    const own = Array.from(root.childNodes, (node) => (node.nodeType === Node.TEXT_NODE ? node.data : ""));
    const inside = Array.from(root.children, (one) => (one.shadowRoot ? textOf(one.shadowRoot) : "") + textOf(one));
    return [...own, ...inside].join("");
  };
  // A spinner never ends.
  const ends = (animation) => animation.effect.getComputedTiming().endTime < 5000;
  const isMoving = () => document.getAnimations().some((one) => one.playState === "running" && ends(one));
  const deadline = performance.now() + 5000;
  let before = null;
  for (let quietFrames = 0; quietFrames < 5 && performance.now() < deadline; ) {
    await new Promise(requestAnimationFrame);
    const now = textOf(document.documentElement);
    quietFrames = now === before && !isMoving() ? quietFrames + 1 : 0;
    before = now;
  }
}
