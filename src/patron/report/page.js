(() => {
  "use strict";
  const { figures, templates, swaps, words } = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false };

  const mode = () => root.dataset.theme || (system.matches ? "dark" : "light");

  /* Every colour of a figure is one of the light palette: exchange it for its dark one. */
  const repaint = (value) => {
    if (typeof value === "string") return swaps[value] || value;
    if (Array.isArray(value)) return value.map(repaint);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, repaint(inner)]));
    }
    return value;
  };

  const still = (layout) => {
    const fixed = Object.fromEntries(
      Object.keys(layout).filter((key) => /^[xy]axis/.test(key)).map((key) => [key, { ...layout[key], fixedrange: true }])
    );
    return { ...layout, ...fixed, dragmode: false };
  };

  const draw = (name, theme, width) => {
    const element = document.getElementById(name);
    const figure = structuredClone(figures[name]);
    const painted = theme === "dark" ? repaint(figure) : figure;
    const layout = still({ ...painted.layout, template: templates[theme] });
    if (width) Object.assign(layout, { width, autosize: false });
    return Plotly.react(element, painted.data, layout, config);
  };

  const drawAll = (theme = mode()) => Promise.all(Object.keys(figures).map((name) => draw(name, theme)));

  /* The button that switches between light and dark. */
  const button = document.getElementById("theme");
  const label = () => {
    button.textContent = mode() === "dark" ? words.to_light : words.to_dark;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = mode() === "dark" ? "light" : "dark";
    label();
    drawAll();
  });
  system.addEventListener("change", () => {
    label();
    drawAll();
  });
  label();

  /* Paper is always light, and narrower than a screen. */
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details.numbers").forEach((one) => { one.dataset.was = one.open; });
    Object.keys(figures).forEach((name) => {
      const small = document.getElementById(name).closest(".row");
      draw(name, "light", small ? 320 : 660);
    });
  });
  window.addEventListener("afterprint", () => {
    Object.keys(figures).forEach((name) => Plotly.purge(document.getElementById(name)));
    drawAll();
  });

  document.querySelectorAll("button.copy").forEach((copy) => {
    if (!navigator.clipboard) return;
    copy.hidden = false;
    const before = copy.textContent;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(copy.previousElementSibling.textContent);
      copy.textContent = words.copied;
      setTimeout(() => { copy.textContent = before; }, 2000);
    });
  });

  /* The contents show where the reader is. */
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver(
    (entries) => entries.forEach((entry) => {
      if (!entry.isIntersecting) return;
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }),
    { rootMargin: "-20% 0px -70% 0px" }
  );
  document.querySelectorAll("main > section").forEach((section) => seen.observe(section));

  drawAll().then(() => { root.dataset.drawn = "true"; });
})();
