// The few things that are done in the browser: light or dark, the navigation on a phone, taking a figure along.
"use strict";
(() => {
  const prefersDark = () => window.matchMedia("(prefers-color-scheme: dark)").matches;
  const unchanged = () => window.dash_clientside.no_update;
  const pressed = (clicks) => {
    const context = window.dash_clientside.callback_context;
    const id = context.triggered_id;
    return clicks.some(Boolean) && id ? Object.values(id)[0] : null;
  };
  const plotOf = (name) => document.getElementById(name).querySelector(".js-plotly-plot");
  const plain = (text) => {
    const box = document.createElement("div");
    box.innerHTML = String(text).replace(/<br\s*\/?>/g, " ");
    return box.textContent;
  };
  const written = (value) => {
    if (value === null || value === undefined) return "";
    let text = typeof value === "number" ? String(value) : plain(value);
    if (/^[=+\-@\t\r]/.test(text) && typeof value !== "number") text = `'${text}`;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const rowsOf = (figure) => {
    const rows = [["series", "x", "y", "value"]];
    figure.calcdata && figure._fullData.forEach((trace) => {
      const xs = trace.x || trace.labels || [];
      const ys = trace.y || trace.values || [];
      if (trace.z) {
        trace.z.forEach((line, i) => Array.from(line).forEach((value, j) => rows.push([trace.name, xs[j], ys[i], value])));
        return;
      }
      const length = Math.max(xs.length || 0, ys.length || 0);
      for (let i = 0; i < length; i += 1) rows.push([trace.name, xs[i], ys[i], trace.text ? trace.text[i] : null]);
    });
    return rows;
  };
  const save = (name, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    patron: {
      theme: (clicks, now) => {
        const before = now || (prefersDark() ? "dark" : "light");
        return clicks ? (before === "dark" ? "light" : "dark") : before;
      },
      scheme: (theme) => {
        document.documentElement.style.colorScheme = theme || "light";
        return theme || "light";
      },
      navbar: (opened, _path, navbar) => {
        const pressedBurger = window.dash_clientside.callback_context.triggered_id === "burger";
        const open = pressedBurger && opened;
        return [{ ...navbar, collapsed: { mobile: !open } }, open];
      },
      view: (view) => {
        document.cookie = `patron_view=${view};path=/;max-age=31536000;samesite=lax`;
        return "view";
      },
      png: (clicks) => {
        const name = pressed(clicks);
        if (name) {
          const plot = plotOf(name);
          window.Plotly.downloadImage(plot, {
            format: "png", scale: 2, filename: name, width: plot.offsetWidth, height: plot.offsetHeight,
          });
        }
        return clicks.map(unchanged);
      },
      csv: (clicks) => {
        const name = pressed(clicks);
        if (name) save(`${name}.csv`, rowsOf(plotOf(name)).map((row) => row.map(written).join(",")).join("\r\n"));
        return clicks.map(unchanged);
      },
    },
  });
})();
