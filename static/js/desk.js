/* The desk with scripts: the row one stands on is shown at the side, questions come and go, keys press what they name. */
(() => {
  "use strict";
  const typing = (el) => el?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]");

  // --- the queue: the row that is looked at -------------------------------------------------------------------------
  const mark = (row) => document.querySelectorAll("[data-queue] [data-row]").forEach((r) => {
    r.classList.toggle("sel", r === row);
    if (r === row) r.setAttribute("aria-selected", "true"); else r.removeAttribute("aria-selected");
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches?.("[data-row]")) mark(event.target);
  });
  document.addEventListener("DOMContentLoaded", () => {
    const first = document.querySelector("[data-queue] [data-row].sel");
    if (first) mark(first);
  });

  // --- keys: v ticks the row; a letter that an act names belongs to the act, so it is heard before the page's own keys ---
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
    const key = event.key.toLowerCase();
    const act = /^[a-z]$/.test(key) && document.querySelector(`[data-key="${key}"]`);
    const row = document.querySelector("[data-queue] [data-row].sel");
    if (act) act.click();
    else if (key === "v") row?.querySelector("input[type=checkbox]")?.click();
    else if (key === "enter" && row && event.target === document.body) row.querySelector("a[href]").click();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // --- how many are chosen ------------------------------------------------------------------------------------------
  document.addEventListener("change", () => {
    const out = document.querySelector("[data-chosen]");
    if (out) out.textContent = String(document.querySelectorAll("[name=chon]:checked").length);
  });

  // --- a file beside the answers, without leaving the page ------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    const viewer = document.getElementById("xem");
    if (!link || !viewer || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const shown = document.createElement("iframe");
    shown.sandbox = "allow-same-origin allow-downloads";
    shown.src = link.dataset.view;
    shown.title = link.textContent;
    viewer.replaceChildren(shown);
    document.querySelectorAll(".papers li").forEach((li) => li.classList.toggle("on", li.contains(link)));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "lam") event.target.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  });

  // --- questions that are asked only sometimes (the same language as procedures.conditions) ---------------------------
  function holds(condition, facts) {
    if (condition.all) return condition.all.every((c) => holds(c, facts));
    if (condition.any) return condition.any.some((c) => holds(c, facts));
    if (condition.not) return !holds(condition.not, facts);
    const wanted = ("in" in condition ? condition.in : [condition.is]).map((w) => (w === true ? "yes" : w === false ? "no" : String(w)));
    return (facts[condition.field] || []).some((value) => wanted.includes(value));
  }
  function ask(form) {
    // In the order of the page: what is not asked counts as unanswered for what follows.
    const facts = {};
    const parts = [...form.querySelectorAll("input[name], select[name], textarea[name], [data-when], [data-asked]")];
    const hidden = [];
    for (const part of parts) {
      if (part.dataset.when) {
        part.hidden = !holds(JSON.parse(part.dataset.when), facts);
      }
      if (part.dataset.when || part.dataset.asked) {
        if (part.hidden) hidden.push(part);
        continue;
      }
      if (hidden.some((box) => box.contains(part))) continue;
      if (/^(checkbox|radio)$/.test(part.type) && !part.checked) continue;
      if (part.value) (facts[part.name] ||= []).push(part.value);
    }
  }
  // What hangs on more than choices (sums, ages, rows) only the server knows: it says after each change what is asked.
  document.addEventListener("htmx:afterSwap", () => {
    const told = document.querySelector("[data-now-asked]");
    if (!told) return;
    const asked = new Set(told.dataset.nowAsked.split(" "));
    document.querySelectorAll("[data-asked]").forEach((box) => { box.hidden = !asked.has(box.dataset.asked); });
  });
  const askAll = () => document.querySelectorAll("form.intake").forEach(ask);
  document.addEventListener("DOMContentLoaded", askAll);
  document.addEventListener("change", (event) => { const form = event.target.form; if (form?.classList.contains("intake")) ask(form); });
})();
