/**
 * A connection to the live stream that comes back by itself.
 *
 * It begins behind what the page knows already, and returns with the cursor of the last record, so
 * that the server sends what was missed; when the server no longer has all of it, the listener is
 * told to read the state anew.
 */
import type { LiveKind, Severity } from "../api/types";
import type { Frame } from "./frames";

export interface LiveFilter {
  trace_ids?: string[];
  agent_names?: string[];
  event_types?: string[];
  kinds?: LiveKind[];
  min_severity?: Severity | undefined;
}

/** `waiting` tries to come back; `gone` has tried for long, and goes on trying. */
export type LiveState = "connecting" | "open" | "waiting" | "gone";

export interface LiveListener {
  frame: (frame: Frame) => void;
  state: (state: LiveState) => void;
  /** The connection is back after so many milliseconds. */
  back: (awayMs: number) => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
/** A connection from which nothing comes, not even an answer to a ping, is given up. */
const PING_MS = 10_000;
const SILENCE_MS = 25_000;
/** Away for so long, the API is called gone. */
const GONE_MS = 30_000;

export class LiveSocket {
  private socket: WebSocket | undefined;
  private wait = FIRST_WAIT_MS;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private pulse: ReturnType<typeof setInterval> | undefined;
  private heard = 0;
  private awaySince: number | undefined;
  private closed = false;

  constructor(
    private readonly filter: LiveFilter,
    private readonly listener: LiveListener,
    /** Where the stream stands for us; none begins in the present. */
    private cursor?: string,
  ) {
    this.connect();
  }

  close() {
    this.closed = true;
    clearTimeout(this.retry);
    clearInterval(this.pulse);
    this.socket?.close();
  }

  private connect() {
    // While it is away, what it says is how long; a try alone changes nothing.
    if (this.awaySince === undefined) this.listener.state("connecting");
    const socket = new WebSocket(this.address());
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = (message: MessageEvent<string>) => this.hear(message.data);
    socket.onclose = () => this.lost(socket);
  }

  private address(): string {
    const url = new URL("/ws/debug/dashboard", location.origin.replace(/^http/, "ws"));
    for (const [name, value] of Object.entries(this.filter) as [
      string,
      string[] | string | undefined,
    ][]) {
      const text = typeof value === "string" ? value : value?.join(",");
      if (text) url.searchParams.set(name, text);
    }
    if (this.cursor) url.searchParams.set("cursor", this.cursor);
    return url.href;
  }

  private opened() {
    this.wait = FIRST_WAIT_MS;
    this.heard = Date.now();
    clearInterval(this.pulse);
    this.pulse = setInterval(() => this.check(), PING_MS);
    this.listener.state("open");
    if (this.awaySince !== undefined) this.listener.back(Date.now() - this.awaySince);
    this.awaySince = undefined;
  }

  private check() {
    if (Date.now() - this.heard > SILENCE_MS) this.socket?.close();
    else this.say({ type: "ping" });
  }

  private say(message: object) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private hear(text: string) {
    this.heard = Date.now();
    const frame = frameIn(text);
    if (!frame) return;
    if (frame.cursor) this.cursor = frame.cursor;
    // What is gone is gone: the next connection begins in the present.
    if (frame.type === "resync") this.cursor = undefined;
    this.listener.frame(frame);
  }

  private lost(socket: WebSocket) {
    if (this.closed || socket !== this.socket) return;
    clearInterval(this.pulse);
    this.awaySince ??= Date.now();
    this.listener.state(Date.now() - this.awaySince < GONE_MS ? "waiting" : "gone");
    this.retry = setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }
}

/** A message of the API; none when somebody else speaks in its place. */
function frameIn(text: string): Frame | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null ? (frame as Frame) : undefined;
  } catch {
    return undefined;
  }
}
