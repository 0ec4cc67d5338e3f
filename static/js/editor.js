/* The editor of a version in Django admin. Everything it does can be done without it, by saving more often. */
(() => {
  "use strict";
  const editor = document.querySelector("[data-editor]");
  if (!editor) return;
  document.documentElement.classList.add("has-editor");
  const form = editor.closest("form");
  const readOnly = "readOnly" in editor.dataset;
  const words = {};
  for (const one of document.querySelector("[data-editor-words]").content.children) words[one.dataset.word] = one.textContent;
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const wait = (ms, act) => { let timer; return (...given) => { clearTimeout(timer); timer = setTimeout(() => act(...given), ms); }; };
  const status = document.createElement("p");
  status.className = "visually-hidden"; status.setAttribute("role", "status"); editor.append(status);

  /* --- tabs: one panel at a time, named in the address --- */
  const panels = all("[data-panel]"), links = all("[data-tab]"), tabNow = form.querySelector("[data-tab-now]");
  function show(key) {
    for (const panel of panels) panel.hidden = panel.id !== key;
    for (const link of links) link.toggleAttribute("aria-current", link.dataset.tab === key);
    if (tabNow) tabNow.value = key;
    if (key === "quy-trinh") window.dispatchEvent(new Event("resize"));
    grow(document.getElementById(key));
  }
  function follow() {
    const id = decodeURIComponent(location.hash.slice(1)), target = id && document.getElementById(id);
    const panel = target && target.closest("[data-panel]");
    if (!panel) return false;
    show(panel.id);
    if (target !== panel) reveal(target); else window.scrollTo(0, 0);
    return true;
  }
  function reveal(row) {
    const list = row.closest("[data-rows]"), filter = list && list.querySelector("[data-filter-by]");
    if (row.hidden && filter) { filter.value = ""; filterRows(list); }
    const more = row.querySelector(".row-more");
    if (more) more.open = true;
    row.scrollIntoView({ block: "center" });
    const input = row.querySelector("[aria-invalid], input:not([type=hidden]), select, textarea");
    if (input) input.focus({ preventScroll: true });
  }
  for (const link of links) link.addEventListener("click", (event) => { event.preventDefault(); history.replaceState(null, "", "#" + link.dataset.tab); show(link.dataset.tab); });
  window.addEventListener("hashchange", follow);

  /* --- rows --- */
  const inputOf = (row, name) => row.querySelector(`[name="${row.dataset.row}-${name}"]`);
  const valueOf = (row, name) => { const input = inputOf(row, name); return input ? input.value.trim() : ""; };
  const rowsOf = (list) => all(":scope > .row", list);
  const listOf = (part) => document.getElementById("danh-sach-" + part);
  const standing = (part) => rowsOf(listOf(part)).filter((row) => !isDeleted(row));
  const isDeleted = (row) => { const box = inputOf(row, "DELETE"); return box && box.checked; };
  function number(list) {
    rowsOf(list).forEach((row, at) => { const input = inputOf(row, "position"); if (input) input.value = at + 1; });
    const count = list.querySelector("[data-count]");
    if (count) count.textContent = rowsOf(list).filter((row) => !isDeleted(row)).length;
  }
  function move(row, up) {
    const shown = rowsOf(row.parentElement).filter((one) => !one.hidden), at = shown.indexOf(row), other = shown[up ? at - 1 : at + 1];
    if (!other) return;
    other[up ? "before" : "after"](row);
    number(row.parentElement);
    row.querySelector(`[data-move=${up ? "up" : "down"}]`).focus();
    status.textContent = `${words.moved} ${rowsOf(row.parentElement).indexOf(row) + 1}`;
    changed(row);
  }
  function add(list) {
    const total = form.querySelector(`[name="${list.dataset.prefix}-TOTAL_FORMS"]`), at = Number(total.value);
    const holder = document.createElement("template");
    holder.innerHTML = list.querySelector("template[data-blank]").innerHTML.replaceAll("__prefix__", at);
    const row = holder.content.querySelector(".row");
    const last = rowsOf(list).filter((one) => !one.hidden).pop();
    if (last) last.after(row); else list.querySelector(".add-rows").before(row);
    total.value = at + 1;
    const filter = list.querySelector("[data-filter-by]"), section = inputOf(row, "section_key");
    prepare(row);
    if (section) section.value = (filter && filter.value) || (last ? valueOf(last, "section_key") : "") || section.options[Math.min(1, section.options.length - 1)].value;
    number(list);
    row.querySelector(".row-head input:not([type=hidden]), .row-head select").focus();
    const first = inputOf(row, "label") || inputOf(row, "name") || inputOf(row, "title");
    if (first) first.focus();
    changed(row);
  }
  const slug = (text) => {
    const plain = text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();
    let key = "";
    for (const word of plain.match(/[a-z0-9]+/g) || []) { if (key && key.length + word.length >= 40) break; key = key ? `${key}_${word}` : word.slice(0, 40); }
    return /^\d/.test(key) ? "o_" + key : key;
  };
  function suggest(row) {
    const key = inputOf(row, "key"), name = inputOf(row, "label") || inputOf(row, "name") || inputOf(row, "title");
    if (!key || key.value || !name || !name.value.trim()) return;
    const taken = new Set(rowsOf(row.parentElement).map((one) => valueOf(one, "key"))), base = slug(name.value);
    let made = base;
    for (let n = 2; made && taken.has(made); n += 1) made = `${base}_${n}`;
    key.value = made;
  }

  /* --- selects that choose from other rows of the page --- */
  const nameOf = (row) => valueOf(row, "label") || valueOf(row, "name") || valueOf(row, "title") || valueOf(row, "key");
  function refill(select) {
    const kinds = (select.dataset.kinds || "").split(" ").filter(Boolean), chosen = select.value;
    const offered = standing(select.dataset.offers).filter((row) => valueOf(row, "key") && (!kinds.length || (kinds.includes(valueOf(row, "kind")) && !valueOf(row, "parent"))));
    const blank = select.options[0].value === "" ? select.options[0].textContent : "—";
    select.replaceChildren(new Option(blank, ""), ...offered.map((row) => new Option(nameOf(row), valueOf(row, "key"))));
    if (chosen && ![...select.options].some((option) => option.value === chosen)) select.add(new Option(chosen, chosen));
    select.value = chosen;
  }
  const changedParts = new Set();
  const refillSoon = wait(150, () => {
    for (const part of changedParts) for (const select of all(`select[data-offers="${part}"]`)) refill(select);
    if (changedParts.has("sections")) fillFilters();
    changedParts.clear();
  });
  const refillAll = (part) => { changedParts.add(part); refillSoon(); };
  function renamed(row, before) {
    const part = row.parentElement.dataset.rows, now = valueOf(row, "key");
    if (before && now && before !== now) for (const select of all(`select[data-offers="${part}"]`)) if (select.value === before) { select.add(new Option(now, now)); select.value = now; }
    refillAll(part);
  }

  /* --- a long form is looked at one section at a time --- */
  function fillFilters() {
    for (const select of all("[data-filter-by]")) {
      const chosen = select.value, blank = select.options[0].textContent;
      select.replaceChildren(new Option(blank, ""), ...standing("sections").filter((row) => valueOf(row, "key")).map((row) => new Option(nameOf(row), valueOf(row, "key"))));
      select.value = [...select.options].some((option) => option.value === chosen) ? chosen : "";
    }
  }
  function filterRows(list) {
    const wanted = list.querySelector("[data-filter-by]").value;
    for (const row of rowsOf(list)) row.hidden = Boolean(wanted) && valueOf(row, "section_key") !== wanted;
  }

  /* --- what a kind of question needs --- */
  const FOR_KIND = {
    options: ["choice", "many"], max_length: ["text", "long_text"], pattern: ["text", "long_text"], decimals: ["number", "computed"], formula: ["computed"],
    minimum: ["number", "money", "date", "period", "group", "table"], maximum: ["number", "money", "date", "period", "group", "table"],
  };
  function suit(row) {
    const kind = inputOf(row, "kind");
    if (!kind || row.parentElement.dataset.rows !== "fields") return;
    for (const [name, kinds] of Object.entries(FOR_KIND)) {
      const input = inputOf(row, name), cell = input && input.closest(".cell");
      if (cell) cell.hidden = !kinds.includes(kind.value) && ["", "0"].includes(input.value) && !cell.classList.contains("is-wrong");
    }
    row.classList.toggle("is-inner", Boolean(valueOf(row, "parent")));
  }

  /* --- conditions: in words as they are typed, and picked --- */
  const optionsOf = (row) => valueOf(row, "options").split("\n").map((line) => line.split("=")).map(([value, ...label]) => label.length ? [value.trim(), label.join("=").trim()] : [slug(value), value.trim()]).filter(([value]) => value);
  const questions = () => standing("fields").filter((row) => valueOf(row, "key")).map((row) => ({ key: valueOf(row, "key"), label: valueOf(row, "label"), kind: valueOf(row, "kind"), parent: valueOf(row, "parent"), options: optionsOf(row) }));
  async function explain(input) {
    const cell = input.closest(".cell"), said = cell.querySelector("[data-said]"), row = input.closest(".row"), text = input.value;
    const answer = await fetch(editor.dataset.explain, {
      method: "POST", headers: { "X-CSRFToken": token, "Content-Type": "application/json" },
      body: JSON.stringify({ text, kind: input.dataset.expression, lead: input.dataset.expression === "condition" ? row.parentElement.dataset.lead : "", parent: valueOf(row, "parent"), questions: questions() }),
    }).then((response) => (response.ok ? response.json() : {}), () => ({}));
    if (input.value !== text) return;
    const odd = document.createElement("span");
    odd.className = "is-unknown"; odd.textContent = answer.error || answer.unknown || "";
    said.replaceChildren(document.createTextNode(answer.words || ""), odd);
    cell.classList.toggle("is-wrong", Boolean(answer.error));
    input.toggleAttribute("aria-invalid", Boolean(answer.error));
    const brief = row.querySelector("[data-row-words]");
    if (brief && input.name.endsWith("-condition")) brief.textContent = answer.words || "";
  }
  const explainSoon = new WeakMap();
  function typed(input) {
    if (!explainSoon.has(input)) explainSoon.set(input, wait(350, explain));
    explainSoon.get(input)(input);
  }
  function picker(input) {
    const button = document.createElement("button");
    button.type = "button"; button.className = "pick-button"; button.textContent = words.pick; button.setAttribute("aria-expanded", "false");
    input.after(button);
    button.addEventListener("click", () => {
      const cell = input.closest(".cell"), open = cell.querySelector("[data-picker-box]");
      button.setAttribute("aria-expanded", String(!open)); button.textContent = open ? words.pick : words.close;
      if (open) { open.remove(); return; }
      const box = document.querySelector("template[data-picker]").content.firstElementChild.cloneNode(true);
      button.after(box);
      startPicker(box, input);
    });
  }
  function startPicker(box, input) {
    const row = input.closest(".row"), question = box.querySelector("[data-pick=question]"), operation = box.querySelector("[data-pick=operation]"), holder = box.querySelector("[data-pick-value]");
    const own = valueOf(row, "key"), parent = valueOf(row, "parent"), part = row.parentElement.dataset.rows;
    const known = questions().filter((one) => one.kind !== "note" && !(part === "fields" && one.key === own && one.parent === parent) && (!one.parent || one.parent === parent));
    for (const one of known) question.add(new Option(one.label || one.key, one.key));
    if (part === "moves") for (const fact of ["items_done", "items_late"]) { known.push({ key: fact, kind: "yes_no", options: [] }); question.add(new Option(words[fact], fact)); }
    const draw = () => {
      const one = known.find((each) => each.key === question.value) || { kind: "text", options: [] };
      const offered = one.kind === "yes_no" ? [["đúng", words.yes], ["sai", words.no]] : ["choice", "many"].includes(one.kind) ? one.options.map(([value, label]) => [`"${value}"`, label]) : null;
      const value = document.createElement(offered ? "select" : "input");
      for (const [key, label] of offered || []) value.add(new Option(label, key));
      if (!offered && one.kind === "date" && !operation.value.startsWith("tuổi")) value.placeholder = "24/11/2026";
      value.dataset.kind = one.kind;
      holder.replaceChildren(value);
      box.querySelector("[data-value-label]").hidden = ["trống", "không trống"].includes(operation.value);
    };
    question.addEventListener("change", draw); operation.addEventListener("change", draw); draw();
    box.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.tagName === "INPUT") { event.preventDefault(); box.querySelector("[data-pick-add]").click(); } });
    box.querySelector("[data-pick-add]").addEventListener("click", () => {
      const piece = pieceOf(question.value, operation.value, holder.firstElementChild);
      if (!piece) { holder.firstElementChild.focus(); return; }
      const before = input.value.trim(), joint = box.querySelector("[data-pick=joint]").value, other = joint === "và" ? /\shoặc\s|\sor\s/i : null;
      input.value = !before ? piece : `${other && other.test(before) ? `(${before})` : before} ${joint} ${piece}`;
      grow(input.closest(".cell"));
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    question.focus();
  }
  function pieceOf(key, operation, value) {
    if (!key) return "";
    if (operation === "trống") return `trống(${key})`;
    if (operation === "không trống") return `không trống(${key})`;
    let given = value.value.trim();
    if (!given) return "";
    if (operation.startsWith("tuổi")) return /^\d+$/.test(given) ? `tuổi(${key}) ${operation.slice(4)} ${given}` : "";
    if (value.tagName === "INPUT" && !["number", "money", "date", "computed"].includes(value.dataset.kind)) given = JSON.stringify(given);
    if (["number", "money", "computed"].includes(value.dataset.kind)) given = given.replace(/\.(?=\d{3}(\D|$))/g, "").replace(",", ".");
    return `${key} ${operation} ${given}`;
  }

  /* --- the drawing follows the rows --- */
  const drawing = editor.querySelector("[data-drawing]"), drawingState = editor.querySelector("[data-drawing-state]");
  let drawn = 0;
  const redraw = wait(600, async () => {
    const body = new FormData(), turn = ++drawn;
    for (const [name, value] of new FormData(form)) if (/^(steps|items|moves)-/.test(name)) body.append(name, value);
    drawingState.textContent = words.drawing;
    const answer = await fetch(editor.dataset.draw, { method: "POST", headers: { "X-CSRFToken": token }, body }).then((response) => (response.ok ? response.text() : ""), () => "");
    if (turn !== drawn) return;
    if (answer) drawing.innerHTML = answer;
    drawingState.textContent = answer ? "" : words.not_drawn;
  });

  /* --- what follows a change --- */
  const dirty = form.querySelector("[data-dirty]");
  let unsaved = Boolean(form.querySelector(".errornote, .editor-conflict")), leaving = false;
  function changed(row) {
    unsaved = true;
    if (dirty) dirty.textContent = words.unsaved;
    const part = row && row.parentElement && row.parentElement.dataset.rows;
    if (["steps", "items", "moves"].includes(part)) redraw();
    if (part) refillAll(part);
  }
  window.addEventListener("beforeunload", (event) => { if (unsaved && !leaving) event.preventDefault(); });
  form.addEventListener("submit", () => { leaving = true; });
  function grow(root) {
    if (!root) return;
    for (const box of all("textarea", root)) if (box.offsetParent) { box.style.height = "auto"; box.style.height = `${Math.min(box.scrollHeight + 2, 320)}px`; }
  }
  function prepare(row) {
    suit(row);
    if (readOnly) return;
    for (const select of all("select[data-offers]", row)) refill(select);
    for (const input of all("[data-expression=condition]", row)) picker(input);
    for (const details of all(".row-more", row)) details.addEventListener("toggle", () => grow(row));
  }
  editor.addEventListener("focusin", (event) => { if (event.target.name && event.target.name.endsWith("-key")) event.target.dataset.before = event.target.value; });
  editor.addEventListener("input", (event) => {
    const target = event.target, row = target.closest(".row");
    if (target.closest("[data-picker-box]") || target.matches("[data-filter-by]")) return;
    if (target.dataset.expression) typed(target);
    if (target.tagName === "TEXTAREA") grow(target.parentElement);
    changed(row);
  });
  editor.addEventListener("change", (event) => {
    const target = event.target, row = target.closest(".row");
    if (target.matches("[data-filter-by]")) { filterRows(target.closest("[data-rows]")); return; }
    if (!row || target.closest("[data-picker-box]")) return;
    const name = target.name.slice(row.dataset.row.length + 1);
    if (["label", "name", "title"].includes(name)) { suggest(row); renamed(row, ""); }
    if (name === "key") renamed(row, target.dataset.before || "");
    if (["kind", "parent"].includes(name)) { suit(row); renamed(row, ""); }
    if (name === "DELETE") { number(row.parentElement); renamed(row, ""); }
    changed(row);
  });
  editor.addEventListener("click", (event) => {
    const mover = event.target.closest("[data-move]"), adder = event.target.closest("[data-add]");
    if (mover) move(mover.closest(".row"), mover.dataset.move === "up");
    if (adder) { event.preventDefault(); add(adder.closest("[data-rows]")); }
  });
  /* django-admin-sortable2 lets a row be dragged by its h3 and numbers the rows; what else follows is done here. */
  for (const list of all("[data-rows]")) list.addEventListener("end", (event) => { number(list); changed(event.item || null); });

  /* --- begin --- */
  for (const row of all(".row", editor)) prepare(row);
  fillFilters();
  for (const filter of all("[data-filter]")) {
    filter.hidden = false;
    const list = filter.closest("[data-rows]"), select = filter.querySelector("select");
    if (rowsOf(list).length > 25 && !list.querySelector(".has-errors") && select.options.length > 1) select.value = select.options[1].value;
    filterRows(list);
  }
  const focus = document.querySelector("[data-focus]");
  const wrong = panels.find((panel) => "hasErrors" in panel.dataset);
  const failed = document.querySelector(".errornote, .editor-conflict");
  if (failed && wrong) { show(wrong.id); const first = wrong.querySelector("[aria-invalid]"); if (first && !document.querySelector(".editor-conflict")) { const row = first.closest(".row"); if (row) reveal(row); else first.focus(); } }
  else if (!follow()) show(failed && tabNow && tabNow.value ? tabNow.value : (wrong || panels[0]).id);
  if (focus && focus.matches(".editor-conflict")) focus.focus();
})();
