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
    if (!await toClipboard(button.dataset.copy)) return;
    const label = button.textContent;
    if (label === button.dataset.copied) return;
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 2000);
  }

  // Browsers offer the clipboard on https and localhost only; elsewhere a selected field does.
  async function toClipboard(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
    const field = Object.assign(document.createElement("textarea"), { value: text, className: "hidden" });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }

  // A link inside the page moves the focus too, and leaves the address as it is.
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

  // A question was sent, or answered: bring it into view, and give the focus back when its button is gone.
  let seen = "";
  function follow() {
    const turns = document.querySelectorAll("#log .turn");
    const last = turns[turns.length - 1];
    const state = last ? `${turns.length} ${last.classList.contains("pending")}` : "";
    if (state === seen) return;
    seen = state;
    if (!last) return;
    last.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
    if (document.activeElement === document.body) {
      document.querySelector("#ask textarea")?.focus({ preventScroll: true });
    }
  }

  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
  if (document.querySelector("gradio-app")) {
    const watched = { childList: true, subtree: true, attributeFilter: ["data-language"] };
    new MutationObserver(() => { settle(); follow(); }).observe(document.body, watched);
    setTimeout(() => root.removeAttribute("data-waiting"), 8000);
  }
})();
