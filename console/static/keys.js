// Keys for what a page's own links and buttons do; every one of them is on the page to be clicked as well.
(() => {
  const PLACES = { d: "/desk", t: "/texts", l: "/calls/live", m: "/morning", c: "/calls", x: "/exceptions" };
  const GO_MS = 1500;
  let going = 0;

  const rows = () => [...document.querySelectorAll(".rows .row .who a, .live-card h3 a, .case p a")];
  const move = (step) => {
    const all = rows();
    if (!all.length) return false;
    const at = all.indexOf(document.activeElement);
    all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)].focus();
    return true;
  };
  const help = () => {
    const dialog = document.getElementById("keys");
    if (!dialog) return false;
    if (dialog.open) dialog.close(); else dialog.showModal();
    return true;
  };
  const back = () => {
    const link = document.querySelector(".back a");
    if (link) link.click();
    return link !== null;
  };
  const known = (key) => {
    if (going && Date.now() - going < GO_MS) {
      going = 0;
      const wanted = [...document.querySelectorAll(".rail a")].find((link) => link.getAttribute("href") === PLACES[key]);
      if (wanted) { wanted.click(); return true; }
    }
    switch (key) {
      case "j": return move(1);
      case "k": return move(-1);
      case "g": going = Date.now(); return true;
      case "?": return help();
      case "Escape": return !document.querySelector("dialog[open]") && back();
    }
    return false;
  };

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=radio], [type=checkbox]), select, textarea, audio")) return;
    if (known(event.key)) { event.preventDefault(); return; }
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target || target.offsetParent === null) return;
    event.preventDefault();
    if (target.matches("input, textarea, select")) target.focus(); else target.click();
  });
})();
