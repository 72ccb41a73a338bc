"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const scenarios = [...document.querySelectorAll(".scenario")];
  const groups = [...document.querySelectorAll("section.rule, article.feature, section.area")];
  const search = $("search"), tools = $("tools"), selects = [...tools.querySelectorAll("select")];
  const words = new Map();

  // What is searched: titles, ids, steps and reasons, but not the tables of observations.
  function wordsOf(one) {
    if (!words.has(one)) {
      const parts = one.querySelectorAll("summary .title, summary .ident, .promise, .steps, .reason, h5");
      const feature = one.closest("article").querySelector("h3").textContent;
      words.set(one, [feature, ...[...parts].map((part) => part.textContent)].join(" ").toLowerCase());
    }
    return words.get(one);
  }

  function wanted(one, terms) {
    const kept = selects.every((select) => !select.value || one.dataset[select.dataset.filter].split(
      select.dataset.filter === "status" ? "\n" : " ").includes(select.value));
    return kept && terms.every((term) => wordsOf(one).includes(term));
  }

  function filter() {
    const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const one of scenarios) {
      one.hidden = !wanted(one, terms);
      count += !one.hidden;
    }
    for (const group of groups) group.hidden = !group.querySelector(".scenario:not([hidden])");
    $("nothing").hidden = count > 0;
    const all = count === scenarios.length;
    $("shown").textContent = all ? `${count} scenarios` : `${count} of ${scenarios.length} scenarios`;
  }

  function unfiltered() {
    search.value = "";
    for (const select of selects) select.value = "";
    filter();
  }

  // A link to a behaviour opens it, even if it was filtered away.
  function follow() {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { /* it is no address of ours */ }
    const target = name && document.getElementById(name);
    if (!target) return;
    if (target.hidden || target.closest("[hidden]")) unfiltered();
    if (target.matches("details")) target.open = true;
    target.scrollIntoView();
  }

  function move(by) {
    const shown = scenarios.filter((one) => !one.hidden);
    if (!shown.length) return;
    const now = shown.indexOf(document.activeElement.closest?.(".scenario"));
    const next = shown[Math.min(shown.length - 1, Math.max(0, now < 0 ? 0 : now + by))];
    next.querySelector("summary").focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && tools.contains(event.target)) {
      unfiltered();
      search.blur();
    } else if (!event.target.matches("input, select, textarea")) {
      if (event.key === "/") { event.preventDefault(); search.focus(); }
      if (event.key === "j") move(1);
      if (event.key === "k") move(-1);
    }
  }

  function unfold() {
    const open = $("unfold").textContent === "Open all";
    for (const one of scenarios) if (!one.hidden) one.open = open;
    $("unfold").textContent = open ? "Close all" : "Open all";
  }

  async function copy(event) {
    const text = event.target.parentElement.querySelector("pre").textContent;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
    }
    event.target.textContent = done ? "Copied" : "Select the text to copy it";
    setTimeout(() => { event.target.textContent = "Copy"; }, 1500);
  }

  const THEMES = ["", "light", "dark"], NAMES = ["as the system", "light", "dark"];
  function theme(name) {
    if (name) document.documentElement.dataset.theme = name;
    else delete document.documentElement.dataset.theme;
    $("theme").textContent = `Theme: ${NAMES[THEMES.indexOf(name)]}`;
  }
  function remembered() {
    try { return localStorage.getItem("kubeproof-theme") || ""; } catch { return ""; }
  }
  function nextTheme() {
    const now = document.documentElement.dataset.theme || "";
    const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    theme(next);
    try { localStorage.setItem("kubeproof-theme", next); } catch { /* it is not kept then */ }
  }

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...scenarios, ...document.querySelectorAll(".facts")].filter((one) => !one.open);
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of folded) one.open = false; });

  theme(THEMES.includes(remembered()) ? remembered() : "");
  $("theme").addEventListener("click", nextTheme);
  $("unfold").addEventListener("click", unfold);
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("input", filter);
  addEventListener("keydown", key);
  addEventListener("hashchange", follow);
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", copy);
  }
  if (matchMedia("(max-width: 760px)").matches) document.querySelector("nav details").open = false;
  $("theme").hidden = tools.hidden = false;
  follow();
})();
