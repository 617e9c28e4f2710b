// The little that the pages do in the browser: language, copying, printing, keeping the new answer in view.
(() => {
  "use strict";

  const root = document.documentElement;
  let settled = "";
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  // The header of the chat says which language its labels are in: so does the document, and the address.
  function settle() {
    const header = document.querySelector("#header [data-language]");
    const code = header?.dataset.language;
    if (!code || code === settled) return;
    const address = new URL(location.href);
    if (settled || address.searchParams.has("lang")) {
      address.searchParams.set("lang", code);
      history.replaceState(history.state, "", address);
    }
    settled = code;
    root.lang = code;
    root.dir = header.dir;
    root.removeAttribute("data-waiting");
    document.title = header.querySelector("h1").textContent;
  }

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.textContent;
    if (label === button.dataset.copied) return;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 2000);
  }

  // Gradio's document has a base address, so that "#x" alone would leave the page.
  function jump(event, link) {
    const target = document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link) jump(event, link);
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
    if (event.target.closest("[data-print]")) print();
  });

  // A question was sent: bring it into view, and give the focus back when its button is gone.
  let turns = 0;
  function follow() {
    const shown = document.querySelectorAll("#log .turn");
    if (shown.length > turns) {
      shown[shown.length - 1].scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
      if (document.activeElement === document.body) document.querySelector("#ask textarea")?.focus({ preventScroll: true });
    }
    turns = shown.length;
  }

  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
  if (document.querySelector("gradio-app")) {
    const watched = { childList: true, subtree: true, attributeFilter: ["data-language"] };
    new MutationObserver(() => { settle(); follow(); }).observe(document.body, watched);
    setTimeout(() => root.removeAttribute("data-waiting"), 8000);
  }
})();
