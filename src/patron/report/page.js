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

  /* Figures in cells that are too small for them would overlap. */
  const roomy = (figure, width) => {
    for (const trace of figure.data) {
      if (trace.type === "heatmap" && (width - 170) / new Set(trace.x).size < 26) delete trace.texttemplate;
    }
    return figure;
  };

  /* On a narrow screen: no colour bar, fewer and smaller labels. */
  const slim = (figure) => {
    for (const trace of figure.data) if (trace.type === "heatmap") trace.showscale = false;
    const across = figure.layout.xaxis || {};
    if (figure.data.some((trace) => trace.type === "waterfall")) across.tickfont = { size: 9 };
    if (figure.data.some((trace) => trace.orientation === "h" || trace.error_x)) delete across.title;
    if (across.ticktext && across.ticktext.length > 4) {
      const every = Math.ceil(across.ticktext.length / 3);
      for (const key of ["tickvals", "ticktext"]) across[key] = across[key].filter((_, place) => place % every === 0);
    }
    return figure;
  };

  const draw = (name, theme, width) => {
    const element = document.getElementById(name);
    const room = width || element.clientWidth;
    const copied = roomy(structuredClone(figures[name]), room);
    const figure = room < 420 ? slim(copied) : copied;
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
    Object.keys(figures).forEach((name) => {
      const row = document.getElementById(name).closest(".row");
      draw(name, "light", !row ? 650 : row.classList.contains("small") ? 200 : 310);
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
