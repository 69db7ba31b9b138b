// Live updates, the player and its transcript. Every page works without this file; it adds speed, never content.
"use strict";

(() => {
  const page = document.querySelector("[data-live]");
  if (!page) return;
  const isCall = page.dataset.live === "call";
  const connection = document.getElementById("connection");
  const offline = document.getElementById("offline");
  const arrivals = document.getElementById("arrivals");
  const AGAIN_MS = isCall ? 400 : 1000, TICK_MS = 30000, OFFLINE_MS = 5000, POLL_AFTER_MS = 15000, POLL_MS = 10000, ANNOUNCE_MS = 10000;

  // ---- the changed part of the page, fetched and put in place -------------------------------------------------

  let fetching = false, wantedAgain = false, lastFetch = Date.now(), freshAt = Date.now();

  const refresh = async () => {
    if (fetching) { wantedAgain = true; return; }
    fetching = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { "HX-Request": "true" } });
      if (answer.ok) {
        put(new DOMParser().parseFromString(await answer.text(), "text/html"));
        freshAt = Date.now();
      }
    } catch { /* the connection's own state says so */ }
    fetching = false;
    lastFetch = Date.now();
    if (wantedAgain) { wantedAgain = false; setTimeout(refresh, AGAIN_MS); }
  };

  const put = (fresh) => {
    swap(document.getElementById("pill"), fresh.getElementById("pill"));
    if (isCall) putCall(fresh);
    else if (page.dataset.live === "live") putLive(fresh);
    else putList(fresh);
  };

  // Cards one by one, so that a form somebody is filling in stays; when the groups changed, all of it.
  const putLive = (fresh) => {
    const mine = document.getElementById("live-now"), next = fresh.getElementById("live-now");
    if (!next) return;
    const order = (of) => [...of.querySelectorAll("h2, .live-card, .empty")].map((each) => each.id || each.textContent).join("|");
    if (order(mine) !== order(next)) {
      const came = [...next.querySelectorAll(".live-card")].filter((card) => !document.getElementById(card.id)).length;
      if (swap(mine, next) && came) say(`${came} new ${came === 1 ? "call" : "calls"}`);
      return;
    }
    for (const card of next.querySelectorAll(".live-card")) swap(document.getElementById(card.id), card);
  };

  // Nothing moves under the hand: what has the focus, an open detail or the player stays as it is.
  const inUse = (element) =>
    element.contains(document.activeElement) && document.activeElement !== document.body ||
    element.querySelector("details[open]") !== null;

  const swap = (old, fresh) => {
    if (!old || !fresh || old.isEqualNode(fresh) || inUse(old)) return false;
    old.replaceWith(fresh);
    return true;
  };

  const putCall = (fresh) => {
    const next = fresh.getElementById("call-page");
    if (!next) return;
    const wasGoingOn = page.hasAttribute("data-going-on");
    page.toggleAttribute("data-going-on", next.hasAttribute("data-going-on"));
    for (const id of ["call-head", "now", "summary", "no-words"]) swap(document.getElementById(id), fresh.getElementById(id));
    const recording = document.getElementById("recording");
    if (!recording.querySelector("audio") && swap(recording, fresh.getElementById("recording"))) player();
    putSections(document.getElementById("facts"), fresh.getElementById("facts"));
    const added = putKeyed(document.getElementById("turns"), fresh.getElementById("turns"), true);
    if (added) { say(`${added} new ${added === 1 ? "line" : "lines"} in the transcript`); keepUp(); }
    if (wasGoingOn && !page.hasAttribute("data-going-on")) say("The call has ended");
  };

  const putSections = (old, fresh) => {
    if (!old || !fresh || old.isEqualNode(fresh)) return;
    if (!inUse(old)) { old.replaceChildren(...fresh.children); return; }
    for (const section of fresh.children) {
      const name = section.getAttribute("aria-labelledby");
      const mine = [...old.children].find((s) => s.getAttribute("aria-labelledby") === name);
      if (mine) swap(mine, section); else old.append(section);
    }
  };

  // Rows by id: changed ones are replaced where they are, new ones go in order when `grow` is set.
  const putKeyed = (old, fresh, grow) => {
    if (!old || !fresh) return 0;
    let added = 0, before = null;
    const wanted = new Set([...fresh.children].map((row) => row.id));
    for (const row of [...fresh.children]) {
      const mine = document.getElementById(row.id);
      if (mine) {
        if (mine.getAttribute("aria-current")) row.setAttribute("aria-current", "true");
        before = swap(mine, row) ? row : mine;
      } else if (grow) {
        if (before) before.after(row); else old.prepend(row);
        before = row;
        added += 1;
      }
    }
    if (grow) for (const row of [...old.children]) if (!wanted.has(row.id) && !inUse(row)) row.remove();
    return added;
  };

  const putList = (fresh) => {
    const next = fresh.getElementById("rows"), mine = document.getElementById("rows");
    if (!mine) {
      if (next) swap(document.querySelector("#calls-page > .empty"), next);
      return;
    }
    if (!next) return;
    const known = new Set([...mine.children].map((row) => row.id));
    const waiting = mine.hasAttribute("data-newest") ? [...next.children].filter((row) => !known.has(row.id)).length : 0;
    putKeyed(mine, next, false);
    const bar = document.getElementById("arrived");
    if (waiting && bar) {
      const words = `${waiting} new ${waiting === 1 ? "call" : "calls"} — show`;
      const link = bar.querySelector("a");
      if (link.textContent !== words) { link.textContent = words; link.href = location.href; say(`${waiting} new`); }
      bar.hidden = false;
    }
  };

  // ---- what a screen reader is told: politely, and not more often than every ten seconds ----------------------

  let pending = "", announcedAt = 0;
  const say = (words) => {
    pending = words;
    const wait = Math.max(0, announcedAt + ANNOUNCE_MS - Date.now());
    setTimeout(() => {
      if (!pending) return;
      arrivals.textContent = pending;
      pending = "";
      announcedAt = Date.now();
    }, wait);
  };

  // ---- one stream per browser: the tab that holds the lock listens, and tells the others ----------------------

  let heardAt = Date.now(), lostAt = 0, since = "";
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("lanekeeper-live") : null;

  const state = (kind, words) => {
    connection.hidden = false;
    connection.className = `connection ${kind}`;
    if (connection.textContent !== words) connection.textContent = words;
  };
  const heard = (data) => {
    heardAt = Date.now();
    lostAt = 0;
    offline.hidden = true;
    state("", "Live");
    if (data.type === "hint" && isCall && data.id !== page.dataset.id && data.topic === "call") return refreshPill();
    if (data.type !== "alive") refresh();
  };
  const lost = () => { lostAt ||= Date.now(); state("waiting", "Reconnecting…"); };
  const tell = (data) => { heard(data); tabs?.postMessage(data); };

  let pillTimer = 0;
  const refreshPill = () => { pillTimer ||= setTimeout(() => { pillTimer = 0; refresh(); }, 2000); };

  const listen = () => {
    const stream = new EventSource("/live");
    stream.addEventListener("hello", (event) => { since = event.lastEventId; tell({ type: "hello" }); });
    stream.addEventListener("message", (event) => { since = event.lastEventId; tell({ type: "hint", ...JSON.parse(event.data) }); });
    stream.addEventListener("error", () => {
      lost();
      tabs?.postMessage({ type: "lost" });
      if (stream.readyState === EventSource.CLOSED) setTimeout(() => { stream.close(); listen(); }, POLL_MS);
    });
    setInterval(() => { if (stream.readyState === EventSource.OPEN) tell({ type: "alive" }); }, 5000);
  };
  if (tabs) tabs.addEventListener("message", (event) => (event.data.type === "lost" ? lost() : heard(event.data)));
  if (navigator.locks && tabs) {
    navigator.locks.request("lanekeeper-live", () => { listen(); return new Promise(() => {}); });
  } else {
    listen();
  }

  setInterval(() => {
    const now = Date.now();
    if (lostAt && now - lostAt > OFFLINE_MS) {
      const seconds = Math.round((now - freshAt) / 1000);
      state("gone", `Offline ${seconds} s`);
      offline.textContent = `The connection is gone. You can read on; what you see is ${seconds} s old.`;
      offline.hidden = false;
    }
    if (document.hidden) return;
    if (now - heardAt > POLL_AFTER_MS && now - lastFetch > POLL_MS) refresh();
    else if (now - lastFetch > TICK_MS) refresh();
  }, 1000);
  // Back after a sleep: what was missed is asked for by number; whoever has no number, or too old a one, looks again.
  const catchUp = async () => {
    if (!since) return refresh();
    try {
      const missed = await (await fetch(`/live/changes?since=${encodeURIComponent(since)}`)).json();
      since = missed.id;
      if (missed.reload || missed.changes.length) refresh();
    } catch { refresh(); }
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - lastFetch > 5000) catchUp(); });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, audio");
    if (event.key !== "." || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const bar = document.getElementById("arrived");
    if (bar && !bar.hidden) location.reload();
  });
  document.getElementById("arrived")?.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    location.reload();
  });

  // ---- the recording and its transcript ----------------------------------------------------------------------

  let audio = null;
  const player = () => {
    audio = page.querySelector("audio");
    audio?.addEventListener("timeupdate", () => {
      if (audio.paused && audio.currentTime === 0) return;
      let current = null;
      for (const turn of page.querySelectorAll(".turn[data-at]")) {
        if (Number(turn.dataset.at) <= audio.currentTime + 0.25) current = turn;
      }
      for (const turn of page.querySelectorAll(".turn[aria-current]")) if (turn !== current) turn.removeAttribute("aria-current");
      if (current && !current.hasAttribute("aria-current")) {
        current.setAttribute("aria-current", "true");
        if (following()) current.scrollIntoView({ block: "nearest" });
      }
    });
  };
  player();

  page.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-seek]");
    if (!link || !audio || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    audio.currentTime = Number(link.dataset.seek);
    history.replaceState(null, "", link.href);
    audio.play().catch(() => {});
  });

  // ---- following a call as it goes on ------------------------------------------------------------------------

  const follow = document.getElementById("follow");
  const following = () => follow !== null && !follow.hidden && follow.querySelector("input").checked;
  const keepUp = () => {
    if (!page.hasAttribute("data-going-on") || !following()) return;
    document.getElementById("turns").lastElementChild?.scrollIntoView({ block: "nearest" });
  };
  if (follow && page.hasAttribute("data-going-on")) {
    follow.hidden = false;
    const stop = () => { follow.querySelector("input").checked = false; };
    addEventListener("wheel", (event) => { if (event.deltaY < 0) stop(); }, { passive: true });
    addEventListener("touchmove", stop, { passive: true });
    addEventListener("keydown", (event) => { if (["ArrowUp", "PageUp", "Home"].includes(event.key)) stop(); });
    keepUp();
  }
})();
