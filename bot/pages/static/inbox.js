// The inbox with a script: files go up one by one, the lists follow the work, several drafts are chosen at once.
(() => {
  "use strict";

  const PAGE = "/staff/inbox";
  const EVERY = 1500;
  const $ = (id) => document.getElementById(id);
  const make = (name, values = {}) => Object.assign(document.createElement(name), values);

  // Files

  function uploads(form) {
    const input = $("files"), section = $("sending"), title = $("sending-title"), list = section.querySelector("ul");
    const words = form.dataset;
    let waiting = [], going = false, failed = 0, done = 0, all = 0;

    input.required = false;
    form.querySelector("button").hidden = true;
    form.querySelector(".invitation").hidden = false;
    input.addEventListener("change", () => { add([...input.files]); input.value = ""; });
    form.addEventListener("submit", (event) => event.preventDefault());

    // A file that is dropped beside the zone would replace the page.
    let inside = 0;
    const holdsFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
    addEventListener("dragenter", (event) => { if (holdsFiles(event)) { inside += 1; form.classList.add("over"); } });
    addEventListener("dragleave", (event) => { if (holdsFiles(event) && --inside <= 0) still(); });
    addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
    addEventListener("drop", async (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      still();
      add(await dropped(event.dataTransfer));
    });
    function still() { inside = 0; form.classList.remove("over"); }

    function add(files) {
      if (!going) { waiting = []; failed = done = all = 0; list.replaceChildren(); }
      for (const file of files) {
        const item = make("li"), bar = make("progress", { max: 1, value: 0 }), state = make("span", { className: "state" });
        const name = make("bdi", { textContent: file.name });
        bar.setAttribute("aria-label", file.name);
        state.textContent = words.waiting;
        item.append(name, bar, state);
        list.append(item);
        waiting.push({ file, item, bar, state });
      }
      all += files.length;
      section.hidden = all === 0;
      section.scrollIntoView({ block: "nearest" });
      if (!going) next();
    }

    async function next() {
      going = true;
      while (waiting.length) {
        say(words.progress.replace("##", all).replace("#", done + failed + 1));
        const one = waiting.shift();
        const problem = await send(one);
        if (problem) { failed += 1; refused(one, problem); } else { done += 1; one.item.remove(); }
        follow(true);
      }
      going = false;
      const good = done === 1 ? words.one : words.many.replace("#", done);
      say([done ? good : "", failed ? words.failed.replace("#", failed) : ""].filter(Boolean).join(" "));
      list.querySelector(".failed")?.scrollIntoView({ block: "nearest" });
    }

    function say(text) { if (title.textContent !== text) title.textContent = text; }

    function refused(one, problem) {
      one.bar.remove();
      one.item.classList.add("failed");
      one.state.textContent = problem;
      if (problem !== words.lost) return;
      const button = make("button", { type: "button", className: "quiet", textContent: words.again });
      button.addEventListener("click", () => { one.item.remove(); failed -= going ? 1 : 0; all -= going ? 1 : 0; add([one.file]); });
      one.item.append(button);
    }

    // What is wrong with a file, in words; nothing when it was taken in.
    function send({ file, bar, state }) {
      const most = Number(file.name.toLowerCase().endsWith(".zip") ? words.mostArchive : words.most);
      if (file.size > most) return Promise.resolve(words.tooLarge);
      const body = new FormData(form);
      body.delete("files");
      body.append("files", file, file.name);
      const request = new XMLHttpRequest();
      return new Promise((resolve) => {
        request.upload.addEventListener("progress", (event) => {
          bar.max = event.total;
          bar.value = event.loaded;
          state.textContent = `${Math.floor(100 * event.loaded / (event.total || 1))} %`;
        });
        request.addEventListener("load", () => resolve(answered(request)));
        request.addEventListener("error", () => resolve(words.lost));
        request.addEventListener("abort", () => resolve(words.lost));
        request.open("POST", form.action);
        request.setRequestHeader("Accept", "application/json");
        request.send(body);
      });
    }

    function answered(request) {
      if (request.status === 200) return "";
      try {
        const answer = JSON.parse(request.responseText);
        return answer.problem || answer.error || words.lost;
      } catch { return words.lost; }
    }

    addEventListener("beforeunload", (event) => { if (going) event.preventDefault(); });
  }

  // The files of a drop, those of its folders too.
  async function dropped(transfer) {
    const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.());
    if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files];
    const found = [];
    for (const entry of entries) if (entry) await walk(entry, found);
    return found;
  }

  async function walk(entry, found) {
    if (entry.name.startsWith(".")) return;
    if (entry.isFile) { found.push(await new Promise((resolve, reject) => entry.file(resolve, reject))); return; }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const inner of some) await walk(inner, found);
    }
  }

  // The work that is under way

  let timer = 0, asking = false;

  function follow(now = false) {
    clearTimeout(timer);
    timer = setTimeout(look, now ? 200 : EVERY);
  }

  async function look() {
    if (asking) { follow(); return; }
    asking = true;
    let status = null, stale = false;
    try {
      const response = await fetch(`${PAGE}/status`, { headers: { Accept: "application/json" } });
      if (response.status === 401) { location.reload(); return; }
      status = response.ok ? await response.json() : null;
      if (status) stale = !(await shown(status));
    } catch { /* the server is away for a moment: ask again */ } finally { asking = false; }
    if (!status || stale || status.under_way.length) follow();
  }

  // Whether the page shows what the status says.
  async function shown(status) {
    const watched = $("watched");
    if (watched) {
      if (!status.under_way.includes(Number(watched.dataset.watched))) location.reload();
      return true;
    }
    if ($("drafts").dataset.stamp !== status.stamp) await refreshed();
    progress(status.indexing);
    return $("drafts").dataset.stamp === status.stamp;
  }

  function progress(indexing) {
    const line = $("indexing");
    if (!line) return;
    line.hidden = !indexing;
    if (!indexing) return;
    Object.assign(line.querySelector("progress"), { max: indexing.of, value: indexing.done });
    line.querySelector("span").textContent = line.dataset.text.replace("##", indexing.of).replace("#", indexing.done);
  }

  // The lists as they are now; what was chosen stays so, and the focus where it was.
  async function refreshed() {
    const response = await fetch(PAGE, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("drafts"), old = $("drafts");
    if (!fresh || old.querySelector("details.confirm[open]")) return;  // nothing moves under a hand about to decide
    const before = ready(old);
    const chosen = new Set([...old.querySelectorAll("[name=ids]:checked")].map((box) => box.value));
    const focused = old.contains(document.activeElement) ? place(document.activeElement) : "";
    old.replaceWith(fresh);
    for (const box of fresh.querySelectorAll("[name=ids]")) box.checked = chosen.has(box.value);
    choosing();
    ownTimes(fresh);
    if (focused) fresh.querySelector(focused)?.focus({ preventScroll: true });
    if (ready(fresh) !== before) $("news").textContent = $("news").dataset.text.replace("#", ready(fresh));
  }

  const ready = (lists) => lists.querySelectorAll(".group.ready tbody tr").length;

  function place(element) {
    if (element.name === "ids") return `[name=ids][value="${CSS.escape(element.value)}"]`;
    return element.getAttribute("href") ? `a[href="${CSS.escape(element.getAttribute("href"))}"]` : "";
  }

  function ownTimes(part) {
    const format = new Intl.DateTimeFormat(document.documentElement.dataset.locale, { dateStyle: "medium", timeStyle: "short" });
    for (const element of part.querySelectorAll("time[data-moment]")) {
      const moment = new Date(element.dateTime);
      if (Number.isNaN(moment.valueOf())) continue;
      element.title = element.textContent;
      element.textContent = format.format(moment);
    }
  }

  // Several at once

  function choosing() {
    for (const form of document.querySelectorAll("form.choosing")) {
      const boxes = [...form.querySelectorAll("[name=ids]")], all = form.querySelector("[data-choose-all]");
      const said = form.querySelector(".chosen");
      let last = null;
      all.hidden = false;
      const count = () => {
        const chosen = boxes.filter((box) => box.checked).length;
        all.checked = chosen === boxes.length;
        all.indeterminate = chosen > 0 && !all.checked;
        said.textContent = chosen === 0 ? "" : chosen === 1 ? said.dataset.one : said.dataset.many.replace("#", chosen);
        form.classList.toggle("some", chosen > 0);
        for (const button of form.querySelectorAll("button[data-needs-choice]")) button.disabled = chosen === 0;
        for (const box of boxes) box.closest("tr").classList.toggle("is-chosen", box.checked);
      };
      all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; count(); });
      for (const box of boxes) {
        box.addEventListener("click", (event) => {
          const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
          if (event.shiftKey && from >= 0) for (const between of boxes.slice(from, to)) between.checked = box.checked;
          last = box;
          count();
        });
      }
      count();
    }
  }

  const drop = $("drop"), drafts = $("drafts");
  if (drop) uploads(drop);
  choosing();
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  if ($("watched") || Number(drafts?.dataset.underWay)) follow();
})();
