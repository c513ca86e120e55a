// One stream of news for all open pages of a browser, which opens six connections to a hub and no
// more. The page that holds the lock listens and passes on what it hears; a page that is hidden
// lets go of it, and asks what it missed when it is seen again.
"use strict";

class News extends EventTarget {
  constructor(address) {
    super();
    this.address = address;
    this.readyState = EventSource.CONNECTING;
    this.others = new BroadcastChannel("s2gm-news");
    this.others.onmessage = ({ data }) => {
      if (data !== "joined") this.tell(data);
      else if (this.source?.readyState === EventSource.OPEN) this.others.postMessage("open");
    };
    this.turn = () => {
      this.let();
      if (document.hidden) return;
      this.wait();
      this.tell("changed");
    };
    document.addEventListener("visibilitychange", this.turn);
    if (!document.hidden) this.wait();
    this.others.postMessage("joined");
  }

  wait() {
    this.waiting = new AbortController();
    const { signal } = this.waiting;
    navigator.locks.request("s2gm-news", { signal }, () => this.listen(signal)).catch(() => {});
  }

  listen(signal) {
    return new Promise((done) => {
      if (signal.aborted) { done(); return; }
      signal.addEventListener("abort", () => { this.source.close(); done(); });
      this.open(signal);
    });
  }

  open(signal) {
    const source = new EventSource(this.address);
    this.source = source;
    for (const name of ["open", "error", "changed"]) {
      source.addEventListener(name, () => {
        this.others.postMessage(name);
        this.tell(name);
        if (name === "error" && source.readyState === EventSource.CLOSED) {
          setTimeout(() => { if (!signal.aborted) this.askWithout(signal); }, 5000);
        }
      });
    }
  }

  // the hub has no room for a stream: pages ask again now and then instead
  askWithout(signal) {
    this.others.postMessage("changed");
    this.tell("changed");
    this.open(signal);
  }

  let() {
    this.waiting?.abort();
    this.source?.close();
  }

  tell(name) {
    if (name === "open") this.onopen?.();
    else if (name === "error") this.onerror?.();
    else if (!document.hidden) this.dispatchEvent(new MessageEvent(name, { data: "[]" }));
  }

  close() {
    document.removeEventListener("visibilitychange", this.turn);
    this.let();
    this.others.close();
    this.readyState = EventSource.CLOSED;
  }
}

if (navigator.locks && window.BroadcastChannel) htmx.createEventSource = (address) => new News(address);
