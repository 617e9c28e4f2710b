// What the staff area does better with a script; every page works without it.
(() => {
  "use strict";

  const root = document.documentElement;

  // Times come in UTC: show them as the reader's clock does.
  function ownTimes() {
    const format = new Intl.DateTimeFormat(root.dataset.locale, { dateStyle: "medium", timeStyle: "short" });
    for (const element of document.querySelectorAll("time[data-moment]")) {
      const moment = new Date(element.dateTime);
      if (Number.isNaN(moment.valueOf())) continue;
      element.title = element.textContent;
      element.textContent = format.format(moment);
    }
  }

  // Browsers offer the clipboard on https and localhost only.
  function copying() {
    for (const button of document.querySelectorAll("[data-copies]")) {
      const field = document.getElementById(button.dataset.copies);
      field.addEventListener("focus", () => field.select());
      button.hidden = !navigator.clipboard;
      button.addEventListener("click", async () => {
        const label = button.textContent;
        await navigator.clipboard.writeText(field.value);
        button.textContent = button.dataset.copied;
        setTimeout(() => { button.textContent = label; }, 2000);
      });
    }
  }

  // A second click while the first is on its way does nothing; coming back to the page opens the form again.
  function onlyOnce() {
    const sent = new Set();
    addEventListener("submit", (event) => {
      const form = event.target;
      if (event.defaultPrevented || form.method !== "post") return;
      if (sent.has(form)) event.preventDefault();
      sent.add(form);
    });
    addEventListener("pageshow", () => sent.clear());
  }

  // After a form came back with problems, start at the first.
  function firstProblem() {
    document.querySelector("[aria-invalid='true']")?.focus();
  }

  ownTimes();
  copying();
  onlyOnce();
  firstProblem();
})();
