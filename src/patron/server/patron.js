// Page and product events for Patron. <script async src="https://SERVER/patron.js" data-key="WRITE KEY"></script>
// window.patron = window.patron || []; patron.push(["track", "Product Added", {product_id: "P7"}])
// It is served without comments and indents: each statement ends on its own line.
(function (w, d) {
  "use strict";
  var me = d.currentScript, n = navigator, q = [], timer, NAME = "patron_anonymous", user, anon;
  var key = me.getAttribute("data-key"), url = new URL("/v1/batch", me.src).href;
  var gpc = n.globalPrivacyControl === true || n.globalPrivacyControl === "1";
  var consent = me.getAttribute("data-consent") === "yes";

  function id() {
    return w.crypto.randomUUID ? w.crypto.randomUUID()
      : Array.from(w.crypto.getRandomValues(new Uint8Array(16)), function (b) { return (b + 256).toString(16).slice(1); }).join("");
  }
  // Nothing is kept without consent, nor against Global Privacy Control; where storage is shut, not either.
  function store(value) {
    try {
      if (!consent || gpc) return w.localStorage.removeItem(NAME);
      if (value) w.localStorage.setItem(NAME, value);
      return w.localStorage.getItem(NAME);
    } catch (e) {}
  }
  function put(type, more) {
    anon = anon || store() || store(id()) || id();
    var c = new URLSearchParams(w.location.search), campaign = {};
    c.forEach(function (v, k) { if (/^utm_/.test(k)) campaign[k.slice(4).replace("campaign", "name")] = v; });
    more.type = type; more.messageId = id(); more.timestamp = new Date().toISOString(); more.anonymousId = anon;
    if (user) more.userId = user;
    more.context = { gpc: gpc, campaign: campaign, locale: n.language, page: page() };
    if (q.push(more) > 19) flush(); else timer = timer || w.setTimeout(flush, 1000);
  }
  function page() {
    return { path: w.location.pathname, referrer: d.referrer, title: d.title, url: w.location.origin + w.location.pathname };
  }
  function flush() {
    w.clearTimeout(timer); timer = 0;
    if (!q.length) return;
    var body = JSON.stringify({ writeKey: key, sentAt: new Date().toISOString(), batch: q.splice(0) });
    if (!(n.sendBeacon && n.sendBeacon(url, body)))
      w.fetch(url, { method: "POST", body: body, keepalive: body.length < 6e4, credentials: "omit", mode: "no-cors" }).catch(function () {});
  }
  var api = {
    track: function (event, properties) { put("track", { event: event, properties: properties || {} }); },
    page: function (name, properties) { put("page", { name: name, properties: Object.assign(page(), properties) }); },
    identify: function (userId, traits) { user = userId; put("identify", { traits: traits || {} }); },
    consent: function (yes) { consent = yes === true; store(consent && anon); },
    flush: flush,
    push: function (call) { api[call[0]].apply(api, call.slice(1)); }
  };
  // <button data-patron="Product Added" data-patron-product_id="P7">
  d.addEventListener("click", function (e) {
    var at = e.target.closest && e.target.closest("[data-patron]"), said = {};
    if (!at) return;
    Array.from(at.attributes).forEach(function (a) { if (/^data-patron-/.test(a.name)) said[a.name.slice(12)] = a.value; });
    api.track(at.getAttribute("data-patron"), said);
  });
  d.addEventListener("visibilitychange", function () { if (d.visibilityState === "hidden") flush(); });
  w.addEventListener("pagehide", flush);
  var early = w.patron || [];
  w.patron = api;
  if (me.getAttribute("data-page") !== "no") api.page();
  Array.from(early).forEach(api.push);
})(window, document);
