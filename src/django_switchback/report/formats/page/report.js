"use strict";
(() => {
  const items = [...document.querySelectorAll("nav li")];
  const selects = [...document.querySelectorAll("select[data-filter]")];
  const search = document.getElementById("search");
  const passed = document.getElementById("passed");
  const shown = document.getElementById("shown");
  const anchor = (item) => item.querySelector("a").hash.slice(1);
  const visible = () => items.filter((item) => !item.hidden);

  const select = (id) => {
    for (const link of document.querySelectorAll("nav a, .strip a")) {
      const current = link.hash.slice(1) === id;
      link.classList.toggle("current", current);
      if (current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    for (const article of document.querySelectorAll("article")) {
      article.classList.toggle("current", article.id === id);
    }
  };

  const matches = (item) => {
    const text = item.textContent.toLowerCase();
    const quiet = item.dataset.verdict === "passed" && !item.dataset.severity.includes("error");
    return (
      !(passed.checked && quiet) &&
      text.includes(search.value.toLowerCase()) &&
      selects.every((field) => !field.value || item.dataset[field.dataset.filter].split(" ").includes(field.value))
    );
  };

  const filter = () => {
    for (const item of items) item.hidden = !matches(item);
    shown.textContent = `${visible().length} of ${items.length} shown`;
  };

  const step = (by) => {
    const list = visible();
    const now = list.findIndex((item) => item.querySelector("a").classList.contains("current"));
    const next = list[now + by] || list[by > 0 ? 0 : list.length - 1];
    if (next) location.hash = anchor(next);
  };

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    p: () => { passed.checked = !passed.checked; filter(); },
    "/": () => search.focus(),
  };

  document.documentElement.classList.add("js");
  document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  document.querySelector("form").addEventListener("input", filter);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=search], select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
  window.addEventListener("hashchange", () => {
    const id = location.hash.slice(1);
    const article = id && document.getElementById(id);
    if (!article || article.tagName !== "ARTICLE") return;
    select(id);
    article.focus({ preventScroll: true });
    article.scrollIntoView({ block: "nearest" });
  });

  const order = ["error", "failed", "skipped", "passed"];
  const first = [...items].sort((a, b) => order.indexOf(a.dataset.verdict) - order.indexOf(b.dataset.verdict))[0];
  const wanted = items.find((item) => anchor(item) === location.hash.slice(1)) || first;
  if (wanted) select(anchor(wanted));
  filter();
})();
