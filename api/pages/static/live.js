// What makes an open page follow what happens; without it, every page is complete and every button works.
"use strict";
(() => {
  const zone = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });
  const times = (root) => root.querySelectorAll("time[datetime]").forEach((t) => {
    const at = new Date(t.dateTime);
    if (isNaN(at)) return;
    t.title = at.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
    if (/ UTC$/.test(t.textContent)) t.textContent = zone.format(at);
  });
  const shut = () => document.querySelectorAll("pre.log").forEach((log) => { log.scrollTop = log.scrollHeight; });
  const parts = () => ["live", "side"].map((id) => document.getElementById(id)).filter(Boolean);
  const busy = () => parts().some((part) => part.querySelector("input[type=checkbox]:checked, details.reject[open], textarea:focus"));
  let late = false, renewed = -Infinity;
  const renew = () => {
    const part = document.getElementById("live");
    if (!part) return;
    if (document.hidden || busy()) { late = true; return; }
    late = false;
    htmx.ajax("GET", location.href, { source: part, target: part, select: "#live", swap: "outerHTML" });
  };
  document.addEventListener("DOMContentLoaded", () => {
    times(document); shut();
    const part = document.getElementById("live");
    if (!part || !part.dataset.events) return;
    const source = new EventSource(part.dataset.events);
    source.addEventListener("changed", renew);
    source.addEventListener("signed-out", () => { source.close(); location.reload(); });
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
    document.addEventListener("visibilitychange", () => { if (late && !document.hidden) renew(); });
    document.addEventListener("focusout", () => setTimeout(() => { if (late) renew(); }, 300));
    document.addEventListener("change", () => { if (late) renew(); });
  });
  // What has just come under the pointer is not what was aimed at: another request's button answers nothing for a moment.
  document.addEventListener("submit", (event) => {
    if (performance.now() - renewed < 800 && event.target.closest("#live, #side")) { event.preventDefault(); event.stopPropagation(); }
  }, true);
  document.addEventListener("htmx:afterSettle", () => {
    renewed = performance.now();
    times(document); shut();
    const told = document.querySelector("#live [data-told]"), here = document.getElementById("arrived");
    if (told && here && here.textContent !== told.dataset.told) here.textContent = told.dataset.told;
  });
})();
