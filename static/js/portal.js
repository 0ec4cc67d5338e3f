/* Small helps for those whose browser runs scripts. Every page works without this file. */
(() => {
  "use strict";
  const say = (key) => document.body.dataset[`t${key[0].toUpperCase()}${key.slice(1)}`] || "";
  const within = (root, selector) => [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];

  // --- one press, one act -----------------------------------------------------------------------------------------
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    const button = event.submitter;
    // After this turn, so that the button's own name and value are still sent.
    setTimeout(() => { if (button) { button.dataset.busy = ""; button.setAttribute("aria-disabled", "true"); } }, 0);
    setTimeout(() => calm(form), 15000);
  });
  const calm = (form) => {
    delete form.dataset.sent;
    within(form, "[data-busy]").forEach((b) => { delete b.dataset.busy; b.removeAttribute("aria-disabled"); });
  };
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(calm));
  document.addEventListener("htmx:afterRequest", (event) => { const form = event.target.closest("form"); if (form) calm(form); });
  document.addEventListener("htmx:sendError", () => alert(say("failed")));

  // --- how many characters are left -------------------------------------------------------------------------------
  function counters(root) {
    within(root, "[data-counter]").forEach((out) => {
      const field = document.getElementById(out.dataset.counter);
      if (!field) return;
      const limit = field.maxLength;
      field.removeAttribute("maxlength"); // a pasted text is not cut silently: the page says by how much it is too long
      const show = () => {
        const left = limit - [...field.value].length;
        out.textContent = say(left < 0 ? "over" : "left").replace("{n}", Math.abs(left).toLocaleString(document.documentElement.lang));
        out.classList.toggle("over", left < 0);
      };
      field.addEventListener("input", show);
      show();
    });
  }

  // --- a password one may see -------------------------------------------------------------------------------------
  function reveals(root) {
    within(root, 'input[type="password"]').forEach((field) => {
      if (field.parentElement.classList.contains("reveal")) return;
      const box = Object.assign(document.createElement("div"), { className: "reveal" });
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn quiet", textContent: say("show") });
      button.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-controls", field.id);
      field.replaceWith(box);
      box.append(field, button);
      button.addEventListener("click", () => {
        const shown = field.type === "password";
        field.type = shown ? "text" : "password";
        button.textContent = say(shown ? "hide" : "show");
        button.setAttribute("aria-pressed", String(shown));
      });
    });
  }

  // --- a long list found by typing: select[data-lookup] -------------------------------------------------------------
  function lookups(root) {
    within(root, "select[data-lookup]").forEach((select) => {
      if (select.hidden) return;
      const id = select.id;
      const box = Object.assign(document.createElement("div"), { className: "lookup" });
      const input = Object.assign(document.createElement("input"), { type: "text", id, autocomplete: "off", placeholder: say("find") });
      const list = Object.assign(document.createElement("ul"), { id: `${id}_list`, hidden: true });
      const described = select.getAttribute("aria-describedby");
      select.id = `${id}_select`;
      select.hidden = true;
      const wasRequired = select.required;
      select.required = false;
      input.required = wasRequired;
      for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": list.id })) input.setAttribute(name, value);
      if (described) input.setAttribute("aria-describedby", described);
      if (select.getAttribute("aria-invalid")) input.setAttribute("aria-invalid", "true");
      list.setAttribute("role", "listbox");
      const chosen = () => select.selectedOptions[0];
      const settle = () => { input.value = select.value ? chosen().text : ""; };
      settle();
      select.after(box);
      box.append(input, list);
      let at = -1, asked = 0, timer;
      const close = () => { list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
      const choose = (option) => {
        if (![...select.options].some((o) => o.value === option.dataset.code)) select.add(new Option(option.dataset.name, option.dataset.code));
        select.value = option.dataset.code;
        settle();
        close();
        select.dispatchEvent(new Event("change", { bubbles: true }));
      };
      const draw = (found) => {
        list.replaceChildren(...found.map((ward, n) => {
          const item = Object.assign(document.createElement("li"), { id: `${id}_${n}`, textContent: ward.name });
          item.setAttribute("role", "option");
          Object.assign(item.dataset, { code: ward.code, name: ward.name });
          if (ward.was) item.append(Object.assign(document.createElement("small"), { textContent: `${say("was")} ${ward.was}` }));
          item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(item); });
          return item;
        }));
        if (!found.length) list.append(Object.assign(document.createElement("li"), { textContent: say("none") }));
        list.hidden = false;
        input.setAttribute("aria-expanded", "true");
      };
      const ask = async () => {
        const turn = ++asked;
        const answer = await fetch(`${select.dataset.lookup}?q=${encodeURIComponent(input.value)}`, { headers: { Accept: "application/json" } });
        if (answer.ok && turn === asked) draw((await answer.json()).results);
      };
      input.addEventListener("input", () => { if (!input.value) { select.value = ""; close(); return; } clearTimeout(timer); timer = setTimeout(ask, 150); });
      input.addEventListener("blur", () => { close(); settle(); });
      input.addEventListener("focus", () => input.select());
      input.addEventListener("keydown", (event) => {
        const items = [...list.querySelectorAll("[role=option]")];
        if (event.key === "Escape") { close(); settle(); return; }
        if (event.key === "Enter" && at >= 0 && !list.hidden) { event.preventDefault(); choose(items[at]); return; }
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!step || !items.length || list.hidden) return;
        event.preventDefault();
        at = (at + step + items.length) % items.length;
        items.forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
        items[at].scrollIntoView({ block: "nearest" });
        input.setAttribute("aria-activedescendant", items[at].id);
      });
    });
  }

  // --- uploads: how far, how big, and nothing lost when the line drops ------------------------------------------------
  document.addEventListener("change", (event) => {
    const field = event.target;
    const box = field.closest?.("[data-upload-box]");
    if (field.type !== "file" || !box) return;
    const limit = Number(box.dataset.maxMb) * 1024 * 1024;
    const big = [...field.files].find((file) => file.size > limit);
    field.setCustomValidity(big ? `${say("big")}: ${big.name}` : "");
    if (big) { field.reportValidity(); return; }
    const form = field.form;
    if (form?.hasAttribute("data-upload") && field.files.length) send(form, box);
  });
  function send(form, box) {
    const bar = box.querySelector("progress");
    const request = new XMLHttpRequest();
    const data = new FormData(form);
    data.append("change", "upload"); // the page comes back; what else is on it is not yet finished
    request.open("POST", form.action);
    request.upload.onprogress = (event) => { if (bar && event.lengthComputable) { bar.hidden = false; bar.value = (100 * event.loaded) / event.total; } };
    request.onload = () => {
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const main = page.querySelector("main");
      if (!main) { location.reload(); return; }
      document.querySelector("main").replaceWith(main);
      window.htmx?.process(main);
      wake(main);
      document.getElementById(box.querySelector("input[type=file]")?.id)?.focus();
    };
    request.onerror = () => { if (bar) bar.hidden = true; alert(say("failed")); };
    request.send(data);
  }

  // --- the keyboard of the desk ---------------------------------------------------------------------------------------
  const typing = (el) => el?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]");
  const rows = () => [...document.querySelectorAll("[data-queue] [data-row]")];
  const current = () => rows().find((row) => row.getAttribute("aria-selected") === "true");
  function pick(row) {
    if (!row) return;
    rows().forEach((r) => { r.setAttribute("aria-selected", String(r === row)); });
    row.scrollIntoView({ block: "nearest" });
    row.querySelector("a[href]")?.focus({ preventScroll: true });
  }
  function move(step) {
    const all = rows(), row = current();
    pick(row ? all[Math.min(Math.max(all.indexOf(row) + step, 0), all.length - 1)] : all[0]);
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const act = {
      j: () => move(1),
      k: () => move(-1),
      x: () => current()?.querySelector("input[type=checkbox]")?.click(),
      Enter: () => { const link = current()?.querySelector("a[href]"); if (link && document.activeElement !== link && !document.activeElement.closest("a, button, summary")) link.click(); else return false; },
      "/": () => { const field = document.querySelector("[data-search], [type=search]"); field?.focus(); field?.select(); },
      "?": () => document.getElementById("help")?.showModal(),
    }[event.key] || keyed(event.key);
    if (act && act() !== false) event.preventDefault();
  });
  // A button marked data-key="t" is pressed by that key.
  const keyed = (key) => { const button = /^[a-z]$/i.test(key) && document.querySelector(`[data-key="${key.toLowerCase()}"]`); return button ? () => button.click() : null; };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    const all = event.target.closest("[data-check-all]");
    if (all) document.querySelectorAll(all.dataset.checkAll).forEach((box) => { box.checked = all.checked; });
    const printer = event.target.closest("[data-print]");
    if (printer) print();
    if (!event.target.closest(".menu")) document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
  });
  document.addEventListener("change", (event) => { const form = event.target.closest("form[data-autosubmit]"); if (form) form.requestSubmit(); });

  function wake(root) {
    counters(root);
    reveals(root);
    lookups(root);
    root.querySelectorAll("[data-focus]").forEach((el) => el.focus());
  }
  document.addEventListener("DOMContentLoaded", () => wake(document));
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) wake(event.detail.elt); });
})();
