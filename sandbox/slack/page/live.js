// Hears over a WebSocket what has changed, and gathers what comes at once into one call.

const GATHER_MS = 40;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;

/**
 * Follows the changes that `person` can see. `onChanges` gets a list of events ({type, channel, thread_ts}); after a
 * lost connection it gets {type: "everything"}. `onStatus` gets whether the connection stands. Returns a function that ends it.
 */
export function follow(person, onChanges, onStatus) {
  let socket = null;
  let wait = FIRST_WAIT_MS;
  let timer = null;
  let gathered = [];
  let isEnded = false;
  let wasLost = false;

  const deliver = () => {
    timer = null;
    const events = gathered;
    gathered = [];
    if (!isEnded) onChanges(events);
  };
  const gather = (event) => {
    gathered.push(event);
    timer ??= setTimeout(deliver, GATHER_MS);
  };
  const open = () => {
    if (isEnded) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/control/live?person=${encodeURIComponent(person)}`);
    socket.addEventListener("open", () => {
      wait = FIRST_WAIT_MS;
      onStatus(true);
      if (wasLost) gather({ type: "everything" });
    });
    socket.addEventListener("message", (message) => {
      try {
        gather(JSON.parse(message.data));
      } catch {
        gather({ type: "everything" });
      }
    });
    socket.addEventListener("close", () => {
      if (isEnded) return;
      wasLost = true;
      onStatus(false);
      setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
  };
  open();
  return () => {
    isEnded = true;
    clearTimeout(timer);
    socket?.close();
  };
}

/**
 * Wraps an async reader so that calls that come while it runs lead to exactly one more run afterwards:
 * nothing is read twice at once, and the last change is never missed.
 */
export function oneAtATime(read) {
  let running = null;
  let isAskedAgain = false;
  return async function ask() {
    if (running) {
      isAskedAgain = true;
      return running;
    }
    running = (async () => {
      try {
        do {
          isAskedAgain = false;
          await read();
        } while (isAskedAgain);
      } finally {
        running = null;
      }
    })();
    return running;
  };
}
