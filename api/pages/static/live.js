// What makes an open page follow what happens; without it, every page is complete and every button works.
"use strict";
(() => {
  const PARTS = ["live", "side", "below"], BUSY = "input[type=checkbox]:checked, details.reject[open], textarea:focus";
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const long = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", ...clock }), short = new Intl.DateTimeFormat(undefined, clock);
  const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate());
  const said = (at) => {
    const day = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[Math.round((midnight(at) - midnight(new Date())) / 864e5)];
    return day ? `${day} ${short.format(at)}` : long.format(at);
  };
  const times = (root) => root.querySelectorAll("time[datetime]").forEach((t) => {
    const at = new Date(t.dateTime);
    if (isNaN(at)) return;
    t.title = at.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
    if (/ UTC$/.test(t.textContent)) t.textContent = said(at);
  });
  const busy = () => PARTS.some((id) => document.getElementById(id)?.querySelector(BUSY));
  // What its reader has done to the page: how far a log was read (its end, unless they went up), what they unfolded, where they are.
  const within = (what) => [...document.querySelectorAll(PARTS.map((id) => `#${id} ${what}`).join())];
  const key = (each) => [each.localName, each.textContent, ...["name", "value", "href", "aria-label"].map((name) => each.getAttribute(name)),
                         each.form?.getAttribute("action")].join();
  const read = () => {
    const log = document.querySelector("pre.log"), at = within(":focus")[0];
    return { up: log && log.scrollTop + log.clientHeight < log.scrollHeight - 8 ? log.scrollTop : null,
             open: within("details[open] > summary").map(key), at: at ? key(at) : null };
  };
  const restore = ({ up, open, at }) => {
    document.querySelectorAll("pre.log").forEach((log) => { log.scrollTop = up ?? log.scrollHeight; });
    within("details > summary").forEach((each) => { if (open.includes(key(each))) each.parentElement.open = true; });
    if (at && document.activeElement === document.body) within("*").find((each) => key(each) === at)?.focus({ preventScroll: true });
  };
  const answers = () => [...document.querySelectorAll("#live form, #side form")].map((form) => form.getAttribute("action")).join();
  let late = false, asking = false, renewed = -Infinity, before = { up: null, open: [], at: null }, offered = "";
  const renew = async () => {
    const part = document.getElementById("live");
    if (!part) return;
    if (asking || document.hidden || busy()) { late = true; return; }
    late = false;
    asking = true;
    try {
      await htmx.ajax("GET", location.pathname + location.search, { source: part, target: part, select: "#live", swap: "outerHTML" });
    } finally {
      asking = false;
      if (late) setTimeout(renew, 100);
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    times(document); restore(before);
    document.querySelector("nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
    offered = answers();
    const part = document.getElementById("live");
    if (!part || !part.dataset.events) return;
    const { address } = part.dataset; // where this page is looked at, where an answer to a form shows it
    if (address && location.pathname !== address) history.replaceState(null, "", address);
    const source = new EventSource(part.dataset.events);
    source.addEventListener("changed", renew);
    source.addEventListener("signed-out", () => { source.close(); location.reload(); });
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
    document.addEventListener("visibilitychange", () => { if (late && !document.hidden) renew(); });
    document.addEventListener("focusout", () => setTimeout(() => { if (late) renew(); }, 300));
    document.addEventListener("change", () => { if (late) renew(); });
    document.addEventListener("toggle", () => { if (late) renew(); }, true);
  });
  // What has just come under the pointer is not what was aimed at: another request's button answers nothing for a moment.
  document.addEventListener("submit", (event) => {
    if (performance.now() - renewed < 800 && event.target.closest("#live, #side")) { event.preventDefault(); event.stopPropagation(); }
  }, true);
  document.addEventListener("htmx:beforeSwap", () => { before = read(); });
  document.addEventListener("htmx:afterSettle", () => {
    const now = answers();
    if (now !== offered) renewed = performance.now();
    offered = now;
    times(document); restore(before);
    const told = document.querySelector("#live [data-told]"), here = document.getElementById("arrived");
    if (told && here && here.textContent !== told.dataset.told) here.textContent = told.dataset.told;
  });
})();
