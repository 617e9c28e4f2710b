// Work in the background: its progress, and the page again when it has ended. A download keeps its button usable.
(() => {
  "use strict";

  const EVERY = 1500;

  function follow(line) {
    const bar = line.querySelector("progress"), text = line.querySelector(".indexing span");
    async function look() {
      try {
        const response = await fetch(line.dataset.status, { headers: { Accept: "application/json" } });
        if (response.status === 401) { location.reload(); return; }
        const status = response.ok ? await response.json() : null;
        if (status && !status.running) { location.reload(); return; }
        if (status && bar && status.of) Object.assign(bar, { max: status.of, value: status.done });
        if (status && text && status.text && text.textContent !== status.text) text.textContent = status.text;
      } catch { /* the server is away for a moment: ask again */ }
      setTimeout(look, EVERY);
    }
    setTimeout(look, EVERY);
  }

  // The page stays when a download begins, and so does the button: for a while it takes no second click.
  function downloads(form) {
    const button = form.querySelector("button"), label = button.textContent;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      button.textContent = button.dataset.busy;
      form.submit();
      setTimeout(() => { button.disabled = false; button.textContent = label; }, 5000);
    });
  }

  const line = document.getElementById("working");
  if (line) follow(line);
  for (const form of document.querySelectorAll("form[data-downloads]")) downloads(form);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
