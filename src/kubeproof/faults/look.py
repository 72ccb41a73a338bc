"""What makes the page of a proof look and behave: style and script, kept inside the page."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --soft: #5b6b7a; --paper: #fff; --line: #d5dde4;
  --good: #0a6b3d; --bad: #a3261f; --odd: #7a4d00; --mark: #e8f0fb; --focus: #1a5fd0; }
@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { --ink: #e3e9ef;
  --soft: #9fb0bf; --paper: #12181f; --line: #33404c; --good: #5fd39b; --bad: #ff9088;
  --odd: #f0b860; --mark: #1f2c3a; --focus: #7fb0ff; } }
:root[data-theme=dark] { color-scheme: dark; --ink: #e3e9ef; --soft: #9fb0bf; --paper: #12181f;
  --line: #33404c; --good: #5fd39b; --bad: #ff9088; --odd: #f0b860; --mark: #1f2c3a;
  --focus: #7fb0ff; }
:root[data-theme=light] { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 16rem; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
p { max-width: 46rem } a { color: var(--focus) } .soft { color: var(--soft) }
.holds { color: var(--good); font-weight: 600 } .fails { color: var(--bad); font-weight: 600 }
.bar { display: flex; gap: .75rem; flex-wrap: wrap; align-items: center; margin: 1rem 0 }
input, .bar button { font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--line); border-radius: .3rem; padding: .3rem .6rem }
.scroll { overflow-x: auto } table { border-collapse: collapse }
th, td { text-align: left; padding: .15rem .3rem; border-bottom: 1px solid var(--line);
  vertical-align: top } thead th { white-space: nowrap }
.grid th[scope=row] { font-weight: 400; white-space: nowrap; padding-right: 1rem;
  position: sticky; left: 0; background: var(--paper) }
.grid thead th { text-align: center }
.grid td { padding: 0; text-align: center; min-width: 2.1rem }
.grid button { all: unset; display: block; width: 100%; cursor: pointer; line-height: 1.8rem }
.grid button:hover { background: var(--mark) }
:focus-visible, .grid button:focus { outline: 2px solid var(--focus); outline-offset: -2px }
.grid .caught { color: var(--good) } .grid .untouched { color: var(--soft) }
.missed, .grid .missed, .grid .broken, .grid .wrong-reason { color: var(--bad); font-weight: 700 }
.grid .also-noticed, .grid .skipped { color: var(--odd) }
#told { position: fixed; inset: auto 0 0 0; max-height: 45vh; overflow: auto;
  background: var(--paper); border-top: 2px solid var(--focus); padding: .75rem 1rem }
#told[hidden] { display: none } #told pre { white-space: pre-wrap; overflow-wrap: anywhere;
  font: .85rem/1.45 ui-monospace, monospace; margin: .5rem 0 }
kbd { border: 1px solid var(--line); border-radius: .2rem; padding: 0 .3rem; font-size: .85em }
"""

SCRIPT = """
const told = document.getElementById("told"), wish = document.getElementById("wish");
const trials = JSON.parse(document.getElementById("trials").textContent);
const cells = () => [...document.querySelectorAll(".grid button")].filter(b => b.offsetParent);
function show(cell) {
  const one = trials[cell.dataset.trial];
  told.querySelector("h2").textContent = one.behaviour + " under " + one.fault + ": " + one.verdict;
  told.querySelector("p").textContent = one.scenario + " (" + one.seconds.toFixed(1) + " s)";
  told.querySelector("pre").textContent = one.told || one.reason || "The scenario passed.";
  told.hidden = false;
}
function step(cell, right, down) {
  const row = cell.closest("tr"), column = [...row.children].indexOf(cell.parentElement);
  if (right) {
    const all = cells(), at = all.indexOf(cell) + right;
    return all[Math.max(0, Math.min(all.length - 1, at))];
  }
  for (let next = row; (next = down > 0 ? next.nextElementSibling : next.previousElementSibling);) {
    const found = next.children[column] && next.children[column].querySelector("button");
    if (found && found.offsetParent) return found;
  }
  return cell;
}
document.addEventListener("click", event => {
  const cell = event.target.closest(".grid button");
  if (cell) show(cell);
});
document.addEventListener("keydown", event => {
  if (event.key === "Escape") { told.hidden = true; wish.blur(); return; }
  if (event.target === wish) return;
  if (event.key === "/") { event.preventDefault(); wish.focus(); return; }
  if (event.key === "t") { document.getElementById("theme").click(); return; }
  const moves = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  const cell = event.target.closest(".grid button"), move = moves[event.key];
  if (!move) return;
  if (!cell && event.key !== "ArrowDown") return;
  event.preventDefault();
  const next = cell ? step(cell, ...move) : cells()[0];
  next.focus();
  if (!told.hidden) show(next);
});
wish.addEventListener("input", () => {
  const words = wish.value.toLowerCase();
  for (const row of document.querySelectorAll("[data-text]"))
    row.hidden = !row.dataset.text.toLowerCase().includes(words);
});
document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = root.dataset.theme || (dark ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
});
"""
